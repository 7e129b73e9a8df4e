"""The mass-produced alternative as terms: `market` from a record of the category, `same_design` from the family.

A route is walked backwards from the net mass: each step adds kWh per kg of its output, then its input is output /
(1 − scrap); the material is the input of the first step at the market recycled share. Transport, packaging and the
last leg are fixed by the record. Method page: docs/method.md, section 5.
"""

from collections.abc import Iterable, Mapping
from math import log
from typing import Any

from label_service.document import Stage
from label_service.errors import MissingFactor
from label_service.factors import lookup
from label_service.factors.lookup import Rows
from label_service.impact.characterize import Contribution, factor, part_contribution, term, weights_of
from label_service.inventory import Inventory

Loads = Mapping[str, float]
SAME_DESIGN = "same_design"
MIN_WEIGHED_SAMPLES = 5  # design: a record resting on fewer is provisional


class Side:
    """Collects the contributions of a reference, per item."""

    def __init__(self, rows: Rows, year: int) -> None:
        self.rows = rows
        self.year = year
        self.contributions: list[Contribution] = []

    def add(self, stage: Stage, flow: str, amount: float, loads: Loads) -> None:
        """Add an amount of a flow; a zero contributes nothing."""
        weight = factor(self.rows, flow, self.year)
        weighed = term(amount, weight, flow, loads)
        if weighed:
            self.contributions.append(
                Contribution(stage, flow, SAME_DESIGN, "default", weighed, 0.0, float(weight.is_proxy))
            )

    def material(self, stage: Stage, material: str, mass_kg: float, loads: Loads) -> None:
        """Add material at the market recycled share; where that is unknown, the lower of the two values."""
        row = self.rows.row("materials", material)
        virgin, recycled = row["kgco2e_per_kg_virgin"], row.get("kgco2e_per_kg_recycled")
        share = float(row.get("market_recycled_share", "0")) if recycled else 0.0
        if recycled and "market_recycled_share" not in row and float(recycled) < float(virgin):
            share = 1.0
        for variant, part in (("virgin", 1 - share), ("recycled", share)):
            if part:
                self.add(stage, f"materials/{material}/{variant}", mass_kg * part, loads)

    def dispose(self, stage: Stage, material: str, mass_kg: float, loads: Loads) -> None:
        """Add the disposal of a material by the one route of its category."""
        row = self.rows.row("materials", material)
        if mass_kg > 0 and row["includes_end_of_life"] == "no":
            self.add(stage, f"end_of_life/{material}/{lookup.disposal_route(self.rows, row)}", mass_kg, loads)

    def make(self, material: str, net_kg: float, loads: Loads, record: Mapping[str, Any], country: str) -> None:
        """Walk the route of a record backwards from the net mass; `last_*` columns replace those of the last step."""
        mass_kg = net_kg
        steps = [name for name in record["route"].split(">") if name != "hand_tools"]
        for position, name in enumerate(reversed(steps)):
            is_last = position == 0
            row = self.rows.row("processes", name)
            kwh_per_kg = float((is_last and record.get("last_kwh_per_kg")) or row["kwh_per_kg_typ"])
            self._energy(row, mass_kg * kwh_per_kg, {**loads, f"process:{name}": log(float(row["kwh_gsd"]))}, country)
            scrap = record.get("last_scrap_fraction") if is_last else row.get("scrap_fraction_typ")
            mass_kg /= 1 - float(scrap or 0)
        self.material("materials", material, mass_kg, loads)
        self.dispose("making", material, mass_kg - net_kg, loads)
        self.dispose("end_of_life", material, net_kg, loads)

    def _energy(self, process: Mapping[str, Any], kwh: float, loads: Loads, country: str) -> None:
        if process["energy_carrier"] == "electricity":
            self.add("making", f"electricity/grid/{country}", kwh, loads)
        else:
            fuel = lookup.default(self.rows, "stage", "heat_reference", "fuel")
            self.add("making", f"electricity/fuel/{fuel}", kwh, loads)

    def deliver(self, legs: str, goods: tuple[float, Loads], packaging: tuple[str | None, float, Loads]) -> None:
        """Add packaging, its disposal and the fixed legs of product and packaging, each given in kg with its loads."""
        masses = [goods]
        material, packaging_kg, packaging_loads = packaging
        if material and packaging_kg > 0:
            self.material("packaging", material, packaging_kg, packaging_loads)
            self.dispose("end_of_life", material, packaging_kg, packaging_loads)
            masses.append((packaging_kg, packaging_loads))
        for mode, km in lookup.legs(legs):
            for mass_kg, mass_loads in masses:
                self.add("distribution", f"transport/{mode}", mass_kg * float(km) / 1000, mass_loads)


def market(ref_id: str, inventory: Inventory, rows: Rows) -> tuple[Contribution, ...]:
    """Give the contributions of a market record, scaled to the function of one item.

    Raises:
        MissingFactor: the record says what it lacks, or a row is not there.
    """
    record = rows.row("references", ref_id)
    if record.get("missing"):
        raise MissingFactor(f"{ref_id}: {record['missing']}")
    scale = float(inventory.function or "1") / float(record["function_quantity"])
    loads = {f"mass:{ref_id}": log(float(record["mass_gsd"]))}
    side = Side(rows, inventory.year)
    for part in record["parts"]:
        per_item = part.get("last_kwh_per_item")
        own = {**part, "last_kwh_per_kg": str(float(per_item) / float(part["mass_kg"]))} if per_item else part
        side.make(part["material_id"], float(part["mass_kg"]) * scale, loads, own, record["making_iso3"])
    packaging_kg = float(record.get("packaging_kg") or 0) * scale
    goods = float(record["mass_kg"]) * scale, loads
    side.deliver(record["legs"], goods, (record.get("packaging_material_id"), packaging_kg, loads))
    return tuple(side.contributions)


def same_design(inventory: Inventory, rows: Rows, product: Iterable[Contribution]) -> tuple[Contribution, ...]:
    """Give the contributions of the same net masses made by the mass process, packed and brought to the shop.

    Raises:
        MissingFactor: the family says what it lacks, or a row is not there.
    """
    side = Side(rows, inventory.year)
    family = _made_alike(side, inventory, product)
    net_kg, widest = _net_kg(inventory), _widest(inventory)
    packaging_kg = net_kg * float(family.get("packaging_kg_per_kg") or 0)
    packaging_loads = {**widest, "reference_packaging": log(float(family.get("packaging_gsd") or 1))}
    packaging = family.get("packaging_material_id"), packaging_kg, packaging_loads
    side.deliver(family["legs"], (net_kg, widest), packaging)
    return tuple(side.contributions)


def made_alike(inventory: Inventory, rows: Rows, product: Iterable[Contribution]) -> tuple[Contribution, ...]:
    """Give `same_design` without packaging and transport: what a product is held against that is built into another.

    Raises:
        MissingFactor: as `same_design` does.
    """
    side = Side(rows, inventory.year)
    _made_alike(side, inventory, product)
    return tuple(side.contributions)


def _made_alike(side: Side, inventory: Inventory, product: Iterable[Contribution]) -> Mapping[str, Any]:
    """Make the net masses by the mass process; bought-in parts are equal on both sides, others have a reference."""
    family = side.rows.row("families", inventory.family)
    if family.get("missing"):
        raise MissingFactor(f"same_design of {inventory.family}: {family['missing']}")
    record = {**family, "route": family["mass_route"]}
    for line in inventory.net_masses:
        loads = {load.variable: log(float(load.gsd)) for load in line.loads}
        side.make(line.material, float(line.amount) / inventory.quantity, loads, record, family["making_iso3"])
    side.contributions.extend(item for item in product if item.is_bought_part)
    parts = weights_of(inventory, "reference")
    for flow in inventory.flows:
        if flow.flow in parts:
            side.contributions.append(part_contribution(flow, parts[flow.flow], inventory.quantity))
    return family


def _widest(inventory: Inventory) -> Loads:
    widest: dict[str, float] = {}
    for line in inventory.net_masses:
        for load in line.loads:
            widest[load.variable] = max(widest.get(load.variable, 0.0), log(float(load.gsd)))
    return widest


def _net_kg(inventory: Inventory) -> float:
    """Give the mass of one item: its lines, then what was bought in, then its parts."""
    total = 0.0  # plain loops, see `cumulants`
    for line in inventory.net_masses:
        total += float(line.amount) / inventory.quantity
    return total + bought_kg(inventory) / inventory.quantity


def bought_kg(inventory: Inventory) -> float:
    """Give the mass of what somebody else made and that ends in the product, of the whole batch."""
    units_kg = {part.flow: float(part.mass_kg) for part in inventory.parts or ()}
    total = 0.0
    for flow in inventory.flows:
        if flow.flow in units_kg:
            total += float(flow.amount) * units_kg[flow.flow]
        elif flow.bought_part and flow.stage == "materials":
            total += float(flow.amount)
    return total
