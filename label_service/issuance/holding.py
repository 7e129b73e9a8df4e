"""What holds goods of a scope back for a person, beside its bounds, which everybody can check."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Final

from sqlalchemy import bindparam
from sqlmodel import Session, col, select

from label_service.assessment import assess
from label_service.declaration import Declaration
from label_service.errors import VerificationError
from label_service.factors.release import find_release
from label_service.inventory.build import build_inventory
from label_service.issuance.submission import Submission
from label_service.label.attestation import Attestation
from label_service.label.lots import outside_lots
from label_service.store.scheme_tables import EvidenceRow, RevealRow, WeekRow
from label_service.store.tables import LotUse
from label_service.tlog.week import week_of

MAX_WAITS_FOR: Final = 4000  # characters of the column
_LOTS_OF_OTHERS = select(LotUse.lot, LotUse.mass_kg).where(
    col(LotUse.producer_id) == bindparam("producer"),
    col(LotUse.declaration_id) != bindparam("own"),
    col(LotUse.lot).in_(bindparam("lots", expanding=True)),
)


def values_owed(session: Session, digest: str, now: datetime) -> Iterator[str]:
    """Say which values of a scope are overdue: it is about to be suspended, and nothing is logged in it meanwhile."""
    query = select(RevealRow).where(
        RevealRow.scope_digest == digest, RevealRow.value == "", col(RevealRow.due_at) < now
    )
    for row in session.exec(query):
        yield f"the auditor has not revealed the value of {row.week}, which was due"


def week_closed(session: Session, at: str) -> Iterator[str]:
    """Say that the present week was closed before: a label of it would never be in a draw."""
    week = week_of(at)
    if session.get(WeekRow, week) is not None:
        yield f"the week {week} is closed already: the clock of the service went back"


def check_computed(found: Submission) -> None:
    """Compute the figures again: no auditor vouches for the digests of goods in a scope, as she does for single ones.

    Raises:
        VerificationError: the kept documents do not follow from each other.
    """
    release = find_release(found.inventory.release_digest)
    inventory = build_inventory(found.declaration, release, release.digest, found.inventory.parts or ())
    if inventory != found.inventory or assess(inventory, release) != found.assessment:
        raise VerificationError("the kept inventory or assessment does not follow from the declaration")


def findings_open(found: Submission) -> Iterator[str]:
    """Say which findings ask for evidence; a scope releases none."""
    for item in found.findings:
        if item.severity == "evidence":
            yield f"finding {item.rule} asks for evidence: {item.message}"


def handed_in(session: Session, declarations: Sequence[Declaration]) -> set[tuple[str, str]]:
    """Give the evidence files of these declarations that were handed in and are kept: party and digest of each."""
    digests = {item.digest for declaration in declarations for item in declaration.evidence}
    query = select(EvidenceRow.party_id, EvidenceRow.digest).where(
        col(EvidenceRow.digest).in_(digests), col(EvidenceRow.removed_at).is_(None)
    )
    return set(session.exec(query).all()) if digests else set()


def evidence_missing(known: set[tuple[str, str]], found: Submission) -> Iterator[str]:
    """Say which evidence files were not handed in; a sample could not be audited without them."""
    for name in missing_files(known, found.declaration):
        yield f"the evidence file {name} was not handed in"


def missing_files(known: set[tuple[str, str]], declaration: Declaration) -> list[str]:
    """Give the names of files that neither the producer nor the partner who signed for them has handed in."""
    return [
        item.name
        for item in declaration.evidence
        if not any((holder, item.digest) in known for holder in declaration.holders(item.digest))
    ]


def lots_beyond(session: Session, found: Submission, attestation: Attestation) -> list[str]:
    """Say where goods take material from other lots than the auditor saw, or more than was bought of them."""
    names = {line.lot for line in found.declaration.materials if line.lot}
    others_kg: dict[str, Decimal] = {}
    goods = {"producer": found.declaration.producer.id, "own": found.id, "lots": list(names)}
    for lot, mass_kg in session.connection().execute(_LOTS_OF_OTHERS, goods) if names else ():
        others_kg[lot] = others_kg.get(lot, Decimal(0)) + Decimal(mass_kg)
    return [reason.words for reason in outside_lots(found.declaration, attestation, others_kg)]


def in_words(reasons: Sequence[str]) -> str:
    """Give reasons as the column keeps them: one a line, as many as fit."""
    text = ""
    for reason in reasons:
        line = " ".join(reason.split())[:1000] + "\n"
        if len(text) + len(line) > MAX_WAITS_FOR:
            break
        text += line
    return text.rstrip("\n")
