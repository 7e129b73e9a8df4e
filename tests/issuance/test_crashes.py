"""The process is killed at random moments, as a power switch or an operator in a hurry would."""

import random
import time
from multiprocessing import get_context

import pytest

from label_service.store.public_files import PublicFiles
from label_service.tlog.audit import audit_log
from label_service.tlog.checkpoint import Checkpoint
from label_service.tlog.note import VerifierKey
from label_service.tlog.tiles import TileTree
from label_service.tlog.tree import verify_consistency
from label_service.verify import inspect_bundle
from tests.issuance.issuing import issue_forever
from tests.stage import open_stage

KILLS = 24
OPENING_S = 0.1  # every third process is killed while it opens and recovers
ISSUING_S = 0.1  # the others this long, at most, after some labels
MOST_S = 40


@pytest.fixture(scope="module")
def forked():
    """Give processes from a server that has imported everything, so that they live long enough to issue."""
    context = get_context("forkserver")
    context.set_forkserver_preload(["tests.issuance.issuing"])
    return context


def issue_and_kill(forked, folder, *, while_opening):
    """Let a process issue labels, kill it at a random moment, and give the labels it had been given."""
    ours, theirs = forked.Pipe(duplex=False)
    process = forked.Process(target=issue_forever, args=(str(folder), theirs))
    process.start()
    theirs.close()
    given = [] if while_opening else [ours.recv_bytes().decode() for _ in range(random.randint(1, 5))]
    time.sleep(random.uniform(0, OPENING_S if while_opening else ISSUING_S))
    process.kill()
    process.join()
    assert process.exitcode == -9
    process.close()
    with ours:
        while True:
            try:
                given.append(ours.recv_bytes().decode())
            except EOFError:
                return [label_id for label_id in given if label_id != "open"]


def audit(stage):
    """Rebuild the whole log from its public files, with every checkpoint it ever signed."""
    found = []
    files = PublicFiles(stage.folder / "data" / "public" / "log")
    sizes = stage.scheme._bench.sequencer._checkpoints.sizes()
    archive = [files.read(f"checkpoints/{size}").decode() for size in sizes]
    report = audit_log(files.read, archive, [VerifierKey(stage.scheme.identity.log, log_key(stage))], found.append)
    assert found == []
    assert report.checkpoints == len(sizes)
    return Checkpoint.parse(files.read("checkpoint").decode()), TileTree(report.size, files.read)


def log_key(stage):
    """Give the public key of the log."""
    return stage.signers.log.public_key


def test_killed_at_any_moment_no_label_is_lost_and_the_log_never_forks(forked, own_stage):
    """Every label that was given out is there after the restart and verifies; every tree extends the one before."""
    folder = own_stage.folder
    own_stage.scheme.close()
    given: list[str] = []
    seen: Checkpoint | None = None
    start = time.monotonic()
    for number in range(KILLS):
        given += issue_and_kill(forked, folder, while_opening=number % 3 == 2)
        stage = open_stage(folder)
        checkpoint, tree = audit(stage)
        if seen:
            path = tree.consistency_path(seen.size)
            verify_consistency(seen.size, seen.root, checkpoint.size, checkpoint.root, path)
        seen = checkpoint
        for label_id in given if number == KILLS - 1 else given[-3:]:
            report = inspect_bundle(stage.scheme.labels.bundle(label_id), stage.roots, stage.at)
            assert report.exit_code == 0, report.verdict
        stage.scheme.close()
    assert len(set(given)) == len(given) >= 10
    assert time.monotonic() - start < MOST_S
    own_stage.reopen()
