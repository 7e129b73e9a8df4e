"""Proofs that an entry is in a log, as text to keep beside a label, after C2SP tlog-proof.

    c2sp.org/tlog-proof@v1
    index 0
    lqKW0iTyhcZ77pPDD4owkVfw2qNdxbh+QQt4YwoJz8c=

    localhost:8000/log
    2
    pv5ZZskIK8FIpdL7tjN0hiTF0lsWqbahTpEvqMdTkGs=

    — localhost:8000/log <base64 of key id and signature>

Format page: docs/formats/log.md.
"""

from dataclasses import dataclass

from label_service.errors import InvalidDocument
from label_service.merkle import leaf_hash
from label_service.tlog import note, tree
from label_service.tlog.checkpoint import Checkpoint, parse_decimal, parse_hash
from label_service.tlog.note import VerifierKey

HEADER = "c2sp.org/tlog-proof@v1"
MAX_PATH_HASHES = 63  # a tree of at most 2^63 leaves is 63 levels deep


@dataclass(frozen=True, slots=True)
class InclusionProof:
    """Where an entry stands in a log, and the hashes that lead from it to the root of a checkpoint.

    Attributes:
        index: position of the entry, from 0.
        path: hashes from the leaf's sibling to a child of the root.
        checkpoint: with the log's signature and whatever cosignatures were collected.
        extra: opaque bytes of the maker of the proof; nothing vouches for them.
    """

    index: int
    path: tuple[bytes, ...]
    checkpoint: Checkpoint
    extra: bytes = b""

    def __str__(self) -> str:
        extra = [f"extra {note.to_base64(self.extra)}"] if self.extra else []
        lines = [HEADER, *extra, f"index {self.index}", *map(note.to_base64, self.path)]
        return "\n".join(lines) + f"\n\n{self.checkpoint}"

    @classmethod
    def parse(cls, text: str) -> "InclusionProof":
        """Read a proof without verifying it.

        Raises:
            InvalidDocument: not a proof in its one spelling.
        """
        note.check_characters(text)
        head, _, checkpoint = text.partition("\n\n")
        lines = head.split("\n")
        if lines.pop(0) != HEADER:
            raise InvalidDocument(f"expected {HEADER!r} in the first line, found {head[:40]!r}")
        extra = _parse_extra(lines)
        index = parse_decimal(_after("index ", lines))
        if len(lines) > MAX_PATH_HASHES:
            raise InvalidDocument(f"expected at most {MAX_PATH_HASHES} hashes, found {len(lines)}")
        return cls(index, tuple(map(parse_hash, lines)), Checkpoint.parse(checkpoint), extra)

    def verify(self, entry: bytes) -> None:
        """Check that the path leads from the entry to the checkpoint's root; signatures are not looked at.

        Raises:
            LogFault: it does not.
        """
        root = self.checkpoint.root
        tree.verify_inclusion(self.index, self.checkpoint.size, leaf_hash(entry), self.path, root)


def verify_proof(text: str, entry: bytes, *logs: VerifierKey) -> InclusionProof:
    """Check that an entry is in the log with these keys; give its index and the checkpoint with all signatures.

    For a policy of witnesses ask `note.verify_signatures(proof.checkpoint.note, witnesses)` afterwards.

    Raises:
        InvalidDocument: not a proof in its one spelling.
        LogFault: another log, another entry, or an altered proof or checkpoint.
    """
    proof = InclusionProof.parse(text)
    proof.checkpoint.verify(*logs)
    proof.verify(entry)
    return proof


def _parse_extra(lines: list[str]) -> bytes:
    if not lines or not lines[0].startswith("extra "):
        return b""
    extra = note.from_base64(_after("extra ", lines))
    if not extra:
        raise InvalidDocument("expected no extra line where there is no extra data")
    return extra


def _after(prefix: str, lines: list[str]) -> str:
    line = lines.pop(0) if lines else ""
    if not line.startswith(prefix):
        raise InvalidDocument(f"expected a line {prefix!r}…, found {line[:40]!r}")
    return line.removeprefix(prefix)
