"""The people of parties: who they are, what role they have, and how they leave; the log names none of them."""

from dataclasses import dataclass
from datetime import datetime
from typing import cast

from sqlalchemy import Engine
from sqlmodel import Session, col, delete, func, select

from label_service.accounts.parties import Clock
from label_service.accounts.rights import Actor, Kind, PartyState, Right, Role, rights_of
from label_service.document import Model, Text, validate
from label_service.errors import Conflict, NotFound
from label_service.store.database import reading, transaction
from label_service.store.party_tables import (
    AccountRow,
    ForeignIdentity,
    InvitationRow,
    PartyRow,
    PasskeyRow,
    SessionRow,
    TokenRow,
)

ERASED = "erased person"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with an account; `email` is None once she was erased, or joined anew after she left."""

    id: str
    party_id: str
    name: str
    email: str | None
    role: Role
    is_active: bool
    created_at: datetime


class PersonName(Model):
    """How somebody is called."""

    name: Text


class People:
    """The people of all parties of one installation."""

    def __init__(self, engine: Engine, clock: Clock) -> None:
        self._engine = engine
        self._clock = clock

    def me(self, actor: Actor) -> Person:
        """Give the person of an actor.

        Raises:
            NotFound: the actor works with commands at the machine.
        """
        with reading(self._engine) as session:
            return as_person(_row(session, actor, actor.account_id))

    def of_party(self, actor: Actor) -> list[Person]:
        """Give all people of the actor's party, those who left last."""
        query = select(AccountRow).where(AccountRow.party_id == actor.party_id)
        order = col(AccountRow.is_active).desc(), col(AccountRow.name), col(AccountRow.id)
        with reading(self._engine) as session:
            return [as_person(row) for row in session.exec(query.order_by(*order)).all()]

    def active(self, party_id: str) -> list[Person]:
        """Give the people of a party who can sign in; whom a mail to the party is for."""
        query = select(AccountRow).where(AccountRow.party_id == party_id, col(AccountRow.is_active).is_(True))
        with reading(self._engine) as session:
            return [as_person(row) for row in session.exec(query.order_by(col(AccountRow.created_at))).all()]

    def rename(self, actor: Actor, name: str) -> None:
        """Change the name of the actor herself.

        Raises:
            InvalidDocument: not a name.
        """
        named = validate(PersonName, {"name": name.strip()})
        with transaction(self._engine) as session:
            row = _row(session, actor, actor.account_id)
            row.name = named.name
            session.add(row)

    def change_role(self, actor: Actor, account_id: str, role: Role) -> None:
        """Give a person of the actor's party another role.

        Raises:
            Refused: the actor does not manage people.
            NotFound: nobody of the actor's party.
            Conflict: it is the last lead, or she left.
        """
        actor.check_may(Right.MANAGE_PEOPLE)
        with transaction(self._engine) as session:
            row = _active_row(session, actor, account_id)
            if role != "lead":
                _check_not_last_lead(session, row)
            row.role = role
            session.add(row)

    def deactivate(self, actor: Actor, account_id: str) -> None:
        """End what a person of the actor's party may do: sessions, passkeys, tokens and feed, for good.

        Raises:
            Refused: the actor does not manage people.
            NotFound: nobody of the actor's party.
            Conflict: it is the last lead, or she left.
        """
        actor.check_may(Right.MANAGE_PEOPLE)
        with transaction(self._engine) as session:
            row = _active_row(session, actor, account_id)
            _check_not_last_lead(session, row)
            row.is_active = False
            session.add(row)
            forget_access(session, row, self._clock())

    def erase(self, actor: Actor, account_id: str) -> None:
        """Take name and address of a person out of the database; what she did stays, under an id that says nothing.

        Everybody may erase herself, a lead everybody of the party.

        Raises:
            Refused: the actor does not manage people.
            NotFound: nobody of the actor's party.
            Conflict: it is the last lead.
        """
        if account_id != actor.account_id:
            actor.check_may(Right.MANAGE_PEOPLE)
        with transaction(self._engine) as session:
            row = _row(session, actor, account_id)
            _check_not_last_lead(session, row)
            session.exec(delete(InvitationRow).where(col(InvitationRow.account_id) == row.id))
            session.exec(delete(InvitationRow).where(col(InvitationRow.email) == row.email))
            row.name, row.email, row.is_active = ERASED, None, False
            session.add(row)
            forget_access(session, row, self._clock())


def as_person(row: AccountRow) -> Person:
    """Give a row as a person."""
    return Person(row.id, row.party_id, row.name, row.email, cast("Role", row.role), row.is_active, row.created_at)


def actor_of(account: AccountRow, party: PartyRow, rights: frozenset[Right] = frozenset(Right)) -> Actor | None:
    """Give a person as an actor with at most some rights; None when she, or her party, may not sign in."""
    if not account.is_active or party.state == "closed":
        return None
    kind, role = cast("Kind", party.kind), cast("Role", account.role)
    return Actor(
        account_id=account.id,
        party_id=party.id,
        party_name=party.name,
        country=party.country,
        kind=kind,
        role=role,
        rights=rights & rights_of(kind, role, cast("PartyState", party.state)),
    )


def may_sign_in(session: Session, account_id: str) -> bool:
    """Tell whether an account is of somebody who may sign in."""
    account = session.get_one(AccountRow, account_id)
    return actor_of(account, session.get_one(PartyRow, account.party_id)) is not None


def forget_access(session: Session, row: AccountRow, now: datetime) -> None:
    """End every way in of a person: sessions, passkeys, identities of providers, feed, tokens."""
    for table in (SessionRow, PasskeyRow, ForeignIdentity):
        session.exec(delete(table).where(col(table.account_id) == row.id))
    for token in session.exec(select(TokenRow).where(TokenRow.account_id == row.id)).all():
        token.revoked_at = token.revoked_at or now
        session.add(token)
    row.feed_digest = None
    session.add(row)


def has_lead(session: Session, party_id: str, besides: str = "") -> bool:
    """Tell whether a party has an active lead, besides somebody."""
    query = select(func.count()).where(
        AccountRow.party_id == party_id,
        AccountRow.role == "lead",
        col(AccountRow.is_active).is_(True),
        AccountRow.id != besides,
    )
    return session.exec(query).one() > 0


def _row(session: Session, actor: Actor, account_id: str) -> AccountRow:
    row = session.get(AccountRow, account_id)
    if row is None or row.party_id != actor.party_id:
        raise NotFound("there is nobody of that id in your organisation")
    return row


def _active_row(session: Session, actor: Actor, account_id: str) -> AccountRow:
    row = _row(session, actor, account_id)
    if not row.is_active:
        raise Conflict("she left already", hint="invite her again")
    return row


def _check_not_last_lead(session: Session, row: AccountRow) -> None:
    if row.is_active and row.role == "lead" and not has_lead(session, row.party_id, besides=row.id):
        raise Conflict("this is the last lead of the organisation", hint="make somebody else a lead first")
