"""Releases of factors that an installation published beside those of the package."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table of published releases."""
    op.create_table(
        "factor_release",
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("document_digest", sa.String(64), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.String(length=1000), nullable=False),
        sa.ForeignKeyConstraint(["document_digest"], ["document.digest"]),
        sa.PrimaryKeyConstraint("digest"),
    )
