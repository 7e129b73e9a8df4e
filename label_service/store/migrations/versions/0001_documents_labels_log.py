"""Documents, declarations, labels, log leaves, trust lists."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_DIGEST = sa.String(64)
_MOMENT = sa.DateTime(timezone=True)
_COUNT = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def _document(name: str, *, nullable: bool = False, unique: bool = False) -> sa.Column[str]:
    return sa.Column(name, _DIGEST, sa.ForeignKey("document.digest"), nullable=nullable, unique=unique)


def upgrade() -> None:
    """Create the first tables."""
    op.create_table(
        "document",
        sa.Column("digest", _DIGEST, primary_key=True),
        sa.Column("type", sa.String(40), nullable=False, index=True),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
    )
    op.create_table(
        "declaration",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("state", sa.String(20), nullable=False, index=True),
        sa.Column("producer_id", sa.String(256), nullable=False, index=True),
        sa.Column("name", sa.String(300), nullable=False),
        _document("declaration_digest", unique=True),
        _document("inventory_digest"),
        _document("assessment_digest"),
        _document("attestation_digest", nullable=True),
        sa.Column("label_id", sa.String(13), nullable=True, unique=True),
        sa.Column("created_at", _MOMENT, nullable=False),
    )
    op.create_table(
        "meter_use",
        sa.Column("digest", _DIGEST, primary_key=True),
        sa.Column("position", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("declaration_id", sa.String(36), sa.ForeignKey("declaration.id"), nullable=False),
        sa.Column("energy_kwh", sa.String(40), nullable=False),
        sa.UniqueConstraint("digest", "declaration_id"),
    )
    op.create_table(
        "label",
        sa.Column("id", sa.String(13), primary_key=True),
        _document("label_digest", unique=True),
        _document("attestation_digest"),
        _document("inventory_digest"),
        _document("assessment_digest"),
        sa.Column("log_index", _COUNT, nullable=False, unique=True),
        sa.Column("status_list", sa.Integer, nullable=False),
        sa.Column("status_index", sa.Integer, nullable=False),
        sa.Column("is_revoked", sa.Boolean, nullable=False, index=True),
        sa.Column("is_suspended", sa.Boolean, nullable=False, index=True),
        sa.Column("status_reason", sa.String(64), nullable=False),
        sa.Column("qr_text", sa.String(1000), nullable=False),
        sa.Column("issued_at", _MOMENT, nullable=False),
        sa.UniqueConstraint("status_list", "status_index"),
    )
    op.create_table(
        "leaf",
        sa.Column("position", _COUNT, primary_key=True, autoincrement=False),
        sa.Column("entry", sa.LargeBinary, nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
    )
    op.create_table(
        "trust_list",
        sa.Column("sequence", sa.Integer, primary_key=True, autoincrement=False),
        _document("digest"),
        sa.Column("created_at", _MOMENT, nullable=False),
    )
