"""Taking declarations: checked, turned into an inventory, assessed; all three documents are kept together."""

import uuid
from dataclasses import dataclass

from sqlmodel import Session, col, select

from label_service.assessment import Assessment, assess
from label_service.declaration import Declaration
from label_service.errors import NotFound, Refused
from label_service.factors.release import find_release, load_release
from label_service.inventory import Inventory
from label_service.inventory.build import build_inventory
from label_service.issuance.meters import check_uses, note_uses
from label_service.issuance.workbench import Workbench
from label_service.plausibility import Finding, check, reject
from label_service.store.database import reading, transaction
from label_service.store.documents import keep
from label_service.store.tables import DeclarationRow, StoredDocument

_ROW_AND_BODIES = select(DeclarationRow, StoredDocument.digest, StoredDocument.body).where(
    col(StoredDocument.digest).in_(
        (
            DeclarationRow.declaration_digest,
            DeclarationRow.inventory_digest,
            DeclarationRow.assessment_digest,
            DeclarationRow.attestation_digest,
        )
    )
)


@dataclass(frozen=True)
class Submission:
    """A declaration as the service keeps it, with what follows from it."""

    id: str
    state: str
    declaration: Declaration
    inventory: Inventory
    assessment: Assessment
    findings: tuple[Finding, ...]
    attestation: str | None
    label_id: str | None


class Declarations:
    """The declarations of one installation."""

    def __init__(self, bench: Workbench) -> None:
        self._bench = bench

    def submit(self, declaration: Declaration) -> Submission:
        """Take a declaration, assess it and keep all three documents. The same declaration twice is one submission.

        Raises:
            Implausible, MissingInput, MissingFactor, InvalidAmount: it cannot be assessed; nothing is kept.
            Refused: a DEMO declaration in a scheme, or the other way round.
        """
        if declaration.demo != self._bench.identity.is_demo:
            mode = "demo" if self._bench.identity.is_demo else "scheme"
            raise Refused(
                f"this installation runs in {mode} mode",
                hint=f"set demo to {str(self._bench.identity.is_demo).lower()}",
            )
        release = load_release()
        findings = check(declaration, release, release.keys("bounds"))
        reject(findings)
        inventory = build_inventory(declaration, release, release.digest)
        assessment = assess(inventory, release)
        now = self._bench.clock()
        with transaction(self._bench.engine) as session:
            known = session.exec(
                select(DeclarationRow).where(DeclarationRow.declaration_digest == declaration.digest)
            ).one_or_none()
            row = known or DeclarationRow(
                id=str(uuid.uuid4()),
                state="assessed",
                producer_id=declaration.producer.id,
                name=declaration.product.name,
                declaration_digest=keep(session, "declaration", declaration.to_bytes(), now),
                inventory_digest=keep(session, "inventory", inventory.to_bytes(), now),
                assessment_digest=keep(session, "assessment", assessment.to_bytes(), now),
                created_at=now,
            )
            session.add(row)
            session.flush()
            note_uses(session, declaration, row)
            identifier = row.id
        self._bench.mark_changed()
        return self.get(identifier)

    def get(self, identifier: str) -> Submission:
        """Give a declaration and what follows from it.

        Raises:
            NotFound: no such declaration.
        """
        with reading(self._bench.engine) as session:
            row, bodies = _row_and_bodies(session, identifier)
            declaration = Declaration.from_bytes(bodies[row.declaration_digest])
            inventory = Inventory.from_bytes(bodies[row.inventory_digest])
            assessment = Assessment.from_bytes(bodies[row.assessment_digest])
            token = bodies[row.attestation_digest].decode() if row.attestation_digest else None
            across = tuple(check_uses(session, declaration, row))
        release = find_release(inventory.release_digest)
        return Submission(
            id=row.id,
            state=row.state,
            declaration=declaration,
            inventory=inventory,
            assessment=assessment,
            findings=check(declaration, release, release.keys("bounds")) + across,
            attestation=token,
            label_id=row.label_id,
        )

    def recent(self, limit: int = 100) -> list[DeclarationRow]:
        """Give the newest declarations."""
        with reading(self._bench.engine) as session:
            query = select(DeclarationRow).order_by(col(DeclarationRow.created_at).desc()).limit(limit)
            return list(session.exec(query).all())


def _row_and_bodies(session: Session, identifier: str) -> tuple[DeclarationRow, dict[str, bytes]]:
    """Give the index row of a declaration and its documents by digest, in one question to the database."""
    found = session.exec(_ROW_AND_BODIES.where(DeclarationRow.id == identifier)).all()
    if not found:
        raise _no_declaration(identifier)
    return found[0][0], {digest: body for _, digest, body in found}


def declaration_row(session: Session, identifier: str) -> DeclarationRow:
    """Give the index row of a declaration.

    Raises:
        NotFound: no such declaration.
    """
    row = session.get(DeclarationRow, identifier)
    if row is None:
        raise _no_declaration(identifier)
    return row


def _no_declaration(identifier: str) -> NotFound:
    return NotFound(f"there is no declaration {identifier[:40]!r}")
