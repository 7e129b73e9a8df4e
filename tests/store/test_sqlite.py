"""What SQLite, the embedded default, does when its file fails."""

import sqlite3

import pytest
from sqlmodel import select

from label_service.store.database import migrate, open_engine, reading, transaction
from label_service.store.tables import LeafRow
from label_service.store.unavailable import StoreUnavailable
from tests.stage import NOON


@pytest.fixture
def engine(tmp_path):
    """Give a new database at the newest revision."""
    engine = open_engine(f"sqlite:///{tmp_path / 'label.db'}")
    migrate(engine)
    yield engine
    engine.dispose()


def leaf(position, entry=b"{}"):
    """Give a log leaf."""
    return LeafRow(position=position, entry=entry, created_at=NOON)


def append(engine, *rows):
    """Write rows in one unit of work."""
    with transaction(engine) as session:
        session.add_all(rows)


def pragma(engine, text):
    """Ask or set something on the one connection of the pool."""
    with reading(engine) as session:
        return session.connection().exec_driver_sql(f"PRAGMA {text}").scalar()


def test_pragmas_are_in_force_on_every_connection(engine):
    """An acknowledged commit survives power loss, references hold, and a second writer waits its turn."""
    with reading(engine) as one, reading(engine) as two:
        for session in (one, two):
            values = [
                session.connection().exec_driver_sql(f"PRAGMA {name}").scalar()
                for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
            ]
            assert values == ["wal", 2, 1, 10_000]


def test_a_full_database_says_so_and_keeps_what_it_had(engine):
    """When the disk is full nothing half-written stays, and the error says what to look at."""
    append(engine, leaf(0))
    pragma(engine, f"max_page_count = {pragma(engine, 'page_count')}")
    with pytest.raises(StoreUnavailable, match="full"):
        append(engine, *(leaf(position, b"x" * 4000) for position in range(1, 200)))
    with reading(engine) as session:
        assert [row.position for row in session.exec(select(LeafRow)).all()] == [0]


def test_a_damaged_database_says_so(tmp_path, engine):
    """A file that is no database, or was cut off, is an error of ours and no trace."""
    engine.dispose()
    file = tmp_path / "label.db"
    file.write_bytes(b"SQLite format 3\0" + b"\xff" * 5000)
    with pytest.raises(StoreUnavailable):
        append(engine, leaf(0))
    with pytest.raises(StoreUnavailable):
        migrate(engine)


def test_a_folder_that_is_not_there_says_so(tmp_path):
    """A database that cannot be opened is named as unavailable."""
    engine = open_engine(f"sqlite:///{tmp_path / 'nowhere' / 'label.db'}")
    with pytest.raises(StoreUnavailable, match="opened"):
        migrate(engine)
    engine.dispose()


def test_a_locked_database_is_waited_for_and_then_named(tmp_path, engine):
    """Another program that holds the write lock too long gets us an error, not a hanging service."""
    pragma(engine, "busy_timeout = 50")
    other = sqlite3.connect(tmp_path / "label.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreUnavailable, match="locked"):
        append(engine, leaf(0))
    other.close()
    append(engine, leaf(0))
