"""Products made together: keys of parties, batches, contributions."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "party_key",
        sa.Column("thumbprint", sa.String(43), nullable=False),
        sa.Column("public_key", sa.String(43), nullable=False),
        sa.Column("party_id", sa.String(256), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["party_id"], ["party.id"]),
        sa.PrimaryKeyConstraint("thumbprint"),
    )
    op.create_index("ix_party_key_party_id", "party_key", ["party_id"], unique=False)
    op.create_table(
        "batch",
        sa.Column("name", sa.String(32), nullable=False),
        sa.Column("producer_id", sa.String(256), nullable=False),
        sa.Column("product", sa.String(300), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["producer_id"], ["party.id"]),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_index("ix_batch_producer_id", "batch", ["producer_id"], unique=False)
    op.create_table(
        "contribution",
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("batch", sa.String(32), nullable=False),
        sa.Column("party_id", sa.String(256), nullable=False),
        sa.Column("key", sa.String(43), nullable=False),
        sa.Column("document_digest", sa.String(64), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("declaration_id", sa.String(36), nullable=True),
        sa.ForeignKeyConstraint(["batch"], ["batch.name"]),
        sa.ForeignKeyConstraint(["party_id"], ["party.id"]),
        sa.ForeignKeyConstraint(["key"], ["party_key.thumbprint"]),
        sa.ForeignKeyConstraint(["document_digest"], ["document.digest"]),
        sa.ForeignKeyConstraint(["declaration_id"], ["declaration.id"]),
        sa.PrimaryKeyConstraint("digest"),
    )
    op.create_index("ix_contribution_batch", "contribution", ["batch"], unique=False)
    op.create_index("ix_contribution_party_id", "contribution", ["party_id"], unique=False)
