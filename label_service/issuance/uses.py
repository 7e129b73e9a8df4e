"""What declarations count already: meter files (rule B07), job files, job records and weighings, and material lots.

A single declaration cannot count a proof twice unseen; several that share it can. Which file and which lot was used by
whom is kept, and a later declaration that uses it again gets a finding that an auditor has to release.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import bindparam
from sqlmodel import Session, col, select

from label_service.declaration import Declaration, Evidence
from label_service.plausibility import Finding, lot_findings, lots_taken
from label_service.quantity import amount, in_base_unit, plain
from label_service.store.tables import DeclarationRow, EvidenceUse, LotUse, MeterUse

METER, REUSED = "B07", "reused"
_USES = (
    select(MeterUse.position, MeterUse.declaration_id, MeterUse.energy_kwh)
    .where(col(MeterUse.digest) == bindparam("digest"))
    .order_by(col(MeterUse.position))
)
_EVIDENCE_USES = (
    select(EvidenceUse.digest, EvidenceUse.position, EvidenceUse.declaration_id, DeclarationRow.name)
    .join(DeclarationRow, col(DeclarationRow.id) == col(EvidenceUse.declaration_id))
    .where(col(EvidenceUse.digest).in_(bindparam("digests", expanding=True)))
)
_KNOWN_METERS, _KNOWN_PROOFS = (
    select(table.digest).where(col(table.digest).in_(bindparam("digests", expanding=True))).distinct()
    for table in (MeterUse, EvidenceUse)
)
_LOT_USES = (
    select(LotUse.lot, LotUse.declaration_id, LotUse.mass_kg, DeclarationRow.created_at)
    .join(DeclarationRow, col(DeclarationRow.id) == col(LotUse.declaration_id))
    .where(col(LotUse.producer_id) == bindparam("producer"))
    .where(col(LotUse.lot).in_(bindparam("lots", expanding=True)))
)
Uses = Mapping[str, list[dict[str, Any]]]  # rows by the name of their table
_PROOFS = frozenset({"job_file", "job_record", "scale_reading"})


class Own(NamedTuple):
    """The declaration whose uses are looked at, kept already or not yet."""

    id: str
    producer_id: str
    name: str
    created_at: datetime


class _Use(NamedTuple):
    """Energy that a declaration counts of a meter file, in the order of submission."""

    position: int
    declaration_id: str
    energy_kwh: str


class _ProofUse(NamedTuple):
    """A declaration that counts a file, and what it made."""

    digest: str
    position: int
    declaration_id: str
    product: str

    @property
    def order(self) -> tuple[int, str]:
        """Its place among the uses; two at once are told apart by their ids."""
        return self.position, self.declaration_id


def counted_before(session: Session, declarations: Sequence[Declaration]) -> frozenset[str]:
    """Give the meter files and proofs of these declarations that are kept as counted, or that two of them count."""
    counts = Counter(digest for item in declarations for digest in _counted(item))
    found = {digest for digest, times in counts.items() if times > 1}
    for query in (_KNOWN_METERS, _KNOWN_PROOFS):
        found.update(session.connection().execute(query, {"digests": list(counts)}).scalars())
    return frozenset(found)


def is_shared(declaration: Declaration, counted: frozenset[str]) -> bool:
    """Tell whether a declaration takes of a lot, or of a file that another one counts, see `counted_before`."""
    return bool(lots_taken(declaration)) or not counted.isdisjoint(_counted(declaration))


def uses_of(session: Session, declaration: Declaration, own: Own, counted: frozenset[str]) -> tuple[Uses, bool]:
    """Give the rows, by table, of meter files, proofs and lots a new declaration counts, and whether it is the first.

    `counted` are the files for which another one may come before, see `counted_before`.
    """
    energies, proofs = _energies(declaration), [item.digest for item in _proofs(declaration)]
    before = {digest: len(_uses(session, digest)) if digest in counted else 0 for digest in energies}
    shared = [digest for digest in proofs if digest in counted]
    known = Counter(use.digest for use in _proof_uses(session, shared)) if shared else Counter[str]()
    lots = lots_taken(declaration)
    name = {"declaration_id": own.id}
    rows: dict[str, list[dict[str, Any]]] = {
        "meter_use": [
            name | {"digest": digest, "position": before[digest], "energy_kwh": amount(energy_kwh)}
            for digest, energy_kwh in energies.items()
        ],
        "evidence_use": [name | {"digest": digest, "position": known[digest]} for digest in dict.fromkeys(proofs)],
        "lot_use": [
            name | {"producer_id": own.producer_id, "lot": lot, "mass_kg": amount(mass)} for lot, mass in lots.items()
        ],
    }
    return rows, not (any(before.values()) or known or lots)


def check_uses(session: Session, declaration: Declaration, row: Own) -> Iterable[Finding]:
    """Give a finding for everything that earlier declarations counted already."""
    yield from _check_meters(session, declaration, row)
    yield from _check_proofs(session, declaration, row)
    yield from _check_lots(session, declaration, row)


def _check_meters(session: Session, declaration: Declaration, row: Own) -> Iterable[Finding]:
    names = {item.digest: item.name for item in declaration.evidence}
    for digest, energy_kwh in _energies(declaration).items():
        uses = _uses(session, digest)
        own = next((use.position for use in uses if use.declaration_id == row.id), len(uses))
        if own:
            spent = sum((Decimal(use.energy_kwh) for use in uses if use.position < own), Decimal(0))
            yield Finding(
                rule=METER,
                severity="evidence",
                where=f"/evidence/{digest}",
                quantity="meter_vs_sum",
                value=f"{plain(spent + energy_kwh)} kWh",
                expected="each reading counted once",
                message=f"a meter file counts here and in {own} earlier declarations",
                sources=(names[digest],),
            )


def _check_proofs(session: Session, declaration: Declaration, row: Own) -> Iterable[Finding]:
    """Look for proofs that were counted before.

    A sliced file forecasts every print of its product, so that its next batch is only warned; a record of jobs or a
    weighing happened once.
    """
    proofs = {item.digest: item for item in _proofs(declaration)}
    if not proofs:
        return
    uses = _proof_uses(session, list(proofs))
    for digest, item in proofs.items():
        of_file = [use for use in uses if use.digest == digest]
        own = next((use.order for use in of_file if use.declaration_id == row.id), None)
        earlier = [use for use in of_file if use.declaration_id != row.id and (own is None or use.order < own)]
        if earlier:
            is_forecast = item.kind == "job_file" and {use.product for use in earlier} == {row.name}
            yield Finding(
                rule=REUSED,
                severity="warn" if is_forecast else "evidence",
                where=f"/evidence/{digest}",
                quantity="uses",
                value=f"{len(earlier) + 1} declarations",
                expected="each proof counted once",
                message=f"a {item.kind.replace('_', ' ')} counts here and in {len(earlier)} earlier declarations",
                sources=(item.name,),
            )


def _check_lots(session: Session, declaration: Declaration, row: Own) -> Iterable[Finding]:
    lots = [line.lot for line in declaration.materials if line.lot and line.bought]
    if not lots:
        return
    before: dict[str, Decimal] = {}
    found = session.connection().execute(_LOT_USES, {"producer": row.producer_id, "lots": lots}).all()
    for lot, declaration_id, mass_kg, created_at in found:
        if declaration_id != row.id and (created_at, declaration_id) < (row.created_at, row.id):
            before[lot] = before.get(lot, Decimal(0)) + Decimal(mass_kg)
    alone = {finding.where for finding in lot_findings(declaration, {})}
    yield from (finding for finding in lot_findings(declaration, before) if finding.where not in alone)


def _uses(session: Session, digest: str) -> list[_Use]:
    return [_Use(*row) for row in session.connection().execute(_USES, {"digest": digest}).all()]


def _proof_uses(session: Session, digests: list[str]) -> list[_ProofUse]:
    return [_ProofUse(*row) for row in session.connection().execute(_EVIDENCE_USES, {"digests": digests})]


def _counted(declaration: Declaration) -> set[str]:
    """Give the files a declaration counts."""
    return {*_energies(declaration), *(item.digest for item in _proofs(declaration))}


def _proofs(declaration: Declaration) -> list[Evidence]:
    """Give the files a declaration counts that prove one run or one weighing: jobs, scales, photos of a scale."""
    masses = [entry for line in declaration.materials for entry in (line.net, line.gross)]
    runs = [entry for step in declaration.steps for entry in (step.energy, step.duration)]
    counted = {digest for entry in (*masses, *runs) if entry for digest in entry.evidence}
    weighed = {digest for entry in masses if entry and entry.basis == "weighed" for digest in entry.evidence}
    return [
        item
        for item in declaration.evidence
        if (item.kind in _PROOFS and item.digest in counted) or (item.kind == "photo" and item.digest in weighed)
    ]


def _energies(declaration: Declaration) -> dict[str, Decimal]:
    """Give the kWh a declaration counts by the digest of each meter file."""
    found: dict[str, Decimal] = {}
    for step in declaration.steps:
        if step.energy is not None and step.energy.basis in {"metered", "derived"}:
            for digest in step.energy.evidence:
                value = in_base_unit(step.energy.value, step.energy.unit, "kWh")
                found[digest] = found.get(digest, Decimal(0)) + value
    return found
