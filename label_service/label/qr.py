"""The QR payload: a link that opens a page, and behind the `#` a signed summary that verifies without a network.

    HTTPS://LABELS.EXAMPLE/L/ABCDEFGHIJKLM#2KCEHIQBE4…      (upper case; QR alphanumeric but for the #)

The fragment is Base32 of a COSE_Sign1 (tag 18) over a CWT; the link in front of the `#` is signed with it as external
data. Reading builds the bytes again from the claims and compares. Format page: docs/formats/qr.md.
Sources: RFC 9052, section 4.4 (Sig_structure); RFC 8392, section 4 (iat, exp); RFC 8949, section 4.2.1.
"""

import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Annotated, Any, Literal, Self
from unicodedata import category

import cbor2
from pydantic import Field, StrictBool, StrictInt, model_validator

from label_service.document import Country, Digest, Model, Text, Timestamp, validate
from label_service.errors import InvalidDocument, NotCanonical, VerificationError
from label_service.grade import Grade
from label_service.label.attestation import Level
from label_service.label.content import LabelContent
from label_service.label.credential import grams_of
from label_service.trust import encoding
from label_service.trust.keys import SIGNATURE_BYTES, Signer, verify_signature

MAX_NAME_BYTES = 56  # name and maker together, in UTF-8; keeps the code within version 13 at level M
MAX_CHARACTERS = 800
HINT_BYTES = 8
_LEAST_MAKER_BYTES = 20
_TAG_SIGN1 = 18
_ALG, _KID, _EDDSA = 1, 4, -8  # RFC 9052, table 3; RFC 9053, section 2.2
_EXP, _IAT = 4, 6  # RFC 8392, section 4
_CLAIM = -65537  # first private claim key (RFC 8392, section 9.1.1: below -65536)
_LEVELS: tuple[Level, ...] = ("desk", "site_visit")
_LINK = re.compile(r"HTTPS?://[A-Z0-9.-]{1,100}(?::[1-9][0-9]{0,4})?/L/[A-Z2-7]{13}", re.ASCII)
_ELLIPSIS = "…"
_JOINER = "\u200d"
_FLAG_LETTERS = "".join(map(chr, range(0x1F1E6, 0x1F200)))  # two make the flag of a country

Grams = Annotated[StrictInt, Field(ge=0, le=2**32 - 1)]


class QrClaims(Model):
    """What the code says without a network; grams CO2e are those of one item (median, 5 % and 95 % quantile)."""

    name: Text
    maker: Text
    country: Country
    grade: Grade
    score: Annotated[StrictInt, Field(ge=0, le=2**32 - 1)]
    median_g: Grams
    low_g: Grams
    high_g: Grams
    level: Level
    year: Annotated[StrictInt, Field(ge=2000, le=2099)]
    method: Literal["1"]
    log_index: Annotated[StrictInt, Field(ge=0, le=2**48)]
    label_digest: Digest
    demo: StrictBool
    valid_from: Timestamp
    valid_until: Timestamp

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if len((self.name + self.maker).encode()) > MAX_NAME_BYTES:
            raise ValueError(f"name and maker in at most {MAX_NAME_BYTES} bytes of UTF-8 together")
        if not self.low_g <= self.median_g <= self.high_g:
            raise ValueError("low, median and high in this order")
        if not _epoch(self.valid_from) < _epoch(self.valid_until):
            raise ValueError("valid_until after valid_from")
        return self


@dataclass(frozen=True, slots=True)
class QrPayload:
    """A parsed code whose signature is not verified yet.

    Attributes:
        link: what stands before the `#`, upper case; its host is not to be trusted, only shown.
        key_hint: 8 bytes to find the key by; two keys may share them, so every key that fits is tried.
        signed: the Sig_structure the signature is over.
    """

    link: str
    claims: QrClaims
    key_hint: bytes
    signed: bytes
    signature: bytes

    @property
    def label_id(self) -> str:
        """Id of the label."""
        return self.link[-13:]


def qr_claims(content: LabelContent, *, label_digest: str, log_index: int) -> QrClaims:
    """Give the claims of a label: its figures in whole grams, name and maker cut to fit."""
    maker = cut(content.producer.name, max(_LEAST_MAKER_BYTES, MAX_NAME_BYTES - len(content.name.encode())))
    median_g, low_g, high_g = grams_of(content.kgco2e)
    claims = {
        "name": cut(content.name, MAX_NAME_BYTES - len(maker.encode())),
        "maker": maker,
        "country": content.countries[0],
        "grade": content.grade,
        "score": content.score,
        "median_g": median_g,
        "low_g": low_g,
        "high_g": high_g,
        "level": content.level,
        "year": content.year,
        "method": content.method,
        "log_index": log_index,
        "label_digest": label_digest,
        "demo": content.demo,
        "valid_from": content.valid_from,
        "valid_until": content.valid_until,
    }
    return validate(QrClaims, claims)


def link_text(origin: str, label_id: str) -> str:
    """Give the link-only code: the page of a label, upper case, nothing signed."""
    return f"{origin}/L/{label_id}".upper()


def sign_qr(claims: QrClaims, *, origin: str, label_id: str, signer: Signer) -> str:
    """Sign the claims with a label key and give the text of the code."""
    address = link_text(origin, label_id)
    protected, payload = _protected_of(signer.public_key), _payload(claims)
    signature = signer.sign(_to_be_signed(address, protected, payload))
    return f"{address}#{encoding.base32(_sign1(protected, payload, signature))}"


def parse_qr(text: str) -> QrPayload:
    """Take the text of a code apart, refusing every second spelling.

    A browser writes scheme and host in lower case; a text from its address bar is upper-cased before it comes here.

    Raises:
        InvalidDocument: not such a text; `NotCanonical` for Base32 or CBOR in another spelling.
    """
    address, _, fragment = text.partition("#")
    if len(text) > MAX_CHARACTERS or not _LINK.fullmatch(address) or not fragment:
        raise InvalidDocument(
            "expected the text of a label's QR code, HTTPS://HOST/L/ID#BASE32 in upper case",
            hint="scan the code again, or open its link",
        )
    data = encoding.from_base32(fragment)
    protected, payload, signature, hint, claims = _open(data)
    if _sign1(_protected(hint), _payload(claims), signature) != data:
        raise NotCanonical("expected deterministic CBOR (RFC 8949, section 4.2.1) with exactly the claims of version 1")
    return QrPayload(address, claims, hint, _to_be_signed(address, protected, payload), signature)


def verify_qr(text: str, raw_key: bytes) -> QrPayload:
    """Parse a code and check its signature with an issuer's 32-byte key.

    It is the issuer's word alone: attestation, status and log are not checked.

    Raises:
        InvalidDocument: the text breaks the format.
        VerificationError: another key signed it, or text and signature do not belong together.
    """
    code = parse_qr(text)
    if code.key_hint != key_hint(raw_key) or not verify_signature(raw_key, code.signature, code.signed):
        raise VerificationError("the signature of the QR code does not hold under this key")
    return code


def key_hint(raw_key: bytes) -> bytes:
    """Give the 8 bytes by which a code names its key: the first of SHA-256 over the 32 bytes of the key."""
    return hashlib.sha256(raw_key).digest()[:HINT_BYTES]


def cut(text: str, max_bytes: int) -> str:
    """Shorten a text to at most so many bytes of UTF-8, ending in `…`, without splitting what is read as one sign."""
    if len(text.encode()) <= max_bytes:
        return text
    room = max_bytes - len(_ELLIPSIS.encode())
    end = len(text.encode()[:room].decode(errors="ignore"))
    while end and not _may_split(text, end):
        end -= 1
    return text[:end].rstrip() + _ELLIPSIS


def _may_split(text: str, at: int) -> bool:
    """Tell whether a sign may end before this position; a subset of UAX #29 that needs no tables of its own."""
    before, after = text[at - 1], text[at]
    if category(after)[0] == "M" or _JOINER in {before, after} or _continues(after):
        return False
    flags = len(text[:at]) - len(text[:at].rstrip(_FLAG_LETTERS))
    return not (after in _FLAG_LETTERS and flags % 2)


def _continues(character: str) -> bool:
    """Skin tones, tags of flags, and the vowels and finals of a Korean syllable written in parts."""
    code = ord(character)
    return 0x1F3FB <= code <= 0x1F3FF or 0xE0020 <= code <= 0xE007F or 0x1160 <= code <= 0x11FF


def _open(data: bytes) -> tuple[bytes, bytes, bytes, bytes, QrClaims]:
    """Read protected header, payload, signature, key hint and claims; the caller compares what they encode to."""
    try:
        message = cbor2.loads(data)
        if not isinstance(message, cbor2.CBORTag) or message.tag != _TAG_SIGN1:
            raise InvalidDocument("expected a COSE_Sign1 with tag 18")
        protected, _, payload, signature = message.value
        hint, token = cbor2.loads(protected)[_KID], cbor2.loads(payload)
        own = token[_CLAIM]
        members = {name: _read(own[number]) for number, name in enumerate(_MEMBERS, start=1)}
        median_g, low_g, high_g = members.pop("grams")
        claims = members | {
            "median_g": median_g,
            "low_g": low_g,
            "high_g": high_g,
            "level": _LEVELS[members["level"] - 1],
            "method": str(members["method"]),
            "valid_from": _timestamp(token[_IAT]),
            "valid_until": _timestamp(token[_EXP]),
        }
    except _MALFORMED as error:
        raise InvalidDocument(f"expected the members of a QR payload, missing or malformed: {error}") from error
    for value, length in ((hint, HINT_BYTES), (signature, SIGNATURE_BYTES)):
        if not isinstance(value, bytes) or len(value) != length:
            raise InvalidDocument(f"expected a key hint of {HINT_BYTES} and a signature of {SIGNATURE_BYTES} bytes")
    return protected, payload, signature, hint, validate(QrClaims, claims)


# What reading bytes of anybody's making can end in; cbor2 also decodes tags we never write.
_MALFORMED = (
    cbor2.CBORError,
    ArithmeticError,
    AttributeError,
    LookupError,
    OSError,
    RecursionError,
    TypeError,
    ValueError,
)
_MEMBERS = (
    "name",
    "maker",
    "country",
    "grade",
    "score",
    "grams",
    "level",
    "year",
    "method",
    "log_index",
    "label_digest",
    "demo",
)


def _payload(claims: QrClaims) -> bytes:
    """Encode the CWT; keys are written in ascending order of their encoded bytes."""
    members: dict[str, Any] = claims.as_json() | {
        "grams": [claims.median_g, claims.low_g, claims.high_g],
        "level": _LEVELS.index(claims.level) + 1,
        "method": int(claims.method),
        "label_digest": bytes.fromhex(claims.label_digest),
    }
    own = {number: members[name] for number, name in enumerate(_MEMBERS, start=1)}
    return cbor2.dumps({_EXP: _epoch(claims.valid_until), _IAT: _epoch(claims.valid_from), _CLAIM: own})


def _protected(hint: bytes) -> bytes:
    return cbor2.dumps({_ALG: _EDDSA, _KID: hint})


@lru_cache(maxsize=64)
def _protected_of(raw_key: bytes) -> bytes:
    return _protected(key_hint(raw_key))


def _sign1(protected: bytes, payload: bytes, signature: bytes) -> bytes:
    return cbor2.dumps(cbor2.CBORTag(_TAG_SIGN1, [protected, {}, payload, signature]))


def _to_be_signed(address: str, protected: bytes, payload: bytes) -> bytes:
    """Give the Sig_structure; the link is its external data, so a code moved to another host does not verify."""
    return cbor2.dumps(["Signature1", protected, address.encode("ascii"), payload])


def _read(value: Any) -> Any:
    return value.hex() if isinstance(value, bytes) else value


@lru_cache(maxsize=64)
def _epoch(timestamp: str) -> int:
    return int(datetime.fromisoformat(timestamp).timestamp())


def _timestamp(epoch: int) -> str:
    return datetime.fromtimestamp(epoch, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
