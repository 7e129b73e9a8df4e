"""A declaration as the service keeps it, and how it is read back."""

from dataclasses import dataclass

from sqlmodel import Session, col, select

from label_service.assessment import Assessment
from label_service.declaration import Declaration
from label_service.errors import NotFound
from label_service.factors.release import find_release
from label_service.inventory import Inventory
from label_service.issuance.uses import check_uses
from label_service.plausibility import Finding, check
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
    """A declaration as the service keeps it, with what follows from it.

    Attributes:
        attestation: token of the auditor; that of the scope for a label inside one.
        waits_for: why it was not labelled by itself, one sentence each.
    """

    id: str
    state: str
    declaration: Declaration
    inventory: Inventory
    assessment: Assessment
    findings: tuple[Finding, ...]
    attestation: str | None
    label_id: str | None
    waits_for: tuple[str, ...] = ()

    @property
    def unreleased(self) -> set[str]:
        """Rules of findings that ask for evidence, so that a person must look."""
        return {item.rule for item in self.findings if item.severity == "evidence"}


def read_submission(session: Session, identifier: str) -> Submission:
    """Give a declaration and what follows from it, by few questions to the database.

    Raises:
        NotFound: no such declaration.
    """
    found = session.exec(_ROW_AND_BODIES.where(DeclarationRow.id == identifier)).all()
    if not found:
        raise _no_declaration(identifier)
    row, bodies = found[0][0], {digest: body for _, digest, body in found}
    declaration = Declaration.from_bytes(bodies[row.declaration_digest])
    inventory = Inventory.from_bytes(bodies[row.inventory_digest])
    release = find_release(inventory.release_digest)
    return Submission(
        id=row.id,
        state=row.state,
        declaration=declaration,
        inventory=inventory,
        assessment=Assessment.from_bytes(bodies[row.assessment_digest]),
        findings=check(declaration, release, release.keys("bounds")) + tuple(check_uses(session, declaration, row)),
        attestation=bodies[row.attestation_digest].decode() if row.attestation_digest else None,
        label_id=row.label_id,
        waits_for=tuple(row.waits_for.splitlines()),
    )


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
