"""How a producer's making went over time: energy, scrap, score and letter of her own declarations, batch by batch."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any, Final

from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from label_service import canonical
from label_service.accounts.rights import Actor, Right
from label_service.assessment import Assessment
from label_service.certification.similar import ENERGY, SCRAP, figures
from label_service.grade import Grade
from label_service.inventory import Inventory
from label_service.issuance.scheme import Scheme
from label_service.store.database import reading
from label_service.store.tables import DeclarationRow, StoredDocument

LOOKED_AT: Final = 300  # newest declarations of a producer


@dataclass(frozen=True, slots=True)
class Batch:
    """What one process took in one declaration.

    Attributes:
        id: of the declaration.
        made_on: last day of making.
        machines: their models.
        kwh_per_kg: energy for a kilogram of gross mass; None where a mass is not known.
        scrap: share of the gross mass; None where it is not known.
        kgco2e: median for each item.
        score, grade: as an attested declaration would have them; None where nothing can be compared.
    """

    id: str
    product: str
    made_on: date
    state: str
    process: str
    machines: tuple[str, ...]
    quantity: int
    kwh_per_kg: Fraction | None
    scrap: Fraction | None
    kgco2e: str
    score: int | None
    grade: Grade | None


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which batches are wanted; what is empty does not narrow."""

    product: str = ""
    machine: str = ""
    first: str = ""
    last: str = ""

    def has(self, batch: Batch) -> bool:
        """Tell whether a batch is wanted."""
        day = batch.made_on.isoformat()
        is_named = self.product in {"", batch.product} and (not self.machine or self.machine in batch.machines)
        return is_named and (self.first or day) <= day <= (self.last or day)


class History:
    """The batches of the producers of one installation."""

    def __init__(self, scheme: Scheme) -> None:
        self._engine = scheme.bench.engine

    def of(self, actor: Actor) -> tuple[Batch, ...]:
        """Give the newest batches of the actor's party, the earliest made first; what was refused is left out."""
        actor.check_may(Right.READ_OWN)
        with reading(self._engine) as session:
            found = [batch for row in _rows(session, actor.party_id) for batch in _batches(*row)]
        return tuple(sorted(found, key=lambda batch: (batch.made_on, batch.product, batch.id, batch.process)))


def _rows(session: Session, party_id: str) -> Iterator[tuple[DeclarationRow, bytes, bytes, bytes]]:
    declared, inventories, assessments = aliased(StoredDocument), aliased(StoredDocument), aliased(StoredDocument)
    query = (
        select(DeclarationRow, declared.body, inventories.body, assessments.body)
        .join(declared, col(declared.digest) == DeclarationRow.declaration_digest)
        .join(inventories, col(inventories.digest) == DeclarationRow.inventory_digest)
        .join(assessments, col(assessments.digest) == DeclarationRow.assessment_digest)
        .where(DeclarationRow.producer_id == party_id, DeclarationRow.state != "refused")
        .order_by(col(DeclarationRow.created_at).desc())
        .limit(LOOKED_AT)
    )
    yield from session.exec(query)


def _batches(row: DeclarationRow, declared: bytes, inventory_: bytes, assessment_: bytes) -> Iterator[Batch]:
    inventory, assessment = Inventory.from_bytes(inventory_), Assessment.from_bytes(assessment_)
    document: dict[str, Any] = canonical.decode(declared)
    models = {machine["id"]: machine["model"] for machine in document["machines"]}
    known = figures(inventory, assessment)
    for process in sorted({run.process for run in inventory.runs}):
        names = dict.fromkeys(models.get(run.machine, run.machine) for run in inventory.runs if run.process == process)
        yield Batch(
            id=row.id,
            product=row.name,
            made_on=date.fromisoformat(inventory.made.last),
            state=row.state,
            process=process,
            machines=tuple(names),
            quantity=inventory.quantity,
            kwh_per_kg=known.get((ENERGY, process)),
            scrap=known.get((SCRAP, process)),
            kgco2e=assessment.product.kgco2e.median,
            score=assessment.score,
            grade=assessment.grade,
        )
