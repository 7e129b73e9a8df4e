"""Notices: what a party should know or do. They are listed on its page and in a private feed, and sent by mail.

A notice names things by their public ids and leads to a page; it holds nothing that only one side of a case may see.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, get_args

from sqlmodel import Session, col, func, select, update

from label_service.accounts.rights import Actor, Right
from label_service.accounts.secret import digest_of, new_secret
from label_service.errors import InvalidDocument, NotFound
from label_service.issuance.workbench import Workbench
from label_service.store.database import reading, transaction
from label_service.store.party_tables import AccountRow, PartyRow
from label_service.store.scheme_tables import NoticeRow

NoticeKind = Literal[
    "audit", "finding", "label", "scope", "sample", "state", "complaint", "appeal", "key", "alarm", "publication"
]
MAX_TEXT: Final = 1000
MAX_LISTED: Final = 200


@dataclass(frozen=True, slots=True)
class Notice:
    """Something a party should know or do.

    Attributes:
        text: one sentence.
        link: path of the page where it is dealt with.
        done_at: when somebody of the party, or what happened since, settled it; None while it is open.
    """

    id: int
    kind: str
    text: str
    link: str
    created_at: datetime
    done_at: datetime | None


class Notices:
    """The notices of all parties."""

    def __init__(self, bench: Workbench) -> None:
        self._bench = bench

    def of(self, actor: Actor, *, is_open_only: bool = False) -> list[Notice]:
        """Give the notices of the actor's party, newest first.

        Raises:
            Refused: the actor may not read for the party.
        """
        actor.check_may(Right.READ_OWN)
        with reading(self._bench.engine) as session:
            return _notices(session, actor.party_id, is_open_only=is_open_only)

    def count_open(self, actor: Actor) -> int:
        """Give how many notices of the actor's party are open."""
        query = select(func.count()).where(NoticeRow.party_id == actor.party_id, col(NoticeRow.done_at).is_(None))
        with reading(self._bench.engine) as session:
            return session.exec(query).one()

    def mark_done(self, actor: Actor, identifier: int) -> None:
        """Settle a notice of the actor's party.

        Raises:
            NotFound: the party has no such notice.
        """
        actor.check_may(Right.READ_OWN)
        with transaction(self._bench.engine) as session:
            row = session.get(NoticeRow, identifier)
            if row is None or row.party_id != actor.party_id:
                raise NotFound("there is no such notice")
            row.done_at = row.done_at or self._bench.clock()
            session.add(row)

    def settle_page(self, actor: Actor, link: str) -> None:
        """Settle the open notices of the actor's party that lead to a page, because what they ask for is done."""
        with transaction(self._bench.engine) as session:
            settle(session, link, self._bench.clock(), party_id=actor.party_id)

    def renew_feed(self, actor: Actor) -> str:
        """Give a new secret for the actor's private feed; the one before stops working."""
        actor.check_may(Right.READ_OWN)
        secret = new_secret()
        with transaction(self._bench.engine) as session:
            account = session.get(AccountRow, actor.account_id)
            if account is None:
                raise NotFound("a feed belongs to a person with an account")
            account.feed_digest = digest_of(secret)
            session.add(account)
        return secret

    def feed(self, secret: str) -> tuple[str, list[Notice]]:
        """Give the name of the party behind a feed's secret, and its notices, newest first.

        Raises:
            NotFound: no active person has this feed.
        """
        with reading(self._bench.engine) as session:
            query = (
                select(PartyRow)
                .join(AccountRow, col(AccountRow.party_id) == PartyRow.id)
                .where(AccountRow.feed_digest == digest_of(secret), col(AccountRow.is_active))
            )
            party = session.exec(query).one_or_none()
            if party is None or party.state == "closed":
                raise NotFound("there is no such feed", hint="make a new feed address on your notices page")
            return party.name, _notices(session, party.id)


def tell(  # noqa: PLR0917 - six things a notice is made of
    session: Session, party_id: str, kind: NoticeKind, text: str, link: str, now: datetime
) -> None:
    """Tell a party something, in the unit of work that makes it true.

    Args:
        session: of that unit of work.
        party_id: who is told.
        kind: what it is about.
        text: one sentence, without secrets and without words of a third party.
        link: path of the page where it is dealt with, beginning with a slash.
        now: the time.
    """
    if kind not in get_args(NoticeKind) or not link.startswith("/"):
        raise InvalidDocument(f"expected a notice of a known kind with a path, found {kind!r} and {link[:80]!r}")
    session.add(NoticeRow(party_id=party_id, kind=kind, text=text[:MAX_TEXT], link=link, created_at=now))


def tell_operator(session: Session, kind: NoticeKind, text: str, link: str, now: datetime) -> None:
    """Tell the operator something, in the unit of work that makes it true; see `tell`."""
    for party_id in session.exec(select(PartyRow.id).where(PartyRow.kind == "operator")).all():
        tell(session, party_id, kind, text, link, now)


def settle(session: Session, link: str, now: datetime, *, party_id: str | None = None) -> None:
    """Settle the open notices that lead to a page, because what they ask for is done; those of one party if named."""
    command = update(NoticeRow).where(col(NoticeRow.link) == link, col(NoticeRow.done_at).is_(None))
    if party_id is not None:
        command = command.where(col(NoticeRow.party_id) == party_id)
    session.exec(command.values(done_at=now))


def _notices(session: Session, party_id: str, *, is_open_only: bool = False) -> list[Notice]:
    query = select(NoticeRow).where(NoticeRow.party_id == party_id)
    if is_open_only:
        query = query.where(col(NoticeRow.done_at).is_(None))
    rows = session.exec(query.order_by(col(NoticeRow.id).desc()).limit(MAX_LISTED)).all()
    return [Notice(row.id or 0, row.kind, row.text, row.link, row.created_at, row.done_at) for row in rows]
