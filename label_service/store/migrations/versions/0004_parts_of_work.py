"""Long work keeps what came out of it in parts, so that it goes on where it was; on PostgreSQL it waits in a queue."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_NOTHING = sa.text("'{}'")


def upgrade() -> None:
    """Create the table of parts and the tables of the queue, and count how often work was begun."""
    op.create_table(
        "job_part",
        sa.Column("job_id", sa.String(36), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"]),
        sa.PrimaryKeyConstraint("job_id", "number"),
    )
    op.add_column("job", sa.Column("attempts", sa.Integer(), nullable=False, server_default=sa.text("0")))
    op.add_column("job", sa.Column("summary", sa.String(length=100_000), nullable=False, server_default=_NOTHING))
    connection = op.get_bind()
    if connection.dialect.name == "postgresql":
        from procrastinate.schema import SchemaManager  # noqa: PLC0415 - only PostgreSQL has the queue

        driver = connection.connection.driver_connection
        assert driver is not None  # noqa: S101 - a connection that is open has one
        driver.execute(SchemaManager.get_schema())  # past SQLAlchemy, which would read its % as parameters
