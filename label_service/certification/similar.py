"""How a declaration compares with others of its kind in the whole service: what is unusual is worth a look.

Other producers stay unnamed, and nothing is shown where there are so few that one of them could be read out.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from statistics import median
from typing import Final

from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from label_service import canonical
from label_service.assessment import Assessment
from label_service.inventory import Inventory
from label_service.inventory.runs import made_masses, run_figures
from label_service.issuance.submission import Submission
from label_service.store.tables import DeclarationRow, StoredDocument

LOOKED_AT: Final = 500  # newest declarations of the service
FEWEST: Final = 3  # others, below which nothing is shown
ENERGY, SCRAP, CLIMATE = "energy", "scrap", "climate"
UNITS: Final = {ENERGY: "kWh/kg", SCRAP: "of the gross mass", CLIMATE: "kg CO2e/kg"}


@dataclass(frozen=True, slots=True)
class Compared:
    """One figure of a declaration among those of others.

    Attributes:
        kind: `energy` or `scrap` of a process, or `climate` of the whole product.
        process: empty for the whole product.
        median, low, high: of the others; None where there are too few.
        count: of the others.
    """

    kind: str
    process: str
    own: float
    count: int
    median: float | None = None
    low: float | None = None
    high: float | None = None

    @property
    def unit(self) -> str:
        """What one is measured in."""
        return UNITS[self.kind]

    @property
    def is_unusual(self) -> bool:
        """Whether it lies outside all others."""
        return self.low is not None and self.high is not None and not self.low <= self.own <= self.high


Figures = dict[tuple[str, str], Fraction]


def compared(session: Session, found: Submission) -> tuple[Compared, ...]:
    """Hold the figures of a declaration against those of others of its family with the same processes."""
    own = figures(found.inventory, found.assessment)
    others: dict[tuple[str, str], list[Fraction]] = {key: [] for key in own}
    for inventory, assessment in _others(session, found):
        for key, value in figures(inventory, assessment).items():
            if key in others:
                others[key].append(value)
    return tuple(_compared(key, value, others[key]) for key, value in own.items())


def figures(inventory: Inventory, assessment: Assessment) -> Figures:
    """Give energy and scrap of each process, and the climate impact, each for a kilogram; what is unknown is absent."""
    found: Figures = {}
    energy: dict[str, Fraction] = {}
    mass: dict[str, Fraction] = {}
    for item in run_figures(inventory):
        if item.mass_kg:
            process = item.run.process
            energy[process] = energy.get(process, Fraction(0)) + item.energy_kwh
            mass[process] = mass.get(process, Fraction(0)) + item.mass_kg
    found |= {(ENERGY, process): energy[process] / mass[process] for process in mass}
    made = made_masses(inventory)
    found |= {(SCRAP, process): 1 - item.net_kg / item.gross_kg for process, item in made.items() if item.gross_kg}
    net = sum((Fraction(line.amount) for line in inventory.net_masses), Fraction(0))
    if net:
        climate = Fraction(assessment.product.kgco2e.median) * inventory.quantity / net
        found[CLIMATE, ""] = climate
    return found


def _others(session: Session, found: Submission) -> Iterator[tuple[Inventory, Assessment]]:
    inventories, assessments = aliased(StoredDocument), aliased(StoredDocument)
    query = (
        select(inventories.body, assessments.body)
        .select_from(DeclarationRow)
        .join(inventories, col(inventories.digest) == DeclarationRow.inventory_digest)
        .join(assessments, col(assessments.digest) == DeclarationRow.assessment_digest)
        .where(DeclarationRow.id != found.id, DeclarationRow.state != "refused")
        .order_by(col(DeclarationRow.created_at).desc())
        .limit(LOOKED_AT)
    )
    processes = set(found.inventory.processes)
    for inventory, assessment in session.exec(query):
        document = canonical.decode(inventory)
        if document["family"] == found.inventory.family and processes & set(document["processes"]):
            yield Inventory.from_json(document), Assessment.from_bytes(assessment)


def _compared(key: tuple[str, str], own: Fraction, others: list[Fraction]) -> Compared:
    kind, process = key
    if len(others) < FEWEST:
        return Compared(kind, process, float(own), len(others))
    return Compared(
        kind, process, float(own), len(others), float(median(others)), float(min(others)), float(max(others))
    )
