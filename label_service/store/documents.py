"""Documents by digest: kept once, never changed."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import bindparam, exists, insert, select
from sqlmodel import Session, SQLModel

from label_service import canonical
from label_service.errors import NotFound
from label_service.store.tables import StoredDocument

_TABLE = SQLModel.metadata.tables[StoredDocument.__tablename__]
_COLUMNS = _TABLE.c
_KEEP = insert(_TABLE).from_select(
    ["digest", "type", "body", "created_at"],
    select(
        bindparam("new", type_=_COLUMNS.digest.type),
        bindparam("kind", type_=_COLUMNS.type.type),
        bindparam("content", type_=_COLUMNS.body.type),
        bindparam("moment", type_=_COLUMNS.created_at.type),
    ).where(~exists().where(_COLUMNS.digest == bindparam("new"))),
)  # one statement, because every label and document passes here
_ADD = insert(_TABLE)
_KNOWN = select(_COLUMNS.digest).where(_COLUMNS.digest.in_(bindparam("digests", expanding=True)))


def keep(session: Session, kind: str, body: bytes, now: datetime) -> str:
    """Store a document under its digest, once, and give the digest."""
    digest = canonical.digest(body)
    session.exec(_KEEP, params={"new": digest, "kind": kind, "content": body, "moment": now})
    return digest


def keep_all(session: Session, documents: Sequence[tuple[str, bytes]], now: datetime) -> None:
    """Store many documents, each a type with its bytes, as `keep` does one."""
    if not documents:
        return
    rows = {canonical.digest(body): (kind, body) for kind, body in documents}
    known = session.connection().execute(_KNOWN, {"digests": list(rows)}).scalars()
    add_new(session, {digest: rows[digest] for digest in rows.keys() - set(known)}, now)


def add_new(session: Session, documents: Mapping[str, tuple[str, bytes]], now: datetime) -> None:
    """Store documents that nobody has kept before, such as tokens signed just now: types and bytes by digest."""
    rows = [
        {"digest": digest, "type": kind, "body": body, "created_at": now} for digest, (kind, body) in documents.items()
    ]
    if rows:
        session.connection().execute(_ADD, rows)


def body(session: Session, digest: str) -> bytes:
    """Give the bytes of a document.

    Raises:
        NotFound: the store does not have it.
    """
    document = session.get(StoredDocument, digest)
    if document is None:
        raise NotFound(f"the store has no document {digest}")
    return document.body
