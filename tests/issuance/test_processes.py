"""Several processes on one installation: a service, and commands beside it."""

import random
import time
from multiprocessing import get_context

import pytest
from sqlmodel import select

from label_service.store.database import reading
from label_service.store.tables import LabelRow
from label_service.verify import inspect_bundle
from tests.issuance.issuing import issue_some, label_forever
from tests.stage import open_stage
from tests.workshop import Workshop

LABELS = 6


@pytest.fixture(scope="module")
def forked():
    """Give processes from a server that has imported everything."""
    context = get_context("forkserver")
    context.set_forkserver_preload(["tests.issuance.issuing"])
    return context


def begin(forked, folder, work=issue_some, arguments=(LABELS,)):
    """Let another process issue labels; give it, and where it tells of them, once it is open."""
    ours, theirs = forked.Pipe(duplex=False)
    process = forked.Process(target=work, args=(str(folder), *arguments, theirs))
    process.start()
    theirs.close()
    assert ours.recv_bytes() == b"open"
    return process, ours


def end(process, ours):
    """Give the labels that a process issued."""
    labels = [ours.recv_bytes().decode() for _ in range(LABELS)]
    process.join()
    assert process.exitcode == 0
    process.close()
    ours.close()
    return labels


def test_processes_write_to_one_log_and_it_never_forks(forked, own_stage):
    """Two processes issue while a third changes states and rotates keys: one history, and every label verifies."""
    others = [begin(forked, own_stage.folder) for _ in range(2)]
    scheme = own_stage.scheme
    scheme.register.rotate("label")
    scheme.states.change(own_stage.labels["hook"], "revoke", reason="on-request", text="It was sold to nobody.")
    scheme.register.rotate("log")
    scheme.register.compromise("did:web:localhost%3A8000#status-1")
    labels = [label_id for other in others for label_id in end(*other)]
    assert len(set(labels)) == 2 * LABELS
    assert Workshop(own_stage).books() == []
    later = open_stage(own_stage.folder, own_stage.clock)
    for stage in (own_stage, later):
        for label_id in labels:
            report = inspect_bundle(stage.scheme.labels.bundle(label_id), stage.roots, stage.at)
            assert report.exit_code == 0, report.verdict
    later.scheme.close()


def test_a_process_killed_with_the_lock_stops_nobody(forked, own_stage):
    """The system gives a lock back when its holder dies, and what was half-written is made whole."""
    process, ours = begin(forked, own_stage.folder)
    ours.recv_bytes()
    process.kill()
    process.join()
    label = own_stage.issue("hook", salt="9" * 32)
    assert inspect_bundle(own_stage.scheme.labels.bundle(label.id), own_stage.roots, own_stage.at).exit_code == 0
    assert Workshop(own_stage).books() == []
    process.close()
    ours.close()


def test_killed_while_labelling_a_scope_counts_what_was_labelled(forked, own_stage):
    """Place and label are one: after any end the scope has used up exactly what stands in the log."""
    workshop = Workshop(own_stage)
    scope = workshop.scope(quantity=1000)
    given = []
    for _ in range(3):
        process, ours = begin(forked, own_stage.folder, label_forever, ())
        given += [ours.recv_bytes().decode() for _ in range(2)]
        time.sleep(random.uniform(0, 0.1))
        process.kill()
        process.join()
        process.close()
        ours.close()
    own_stage.reopen()
    with reading(own_stage.scheme.bench.engine) as session:
        query = select(LabelRow).where(LabelRow.scope_digest == scope.digest).order_by(LabelRow.log_index)
        rows = session.exec(query).all()
    assert [row.scope_position for row in rows] == list(range(1, len(rows) + 1))
    assert own_stage.scheme.scopes.get(scope.digest).used == len(rows)
    assert set(given) <= {row.id for row in rows}
    assert workshop.books() == []
