"""The database of an installation in tests: a SQLite file, or one of PostgreSQL with `--database postgresql`.

Every test gets its database here, so that the same tests run on both.
"""

import hashlib
import os
import shutil
from pathlib import Path
from threading import Lock
from typing import Any

from sqlalchemy import Connection, Engine, event

from tests.postgres import USER, cluster

KINDS = ("sqlite", "postgresql")
_KIND, _SERVER = "LABEL_SERVICE_TEST_DATABASE", "LABEL_SERVICE_TEST_SERVER"  # processes of tests inherit them
_made: list[Path] = []
_used: set[Engine] = set()
_making = Lock()
_is_allowed = True


def choose(kind: str) -> None:
    """Say which database the tests of this process, and processes they start, work on."""
    os.environ[_KIND] = kind


def is_postgresql() -> bool:
    """Tell whether the tests work on PostgreSQL."""
    return os.environ.get(_KIND) == "postgresql"


def allow(is_allowed: bool) -> None:
    """Say whether the test that comes may open a database: only one that the run on PostgreSQL has, too."""
    globals()["_is_allowed"] = is_allowed
    if is_postgresql():
        os.environ[_SERVER] = str(cluster().folder)  # here, because the server ends with the thread that started it


def url_of(folder: Path) -> str:
    """Give the database of the installation in a folder; an empty one where there is none yet."""
    assert _is_allowed, "this test opens a database, and `tests.choosing` does not see it"
    if not is_postgresql():
        return f"sqlite:///{_file(folder)}"
    with _making:
        if cluster.cache_info().currsize and _name(folder) not in cluster().names():  # not in a process of a test
            cluster().create(_name(folder))
            _made.append(folder)
    return f"postgresql://{USER}@/{_name(folder)}?host={os.environ[_SERVER]}"


def environment(folder: Path) -> dict[str, str]:
    """Give what the environment says to commands about data and database of the installation in a folder."""
    return {"LABEL_SERVICE_DATA": str(folder / "data"), "LABEL_SERVICE_DATABASE_URL": url_of(folder)}


def copy_installation(source: Path, target: Path) -> Path:
    """Copy the folder of an installation that nobody has open, with its database, and give the new one."""
    shutil.copytree(source, target)
    if is_postgresql():
        copy_database(source, target)
    return target


def copy_database(source: Path, target: Path) -> None:
    """Put a copy of the database of one folder into the place of another's; nobody has them open."""
    if not is_postgresql():
        _file(target).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(_file(source), _file(target))
        return
    cluster().drop(_name(target))
    cluster().create(_name(target), template=_name(source))
    _made.append(target)


def content(folder: Path) -> bytes:
    """Give everything the database of a folder holds, as bytes to look for something in."""
    if not is_postgresql():
        return b"".join(file.read_bytes() for file in _file(folder).parent.glob(f"{_file(folder).name}*"))
    with cluster().connect(_name(folder)) as connection:
        tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        return b"".join(_rows(connection, table) for (table,) in tables)


def damage(folder: Path) -> None:
    """Make the database of a folder unusable, as a broken disk or a lost server would."""
    if not is_postgresql():
        _file(folder).write_bytes(b"SQLite format 3\0" + b"\xff" * 5000)
    else:
        cluster().drop(_name(folder))


def forbid_writing(engine: Engine) -> None:
    """Make the database of an engine one that can only be read, as a full disk or a standby is."""
    if not is_postgresql():
        with engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA query_only = ON")
        return
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("SET TRANSACTION READ ONLY"))


@event.listens_for(Engine, "engine_connect")
def _note(connection: Connection) -> None:
    if is_postgresql():
        _used.add(connection.engine)


def remove_below(folder: Path) -> None:
    """Remove the databases of all installations in a folder, and end what this process has open of them."""
    names = {_name(place) for place in _made if place.is_relative_to(folder)}
    for engine in [engine for engine in _used.copy() if engine.url.database in names]:
        _used.remove(engine)
        engine.dispose()
    for place in [place for place in _made if place.is_relative_to(folder)]:
        _made.remove(place)
        cluster().drop(_name(place))


def _rows(connection: Any, table: str) -> bytes:
    with connection.cursor().copy(f'COPY "{table}" TO STDOUT (FORMAT binary)') as rows:
        return b"".join(bytes(part) for part in rows)


def _file(folder: Path) -> Path:
    return folder / "data" / "label.db"


def _name(folder: Path) -> str:
    return f"test_{hashlib.sha256(str(folder).encode()).hexdigest()[:20]}"
