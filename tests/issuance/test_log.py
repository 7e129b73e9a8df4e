import shutil
from contextlib import suppress
from threading import Thread

import pytest
from sqlalchemy import text

from label_service.errors import LogFault, NotFound
from label_service.issuance.log import Sequencer, append_leaves
from label_service.store.checkpoints import CheckpointStore
from label_service.store.database import open_engine, transaction
from label_service.store.public_files import PublicFiles
from label_service.store.unavailable import StoreUnavailable
from label_service.tlog.audit import audit_log
from label_service.tlog.leaf import AttestationLeaf, leaf_bytes
from label_service.tlog.note import VerifierKey
from label_service.tlog.proof import verify_proof
from label_service.verify import inspect_bundle
from tests import databases
from tests.stage import open_stage


def leaf(number):
    """Give a log entry of its own."""
    return AttestationLeaf(digest=f"{number:064x}", auditor="did:key:z6Mk#1")


def append(stage, *numbers):
    """Commit entries that no checkpoint covers yet."""
    bench = stage.scheme._bench
    with transaction(bench.engine) as session:
        return append_leaves(session, [leaf(number) for number in numbers], bench.clock())


def log_key(stage):
    """Give the key that the trust list names for the log."""
    return VerifierKey(stage.scheme.identity.log, stage.signers.log.public_key)


def findings(stage):
    """Audit the public files and give what is not as it must be."""
    found = []
    files = PublicFiles(stage.folder / "data" / "public" / "log")
    archive = [files.read(f"checkpoints/{size}").decode() for size in sequencer(stage)._checkpoints.sizes()]
    report = audit_log(files.read, archive, [log_key(stage)], found.append)
    assert report.size == sequencer(stage).size
    return found


def sequencer(stage):
    """Give the sequencer of an installation."""
    return stage.scheme._bench.sequencer


def valid(stage, label_id):
    """Tell whether a label verifies."""
    return inspect_bundle(stage.scheme.labels.bundle(label_id), stage.roots, stage.at).exit_code == 0


def test_a_log_grows_over_many_tiles(own_stage):
    """Entries one by one and in heaps, over the width of a tile: every file and checkpoint follows from them."""
    start = sequencer(own_stage).size
    for heap in (1, 2, 230, 40, 1, 300):
        append(own_stage, *range(heap))
        sequencer(own_stage).catch_up()
    assert sequencer(own_stage).size == start + 574
    assert findings(own_stage) == []
    for position in (0, start, 255, 256, start + 573):
        entry = next(sequencer(own_stage)._leaves_from(position, position + 1))[0]
        assert verify_proof(sequencer(own_stage).proof(position), entry, log_key(own_stage)).index == position
    own_stage.reopen()
    assert findings(own_stage) == []


def test_catching_up_with_nothing_signs_nothing(own_stage):
    """A checkpoint is signed for entries, not for time."""
    before = sequencer(own_stage)._checkpoints.sizes()
    for _ in range(3):
        sequencer(own_stage).catch_up()
    assert sequencer(own_stage)._checkpoints.sizes() == before


def test_an_entry_without_a_checkpoint_has_no_proof(own_stage):
    """What is committed but not signed is not proven to anybody."""
    (position,) = append(own_stage, 1)
    with pytest.raises(NotFound):
        sequencer(own_stage).proof(position)
    sequencer(own_stage).catch_up()
    assert verify_proof(sequencer(own_stage).proof(position), leaf_bytes(leaf(1)), log_key(own_stage))


def test_what_a_crash_left_behind_is_integrated(own_stage):
    """Entries that were committed when the process ended are under a checkpoint after the next start."""
    append(own_stage, 1, 2, 3)
    size = sequencer(own_stage).size
    own_stage.reopen()
    assert sequencer(own_stage).size == size + 3
    assert findings(own_stage) == []


def test_tiles_of_a_tree_that_was_never_signed_do_no_harm(own_stage):
    """A crash between tiles and checkpoint leaves files that the next start writes again."""
    append(own_stage, 1, 2)
    edge = sequencer(own_stage)._edge
    sequencer(own_stage)._write_tiles(edge, [b"something else", b"and more"])
    own_stage.reopen()
    assert findings(own_stage) == []


def test_a_checkpoint_that_was_not_published_is_published(own_stage):
    """A crash between checkpoint store and public file is made good at the next start."""
    public = own_stage.folder / "data" / "public" / "log"
    old = (public / "checkpoint").read_bytes()
    append(own_stage, 1)
    sequencer(own_stage).catch_up()
    newest = (public / "checkpoint").read_bytes()
    (public / "checkpoint").write_bytes(old)
    (public / "checkpoints" / str(sequencer(own_stage).size)).unlink()
    own_stage.reopen()
    assert (public / "checkpoint").read_bytes() == newest
    assert findings(own_stage) == []


@pytest.mark.parametrize("content", [b"", b"\xff", b"other.example/log\n999999\nAAAA\n", "later"])
def test_a_damaged_public_checkpoint_is_replaced(own_stage, content):
    """Whatever stands in the public folder, the checkpoint store is what counts."""
    public = own_stage.folder / "data" / "public" / "log" / "checkpoint"
    good = public.read_bytes()
    public.write_bytes(good.replace(b"/log\n", b"/log\n9", 1) if content == "later" else content)
    own_stage.reopen()
    assert public.read_bytes() == good


@pytest.mark.parametrize("lost", ["", "tile", "tile/0", "tile/entries", "checkpoints"])
def test_lost_public_files_are_rebuilt(own_stage, lost):
    """The public folder can be made again from the database, with every partial tile an old checkpoint needs."""
    shutil.rmtree(own_stage.folder / "data" / "public" / "log" / lost)
    if lost == "checkpoints":
        (own_stage.folder / "data" / "public" / "log" / "checkpoint").unlink()
    own_stage.reopen()
    assert findings(own_stage) == []
    assert valid(own_stage, own_stage.labels["hook"])


@pytest.mark.parametrize("file", ["tile/0/000.p", "tile/entries/000.p"])
def test_damaged_tiles_are_rebuilt(own_stage, file):
    """A tile or bundle that was altered on disk is never signed; it is written again from the database."""
    tile = own_stage.folder / "data" / "public" / "log" / file / str(sequencer(own_stage).size)
    data = tile.read_bytes()
    tile.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    own_stage.reopen()
    assert tile.read_bytes() == data


def edit(stage, statement, **values):
    """Change the database behind the service's back."""
    stage.scheme.close()
    engine = open_engine(databases.url_of(stage.folder))
    with transaction(engine) as session:
        session.execute(text(statement), values)
    engine.dispose()


def refused(stage):
    """Check that an installation does not open, and give why; what it signed stays as it is."""
    checkpoints = CheckpointStore(stage.folder / "data" / "checkpoints.db")
    before = checkpoints.last()
    public = (stage.folder / "data" / "public" / "log" / "checkpoint").read_bytes()
    with pytest.raises(LogFault) as fault:
        open_stage(stage.folder)
    assert checkpoints.last() == before
    assert (stage.folder / "data" / "public" / "log" / "checkpoint").read_bytes() == public
    checkpoints.close()
    assert fault.value.hint
    return fault.value.detail


def test_a_database_older_than_the_log_is_refused(own_stage):
    """A backup that lacks entries is never signed over."""
    own_stage.scheme.close()
    backup = own_stage.folder / "backup"
    databases.copy_database(own_stage.folder, backup)
    own_stage.reopen()
    own_stage.issue("hook", salt="9" * 32)
    own_stage.scheme.close()
    databases.copy_database(backup, own_stage.folder)
    assert "log entries, the database has" in refused(own_stage)
    databases.copy_database(backup, own_stage.folder)


@pytest.mark.parametrize("position", [0, "last"])
def test_an_altered_entry_is_refused(own_stage, position):
    """Who changes history in the database cannot get it signed."""
    last = sequencer(own_stage).size - 1
    place = last if position == "last" else position
    edit(own_stage, "UPDATE leaf SET entry = :entry WHERE position = :place", entry=leaf_bytes(leaf(1)), place=place)
    assert "differ from what the last checkpoint signed" in refused(own_stage)


def test_a_removed_entry_is_refused(own_stage):
    """A gap in the entries is found at the start."""
    edit(own_stage, "DELETE FROM leaf WHERE position = :place", place=3)
    assert "the database has" in refused(own_stage)


def test_entries_swapped_behind_the_back_are_refused(own_stage):
    """The order of entries is part of history."""
    last = sequencer(own_stage).size - 1
    for old, new in ((last, 1000), (last - 1, last), (1000, last - 1)):
        edit(own_stage, "UPDATE leaf SET position = :new WHERE position = :old", old=old, new=new)
    assert "differ from what" in refused(own_stage)


def test_two_services_take_turns(own_stage):
    """Two services on one log: each takes over what the other signed, and the log never forks."""
    second = open_stage(own_stage.folder)
    for number in range(8):
        for stage in (own_stage, second):
            append(stage, number)
            sequencer(stage).catch_up()
    assert sequencer(second).size == sequencer(own_stage).size + 1
    sequencer(own_stage).catch_up()
    assert findings(own_stage) == findings(second) == []
    second.scheme.close()


def test_what_another_process_signed_is_known_at_once(own_stage):
    """A label issued by a command is there for the service that runs beside it."""
    second = open_stage(own_stage.folder)
    label = second.issue("hook", salt="9" * 32)
    assert valid(own_stage, label.id)
    second.scheme.close()


def test_a_second_database_on_one_log_forks_nothing(own_stage, tmp_path):
    """A copy of the service with other entries cannot sign, nor touch the tiles of what was signed."""
    own_stage.scheme.close()
    databases.copy_database(own_stage.folder, tmp_path / "copy")
    own_stage.reopen()
    bench = own_stage.scheme._bench
    engine = open_engine(databases.url_of(tmp_path / "copy"))
    checkpoints = CheckpointStore(own_stage.folder / "data" / "checkpoints.db")
    twin = Sequencer(bench.identity.log, lambda: own_stage.signers.log, engine, checkpoints, own_stage.files)
    append(own_stage, 1)
    sequencer(own_stage).catch_up()
    with transaction(engine) as session:
        append_leaves(session, [leaf(2)], bench.clock())
    with pytest.raises(LogFault):
        twin.catch_up()
    assert findings(own_stage) == []
    twin.close()
    engine.dispose()


def test_proofs_hold_while_the_log_grows(own_stage):
    """A bundle made in the middle of issuing carries a path to just the checkpoint it carries."""
    key, entry = log_key(own_stage), next(sequencer(own_stage)._leaves_from(0, 1))[0]
    failures, is_done = [], []

    def prove():
        while not is_done:
            try:
                verify_proof(sequencer(own_stage).proof(0), entry, key)
            except Exception as error:  # noqa: BLE001 - a thread hands everything to the test
                failures.append(error)

    threads = [Thread(target=prove) for _ in range(2)]
    for thread in threads:
        thread.start()
    for number in range(60):
        append(own_stage, number)
        sequencer(own_stage).catch_up()
    is_done.append(True)
    for thread in threads:
        thread.join()
    assert failures == []


@pytest.mark.parametrize("blocked", ["tile/entries", "checkpoints"])
def test_a_public_folder_that_cannot_be_written_costs_nothing(own_stage, blocked):
    """No answer is given while the public files cannot be written, and all is there once they can."""
    folder = own_stage.folder / "data" / "public" / "log" / blocked
    found = own_stage.submit("hook", salt="9" * 32)
    token = own_stage.attest(found)
    folder.rename(folder.with_name("aside"))
    folder.touch()
    with pytest.raises(StoreUnavailable):
        own_stage.scheme.attestations.add(found.id, token)
    with pytest.raises(StoreUnavailable):
        own_stage.scheme.labels.issue(found.id)
    folder.unlink()
    folder.with_name("aside").rename(folder)
    own_stage.scheme.attestations.add(found.id, token)
    label = own_stage.scheme.labels.issue(found.id)
    assert valid(own_stage, label.id)
    assert findings(own_stage) == []


def test_a_full_checkpoint_store_costs_nothing(own_stage):
    """A label whose checkpoint could not be stored is not given out; asking again gives it once there is space."""
    found = own_stage.submit("hook", salt="9" * 32)
    own_stage.scheme.attestations.add(found.id, own_stage.attest(found))
    labels = own_stage.scheme.labels
    connection = sequencer(own_stage)._checkpoints._connection
    pages = connection.execute("PRAGMA page_count").fetchone()[0]
    connection.execute(f"PRAGMA max_page_count = {pages}")
    with suppress(StoreUnavailable):
        for number in range(500):
            append(own_stage, number)
            sequencer(own_stage).catch_up()
    with pytest.raises(StoreUnavailable, match="full"):
        labels.issue(found.id)
    label_id = own_stage.scheme.declarations.get(found.id).label_id
    with pytest.raises(NotFound):
        labels.get(label_id)
    connection.execute("PRAGMA max_page_count = 1000000")
    assert labels.issue(found.id).id == label_id
    assert valid(own_stage, label_id)


def test_a_read_only_database_says_so(own_stage):
    """A database that can be read but not written answers readers and refuses writers."""
    own_stage.scheme.close()
    own_stage.reopen()
    databases.forbid_writing(own_stage.scheme._bench.engine)
    with pytest.raises(StoreUnavailable, match=r"read-?only"):
        own_stage.submit("panel")
    assert valid(own_stage, own_stage.labels["hook"])
