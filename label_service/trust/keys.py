"""Ed25519 public keys that are safe to use, and the names they go by.

`cryptography` (OpenSSL) and WebCrypto accept small-order and non-canonical encodings of points; under such a key one
signature verifies many messages. Every key that enters this service passes `public_key_from_bytes`.
Source: RFC 8032, section 5.1.3 (decoding).
"""

import hashlib
from functools import lru_cache
from typing import Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from label_service import canonical
from label_service.errors import InvalidKey
from label_service.trust import encoding

KEY_BYTES = 32
SIGNATURE_BYTES = 64
_ED25519_PUB = b"\xed\x01"  # multicodec ed25519-pub as a varint
_FIELD_PRIME = 2**255 - 19
# y coordinates of the eight points of order 1, 2, 4 and 8; tests/trust/test_keys.py derives them from the curve.
_SMALL_ORDER_Y = frozenset(
    {
        0,
        1,
        _FIELD_PRIME - 1,
        2707385501144840649318225287225658788936804267575313519463743609750303402022,
        55188659117513257062467267217118295137698188065244968500265048394206261417927,
    }
)
_SMALL_ORDER_POINTS = frozenset((y | sign << 255).to_bytes(32, "little") for y in _SMALL_ORDER_Y for sign in (0, 1))


class Signer(Protocol):
    """Signs with a private key that the core never sees: a file, a token or a key service behind it."""

    @property
    def public_key(self) -> bytes:
        """The 32 bytes of the Ed25519 public key."""

    def sign(self, message: bytes) -> bytes:
        """Give the 64 bytes of the Ed25519 signature over a message."""


@lru_cache(maxsize=4096)
def public_key_from_bytes(raw: bytes) -> Ed25519PublicKey:
    """Load an Ed25519 public key, refusing the encodings under which signatures prove nothing.

    Raises:
        InvalidKey: not 32 bytes, a non-canonical encoding (y ≥ 2^255 − 19) or one of the small-order points.
    """
    if len(raw) != KEY_BYTES:
        raise InvalidKey(f"expected an Ed25519 public key of 32 bytes, found {len(raw)}")
    y = int.from_bytes(raw, "little") & (2**255 - 1)
    if y >= _FIELD_PRIME or y in _SMALL_ORDER_Y:
        raise InvalidKey("this Ed25519 public key is of small order or not canonically encoded; it proves nothing")
    return Ed25519PublicKey.from_public_bytes(raw)


def verify_signature(raw_key: bytes, signature: bytes, message: bytes) -> bool:
    """Tell whether a signature over a message holds under a safe key.

    A signature that begins with a point of small order never holds: some libraries accept it and others do not, and
    no honest signer makes one. tests/vectors/ed25519-edges.json has the verdict on every such edge.

    Raises:
        InvalidKey: the key is unsafe, see `public_key_from_bytes`.
    """
    key = public_key_from_bytes(raw_key)
    if not may_hold(signature):
        return False
    try:
        key.verify(signature, message)
    except InvalidSignature:
        return False
    return True


def may_hold(signature: bytes) -> bool:
    """Tell whether a signature is of a form that honest signers make, before any library is asked."""
    return len(signature) == SIGNATURE_BYTES and signature[:KEY_BYTES] not in _SMALL_ORDER_POINTS


def jwk(raw: bytes) -> dict[str, str]:
    """Give the public key as a JSON Web Key (RFC 8037): {"crv":"Ed25519","kty":"OKP","x":"…"}."""
    return {"crv": "Ed25519", "kty": "OKP", "x": encoding.base64url(raw)}


def raw_from_jwk(key: dict[str, str]) -> bytes:
    """Give the 32 bytes of a public JSON Web Key.

    Raises:
        InvalidKey: another key type, extra members, or an unsafe key.
        NotCanonical: x is not base64url without padding.
    """
    if set(key) != {"crv", "kty", "x"} or key["kty"] != "OKP" or key["crv"] != "Ed25519":
        raise InvalidKey('expected a public JWK with exactly kty "OKP", crv "Ed25519" and x')
    raw = encoding.from_base64url(key["x"])
    public_key_from_bytes(raw)
    return raw


@lru_cache(maxsize=256)
def thumbprint(raw: bytes) -> str:
    """Give the RFC 7638 thumbprint of a key, base64url of SHA-256: how people compare keys."""
    return encoding.base64url(hashlib.sha256(canonical.encode(jwk(raw))).digest())


def did_key(raw: bytes) -> str:
    """Give the did:key of an Ed25519 key: multicodec 0xed01, base58btc (W3C CCG did:key v0.7, section 3.1.2.1)."""
    return "did:key:z" + encoding.base58btc(_ED25519_PUB + raw)


def raw_from_did_key(did: str) -> bytes:
    """Give the 32 bytes of an Ed25519 did:key, the other way round.

    Raises:
        InvalidKey: another method or kind of key, or an unsafe key.
        NotCanonical: not base58btc.
    """
    prefix, _, text = did.partition(":z")
    data = encoding.from_base58btc(text) if prefix == "did:key" else b""
    if len(data) != len(_ED25519_PUB) + KEY_BYTES or not data.startswith(_ED25519_PUB):
        raise InvalidKey("expected the did:key of an Ed25519 key, did:key:z6Mk…")
    raw = data.removeprefix(_ED25519_PUB)
    public_key_from_bytes(raw)
    return raw
