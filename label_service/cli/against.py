"""`label-service audit-log --against`: hold two sources of one log against each other, and keep what proves a split."""

from collections.abc import Sequence
from pathlib import Path

from label_service.cli import show
from label_service.cli.audit import Reader, reader_of, trusted_keys
from label_service.cli.installation import read_file
from label_service.errors import LogFault
from label_service.tlog.checkpoint import Checkpoint, verify_checkpoint
from label_service.tlog.note import VerifierKey
from label_service.tlog.split_view import SplitView
from label_service.tlog.tiles import TileTree


def compare(source: str, other: str, roots: list[Path], trust_list: Path | None, at: str, *, evidence: Path) -> int:
    """Compare what two sources say about one log, print it, and give the exit code.

    0: one tree; 1: a split view, proven by a file; 3: one tree, but no pinned root stands behind the log's key, or
    the smaller source is all there is to compare with.

    Args:
        source: address of a service or folder of its public files.
        other: the same of another one, a file with a checkpoint, or evidence that somebody else kept.
        roots: root files to trust.
        trust_list: names the log's keys; that of the source when left out.
        at: the time to judge by.
        evidence: where the proof of a split view goes.

    Raises:
        NotFound: a source or a trust list is not there.
        LogFault: a checkpoint is not signed by this log, or a file of it is damaged.
        InvalidDocument: a file is none of these things.
    """
    read = reader_of(source)
    keys, root = trusted_keys(source, roots, trust_list, read, at)
    data = _given(other)
    if data is not None and data.startswith(b"{"):
        return _said(SplitView.from_bytes(data.strip()), keys, root)
    ours, theirs = _head(read, keys), _checkpoint(data or reader_of(other)("checkpoint"), keys)
    if theirs.size <= ours.size:
        found = _split(theirs, ours, read)
    elif data is None:
        found = _split(ours, theirs, reader_of(other))
    else:
        show.line(f"? the other checkpoint covers {theirs.size} entries, this source {ours.size}: ask again later")
        return 3
    if found is None:
        show.line(f"ONE TREE: {ours.size} and {theirs.size} entries of {ours.origin} are consistent")
        return 0 if root else _unpinned()
    evidence.write_bytes(found.to_bytes() + b"\n")
    show.line(f"evidence for anybody to check: {evidence.name}")
    return _said(found, keys, root)


def _said(found: SplitView, keys: Sequence[VerifierKey], root: str | None) -> int:
    """Check evidence as a stranger would, and say what it proves."""
    first, second = found.check(*keys)
    show.line(f"✗ {first.origin} signed {first.size} entries with root {first.root.hex()}")
    shown = found.root or second.root.hex()
    show.line(f"✗ and a tree of {second.size} entries whose first {first.size} have the root {shown}")
    show.line("SPLIT VIEW: one log, two trees; both signatures hold")
    if root is None:
        _unpinned()
    return 1


def _split(smaller: Checkpoint, larger: Checkpoint, read: Reader) -> SplitView | None:
    """Give the proof that the smaller tree is not the beginning of the larger; None where it is.

    Raises:
        LogFault: the tiles of the larger tree do not give its root.
    """
    first, second = str(smaller), str(larger)
    if smaller.size == larger.size:
        return None if smaller.root == larger.root else SplitView(first=first, second=second)
    tree = TileTree(larger.size, read)
    if tree.root() != larger.root:
        raise LogFault("the tiles of the larger source do not give the root it signed", hint="audit that source alone")
    root = tree.root(smaller.size)
    if root == smaller.root or not smaller.size:
        return None
    path = tuple(node.hex() for node in tree.consistency_path(smaller.size))
    return SplitView(first=first, second=second, root=root.hex(), path=path)


def _given(other: str) -> bytes | None:
    """Read the other source where it is a file."""
    path = Path(other)
    return read_file(path) if "://" not in other and path.is_file() else None


def _head(read: Reader, keys: Sequence[VerifierKey]) -> Checkpoint:
    return _checkpoint(read("checkpoint"), keys)


def _checkpoint(data: bytes, keys: Sequence[VerifierKey]) -> Checkpoint:
    return verify_checkpoint(data.decode("utf-8", "replace"), *keys)


def _unpinned() -> int:
    show.line("? but no pinned root stands behind the log's key; pin it with --root")
    return 3
