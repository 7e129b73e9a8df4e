"""Parties, accounts, evidence, audits, scopes, samples, cases, notices, publications; labels know their producer."""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_DIGEST = sa.String(64)
_UUID = sa.String(36)
_URI = sa.String(256)
_MOMENT = sa.DateTime(timezone=True)
_COUNT = sa.BigInteger().with_variant(sa.Integer, "sqlite")
# Décret 2025-957 and arrêté of 6 September 2025; the operator changes the rules as the law does.
_CLOTHING = "who shows another overall score of clothing there must also show the official coût environnemental"
_GARMENTS = ("sewing_textile", "knitting")
_SINCE = datetime(2026, 10, 1, tzinfo=UTC)
_PRODUCER_OF_LABEL = """
    UPDATE label SET producer_id = coalesce(
        (SELECT declaration.producer_id FROM declaration WHERE declaration.label_id = label.id), ''
    )
"""


def upgrade() -> None:
    """Create the tables of the certification scheme."""
    _add_tables_of_their_own()
    _add_tables_that_refer()
    _add_columns()


def _add_tables_of_their_own() -> None:
    op.create_table(
        "act",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", _UUID, nullable=False),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("about", _URI, nullable=False),
        sa.Column("reason", _DIGEST, nullable=False),
        sa.Column("words", sa.String(length=4000), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_act_about", "act", ["about"], unique=False)
    op.create_index("ix_act_kind", "act", ["kind"], unique=False)
    op.create_table(
        "ceremony",
        sa.Column("digest", _DIGEST, nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("challenge", sa.LargeBinary(), nullable=False),
        sa.Column("subject", _URI, nullable=False),
        sa.Column("expires_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("digest"),
    )
    op.create_index("ix_ceremony_expires_at", "ceremony", ["expires_at"], unique=False)
    op.create_table(
        "evidence",
        sa.Column("digest", _DIGEST, nullable=False),
        sa.Column("party_id", _URI, nullable=False),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("media_type", sa.String(length=100), nullable=False),
        sa.Column("size_bytes", sa.Integer(), nullable=False),
        sa.Column("uploaded_at", _MOMENT, nullable=False),
        sa.Column("removed_at", _MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("digest", "party_id"),
    )
    op.create_table(
        "evidence_access",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("digest", _DIGEST, nullable=False),
        sa.Column("owner_id", _URI, nullable=False),
        sa.Column("account_id", _UUID, nullable=False),
        sa.Column("party_id", _URI, nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_evidence_access_digest", "evidence_access", ["digest"], unique=False)
    op.create_index("ix_evidence_access_owner_id", "evidence_access", ["owner_id"], unique=False)
    op.create_index("ix_evidence_access_party_id", "evidence_access", ["party_id"], unique=False)
    op.create_table(
        "job",
        sa.Column("id", _UUID, nullable=False),
        sa.Column("party_id", _URI, nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("input_digest", _DIGEST, nullable=False),
        sa.Column("result_digest", _DIGEST, nullable=False),
        sa.Column("problem", sa.String(length=2000), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_job_party_id", "job", ["party_id"], unique=False)
    rules = op.create_table(
        "market_rule",
        sa.Column("country", sa.String(length=3), nullable=False),
        sa.Column("family", _DIGEST, nullable=False),
        sa.Column("reason", sa.String(length=1000), nullable=False),
        sa.Column("since", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("country", "family"),
    )
    op.bulk_insert(
        rules, [{"country": "FRA", "family": family, "reason": _CLOTHING, "since": _SINCE} for family in _GARMENTS]
    )
    op.create_table(
        "notice",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("party_id", _URI, nullable=False),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("text", sa.String(length=1000), nullable=False),
        sa.Column("link", sa.String(length=300), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("done_at", _MOMENT, nullable=True),
        sa.Column("mailed_at", _MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_notice_party_id", "notice", ["party_id"], unique=False)
    op.create_table(
        "party",
        sa.Column("id", _URI, nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("country", sa.String(length=3), nullable=False),
        sa.Column("registration", sa.String(length=100), nullable=False),
        sa.Column("registration_key", sa.String(length=100), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("terms_version", sa.String(length=40), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("registration_key"),
    )
    op.create_index("ix_party_kind", "party", ["kind"], unique=False)
    op.create_table(
        "week",
        sa.Column("week", sa.String(length=8), nullable=False),
        sa.Column("log_index", _COUNT, nullable=False),
        sa.Column("closed_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("week"),
        sa.UniqueConstraint("log_index"),
    )


def _add_tables_that_refer() -> None:
    op.create_table(
        "account",
        sa.Column("id", _UUID, nullable=False),
        sa.Column("party_id", _URI, nullable=False),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=True),
        sa.Column("role", sa.String(length=10), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("feed_digest", _DIGEST, nullable=True),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["party_id"],
            ["party.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("email"),
        sa.UniqueConstraint("feed_digest"),
    )
    op.create_index("ix_account_party_id", "account", ["party_id"], unique=False)
    op.create_table(
        "profile",
        sa.Column("producer_id", _URI, nullable=False),
        sa.Column("digest", _DIGEST, nullable=False),
        sa.Column("previous_digest", _DIGEST, nullable=True),
        sa.Column("updated_at", _MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["digest"],
            ["document.digest"],
        ),
        sa.ForeignKeyConstraint(
            ["previous_digest"],
            ["document.digest"],
        ),
        sa.PrimaryKeyConstraint("producer_id"),
    )
    op.create_table(
        "publication",
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("version", sa.String(length=40), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("digest", _DIGEST, nullable=False),
        sa.Column("published_at", _MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["digest"],
            ["document.digest"],
        ),
        sa.PrimaryKeyConstraint("kind", "version"),
    )
    op.create_table(
        "scheme_case",
        sa.Column("id", _UUID, nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("about", sa.String(length=100), nullable=False),
        sa.Column("party_id", _URI, nullable=False),
        sa.Column("secret_digest", _DIGEST, nullable=True),
        sa.Column("contact", sa.String(length=254), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("due_at", _MOMENT, nullable=False),
        sa.Column("closed_at", _MOMENT, nullable=True),
        sa.Column("decision_digest", _DIGEST, nullable=True),
        sa.ForeignKeyConstraint(
            ["decision_digest"],
            ["document.digest"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("secret_digest"),
    )
    op.create_index("ix_scheme_case_about", "scheme_case", ["about"], unique=False)
    op.create_index("ix_scheme_case_kind", "scheme_case", ["kind"], unique=False)
    op.create_index("ix_scheme_case_party_id", "scheme_case", ["party_id"], unique=False)
    op.create_index("ix_scheme_case_state", "scheme_case", ["state"], unique=False)
    op.create_table(
        "scope",
        sa.Column("digest", _DIGEST, nullable=False),
        sa.Column("producer_id", _URI, nullable=False),
        sa.Column("auditor", sa.String(length=300), nullable=False),
        sa.Column("commitment", _DIGEST, nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("used", sa.Integer(), nullable=False),
        sa.Column("log_index", _COUNT, nullable=False),
        sa.Column("valid_from", sa.String(length=20), nullable=False),
        sa.Column("valid_until", sa.String(length=20), nullable=False),
        sa.Column("is_revoked", sa.Boolean(), nullable=False),
        sa.Column("is_suspended", sa.Boolean(), nullable=False),
        sa.Column("status_reason", _DIGEST, nullable=False),
        sa.Column("status_at", _MOMENT, nullable=True),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["digest"],
            ["document.digest"],
        ),
        sa.PrimaryKeyConstraint("digest"),
        sa.UniqueConstraint("commitment"),
        sa.UniqueConstraint("log_index"),
    )
    op.create_index("ix_scope_auditor", "scope", ["auditor"], unique=False)
    op.create_index("ix_scope_producer_id", "scope", ["producer_id"], unique=False)
    op.create_table(
        "statement",
        sa.Column("digest", _DIGEST, nullable=False),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("signer", sa.String(length=300), nullable=False),
        sa.Column("about", sa.String(length=100), nullable=False),
        sa.Column("log_index", _COUNT, nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["digest"],
            ["document.digest"],
        ),
        sa.PrimaryKeyConstraint("digest"),
        sa.UniqueConstraint("log_index"),
    )
    op.create_index("ix_statement_about", "statement", ["about"], unique=False)
    op.create_index("ix_statement_kind", "statement", ["kind"], unique=False)
    op.create_index("ix_statement_signer", "statement", ["signer"], unique=False)
    op.create_table(
        "api_token",
        sa.Column("digest", _DIGEST, nullable=False),
        sa.Column("id", _UUID, nullable=False),
        sa.Column("account_id", _UUID, nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("rights", sa.String(length=200), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("expires_at", _MOMENT, nullable=False),
        sa.Column("revoked_at", _MOMENT, nullable=True),
        sa.Column("used_at", _MOMENT, nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["account.id"],
        ),
        sa.PrimaryKeyConstraint("digest"),
        sa.UniqueConstraint("id"),
    )
    op.create_index("ix_api_token_account_id", "api_token", ["account_id"], unique=False)
    op.create_table(
        "auditor_key",
        sa.Column("thumbprint", sa.String(length=43), nullable=False),
        sa.Column("public_key", sa.String(length=43), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("party_id", _URI, nullable=False),
        sa.Column("account_id", _UUID, nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["account.id"],
        ),
        sa.ForeignKeyConstraint(
            ["party_id"],
            ["party.id"],
        ),
        sa.PrimaryKeyConstraint("thumbprint"),
    )
    op.create_index("ix_auditor_key_party_id", "auditor_key", ["party_id"], unique=False)
    op.create_index("ix_auditor_key_state", "auditor_key", ["state"], unique=False)
    op.create_table(
        "audit_request",
        sa.Column("id", _UUID, nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("producer_id", _URI, nullable=False),
        sa.Column("verifier_id", _URI, nullable=False),
        sa.Column("declaration_id", _UUID, nullable=True),
        sa.Column("proposal_digest", _DIGEST, nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("result_digest", _DIGEST, nullable=True),
        sa.Column("auditor", sa.String(length=300), nullable=False),
        sa.Column("findings_released", sa.Integer(), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("closed_at", _MOMENT, nullable=True),
        sa.ForeignKeyConstraint(
            ["declaration_id"],
            ["declaration.id"],
        ),
        sa.ForeignKeyConstraint(
            ["proposal_digest"],
            ["document.digest"],
        ),
        sa.ForeignKeyConstraint(
            ["result_digest"],
            ["document.digest"],
        ),
        sa.ForeignKeyConstraint(
            ["verifier_id"],
            ["party.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_audit_request_auditor", "audit_request", ["auditor"], unique=False)
    op.create_index("ix_audit_request_declaration_id", "audit_request", ["declaration_id"], unique=False)
    op.create_index("ix_audit_request_producer_id", "audit_request", ["producer_id"], unique=False)
    op.create_index("ix_audit_request_state", "audit_request", ["state"], unique=False)
    op.create_index("ix_audit_request_verifier_id", "audit_request", ["verifier_id"], unique=False)
    op.create_table(
        "case_message",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", _UUID, nullable=False),
        sa.Column("side", sa.String(length=12), nullable=False),
        sa.Column("text", sa.String(length=4000), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"],
            ["scheme_case.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_case_message_case_id", "case_message", ["case_id"], unique=False)
    op.create_table(
        "evidence_use",
        sa.Column("digest", _DIGEST, nullable=False),
        sa.Column("declaration_id", _UUID, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["declaration_id"],
            ["declaration.id"],
        ),
        sa.PrimaryKeyConstraint("digest", "declaration_id"),
    )
    op.create_table(
        "foreign_identity",
        sa.Column("issuer", _URI, nullable=False),
        sa.Column("subject", _URI, nullable=False),
        sa.Column("account_id", _UUID, nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["account.id"],
        ),
        sa.PrimaryKeyConstraint("issuer", "subject"),
    )
    op.create_index("ix_foreign_identity_account_id", "foreign_identity", ["account_id"], unique=False)
    op.create_table(
        "invitation",
        sa.Column("digest", _DIGEST, nullable=False),
        sa.Column("party_id", _URI, nullable=False),
        sa.Column("role", sa.String(length=10), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("account_id", _UUID, nullable=True),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("expires_at", _MOMENT, nullable=False),
        sa.Column("used_at", _MOMENT, nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["account.id"],
        ),
        sa.ForeignKeyConstraint(
            ["party_id"],
            ["party.id"],
        ),
        sa.PrimaryKeyConstraint("digest"),
    )
    op.create_index("ix_invitation_party_id", "invitation", ["party_id"], unique=False)
    op.create_table(
        "lot_use",
        sa.Column("producer_id", _URI, nullable=False),
        sa.Column("lot", sa.String(length=300), nullable=False),
        sa.Column("declaration_id", _UUID, nullable=False),
        sa.Column("mass_kg", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(
            ["declaration_id"],
            ["declaration.id"],
        ),
        sa.PrimaryKeyConstraint("producer_id", "lot", "declaration_id"),
    )
    op.create_table(
        "passkey",
        sa.Column("id", sa.String(length=1400), nullable=False),
        sa.Column("account_id", _UUID, nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("sign_count", _COUNT, nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("used_at", _MOMENT, nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["account.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_passkey_account_id", "passkey", ["account_id"], unique=False)
    op.create_table(
        "reveal",
        sa.Column("scope_digest", _DIGEST, nullable=False),
        sa.Column("week", sa.String(length=8), nullable=False),
        sa.Column("value", _DIGEST, nullable=False),
        sa.Column("log_index", _COUNT, nullable=True),
        sa.Column("due_at", _MOMENT, nullable=False),
        sa.Column("revealed_at", _MOMENT, nullable=True),
        sa.ForeignKeyConstraint(
            ["scope_digest"],
            ["scope.digest"],
        ),
        sa.ForeignKeyConstraint(
            ["week"],
            ["week.week"],
        ),
        sa.PrimaryKeyConstraint("scope_digest", "week"),
        sa.UniqueConstraint("log_index"),
    )
    op.create_index("ix_reveal_value", "reveal", ["value"], unique=False)
    op.create_table(
        "sample",
        sa.Column("label_id", sa.String(length=13), nullable=False),
        sa.Column("scope_digest", _DIGEST, nullable=False),
        sa.Column("week", sa.String(length=8), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("due_at", _MOMENT, nullable=False),
        sa.Column("result_digest", _DIGEST, nullable=True),
        sa.ForeignKeyConstraint(
            ["label_id"],
            ["label.id"],
        ),
        sa.ForeignKeyConstraint(
            ["result_digest"],
            ["document.digest"],
        ),
        sa.ForeignKeyConstraint(
            ["scope_digest"],
            ["scope.digest"],
        ),
        sa.PrimaryKeyConstraint("label_id"),
    )
    op.create_index("ix_sample_scope_digest", "sample", ["scope_digest"], unique=False)
    op.create_index("ix_sample_state", "sample", ["state"], unique=False)
    op.create_table(
        "session",
        sa.Column("digest", _DIGEST, nullable=False),
        sa.Column("account_id", _UUID, nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("seen_at", _MOMENT, nullable=False),
        sa.Column("expires_at", _MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["account.id"],
        ),
        sa.PrimaryKeyConstraint("digest"),
    )
    op.create_index("ix_session_account_id", "session", ["account_id"], unique=False)
    op.create_index("ix_session_expires_at", "session", ["expires_at"], unique=False)


def _add_columns() -> None:
    op.add_column(
        "declaration", sa.Column("waits_for", sa.String(length=4000), nullable=False, server_default=sa.text("''"))
    )
    op.add_column("label", sa.Column("status_at", _MOMENT, nullable=True))
    op.add_column("label", sa.Column("successor", sa.String(length=13), nullable=True))
    op.add_column("label", sa.Column("producer_id", _URI, nullable=False, server_default=sa.text("''")))
    op.add_column("label", sa.Column("design_digest", _DIGEST, nullable=True))
    op.add_column("label", sa.Column("scope_digest", _DIGEST, nullable=True))
    op.add_column("label", sa.Column("scope_position", sa.Integer(), nullable=True))
    op.create_index("ix_label_design_digest", "label", ["design_digest"], unique=False)
    op.create_index("ix_label_producer_id", "label", ["producer_id"], unique=False)
    op.create_index("ix_label_scope_digest", "label", ["scope_digest"], unique=False)
    op.create_index("ix_label_status_at", "label", ["status_at"], unique=False)
    op.execute(_PRODUCER_OF_LABEL)
