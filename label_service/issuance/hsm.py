"""Private keys in a PKCS#11 token: a hardware security module, a card, or SoftHSM. They are made there and never leave.

A key has the name in the token that its file would have, such as `label-1`. The login is renewed when the session is
lost; a PIN that was refused is not tried again, because tokens lock themselves.

Source: PKCS #11 3.0, section 2.3.13 (EdDSA); RFC 8410 for the name of the curve.
"""

from collections.abc import Callable
from threading import RLock
from typing import Any, Final, NamedTuple, TypeVar

import pkcs11
from pkcs11 import Attribute, KeyType, Mechanism, MechanismFlag, ObjectClass

from label_service.errors import Conflict, InvalidKey
from label_service.issuance.keys import read_phrase
from label_service.issuance.keyuri import TokenPlace
from label_service.store.unavailable import StoreUnavailable
from label_service.trust.keys import KEY_BYTES, verify_signature

_ED25519: Final = bytes.fromhex("06032b6570")  # DER of the object identifier 1.3.101.112
_PROBE: Final = b"label-service: does the private key belong to the public one?"
_PIN_ERRORS: Final = (pkcs11.PinIncorrect, pkcs11.PinLocked, pkcs11.PinInvalid, pkcs11.PinLenRange, pkcs11.PinExpired)
_Result = TypeVar("_Result")


class _Pair(NamedTuple):
    private: Any
    public: bytes


class TokenSigner:
    """Signs with a key that stays in the token."""

    def __init__(self, token: "Token", name: str, public_key: bytes) -> None:
        self._token = token
        self._name = name
        self._public = public_key

    @property
    def public_key(self) -> bytes:
        """The 32 bytes of the public key."""
        return self._public

    def sign(self, message: bytes) -> bytes:
        """Give the signature over a message.

        Raises:
            StoreUnavailable: the token does not answer.
            InvalidKey: it holds another key under this name now, or refuses the PIN.
        """
        return self._token.sign(self._name, self._public, message)


class Token:
    """The keys in one token, for all threads of a process; they take turns."""

    def __init__(self, place: TokenPlace) -> None:
        self._place = place
        self._turn = RLock()
        self._session: Any = None
        self._pairs: dict[str, _Pair] = {}
        self._refused = ""

    def names(self) -> frozenset[str]:
        """Name the keys in the token.

        Raises:
            StoreUnavailable: the token does not answer.
            InvalidKey: it refuses the PIN.
        """
        query = {Attribute.CLASS: ObjectClass.PRIVATE_KEY}

        def run(session: Any) -> frozenset[str]:
            _expect_alive(session)
            return frozenset(key[Attribute.LABEL] for key in session.get_objects(query))

        return self._answering(run)

    def open(self, name: str) -> TokenSigner:
        """Give the key with a name.

        Raises:
            StoreUnavailable: the token does not answer.
            InvalidKey: there is no such key or more than one, its halves do not belong together, or the PIN is wrong.
        """
        return TokenSigner(self, name, self._answering(lambda session: self._pair(session, name)).public)

    def create(self, name: str) -> TokenSigner:
        """Make a key in the token that cannot be taken out of it.

        Raises:
            StoreUnavailable: the token does not answer.
            Conflict: there is a key of this name already.
            InvalidKey: the token refuses the PIN.
        """
        if name in self.names():
            raise Conflict(f"there is a key {name} in the token already", hint="keys are rotated, never overwritten")
        self._answering(lambda session: _generate(session, name))
        return self.open(name)

    def sign(self, name: str, public_key: bytes, message: bytes) -> bytes:
        """Sign with the key of a name, if it is still the one with this public key."""

        def run(session: Any) -> bytes:
            pair = self._pair(session, name)
            if pair.public != public_key:
                raise InvalidKey(f"the key {name} in the token is another than it was", hint="find out who changed it")
            return bytes(pair.private.sign(message, mechanism=Mechanism.EDDSA))

        return self._answering(run)

    def _answering(self, work: Callable[[Any], _Result]) -> _Result:
        """Do something in a session; when that fails once more in a new session, the token does not answer."""
        with self._turn:
            try:
                return work(self._logged_in())
            except pkcs11.PKCS11Error:
                self._forget()
            try:
                return work(self._logged_in())
            except pkcs11.PKCS11Error as error:
                self._forget()
                raise StoreUnavailable(
                    f"the token {self._place.token!a} does not do what was asked: {type(error).__name__}",
                    hint="check that it is there and that the service may use it, then try again",
                ) from error

    def _logged_in(self) -> Any:
        if self._session is None:
            pin = read_phrase(self._place.pin_source)
            if pin == self._refused:
                raise self._wrong_pin()
            token = pkcs11.lib(self._place.module).get_token(token_label=self._place.token)
            self._session = self._log_in(token, pin)
        return self._session

    def _log_in(self, token: Any, pin: str) -> Any:
        try:
            return token.open(rw=True, user_pin=pin)
        except pkcs11.UserAlreadyLoggedIn:  # a login is one for all sessions of a process
            return token.open(rw=True)
        except _PIN_ERRORS as error:
            self._refused = pin
            raise self._wrong_pin() from error

    def _wrong_pin(self) -> InvalidKey:
        return InvalidKey(
            f"the token {self._place.token!a} refuses the PIN in {self._place.pin_source.name}",
            hint="correct the file; the same PIN is not tried again, so that the token does not lock itself",
        )

    def _forget(self) -> None:
        self._session = None
        self._pairs.clear()

    def _pair(self, session: Any, name: str) -> _Pair:
        """Find a key once a session, and see that its private half signs for its public half."""
        if name not in self._pairs:
            private, public = _find(session, name)
            if not verify_signature(public, private.sign(_PROBE, mechanism=Mechanism.EDDSA), _PROBE):
                raise InvalidKey(f"the private key {name} in the token does not belong to the public one")
            self._pairs[name] = _Pair(private, public)
        return self._pairs[name]


def _expect_alive(session: Any) -> None:
    """Fail here if the session is lost: a search fails then too, and its end fails where nobody can catch it."""
    session.generate_random(8)


def _find(session: Any, name: str) -> tuple[Any, bytes]:
    _expect_alive(session)
    try:
        private = session.get_key(ObjectClass.PRIVATE_KEY, KeyType.EC_EDWARDS, label=name)
        public = session.get_key(ObjectClass.PUBLIC_KEY, KeyType.EC_EDWARDS, label=name)
    except pkcs11.NoSuchKey as error:
        raise InvalidKey(
            f"there is no Ed25519 key {name} in the token", hint="`keys list` shows which count"
        ) from error
    except pkcs11.MultipleObjectsReturned as error:
        raise InvalidKey(f"there is more than one key {name} in the token", hint="use a token of its own") from error
    point = bytes(public[Attribute.EC_POINT])
    return private, point[-KEY_BYTES:]  # the header of an OCTET STRING may stand before it


def _generate(session: Any, name: str) -> None:
    curve = session.create_domain_parameters(KeyType.EC_EDWARDS, {Attribute.EC_PARAMS: _ED25519}, local=True)
    curve.generate_keypair(
        mechanism=Mechanism.EC_EDWARDS_KEY_PAIR_GEN,
        store=True,
        label=name,
        id=name.encode(),
        capabilities=MechanismFlag.SIGN | MechanismFlag.VERIFY,
        private_template={Attribute.SENSITIVE: True, Attribute.EXTRACTABLE: False},
    )
