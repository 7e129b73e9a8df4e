"""The language in which a person is written to."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add it; who did not sign in since is written to in English."""
    op.add_column(
        "account", sa.Column("language", sa.String(length=10), nullable=False, server_default=sa.text("'en'"))
    )
