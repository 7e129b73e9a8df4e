"""The engine: SQLite in WAL with full sync as the embedded default; one writer at a time, every commit durable."""

import sqlite3
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from threading import RLock
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine, create_engine, event, inspect, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DatabaseError, IntegrityError
from sqlmodel import Session

from label_service.errors import Conflict
from label_service.store.unavailable import StoreUnavailable

BUSY_TIMEOUT_MS = 10_000
_HINT = "nothing was written; check space and access rights of the disk, then try again"
# Threads of this process queue for the one writer of SQLite here: its own waiting is by sleeping, which starves some.
_TURNS: WeakKeyDictionary[Engine, AbstractContextManager[Any]] = WeakKeyDictionary()
_MIGRATIONS = Path(__file__).parent / "migrations"


def open_engine(url: str) -> Engine:
    """Open the database of a URL such as `sqlite:///var/demo/data/label.db`."""
    if make_url(url).get_backend_name() != "sqlite":
        return create_engine(url)
    engine = create_engine(url, connect_args={"check_same_thread": False})
    _TURNS[engine] = RLock()
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_immediate)
    return engine


def migrate(engine: Engine) -> None:
    """Bring the tables to the newest revision; forward only. A server whose tables are there never loads alembic.

    Raises:
        StoreUnavailable: the database cannot be opened or written.
    """
    with _answering("be opened"), engine.connect() as connection:
        if _revision(connection) != _newest_revision():
            from alembic import command  # noqa: PLC0415
            from alembic.config import Config  # noqa: PLC0415

            config = Config()
            config.set_main_option("script_location", str(_MIGRATIONS))
            config.attributes["connection"] = connection
            command.upgrade(config, "head")


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def _newest_revision() -> str:
    """Give the number that the name of the last migration begins with."""
    return max(file.name.partition("_")[0] for file in (_MIGRATIONS / "versions").glob("[0-9]*.py"))


@contextmanager
def reading(engine: Engine) -> Iterator[Session]:
    """Read without taking the write lock.

    Raises:
        StoreUnavailable: the database cannot be read.
    """
    with _answering("be read"), Session(engine.execution_options(writes=False), expire_on_commit=False) as session:
        yield session


@contextmanager
def transaction(engine: Engine) -> Iterator[Session]:
    """Run a unit of work that is committed as a whole, or not at all; units of all processes run one after another.

    Raises:
        StoreUnavailable: the database refused or failed; nothing was written.
        Conflict: another unit of work came first; nothing was written.
    """
    writing = Session(engine, expire_on_commit=False)
    with _TURNS.get(engine, nullcontext()), _answering("be written"), writing as session, session.begin():
        session.connection()  # takes the write lock now: times read inside follow the order of commits
        yield session


@contextmanager
def _answering(what: str) -> Iterator[None]:
    """Turn what a database can fail with into errors of ours; the driver's own come up where a connection is made."""
    try:
        yield
    except IntegrityError as error:
        raise Conflict("another unit of work came first", hint="read the state and try again") from error
    except DatabaseError as error:
        raise StoreUnavailable(f"the database cannot {what}: {error.orig}", hint=_HINT) from error
    except sqlite3.Error as error:
        raise StoreUnavailable(f"the database cannot {what}: {error}", hint=_HINT) from error


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
