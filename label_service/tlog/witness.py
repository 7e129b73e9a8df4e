"""What a witness is asked and what it answers, after C2SP tlog-witness, as pure functions.

    old 2
    lqKW0iTyhcZ77pPDD4owkVfw2qNdxbh+QQt4YwoJz8c=

    localhost:8000/log
    3
    pv5ZZskIK8FIpdL7tjN0hiTF0lsWqbahTpEvqMdTkGs=

    — localhost:8000/log <base64 of key id and signature>

Format page: docs/formats/log.md.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from label_service.errors import InvalidDocument, LogFault
from label_service.tlog import note, tree
from label_service.tlog.checkpoint import Checkpoint, parse_decimal, parse_hash
from label_service.tlog.note import SignatureLine, VerifierKey

PATH = "/add-checkpoint"
SIZE_TYPE = "text/x.tlog.size"  # media type of an answer that is the size a witness knows
MAX_REQUEST_BYTES = 64 * 1024
_MAX_PATH_HASHES = 63  # C2SP tlog-witness
_OLD = "old "


class Verdict(StrEnum):
    """What a witness does with a checkpoint; all but the first refuse it."""

    COSIGN = "cosigned"
    UNKNOWN_LOG = "unknown log"
    UNKNOWN_KEY = "not signed by a known key of the log"
    OLDER = "smaller than the size it is said to follow"
    OTHER_SIZE = "does not follow what this witness saw last"
    SPLIT_VIEW = "another tree of the size that this witness saw last"
    INCONSISTENT = "not proven to continue what this witness saw last"


@dataclass(frozen=True, slots=True)
class AddCheckpoint:
    """A checkpoint, the size its log believes the witness to have seen last, and the proof from there.

    Attributes:
        old_size: 0 where the log knows nothing.
        path: hashes of the consistency proof from `old_size` to the checkpoint; none from 0.
        checkpoint: with the log's signature.
    """

    old_size: int
    path: tuple[bytes, ...]
    checkpoint: Checkpoint

    def __str__(self) -> str:
        return "\n".join([f"{_OLD}{self.old_size}", *map(note.to_base64, self.path)]) + f"\n\n{self.checkpoint}"

    @classmethod
    def parse(cls, text: str) -> "AddCheckpoint":
        """Read a request without verifying it.

        Raises:
            InvalidDocument: not in its one spelling.
        """
        note.check_characters(text)
        head, _, checkpoint = text.partition("\n\n")
        old, *path = head.split("\n")
        if not old.startswith(_OLD) or len(path) > _MAX_PATH_HASHES:
            raise InvalidDocument(f'expected "old <size>" and at most {_MAX_PATH_HASHES} hashes, found {old[:40]!r}')
        size = parse_decimal(old.removeprefix(_OLD))
        return cls(size, tuple(map(parse_hash, path)), Checkpoint.parse(checkpoint))

    def judge(self, logs: Sequence[VerifierKey], last: Checkpoint | None) -> Verdict:
        """Say what a witness does with it that knows these keys of the log and cosigned `last`, if anything."""
        if not logs:
            return Verdict.UNKNOWN_LOG
        try:
            self.checkpoint.verify(*logs)
        except LogFault:
            return Verdict.UNKNOWN_KEY
        size, old = self.checkpoint.size, last.size if last else 0
        if self.old_size > size:
            return Verdict.OLDER
        if last and size == old and self.checkpoint.root != last.root:
            return Verdict.SPLIT_VIEW
        if self.old_size != old:
            return Verdict.OTHER_SIZE
        return Verdict.COSIGN if self._continues(last) else Verdict.INCONSISTENT

    def _continues(self, last: Checkpoint | None) -> bool:
        if last is None or not last.size:
            return not self.path
        try:
            tree.verify_consistency(last.size, last.root, self.checkpoint.size, self.checkpoint.root, self.path)
        except LogFault:
            return False
        return True


def read_cosignatures(
    answer: str, checkpoint: Checkpoint, keys: Sequence[VerifierKey], latest_s: int
) -> list[SignatureLine]:
    """Give those lines of an answer that are cosignatures of these keys; lines of others are passed over.

    Args:
        answer: signature lines, as a witness gives them.
        checkpoint: what was to be cosigned.
        keys: of the witness.
        latest_s: Unix seconds after which nobody can have cosigned yet.

    Raises:
        InvalidDocument: not signature lines.
        LogFault: a line of one of the keys does not hold, or is from the future, or there is none.
    """
    if not answer.endswith("\n"):
        raise InvalidDocument("expected signature lines, each with its newline")
    lines = {(line.name, line.key_id): line for line in map(SignatureLine.parse, answer[:-1].split("\n"))}
    own = [lines[name, key_id] for name, key_id in ((key.name, key.key_id) for key in keys) if (name, key_id) in lines]
    signed = note.verify_signatures(note.Note(checkpoint.note.text, tuple(own)), keys)
    if not signed:
        raise LogFault("the witness answered with no cosignature of its listed keys")
    late = max(time_s or 0 for time_s in signed.values())
    if late > latest_s:
        raise LogFault(f"the witness cosigned at {late} s, which is after now ({latest_s} s at most)")
    return own
