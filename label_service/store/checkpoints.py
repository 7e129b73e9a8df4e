"""The checkpoint store: the last signed tree head, in its own small database with compare-and-swap.

It is trusted; the main database is not. It is never restored from a backup together with the main database, and it
never accepts a smaller tree, or another root for the same size. Every checkpoint is archived.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from label_service.errors import LogFault

_TABLE = """CREATE TABLE IF NOT EXISTS checkpoint (
    size INTEGER PRIMARY KEY, root BLOB NOT NULL, note TEXT NOT NULL) STRICT"""


class CheckpointStore:
    """Keeps every signed checkpoint of one log; `advance` is atomic and durable when it returns."""

    def __init__(self, file: Path) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        self._file = file
        self._connection = sqlite3.connect(file, isolation_level=None, timeout=10, check_same_thread=False)
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = FULL")
        self._connection.execute(_TABLE)

    def last(self) -> tuple[int, bytes, str] | None:
        """Give size, root and signed note of the newest checkpoint; None before the first."""
        row = self._connection.execute("SELECT size, root, note FROM checkpoint ORDER BY size DESC LIMIT 1").fetchone()
        return None if row is None else (row[0], row[1], row[2])

    def advance(self, expected_size: int, size: int, root: bytes, note: str) -> None:
        """Store a checkpoint that follows the one of `expected_size` (0: the first).

        Raises:
            LogFault: another process advanced the log, or the new tree is not larger.
        """
        with self._locked():
            last = self.last()
            if (last[0] if last else 0) != expected_size:
                raise LogFault(
                    f"expected the last checkpoint to be of size {expected_size}, found {last[0] if last else 0}",
                    hint="another sequencer is running; stop one of them",
                )
            if size <= expected_size:
                raise LogFault(f"expected a tree larger than {expected_size}, found {size}; it is never signed")
            self._connection.execute("INSERT INTO checkpoint VALUES (?, ?, ?)", (size, root, note))

    def sizes(self) -> list[int]:
        """Give the sizes of all archived checkpoints, oldest first."""
        return [size for (size,) in self._connection.execute("SELECT size FROM checkpoint ORDER BY size")]

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    @contextmanager
    def _locked(self) -> Iterator[None]:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")
