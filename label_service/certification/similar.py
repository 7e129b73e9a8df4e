"""How a declaration compares with those of other producers, for the auditor: what is unusual is worth a look.

Peers are declarations of other producers of the same family that share a process and a material. Each producer counts
once, with the median of her declarations, so that nobody who declares much decides what is usual. Peers stay unnamed,
and nothing is shown where there are so few that one of them could be read out.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from statistics import median, quantiles
from typing import Final, NamedTuple

from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from label_service import canonical
from label_service.assessment import Assessment
from label_service.inventory import Inventory
from label_service.inventory.runs import made_masses, recycled_shares, run_figures
from label_service.issuance.submission import Submission
from label_service.store.tables import DeclarationRow, StoredDocument

LOOKED_AT: Final = 500  # newest declarations of other producers
FEWEST: Final = 5  # producers, below which nothing is shown
ENERGY, SCRAP, CLIMATE, MASS, SCORE = "energy", "scrap", "climate", "mass", "score"
UNITS: Final = {
    ENERGY: "kWh/kg",
    SCRAP: "of the gross mass",
    CLIMATE: "kg CO2e/kg",
    MASS: "kg",
    SCORE: "% of the reference",
}


class Spread(NamedTuple):
    """How the values of peers lie: their quantiles of 10, 25, 50, 75 and 90 %."""

    p10: float
    p25: float
    median: float
    p75: float
    p90: float


@dataclass(frozen=True, slots=True)
class Compared:
    """One figure of a declaration among those of peers.

    Attributes:
        kind: energy or scrap of a process, or climate impact for a kilogram, net mass or score of an item.
        process: empty for the whole product.
        producers: how many peers have the figure.
        count: their declarations.
        spread: of the producers' medians; None where there are too few producers.
    """

    kind: str
    process: str
    own: float
    producers: int
    count: int
    spread: Spread | None = None

    @property
    def unit(self) -> str:
        """What one is measured in."""
        return UNITS[self.kind]

    @property
    def is_unusual(self) -> bool:
        """Whether it lies outside the middle four fifths of the peers."""
        return self.spread is not None and not self.spread.p10 <= self.own <= self.spread.p90


Figures = dict[tuple[str, str], Fraction]


def compared(session: Session, found: Submission) -> tuple[Compared, ...]:
    """Hold the figures of a declaration against those of its peers."""
    own = figures(found.inventory, found.assessment)
    peers: dict[tuple[str, str], dict[str, list[Fraction]]] = {key: defaultdict(list) for key in own}
    for producer, values in _peers(session, found):
        for key in own.keys() & values.keys():
            peers[key][producer].append(values[key])
    return tuple(_compared(key, value, peers[key]) for key, value in own.items())


def figures(inventory: Inventory, assessment: Assessment) -> Figures:
    """Give energy and scrap of each process, impact for a kilogram, mass and score; what is unknown is absent."""
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
        found[CLIMATE, ""] = Fraction(assessment.product.kgco2e.median) * inventory.quantity / net
        found[MASS, ""] = net / inventory.quantity
    if assessment.score is not None:
        found[SCORE, ""] = Fraction(assessment.score)
    return found


def _peers(session: Session, found: Submission) -> Iterator[tuple[str, Figures]]:
    """Give producer and figures of each peer; mass and score only of those of the same category."""
    materials = {material for material, _ in recycled_shares(found.inventory)}
    for inventory, assessment in _others(session, found):
        if materials & {material for material, _ in recycled_shares(inventory)}:
            values = figures(inventory, assessment)
            if inventory.category != found.inventory.category:
                values = {key: value for key, value in values.items() if key[0] not in {MASS, SCORE}}
            yield inventory.producer.id, values


def _others(session: Session, found: Submission) -> Iterator[tuple[Inventory, Assessment]]:
    inventories, assessments = aliased(StoredDocument), aliased(StoredDocument)
    query = (
        select(inventories.body, assessments.body)
        .select_from(DeclarationRow)
        .join(inventories, col(inventories.digest) == DeclarationRow.inventory_digest)
        .join(assessments, col(assessments.digest) == DeclarationRow.assessment_digest)
        .where(DeclarationRow.producer_id != found.declaration.producer.id, DeclarationRow.state != "refused")
        .order_by(col(DeclarationRow.created_at).desc())
        .limit(LOOKED_AT)
    )
    processes = set(found.inventory.processes)
    for inventory, assessment in session.exec(query):
        document = canonical.decode(inventory)
        if document["family"] == found.inventory.family and processes & set(document["processes"]):
            yield Inventory.from_json(document), Assessment.from_bytes(assessment)


def _compared(key: tuple[str, str], own: Fraction, peers: dict[str, list[Fraction]]) -> Compared:
    count = sum(len(values) for values in peers.values())
    spread = _spread([median(values) for values in peers.values()]) if len(peers) >= FEWEST else None
    return Compared(*key, own=float(own), producers=len(peers), count=count, spread=spread)


def _spread(values: list[Fraction]) -> Spread:
    tenths, quarters = quantiles(values, n=10, method="inclusive"), quantiles(values, n=4, method="inclusive")
    return Spread(*map(float, (tenths[0], *quarters, tenths[-1])))
