"""Invitations: links that let one person join a party once, or get a new passkey for a lost one; kept as SHA-256."""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, cast

from pydantic import StringConstraints
from sqlalchemy import Engine
from sqlmodel import Session, col, delete, select

from label_service.accounts.parties import Clock, party_row
from label_service.accounts.people import PersonName, forget_access, has_lead
from label_service.accounts.rights import Actor, Right, Role
from label_service.accounts.secret import digest_of, new_secret
from label_service.document import Model, validate
from label_service.errors import Conflict, NotFound, Refused
from label_service.store.database import reading, transaction
from label_service.store.party_tables import AccountRow, InvitationRow

_ADDRESS = r"^[!-?A-~]{1,64}@(localhost|[a-z0-9.-]{1,180}\.[a-z0-9-]{1,24})$"
VALID = timedelta(days=7)
_GONE = "this link was used, is over, or never was"
_ASK = "ask whoever sent it for a new one; a link counts once and for 7 days"


@dataclass(frozen=True, slots=True)
class Invitation:
    """What a link is for.

    Attributes:
        id: digest of the secret in the link.
        name: name of the person whose access is renewed; empty for somebody new.
        account_id: her account; None for somebody new.
    """

    id: str
    party_id: str
    party_name: str
    role: Role
    email: str
    name: str
    account_id: str | None
    expires_at: datetime


class Invited(Model):
    """Whom an invitation is for."""

    email: Annotated[str, StringConstraints(pattern=_ADDRESS, strict=True)]
    role: Role


class Invitations:
    """The invitations of one installation."""

    def __init__(self, engine: Engine, clock: Clock, origin: str) -> None:
        self._engine = engine
        self._clock = clock
        self._origin = origin

    def invite(self, actor: Actor, email: str, role: Role, party_id: str | None = None) -> str:
        """Give a link that lets one person join the actor's party, or be the first lead of another.

        The operator invites into another party only while it has no lead, and her newest link ends those before, so
        that she never places her own people among producers or auditors.

        Raises:
            Refused: the actor may not invite there.
            NotFound: no such party.
            InvalidDocument: not an e-mail address, or not a role.
            Conflict: the address belongs to somebody of the actor's own party.
        """
        invited = check_invited(email, role)
        party_id = party_id or actor.party_id
        actor.check_may(Right.MANAGE_PEOPLE if party_id == actor.party_id else Right.RUN_SCHEME)
        with transaction(self._engine) as session:
            party = party_row(session, party_id)
            if party.id != actor.party_id and (has_lead(session, party.id) or invited.role != "lead"):
                raise Refused("this organisation has a lead", hint="its leads invite their own people")
            if party.id != actor.party_id:
                _end_open(session, party.id)
            owner = session.exec(select(AccountRow).where(AccountRow.email == invited.email)).first()
            if owner and owner.party_id == actor.party_id and owner.is_active:
                raise Conflict("this person has an account already")
            return self._add(session, party.id, invited.email, invited.role, None)

    def recover(self, actor: Actor, account_id: str) -> str:
        """Give a link that lets a person of the actor's party register a new passkey; using it ends all her old ones.

        Raises:
            Refused: the actor does not manage people.
            NotFound: nobody of the actor's party.
            Conflict: she left.
        """
        actor.check_may(Right.MANAGE_PEOPLE)
        with transaction(self._engine) as session:
            row = session.get(AccountRow, account_id)
            if row is None or row.party_id != actor.party_id:
                raise NotFound("there is nobody of that id in your organisation")
            return self._renew(session, row)

    def recover_any(self, email: str) -> str:
        """Give such a link for anybody; only for the operator at the machine, who answers for knowing the person.

        Raises:
            NotFound: nobody has that address.
            Conflict: she left.
        """
        with transaction(self._engine) as session:
            row = session.exec(select(AccountRow).where(AccountRow.email == email.strip().lower())).first()
            if row is None:
                raise NotFound("nobody has an account with that address", hint="`label-service accounts list`")
            return self._renew(session, row)

    def open(self, actor: Actor) -> list[Invitation]:
        """Give the links of the actor's party that can still be used.

        Raises:
            Refused: the actor does not manage people.
        """
        actor.check_may(Right.MANAGE_PEOPLE)
        query = select(InvitationRow).where(
            InvitationRow.party_id == actor.party_id,
            col(InvitationRow.used_at).is_(None),
            InvitationRow.expires_at > self._clock(),
        )
        with reading(self._engine) as session:
            rows = session.exec(query.order_by(col(InvitationRow.created_at))).all()
            return [_as_invitation(session, row) for row in rows]

    def take_back(self, actor: Actor, invitation_id: str) -> None:
        """End a link of the actor's party.

        Raises:
            Refused: the actor does not manage people.
        """
        actor.check_may(Right.MANAGE_PEOPLE)
        with transaction(self._engine) as session:
            session.exec(
                delete(InvitationRow).where(
                    col(InvitationRow.digest) == invitation_id, col(InvitationRow.party_id) == actor.party_id
                )
            )

    def read(self, secret: str) -> Invitation:
        """Give what a link is for.

        Raises:
            NotFound: it was used, is over, or never was; the three look the same.
        """
        with reading(self._engine) as session:
            return _as_invitation(session, usable(session, digest_of(secret), self._clock()))

    def _renew(self, session: Session, row: AccountRow) -> str:
        if not row.is_active or row.email is None:
            raise Conflict("she left already", hint="invite her again")
        return self._add(session, row.party_id, row.email, cast("Role", row.role), row.id)

    def _add(self, session: Session, party_id: str, email: str, role: Role, account_id: str | None) -> str:
        secret, now = new_secret(), self._clock()
        session.exec(delete(InvitationRow).where(col(InvitationRow.expires_at) < now))
        session.add(
            InvitationRow(
                digest=digest_of(secret),
                party_id=party_id,
                role=role,
                email=email,
                account_id=account_id,
                created_at=now,
                expires_at=now + VALID,
            )
        )
        return f"{self._origin}/join/{secret}"


def _end_open(session: Session, party_id: str) -> None:
    """End the links of a party without a lead: one of them makes its first, and no other makes a second."""
    open_ones = col(InvitationRow.party_id) == party_id, col(InvitationRow.used_at).is_(None)
    session.exec(delete(InvitationRow).where(*open_ones))


def check_invited(email: str, role: Role) -> Invited:
    """Check whom an invitation would be for.

    Raises:
        InvalidDocument: not an e-mail address, or not a role.
    """
    return validate(Invited, {"email": email.strip().lower(), "role": role})


def usable(session: Session, digest: str, now: datetime) -> InvitationRow:
    """Give an invitation that can be used.

    Raises:
        NotFound: it was used, is over, or never was.
    """
    row = session.get(InvitationRow, digest)
    if row is None or row.used_at is not None or row.expires_at <= now:
        raise NotFound(_GONE, hint=_ASK)
    return row


def use(session: Session, digest: str, account_id: str, name: str, now: datetime) -> AccountRow:
    """Use an invitation up: make the account it is for, or end all old ways into the account it renews.

    Raises:
        NotFound: the invitation was used, is over, or never was.
        InvalidDocument: not a name.
        Refused: the person has an account already; nobody is of two parties. Who left has none: she joins anew, and
            what she did before stays under her former account, without her address.
    """
    row = usable(session, digest, now)
    row.used_at = now
    session.add(row)
    if row.account_id:
        return _renewed(session, row.account_id, now)
    owner = session.exec(select(AccountRow).where(AccountRow.email == row.email)).first()
    if owner and owner.is_active:
        raise Refused(
            "this address has an account already; a person belongs to one organisation",
            hint="sign in with that account, or ask for an invitation to another address",
        )
    if owner:
        owner.email = None
        session.add(owner)
        session.flush()
    account = AccountRow(
        id=account_id,
        party_id=row.party_id,
        name=validate(PersonName, {"name": name.strip()}).name,
        email=row.email,
        role=row.role,
        created_at=now,
    )
    session.add(account)
    session.flush()
    return account


def new_account_id() -> str:
    """Give an id for somebody new."""
    return str(uuid.uuid4())


def _renewed(session: Session, account_id: str, now: datetime) -> AccountRow:
    account = session.get(AccountRow, account_id)
    if account is None or not account.is_active:
        raise NotFound(_GONE, hint=_ASK)
    forget_access(session, account, now)
    return account


def _as_invitation(session: Session, row: InvitationRow) -> Invitation:
    account = session.get(AccountRow, row.account_id) if row.account_id else None
    return Invitation(
        id=row.digest,
        party_id=row.party_id,
        party_name=party_row(session, row.party_id).name,
        role=cast("Role", row.role),
        email=row.email,
        name=account.name if account else "",
        account_id=row.account_id,
        expires_at=row.expires_at,
    )
