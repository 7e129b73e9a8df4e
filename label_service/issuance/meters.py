"""Rule B07 across declarations: the kWh of all batches that name one meter file against what that file shows.

A single declaration cannot break it unseen; several that share a reading can. Which file was used by whom is kept, and
a later declaration that uses it again gets a finding that an auditor has to release.
"""

from collections.abc import Iterable
from decimal import Decimal
from typing import NamedTuple

from sqlalchemy import bindparam
from sqlmodel import Session, col, select

from label_service.declaration import Declaration
from label_service.plausibility import Finding
from label_service.quantity import amount, in_base_unit, plain
from label_service.store.tables import DeclarationRow, MeterUse

RULE = "B07"
_USES = (
    select(MeterUse.position, MeterUse.declaration_id, MeterUse.energy_kwh)
    .where(col(MeterUse.digest) == bindparam("digest"))
    .order_by(col(MeterUse.position))
)


class _Use(NamedTuple):
    """Energy that a declaration counts of a meter file, in the order of submission."""

    position: int
    declaration_id: str
    energy_kwh: str


def note_uses(session: Session, declaration: Declaration, row: DeclarationRow) -> None:
    """Keep which meter files a declaration counts energy of, in the order of submission."""
    for digest, energy_kwh in _energies(declaration).items():
        uses = _uses(session, digest)
        if row.id not in {use.declaration_id for use in uses}:
            session.add(
                MeterUse(digest=digest, position=len(uses), declaration_id=row.id, energy_kwh=amount(energy_kwh))
            )


def check_uses(session: Session, declaration: Declaration, row: DeclarationRow) -> Iterable[Finding]:
    """Give a finding for each meter file that an earlier declaration counted already."""
    names = {item.digest: item.name for item in declaration.evidence}
    for digest, energy_kwh in _energies(declaration).items():
        uses = _uses(session, digest)
        own = next((use.position for use in uses if use.declaration_id == row.id), len(uses))
        if own:
            spent = sum((Decimal(use.energy_kwh) for use in uses if use.position < own), Decimal(0))
            yield Finding(
                rule=RULE,
                severity="evidence",
                where=f"/evidence/{digest}",
                quantity="meter_vs_sum",
                value=f"{plain(spent + energy_kwh)} kWh",
                expected="each reading counted once",
                message=f"{names[digest]} counts here and in {own} earlier declarations",
            )


def _uses(session: Session, digest: str) -> list[_Use]:
    return [_Use(*row) for row in session.exec(_USES, params={"digest": digest}).all()]


def _energies(declaration: Declaration) -> dict[str, Decimal]:
    """Give the kWh a declaration counts by the digest of each meter file."""
    found: dict[str, Decimal] = {}
    for step in declaration.steps:
        if step.energy is not None and step.energy.basis in {"metered", "derived"}:
            for digest in step.energy.evidence:
                value = in_base_unit(step.energy.value, step.energy.unit, "kWh")
                found[digest] = found.get(digest, Decimal(0)) + value
    return found
