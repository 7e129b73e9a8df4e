"""Signed notes: text with signature lines, after C2SP signed-note and tlog-cosignature.

A note is read in one spelling only, so that equal notes are equal strings. Two kinds of signature are made and
verified: Ed25519 over the text (0x01, a log) and Ed25519 over the text with a time (0x04, a witness). Lines of
other keys and kinds are kept as they came. Format page: docs/formats/log.md.
"""

import base64
import binascii
import re
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256

from label_service.errors import InvalidDocument, InvalidKey, LogFault, NotCanonical
from label_service.trust.keys import (
    KEY_BYTES,
    SIGNATURE_BYTES,
    Signer,
    public_key_from_bytes,
    verify_signature,
)

ED25519 = 0x01  # C2SP signed-note, signature types
COSIGNATURE = 0x04  # C2SP tlog-cosignature: Ed25519 with a time
MAX_TIME_S = 2**63 - 1  # C2SP tlog-cosignature, format
MAX_SIGNATURES = 64  # C2SP signed-note asks for 16 at least
MAX_NOTE_CHARACTERS = 512 * 1024  # room for 64 post-quantum signatures of 5 kB
_KEY_ID_BYTES = 4
_TIME_BYTES = 8
_NOT_IN_NOTE = re.compile(r"[\x00-\x09\x0b-\x1f\ud800-\udfff]")
_NOT_IN_NAME = re.compile(r"[\s+\x00-\x1f\x7f\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class SignatureLine:
    """One line below a note, without its newline: `— <name> <base64 of key id and signature>`.

    Attributes:
        name: name of the key, by custom an address of its owner without a scheme.
        key_id: 4 bytes that tell keys of one name apart; a look-up help that proves nothing.
        signature: in the form of the key's kind.
    """

    name: str
    key_id: bytes
    signature: bytes

    def __str__(self) -> str:
        return f"— {self.name} {to_base64(self.key_id + self.signature)}"

    @classmethod
    def parse(cls, line: str) -> "SignatureLine":
        """Read a line.

        Raises:
            InvalidDocument: not of this form. `NotCanonical`, a kind of it, for a second spelling of base64.
        """
        dash, _, rest = line.partition(" ")
        name, _, encoded = rest.partition(" ")
        if dash != "—":
            raise InvalidDocument(f'expected a signature line "— <name> <base64>", found {line[:80]!r}')
        check_name(name)
        data = from_base64(encoded)
        if len(data) <= _KEY_ID_BYTES:
            raise InvalidDocument(f"expected a key id of 4 bytes and a signature, found {len(data)} bytes")
        return cls(name, data[:_KEY_ID_BYTES], data[_KEY_ID_BYTES:])


@dataclass(frozen=True, slots=True)
class Note:
    """A text and the signature lines below it; nothing is verified yet.

    Attributes:
        text: what is signed, with its final newline.
        signatures: in the order of the note; no two of the same name and key id.
    """

    text: str
    signatures: tuple[SignatureLine, ...]

    def __str__(self) -> str:
        return self.text + "\n" + "".join(f"{line}\n" for line in self.signatures)

    @classmethod
    def parse(cls, note: str) -> "Note":
        """Take a note apart, refusing every second spelling.

        Raises:
            InvalidDocument: no blank line before the signatures, no signature, trailing characters, control
                characters, too long, two signatures of one key.
        """
        check_characters(note)
        body, blank, tail = note.rpartition("\n\n")
        if not blank or not tail.endswith("\n"):
            raise InvalidDocument("expected a note: text, a blank line, signature lines, each with its newline")
        lines = tuple(SignatureLine.parse(line) for line in tail[:-1].split("\n"))
        _check_signatures(lines)
        return cls(body + "\n", lines)

    def with_signatures(self, lines: Iterable[SignatureLine]) -> "Note":
        """Give the note with further lines below, cosignatures for instance.

        Raises:
            InvalidDocument: a line of the same name and key id is there already, or there are more than 64.
        """
        signatures = (*self.signatures, *lines)
        _check_signatures(signatures)
        return Note(self.text, signatures)


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A public key that verifies notes, written `<name>+<key id in hex>+<base64 of kind and key>`.

    Attributes:
        name: the name that its signature lines carry.
        raw: 32 bytes of a safe Ed25519 public key.
        kind: `ED25519` of a log, or `COSIGNATURE` of a witness.
    """

    name: str
    raw: bytes
    kind: int = ED25519

    def __post_init__(self) -> None:
        check_name(self.name)
        if self.kind not in {ED25519, COSIGNATURE}:
            raise InvalidKey(f"expected a note key of kind 1 or 4 (Ed25519), found {self.kind}")
        public_key_from_bytes(self.raw)

    def __str__(self) -> str:
        return f"{self.name}+{self.key_id.hex()}+{to_base64(bytes([self.kind]) + self.raw)}"

    @classmethod
    def parse(cls, text: str) -> "VerifierKey":
        """Read a verifier key.

        Raises:
            InvalidDocument: not of this form, or a key id that does not belong to name and key.
            InvalidKey: another kind of key, or an unsafe one.
        """
        name, _, rest = text.partition("+")
        _, _, encoded = rest.partition("+")
        data = from_base64(encoded)
        if len(data) != 1 + KEY_BYTES:
            raise InvalidKey(f"expected a kind and an Ed25519 key of 32 bytes, found {len(data)} bytes")
        key = cls(name, data[1:], data[0])
        if str(key) != text:
            raise InvalidDocument(f"expected the verifier key {key}, found {text[:200]!r}")
        return key

    @property
    def key_id(self) -> bytes:
        """First 4 bytes of SHA-256 over name, newline, kind and key."""
        return sha256(self.name.encode() + b"\n" + bytes([self.kind]) + self.raw).digest()[:_KEY_ID_BYTES]

    def holds(self, signature: bytes, message: bytes) -> bool:
        """Tell whether an Ed25519 signature over a message holds under this key."""
        return verify_signature(self.raw, signature, message)


def sign(text: str, name: str, signer: Signer) -> SignatureLine:
    """Sign a text that ends with a newline, as a log does."""
    key = VerifierKey(name, signer.public_key)
    return SignatureLine(name, key.key_id, signer.sign(text.encode()))


def cosign(text: str, name: str, signer: Signer, signed_at_s: int) -> SignatureLine:
    """Sign a checkpoint's text as a witness that saw nothing larger, at a time in Unix seconds.

    Raises:
        InvalidDocument: a time outside 0 to below 2^63.
    """
    if not 0 <= signed_at_s <= MAX_TIME_S:
        raise InvalidDocument(f"expected a time from 0 to below 2^63 seconds, found {signed_at_s}")
    key = VerifierKey(name, signer.public_key, COSIGNATURE)
    signature = signer.sign(_cosigned_message(text, signed_at_s))
    return SignatureLine(name, key.key_id, signed_at_s.to_bytes(_TIME_BYTES, "big") + signature)


def verify_signatures(note: Note, keys: Iterable[VerifierKey]) -> dict[VerifierKey, int | None]:
    """Give those of the keys that signed the note, with the Unix seconds of a cosignature.

    Lines of other keys are passed over; whether enough keys signed is for the caller to say.

    Raises:
        LogFault: one of the keys is named by a line whose signature does not hold.
    """
    lines = {(line.name, line.key_id): line.signature for line in note.signatures}
    signed: dict[VerifierKey, int | None] = {}
    for key in keys:
        signature = lines.get((key.name, key.key_id))
        if signature is not None:
            signed[key] = _verify(note.text, signature, key)
    return signed


def to_base64(data: bytes) -> str:
    """Encode as base64 with padding (RFC 4648, section 4)."""
    return base64.b64encode(data).decode("ascii")


def from_base64(text: str) -> bytes:
    """Decode base64 with padding.

    Raises:
        NotCanonical: no padding, other characters, or unused bits that are not zero.
    """
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise NotCanonical(f"expected base64 with padding: {error}") from error
    if to_base64(data) != text:
        raise NotCanonical("expected base64 with padding and with zero unused bits")
    return data


def check_name(name: str) -> None:
    """Refuse what cannot name a key.

    Raises:
        InvalidDocument: empty, or with a space, a plus sign or a control character.
    """
    if not name or _NOT_IN_NAME.search(name):
        raise InvalidDocument(f"expected a key name without spaces and plus signs, found {name[:80]!r}")


def check_characters(text: str) -> None:
    """Refuse what no note may contain.

    Raises:
        InvalidDocument: more than 2^19 characters, a control character other than newline, a lone surrogate.
    """
    if len(text) > MAX_NOTE_CHARACTERS:
        raise InvalidDocument(f"expected a note of at most {MAX_NOTE_CHARACTERS} characters, found {len(text)}")
    if _NOT_IN_NOTE.search(text):
        raise InvalidDocument("expected a note without control characters and surrogates")


def _verify(text: str, signature: bytes, key: VerifierKey) -> int | None:
    """Verify a signature of a known key and give its time, which only a cosignature has."""
    is_cosignature = key.kind == COSIGNATURE
    expected = SIGNATURE_BYTES + (_TIME_BYTES if is_cosignature else 0)
    signed_at_s = int.from_bytes(signature[:-SIGNATURE_BYTES], "big")
    if len(signature) != expected or signed_at_s > MAX_TIME_S:
        raise LogFault(
            f"the signature of {key.name} has the wrong form: "
            f"expected {expected} bytes and a time below 2^63, found {len(signature)} bytes"
        )
    message = _cosigned_message(text, signed_at_s) if is_cosignature else text.encode()
    if not key.holds(signature[-SIGNATURE_BYTES:], message):
        raise LogFault(
            f"the signature of {key.name} does not hold",
            hint="the note was altered, or signed with another key",
        )
    return signed_at_s if is_cosignature else None


def _cosigned_message(text: str, signed_at_s: int) -> bytes:
    return f"cosignature/v1\ntime {signed_at_s}\n{text}".encode()


def _check_signatures(lines: tuple[SignatureLine, ...]) -> None:
    if not 1 <= len(lines) <= MAX_SIGNATURES:
        raise InvalidDocument(f"expected 1 to {MAX_SIGNATURES} signatures, found {len(lines)}")
    if len({(line.name, line.key_id) for line in lines}) != len(lines):
        raise InvalidDocument("expected at most one signature of each key, found two")
