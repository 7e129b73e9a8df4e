"""What a label says about each process it was made by, for the open statistics.

Energy and scrap count where all amounts behind them are evidenced: what took a fixed unfavourable value, or was only
stated, says nothing about how goods are made.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from label_service.assessment import Assessment
from label_service.declaration import EVIDENCED
from label_service.inventory import Inventory
from label_service.inventory.runs import RunFigures, made_masses, run_figures


@dataclass(frozen=True, slots=True)
class ProcessFigures:
    """What one process took for the goods of a label.

    Attributes:
        material: that of which most ends in the product among what the process worked; empty where it is none.
        country: of the site of the first run.
        region: its NUTS code of three to five letters; empty where it is not known.
        year: of the last day of making.
        kwh_per_kg: energy for a kilogram of gross mass; None where it is not evidenced.
        scrap: share of the gross mass; None where it is not evidenced.
        ratio: of the whole product to the reference of its grade, median; None without one.
        grade: of the whole product; empty without one.
    """

    process: str
    material: str
    country: str
    region: str
    year: int
    kwh_per_kg: float | None
    scrap: float | None
    ratio: float | None
    grade: str


def process_figures(
    inventory: Inventory, assessment: Assessment, sites: Mapping[str, Mapping[str, Any]]
) -> Iterator[ProcessFigures]:
    """Give the figures of each process.

    Args:
        inventory: of the label.
        assessment: of the label.
        sites: country and region by the id of the site, from the declaration, which is private.
    """
    evidenced, graded = _evidenced_lines(inventory), assessment.graded()
    ratio = float(graded.ratio.median) if graded and graded.ratio else None
    runs = run_figures(inventory)
    for process in inventory.processes:
        own = [item for item in runs if item.run.process == process]
        lines = {line for item in own for line in item.run.lines}
        site = sites.get(own[0].run.site, {})
        yield ProcessFigures(
            process=process,
            material=_main_material(inventory, lines),
            country=site.get("country") or inventory.countries[0],
            region=_region(site.get("region") or ""),
            year=inventory.year,
            kwh_per_kg=_kwh_per_kg(own, evidenced),
            scrap=_scrap(inventory, process, lines, evidenced),
            ratio=ratio,
            grade=assessment.grade or "",
        )


def _region(code: str) -> str:
    """Give a region; two letters name the country and nothing in it."""
    return code if len(code) > 2 else ""


def _evidenced_lines(inventory: Inventory) -> frozenset[str]:
    """Give the lines whose gross mass is evidenced."""
    materials = [flow for flow in inventory.flows if flow.unit == "kg" and flow.flow.startswith("materials/")]
    doubtful = {flow.input for flow in materials if flow.basis not in EVIDENCED}
    return frozenset(flow.input for flow in materials) - doubtful


def _main_material(inventory: Inventory, lines: set[str]) -> str:
    masses: dict[str, Fraction] = {}
    for line in inventory.net_masses:
        if line.input in lines:
            masses[line.material] = masses.get(line.material, Fraction(0)) + Fraction(line.amount)
    return min(masses, key=lambda material: (-masses[material], material), default="")


def _kwh_per_kg(runs: Sequence[RunFigures], evidenced: frozenset[str]) -> float | None:
    masses = [item.mass_kg for item in runs if item.mass_kg and evidenced.issuperset(item.run.lines)]
    if len(masses) < len(runs) or not all(item.basis in EVIDENCED for item in runs):
        return None
    return float(sum((item.energy_kwh for item in runs), Fraction(0)) / sum(masses, Fraction(0)))


def _scrap(inventory: Inventory, process: str, lines: set[str], evidenced: frozenset[str]) -> float | None:
    made = {line.input for line in inventory.net_masses} & lines
    mass = made_masses(inventory)[process]
    return float(1 - mass.net_kg / mass.gross_kg) if mass.gross_kg and made <= evidenced else None
