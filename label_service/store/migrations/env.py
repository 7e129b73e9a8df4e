"""Runs the migrations on the connection that `store.database.migrate` hands over."""

from alembic import context
from sqlmodel import SQLModel

from label_service.store import figure_tables, party_tables, scheme_tables, tables, together_tables  # noqa: F401 - registers the tables

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=SQLModel.metadata, render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()
connection.commit()
