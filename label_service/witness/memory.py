"""What a witness remembers: of each log the last checkpoint it cosigned, and what it refused to believe.

One row for each log, however large that grows. The file is durable before a cosignature is given out.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import NamedTuple

from label_service.errors import Overloaded

MOST_REFUSED = 100  # kept for each log; a log that contradicts itself more often is proven a liar by the first
_BUSY_S = 10.0
_TABLES = """
    CREATE TABLE IF NOT EXISTS seen (origin TEXT PRIMARY KEY, size INTEGER NOT NULL, note TEXT NOT NULL) STRICT;
    CREATE TABLE IF NOT EXISTS refused (
        origin TEXT NOT NULL, size INTEGER NOT NULL, at TEXT NOT NULL, why TEXT NOT NULL,
        seen TEXT NOT NULL, found TEXT NOT NULL, UNIQUE (origin, why, seen, found)) STRICT;
"""


class Refusal(NamedTuple):
    """A checkpoint that a log signed and the witness did not cosign.

    Attributes:
        at: timestamp.
        why: verdict of the witness.
        seen: the note it had cosigned last.
        found: the note it refused.
    """

    origin: str
    at: str
    why: str
    seen: str
    found: str


class Memory:
    """One SQLite file; safe between threads and processes."""

    def __init__(self, file: Path) -> None:
        """Open the file, or make it.

        Raises:
            Overloaded: it cannot be used.
        """
        self._lock = Lock()
        with _answering():
            self._connection = sqlite3.connect(file, isolation_level=None, timeout=_BUSY_S, check_same_thread=False)
            self._connection.execute("PRAGMA journal_mode = WAL")
            self._connection.execute("PRAGMA synchronous = FULL")
            self._connection.executescript(_TABLES)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Keep everybody else from reading and writing what this block decides on; it is durable after it.

        Raises:
            Overloaded: the file cannot be used; nothing was written.
        """
        with self._lock, _answering():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._connection.execute("COMMIT")
            finally:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")

    def last(self, origin: str) -> str | None:
        """Give the note cosigned last; inside `alone`."""
        found = self._connection.execute("SELECT note FROM seen WHERE origin = ?", (origin,)).fetchone()
        return found[0] if found else None

    def remember(self, origin: str, size: int, note: str) -> None:
        """Replace it by the next; inside `alone`."""
        self._connection.execute("INSERT OR REPLACE INTO seen VALUES (?, ?, ?)", (origin, size, note))

    def keep(self, refused: Refusal, size: int) -> None:
        """Keep what was refused, up to a bound; inside `alone`."""
        query = "SELECT COUNT(*) FROM refused WHERE origin = ?"
        if self._connection.execute(query, (refused.origin,)).fetchone()[0] < MOST_REFUSED:
            row = (refused.origin, size, *refused[1:])
            self._connection.execute("INSERT OR IGNORE INTO refused VALUES (?, ?, ?, ?, ?, ?)", row)

    def all_seen(self) -> list[tuple[str, int]]:
        """Give origin and size of every log."""
        with self._lock, _answering():
            return self._connection.execute("SELECT origin, size FROM seen ORDER BY origin").fetchall()

    def all_refused(self) -> list[Refusal]:
        """Give what was refused, oldest first."""
        with self._lock, _answering():
            query = "SELECT origin, at, why, seen, found FROM refused ORDER BY at, size"
            return list(map(Refusal._make, self._connection.execute(query)))

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()


@contextmanager
def _answering() -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise Overloaded(
            f"the memory of the witness does not answer: {error}", hint="check space and rights"
        ) from error
