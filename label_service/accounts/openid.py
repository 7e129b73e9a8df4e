"""Signing in with an OpenID provider: authorization code with PKCE and nonce, for accounts an invitation linked to it.

An identity of the provider opens nothing by itself: it signs in the one account that a person joined, or renewed, with
an invitation through it. Sources: OpenID Connect Core 1.0; RFC 7636 (PKCE); RFC 9207 (issuer in the answer).
"""

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from unicodedata import normalize
from urllib.parse import quote, urlencode

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from sqlalchemy import Engine
from sqlmodel import Session

from label_service import canonical
from label_service.accounts import ceremonies
from label_service.accounts.invitations import new_account_id, usable, use
from label_service.accounts.parties import Clock
from label_service.accounts.people import may_sign_in
from label_service.accounts.secret import digest_of, new_secret
from label_service.errors import AccountNeeded, LabelServiceError, Refused
from label_service.fetch import fetch, is_loopback
from label_service.store.database import transaction
from label_service.store.party_tables import ForeignIdentity

CALLBACK = "/sign-in/openid/callback"
_KIND = "openid"
_ALGORITHMS = ("RS256", "PS256", "ES256", "Ed25519", "EdDSA")
_LEEWAY_S = 60  # by which clocks may differ
_MAX_BYTES = 256 * 1024
_SUBJECT_LENGTH = 255
_NAME_LENGTH = 300


@dataclass(frozen=True, slots=True)
class Provider:
    """An OpenID provider, as the operator registered this installation there.

    Attributes:
        issuer: its address, exactly as it names itself.
        client_secret: empty for a client without one, which PKCE protects alone.
    """

    issuer: str
    client_id: str
    client_secret: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Departure:
    """Where the browser goes to sign in, and the secret it keeps meanwhile to come back with."""

    url: str
    state: str


class OpenId:
    """Signing in with one provider."""

    def __init__(self, engine: Engine, clock: Clock, origin: str, provider: Provider) -> None:
        self._engine = engine
        self._clock = clock
        self._origin = origin
        self._provider = provider
        self._check_address(provider.issuer)

    @property
    def name(self) -> str:
        """The provider as people see it: its host."""
        return self._provider.issuer.partition("://")[2].rstrip("/")

    def depart(self, invitation: str = "") -> Departure:
        """Begin to sign in, or to join with the secret of an invitation.

        Raises:
            NotFound: the invitation was used, is over, or never was.
            Refused: the provider cannot be asked.
        """
        endpoint = self._configuration()["authorization_endpoint"]
        state, verifier = new_secret(), new_secret()
        with transaction(self._engine) as session:
            now = self._clock()
            subject = usable(session, digest_of(invitation), now).digest if invitation else ""
            ceremonies.begin(
                session, now, kind=_KIND, digest=digest_of(state), challenge=verifier.encode("ascii"), subject=subject
            )
        query = {
            "response_type": "code",
            "client_id": self._provider.client_id,
            "redirect_uri": self._origin + CALLBACK,
            "scope": "openid profile",
            "state": state,
            "nonce": digest_of(verifier),
            "code_challenge": _code_challenge(verifier),
            "code_challenge_method": "S256",
        }
        return Departure(f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(query)}", state)

    def arrive(self, kept: str, answer: Mapping[str, str]) -> str:
        """Give the account of somebody who comes back from the provider.

        Args:
            kept: the state that this browser was given when it departed.
            answer: parameters of the address it came back to.

        Raises:
            Refused: not the browser that departed, too late, or the provider's answer does not hold.
            AccountNeeded: this identity is linked to no account that may sign in.
            NotFound: the invitation was used meanwhile.
        """
        if not kept or answer.get("state") != kept:
            raise Refused("this attempt was begun in another browser", hint="begin again on the page where you sign in")
        now = self._clock()
        with transaction(self._engine) as session:
            ceremony = ceremonies.finish(session, _KIND, digest_of(kept), now)
        claims = self._claims(answer, ceremony.challenge.decode("ascii"), now)
        with transaction(self._engine) as session:
            if ceremony.subject:
                return self._join(session, ceremony.subject, claims, now)
            return self._account(session, claims["sub"])

    def _join(self, session: Session, invitation: str, claims: dict[str, Any], now: datetime) -> str:
        issuer, subject = self._provider.issuer, claims["sub"]
        invited = usable(session, invitation, now)
        name = _plain(str(claims.get("name", ""))) or invited.email
        account = use(session, invitation, new_account_id(), name, now)
        if session.get(ForeignIdentity, (issuer, subject)):
            raise Refused("this identity signs in another account already", hint="use another one, or a passkey")
        session.add(ForeignIdentity(issuer=issuer, subject=subject, account_id=account.id, created_at=now))
        return account.id

    def _account(self, session: Session, subject: str) -> str:
        identity = session.get(ForeignIdentity, (self._provider.issuer, subject))
        if identity is None or not may_sign_in(session, identity.account_id):
            raise AccountNeeded(
                "this identity is linked to no account here", hint="open your invitation and choose the provider there"
            )
        return identity.account_id

    def _claims(self, answer: Mapping[str, str], verifier: str, now: datetime) -> dict[str, Any]:
        """Exchange the code for an ID token and give what it says, once everything about it holds."""
        if "code" not in answer:
            raise Refused(f"{self.name} signed nobody in: {answer.get('error', 'no code')[:60]!a}", hint="try again")
        if answer.get("iss", self._provider.issuer) != self._provider.issuer:
            raise Refused("the answer is of another provider", hint="begin again on the page where you sign in")
        configuration = self._configuration()
        token = self._ask(configuration["token_endpoint"], self._exchange(answer["code"], verifier)).get("id_token")
        keys = self._ask(configuration["jwks_uri"])
        try:
            # `keys` is JSON of the provider: the library checks what its type only promises
            claims = jwt.decode(str(token), KeySet.import_key_set(keys), algorithms=_ALGORITHMS).claims  # type: ignore[arg-type]
            self._registry(verifier, now).validate(claims)
            _check_audience(claims, self._provider.client_id)
        except (JoseError, ValueError, KeyError, TypeError) as error:
            raise Refused(f"what {self.name} says of you does not hold", hint="try again, or use a passkey") from error
        return claims

    def _registry(self, verifier: str, now: datetime) -> jwt.JWTClaimsRegistry:
        return jwt.JWTClaimsRegistry(
            now=int(now.timestamp()),
            leeway=_LEEWAY_S,
            iss={"essential": True, "value": self._provider.issuer},
            sub={"essential": True},
            aud={"essential": True, "value": self._provider.client_id},
            exp={"essential": True},
            iat={"essential": True},
            nonce={"essential": True, "value": digest_of(verifier)},
        )

    def _exchange(self, code: str, verifier: str) -> dict[str, str]:
        return {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._origin + CALLBACK,
            "client_id": self._provider.client_id,
            "code_verifier": verifier,
        }

    def _configuration(self) -> dict[str, str]:
        """Give where the provider is asked; its own word for its name has to be the registered one."""
        found = self._ask(self._provider.issuer.rstrip("/") + "/.well-known/openid-configuration")
        names = ("authorization_endpoint", "token_endpoint", "jwks_uri")
        if found.get("issuer") != self._provider.issuer or not all(isinstance(found.get(name), str) for name in names):
            raise Refused(f"{self.name} does not describe itself as the provider that is set", hint="tell the operator")
        for name in names:
            self._check_address(found[name])
        return found

    def _ask(self, url: str, form: dict[str, str] | None = None) -> dict[str, Any]:
        headers = {"Accept": "application/json"}
        if form and self._provider.client_secret:
            headers["Authorization"] = _basic(self._provider)
        try:
            found = canonical.decode_lenient(fetch(url, max_bytes=_MAX_BYTES, form=form, headers=headers))
        except LabelServiceError as error:
            raise Refused(f"{self.name} cannot be asked at the moment", hint="try again, or use a passkey") from error
        if not isinstance(found, dict):
            raise Refused(f"{self.name} gave no answer that can be read", hint="tell the operator")
        return found

    def _check_address(self, url: str) -> None:
        """Let nothing on this machine be asked, unless the installation itself is one on a laptop."""
        if not url.startswith("https://") and not (is_loopback(url) and is_loopback(self._origin)):
            raise Refused("expected an https address of the OpenID provider", hint="see docs/operate.md")
        if is_loopback(url) and not is_loopback(self._origin):
            raise Refused("the OpenID provider cannot be this machine itself", hint="see docs/operate.md")


def _check_audience(claims: Mapping[str, Any], client_id: str) -> None:
    """A token for several programs has to be made for us (OpenID Connect Core, section 3.1.3.7)."""
    if claims["aud"] not in (client_id, [client_id]) and claims.get("azp") != client_id:
        raise ValueError("the token was made for another program")
    if len(claims["sub"]) > _SUBJECT_LENGTH:
        raise ValueError("the subject is longer than a subject can be")


def _plain(name: str) -> str:
    """Give a name as a document takes it; the person can change it."""
    printable = "".join(letter if letter.isprintable() else " " for letter in normalize("NFC", name))
    return " ".join(printable.split())[:_NAME_LENGTH].strip()


def _code_challenge(verifier: str) -> str:
    """RFC 7636, section 4.2."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode("ascii")).digest()).rstrip(b"=").decode("ascii")


def _basic(provider: Provider) -> str:
    """RFC 6749, section 2.3.1: both parts are form-encoded first."""
    pair = f"{quote(provider.client_id, safe='')}:{quote(provider.client_secret, safe='')}"
    return "Basic " + base64.b64encode(pair.encode("ascii")).decode("ascii")
