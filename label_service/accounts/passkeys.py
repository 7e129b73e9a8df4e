"""Passkeys (WebAuthn): registered with an invitation or by who is signed in, and used to sign in without a name.

The challenge is counted once and for five minutes; origin and host are those of the installation; a signature counter
that does not rise is refused, because somebody may have a copy of the key. Source: W3C Web Authentication, Level 3,
sections 7.1 and 7.2.
"""

import hashlib
import json
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any
from urllib.parse import urlsplit
from uuid import UUID

from pydantic import Field
from sqlalchemy import Engine
from sqlmodel import Session, col, func, select

from label_service.accounts import ceremonies
from label_service.accounts.invitations import new_account_id, usable, use
from label_service.accounts.parties import Clock
from label_service.accounts.people import may_sign_in
from label_service.accounts.rights import Actor
from label_service.accounts.secret import digest_of
from label_service.document import Model, Text, validate
from label_service.errors import AccountNeeded, Conflict, InvalidDocument, NotFound, Refused
from label_service.store.database import reading, transaction
from label_service.store.party_tables import AccountRow, ForeignIdentity, PasskeyRow
from label_service.trust.encoding import base64url, from_base64url

MAX_PASSKEYS = 20  # of one person
_JOIN, _ADD, _SIGN_IN = "join", "add-passkey", "sign-in"
_CHALLENGE_BYTES = 32


@dataclass(frozen=True, slots=True)
class Passkey:
    """A passkey as its owner sees it."""

    id: str
    name: str
    created_at: datetime
    used_at: datetime | None


class _Named(Model):
    name: Annotated[Text, Field(max_length=100)]


class Passkeys:
    """The passkeys of one installation."""

    def __init__(self, engine: Engine, clock: Clock, origin: str) -> None:
        self._engine = engine
        self._clock = clock
        self._origin = origin
        self._host = urlsplit(origin).hostname or ""

    def options_to_join(self, secret: str, scheme: str) -> dict[str, Any]:
        """Give what a browser needs to make the first passkey of an invited person.

        Raises:
            NotFound: the invitation was used, is over, or never was.
        """
        with transaction(self._engine) as session:
            invitation = usable(session, digest_of(secret), self._clock())
            account_id = invitation.account_id or new_account_id()
            challenge = self._begin(session, _JOIN, f"{invitation.digest} {account_id}")
            return self._creation(scheme, challenge, account_id, invitation.email)

    def join(self, secret: str, name: str, credential: dict[str, Any]) -> str:
        """Let an invited person join with the passkey she made, and give her account.

        Raises:
            NotFound: the invitation was used, is over, or never was.
            Refused: the passkey does not hold, the attempt is over, or she has an account elsewhere.
            InvalidDocument: not a name.
        """
        challenge = _challenge_of(credential)
        now = self._clock()
        with transaction(self._engine) as session:
            ceremony = ceremonies.finish(session, _JOIN, _digest(challenge), now)
            digest, account_id = ceremony.subject.split()
            if digest != digest_of(secret):
                raise Refused("this passkey was made for another invitation", hint="load the page again")
            account = use(session, digest, account_id, name, now)
            session.add(self._checked(credential, challenge, account.id, "first passkey", now))
            return account.id

    def options_to_add(self, actor: Actor, scheme: str) -> dict[str, Any]:
        """Give what a browser needs to make another passkey for who is signed in.

        Raises:
            Refused: she has too many.
        """
        with transaction(self._engine) as session:
            account = session.get_one(AccountRow, actor.account_id)
            known = _rows(session, account.id)
            if len(known) >= MAX_PASSKEYS:
                raise Refused(f"expected at most {MAX_PASSKEYS} passkeys", hint="remove one you no longer have")
            challenge = self._begin(session, _ADD, account.id)
            return self._creation(scheme, challenge, account.id, account.email or "", known)

    def add(self, actor: Actor, name: str, credential: dict[str, Any]) -> None:
        """Register another passkey for who is signed in.

        Raises:
            Refused: it does not hold, or the attempt is over or somebody else's.
            InvalidDocument: not a name.
            Conflict: that passkey is registered already.
        """
        challenge = _challenge_of(credential)
        now = self._clock()
        named = validate(_Named, {"name": name.strip() or "passkey"})
        with transaction(self._engine) as session:
            ceremony = ceremonies.finish(session, _ADD, _digest(challenge), now)
            if ceremony.subject != actor.account_id:
                raise Refused("this attempt belongs to another account", hint="load the page again")
            session.add(self._checked(credential, challenge, actor.account_id, named.name, now))

    def options_to_sign_in(self) -> dict[str, Any]:
        """Give what a browser needs to sign in; it names nobody, the passkey does."""
        webauthn = _library()
        with transaction(self._engine) as session:
            challenge = self._begin(session, _SIGN_IN)
        preferred = webauthn.helpers.structs.UserVerificationRequirement.PREFERRED
        options = webauthn.generate_authentication_options(
            rp_id=self._host, challenge=challenge, user_verification=preferred
        )
        return _as_json(options)

    def sign_in(self, credential: dict[str, Any]) -> str:
        """Give the account that a passkey proves.

        Raises:
            AccountNeeded: unknown, not valid, or of somebody who may not sign in; the three look the same.
            Refused: the attempt is over.
        """
        challenge = _challenge_of(credential)
        now = self._clock()
        with transaction(self._engine) as session:
            ceremonies.finish(session, _SIGN_IN, _digest(challenge), now)
        with transaction(self._engine) as session:
            row = session.get(PasskeyRow, str(credential.get("id"))[:1400])
            if row is None or not may_sign_in(session, row.account_id):
                raise _unknown()
            row.sign_count = self._sign_count(credential, challenge, row)
            row.used_at = now
            session.add(row)
            return row.account_id

    def of(self, actor: Actor) -> list[Passkey]:
        """Give the actor's passkeys, oldest first."""
        with reading(self._engine) as session:
            rows = _rows(session, actor.account_id)
        return [Passkey(row.id, row.name, row.created_at, row.used_at) for row in rows]

    def rename(self, actor: Actor, identifier: str, name: str) -> None:
        """Give a passkey of the actor another name.

        Raises:
            NotFound: she has no such passkey.
            InvalidDocument: not a name.
        """
        named = validate(_Named, {"name": name.strip()})
        with transaction(self._engine) as session:
            row = _own(session, actor, identifier)
            row.name = named.name
            session.add(row)

    def remove(self, actor: Actor, identifier: str) -> None:
        """Take a passkey of the actor away.

        Raises:
            NotFound: she has no such passkey.
            Conflict: it is her last way in.
        """
        with transaction(self._engine) as session:
            row = _own(session, actor, identifier)
            identities = select(func.count()).where(ForeignIdentity.account_id == actor.account_id)
            ways_in = len(_rows(session, actor.account_id)) + session.exec(identities).one()
            if ways_in < 2:
                raise Conflict("this is your last passkey", hint="add another one first")
            session.delete(row)

    def _begin(self, session: Session, kind: str, subject: str = "") -> bytes:
        challenge = secrets.token_bytes(_CHALLENGE_BYTES)
        digest = _digest(challenge)
        ceremonies.begin(session, self._clock(), kind=kind, digest=digest, challenge=challenge, subject=subject)
        return challenge

    def _creation(
        self, scheme: str, challenge: bytes, account_id: str, email: str, known: Iterable[PasskeyRow] = ()
    ) -> dict[str, Any]:
        webauthn = _library()
        structs = webauthn.helpers.structs
        selection = structs.AuthenticatorSelectionCriteria(
            resident_key=structs.ResidentKeyRequirement.REQUIRED,
            user_verification=structs.UserVerificationRequirement.PREFERRED,
        )
        options = webauthn.generate_registration_options(
            rp_id=self._host,
            rp_name=scheme,
            user_name=email,
            user_id=UUID(account_id).bytes,
            challenge=challenge,
            authenticator_selection=selection,
            exclude_credentials=[structs.PublicKeyCredentialDescriptor(id=from_base64url(row.id)) for row in known],
        )
        return _as_json(options)

    def _checked(
        self, credential: dict[str, Any], challenge: bytes, account_id: str, name: str, now: datetime
    ) -> PasskeyRow:
        try:
            found = _library().verify_registration_response(
                credential=credential,
                expected_challenge=challenge,
                expected_rp_id=self._host,
                expected_origin=self._origin,
            )
        except Exception as error:  # hostile CBOR and keys fail in many ways inside the libraries
            raise Refused("this passkey does not hold", hint="try again, or use another device") from error
        return PasskeyRow(
            id=base64url(found.credential_id),
            account_id=account_id,
            public_key=found.credential_public_key,
            sign_count=found.sign_count,
            name=name,
            created_at=now,
        )

    def _sign_count(self, credential: dict[str, Any], challenge: bytes, row: PasskeyRow) -> int:
        try:
            found = _library().verify_authentication_response(
                credential=credential,
                expected_challenge=challenge,
                expected_rp_id=self._host,
                expected_origin=self._origin,
                credential_public_key=row.public_key,
                credential_current_sign_count=row.sign_count,
            )
        except Exception as error:  # as above
            raise _unknown() from error
        count: int = found.new_sign_count
        return count


def _challenge_of(credential: dict[str, Any]) -> bytes:
    """Give the challenge that a browser says it answered; whether it did is checked with the signature.

    Raises:
        InvalidDocument: not an answer of a browser.
    """
    try:
        client_data = json.loads(from_base64url(credential["response"]["clientDataJSON"]))
        return from_base64url(client_data["challenge"])
    except Exception as error:  # any shape can arrive here
        raise InvalidDocument("expected the answer of a passkey, as browsers give it") from error


def _digest(challenge: bytes) -> str:
    return hashlib.sha256(challenge).hexdigest()


def _library() -> Any:
    """Load the library when it is first needed: it takes much memory, and most processes never see a passkey."""
    import webauthn  # noqa: PLC0415 - see above

    return webauthn


def _as_json(options: Any) -> dict[str, Any]:
    parsed: dict[str, Any] = json.loads(_library().options_to_json(options))
    return parsed


def _rows(session: Session, account_id: str) -> list[PasskeyRow]:
    query = select(PasskeyRow).where(PasskeyRow.account_id == account_id)
    return list(session.exec(query.order_by(col(PasskeyRow.created_at))).all())


def _own(session: Session, actor: Actor, identifier: str) -> PasskeyRow:
    row = session.get(PasskeyRow, identifier)
    if row is None or row.account_id != actor.account_id:
        raise NotFound("you have no such passkey")
    return row


def _unknown() -> AccountNeeded:
    return AccountNeeded(
        "this passkey does not sign anybody in here", hint="use another one, or ask a lead for a new link"
    )
