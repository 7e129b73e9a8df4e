"""Documents by digest: kept once, never changed."""

from datetime import datetime

from sqlmodel import Session

from label_service import canonical
from label_service.errors import NotFound
from label_service.store.tables import StoredDocument


def keep(session: Session, kind: str, body: bytes, now: datetime) -> str:
    """Store a document under its digest, once, and give the digest."""
    digest = canonical.digest(body)
    if session.get(StoredDocument, digest) is None:
        session.add(StoredDocument(digest=digest, type=kind, body=body, created_at=now))
        session.flush()
    return digest


def body(session: Session, digest: str) -> bytes:
    """Give the bytes of a document.

    Raises:
        NotFound: the store does not have it.
    """
    document = session.get(StoredDocument, digest)
    if document is None:
        raise NotFound(f"the store has no document {digest}")
    return document.body
