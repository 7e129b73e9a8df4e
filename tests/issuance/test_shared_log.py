"""Several machines on one log: labels in one database, checkpoints in another, each worker with its own connections."""

import signal

import pytest

from label_service.errors import LogFault, Refused
from label_service.issuance.log import append_leaves
from label_service.issuance.opening import open_scheme
from label_service.issuance.setup import Identity
from label_service.store.database import transaction
from label_service.store.shared_checkpoints import SharedCheckpoints
from label_service.store.unavailable import StoreUnavailable
from label_service.verify import inspect_bundle
from tests import databases
from tests.issuance.test_log import leaf
from tests.postgres import Cluster
from tests.stage import ORIGIN, Stage, open_stage
from tests.workshop import Workshop

pytestmark = pytest.mark.postgresql


@pytest.fixture(scope="module")
def server():
    """Give a server for checkpoints, apart from that of the labels."""
    own = Cluster()
    own.start()
    yield own
    own.remove()


@pytest.fixture
def machine(server, founded, tmp_path):
    """Open the installation on one more machine: the same keys and databases."""
    folder = databases.copy_installation(founded[0], tmp_path / "stage")
    stage = open_stage(folder)
    stored = stage.scheme.bench.sequencer._checkpoints.after(0)
    stage.scheme.close()
    url, machines = server.create("checkpoints"), []

    def another(labels=folder, checkpoint_url=url):
        identity, labels_url = Identity(ORIGIN, "Test scheme", is_demo=True), databases.url_of(labels)
        scheme, files = open_scheme(
            identity, folder / "keys", folder / "data", labels_url, stage.clock, checkpoint_url=checkpoint_url
        )
        machines.append(Stage(folder, scheme, files, stage.clock, dict(founded[1])))
        return machines[-1]

    shared = SharedCheckpoints(url)
    shared.bring_forward(stored)
    shared.close()
    yield another
    for machine in machines:
        machine.scheme.close()
    server.drop("checkpoints")


def verdict(stage, label_id):
    """Verify a label as a buyer would."""
    return inspect_bundle(stage.scheme.labels.bundle(label_id), stage.roots, stage.at).exit_code


def test_two_machines_write_one_history(machine):
    """Labels issued on one machine verify on the other at once, and the log is whole for whoever audits it."""
    one, two = machine(), machine()
    for number in range(4):
        for here, there in ((one, two), (two, one)):
            label = here.issue("hook", salt=f"{number}{here is one:d}" * 16)
            assert verdict(there, label.id) == 0
    assert Workshop(one).books() == Workshop(two).books() == []


def test_a_second_database_on_one_checkpoint_store_forks_nothing(machine, tmp_path):
    """A copy of the labels that went another way is refused before anything is signed; the log goes on."""
    one = machine()
    one.scheme.bench.engine.dispose()
    databases.copy_database(one.folder, tmp_path / "twin")
    twin = machine(tmp_path / "twin")
    one.issue("hook", salt="1" * 32)
    with transaction(twin.scheme.bench.engine) as session:
        append_leaves(session, [leaf(7)], twin.clock())
    with pytest.raises(LogFault, match="do not give the tree"):
        twin.scheme.bench.sequencer.catch_up()
    one.issue("hook", salt="2" * 32)
    assert Workshop(one).books() == []


def test_nothing_is_given_out_while_the_checkpoints_are_gone(machine, server):
    """Without its checkpoint store an installation signs nothing; once it is back, what was asked for is given out."""
    one = machine()
    server.stop(signal.SIGKILL)
    try:
        with pytest.raises(StoreUnavailable):
            one.issue("hook", salt="3" * 32)
    finally:
        server.start()
    label = one.issue("hook", salt="4" * 32)
    assert verdict(one, label.id) == 0
    assert Workshop(one).books() == []


def test_checkpoints_have_a_database_of_their_own(machine):
    """A checkpoint store beside the labels would go back with them in a restore, so it is refused."""
    one = machine()
    for url in (databases.url_of(one.folder), "sqlite:///checkpoints.db"):
        with pytest.raises(Refused):
            machine(checkpoint_url=url)
