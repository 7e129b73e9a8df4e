"""Assessing again everything that was declared, on several processes, and the report of what would change.

The ids of declarations are spread evenly, so ranges of them are parts of about the same size. Each part is written as
a whole when it is through; a re-assessment that was cut off goes on with the parts that are missing.
"""

import csv
import multiprocessing
import os
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from threading import Thread
from typing import Any

import orjson
from sqlmodel import func, select

from label_service import canonical
from label_service.errors import Conflict
from label_service.factors.release import Release, mount, read_release
from label_service.issuance.reassessing import Reassessor, Tally, kept_between
from label_service.issuance.reassessment_report import TABLE_COLUMNS, cells, report_of
from label_service.store.database import open_engine, reading
from label_service.store.tables import DeclarationRow

PARTS = 256
REPORT, CHANGES, TABLE = "report.json", "changes.jsonl", "changes.csv"
Tell = Callable[[int, int], bool]  # how many are through, of how many; gives whether to go on


def reassess(url: str, releases: tuple[Release, Release], folder: Path, processes: int, tell: Tell) -> dict[str, Any]:
    """Assess everything under a release and write report, list of changes and table into a folder.

    Args:
        url: of the database, which is only read.
        releases: the one in use, and the one to assess with, published or not.
        folder: for the parts and what they come to; may hold parts of an earlier run.
        processes: how many work at a time.
        tell: is told how far it is.

    Raises:
        Conflict: it was stopped, or a process of it ended; what is through stays for the next run.
    """
    folder.mkdir(parents=True, exist_ok=True)
    total = _total(url)
    parts = Parts(folder, releases[1].digest)
    tally: Tally = Counter()
    for number in _through(url, releases[1], parts, processes):
        tally.update(parts.tally(number))
        if not tell(tally["sum", "all"], max(total, tally["sum", "all"])):
            raise Conflict("the re-assessment was stopped", hint="start it again: it goes on where it was")
    report = report_of(tally, *releases)
    parts.join()
    _write(folder / REPORT, canonical.encode(report))
    return report


def _total(url: str) -> int:
    engine = open_engine(url)
    try:
        with reading(engine) as session:
            return session.exec(select(func.count()).select_from(DeclarationRow)).one()
    finally:
        engine.dispose()


def _through(url: str, release: Release, parts: "Parts", processes: int) -> Iterator[int]:
    """Give the number of each part that is through, those of an earlier run first."""
    missing = [number for number in range(PARTS) if not parts.is_through(number)]
    yield from sorted({*range(PARTS)} - {*missing})
    context = multiprocessing.get_context("spawn")  # a copy of a process with threads and connections would be none
    pool = ProcessPoolExecutor(processes, context, _begin, (url, release.to_bytes(), str(parts.folder)))
    try:
        for done in as_completed([pool.submit(_part, number) for number in missing]):
            yield done.result()
    except BrokenProcessPool as error:
        raise Conflict(
            "a process of the re-assessment ended before its time", hint="start it again: it goes on where it was"
        ) from error
    finally:
        pool.shutdown(cancel_futures=True)


class Parts:
    """The files of the parts under one release; a part is through when its tally is there."""

    def __init__(self, folder: Path, digest: str) -> None:
        self.folder = folder
        self._name = f"part-{digest[:16]}"

    def is_through(self, number: int) -> bool:
        """Tell whether a part was written."""
        return self._tally(number).exists()

    def tally(self, number: int) -> Tally:
        """Give what a part counted."""
        return Counter({tuple(key): count for *key, count in orjson.loads(self._tally(number).read_bytes())})

    def changes(self, number: int) -> Path:
        """Give the file for the changes of a part."""
        return self.folder / f"{self._name}-{number:03d}.jsonl"

    def write(self, number: int, tally: Tally) -> None:
        """Say that a part is through."""
        _write(self._tally(number), orjson.dumps([[*key, count] for key, count in tally.items()]))

    def join(self) -> None:
        """Put the changes of all parts behind each other, as lines of JSON and as a table, and remove the parts."""
        lines, table = self.folder / CHANGES, self.folder / TABLE
        with lines.open("wb") as changes, table.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream)
            writer.writerow(TABLE_COLUMNS)
            for number in range(PARTS):
                with self.changes(number).open("rb") as part:
                    for line in part:
                        changes.write(line)
                        writer.writerow(cells(orjson.loads(line)))
        for number in range(PARTS):
            self._tally(number).unlink()
            self.changes(number).unlink()

    def _tally(self, number: int) -> Path:
        return self.folder / f"{self._name}-{number:03d}.json"


def _write(file: Path, data: bytes) -> None:
    temporary = file.with_name(f".{file.name}")
    temporary.write_bytes(data)
    temporary.replace(file)


class _Worker:
    """What one process works with."""

    def __init__(self, url: str, release: Release, folder: Path) -> None:
        self._engine = open_engine(url)
        self._parts = Parts(folder, release.digest)
        self._reassessor = Reassessor(release)

    def part(self, number: int) -> int:
        """Assess the declarations of one part, and write its changes and its tally."""
        tally: Tally = Counter()
        with reading(self._engine) as session, self._parts.changes(number).open("wb") as file:
            for kept in kept_between(session, *_bounds(number)):
                if change := self._reassessor.compare(session, kept, tally):
                    file.write(orjson.dumps(change) + b"\n")
        self._parts.write(number, tally)
        return number


_HERE: list[_Worker] = []  # the one of this process


def _begin(url: str, release: bytes, folder: str) -> None:
    """Make a process ready; it lets the pages of buyers go first, and ends with the one that started it."""
    os.nice(10)
    Thread(target=_end_with_parent, daemon=True).start()
    _HERE.append(_Worker(url, mount(read_release(release)), Path(folder)))


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent:
        parent.join()
        os._exit(1)


def _part(number: int) -> int:
    return _HERE[0].part(number)


def _bounds(number: int) -> tuple[str, str]:
    """Give the ids a part goes from and to; ids are in lower-case hexadecimal digits."""
    return f"{number:02x}", f"{number + 1:02x}" if number + 1 < PARTS else "g"
