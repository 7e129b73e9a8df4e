"""What a verifier was asked to look at: the documents of her audit requests, and those of samples she has to check."""

from collections.abc import Iterator

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, or_, select

from label_service import canonical
from label_service.store.scheme_tables import AuditRequestRow, SampleRow
from label_service.store.tables import DeclarationRow, LabelRow, StoredDocument
from label_service.store.together_tables import BatchRow, ContributionRow


def assigned_declarations(verifier_id: str) -> ColumnElement[bool]:
    """Give the condition on declarations that a verifier was asked to look at, or that were drawn from her scopes.

    A request that was cancelled opens nothing; one that was answered stays open to her, because she has to stand for
    her answer. A drawn label that was issued again for the same goods stays drawn.
    """
    asked = _asked(verifier_id)
    scopes = select(AuditRequestRow.result_digest).where(*asked, AuditRequestRow.kind == "scope")
    drawn = select(SampleRow.label_id).where(col(SampleRow.scope_digest).in_(scopes))
    same_goods = col(LabelRow.inventory_digest) == col(DeclarationRow.inventory_digest)
    again = select(LabelRow.successor).where(col(LabelRow.id).in_(drawn), same_goods).correlate(DeclarationRow)
    requested = select(AuditRequestRow.declaration_id).where(*asked)
    label_id = col(DeclarationRow.label_id)
    return or_(col(DeclarationRow.id).in_(requested), label_id.in_(drawn), label_id.in_(again))


def assigned_documents(session: Session, verifier_id: str, producer_id: str) -> Iterator[bytes]:
    """Give the declarations and scope proposals of a producer that a verifier was asked to look at, newest first."""
    declarations = select(DeclarationRow.declaration_digest).where(
        DeclarationRow.producer_id == producer_id, assigned_declarations(verifier_id)
    )
    proposals = select(AuditRequestRow.proposal_digest).where(
        *_asked(verifier_id), AuditRequestRow.producer_id == producer_id
    )
    documents = select(StoredDocument.body).where(
        or_(col(StoredDocument.digest).in_(declarations), col(StoredDocument.digest).in_(proposals))
    )
    yield from session.exec(documents.order_by(col(StoredDocument.created_at).desc()))


def is_signed_for(session: Session, verifier_id: str, partner_id: str, digest: str) -> bool:
    """Tell whether a partner signed for an evidence file in a declaration that a verifier was asked to look at.

    What was taken back opens nothing; nor does a digest that another party named.
    """
    stands = (ContributionRow.party_id == partner_id, col(ContributionRow.withdrawn_at).is_(None))
    query = select(ContributionRow.digest, BatchRow.producer_id)
    given = dict(session.exec(query.join(BatchRow, col(BatchRow.name) == ContributionRow.batch).where(*stands)).all())
    return any(
        canonical.digest(item["token"].encode()) in given and digest in item.get("evidence", ())
        for producer_id in sorted(set(given.values()))
        for document in assigned_documents(session, verifier_id, producer_id)
        if digest.encode("ascii") in document
        for item in canonical.decode(document).get("contributions", ())
    )


def _asked(verifier_id: str) -> tuple[ColumnElement[bool], ...]:
    return col(AuditRequestRow.verifier_id) == verifier_id, col(AuditRequestRow.state) != "cancelled"


def names_evidence(document: bytes, digest: str) -> bool:
    """Tell whether a document of a producer lists an evidence file."""
    if digest.encode("ascii") not in document:
        return False  # most of them, without parsing
    return any(item["digest"] == digest for item in canonical.decode(document).get("evidence", ()))
