"""Copies of a running database: SQLite by its online backup, PostgreSQL by pg_dump on one snapshot."""

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import Engine, inspect, text
from sqlalchemy.engine import URL, make_url

from label_service.errors import Refused
from label_service.operation.manifest import DUMP_FILE, SQLITE_FILE
from label_service.store.database import reading
from label_service.store.unavailable import StoreUnavailable

_REVISION = text("SELECT version_num FROM alembic_version")
_ENTRIES = text("SELECT COUNT(*) FROM leaf")
_PLACES = {"PGHOST": "host", "PGPORT": "port", "PGUSER": "username", "PGPASSWORD": "password", "PGDATABASE": "database"}


class Copied(NamedTuple):
    """A copy of a database: the revision of its tables, and the number of log entries in it."""

    revision: str
    entries: int


def is_sqlite(url: str) -> bool:
    """Tell whether a database is SQLite."""
    return make_url(url).get_backend_name() == "sqlite"


def sqlite_file(url: str) -> Path:
    """Give the file of a SQLite database."""
    return Path(make_url(url).database or "")


def copy_database(engine: Engine, folder: Path) -> Copied:
    """Write a copy of a database, which may be in use, into a folder.

    Raises:
        StoreUnavailable: it cannot be read.
        Refused: pg_dump is not there.
    """
    if engine.dialect.name == "sqlite":
        return _copy_sqlite(Path(engine.url.database or ""), folder / SQLITE_FILE)
    with reading(engine) as session:
        snapshot = str(session.connection().execute(text("SELECT pg_export_snapshot()")).scalar_one())
        copied = Copied(*(session.connection().execute(query).scalar_one() for query in (_REVISION, _ENTRIES)))
        target = f"--file={folder / DUMP_FILE}"
        run_postgresql(engine.url, "pg_dump", "--format=custom", f"--snapshot={snapshot}", target)
    return copied


def _copy_sqlite(source: Path, target: Path) -> Copied:
    try:
        with closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True)) as live, closing(_new(target)) as copy:
            live.backup(copy, pages=4096, sleep=0.01)
            copy.execute("PRAGMA journal_mode = DELETE")  # one file, without -wal and -shm beside it
            return Copied(*(copy.execute(str(query)).fetchone()[0] for query in (_REVISION, _ENTRIES)))
    except sqlite3.Error as error:
        raise StoreUnavailable(f"the database cannot be copied: {error}", hint="run `label-service doctor`") from error


def _new(target: Path) -> sqlite3.Connection:
    os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    return sqlite3.connect(target)


def is_empty(engine: Engine) -> bool:
    """Tell whether a database has no tables yet."""
    with engine.connect() as connection:
        return not inspect(connection).get_table_names()


def load_dump(url: URL, dump: Path) -> None:
    """Read a copy of a PostgreSQL database into an empty one, as a whole or not at all.

    Raises:
        StoreUnavailable: the server refused it.
        Refused: pg_restore is not there.
    """
    options = ("--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges")
    run_postgresql(url, "pg_restore", *options, f"--dbname={url.database}", str(dump))


def empty_again(engine: Engine) -> None:
    """Take back what `load_dump` read."""
    with engine.begin() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))


def run_postgresql(url: URL, program: str, *arguments: str) -> None:
    """Run one of PostgreSQL's programs on a database; password and host go by the environment.

    Raises:
        Refused: the program is not there.
        StoreUnavailable: it failed; what it said is in the log of PostgreSQL.
    """
    found = shutil.which(program) or _newest(sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{program}")))
    if found is None:
        raise Refused(f"{program} is not on this machine", hint="apt-get install postgresql-client")
    parts = {**url.query, **url.translate_connect_args()}
    place = {name: str(parts[key]) for name, key in _PLACES.items() if parts.get(key)}
    command = [str(found), *arguments]
    done = subprocess.run(command, env={**os.environ, **place}, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        said = done.stderr.strip().splitlines()[-1:] or ["nothing"]
        raise StoreUnavailable(f"{program} failed: {said[0][:300]}", hint="check the database, then try again")


def _newest(found: Sequence[Path]) -> Path | None:
    return found[-1] if found else None
