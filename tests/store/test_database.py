import sqlite3
from contextlib import suppress
from datetime import datetime
from threading import Thread

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect
from sqlmodel import SQLModel, select

from label_service.errors import Conflict
from label_service.store import party_tables, scheme_tables, tables
from label_service.store.database import migrate, open_engine, reading, transaction
from label_service.store.documents import body, keep
from label_service.store.tables import LeafRow, StoredDocument, TrustListRow
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


def test_migrations_lead_to_exactly_the_tables(engine):
    """From nothing to the newest revision gives what the models say: no column, index or constraint more or less."""
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, SQLModel.metadata) == []
        assert context.get_current_revision() is not None
    assert set(inspect(engine).get_table_names()) == {*SQLModel.metadata.tables, "alembic_version"}


def test_migrating_twice_changes_nothing(engine):
    """A service that starts again finds its tables as they are."""
    with transaction(engine) as session:
        session.add(leaf(0))
    migrate(engine)
    with reading(engine) as session:
        assert session.get(LeafRow, 0)


TABLES = [
    model.__tablename__
    for module in (tables, party_tables, scheme_tables)
    for model in vars(module).values()
    if isinstance(model, type) and issubclass(model, SQLModel) and model.__module__ == module.__name__
]


@pytest.mark.parametrize("table", TABLES)
def test_every_unique_and_foreign_key_of_the_models_is_in_the_tables(engine, table):
    """What the models promise about identity is kept by the database, not by good will."""
    model = SQLModel.metadata.tables[table]
    found = inspect(engine)
    foreign = {(key["constrained_columns"][0], key["referred_table"]) for key in found.get_foreign_keys(table)}
    assert foreign == {(key.parent.name, key.column.table.name) for key in model.foreign_keys}
    unique = {tuple(sorted(item["column_names"])) for item in found.get_unique_constraints(table)}
    expected = {(column.name,) for column in model.columns if column.unique}
    expected |= {("status_index", "status_list")} if table == "label" else set()
    expected |= {("declaration_id", "digest")} if table == "meter_use" else set()
    assert unique == expected


def test_pragmas_are_in_force_on_every_connection(engine):
    """An acknowledged commit survives power loss, references hold, and a second writer waits its turn."""
    with reading(engine) as one, reading(engine) as two:
        for session in (one, two):
            values = [
                session.connection().exec_driver_sql(f"PRAGMA {name}").scalar()
                for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
            ]
            assert values == ["wal", 2, 1, 10_000]


def test_a_unit_of_work_is_whole_or_nothing(engine):
    """An error in the middle leaves no trace."""
    with suppress(ZeroDivisionError), transaction(engine) as session:
        session.add(leaf(0))
        session.flush()
        _ = 1 / 0
    with reading(engine) as session:
        assert session.exec(select(LeafRow)).all() == []


def test_two_units_of_work_for_one_place_meet_in_a_conflict(engine):
    """Two writers of one log position or list number: the second is told, and nothing of it is kept."""
    append(engine, leaf(0))
    with pytest.raises(Conflict, match="came first"):
        append(engine, StoredDocument(digest="aa", type="label", body=b"", created_at=NOON), leaf(0, b"[]"))
    with reading(engine) as session:
        assert session.exec(select(LeafRow)).one().entry == b"{}"
        assert session.exec(select(StoredDocument)).all() == []


def test_a_row_cannot_name_a_document_that_is_not_there(engine):
    """The index never points to documents that were not kept."""
    with pytest.raises(Conflict):
        append(engine, TrustListRow(sequence=1, digest="ab" * 32, created_at=NOON))


def test_readers_are_not_held_up_by_a_writer(engine):
    """A buyer's scan is answered while a label is being written, from what was committed before."""
    with transaction(engine) as writer:
        writer.add(leaf(0))
        writer.flush()
        with reading(engine) as session:
            assert session.exec(select(LeafRow)).all() == []


def test_writers_take_turns(engine):
    """Many threads append at once: every unit of work counts, none is lost or twice."""

    def append():
        for _ in range(5):
            with transaction(engine) as session:
                last = session.exec(select(LeafRow).order_by(LeafRow.position.desc())).first()
                session.add(leaf(last.position + 1 if last else 0))

    threads = [Thread(target=append) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with reading(engine) as session:
        assert [row.position for row in session.exec(select(LeafRow).order_by(LeafRow.position))] == list(range(20))


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


def test_documents_are_kept_once_under_their_digest(engine):
    """The same bytes twice are one document; what was kept comes back byte for byte, with time zone aside."""
    with transaction(engine) as session:
        first = keep(session, "label", b"bytes \xff", NOON)
        assert keep(session, "label", b"bytes \xff", datetime(2030, 1, 1, tzinfo=NOON.tzinfo)) == first
    with reading(engine) as session:
        assert body(session, first) == b"bytes \xff"
        assert len(session.exec(select(StoredDocument)).all()) == 1
