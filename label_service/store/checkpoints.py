"""The checkpoint store: the last signed tree head, in its own small database with compare-and-swap.

It is trusted; the main database is not. It is never restored from a backup together with the main database, and it
never accepts a smaller tree, or another root for the same size. Every checkpoint is archived. Here it is a file, for
an installation on one machine; `shared_checkpoints` has the one for several machines.
"""

import fcntl
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import IO, Any, NamedTuple

from label_service.errors import LogFault
from label_service.store.unavailable import StoreUnavailable

BUSY_TIMEOUT_S = 10
TURN_TIMEOUT_S = 60.0
_TURN_STEP_S = 0.002
_TABLE = """CREATE TABLE IF NOT EXISTS checkpoint (
    size INTEGER PRIMARY KEY, root BLOB NOT NULL, note TEXT NOT NULL) STRICT"""
_COSIGNATURES = """CREATE TABLE IF NOT EXISTS cosignature (
    size INTEGER NOT NULL, name TEXT NOT NULL, key_id TEXT NOT NULL, line TEXT NOT NULL,
    PRIMARY KEY (size, name, key_id)) STRICT, WITHOUT ROWID"""
_LAST = "SELECT size, root, note FROM checkpoint ORDER BY size DESC LIMIT 1"
_AFTER = "SELECT size, root, note FROM checkpoint WHERE size > ? ORDER BY size"
_SIZES = "SELECT size FROM checkpoint ORDER BY size"
_ADD = "INSERT INTO checkpoint VALUES (?, ?, ?)"
_COSIGN = "INSERT INTO cosignature VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING"
_COSIGNED = "SELECT line FROM cosignature WHERE size = ? ORDER BY name, key_id"
_SEEN = """SELECT size, root, note FROM checkpoint WHERE size = (SELECT size FROM cosignature WHERE size > ?
    GROUP BY size HAVING COUNT(DISTINCT name) >= ? ORDER BY size DESC LIMIT 1)"""
_FURTHEST = "SELECT name, MAX(size) FROM cosignature GROUP BY name"

Ask = Callable[..., list[Any]]  # runs a statement with the values of its question marks, and gives the rows


class StoredCheckpoint(NamedTuple):
    """Size and root of a tree, and the note that was signed over them."""

    size: int
    root: bytes
    note: str


class Cosignature(NamedTuple):
    """A witness's signature line below a checkpoint, with the name and id (hexadecimal) of its key."""

    name: str
    key_id: str
    line: str


class CheckpointStore:
    """Keeps every signed checkpoint of one log; `advance` is atomic and durable when it returns.

    Threads take turns on the one connection, so that nobody reads a checkpoint before it is durable.
    """

    def __init__(self, file: Path) -> None:
        """Open the store, or make it.

        Raises:
            StoreUnavailable: the file cannot be opened or written.
        """
        self._turn = Lock()
        self._lock_file = file.with_suffix(".lock")
        with _answering():
            file.parent.mkdir(parents=True, exist_ok=True)
            self._connection = sqlite3.connect(
                file, isolation_level=None, timeout=BUSY_TIMEOUT_S, check_same_thread=False
            )
            self._connection.execute("PRAGMA journal_mode = WAL")
            self._connection.execute("PRAGMA synchronous = FULL")
            self._connection.execute(_TABLE)
            self._connection.execute(_COSIGNATURES)

    @contextmanager
    def sequencing(self) -> Iterator[None]:
        """Keep the sequencers of all processes out until the block ends; a killed process leaves no lock behind.

        Raises:
            StoreUnavailable: another process kept it for a minute, or the lock file cannot be written.
        """
        with _answering():
            file = self._lock_file.open("ab")
        with file:
            with _answering():
                _wait_for(file)
            yield

    def last(self) -> StoredCheckpoint | None:
        """Give the newest checkpoint; None before the first.

        Raises:
            StoreUnavailable: the store cannot be read.
        """
        return next(map(StoredCheckpoint._make, self._read(_LAST)), None)

    def after(self, size: int) -> list[StoredCheckpoint]:
        """Give all checkpoints of larger trees, oldest first.

        Raises:
            StoreUnavailable: the store cannot be read.
        """
        return list(map(StoredCheckpoint._make, self._read(_AFTER, size)))

    def first_over(self, index: int) -> StoredCheckpoint | None:
        """Give the first checkpoint that covers a log entry; None while there is none.

        Raises:
            StoreUnavailable: the store cannot be read.
        """
        return next(map(StoredCheckpoint._make, self._read(f"{_AFTER} LIMIT 1", index)), None)

    def sizes(self) -> list[int]:
        """Give the sizes of all archived checkpoints, oldest first.

        Raises:
            StoreUnavailable: the store cannot be read.
        """
        return [size for (size,) in self._read(_SIZES)]

    def count(self) -> int:
        """Give how many checkpoints there are.

        Raises:
            StoreUnavailable: the store cannot be read.
        """
        with self._turn, _answering():
            return int(self._connection.execute("SELECT COUNT(*) FROM checkpoint").fetchone()[0])

    def advance(self, expected_size: int, size: int, root: bytes, note: str) -> None:
        """Store a checkpoint that follows the one of `expected_size` (0: the first).

        Raises:
            LogFault: another process advanced the log, or the new tree is not larger.
            StoreUnavailable: the store cannot be written; the checkpoint must not be given out.
        """
        with self._writing() as ask:
            _expect(expected_size, ask)
            if size <= expected_size:
                raise LogFault(f"expected a tree larger than {expected_size}, found {size}; it is never signed")
            ask(_ADD, size, root, note)

    def cosign(self, size: int, cosignatures: Iterable[Cosignature]) -> None:
        """Keep what witnesses signed about the checkpoint of a size; the first line of a key stays.

        Raises:
            StoreUnavailable: the store cannot be written.
        """
        with self._writing() as ask:
            for item in cosignatures:
                ask(_COSIGN, size, *item)

    def cosigned(self, size: int) -> list[str]:
        """Give the lines of witnesses about the checkpoint of a size.

        Raises:
            StoreUnavailable: the store cannot be read.
        """
        return [line for (line,) in self._read(_COSIGNED, size)]

    def seen_over(self, index: int, quorum: int) -> StoredCheckpoint | None:
        """Give the newest checkpoint over a log entry that at least so many witnesses cosigned; None without one.

        Raises:
            StoreUnavailable: the store cannot be read.
        """
        return next(map(StoredCheckpoint._make, self._read(_SEEN, index, quorum)), None)

    def furthest(self) -> dict[str, int]:
        """Give how far each witness has come, by the name of its key.

        Raises:
            StoreUnavailable: the store cannot be read.
        """
        return dict(self._read(_FURTHEST))

    def bring_forward(self, checkpoints: Iterable[StoredCheckpoint]) -> None:
        """Add those checkpoints of a backup that are larger than the last one, all of them or none.

        Raises:
            StoreUnavailable: the store cannot be written; nothing was.
        """
        with self._writing() as ask:
            size = _size(ask)
            for item in checkpoints:
                if item.size > size:
                    ask(_ADD, *item)

    def close(self) -> None:
        """Close the file."""
        with self._turn:
            self._connection.close()

    def _read(self, query: str, *values: Any) -> list[Any]:
        with self._turn, _answering():
            return self._ask(query, *values)

    @contextmanager
    def _writing(self) -> Iterator[Ask]:
        """Give what asks inside one transaction, in which nobody else writes."""
        with self._turn, _answering():
            self._ask("BEGIN IMMEDIATE")
            try:
                yield self._ask
                self._ask("COMMIT")
            finally:
                if self._connection.in_transaction:  # refused, or the commit itself failed
                    self._ask("ROLLBACK")

    def _ask(self, query: str, *values: Any) -> list[Any]:
        return self._connection.execute(query, values).fetchall()


def _size(ask: Ask) -> int:
    """Give the size of the last checkpoint; 0 before the first."""
    return next((size for size, _, _ in ask(_LAST)), 0)


def _expect(size: int, ask: Ask) -> None:
    found = _size(ask)
    if found != size:
        raise LogFault(
            f"expected the last checkpoint to be of size {size}, found {found}",
            hint="a process without the lock is writing to this log; stop it",
        )


def _wait_for(file: IO[bytes]) -> None:
    """Lock a file; closing it, or the end of the process, gives the lock back."""
    end = time.monotonic() + TURN_TIMEOUT_S
    while True:
        try:
            return fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            if time.monotonic() > end:
                raise still_writing() from error
            time.sleep(_TURN_STEP_S)


def still_writing() -> StoreUnavailable:
    """Give the error of a process whose turn to write to the log does not come."""
    return StoreUnavailable(
        f"another process has been writing to the log for {TURN_TIMEOUT_S:.0f} s",
        hint="end it if it hangs, then try again",
    )


@contextmanager
def _answering() -> Iterator[None]:
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        raise StoreUnavailable(
            f"the checkpoint store does not answer: {error}", hint="check space and access rights of the disk"
        ) from error
