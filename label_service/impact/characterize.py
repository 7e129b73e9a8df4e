"""From flows to terms: amount × factor per item, with the variables both depend on.

Source: ISO 14044:2006, 4.4.2.4 (characterization). Method page: docs/method.md, section 4.
"""

from collections.abc import Iterable, Mapping
from math import log
from typing import Any, Literal, NamedTuple

from label_service.document import STAGES, Stage
from label_service.errors import MissingFactor
from label_service.factors import lookup
from label_service.factors.lookup import Rows
from label_service.impact.closed_form import Term
from label_service.inventory import Flow, Inventory
from label_service.inventory.parts import PartWeights, Weight, is_part

GRAMS_PER_KILOGRAM = 1000


class Factor(NamedTuple):
    """kg CO2e per unit of a flow, its geometric standard deviation, and whether a sister material stands in."""

    kgco2e_per_unit: float
    gsd: float
    is_proxy: bool


class Contribution(NamedTuple):
    """One term of a side with what it came from.

    Attributes:
        default_share: share of it that rests on defaults, 0 or 1 except for a part, which brings its own.
        proxy_share: share of it that rests on a sister material, likewise.
    """

    stage: Stage
    flow: str
    input: str
    basis: str
    term: Term
    default_share: float
    proxy_share: float
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
    parts = weights_of(inventory, "own")
    for flow in inventory.flows:
        if is_part(flow.flow):
            found.append(part_contribution(flow, parts[flow.flow], inventory.quantity))
            continue
        weight = factors.get(flow.flow) or factors.setdefault(flow.flow, factor(rows, flow.flow, inventory.year))
        weighed = term(float(flow.amount) / inventory.quantity, weight, flow.flow, _loads(flow))
        if weighed:
            is_default, is_proxy = float(flow.basis == "default"), float(weight.is_proxy)
            found.append(
                Contribution(
                    flow.stage, flow.flow, flow.input, flow.basis, weighed, is_default, is_proxy, flow.bought_part
                )
            )
    return tuple(found)


def weights_of(inventory: Inventory, side: Literal["own", "reference"]) -> dict[str, Weight]:
    """Give the weights of the parts on one side of a comparison, by flow id."""
    found: dict[str, Weight] = {}
    for part in inventory.parts or ():
        weights: PartWeights | None = getattr(part, side)
        found |= part.weights(weights) if weights else {}
    return found


def part_contribution(flow: Flow, weight: Weight, quantity: int) -> Contribution:
    """Weigh a flow of a part, per item, with what stands behind its digest."""
    loads = _loads(flow) | {load.variable: log(float(load.gsd)) for load in weight.loads}
    weighed = Term(float(flow.amount) / quantity * float(weight.kgco2e), tuple(sorted(loads.items())))
    shares = float(weight.default_share), float(weight.proxy_share)
    return Contribution(flow.stage, flow.flow, flow.input, flow.basis, weighed, *shares, flow.bought_part)


def _loads(flow: Flow) -> dict[str, float]:
    return {load.variable: log(float(load.gsd)) for load in flow.loads}


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


def share(contributions: Iterable[Contribution], shares: Iterable[float]) -> float:
    """Give the share of a whole that is this share of each of its contributions, 0 to 1; of nothing, 0."""
    whole, found = 0.0, 0.0
    for item, part in zip(contributions, shares, strict=True):
        whole += item.term.value
        found += item.term.value * part
    return found / whole if whole else 0.0
