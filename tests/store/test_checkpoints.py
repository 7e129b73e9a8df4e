import sqlite3
from threading import Thread

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from label_service.errors import LogFault
from label_service.store import checkpoints, shared_checkpoints
from label_service.store.checkpoints import CheckpointStore, Cosignature
from label_service.store.shared_checkpoints import SharedCheckpoints
from label_service.store.unavailable import StoreUnavailable
from tests import databases

ROOT = bytes(32)


def opened(folder):
    """Open the store of a folder: the file of one machine, or the database of several."""
    if databases.is_postgresql():
        return SharedCheckpoints(databases.url_of(folder))
    return CheckpointStore(folder / "new" / "checkpoints.db")


@pytest.fixture
def store(tmp_path):
    """Give an empty checkpoint store."""
    store = opened(tmp_path)
    yield store
    store.close()


def test_the_first_checkpoint_follows_nothing(store):
    """A new log has no checkpoint, and the first one follows size 0."""
    assert store.last() is None
    assert store.sizes() == []
    store.advance(0, 3, ROOT, "note 3")
    assert store.last() == (3, ROOT, "note 3")


def test_every_checkpoint_is_archived(store):
    """What was signed once can always be shown."""
    for before, size in ((0, 3), (3, 4), (4, 9)):
        store.advance(before, size, ROOT, f"note {size}")
    assert store.sizes() == [3, 4, 9]
    assert [item.note for item in store.after(3)] == ["note 4", "note 9"]
    assert store.after(9) == []


def test_what_witnesses_sign_stands_beside_the_checkpoints(store):
    """Lines are kept once for each key; the newest checkpoint over an entry that enough names signed is found."""
    for before, size in ((0, 3), (3, 4), (4, 9)):
        store.advance(before, size, ROOT, f"note {size}")
    store.cosign(3, [Cosignature(name, "aa", f"{name} 3") for name in ("w1", "w2")])
    store.cosign(4, [Cosignature("w1", "aa", "w1 4"), Cosignature("w1", "bb", "w1 4, another key")])
    store.cosign(4, [Cosignature("w1", "aa", "w1 4, later")])
    assert store.cosigned(4) == ["w1 4", "w1 4, another key"]
    assert store.cosigned(9) == []
    assert store.seen_over(0, 1).size == 4
    assert store.seen_over(0, 2).size == 3
    assert store.seen_over(3, 2) is None
    assert store.seen_over(0, 3) is None
    assert store.furthest() == {"w1": 4, "w2": 3}
    assert store.last() == (9, ROOT, "note 9")


@pytest.mark.parametrize(
    ("expected", "size", "words"),
    [(0, 9, "without the lock"), (4, 9, "without the lock"), (5, 5, "larger than 5"), (5, 4, "larger than 5")],
)
def test_the_log_never_shrinks_or_forks(store, expected, size, words):
    """A checkpoint that does not follow the last one, or is not larger, is refused and nothing changes."""
    store.advance(0, 5, ROOT, "note")
    with pytest.raises(LogFault) as refused:
        store.advance(expected, size, b"\1" * 32, "other")
    assert words in f"{refused.value.detail} {refused.value.hint}"
    assert store.last() == (5, ROOT, "note")
    store.advance(5, 6, ROOT, "next")


def test_two_processes_cannot_both_advance(tmp_path, store):
    """The second of two sequencers on one store is refused, whatever it signed."""
    other = opened(tmp_path)
    store.advance(0, 1, ROOT, "one")
    with pytest.raises(LogFault):
        other.advance(0, 1, b"\1" * 32, "fork")
    assert other.last() == store.last()
    other.close()


def test_sequencers_take_turns(tmp_path):
    """While one holds the lock no other sequencer does anything, whichever connection it has."""
    inside, most = [], []

    def sequence():
        store = opened(tmp_path)
        for _ in range(5):
            with store.sequencing():
                inside.append(1)
                most.append(len(inside))
                inside.pop()
        store.close()

    threads = [Thread(target=sequence) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1] * 20


def test_a_lock_that_is_not_given_back_is_an_error_in_the_end(tmp_path, store, monkeypatch):
    """A process that hangs with the lock makes others say so, and not wait for ever."""
    monkeypatch.setattr(checkpoints, "TURN_TIMEOUT_S", 0.02)
    monkeypatch.setattr(shared_checkpoints, "TURN_TIMEOUT_S", 0.02)
    other = opened(tmp_path)
    with store.sequencing(), pytest.raises(StoreUnavailable, match="another process"), other.sequencing():
        pass
    with other.sequencing():
        pass
    other.close()


def test_of_many_that_advance_at_once_one_wins(tmp_path):
    """Compare-and-swap holds across connections and threads."""
    opened(tmp_path).close()
    won = []

    def advance(number):
        store = opened(tmp_path)
        try:
            store.advance(0, number, ROOT, str(number))
            won.append(number)
        except LogFault:
            pass
        store.close()

    threads = [Thread(target=advance, args=(number,)) for number in range(1, 7)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 1
    store = opened(tmp_path)
    assert store.sizes() == won
    store.close()


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), max_size=12))
@settings(max_examples=30)
def test_sizes_only_rise(tmp_path_factory, steps):
    """Whatever is tried, the store's checkpoints rise strictly and each followed the one before."""
    store = CheckpointStore(tmp_path_factory.mktemp("store") / "c.db")
    kept = [0]
    for expected, size in steps:
        if expected == kept[-1] and size > expected:
            store.advance(expected, size, ROOT, "note")
            kept.append(size)
        else:
            with pytest.raises(LogFault):
                store.advance(expected, size, ROOT, "note")
    assert store.sizes() == kept[1:]
    store.close()


@pytest.fixture
def file_store(tmp_path):
    """Give an empty store in a file."""
    store = CheckpointStore(tmp_path / "checkpoints.db")
    yield store
    store.close()


def test_a_full_disk_refuses_and_recovers(file_store):
    """A checkpoint that could not be written was never given out, and the store works on once there is space."""
    store, connection = file_store, file_store._connection
    pages = connection.execute("PRAGMA page_count").fetchone()[0]
    connection.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(StoreUnavailable, match="full"):
        store.advance(0, 1, ROOT, "x" * 100_000)
    assert store.last() is None
    connection.execute("PRAGMA max_page_count = 100000")
    store.advance(0, 1, ROOT, "x" * 100_000)
    assert store.sizes() == [1]


def test_a_damaged_store_is_never_taken_for_an_empty_one(tmp_path):
    """A file that is no database is an error, not the beginning of a new log."""
    file = tmp_path / "checkpoints.db"
    file.write_bytes(b"SQLite format 3\0" + b"\xff" * 5000)
    with pytest.raises(StoreUnavailable):
        CheckpointStore(file)
    (tmp_path / "file").touch()
    with pytest.raises(StoreUnavailable):
        CheckpointStore(tmp_path / "file" / "checkpoints.db")


def test_commits_are_durable(file_store):
    """The store writes through to the disk before it answers."""
    assert file_store._connection.execute("PRAGMA synchronous").fetchone() == (2,)
    assert file_store._connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_a_wrong_type_is_refused_by_the_table(file_store):
    """Not even a direct write puts text where the root belongs."""
    with pytest.raises(sqlite3.IntegrityError):
        file_store._connection.execute("INSERT INTO checkpoint VALUES (1, 'text', 'note')")
