"""The stored trust lists: the newest one is the register of parties and keys, whichever process signed it."""

from datetime import datetime
from typing import NamedTuple

from sqlmodel import Session, col, func, select

from label_service.store.documents import body, keep
from label_service.store.tables import TrustListRow
from label_service.trust import jws
from label_service.trust.trust_list import LIST_TYP, TrustList

_SEEN = "trust list"
_NEWEST = select(func.max(TrustListRow.sequence))


class Listed(NamedTuple):
    """A signed trust list and what it says."""

    text: str
    content: TrustList


class TrustLists:
    """Reads the newest list again only when its number has risen."""

    def __init__(self) -> None:
        self._kept: Listed | None = None

    def newest(self, session: Session) -> Listed | None:
        """Give the newest list; None before the first. A session sees one list, which only its own change replaces."""
        if _SEEN in session.info:
            return session.info[_SEEN]  # type: ignore[no-any-return] # put there below
        sequence, kept = session.exec(_NEWEST).one(), self._kept
        if sequence is not None and (kept is None or kept.content.sequence != sequence):
            query = select(TrustListRow.digest).where(col(TrustListRow.sequence) == sequence)
            text = body(session, session.exec(query).one()).decode()
            kept = self._kept = Listed(text, TrustList.from_json(jws.parse(text, typ=LIST_TYP).claims()))
        if kept is not None:
            session.info[_SEEN] = kept
        return kept

    def add(self, session: Session, listed: Listed, now: datetime) -> None:
        """Store the next list."""
        session.info[_SEEN] = listed
        digest = keep(session, "trust-list", listed.text.encode("ascii"), now)
        session.add(TrustListRow(sequence=listed.content.sequence, digest=digest, created_at=now))
