"""Figures over time as inline SVG: positions in per cent of the width, so that text keeps its size on any screen.

Series differ in shape as well as colour, and every point says its values in words; a table beside holds the same.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Final

from label_service.quantity import plain
from label_service.web import numbers
from label_service.web.languages import message, plural, say
from label_service.web.pictures import steps

HEIGHT: Final = 220  # px of the drawing without the line of days
_TOP: Final = 12  # px above the highest line
_LEFT, _RIGHT = 11.0, 97.0  # per cent of the width, between which points stand
_MOST_LINES: Final = 5
_MOST_SERIES: Final = 5  # with a shape of their own
_ROOM: Final = Decimal("1.08")  # above the highest point
OTHERS: Final = message("others")


@dataclass(frozen=True, slots=True)
class Point:
    """A value of a day in a series; `words` say what it is."""

    day: date
    value: Decimal
    series: str
    words: str


@dataclass(frozen=True, slots=True)
class Dot:
    """Where a point stands; `shape` is the number of its series."""

    x: str
    y: str
    shape: int
    words: str


@dataclass(frozen=True, slots=True)
class Line:
    """A part of the line from one point of a series to the next."""

    x1: str
    y1: str
    x2: str
    y2: str
    shape: int


@dataclass(frozen=True, slots=True)
class Mark:
    """A number or letter beside an axis."""

    text: str
    at: str


@dataclass(frozen=True, slots=True)
class Chart:
    """One figure over time.

    Attributes:
        id: of the elements that name it.
        series: names in the order of their shapes.
        days: the first and the last, or the only one.
    """

    id: str
    title: str
    unit: str
    description: str
    dots: tuple[Dot, ...]
    lines: tuple[Line, ...]
    levels: tuple[Mark, ...]
    letters: tuple[Mark, ...]
    days: tuple[str, ...]
    series: tuple[str, ...]


def chart(
    id_: str, title: str, unit: str, points: Sequence[Point], letters: Iterable[tuple[str, int]] = ()
) -> Chart | None:
    """Draw points over time from zero on; None where there are none.

    Args:
        id_: of the drawing, within its page.
        title: what is shown.
        unit: of the values.
        points: in any order.
        letters: of the scale, each with the value up to which it is given.
    """
    if not points:
        return None
    ordered = sorted(points, key=lambda point: point.day)
    names = [name for name, _ in Counter(point.series for point in ordered).most_common(_MOST_SERIES)]
    top = max(point.value for point in ordered) * _ROOM or Decimal(1)
    first, last = ordered[0].day, ordered[-1].day
    dots = tuple(
        Dot(_x(point.day, first, last), _y(point.value, top), _shape(point.series, names), point.words)
        for point in ordered
    )
    has_others = any(dot.shape == len(names) for dot in dots)
    return Chart(
        id=id_,
        title=title,
        unit=unit,
        description=_described(ordered, title, unit),
        dots=dots,
        lines=tuple(
            line for shape in range(len(names)) for line in _lines([dot for dot in dots if dot.shape == shape])
        ),
        levels=tuple(Mark(numbers.number(plain(level)), _y(level, top)) for level in _levels(top)),
        letters=tuple(Mark(letter, _y(Decimal(limit), top)) for letter, limit in letters if limit < top),
        days=tuple(numbers.day(day) for day in dict.fromkeys((first, last))),
        series=(*names, say(OTHERS)) if has_others else tuple(names),
    )


def _shape(series: str, names: list[str]) -> int:
    return names.index(series) if series in names else len(names)


def _lines(dots: list[Dot]) -> Iterable[Line]:
    for before, after in pairwise(dots):
        yield Line(before.x, before.y, after.x, after.y, after.shape)


def _levels(top: Decimal) -> list[Decimal]:
    step = next(step for step in steps(top) if top / step < _MOST_LINES)
    return [step * index for index in range(int(top / step) + 1)]


def _x(day: date, first: date, last: date) -> str:
    share = (day - first).days / (last - first).days if last > first else 0.5
    return f"{_LEFT + (_RIGHT - _LEFT) * share:.2f}%"


def _y(value: Decimal, top: Decimal) -> str:
    return f"{HEIGHT - float(value / top) * (HEIGHT - _TOP):.1f}"


def _described(points: list[Point], title: str, unit: str) -> str:
    values = [point.value for point in points]
    low, high = numbers.number(plain(min(values))), numbers.number(plain(max(values)))
    days = ", ".join(dict.fromkeys(numbers.day(point.day) for point in (points[0], points[-1])))
    return plural(
        "%(title)s: %(count)s point, %(low)s to %(high)s %(unit)s; %(days)s.",
        "%(title)s: %(count)s points, %(low)s to %(high)s %(unit)s; %(days)s.",
        len(points),
        title=title,
        low=low,
        high=high,
        unit=unit,
        days=days,
    )
