"""A primary with a synchronous standby: nothing is signed that only one of them has."""

import secrets
import signal
import time
from contextlib import suppress
from threading import Thread

import psycopg
import pytest

from label_service.errors import LogFault
from label_service.issuance.opening import open_scheme
from label_service.issuance.setup import Identity
from label_service.store.shared_checkpoints import SharedCheckpoints
from label_service.store.unavailable import StoreUnavailable
from label_service.tlog.leaf import leaf_bytes
from label_service.verify import inspect_bundle
from tests import databases
from tests.issuance.test_log import leaf
from tests.postgres import Cluster, cluster
from tests.stage import NOON, ORIGIN, Stage, open_stage
from tests.workshop import Workshop

pytestmark = pytest.mark.postgresql


@pytest.fixture
def servers():
    """Give a primary that is not followed yet, and where further servers are put to be removed."""
    made = [Cluster()]
    made[0].start()
    yield made
    for server in made:
        server.remove()


@pytest.fixture
def site(servers, founded, tmp_path):
    """Open an installation on a server, with its checkpoints on another."""
    folder = databases.copy_installation(founded[0], tmp_path / "stage")
    stage = open_stage(folder)
    stored, name = stage.scheme.bench.sequencer._checkpoints.after(0), f"checkpoints{secrets.token_hex(4)}"
    stage.scheme.close()
    servers[0].create("labels")
    for program, *arguments in (
        ("pg_dump", "--format=custom", f"--file={servers[0].folder}/dump", f"--dbname={databases.url_of(folder)}"),
        ("pg_restore", f"--dbname={servers[0].url('labels')}", f"{servers[0].folder}/dump"),
    ):
        servers[0].run(program, *arguments)
    shared = SharedCheckpoints(cluster().create(name))
    shared.bring_forward(stored)
    opened = []

    def opens(server):
        scheme, files = open_scheme(
            Identity(ORIGIN, "Test scheme", is_demo=True),
            folder / "keys",
            folder / "data",
            server.url("labels"),
            stage.clock,
            checkpoint_url=cluster().url(name),
        )
        opened.append(Stage(folder, scheme, files, stage.clock, dict(founded[1])))
        return opened[-1]

    opens.shared = shared
    yield opens
    for other in opened:
        other.scheme.close()
    shared.close()
    cluster().drop(name)


def follow(servers):
    """Give the primary a standby that its commits wait for."""
    standby = Cluster(servers[0])
    servers.append(standby)
    standby.start()
    servers[0].demand_standby()
    return standby


def wait_for(server, question):
    """Wait until the answer of a server is yes."""
    end = time.monotonic() + 30
    with server.connect() as connection:
        while not connection.execute(question).fetchone()[0]:
            assert time.monotonic() < end, question
            time.sleep(0.02)


def leave_an_entry_behind(primary, position):
    """Kill a primary while a commit waits for the standby; the entry is on its disk alone."""

    def commit():
        with suppress(psycopg.OperationalError), primary.connect("labels") as connection:
            values = (position, leaf_bytes(leaf(1)), NOON)
            connection.execute("INSERT INTO leaf (position, entry, created_at) VALUES (%s, %s, %s)", values)

    thread = Thread(target=commit)
    thread.start()
    wait_for(primary, "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE wait_event = 'SyncRep')")
    primary.stop(signal.SIGKILL)
    thread.join()


def holds(stage, label_id):
    """Tell whether a label verifies."""
    return inspect_bundle(stage.scheme.labels.bundle(label_id), stage.roots, stage.at).exit_code == 0


def test_a_primary_without_its_standby_refuses_before_it_begins(servers, site):
    """A worker is told at once that nothing can be committed, instead of waiting for ever; later it goes on."""
    one, standby = site(servers[0]), follow(servers)
    one.issue("hook", salt="1" * 32)
    standby.stop()
    wait_for(servers[0], "SELECT NOT EXISTS (SELECT FROM pg_stat_replication)")
    with pytest.raises(StoreUnavailable, match="no standby"):
        one.issue("hook", salt="2" * 32)
    standby.start()
    servers[0].demand_standby()
    assert holds(one, one.issue("hook", salt="2" * 32).id)
    assert Workshop(one).books() == []


def test_after_a_failover_every_label_is_there_and_the_old_primary_is_fenced(servers, site):
    """An entry that only the old primary has is never signed, so that the new one can go on; the old one never can."""
    primary = servers[0]
    one, standby = site(primary), follow(servers)
    label = one.issue("hook", salt="1" * 32)
    signed = site.shared.last()
    standby.stop()
    leave_an_entry_behind(primary, signed.size)
    primary.start()  # it comes back, and a worker that was not told goes on with it
    with primary.connect("labels") as connection:
        assert connection.execute("SELECT count(*) FROM leaf").fetchone()[0] == signed.size + 1
    with pytest.raises(StoreUnavailable, match="no standby"):
        site(primary)
    primary.stop(signal.SIGKILL)
    standby.start()
    standby.promote()
    two = site(standby)
    assert site.shared.last() == signed
    assert holds(two, label.id)
    assert holds(two, two.issue("hook", salt="2" * 32).id)
    primary.start()
    with primary.connect() as connection:  # against all advice
        connection.execute("ALTER SYSTEM RESET synchronous_standby_names")
        connection.execute("SELECT pg_reload_conf()")
    with pytest.raises(LogFault):
        site(primary)
    assert Workshop(two).books() == []
