"""What PostgreSQL does for several workers, and when its server is killed and started again."""

import signal
from threading import Event, Thread

import psycopg
import pytest
from sqlalchemy import text
from sqlmodel import select

from label_service.errors import InvalidDocument
from label_service.store import database
from label_service.store.database import migrate, open_engine, reading, transaction
from label_service.store.party_tables import PartyRow
from label_service.store.tables import LeafRow
from label_service.store.unavailable import StoreUnavailable
from tests.postgres import Cluster
from tests.stage import NOON

pytestmark = pytest.mark.postgresql


@pytest.fixture(scope="module")
def server():
    """Give a server to stop and to start."""
    own = Cluster()
    own.start()
    yield own
    own.remove()


@pytest.fixture
def url(server):
    """Give the address of a new database."""
    yield server.create("own")
    server.drop("own")


@pytest.fixture
def engine(url):
    """Give a new database at the newest revision."""
    engine = open_engine(url)
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


def positions(engine):
    """Give the positions of all leaves."""
    with reading(engine) as session:
        return [row.position for row in session.exec(select(LeafRow).order_by(LeafRow.position))]


def asked(engine, question):
    """Ask the database something as a reader does."""
    with reading(engine) as session:
        return session.connection().exec_driver_sql(question).scalar()


def test_what_was_committed_survives_a_killed_server(server, engine):
    """After the server was killed without any time, everything that was acknowledged is there."""
    append(engine, leaf(0), leaf(1))
    server.stop(signal.SIGKILL)
    server.start()
    assert positions(engine) == [0, 1]


def test_a_server_that_was_started_again_is_not_noticed(server, engine):
    """Connections from before are given up silently; nobody is answered with an error for them."""
    append(engine, leaf(0))
    server.stop()
    server.start()
    append(engine, leaf(1))
    assert positions(engine) == [0, 1]


def test_a_server_that_is_gone_is_named_without_its_address(server, engine):
    """People read that the database does not answer, not where it is and who signs in there."""
    server.stop()
    try:
        for work in (lambda: append(engine, leaf(0)), lambda: positions(engine), lambda: migrate(engine)):
            with pytest.raises(StoreUnavailable, match="does not answer") as error:
                work()
            assert str(server.folder) not in error.value.detail + error.value.hint
    finally:
        server.start()
    append(engine, leaf(0))


def test_a_unit_of_work_whose_server_dies_is_not_kept(server, engine):
    """What was under way when the server died is an error, and nothing of it is there afterwards."""

    def die():
        with transaction(engine) as session:
            session.add(leaf(0))
            session.flush()
            server.stop(signal.SIGQUIT)
            server.start()

    with pytest.raises(StoreUnavailable):
        die()
    assert positions(engine) == []


def test_workers_take_turns(url, engine):
    """Units of work of several processes run one after another: positions have no gap, and nothing is lost."""

    def work():
        own = open_engine(url)
        for _ in range(10):
            with transaction(own) as session:
                last = session.exec(select(LeafRow).order_by(LeafRow.position.desc())).first()
                session.add(leaf(last.position + 1 if last else 0))
        own.dispose()

    threads = [Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert positions(engine) == list(range(40))


def test_a_turn_that_does_not_come_is_an_error(url, monkeypatch):
    """Who waits too long for another worker is told, and does not hang."""
    monkeypatch.setitem(database._POSTGRESQL["connect_args"], "options", "-c lock_timeout=50")
    engine, other = open_engine(url), open_engine(url)
    with transaction(other), pytest.raises(StoreUnavailable, match="lock timeout"):
        append(engine, leaf(0))
    engine.dispose()
    other.dispose()


def test_a_reader_sees_one_state(url, engine):
    """What a worker commits while something is read is seen by the next reading, never by half of one."""
    other = open_engine(url)
    with reading(engine) as session:
        assert session.exec(select(LeafRow)).all() == []
        append(other, leaf(0))
        assert session.exec(select(LeafRow)).all() == []
    assert positions(engine) == [0]
    other.dispose()


def test_who_reads_cannot_write(engine):
    """A page or an API answer that only reads changes nothing, whatever its code does."""
    with pytest.raises(StoreUnavailable, match="read-only"), reading(engine) as session:
        session.execute(text("DELETE FROM leaf"))


def test_commits_are_durable_whatever_the_server_is_set_to(server, url):
    """A server tuned to acknowledge before the disk has it is overruled; times are in UTC wherever it stands."""
    with server.connect("own") as connection:
        connection.execute("ALTER DATABASE own SET synchronous_commit = off")
        connection.execute("ALTER DATABASE own SET timezone = 'Asia/Tokyo'")
    engine = open_engine(url)
    assert asked(engine, "SHOW synchronous_commit") == "on"
    assert asked(engine, "SHOW timezone") == "UTC"
    engine.dispose()


@pytest.mark.parametrize("address", ["postgres", "postgresql", "postgresql+psycopg"])
def test_the_usual_spellings_of_an_address_are_taken(url, address):
    """An address from a hoster's page is used as it is."""
    engine = open_engine(url.replace("postgresql", address, 1))
    assert asked(engine, "SELECT 1") == 1
    engine.dispose()


@pytest.mark.parametrize("name", ["nul \0 inside", "x" * 301])
def test_a_value_no_column_holds_is_an_error_of_its_sender(engine, name):
    """Text that the database cannot keep is refused as a document, not as a failure of the service."""
    party = PartyRow(
        id="p", kind="producer", name=name, country="DEU", registration="1", registration_key="1", created_at=NOON
    )
    with pytest.raises(InvalidDocument, match="cannot be kept"):
        append(engine, party)


def test_more_readers_than_connections_are_told(url, monkeypatch):
    """When all connections are in use for too long, who waits gets an answer that says so."""
    monkeypatch.setitem(database._POSTGRESQL, "pool_size", 1)
    monkeypatch.setitem(database._POSTGRESQL, "max_overflow", 0)
    monkeypatch.setitem(database._POSTGRESQL, "pool_timeout", 0.05)
    engine, end, begun = open_engine(url), Event(), Event()

    def hold():
        with reading(engine) as session:
            session.connection()
            begun.set()
            end.wait(10)

    thread = Thread(target=hold)
    thread.start()
    begun.wait(10)
    with pytest.raises(StoreUnavailable, match="in use"):
        asked(engine, "SELECT 1")
    end.set()
    thread.join()
    engine.dispose()


def test_another_program_holds_up_only_writers(server, engine):
    """Whoever takes the lock of writers beside the service keeps no buyer from reading."""
    append(engine, leaf(0))
    with psycopg.connect(server.url("own")) as connection:
        connection.execute(f"SELECT pg_advisory_xact_lock({database._WRITING})")
        assert positions(engine) == [0]
