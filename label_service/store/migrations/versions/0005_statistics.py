"""Open statistics: what each label says about each process, and the editions made of it."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create both tables; figures of labels that are there already are read by the calendar."""
    op.create_table(
        "label_figure",
        sa.Column("label_id", sa.String(13), nullable=False),
        sa.Column("process", sa.String(64), nullable=False),
        sa.Column("log_index", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("producer_id", sa.String(256), nullable=False),
        sa.Column("material", sa.String(64), nullable=False),
        sa.Column("country", sa.String(3), nullable=False),
        sa.Column("region", sa.String(5), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("kwh_per_kg", sa.Float(), nullable=True),
        sa.Column("scrap", sa.Float(), nullable=True),
        sa.Column("ratio", sa.Float(), nullable=True),
        sa.Column("grade", sa.String(1), nullable=False),
        sa.ForeignKeyConstraint(["label_id"], ["label.id"]),
        sa.PrimaryKeyConstraint("label_id", "process"),
    )
    op.create_index("ix_label_figure_log_index", "label_figure", ["log_index"])
    op.create_table(
        "statistics_edition",
        sa.Column("month", sa.String(7), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["digest"], ["document.digest"]),
        sa.PrimaryKeyConstraint("month"),
    )
