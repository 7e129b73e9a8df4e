"""From flows to terms: amount × factor per item, with the variables both depend on.

Source: ISO 14044:2006, 4.4.2.4 (characterization). Method page: docs/method.md, section 4.
"""

from collections.abc import Iterable, Mapping
from math import log
from typing import Any, NamedTuple

from label_service.document import STAGES, Stage
from label_service.errors import MissingFactor
from label_service.factors import lookup
from label_service.factors.lookup import Rows
from label_service.impact.closed_form import Term
from label_service.inventory import Inventory

GRAMS_PER_KILOGRAM = 1000


class Factor(NamedTuple):
    """kg CO2e per unit of a flow, its geometric standard deviation, and whether a sister material stands in."""

    kgco2e_per_unit: float
    gsd: float
    is_proxy: bool


class Contribution(NamedTuple):
    """One term of a side with what it came from."""

    stage: Stage
    flow: str
    input: str
    basis: str
    term: Term
    is_proxy: bool = False
    is_bought_part: bool = False


def factor(rows: Rows, flow: str, year: int) -> Factor:
    """Look up the characterization factor of a flow id.

    Raises:
        MissingFactor: no loadable row, no value for the variant, or a row with credits; never taken as zero.
    """
    table, _, key = flow.partition("/")
    if table == "electricity" and key.startswith("grid/"):
        grid = lookup.grid_factor(rows, key[5:], year)
        return Factor(float(grid.gco2e_per_kwh) / GRAMS_PER_KILOGRAM, float(grid.gsd), is_proxy=False)
    column, gsd_column = "kgco2e_per_kg", "gsd"
    if table == "materials":
        key, _, variant = key.rpartition("/")
        column, gsd_column = f"kgco2e_per_kg_{variant}", "gsd_recommended"
    elif table == "transport":
        column = "kgco2e_per_tkm_total"
    elif table == "electricity":
        column = "gco2e_per_kwh"
    elif table == "part":
        column = "kgco2e_per_piece"
    return _from_row(rows.row(table, key), flow, column, gsd_column)


def _from_row(row: Mapping[str, Any], flow: str, column: str, gsd_column: str) -> Factor:
    if row.get("credit_included") == "yes":
        raise MissingFactor(f"the row of {flow} contains credits; it is for information and never scored")
    if not row.get(column) or not row.get(gsd_column):
        raise MissingFactor(f"the release has no {column} with an uncertainty for {flow}")
    value = float(row[column])
    if column == "gco2e_per_kwh":
        value /= GRAMS_PER_KILOGRAM
    return Factor(value, float(row[gsd_column]), bool(row.get("proxy_of")))


def load_of(gsd: float) -> float:
    """Give the loading ln(GSD) of a standard normal variable."""
    return log(gsd)


def term(amount: float, factor_of_flow: Factor, flow: str, loads: Mapping[str, float]) -> Term | None:
    """Weigh an amount with its factor; nothing where the product is zero."""
    value = amount * factor_of_flow.kgco2e_per_unit
    if value <= 0:
        return None
    own = {f"factor:{flow}": log(factor_of_flow.gsd)} if factor_of_flow.gsd > 1 else {}
    return Term(value, tuple(sorted({**loads, **own}.items())))


def characterize(inventory: Inventory, rows: Rows) -> tuple[Contribution, ...]:
    """Weigh each flow of an inventory with its factor, per item, in the order of the inventory.

    Raises:
        MissingFactor: a flow has no factor; it is never taken as zero.
    """
    found = []
    factors: dict[str, Factor] = {}
    for flow in inventory.flows:
        weight = factors.get(flow.flow) or factors.setdefault(flow.flow, factor(rows, flow.flow, inventory.year))
        loads = {load.variable: log(float(load.gsd)) for load in flow.loads}
        weighed = term(float(flow.amount) / inventory.quantity, weight, flow.flow, loads)
        if weighed:
            found.append(
                Contribution(flow.stage, flow.flow, flow.input, flow.basis, weighed, weight.is_proxy, flow.bought_part)
            )
    return tuple(found)


def by_stage(contributions: Iterable[Contribution]) -> dict[Stage, list[Term]]:
    """Group the terms by stage, in the order of the stages."""
    stages: dict[Stage, list[Term]] = {stage: [] for stage in STAGES}
    for item in contributions:
        stages[item.stage].append(item.term)
    return stages


def total(contributions: Iterable[Contribution]) -> float:
    """Add the values at the medians, in kg CO2e per item."""
    result = 0.0
    for item in contributions:
        result += item.term.value
    return result
