"""Parties of the scheme: producers, verification bodies, and the one operator; each an organisation of its own."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from pydantic import StringConstraints
from sqlalchemy import Engine, update
from sqlmodel import Session, col, delete, select

from label_service.accounts.rights import Actor, Kind, PartyState, Right, rights_of
from label_service.document import Country, Model, Text, validate
from label_service.errors import Conflict, NotFound, Refused
from label_service.store.database import reading, transaction
from label_service.store.party_tables import AccountRow, PartyRow, SessionRow
from label_service.trust.encoding import base32

Clock = Callable[[], datetime]
_CODE_BYTES = 5  # 8 letters of Base32


@dataclass(frozen=True, slots=True)
class Party:
    """An organisation.

    Attributes:
        id: public URI, the `producer.id` of a producer's declarations.
        registration: its entry in a public register, as it was written.
    """

    id: str
    kind: Kind
    name: str
    country: str
    registration: str
    state: PartyState
    terms_version: str
    created_at: datetime

    @property
    def code(self) -> str:
        """The last part of the id: 8 letters of Base32."""
        return self.id.rpartition("/")[2]


class Admission(Model):
    """What a party is admitted with."""

    kind: Kind
    name: Text
    country: Country
    registration: Annotated[Text, StringConstraints(max_length=100)]


class Parties:
    """The parties of one installation."""

    def __init__(self, engine: Engine, clock: Clock, origin: str) -> None:
        self._engine = engine
        self._clock = clock
        self._origin = origin

    def found(self, name: str, country: str, registration: str) -> Party:
        """Make the operator's party of a new installation.

        Raises:
            InvalidDocument: name, country or registration break their format.
            Conflict: there is an operator already.
        """
        return self._add(check_party("operator", name, country, registration))

    def admit(self, actor: Actor, kind: Kind, name: str, country: str, registration: str) -> Party:
        """Take a producer or a verification body into the scheme.

        Raises:
            Refused: the actor does not run the scheme.
            InvalidDocument: name, country or registration break their format.
            Conflict: that organisation is a party already; it cannot be two, whatever their kinds.
        """
        actor.check_may(Right.RUN_SCHEME)
        return self._add(check_party(kind, name, country, registration))

    def all(self, kind: Kind | None = None) -> list[Party]:
        """Give all parties, or those of a kind, in the order of their names."""
        query = select(PartyRow).order_by(col(PartyRow.name), col(PartyRow.id))
        with reading(self._engine) as session:
            rows = session.exec(query.where(PartyRow.kind == kind) if kind else query).all()
        return [as_party(row) for row in rows]

    def get(self, identifier: str) -> Party:
        """Give a party by its id.

        Raises:
            NotFound: no such party.
        """
        with reading(self._engine) as session:
            return as_party(party_row(session, identifier))

    def by_code(self, code: str) -> Party:
        """Give a party by the last part of its id.

        Raises:
            NotFound: no such party.
        """
        return self.get(f"{self._origin}/parties/{code}")

    def operator(self) -> Party:
        """Give the party that runs the scheme.

        Raises:
            NotFound: the installation was made before there were accounts.
        """
        found = self.all("operator")
        if not found:
            raise NotFound("there is no operator yet", hint="`label-service init` makes her party")
        return found[0]

    def console(self) -> Actor:
        """Give the operator at the machine itself, who works with commands and has no account there."""
        party = self.operator()
        return Actor(
            account_id="console",
            party_id=party.id,
            party_name=party.name,
            country=party.country,
            kind="operator",
            role="lead",
            rights=rights_of("operator", "lead"),
        )

    def change_state(self, actor: Actor, identifier: str, state: PartyState) -> None:
        """Suspend a party, take it back, or close it; closing signs all its people out, for good.

        Raises:
            Refused: the actor does not run the scheme, or it is the operator's own party.
            NotFound: no such party.
            Conflict: it is in that state already, or closed.
        """
        actor.check_may(Right.RUN_SCHEME)
        with transaction(self._engine) as session:
            row = party_row(session, identifier)
            if row.kind == "operator":
                raise Refused("the operator's own party cannot be suspended or closed")
            if row.state in {state, "closed"}:
                raise Conflict(f"the party is {row.state} already")
            row.state = state
            session.add(row)
            if state == "closed":
                _sign_out_all(session, identifier)

    def accept_terms(self, actor: Actor, version: str) -> None:
        """Note that an actor's party agreed to a version of the terms.

        Raises:
            Refused: the actor does not speak for the party.
        """
        actor.check_may(Right.MANAGE_PEOPLE)
        with transaction(self._engine) as session:
            session.exec(update(PartyRow).where(col(PartyRow.id) == actor.party_id).values(terms_version=version[:40]))

    def _add(self, admission: Admission) -> Party:
        row = PartyRow(
            **admission.model_dump(),
            id=f"{self._origin}/parties/{base32(secrets.token_bytes(_CODE_BYTES))}",
            registration_key=registration_key(admission.registration),
            created_at=self._clock(),
        )
        with transaction(self._engine) as session:
            _check_new(session, row)
            session.add(row)
        return as_party(row)


def registration_key(registration: str) -> str:
    """Give what two spellings of one entry in a register share: its letters and digits."""
    return "".join(character for character in registration.casefold() if character.isalnum())


def party_row(session: Session, identifier: str) -> PartyRow:
    """Give the row of a party.

    Raises:
        NotFound: no such party.
    """
    row = session.get(PartyRow, identifier)
    if row is None:
        raise NotFound("there is no such party")
    return row


def as_party(row: PartyRow) -> Party:
    """Give a row as a party."""
    members = {name: getattr(row, name) for name in Party.__slots__}
    return Party(**members)


def check_party(kind: Kind, name: str, country: str, registration: str) -> Admission:
    """Check what a party would be admitted with.

    Raises:
        InvalidDocument: name, country or registration break their format.
        Refused: the registration says nothing.
    """
    members = {"kind": kind, "name": name, "country": country, "registration": registration}
    admission = validate(Admission, members)
    if not registration_key(registration):
        raise Refused("expected the number of the organisation in a public register", hint="such as HRB 12345 Leipzig")
    return admission


def _check_new(session: Session, new: PartyRow) -> None:
    same = select(PartyRow.id).where(PartyRow.registration_key == new.registration_key)
    if session.exec(same).first():
        raise Conflict(
            f"the organisation with registration {new.registration!r} is a party already",
            hint="producer, auditor and operator are different organisations; nobody is two of them",
        )
    if new.kind == "operator" and session.exec(select(PartyRow.id).where(PartyRow.kind == "operator")).first():
        raise Conflict("there is an operator already", hint="a scheme has one owner")


def _sign_out_all(session: Session, party_id: str) -> None:
    people = select(AccountRow.id).where(AccountRow.party_id == party_id)
    session.exec(delete(SessionRow).where(col(SessionRow.account_id).in_(people)))
