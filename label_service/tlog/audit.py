"""Audit of a whole log from its public files: nothing is believed, everything is rebuilt from the entries.

Of two trees rebuilt from the same entries the smaller is the beginning of the larger by construction, so that
checkpoints whose roots were rebuilt are consistent with each other and no consistency proof is asked for. Memory
stays flat: one bundle and the right edge are held. Format page: docs/formats/log.md.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from label_service.errors import InvalidDocument, LabelServiceError
from label_service.tlog.checkpoint import Checkpoint, verify_checkpoint
from label_service.tlog.leaf import Leaf, parse_leaf
from label_service.tlog.note import VerifierKey
from label_service.tlog.tiles import (
    TILE_HEIGHT,
    TILE_WIDTH,
    File,
    Reader,
    RightEdge,
    decode_bundle,
    entries_path,
)

CHECKPOINT_PATH = "checkpoint"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something in the log that is not as it must be.

    Attributes:
        where: path of a file, `entry <index>` or `archived checkpoint <number>`, counted from 0.
        detail: what was expected and what was found.
    """

    where: str
    detail: str


@dataclass(frozen=True, slots=True)
class AuditReport:
    """What was rebuilt; the log is sound when there are no findings.

    Attributes:
        size: number of leaves rebuilt, less than the served checkpoint says where a bundle could not be read.
        root: root over them.
        leaves: number of leaves by type.
        checkpoints: number of archived checkpoints looked at.
        findings: number of findings.
    """

    size: int
    root: bytes
    leaves: dict[str, int]
    checkpoints: int
    findings: int


def _pass_over(_index: int, _leaf: Leaf) -> None:
    """Take no notice of a leaf."""


def audit_log(
    read: Reader,
    archive: Iterable[str],
    logs: Sequence[VerifierKey],
    on_finding: Callable[[Finding], None],
    on_leaf: Callable[[int, Leaf], None] = _pass_over,
) -> AuditReport:
    """Rebuild tree and tiles of a log from its entry bundles and hold every file and checkpoint against them.

    Args:
        read: gives the log's files: `checkpoint`, `tile/…`; raises NotFound for what is not there.
        archive: every checkpoint the log has signed, in the order of signing.
        logs: the log's key, and those it had before, pinned by the caller.
        on_finding: called with each finding as it is met.
        on_leaf: called with each leaf and its index in order, to look labels up and to add up scopes.

    Raises:
        NotFound: no checkpoint is served.
        InvalidDocument: what is served as checkpoint is none.
        LogFault: the served checkpoint is not signed by this log.
    """
    head = verify_checkpoint(_text(read(CHECKPOINT_PATH)), *logs)
    walk = _Walk(read, head.size, on_finding, on_leaf)
    checkpoints = 0
    try:
        checkpoints = walk.through_archive(archive, logs, head)
        walk.grow(head.size)
        walk.compare_root(CHECKPOINT_PATH, head)
    except _UnreadableBundleError:
        pass  # reported where it was met; without these entries nothing after them can be rebuilt
    edge = walk.edge
    return AuditReport(edge.size, edge.root(), dict(walk.leaves), checkpoints, walk.findings)


class _UnreadableBundleError(Exception):
    """Ends the walk."""


@dataclass(slots=True)
class _Walk:
    read: Reader
    final_size: int
    on_finding: Callable[[Finding], None]
    on_leaf: Callable[[int, Leaf], None]
    edge: RightEdge = field(default_factory=RightEdge)
    bundle: tuple[int, list[bytes]] = (-1, [])
    leaves: Counter[str] = field(default_factory=Counter)
    partial_seen: set[str] = field(default_factory=set)  # only of tiles not yet full: some hundred paths
    findings: int = 0

    def report(self, where: str, detail: str) -> None:
        self.findings += 1
        self.on_finding(Finding(where, detail))

    def through_archive(self, archive: Iterable[str], logs: Sequence[VerifierKey], head: Checkpoint) -> int:
        """Check the archived checkpoints in their order and give their number."""
        number = -1
        for number, text in enumerate(archive):
            where = f"archived checkpoint {number}"
            try:
                checkpoint = verify_checkpoint(text, *logs)
            except LabelServiceError as error:
                self.report(where, error.detail)
                continue
            if not self.edge.size <= checkpoint.size <= head.size:
                expected = f"expected a size from {self.edge.size} to {head.size}, found {checkpoint.size}"
                self.report(where, f"{expected}: the log shrank, or the archive is out of order")
                continue
            self.grow(checkpoint.size)
            self.compare_root(where, checkpoint)
        return number + 1

    def compare_root(self, where: str, checkpoint: Checkpoint) -> None:
        """Hold a checkpoint of the size reached against the tree, and the partial files it needs."""
        if checkpoint.root != (root := self.edge.root()):
            self.report(
                where,
                f"expected the root {root.hex()} at size {checkpoint.size}, found {checkpoint.root.hex()}: "
                "entries were altered, or the log signed another tree",
            )
        for level in range(len(self.edge.tiles)):
            shift = TILE_HEIGHT * (level + 1)
            if checkpoint.size >> shift == self.final_size >> shift:  # else the full tile has replaced it
                files = [file for file in self.edge.partial_files(level) if file[0] not in self.partial_seen]
                self.partial_seen.update(path for path, _ in files)
                self.compare(files)

    def grow(self, size: int) -> None:
        """Append the entries up to this size, bundle by bundle, and compare the tiles they fill."""
        while self.edge.size < size:
            index, start = divmod(self.edge.size, TILE_WIDTH)
            entries = self.bundle_at(index)[start : size - index * TILE_WIDTH]
            for number, entry in enumerate(entries, self.edge.size):
                self.look_at(number, entry)
            self.edge, files = self.edge.append(entries)
            self.compare((path, data) for path, data in files if _is_full_hash_tile(path))

    def bundle_at(self, index: int) -> list[bytes]:
        """Give the entries of a bundle as it stands at the final size."""
        if self.bundle[0] != index:
            width = min(TILE_WIDTH, self.final_size - index * TILE_WIDTH)
            path = entries_path(index, width)
            try:
                self.bundle = (index, decode_bundle(self.read(path), width))
            except LabelServiceError as error:
                self.report(path, f"{error.detail}; the audit ends here")
                raise _UnreadableBundleError from error
        return self.bundle[1]

    def look_at(self, index: int, entry: bytes) -> None:
        try:
            leaf = parse_leaf(entry)
        except InvalidDocument as error:
            self.report(f"entry {index}", error.detail)
        else:
            self.leaves[leaf.type] += 1
            self.on_leaf(index, leaf)

    def compare(self, files: Iterable[File]) -> None:
        """Hold published files against the rebuilt ones, byte for byte."""
        for path, expected in files:
            try:
                found = self.read(path)
            except LabelServiceError as error:
                self.report(path, error.detail)
                continue
            if found != expected:
                self.report(path, "the file differs from what the entries give")


def _is_full_hash_tile(path: str) -> bool:
    return ".p/" not in path and not path.startswith("tile/entries/")


def _text(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise InvalidDocument("expected a checkpoint in UTF-8") from error
