"""The best value of a quantity over several files, and the files that disagree with it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from label_service.errors import UnreadableFile
from label_service.quantity import amount, display
from label_service.readers import Fact, Reading, Unsaid, difference
from label_service.reading_options import NOTHING_SAID, ReadingOptions

EvidenceKind = Literal["job_file", "job_record", "meter_reading", "photo", "certificate", "other"]
_PICTURES = (".jpg", ".jpeg", ".png", ".webp")
_WORDS = {
    "gcode": "sliced print",
    "gcode-3mf": "sliced print",
    "bgcode": "sliced print",
    "ufp": "sliced print",
    "meter-readings": "meter readings",
    "meter-snapshot": "one reading of a meter",
    "job-history": "record of jobs",
    "svg": "drawing",
    "dxf": "drawing",
    "lightburn": "laser job",
    "embroidery": "embroidery",
    "okh": "open design",
}
# A meter is believed before the machine's own record, and that before a slicer's forecast (design, section 3).
_BEST_FIRST = ("metered", "weighed", "as_made", "derived", "estimated", "design", "asserted")

_KINDS_FIRST: tuple[EvidenceKind, ...] = ("meter_reading", "job_record", "job_file", "certificate", "photo", "other")


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A dropped file by its digest, and what a reader found in it; a photo or a paper has no reading.

    Attributes:
        options: what was answered about the file, and taken by its reader.
        problem: why its reader cannot read it yet; empty when it was read, or has no reader.
        asked: what has to be answered so that it can be read.
    """

    name: str
    digest: str
    size_bytes: int
    reading: Reading | None
    options: ReadingOptions = NOTHING_SAID
    problem: str = ""
    asked: tuple[Unsaid, ...] = ()

    @property
    def is_picture_or_paper(self) -> bool:
        """Whether only people read it."""
        return self.reading is None and not self.problem

    @property
    def unsaid(self) -> tuple[Unsaid, ...]:
        """What it leaves open, answered or not."""
        return self.reading.unsaid if self.reading else self.asked

    @property
    def words(self) -> str:
        """Say what it is, and which program wrote it."""
        if self.reading is None:
            return "not read yet" if self.problem else "picture or paper, looked at by people"
        by = self.reading.producer
        program = f" by {by.program} {by.version}".rstrip() if by else ""
        return _WORDS.get(self.reading.kind, self.reading.kind) + program

    @property
    def kind(self) -> EvidenceKind:
        """What the file is evidence of."""
        if self.reading is None:
            return "photo" if self.is_picture_or_paper and self.name.lower().endswith(_PICTURES) else "other"
        bases = {fact.basis for fact in self.reading.facts}
        if "as_made" in bases:
            return "job_record"
        return "meter_reading" if "metered" in bases else "job_file"


@dataclass(frozen=True, slots=True)
class Value:
    """A quantity of one file in its base unit, with basis and the place it stands at.

    Of a counter that was read twice `before` is the file of the first reading.
    """

    quantity: str
    value: Decimal
    unit: str
    basis: str
    file: SourceFile
    source: str
    before: SourceFile | None = None

    @property
    def words(self) -> str:
        """Say the value and where it comes from."""
        names = f"{self.before.name} and {self.file.name}" if self.before else self.file.name
        return f"{display(amount(self.value), 5)} {self.unit} ({self.basis}) from {names}, {self.source}"


@dataclass(frozen=True, slots=True)
class Total:
    """A quantity summed over the files that give it best."""

    values: tuple[Value, ...]

    @property
    def value(self) -> Decimal:
        """The sum in the base unit."""
        return sum((item.value for item in self.values), Decimal(0))

    @property
    def unit(self) -> str:
        """The base unit."""
        return self.values[0].unit

    @property
    def basis(self) -> str:
        """The basis all of them share."""
        return self.values[0].basis

    @property
    def text(self) -> str:
        """The sum in its one spelling."""
        return amount(self.value)

    @property
    def words(self) -> str:
        """Say what the sum is made of."""
        return " + ".join(item.words for item in self.values)

    def entry(self) -> dict[str, object]:
        """Give the declared amount with the files as its evidence."""
        files = (file for item in self.values for file in (item.before, item.file) if file)
        digests = list(dict.fromkeys(file.digest for file in files))
        return {"value": self.text, "unit": self.unit, "basis": self.basis, "evidence": digests}


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two totals of one quantity that differ by more than they may; both sources are named."""

    used: Total
    other: Total
    tolerance: Decimal

    @property
    def words(self) -> str:
        """Say who disagrees with whom."""
        return f"{self.used.words} disagrees with {self.other.words} by more than {self.tolerance:%}"


def values_of(files: Iterable[SourceFile], quantity: str) -> list[Value]:
    """Give a quantity of every file that states it: of the whole file, the sum of its slots, or of a counter's pair."""
    files = tuple(files)
    found = _of_pairs(files, quantity)
    for file in files:
        if file.reading is None:
            continue
        facts = [fact for fact in file.reading.facts if fact.quantity == quantity]
        whole = [fact for fact in facts if fact.item is None]
        if whole or (facts and quantity not in file.reading.missing):  # a sum that lacks a part is unknown
            found.append(_sum(file, whole or facts))
    return found


def counter_pairs(files: Iterable[SourceFile]) -> list[tuple[SourceFile, SourceFile]]:
    """Give the files that show one counter before and after: two of one kind of meter, in the order of time."""
    meters: dict[tuple[object, ...], list[SourceFile]] = {}
    for file in files:
        if file.reading and file.reading.kind == "meter-snapshot":
            meter = (file.reading.importer, file.reading.producer, file.options.channel)
            meters.setdefault(meter, []).append(file)
    return [(first, last) for pair in meters.values() if len(pair) == 2 for first, last in [sorted(pair, key=_read_at)]]


def _read_at(file: SourceFile) -> str:
    """Give the time of a counter's reading; without times they prove nothing."""
    texts = file.reading.texts if file.reading else ()
    return next((text.value for text in texts if text.quantity == "counter_at"), "")


def _of_pairs(files: Sequence[SourceFile], quantity: str) -> list[Value]:
    """Give what two readings of a counter show together; readings that prove nothing give none."""
    found = []
    for first, last in counter_pairs(files):
        try:
            reading = difference(first.reading, last.reading) if first.reading and last.reading else None
        except UnreadableFile:
            continue
        facts = [fact for fact in reading.facts if fact.quantity == quantity] if reading else []
        found += [
            Value(quantity, Decimal(fact.value), fact.unit, fact.basis, last, fact.source.key, first) for fact in facts
        ]
    return found


def best(files: Iterable[SourceFile], quantity: str, tolerance: Decimal) -> tuple[Total | None, tuple[Conflict, ...]]:
    """Sum a quantity over the files of the best kind, and name every other kind that disagrees."""
    found = totals(files, quantity)
    if not found:
        return None, ()
    used, *others = found
    conflicts = (Conflict(used, other, tolerance) for other in others if _differ(used, other, tolerance))
    return used, tuple(conflicts)


def totals(files: Iterable[SourceFile], quantity: str) -> list[Total]:
    """Sum a quantity over the files of each kind, the best kind first.

    Files of one kind and basis add up (several plates, several meters); files of different kinds tell of the same run
    (a slicer's forecast, the printer's record, a meter), so that one is taken and the others are compared with it.
    """
    groups: dict[tuple[int, int], list[Value]] = {}
    for value in values_of(files, quantity):
        rank = _BEST_FIRST.index(value.basis), _KINDS_FIRST.index(value.file.kind)
        groups.setdefault(rank, []).append(value)
    return [Total(tuple(values)) for _, values in sorted(groups.items(), key=lambda pair: pair[0])]


def _differ(used: Total, other: Total, tolerance: Decimal) -> bool:
    return abs(used.value - other.value) > tolerance * max(used.value, other.value)


def _sum(file: SourceFile, facts: list[Fact]) -> Value:
    first = facts[0]
    source = first.source.key + (f", line {first.source.line}" if first.source.line else "")
    value = sum((Decimal(fact.value) for fact in facts), Decimal(0))
    return Value(first.quantity, value, first.unit, first.basis, file, source)
