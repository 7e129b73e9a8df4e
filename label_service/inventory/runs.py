"""What the runs of an inventory took: energy, mass worked and scrap, from the same flows the score is computed from.

A scope bounds these figures, and everybody can hold a label against them. Format page: docs/formats/inventory.md.
"""

from collections.abc import Iterator
from fractions import Fraction
from typing import NamedTuple

from label_service.document import Basis
from label_service.inventory import Flow, Inventory, Run, is_energy


class RunFigures(NamedTuple):
    """A run and what it took.

    Attributes:
        carrier: flow of its energy, such as `electricity/grid/DEU`; None where it took none.
        basis: of the energy; None where it took none.
        energy_kwh: as it counts in the score.
        mass_kg: gross mass of its lines; None where that of one is not known, as of a labelled part.
    """

    run: Run
    carrier: str | None
    basis: Basis | None
    energy_kwh: Fraction
    mass_kg: Fraction | None


class MadeMass(NamedTuple):
    """Mass of the lines a process worked that end in the product, each line once; scrap is 1 − net / gross."""

    gross_kg: Fraction
    net_kg: Fraction


def run_figures(inventory: Inventory) -> tuple[RunFigures, ...]:
    """Give the figures of every run, in their order."""
    energies = {flow.input: flow for flow in inventory.flows if is_energy(flow)}
    gross = _gross_by_line(inventory)
    return tuple(_figures(run, energies.get(run.step), gross) for run in inventory.runs)


def made_masses(inventory: Inventory) -> dict[str, MadeMass]:
    """Give gross and net mass of each process."""
    gross = _gross_by_line(inventory)
    worked: dict[str, set[str]] = {}
    for run in inventory.runs:
        worked.setdefault(run.process, set()).update(run.lines)
    masses = {}
    for process, lines in worked.items():
        made = [line for line in inventory.net_masses if line.input in lines]
        net = sum((Fraction(line.amount) for line in made), Fraction(0))
        masses[process] = MadeMass(sum((gross.get(line.input, Fraction(0)) for line in made), Fraction(0)), net)
    return masses


def per_item(inventory: Inventory) -> dict[str, Fraction]:
    """Give what one item takes and gives; what is not known is not there.

    `net_mass` and `gross_mass` in kg, `energy` of the making in kWh, `machine_time` in h, `function` in the unit of
    the category.
    """
    gross, items = _gross_by_line(inventory), inventory.quantity
    lines = [line.input for line in inventory.net_masses]
    found = {
        "net_mass": sum((Fraction(line.amount) for line in inventory.net_masses), Fraction(0)) / items,
        "energy": sum((Fraction(flow.amount) for flow in inventory.flows if is_energy(flow)), Fraction(0)) / items,
    }
    if gross.keys() >= set(lines):
        found["gross_mass"] = sum((gross[line] for line in lines), Fraction(0)) / items
    if inventory.function is not None:
        found["function"] = Fraction(inventory.function)
    if inventory.variant is not None and inventory.variant.machine_h is not None:
        found["machine_time"] = Fraction(inventory.variant.machine_h) / items
    return found


def recycled_shares(inventory: Inventory) -> Iterator[tuple[str, Fraction]]:
    """Give the material of each line and its recycled share."""
    masses: dict[tuple[str, str], dict[str, Fraction]] = {}
    for flow in filter(_is_material, inventory.flows):
        material, _, variant = flow.flow.removeprefix("materials/").rpartition("/")
        of_line = masses.setdefault((flow.input, material), {})
        of_line[variant] = of_line.get(variant, Fraction(0)) + Fraction(flow.amount)
    for (_, material), variants in masses.items():
        total = sum(variants.values(), Fraction(0))
        yield material, variants.get("recycled", Fraction(0)) / total if total else Fraction(0)


def _figures(run: Run, flow: Flow | None, gross: dict[str, Fraction]) -> RunFigures:
    is_known = gross.keys() >= set(run.lines)
    mass = sum((gross[line] for line in run.lines), Fraction(0)) if is_known else None
    if flow is None:
        return RunFigures(run, None, None, Fraction(0), mass)
    return RunFigures(run, flow.flow, flow.basis, Fraction(flow.amount), mass)


def _gross_by_line(inventory: Inventory) -> dict[str, Fraction]:
    gross: dict[str, Fraction] = {}
    for flow in filter(_is_material, inventory.flows):
        gross[flow.input] = gross.get(flow.input, Fraction(0)) + Fraction(flow.amount)
    return gross


def _is_material(flow: Flow) -> bool:
    """Tell whether a flow is material of the product or of its making, by mass."""
    return flow.stage in {"materials", "making"} and flow.unit == "kg" and flow.flow.startswith("materials/")
