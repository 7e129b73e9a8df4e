"""A declaration as the service keeps it, and how it is read back."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from sqlalchemy import bindparam
from sqlalchemy import select as select_columns
from sqlmodel import Session, col, select

from label_service.assessment import Assessment
from label_service.declaration import Declaration
from label_service.errors import NotFound
from label_service.inventory import Inventory
from label_service.issuance.uses import Own, check_uses
from label_service.plausibility import Finding, check
from label_service.store.releases import published_release
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
_COLUMNS = DeclarationRow.metadata.tables["declaration"].c
_LABELLING = select_columns(
    _COLUMNS.id,
    _COLUMNS.label_id,
    _COLUMNS.declaration_digest,
    _COLUMNS.inventory_digest,
    _COLUMNS.assessment_digest,
    _COLUMNS.attestation_digest,
).where(_COLUMNS.id.in_(bindparam("ids", expanding=True)))
_BODIES = select(StoredDocument.digest, StoredDocument.body).where(
    col(StoredDocument.digest).in_(bindparam("digests", expanding=True))
)


@dataclass(frozen=True)
class Candidate:
    """A declaration whose label is asked for: what the label rests on, without what only people read.

    Attributes:
        label_id: its label, where it has one.
        attestation_digest: of the auditor's token; None before she attested.
        bodies: the kept documents by their digests.
    """

    id: str
    label_id: str | None
    declaration_digest: str
    inventory_digest: str
    assessment_digest: str
    attestation_digest: str | None
    bodies: Mapping[str, bytes]

    @cached_property
    def inventory(self) -> Inventory:
        """Its inventory."""
        return Inventory.from_kept(self.bodies[self.inventory_digest])

    @cached_property
    def assessment(self) -> Assessment:
        """Its assessment."""
        return Assessment.from_kept(self.bodies[self.assessment_digest])

    @property
    def attestation(self) -> str | None:
        """Token of the auditor."""
        return self.bodies[self.attestation_digest].decode() if self.attestation_digest else None


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
        raise no_declaration(identifier)
    row, bodies = found[0][0], {digest: body for _, digest, body in found}
    declaration = Declaration.from_bytes(bodies[row.declaration_digest])
    inventory = Inventory.from_bytes(bodies[row.inventory_digest])
    release = published_release(session, inventory.release_digest)
    own = Own(row.id, row.producer_id, row.name, row.created_at)
    return Submission(
        id=row.id,
        state=row.state,
        declaration=declaration,
        inventory=inventory,
        assessment=Assessment.from_bytes(bodies[row.assessment_digest]),
        findings=check(declaration, release, release.keys("bounds")) + tuple(check_uses(session, declaration, own)),
        attestation=bodies[row.attestation_digest].decode() if row.attestation_digest else None,
        label_id=row.label_id,
        waits_for=tuple(row.waits_for.splitlines()),
    )


def read_candidates(session: Session, identifiers: Iterable[str]) -> Mapping[str, Candidate]:
    """Give the declarations that there are among these, by two questions to the database."""
    rows = session.connection().execute(_LABELLING, {"ids": list(identifiers)}).all()
    digests = {digest for row in rows for digest in row[3:] if digest}
    bodies = dict(session.exec(_BODIES, params={"digests": list(digests)}).all())
    return {row.id: Candidate(*row, bodies) for row in rows}


def declaration_row(session: Session, identifier: str) -> DeclarationRow:
    """Give the index row of a declaration.

    Raises:
        NotFound: no such declaration.
    """
    row = session.get(DeclarationRow, identifier)
    if row is None:
        raise no_declaration(identifier)
    return row


def no_declaration(identifier: str) -> NotFound:
    """Say that there is no such declaration."""
    return NotFound(f"there is no declaration {identifier[:40]!r}")
