import os
import sys
from contextlib import suppress
from datetime import datetime
from subprocess import PIPE, STDOUT, Popen
from threading import Thread

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, text
from sqlmodel import SQLModel, select

from label_service.errors import Conflict, Refused
from label_service.store import figure_tables, party_tables, scheme_tables, tables
from label_service.store.database import migrate, open_engine, reading, transaction
from label_service.store.documents import body, keep
from label_service.store.tables import DeclarationRow, LabelRow, LeafRow, StoredDocument, TrustListRow
from tests import databases
from tests.stage import NOON

FIRST_ROWS = (  # what the first revision could hold
    "INSERT INTO document (digest, type, body, created_at) VALUES ('d', 'declaration', :body, :at)",
    "INSERT INTO leaf (position, entry, created_at) VALUES (0, :body, :at)",
    """INSERT INTO declaration (id, state, producer_id, name, declaration_digest, inventory_digest, assessment_digest,
        label_id, created_at) VALUES ('D', 'labelled', 'https://maker.example', 'Hook', 'd', 'd', 'd', 'LABEL', :at)""",
    """INSERT INTO label (id, label_digest, attestation_digest, inventory_digest, assessment_digest, log_index,
        status_list, status_index, is_revoked, is_suspended, status_reason, qr_text, issued_at)
        VALUES ('LABEL', 'd', 'd', 'd', 'd', 0, 0, 7, :no, :no, '', 'code', :at)""",
)


@pytest.fixture
def engine(tmp_path):
    """Give a new database at the newest revision."""
    (tmp_path / "data").mkdir()
    engine = open_engine(databases.url_of(tmp_path))
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


def is_ours(name, kind, _parents):
    """Tell whether a table is one of the service, not of the queue it works with on PostgreSQL."""
    return kind != "table" or not name.startswith("procrastinate_")


def test_migrations_lead_to_exactly_the_tables(engine):
    """From nothing to the newest revision gives what the models say; tables of the queue are procrastinate's."""
    opts = {"compare_type": True, "compare_server_default": True, "include_name": is_ours}
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts=opts)
        assert compare_metadata(context, SQLModel.metadata) == []
        assert context.get_current_revision() is not None
    tables = {name for name in inspect(engine).get_table_names() if is_ours(name, "table", {})}
    assert tables == {*SQLModel.metadata.tables, "alembic_version"}


def test_migrating_twice_changes_nothing(engine):
    """A service that starts again finds its tables as they are."""
    with transaction(engine) as session:
        session.add(leaf(0))
    migrate(engine)
    with reading(engine) as session:
        assert session.get(LeafRow, 0)


TABLES = [
    model.__tablename__
    for module in (tables, party_tables, scheme_tables, figure_tables)
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


def test_documents_are_kept_once_under_their_digest(engine):
    """The same bytes twice are one document; what was kept comes back byte for byte, with time zone aside."""
    with transaction(engine) as session:
        first = keep(session, "label", b"bytes \xff", NOON)
        assert keep(session, "label", b"bytes \xff", datetime(2030, 1, 1, tzinfo=NOON.tzinfo)) == first
    with reading(engine) as session:
        assert body(session, first) == b"bytes \xff"
        assert len(session.exec(select(StoredDocument)).all()) == 1


@pytest.mark.parametrize(
    "url", ["mysql://user:secret@host/name", "no address", "", "oracle://secret", "sqlite+other://"]
)
def test_other_databases_are_refused(url):
    """A URL that is not understood is named without what may be its password."""
    with pytest.raises(Refused, match="PostgreSQL or SQLite") as refused:
        open_engine(url)
    assert "secret" not in str(refused.value)


def test_processes_that_start_together_change_the_tables_once(tmp_path):
    """Workers that find old tables take turns: the first brings them up, the others find them new."""
    (tmp_path / "data").mkdir()
    environment = {**os.environ, **databases.environment(tmp_path)}
    migration = [sys.executable, "-m", "label_service", "migrate"]
    workers = [Popen(migration, env=environment, stdout=PIPE, stderr=STDOUT, text=True) for _ in range(3)]
    for worker in workers:
        said = worker.communicate()[0]
        assert "newest revision" in said, said


def test_an_installation_of_the_first_revision_is_brought_up(tmp_path):
    """Every row of the oldest tables is there afterwards, and a label knows the producer of its declaration."""
    (tmp_path / "data").mkdir()
    engine = open_engine(databases.url_of(tmp_path))
    migrate(engine, "0001")
    with transaction(engine) as session:
        for statement in FIRST_ROWS:
            session.execute(text(statement), {"at": NOON, "body": b"\x00\xff", "no": False})
    migrate(engine)
    with reading(engine) as session:
        label = session.get_one(LabelRow, "LABEL")
        assert (label.producer_id, label.log_index, label.issued_at) == ("https://maker.example", 0, NOON)
        assert session.get_one(LeafRow, 0).entry == b"\x00\xff"
        assert session.get_one(DeclarationRow, "D").waits_for == ""
    engine.dispose()


def test_the_rows_of_the_release_before_can_still_be_written(tmp_path, engine):
    """While an installation is upgraded, workers of the release before write rows that lack what is new."""
    with transaction(engine) as session:
        for statement in FIRST_ROWS:
            session.execute(text(statement), {"at": NOON, "body": b"", "no": False})
    with reading(engine) as session:
        assert session.get_one(LabelRow, "LABEL").producer_id == ""
