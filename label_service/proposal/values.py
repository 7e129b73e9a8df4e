"""The best value of a quantity over several files, and the files that disagree with it."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from label_service.quantity import amount, display
from label_service.readers import Fact, Reading

EvidenceKind = Literal["job_file", "job_record", "meter_reading", "photo", "certificate", "other"]
_PICTURES = (".jpg", ".jpeg", ".png", ".webp")
# A meter is believed before the machine's own record, and that before a slicer's forecast (design, section 3).
_BEST_FIRST = ("metered", "weighed", "as_made", "derived", "estimated", "design", "asserted")

_KINDS_FIRST: tuple[EvidenceKind, ...] = ("meter_reading", "job_record", "job_file", "certificate", "photo", "other")


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A dropped file by its digest, and what a reader found in it; a photo or a paper has no reading."""

    name: str
    digest: str
    size_bytes: int
    reading: Reading | None

    @property
    def kind(self) -> EvidenceKind:
        """What the file is evidence of."""
        if self.reading is None:
            return "photo" if self.name.lower().endswith(_PICTURES) else "other"
        bases = {fact.basis for fact in self.reading.facts}
        if "as_made" in bases:
            return "job_record"
        return "meter_reading" if "metered" in bases else "job_file"


@dataclass(frozen=True, slots=True)
class Value:
    """A quantity of one file in its base unit, with basis and the place it stands at."""

    quantity: str
    value: Decimal
    unit: str
    basis: str
    file: SourceFile
    source: str

    @property
    def words(self) -> str:
        """Say the value and where it comes from."""
        return f"{display(amount(self.value), 5)} {self.unit} ({self.basis}) from {self.file.name}, {self.source}"


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
        digests = list(dict.fromkeys(item.file.digest for item in self.values))
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
    """Give a quantity of every file that states it: of the whole file, or the sum of its slots."""
    found = []
    for file in files:
        if file.reading is None:
            continue
        facts = [fact for fact in file.reading.facts if fact.quantity == quantity]
        whole = [fact for fact in facts if fact.item is None]
        if whole or (facts and quantity not in file.reading.missing):  # a sum that lacks a part is unknown
            found.append(_sum(file, whole or facts))
    return found


def best(files: Iterable[SourceFile], quantity: str, tolerance: Decimal) -> tuple[Total | None, tuple[Conflict, ...]]:
    """Sum a quantity over the files of the best kind, and name every other kind that disagrees.

    Files of one kind and basis add up (several plates, several meters); files of different kinds tell of the same run
    (a slicer's forecast, the printer's record, a meter), so the best is taken and the others are compared with it.
    """
    groups: dict[tuple[int, int], list[Value]] = {}
    for value in values_of(files, quantity):
        rank = _BEST_FIRST.index(value.basis), _KINDS_FIRST.index(value.file.kind)
        groups.setdefault(rank, []).append(value)
    totals = [Total(tuple(values)) for _, values in sorted(groups.items(), key=lambda pair: pair[0])]
    if not totals:
        return None, ()
    used, *others = totals
    conflicts = (Conflict(used, other, tolerance) for other in others if _differ(used, other, tolerance))
    return used, tuple(conflicts)


def _differ(used: Total, other: Total, tolerance: Decimal) -> bool:
    return abs(used.value - other.value) > tolerance * max(used.value, other.value)


def _sum(file: SourceFile, facts: list[Fact]) -> Value:
    first = facts[0]
    source = first.source.key + (f", line {first.source.line}" if first.source.line else "")
    value = sum((Decimal(fact.value) for fact in facts), Decimal(0))
    return Value(first.quantity, value, first.unit, first.basis, file, source)
