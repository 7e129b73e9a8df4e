"""Compact JSON Web Signatures with one algorithm, one spelling and no surprises.

Only EdDSA over Ed25519; the header is canonical JSON with exactly the members `alg`, `kid`, `typ` (and `cty` where the
format has one); the payload is canonical JSON. Signatures are verified over the received bytes. Keys come from the
caller, never from the token. Sources: RFC 7515, RFC 8037, RFC 8725.
"""

from functools import lru_cache
from threading import Lock
from typing import Any, Final, NamedTuple

from label_service import canonical
from label_service.errors import InvalidDocument
from label_service.trust import encoding
from label_service.trust.keys import SIGNATURE_BYTES, Signer, verify_signature

MAX_TOKEN_CHARACTERS = 1024 * 1024
_REMEMBERED_LISTS: Final = 64
_REMEMBERED_CHARACTERS: Final = 512  # of a header; longer ones, which nobody of ours writes, are read each time


class Token(NamedTuple):
    """A parsed token whose signature is not verified yet.

    Attributes:
        kid: names the key; a look-up string only.
        payload: the canonical bytes that were signed.
        text: the token as received.
    """

    kid: str
    payload: bytes
    signing_input: bytes
    signature: bytes
    text: str

    def is_signed_by(self, raw_key: bytes) -> bool:
        """Tell whether the signature over the received bytes holds under this 32-byte key."""
        return verify_signature(raw_key, self.signature, self.signing_input)

    def claims(self) -> Any:
        """Parse the payload, which must be canonical JSON."""
        return canonical.decode(self.payload)

    @property
    def digest(self) -> str:
        """SHA-256 over the token's text: what the log and the QR code name."""
        return canonical.digest(self.text.encode("ascii"))


def sign(payload: dict[str, Any], *, typ: str, kid: str, signer: Signer, cty: str = "") -> str:
    """Sign a document and give the compact token."""
    return sign_encoded(canonical.encode(payload), typ=typ, kid=kid, signer=signer, cty=cty)


def sign_encoded(payload: bytes, *, typ: str, kid: str, signer: Signer, cty: str = "") -> str:
    """Sign the canonical bytes of a document and give the compact token."""
    unsigned = f"{_header(typ, kid, cty)}.{encoding.base64url(payload)}"
    return f"{unsigned}.{encoding.base64url(signer.sign(unsigned.encode('ascii')))}"


def signing_input(payload: dict[str, Any], *, typ: str, kid: str, cty: str = "") -> str:
    """Give what is signed: header and payload; for a signer elsewhere, who appends a dot and her signature."""
    return f"{_header(typ, kid, cty)}.{encoding.base64url(canonical.encode(payload))}"


@lru_cache(maxsize=64)
def _header(typ: str, kid: str, cty: str) -> str:
    header = {"alg": "EdDSA", "kid": kid, "typ": typ} | ({"cty": cty} if cty else {})
    return encoding.base64url(canonical.encode(header))


def parse(text: str, *, typ: str, cty: str = "") -> Token:
    """Take a compact token apart, refusing every second spelling.

    Raises:
        InvalidDocument: not three parts, another algorithm or type, extra header members, a signature that is not 64
            bytes. `NotCanonical`, a kind of it, for padding and other spellings of the same bytes.
    """
    if not text.isascii() or len(text) > MAX_TOKEN_CHARACTERS:
        raise InvalidDocument(f"expected an ASCII token of at most {MAX_TOKEN_CHARACTERS} characters")
    head, _, rest = text.partition(".")
    body, _, tail = rest.partition(".")
    kid = (_known_kid if len(head) <= _REMEMBERED_CHARACTERS else _kid)(head, typ, cty)
    signature = encoding.from_base64url(tail)
    if len(signature) != SIGNATURE_BYTES:
        raise InvalidDocument(f"expected a signature of {SIGNATURE_BYTES} bytes, found {len(signature)}")
    signing_input = text[: len(head) + 1 + len(body)].encode("ascii")
    return Token(kid, encoding.from_base64url(body), signing_input, signature, text)


def _kid(head: str, typ: str, cty: str) -> str:
    """Read a header, which has one spelling for each key and type."""
    header = canonical.decode(encoding.from_base64url(head))
    expected = {"alg": "EdDSA", "typ": typ} | ({"cty": cty} if cty else {})
    if not isinstance(header, dict) or not isinstance(header.get("kid"), str):
        raise InvalidDocument("expected a token header with a kid")
    kid: str = header.pop("kid")
    if header != expected:
        raise InvalidDocument(f"expected the token header {expected} and a kid, found {ascii(header)[:200]}")
    return kid


_known_kid = lru_cache(maxsize=1024)(_kid)  # a key signs many tokens under one header


def is_list_signed_by(token: Token, raw_key: bytes) -> bool:
    """Tell whether the signature of a list holds under this key; that it does is remembered.

    Trust lists, delegations and status lists come with every label of a scheme in the same bytes. What is remembered
    is named by SHA-256 of what was signed, the signature and the key, so that it is never said of another one.
    """
    name = canonical.digest(token.signing_input), token.signature, raw_key
    if name in _HELD:
        return True
    if not token.is_signed_by(raw_key):
        return False
    with _TURN:
        while len(_HELD) >= _REMEMBERED_LISTS:
            del _HELD[next(iter(_HELD))]
        _HELD[name] = None
    return True


_HELD: dict[tuple[str, bytes, bytes], None] = {}
_TURN = Lock()
