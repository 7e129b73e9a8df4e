"""The tables of a method page: every flow of product and references with its factor and the source of the factor.

They are computed anew from the inventory and the release, with the functions that made the assessment.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import exp, hypot, log
from typing import Any, Literal, NamedTuple

from label_service.document import Stage
from label_service.factors.rows import Rows
from label_service.impact.characterize import Contribution, characterize, factor, weights_of
from label_service.impact.reference import SAME_DESIGN, market, same_design
from label_service.inventory import Inventory
from label_service.inventory.parts import is_part
from label_service.quantity import figure
from label_service.web import numbers
from label_service.web.languages import say
from label_service.web.numbers import Unit, number
from label_service.web.references import title
from label_service.web.words import BASES, STAGES, Words, web_address

_UNITS = {"materials": "kg", "electricity": "kWh", "transport": "t.km", "end_of_life": "kg"}
Side = Literal["own", "reference"]  # whose weight of a part; other factors are the same on both sides


@dataclass(frozen=True, slots=True)
class FlowLine:
    """Amount × factor = contribution, per item.

    Attributes:
        factor_index: number of the factor in the table of factors.
        gsds: geometric standard deviations of amount and factor; empty where both are fixed.
    """

    stage: str
    name: str
    input: str
    amount: str
    factor: str
    factor_index: int
    result: str
    share: str
    basis: str
    gsds: str


@dataclass(frozen=True, slots=True)
class FactorLine:
    """One factor with what it is of and where it was read."""

    index: int
    name: str
    value: str
    gsd: str
    gsd_basis: str
    place: str
    sources: tuple[tuple[str, str, str], ...]  # title, licence, http address or empty
    locator: str
    note: str


@dataclass(frozen=True, slots=True)
class BuildUp:
    """The flows of one side, with the sum of their medians."""

    title: str
    lines: tuple[FlowLine, ...]
    total: str


class Factors:
    """Numbers the factors of a page in the order they are met, so that product and references share one table."""

    def __init__(self, inventory: Inventory, rows: Rows) -> None:
        self.rows = rows
        self.words = Words(rows, inventory.year, inventory.parts)
        self._year = inventory.year
        self._parts = {part.digest: part for part in inventory.parts or ()}
        self._weights = {side: weights_of(inventory, side) for side in ("own", "reference")}
        self._flows: dict[tuple[str, Side], int] = {}

    def index(self, flow: str, side: Side) -> int:
        """Give the number of a flow's factor."""
        return self._flows.setdefault((flow, side), len(self._flows) + 1)

    def value(self, flow: str, side: Side = "own") -> tuple[float, float]:
        """Give kg CO2e per unit and the geometric standard deviation of a flow's factor."""
        if is_part(flow):
            weight = self._weights[side][flow]
            return float(weight.kgco2e), exp(hypot(*(log(float(load.gsd)) for load in weight.loads)))
        found = factor(self.rows, flow, self._year)
        return found.kgco2e_per_unit, found.gsd

    def unit(self, flow: str) -> str:
        """Give the unit of a flow's amounts."""
        table, _, key = flow.partition("/")
        return self._parts[key.partition("/")[0]].unit if is_part(flow) else _UNITS.get(table, "kg")

    def lines(self) -> tuple[FactorLine, ...]:
        """Give the table of all factors met so far."""
        return tuple(
            self._part_line(flow, side, index) if is_part(flow) else self._line(flow, index)
            for (flow, side), index in self._flows.items()
        )

    def _part_line(self, flow: str, side: Side, index: int) -> FactorLine:
        value, gsd = self.value(flow, side)
        part = self._parts[flow.split("/")[1]]
        name = self.words.flow(flow)
        return FactorLine(
            index=index,
            name=name if side == "own" else f"{name}, {title(SAME_DESIGN, self.words)}",
            value=f"{number(figure(value))} kg CO\u2082e/{part.unit}",
            gsd=number(figure(gsd)),
            gsd_basis="",
            place="",
            sources=((part.maker, "", ""),),
            locator=f"SHA-256 {part.digest}",
            note="",
        )

    def _line(self, flow: str, index: int) -> FactorLine:
        row, year, locator, sources = self._origin(flow)
        value, gsd = self.value(flow)
        place = ", ".join(filter(None, (row.get("geography"), year)))
        return FactorLine(
            index=index,
            name=self.words.flow(flow),
            value=f"{number(figure(value))} kg CO\u2082e/{self.unit(flow)}",
            gsd=number(figure(gsd)),
            gsd_basis=str(row.get("uncertainty_basis") or row.get("gsd_basis") or ""),
            place=place,
            sources=tuple(self._source(key) for key in sources.split(";") if key),
            locator=locator,
            note=str(row.get("note") or row.get("basis") or row.get("boundary") or ""),
        )

    def _origin(self, flow: str) -> tuple[Mapping[str, Any], str, str, str]:
        """Give row, year, place in the source and source ids of a flow's factor."""
        table, _, key = flow.partition("/")
        variant = ""
        if table == "materials":
            key, _, variant = key.rpartition("/")
        row = self.words.row(table, key)
        entry: Mapping[str, Any] = row
        if table == "electricity" and key.startswith("grid/"):
            used = str(self.words.grid_year(key[5:]))
            entry = next((year for year in row.get("years", ()) if year["year"] == used), row)
        source = row.get("recycled_source_id") if variant == "recycled" else row.get("source_id")
        return row, str(entry.get("year", "")), str(entry.get("source_locator", "")), str(source or "")

    def _source(self, key: str) -> tuple[str, str, str]:
        row = self.words.row("sources", key) or self.words.row("process_sources", key)
        return (
            str(row.get("title") or row.get("citation") or key),
            str(row.get("licence", "")),
            web_address(row.get("url")),
        )


class _Entry(NamedTuple):
    """An amount of a flow per item, on either side."""

    stage: Stage
    flow: str
    amount: float
    gsds: tuple[str, ...]
    input: str = ""
    basis: str = ""
    side: Side = "own"


def product(inventory: Inventory, factors: Factors, unit: Unit) -> BuildUp:
    """Give the product's flows in the order of the inventory, also those whose factor is zero."""
    entries = [
        _Entry(
            flow.stage,
            flow.flow,
            float(flow.amount) / inventory.quantity,
            tuple(load.gsd for load in flow.loads),
            flow.input,
            say(BASES[flow.basis]),
        )
        for flow in inventory.flows
    ]
    return _build_up(say("This product"), entries, factors, unit)


def references(inventory: Inventory, names: Iterable[str], factors: Factors, unit: Unit) -> tuple[BuildUp, ...]:
    """Give the flows of each reference that could be computed."""
    own = characterize(inventory, factors.rows)
    return tuple(_reference(reference, inventory, own, factors, unit) for reference in names)


def _reference(name: str, inventory: Inventory, own: tuple[Contribution, ...], factors: Factors, unit: Unit) -> BuildUp:
    is_design = name == SAME_DESIGN
    rows = factors.rows
    side = same_design(inventory, rows, own) if is_design else market(name, inventory, rows)
    return _build_up(title(name, factors.words), [_entry(item, factors) for item in side], factors, unit)


def _entry(item: Contribution, factors: Factors) -> _Entry:
    side: Side = "reference" if is_part(item.flow) and not item.is_bought_part else "own"
    amount = item.term.value / factors.value(item.flow, side)[0]
    return _Entry(item.stage, item.flow, amount, _gsds(item), side=side)


def _gsds(item: Contribution) -> tuple[str, ...]:
    of_factor = ":" if is_part(item.flow) else "factor:"  # what a part weighs varies with more than one
    own = (load for name, load in item.term.loads if of_factor not in name)
    return tuple(number(figure(exp(load))) for load in own if load > 0)


def _build_up(name: str, entries: list[_Entry], factors: Factors, unit: Unit) -> BuildUp:
    values = [entry.amount * factors.value(entry.flow, entry.side)[0] for entry in entries]
    whole = sum(values) or 1.0
    lines = tuple(
        _line(entry, value, value / whole, factors, unit) for entry, value in zip(entries, values, strict=True)
    )
    return BuildUp(name, lines, unit.amount(figure(whole)))


def _line(entry: _Entry, value: float, share: float, factors: Factors, unit: Unit) -> FlowLine:
    per_unit, gsd = factors.value(entry.flow, entry.side)
    return FlowLine(
        stage=say(STAGES[entry.stage]),
        name=factors.words.flow(entry.flow),
        input=entry.input,
        amount=f"{number(figure(entry.amount))}{numbers.THIN}{factors.unit(entry.flow)}",
        factor=number(figure(per_unit)),
        factor_index=factors.index(entry.flow, entry.side),
        result=unit.amount(figure(value)),
        share=numbers.share(figure(share)),
        basis=entry.basis,
        gsds=" \u00b7 ".join((*entry.gsds, number(figure(gsd)))),
    )
