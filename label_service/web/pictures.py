"""Geometry of the inline SVG pictures: positions in per cent of the width, so that text keeps its size on any screen.

Attributes of SVG elements carry the positions; there is no inline style, so a strict content policy holds.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import count

from label_service.assessment import Range, Side
from label_service.quantity import plain
from label_service.web.languages import say
from label_service.web.numbers import Unit, number
from label_service.web.words import STAGES

_ROW_PX = 46  # label line and bar of one row
_MAX_TICKS = 5


@dataclass(frozen=True, slots=True)
class Bar:
    """One range on the axis: start, width and mark of the median in per cent of the width, top in px."""

    kind: str
    name: str
    value: str
    top: int
    start: str
    width: str
    mark: str


@dataclass(frozen=True, slots=True)
class Tick:
    """One number under the axis; `anchor` keeps the outermost ones inside the picture."""

    text: str
    at: str
    anchor: str


@dataclass(frozen=True, slots=True)
class Picture:
    """Ranges of product and reference on one axis from zero, with a description that says the same in words.

    Attributes:
        guide: where the median of the reference lies, drawn again across the product's bar; empty without one.
    """

    bars: tuple[Bar, ...]
    ticks: tuple[Tick, ...]
    height: int
    description: str
    unit: str
    guide: str


@dataclass(frozen=True, slots=True)
class StageRow:
    """One row of the table of stages, with its small bar."""

    name: str
    value: str
    spread: str
    start: str
    width: str
    mark: str


def ranges(sides: Sequence[tuple[str, str, Range]], unit: Unit) -> Picture:
    """Draw (kind, name, range) one below the other on one axis."""
    whole = Decimal(max((side[2].p95 for side in sides), key=Decimal)) * Decimal("1.02") or Decimal(1)
    bars = tuple(
        Bar(kind, name, f"{unit.text(impact.median)} ({unit.spread(impact)})", _ROW_PX * row, *_bar(impact, whole))
        for row, (kind, name, impact) in enumerate(sides)
    )
    description = "; ".join(f"{bar.name}: {bar.value}" for bar in bars)
    guide = next((bar.mark for bar in bars if bar.kind == "reference"), "")
    return Picture(bars, _ticks(whole, unit), _ROW_PX * len(bars) + 24, description, unit.name, guide)


def stages(side: Side, unit: Unit) -> tuple[StageRow, ...]:
    """Draw the stages of a side on one scale; a stage without impact is left out."""
    largest = max((Decimal(row.kgco2e.p95) for row in side.stages), default=Decimal(1)) or Decimal(1)
    return tuple(
        StageRow(
            say(STAGES[row.stage]),
            unit.aligned(row.kgco2e.median, side.kgco2e.median),
            _spread(row.kgco2e, side.kgco2e.median, unit),
            *_bar(row.kgco2e, largest),
        )
        for row in side.stages
    )


def _spread(impact: Range, whole: str, unit: Unit) -> str:
    bounds = dict.fromkeys(unit.aligned(bound, whole) for bound in (impact.p05, impact.p95))
    return "\u2013".join(bounds)


def _bar(impact: Range, whole: Decimal) -> tuple[str, str, str]:
    low, median, high = (Decimal(text) / whole * 100 for text in (impact.p05, impact.median, impact.p95))
    return _percent(low), _percent(max(high - low, Decimal("0.5"))), _percent(median)


def _ticks(whole: Decimal, unit: Unit) -> tuple[Tick, ...]:
    step = next(step for step in steps(whole) if whole / step < _MAX_TICKS)
    values = (step * index for index in range(int(whole / step) + 1))
    return tuple(
        Tick(number(plain(value * unit.per_kg)), _percent(value / whole * 100), _anchor(value / whole))
        for value in values
    )


def steps(whole: Decimal) -> Iterable[Decimal]:
    """Give 1, 2 and 5 times the powers of ten, from far below the whole."""
    start = whole.adjusted() - 2
    for power in count(start):
        for digit in (1, 2, 5):
            yield Decimal(digit).scaleb(power)


def _anchor(place: Decimal) -> str:
    if place < Decimal("0.04"):
        return "start"
    return "end" if place > Decimal("0.93") else "middle"


def _percent(value: Decimal) -> str:
    return f"{value:.2f}%"
