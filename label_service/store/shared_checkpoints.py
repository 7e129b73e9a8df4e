"""The checkpoint store of several machines: a PostgreSQL database of its own, with the same rules as the file."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, inspect
from sqlalchemy.exc import OperationalError
from sqlmodel import Session

from label_service.errors import Refused
from label_service.store.checkpoints import TURN_TIMEOUT_S, Ask, CheckpointStore, still_writing
from label_service.store.database import open_engine, reading, transaction

_SEQUENCING = 0x6C6162656C02  # the advisory lock of the one sequencer
_LOCK_TIMEOUT = "55P03"
_TABLE = "CREATE TABLE IF NOT EXISTS checkpoint (size bigint PRIMARY KEY, root bytea NOT NULL, note text NOT NULL)"
_COSIGNATURES = """CREATE TABLE IF NOT EXISTS cosignature (size bigint NOT NULL, name text NOT NULL,
    key_id text NOT NULL, line text NOT NULL, PRIMARY KEY (size, name, key_id))"""


class SharedCheckpoints(CheckpointStore):
    """Keeps every signed checkpoint of one log on a server that all workers reach.

    It must be another server, or at least another database, than that of the labels: whoever restores one of them
    from a backup must not take the other back with it.
    """

    def __init__(self, url: str) -> None:  # the file of the base is not opened
        """Open the store, or make it.

        Raises:
            Refused: the database holds labels, or is not PostgreSQL.
            StoreUnavailable: the database cannot be reached or written.
        """
        self._engine = open_engine(url)
        try:
            self._prepare()
        except BaseException:
            self.close()
            raise

    @contextmanager
    def sequencing(self) -> Iterator[None]:
        """Keep the sequencers of all machines out until the block ends; a killed process leaves no lock behind.

        Whoever loses the connection loses the lock too; `advance` then refuses what another one was faster with.

        Raises:
            StoreUnavailable: another process kept it for a minute, or the database cannot be reached.
        """
        with reading(self._engine) as session:
            _take_turn(session.connection())
            yield

    def close(self) -> None:
        """Close the connections."""
        self._engine.dispose()

    def _prepare(self) -> None:
        if self._engine.dialect.name != "postgresql":
            raise Refused("a shared checkpoint store is a PostgreSQL database", hint="leave the setting out for a file")
        with transaction(self._engine) as session:
            if inspect(session.connection()).has_table("leaf"):
                raise Refused(
                    "the checkpoint store is in the database of the labels",
                    hint="give it a database of its own, best on another server: they must never be restored together",
                )
            session.connection().exec_driver_sql(_TABLE)
            session.connection().exec_driver_sql(_COSIGNATURES)

    def _read(self, query: str, *values: Any) -> list[Any]:
        with reading(self._engine) as session:
            return _asking(session)(query, *values)

    @contextmanager
    def _writing(self) -> Iterator[Ask]:
        with transaction(self._engine) as session:
            yield _asking(session)


def _take_turn(connection: Connection) -> None:
    """Take the lock for as long as the transaction of this connection lasts."""
    connection.exec_driver_sql(f"SET LOCAL lock_timeout = {int(TURN_TIMEOUT_S * 1000)}")
    try:
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_SEQUENCING})")
    except OperationalError as error:
        if getattr(error.orig, "sqlstate", None) == _LOCK_TIMEOUT:
            raise still_writing() from error
        raise


def _asking(session: Session) -> Ask:
    def ask(query: str, *values: Any) -> list[Any]:
        result = session.connection().exec_driver_sql(query.replace("?", "%s"), values)
        return list(result) if result.returns_rows else []

    return ask
