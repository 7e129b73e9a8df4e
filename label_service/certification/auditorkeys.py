"""Keys of auditors: handed in by their public half, listed once the operator compared the thumbprint, or given up.

Private keys stay with the auditor: in a file, or in her browser from which they cannot be taken out.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, cast

from sqlmodel import Session, col, select

from label_service.accounts.rights import Actor, Right
from label_service.certification.notices import settle, tell
from label_service.errors import Conflict, MissingInput, NotFound
from label_service.issuance import listing
from label_service.issuance.scheme import Scheme
from label_service.store.database import reading, transaction
from label_service.store.party_tables import AccountRow, PartyRow
from label_service.store.scheme_tables import AuditorKeyRow
from label_service.trust.encoding import base64url, from_base64url
from label_service.trust.keys import did_key, public_key_from_bytes, thumbprint
from label_service.trust.trust_list import Accreditation, Auditor, KeyState, ListedKey, TrustList

MAX_KEYS: Final = 20  # of one person, with those that were given up
KEYS_PAGE: Final = "/audit/keys"
OPERATOR_PAGE: Final = "/operate/auditors"

HandedState = Literal["waiting", "listed", "declined"]


@dataclass(frozen=True, slots=True)
class HandedKey:
    """A key that somebody handed in.

    Attributes:
        name: what she calls it, such as where it lies.
        person: who handed it in, as she is called now.
        state: `waiting` for the operator, `declined`, or its state on the trust list.
    """

    thumbprint: str
    name: str
    account_id: str
    person: str
    party_id: str
    party: str
    state: Literal["waiting", "declined"] | KeyState
    created_at: datetime


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A key that counts today, and the auditor whose name stands on what it signs."""

    key: ListedKey
    auditor: Auditor

    @property
    def thumbprint(self) -> str:
        """How people compare it."""
        return thumbprint(self.key.jwk.raw)

    @property
    def did(self) -> str:
        """The key as an address."""
        return did_key(self.key.jwk.raw)


class AuditorKeys:
    """The keys that auditors handed in to one installation."""

    def __init__(self, scheme: Scheme) -> None:
        self._register = scheme.register
        self._engine = scheme.bench.engine
        self._clock = scheme.bench.clock

    def hand_in(self, actor: Actor, name: str, public_key: bytes) -> str:
        """Take the public half of an auditor's key and give its thumbprint, for the operator to compare.

        Raises:
            Refused: the actor does not audit.
            InvalidKey: an unsafe key.
            Conflict: the key is known already, whoever's it is, or she handed in too many.
        """
        actor.check_may(Right.AUDIT)
        public_key_from_bytes(public_key)
        print_, now = thumbprint(public_key), self._clock()
        if any(key.jwk.raw == public_key for key in listing.all_keys(self._register.current())):
            raise _known()
        with transaction(self._engine) as session:
            own = select(AuditorKeyRow).where(AuditorKeyRow.account_id == actor.account_id)
            if len(session.exec(own).all()) >= MAX_KEYS:
                raise Conflict(f"expected at most {MAX_KEYS} keys of one person", hint="ask the operator")
            if session.get(AuditorKeyRow, print_):
                raise _known()
            row = AuditorKeyRow(
                thumbprint=print_,
                public_key=base64url(public_key),
                name=" ".join(name.split())[:100] or "key",
                party_id=actor.party_id,
                account_id=actor.account_id,
                created_at=now,
            )
            session.add(row)
            for operator in session.exec(select(PartyRow.id).where(PartyRow.kind == "operator")).all():
                words = f"{actor.party_name} handed in an auditor's key; compare its thumbprint."
                tell(session, operator, "key", words, OPERATOR_PAGE, now)
        return print_

    def of(self, actor: Actor) -> list[HandedKey]:
        """Give the keys that people of the actor's party handed in; all of them to the operator. Newest first."""
        actor.check_may(Right.READ_OWN)
        query = select(AuditorKeyRow).order_by(col(AuditorKeyRow.created_at).desc(), col(AuditorKeyRow.thumbprint))
        if actor.kind != "operator":
            query = query.where(AuditorKeyRow.party_id == actor.party_id)
        trust_list = self._register.current()
        with reading(self._engine) as session:
            return [_handed(session, row, trust_list) for row in session.exec(query).all()]

    def signing(self, actor: Actor) -> list[SigningKey]:
        """Give the keys in use of the auditors of the actor's party, those she handed in herself first."""
        own = {item.thumbprint for item in self.of(actor) if item.account_id == actor.account_id}
        found = [
            SigningKey(key, auditor)
            for auditor in self._register.current().auditors
            if auditor.organisation_id == actor.party_id
            for key in auditor.keys
            if key.state == "active"
        ]
        return sorted(found, key=lambda item: item.thumbprint not in own)

    def confirm(self, actor: Actor, print_: str, accreditation: Accreditation | None = None) -> None:
        """List a key whose thumbprint the operator compared: the first of a person with her accreditation.

        Raises:
            Refused: the actor does not manage keys.
            NotFound: no such key.
            Conflict: it was decided on already.
            MissingInput: the first key of a person, without her accreditation.
        """
        actor.check_may(Right.MANAGE_KEYS)
        with reading(self._engine) as session:
            row = _waiting(session, print_)
            person, party = session.get_one(AccountRow, row.account_id), session.get_one(PartyRow, row.party_id)
            known = self._auditor_of(session, person)
        public_key = from_base64url(row.public_key)
        if known:
            self._register.add_auditor_key(known.id, public_key)
        elif accreditation:
            self._register.add_auditor(person.name, party.name, party.id, accreditation, public_key)
        else:
            raise MissingInput("the first key of an auditor is listed with her accreditation", hint="fill it in")
        self._decide(print_, "listed", f"Your key {print_} counts from now on.")

    def decline(self, actor: Actor, print_: str) -> None:
        """Turn a key down, because its thumbprint is another than the auditor's.

        Raises:
            Refused: the actor does not manage keys.
            NotFound: no such key.
            Conflict: it was decided on already.
        """
        actor.check_may(Right.MANAGE_KEYS)
        self._decide(print_, "declined", f"The operator turned down the key {print_}.")

    def give_up(self, actor: Actor, print_: str, *, is_stolen: bool) -> None:
        """Take a key of the actor's party out of use at once: lost, or in the hands of somebody else.

        What it signed before stays good when it is lost; what was logged from now on under a stolen key does not count.

        Raises:
            Refused: the actor does not audit.
            NotFound: no key in use of her party has this thumbprint.
        """
        actor.check_may(Right.AUDIT)
        found = next((item for item in self.signing(actor) if item.thumbprint == print_), None)
        if found is None:
            raise NotFound("your organisation has no key in use with this thumbprint")
        if is_stolen:
            self._register.compromise(found.key.kid)
        else:
            self._register.retire(found.key.kid)
        now = self._clock()
        with transaction(self._engine) as session:
            for operator in session.exec(select(PartyRow.id).where(PartyRow.kind == "operator")).all():
                how = "stolen" if is_stolen else "lost"
                words = f"{actor.party_name} reported the auditor's key {print_} as {how}; it is out of use."
                tell(session, operator, "key", words, OPERATOR_PAGE, now)

    def _auditor_of(self, session: Session, person: AccountRow) -> Auditor | None:
        """Give the auditor on the trust list who is a person: by a key she handed in before, or by body and name."""
        query = select(AuditorKeyRow.thumbprint).where(
            AuditorKeyRow.account_id == person.id, AuditorKeyRow.state == "listed"
        )
        prints = set(session.exec(query).all())
        for auditor in self._register.current().auditors:
            is_named = (auditor.organisation_id, auditor.name) == (person.party_id, person.name)
            if is_named or any(thumbprint(key.jwk.raw) in prints for key in auditor.keys):
                return auditor
        return None

    def _decide(self, print_: str, state: HandedState, words: str) -> None:
        now = self._clock()
        with transaction(self._engine) as session:
            row = _waiting(session, print_)
            row.state = state
            session.add(row)
            tell(session, row.party_id, "key", words, KEYS_PAGE, now)
            if session.exec(select(AuditorKeyRow).where(AuditorKeyRow.state == "waiting")).first() is None:
                settle(session, OPERATOR_PAGE, now)


def _waiting(session: Session, print_: str) -> AuditorKeyRow:
    row = session.get(AuditorKeyRow, print_)
    if row is None:
        raise NotFound("nobody handed in a key with this thumbprint")
    if row.state != "waiting":
        raise Conflict(f"this key is {row.state} already")
    return row


def _handed(session: Session, row: AuditorKeyRow, trust_list: TrustList) -> HandedKey:
    listed = {thumbprint(key.jwk.raw): key.state for key in listing.all_keys(trust_list)}
    state = listed.get(row.thumbprint, "waiting" if row.state == "waiting" else "declined")
    person, party = session.get(AccountRow, row.account_id), session.get(PartyRow, row.party_id)
    return HandedKey(
        thumbprint=row.thumbprint,
        name=row.name,
        account_id=row.account_id,
        person=person.name if person else "",
        party_id=row.party_id,
        party=party.name if party else "",
        state=cast(Literal["waiting", "declined"], state),
        created_at=row.created_at,
    )


def _known() -> Conflict:
    return Conflict("this key is known already; every key has one owner", hint="make a key of your own")
