"""Checkpoints: what a log signs about its tree, after C2SP tlog-checkpoint.

    localhost:8000/log
    2
    pv5ZZskIK8FIpdL7tjN0hiTF0lsWqbahTpEvqMdTkGs=

    — localhost:8000/log <base64 of key id and signature>

Three lines, no extension lines, and the log's key has the name of its origin.
Format page: docs/formats/log.md.
"""

import re
from dataclasses import dataclass

from label_service.errors import InvalidDocument, LogFault
from label_service.merkle import HASH_BYTES
from label_service.tlog import note
from label_service.tlog.note import Note, SignatureLine, VerifierKey
from label_service.tlog.tree import EMPTY_ROOT
from label_service.trust.keys import Signer

MAX_SIZE = 2**63 - 1  # what Go's signed integers hold, so that every peer reads it
_DECIMAL = re.compile(r"0|[1-9][0-9]{0,18}")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Size and root of a log's tree; as trustworthy as the signatures of `note` that were verified.

    Attributes:
        origin: names the log, by custom its address without the scheme.
        size: number of leaves.
        root: 32 bytes.
        note: the signed text with all its signature lines.
    """

    origin: str
    size: int
    root: bytes
    note: Note

    def __str__(self) -> str:
        return str(self.note)

    @classmethod
    def parse(cls, text: str) -> "Checkpoint":
        """Read a checkpoint without verifying it.

        Raises:
            InvalidDocument: not exactly origin, size and root, a second spelling of them, or not a note.
        """
        parsed = Note.parse(text)
        lines = parsed.text.split("\n")
        if len(lines) != 4:
            raise InvalidDocument(f"expected origin, size and root in three lines, found {len(lines) - 1}")
        origin, size, root = lines[0], parse_decimal(lines[1]), parse_hash(lines[2])
        note.check_name(origin)
        if size == 0 and root != EMPTY_ROOT:
            raise InvalidDocument("expected the root of the empty tree at size 0, found another")
        return cls(origin, size, root, parsed)

    def verify(self, *logs: VerifierKey) -> None:
        """Check that the log with these keys signed it, with one of them at least; cosignatures are not looked at.

        Raises:
            LogFault: of another log, signed with none of these keys, or one of their signatures does not hold.
        """
        for log in logs:
            if self.origin != log.name:
                raise LogFault(f"expected a checkpoint of {log.name}, found one of {self.origin[:80]!r}")
        if not note.verify_signatures(self.note, logs):
            known = ", ".join(map(str, logs))
            raise LogFault(f"the checkpoint of {self.origin[:80]} carries no signature of a known key ({known})")

    def with_signatures(self, lines: list[SignatureLine]) -> "Checkpoint":
        """Give the checkpoint with cosignatures below, see `Note.with_signatures`."""
        return Checkpoint(self.origin, self.size, self.root, self.note.with_signatures(lines))


def sign_checkpoint(origin: str, size: int, root: bytes, signer: Signer) -> Checkpoint:
    """Sign size and root of a tree; the caller has made sure that it extends every tree signed before.

    Raises:
        InvalidDocument: an origin, size or root that no checkpoint may have.
    """
    text = f"{origin}\n{size}\n{note.to_base64(root)}\n"
    return Checkpoint.parse(str(Note(text, (note.sign(text, origin, signer),))))


def verify_checkpoint(text: str, *logs: VerifierKey) -> Checkpoint:
    """Read a checkpoint that must carry the log's own signature, made with any of its keys.

    Raises:
        InvalidDocument: not a checkpoint in its one spelling.
        LogFault: see `Checkpoint.verify`.
    """
    checkpoint = Checkpoint.parse(text)
    checkpoint.verify(*logs)
    return checkpoint


def parse_decimal(text: str) -> int:
    """Read a number from 0 to below 2^63 in its one spelling.

    Raises:
        InvalidDocument: leading zeros, other characters, or out of range.
    """
    if not _DECIMAL.fullmatch(text) or int(text) > MAX_SIZE:
        raise InvalidDocument(f"expected a number from 0 to below 2^63 without leading zeros, found {text[:40]!r}")
    return int(text)


def parse_hash(text: str) -> bytes:
    """Read a hash in base64.

    Raises:
        InvalidDocument: not 32 bytes, or `NotCanonical` base64.
    """
    value = note.from_base64(text)
    if len(value) != HASH_BYTES:
        raise InvalidDocument(f"expected a hash of {HASH_BYTES} bytes, found {len(value)}")
    return value
