"""What a group of the open statistics tells: how many labels, by how many producers, and how their figures lie.

Each producer counts once in a quartile, with the median of hers, so that nobody who makes much decides what is usual.
"""

from array import array
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from itertools import groupby
from statistics import median, quantiles
from typing import Any, Final, NamedTuple

from label_service.certification.groups import FEWEST, Group
from label_service.document import Model
from label_service.quantity import Figure, plain

FIGURES: Final = ("kwh_per_kg", "scrap", "ratio")
GRADES: Final = ("A", "B", "C", "D", "E")
_DIGITS: Final = 2  # significant ones; the third would be one producer's own


class Fact(NamedTuple):
    """What a label says about one process; figures are None where they are not known."""

    group: Group
    producer: str
    kwh_per_kg: float | None
    scrap: float | None
    ratio: float | None
    grade: str


class Spread(Model):
    """Quartiles of the producers' medians, and how many labels have the figure at all."""

    labels: int
    p25: Figure
    median: Figure
    p75: Figure


class Row(Model):
    """A group as it is told; an empty member stands for all others, a missing spread for fewer than five producers."""

    process: str
    material: str
    country: str
    region: str
    year: int
    labels: int
    producers: int
    kwh_per_kg: Spread | None = None
    scrap: Spread | None = None
    ratio: Spread | None = None
    grades: dict[str, int]


class _Tally:
    """What is known of a group so far: eight bytes for each figure of a label."""

    def __init__(self) -> None:
        self.labels = 0
        self.grades: Counter[str] = Counter()
        self.producers: set[str] = set()
        self.values: dict[str, dict[str, array[float]]] = {name: {} for name in FIGURES}

    def add(self, facts: Iterable[Fact]) -> None:
        for fact in facts:
            self.labels += 1
            self.grades[fact.grade] += 1
            self.producers.add(fact.producer)
            for name, value in zip(FIGURES, (fact.kwh_per_kg, fact.scrap, fact.ratio), strict=True):
                if value is not None:
                    self.values[name].setdefault(fact.producer, array("d")).append(value)

    def row(self, group: Group) -> Row:
        spreads: dict[str, Any] = {name: _spread(self.values[name]) for name in FIGURES}
        grades = {grade: self.grades[grade] for grade in GRADES}
        return Row(**group._asdict(), labels=self.labels, producers=len(self.producers), grades=grades, **spreads)


def rows(facts: Iterable[Fact], assigned: Mapping[Group, Group]) -> Iterator[Row]:
    """Give the rows of all groups.

    Args:
        facts: those of one finest group after another, which is given away as soon as it is through.
        assigned: the group each finest one is counted in, by `groups.assign`.
    """
    wider: dict[Group, _Tally] = defaultdict(_Tally)
    targets = {target for finest, target in assigned.items() if finest != target}
    for finest, found in groupby(facts, key=lambda fact: fact.group):
        target = assigned.get(finest)
        if target in targets:
            wider[target].add(found)
        elif target:
            tally = _Tally()
            tally.add(found)
            yield tally.row(finest)
    for group, tally in wider.items():
        yield tally.row(group)


def _spread(values: Mapping[str, "array[float]"]) -> Spread | None:
    """Give the quartiles; None where too few producers have the figure, and then nobody learns how many labels do."""
    if len(values) < FEWEST:
        return None
    low, middle, high = quantiles(map(median, values.values()), n=4, method="inclusive")
    labels = sum(map(len, values.values()))
    return Spread(labels=labels, p25=_rounded(low), median=_rounded(middle), p75=_rounded(high))


def _rounded(value: float) -> str:
    return plain(Decimal(f"{value:.{_DIGITS - 1}e}"))
