"""Releases of factors that an installation published: kept as documents, and known to a process that read one."""

from sqlmodel import Session, col, select

from label_service.errors import NotFound
from label_service.factors.release import Release, find_release, mount, read_release
from label_service.store.documents import body
from label_service.store.tables import ReleaseRow


def published_release(session: Session, digest: str) -> Release:
    """Give a release of the package or one that this installation published; `find_release` then finds it too.

    Raises:
        NotFound: there is none with this digest.
    """
    try:
        return find_release(digest)
    except NotFound:
        row = session.get(ReleaseRow, digest)
        if row is None or row.document_digest is None:
            raise
        return mount(read_release(body(session, row.document_digest)))


def withdrawn_releases(session: Session) -> dict[str, str]:
    """Give the digests of the releases that nothing new may rest on, each with the reason."""
    query = select(ReleaseRow.digest, ReleaseRow.reason).where(col(ReleaseRow.withdrawn_at).is_not(None))
    return dict(session.exec(query).all())
