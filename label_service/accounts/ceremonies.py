"""Challenges under way: each answered once, within five minutes, for what it was made for."""

from datetime import datetime, timedelta

from sqlmodel import Session, col, delete

from label_service.errors import Refused
from label_service.store.party_tables import CeremonyRow

VALID = timedelta(minutes=5)


def begin(session: Session, now: datetime, *, kind: str, digest: str, challenge: bytes, subject: str = "") -> None:
    """Note a challenge under a digest; those that are over are forgotten."""
    session.exec(delete(CeremonyRow).where(col(CeremonyRow.expires_at) <= now))
    session.add(CeremonyRow(digest=digest, kind=kind, challenge=challenge, subject=subject, expires_at=now + VALID))


def finish(session: Session, kind: str, digest: str, now: datetime) -> CeremonyRow:
    """Take a challenge out, so that it is answered once.

    Raises:
        Refused: it was answered, is over, never was, or was made for something else.
    """
    row = session.get(CeremonyRow, digest)
    if row is None or row.kind != kind or row.expires_at <= now:
        raise Refused("this attempt is over", hint="load the page again; an attempt counts once and for five minutes")
    session.delete(row)
    session.flush()
    return row
