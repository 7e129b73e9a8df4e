"""Status lists: one bit per label for revocation, another for suspension, in a short-lived signed credential.

Format page: docs/formats/status-list.md. Source: W3C Bitstring Status List v1.0, sections 2.2, 3.1 to 3.4 and 4.
"""

import zlib
from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import Field, StrictBool, model_validator

from label_service.document import Model, Timestamp, Uri, validate
from label_service.errors import InvalidDocument, NotCanonical, UnsupportedVersion
from label_service.label.vocabulary import DEMO_WORDS, VC_CONTEXT, VC_CTY, VC_TYP, titled
from label_service.trust import encoding, jws
from label_service.trust.keys import Signer

ENTRIES = 131_072  # the least the Recommendation allows (section 6.1, group privacy); ours are never longer
BYTES = ENTRIES // 8
MIN_HOURS, MAX_HOURS = 24, 72
CREDENTIAL_TYPE = ["VerifiableCredential", "BitstringStatusListCredential"]
_GZIP = 16 + zlib.MAX_WBITS

Purpose = Literal["revocation", "suspension"]


class StatusList(Model):
    """Content of a status list: the bits, and where, by whom, why and how long they count."""

    id: Uri
    issuer: Uri
    demo: StrictBool
    purpose: Purpose
    valid_from: Timestamp
    valid_until: Timestamp
    bits: Annotated[bytes, Field(min_length=BYTES, max_length=BYTES)]

    @model_validator(mode="after")
    def _short_lived(self) -> Self:
        start, end = datetime.fromisoformat(self.valid_from), datetime.fromisoformat(self.valid_until)
        if not MIN_HOURS * 3600 <= (end - start).total_seconds() <= MAX_HOURS * 3600:
            raise ValueError(f"a status list valid for {MIN_HOURS} to {MAX_HOURS} hours")
        return self

    def is_set(self, index: int) -> bool:
        """Tell the bit of an entry; index 0 is the left-most bit of the first byte.

        Raises:
            InvalidDocument: the list has no such entry.
        """
        if not 0 <= index < ENTRIES:
            raise InvalidDocument(f"expected a status list index from 0 to {ENTRIES - 1}, found {index}")
        return bool(self.bits[index // 8] & (0x80 >> index % 8))


def build_status_list(
    *,
    url: str,
    issuer: str,
    demo: bool,
    purpose: Purpose,
    indices: Iterable[int],
    valid_from: str,
    valid_until: str,
) -> StatusList:
    """Give a status list in which these entries are set.

    Raises:
        InvalidDocument: an index outside the list, or a validity outside 24 to 72 hours.
    """
    bits = bytearray(BYTES)
    for index in indices:
        if not 0 <= index < ENTRIES:
            raise InvalidDocument(f"expected a status list index from 0 to {ENTRIES - 1}, found {index}")
        bits[index // 8] |= 0x80 >> index % 8
    content = {
        "id": url,
        "issuer": issuer,
        "demo": demo,
        "purpose": purpose,
        "valid_from": valid_from,
        "valid_until": valid_until,
        "bits": bytes(bits),
    }
    return validate(StatusList, content)


def sign_status_list(status_list: StatusList, *, kid: str, signer: Signer) -> str:
    """Sign a status list and give the compact token."""
    payload = _credential(status_list, _compress(status_list.bits))
    return jws.sign(payload, typ=VC_TYP, cty=VC_CTY, kid=kid, signer=signer)


def read_status_list(text: str) -> tuple[jws.Token, StatusList]:
    """Read a token strictly; its signature and its time are not checked yet.

    Raises:
        InvalidDocument: token, content or compressed bits break the format.
    """
    token = jws.parse(text, typ=VC_TYP, cty=VC_CTY)
    claims = token.claims()
    encoded, content = _content(claims)
    status_list = validate(StatusList, content | {"bits": _decompress(encoded)})
    if _credential(status_list, encoded) != claims:
        raise NotCanonical("expected exactly the members and words of a status list, version 1")
    if token.kid.partition("#")[0] != status_list.issuer:
        raise InvalidDocument(f"expected a key of {status_list.issuer}, found {token.kid[:200]!r}")
    return token, status_list


def _credential(status_list: StatusList, encoded: str) -> dict[str, Any]:
    return {
        "@context": [VC_CONTEXT],
        "type": CREDENTIAL_TYPE,
        "id": status_list.id,
        "issuer": status_list.issuer,
        "name": titled(f"Status list for {status_list.purpose}", demo=status_list.demo),
        "validFrom": status_list.valid_from,
        "validUntil": status_list.valid_until,
        "credentialSubject": {
            "id": f"{status_list.id}#list",
            "type": "BitstringStatusList",
            "statusPurpose": status_list.purpose,
            "encodedList": encoded,
        },
    }


def _content(claims: Any) -> tuple[str, dict[str, Any]]:
    try:
        subject = claims["credentialSubject"]
        content = {
            "id": claims["id"],
            "issuer": claims["issuer"],
            "demo": claims["name"].startswith(DEMO_WORDS),
            "purpose": subject["statusPurpose"],
            "valid_from": claims["validFrom"],
            "valid_until": claims["validUntil"],
        }
        encoded = subject["encodedList"]
    except (KeyError, TypeError, AttributeError) as error:
        raise InvalidDocument(f"expected the members of a status list, missing or malformed: {error}") from error
    if claims.get("type") != CREDENTIAL_TYPE or not isinstance(encoded, str):
        raise UnsupportedVersion(f"expected a credential of type {CREDENTIAL_TYPE} with an encodedList")
    return encoded, content


def _compress(bits: bytes) -> str:
    """Give multibase base64url of gzip without time or file name, so that equal bits give equal text."""
    packer = zlib.compressobj(level=9, wbits=_GZIP)
    return "u" + encoding.base64url(packer.compress(bits) + packer.flush())


def _decompress(encoded: str) -> bytes:
    if not encoded.startswith("u"):
        raise InvalidDocument("expected the encodedList in multibase base64url (u…)")
    unpacker = zlib.decompressobj(wbits=_GZIP)
    try:
        bits = unpacker.decompress(encoding.from_base64url(encoded[1:]), BYTES + 1)
    except zlib.error as error:
        raise InvalidDocument(f"expected the encodedList as gzip: {error}") from error
    if len(bits) != BYTES or not unpacker.eof or unpacker.unused_data:
        raise InvalidDocument(f"expected a gzip member of exactly {BYTES} bytes and nothing after it")
    return bits
