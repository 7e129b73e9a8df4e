"""The engine: SQLite in WAL with full sync as the embedded default; one writer at a time, every commit durable."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError
from sqlmodel import Session

from label_service.errors import LabelServiceError

BUSY_TIMEOUT_MS = 10_000
_MIGRATIONS = Path(__file__).parent / "migrations"


class StoreUnavailable(LabelServiceError):
    """The database cannot be reached, is read-only or full; nothing was promised."""

    code = "store-unavailable"
    status = 503


def open_engine(url: str) -> Engine:
    """Open the database of a URL such as `sqlite:///var/demo/data/label.db`."""
    if make_url(url).get_backend_name() != "sqlite":
        return create_engine(url)
    engine = create_engine(url, connect_args={"check_same_thread": False})
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_immediate)
    return engine


def migrate(engine: Engine) -> None:
    """Bring the tables to the newest revision; forward only."""
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


@contextmanager
def reading(engine: Engine) -> Iterator[Session]:
    """Read without taking the write lock.

    Raises:
        StoreUnavailable: the database cannot be read.
    """
    try:
        with Session(engine.execution_options(writes=False), expire_on_commit=False) as session:
            yield session
    except OperationalError as error:
        raise StoreUnavailable(f"the database cannot be read: {error.orig}", hint="try again") from error


@contextmanager
def transaction(engine: Engine) -> Iterator[Session]:
    """Run a unit of work that is committed as a whole, or not at all.

    Raises:
        StoreUnavailable: the database refused or failed; nothing was written.
    """
    try:
        with Session(engine, expire_on_commit=False) as session, session.begin():
            yield session
    except OperationalError as error:
        raise StoreUnavailable(
            f"the database did not accept the work: {error.orig}", hint="try again; nothing was written"
        ) from error


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # SQLAlchemy's begin event below starts transactions, not the driver
    for pragma in (
        "journal_mode = WAL",
        "synchronous = FULL",  # an acknowledged label survives power loss; NORMAL may lose the last commits
        "foreign_keys = ON",
        f"busy_timeout = {BUSY_TIMEOUT_MS}",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin_immediate(connection: Any) -> None:
    """Take the write lock at once where a unit of work says it writes, so that two never deadlock."""
    mode = "IMMEDIATE" if connection.get_execution_options().get("writes", True) else "DEFERRED"
    connection.exec_driver_sql(f"BEGIN {mode}")
