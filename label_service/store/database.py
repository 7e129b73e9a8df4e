"""The engine: SQLite in WAL with full sync as the embedded default, or PostgreSQL, with the same promises.

One unit of work writes at a time, whatever process it is in, and every commit is durable when it returns: positions of
the log have no gaps, and times read inside a unit of work follow the order of commits. Reading never waits for writing.
"""

import logging
import sqlite3
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from pathlib import Path
from threading import RLock
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine, create_engine, event, inspect, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DataError, DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as NoConnectionFree
from sqlmodel import Session

from label_service.errors import Conflict, InvalidDocument, NotFound, Refused
from label_service.store.unavailable import StoreUnavailable

BUSY_TIMEOUT_MS = 10_000
POOL_SIZE = 40  # threads of a worker that may hold a connection at a time
_HINT = "nothing was written; check the database and its disk, then try again"
_ALONE_HINT = "start the standby, or point the service to the new primary: docs/operate/failover.md"
_LOG = logging.getLogger(__name__)
_WRITING = 0x6C6162656C01  # the advisory lock that every unit of work holds until its commit
# A commit would wait for ever for a standby that is not there; who may see that some follows need not see which.
_WANTS_STANDBY = "current_setting('synchronous_standby_names') <> ''"
_IS_ALONE = f"{_WANTS_STANDBY} AND NOT EXISTS (SELECT FROM pg_stat_replication)"
_TURN = f"SELECT pg_advisory_xact_lock({_WRITING}), {_IS_ALONE} AS is_alone"
_SETTLE = f"""SELECT {_IS_ALONE} AS is_alone,
    CASE WHEN {_WANTS_STANDBY} THEN pg_logical_emit_message(true, 'label-service', '') END"""
# Durable whatever the server's default is; with a synchronous standby a commit waits for that one's disk too.
_SESSION = f"-c synchronous_commit=on -c timezone=UTC -c lock_timeout={BUSY_TIMEOUT_MS}"
_POSTGRESQL: dict[str, Any] = {
    "connect_args": {"options": _SESSION, "connect_timeout": 10, "client_encoding": "utf8"},
    "pool_size": POOL_SIZE // 4,
    "max_overflow": POOL_SIZE - POOL_SIZE // 4,
    "pool_timeout": BUSY_TIMEOUT_MS / 1000,
    "pool_pre_ping": True,  # a server that was started again is not noticed by a request
}
# A read sees one state of the database from its first question to its last.
_READING: dict[str, dict[str, Any]] = {
    "sqlite": {"writes": False},
    "postgresql": {"writes": False, "isolation_level": "REPEATABLE READ", "postgresql_readonly": True},
}
# Threads of this process queue for the one writer here: SQLite waits by sleeping, which starves some, and PostgreSQL
# would wait with a connection for each.
_TURNS: WeakKeyDictionary[Engine, AbstractContextManager[Any]] = WeakKeyDictionary()
_MIGRATIONS = Path(__file__).parent / "migrations"


def open_engine(url: str) -> Engine:
    """Open the database of a URL such as `sqlite:///var/demo/data/label.db` or `postgresql://user@host/name`.

    Raises:
        Refused: not such a URL; it is not shown, it may hold a password.
    """
    target = _target(url)
    if target.get_backend_name() == "sqlite":
        engine = create_engine(target, connect_args={"check_same_thread": False})
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_immediate)
    else:
        engine = create_engine(target, **_POSTGRESQL)
        event.listen(engine, "begin", _take_turn)
    _TURNS[engine] = RLock()
    return engine


def _target(url: str) -> URL:
    try:
        target = make_url(url)
    except ArgumentError:
        target = URL.create("unreadable")
    if target.drivername in {"postgres", "postgresql"}:
        target = target.set(drivername="postgresql+psycopg")
    if target.drivername not in {"sqlite", "postgresql+psycopg"}:
        raise Refused(
            f"expected the address of a PostgreSQL or SQLite database, found one of {target.drivername[:40]!a}",
            hint="set LABEL_SERVICE_DATABASE_URL to something like postgresql://user@host/name",
        )
    return target


def migrate(engine: Engine, revision: str | None = None) -> None:
    """Bring the tables to a revision, the newest when left out; forward only.

    A server whose tables are there never loads alembic. Processes that start at the same time take turns, so that the
    tables are changed once.

    Raises:
        StoreUnavailable: the database cannot be opened or written.
    """
    if revision or not is_newest_revision(engine):
        with _answering("be opened"), engine.connect() as connection:
            _upgrade(connection, revision or "head")


def is_newest_revision(engine: Engine) -> bool:
    """Tell whether the tables are those of this build.

    Raises:
        StoreUnavailable: the database cannot be opened.
    """
    reader = engine.execution_options(**_READING[engine.dialect.name])
    with _answering("be opened"), reader.connect() as connection:
        return _revision(connection) == _newest_revision()


def _upgrade(connection: Connection, revision: str) -> None:
    from alembic import command  # noqa: PLC0415 - only a change of tables needs it
    from alembic.config import Config  # noqa: PLC0415 - only a change of tables needs it

    _revision(connection)  # begins a unit of work: another process that came first has finished when it returns
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def _newest_revision() -> str:
    """Give the number that the name of the last migration begins with."""
    return max(file.name.partition("_")[0] for file in (_MIGRATIONS / "versions").glob("[0-9]*.py"))


@contextmanager
def reading(engine: Engine) -> Iterator[Session]:
    """Read one state of the database without taking the write lock.

    Raises:
        StoreUnavailable: the database cannot be read.
        NotFound: asked for something that no column can hold.
    """
    reader = engine.execution_options(**_READING[engine.dialect.name])
    try:
        with _answering("be read"), Session(reader, expire_on_commit=False) as session:
            yield session
    except InvalidDocument as error:
        if isinstance(error.__cause__, DataError):
            raise NotFound("there is nothing of this name") from error
        raise


@contextmanager
def transaction(engine: Engine) -> Iterator[Session]:
    """Run a unit of work that is committed as a whole, or not at all; units of all processes run one after another.

    Raises:
        StoreUnavailable: the database refused or failed; nothing was written.
        Conflict: another unit of work came first; nothing was written.
        InvalidDocument: a value that no column can hold; nothing was written.
    """
    writing = Session(engine, expire_on_commit=False)
    with _TURNS[engine], _answering("be written"), writing as session, session.begin():
        session.connection()  # takes the write lock now: times read inside follow the order of commits
        yield session


def clock_of(session: Session) -> datetime | None:
    """Give the time by the clock of the database server; None where the database has none of its own.

    Raises:
        StoreUnavailable: the database cannot be asked.
    """
    connection = session.connection()
    if connection.dialect.name != "postgresql":
        return None
    found: datetime = connection.exec_driver_sql("SELECT clock_timestamp()").scalar_one()
    return found


def settle(engine: Engine) -> None:
    """Return once all that was read before is safe: with a synchronous standby, on that one's disk too.

    A primary that died while commits waited for its standby shows them when it is back, though nobody was promised
    anything and the standby may never have got them. What is signed outside the database is signed after this.

    Raises:
        StoreUnavailable: the database cannot be written.
    """
    if engine.dialect.name == "postgresql":
        with _answering("be written"), engine.execution_options(writes=False).begin() as connection:
            _ask_with_standby(connection, _SETTLE)  # its commit waits for the standby, and writes arrive there in order


@contextmanager
def _answering(what: str) -> Iterator[None]:
    """Turn what a database can fail with into errors of ours; the driver's own come up where a connection is made."""
    try:
        yield
    except IntegrityError as error:
        raise Conflict("another unit of work came first", hint="read the state and try again") from error
    except DataError as error:
        raise InvalidDocument(f"a value cannot be kept: {error.orig}", hint="make it shorter or smaller") from error
    except DBAPIError as error:
        raise _unavailable(what, error.orig) from error
    except NoConnectionFree as error:
        raise StoreUnavailable(f"the database cannot {what}: all connections are in use", hint="try again") from error
    except sqlite3.Error as error:
        raise _unavailable(what, error) from error


def _unavailable(what: str, error: BaseException | None) -> StoreUnavailable:
    _LOG.warning("the database cannot %s: %s", what, error)
    return StoreUnavailable(f"the database cannot {what}: {_said(error)}", hint=_HINT)


def _said(error: BaseException | None) -> str:
    """Give what a database said itself; what the driver says names hosts and users, and is only logged."""
    if isinstance(error, sqlite3.Error):
        return str(error)
    return getattr(getattr(error, "diag", None), "message_primary", None) or "it does not answer"


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # SQLAlchemy's begin event below starts transactions, not the driver
    for pragma in (
        "journal_mode = WAL",
        "synchronous = FULL",  # an acknowledged label survives power loss; NORMAL may lose the last commits
        "foreign_keys = ON",
        f"busy_timeout = {BUSY_TIMEOUT_MS}",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _writes(connection: Connection) -> bool:
    return bool(connection.get_execution_options().get("writes", True))


def _begin_immediate(connection: Connection) -> None:
    """Take the write lock at once where a unit of work says it writes, so that two never deadlock."""
    connection.exec_driver_sql(f"BEGIN {'IMMEDIATE' if _writes(connection) else 'DEFERRED'}")


def _take_turn(connection: Connection) -> None:
    """Take the one lock of all writers; what is read after it is what the one before has committed.

    Raises:
        StoreUnavailable: a primary has lost the standby that commits wait for, or came back after a failover.
    """
    if _writes(connection):
        _ask_with_standby(connection, _TURN)


def _ask_with_standby(connection: Connection, question: str) -> None:
    if connection.exec_driver_sql(question).one().is_alone:
        raise StoreUnavailable("the database has no standby, and may not commit without one", hint=_ALONE_HINT)
