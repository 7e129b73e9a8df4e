"""Signed-in browsers: a random secret in a cookie here, its SHA-256 and two ends of time there."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Engine, or_
from sqlmodel import Session, col, delete, select, update

from label_service.accounts.parties import Clock
from label_service.accounts.people import actor_of
from label_service.accounts.rights import Actor
from label_service.accounts.secret import digest_of, new_secret
from label_service.store.database import reading, transaction
from label_service.store.party_tables import AccountRow, PartyRow, SessionRow

IDLE = timedelta(hours=12)
ABSOLUTE = timedelta(days=7)
MAX_LISTED = 50
_NOTED = timedelta(minutes=5)  # use is written down this often, so that reading a page rarely writes


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A browser that is signed in; `id` is the digest of its secret."""

    id: str
    account_id: str
    created_at: datetime
    seen_at: datetime
    expires_at: datetime


class Sessions:
    """The sessions of one installation."""

    def __init__(self, engine: Engine, clock: Clock) -> None:
        self._engine = engine
        self._clock = clock

    def open(self, account_id: str, language: str = "en") -> str:
        """Start a session of somebody who just proved who she is, and give its secret, which was never used before.

        Args:
            account_id: of the person.
            language: code of the language she signed in with, in which she is written to.
        """
        secret, now = new_secret(), self._clock()
        with transaction(self._engine) as session:
            _forget_old(session, now)
            session.exec(update(AccountRow).where(col(AccountRow.id) == account_id).values(language=language))
            session.add(
                SessionRow(
                    digest=digest_of(secret),
                    account_id=account_id,
                    created_at=now,
                    seen_at=now,
                    expires_at=now + ABSOLUTE,
                )
            )
        return secret

    def actor(self, secret: str) -> Actor | None:
        """Give who is signed in with a secret; None when it is unknown or over, or the person may not sign in."""
        now = self._clock()
        query = (
            select(SessionRow, AccountRow, PartyRow)
            .join(AccountRow, col(AccountRow.id) == col(SessionRow.account_id))
            .join(PartyRow, col(PartyRow.id) == col(AccountRow.party_id))
            .where(SessionRow.digest == digest_of(secret), *_going(now))
        )
        with reading(self._engine) as session:
            found = session.exec(query).first()
        if found is None:
            return None
        row, account, party = found
        if now - row.seen_at > _NOTED:
            self._note_use(row.digest, now)
        return actor_of(account, party)

    def of(self, actor: Actor) -> list[SignedIn]:
        """Give the browsers an actor is signed in with, the newest first."""
        query = select(SessionRow).where(SessionRow.account_id == actor.account_id, *_going(self._clock()))
        with reading(self._engine) as session:
            rows = session.exec(query.order_by(col(SessionRow.created_at).desc()).limit(MAX_LISTED)).all()
        return [SignedIn(row.digest, row.account_id, row.created_at, row.seen_at, row.expires_at) for row in rows]

    def end(self, secret: str) -> None:
        """End one session by its secret; an unknown one is over already."""
        with transaction(self._engine) as session:
            session.exec(delete(SessionRow).where(col(SessionRow.digest) == digest_of(secret)))

    def end_other(self, actor: Actor, identifier: str) -> None:
        """End one of the actor's sessions by its id; one that is not there is over already."""
        mine = col(SessionRow.account_id) == actor.account_id
        with transaction(self._engine) as session:
            session.exec(delete(SessionRow).where(col(SessionRow.digest) == identifier, mine))

    def end_all(self, actor: Actor) -> None:
        """Sign an actor out everywhere."""
        with transaction(self._engine) as session:
            session.exec(delete(SessionRow).where(col(SessionRow.account_id) == actor.account_id))

    def _note_use(self, digest: str, now: datetime) -> None:
        with transaction(self._engine) as session:
            row = session.get(SessionRow, digest)
            if row:
                row.seen_at = now
                session.add(row)


def _going(now: datetime) -> tuple[ColumnElement[bool], ...]:
    """Give the conditions on a session that is not over."""
    return col(SessionRow.expires_at) > now, col(SessionRow.seen_at) > now - IDLE


def _forget_old(session: Session, now: datetime) -> None:
    over = or_(col(SessionRow.expires_at) <= now, col(SessionRow.seen_at) <= now - IDLE)
    session.exec(delete(SessionRow).where(over))
