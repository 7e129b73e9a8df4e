"""Text encodings of bytes with one spelling: a second spelling of the same bytes is refused, never repaired."""

import base64
import binascii
import re

from pydantic_core import SchemaValidator, ValidationError, core_schema

from label_service.errors import NotCanonical

# Pydantic's decoder is five times as fast as the standard library's; it reads a JSON string, so a backslash is refused
# above, before it could spell a character a second way.
_BASE64URL = SchemaValidator(core_schema.bytes_schema(), config=core_schema.CoreConfig(val_json_bytes="base64"))
_URL_SAFE = bytes.maketrans(b"+/", b"-_")
# A number to the base of 32 is read in C, ten times as fast as the standard library's decoder.
_BASE32 = re.compile("[A-Z2-7]*")
_DIGITS = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", "0123456789ABCDEFGHIJKLMNOPQRSTUV")
_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_LONGEST_BASE58 = 128  # a signature has 88; decoding takes the square of the length


def base64url(data: bytes) -> str:
    """Encode as base64url without padding (RFC 7515, section 2)."""
    return binascii.b2a_base64(data, newline=False).translate(_URL_SAFE).rstrip(b"=").decode("ascii")


def from_base64url(text: str) -> bytes:
    """Decode base64url without padding.

    Raises:
        NotCanonical: padding, other characters, or unused bits that are not zero.
    """
    if "+" in text or "/" in text or "=" in text or "\\" in text:
        raise NotCanonical("expected base64url without padding, found other characters")
    try:
        data: bytes = _BASE64URL.validate_json(f'"{text}"')
    except (ValidationError, ValueError) as error:
        raise NotCanonical("expected base64url without padding") from error
    unused = len(data) % 3  # only the last group can have bits that say nothing
    if unused and base64url(data[-unused:]) != text[-unused - 1 :]:
        raise NotCanonical("expected base64url without padding and with zero unused bits")
    return data


def base32(data: bytes) -> str:
    """Encode as upper-case Base32 without padding (RFC 4648, section 6): letters and digits a QR code packs well."""
    return base64.b32encode(data).rstrip(b"=").decode("ascii")


def from_base32(text: str) -> bytes:
    """Decode upper-case Base32 without padding.

    Raises:
        NotCanonical: lower case, padding, other characters, or unused bits that are not zero.
    """
    if not _BASE32.fullmatch(text):
        raise NotCanonical("expected upper-case Base32 without padding")
    number, size = int(text.translate(_DIGITS) or "0", 32), len(text) * 5 // 8
    unused = len(text) * 5 - size * 8
    if unused >= 5 or number & (1 << unused) - 1:  # a whole character would say nothing, or has bits that do not
        raise NotCanonical("expected upper-case Base32 without padding and with zero unused bits")
    return (number >> unused).to_bytes(size, "big")


def base58btc(data: bytes) -> str:
    """Encode in the alphabet of Bitcoin addresses, as multibase `z` wants it."""
    number = int.from_bytes(data, "big")
    text = ""
    while number:
        number, digit = divmod(number, 58)
        text = _BASE58[digit] + text
    return "1" * (len(data) - len(data.lstrip(b"\0"))) + text


def from_base58btc(text: str) -> bytes:
    """Decode the alphabet of Bitcoin addresses.

    Raises:
        NotCanonical: other characters, or more than 128 of them.
    """
    if len(text) > _LONGEST_BASE58 or not set(text) <= set(_BASE58):
        raise NotCanonical(f"expected at most {_LONGEST_BASE58} characters of base58btc")
    number = 0
    for character in text:
        number = number * 58 + _BASE58.index(character)
    zeros = len(text) - len(text.lstrip("1"))
    return b"\0" * zeros + number.to_bytes((number.bit_length() + 7) // 8, "big")


def multibase_digest(hex_digest: str) -> str:
    """Give a SHA-256 digest as multibase base58btc of a multihash (0x12, 0x20): UNTP's `digestMultibase`."""
    return "z" + base58btc(b"\x12\x20" + bytes.fromhex(hex_digest))
