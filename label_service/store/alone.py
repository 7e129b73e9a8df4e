"""Work that one process of an installation does at a time, on whatever machine it is."""

import fcntl
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine

from label_service.store.database import reading
from label_service.store.unavailable import StoreUnavailable

_FAMILY = 0x6C61  # of the advisory locks that are named here


@contextmanager
def alone(engine: Engine, name: str) -> Iterator[bool]:
    """Tell whether nobody else does this work now; until the block ends nobody else will.

    The end of the process, or of its connection, gives the work free.

    Raises:
        StoreUnavailable: the database cannot be reached, or the lock file not written.
    """
    if engine.dialect.name == "postgresql":
        with reading(engine) as session:
            question = f"SELECT pg_try_advisory_xact_lock({_FAMILY}, {zlib.crc32(name.encode()) & 0x7FFFFFFF})"
            yield bool(session.connection().exec_driver_sql(question).scalar())
        return
    with _file_of(engine, name).open("ab") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True


def _file_of(engine: Engine, name: str) -> Path:
    file = Path(engine.url.database or "")
    if not file.parent.is_dir():
        raise StoreUnavailable("the folder of the database is not there", hint="check LABEL_SERVICE_DATA")
    return file.with_name(f"{file.stem}-{name}.lock")
