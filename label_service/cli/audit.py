"""`label-service audit-log`: from a folder of public files, or over HTTP, with the log's key from a trust list."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path

from label_service.cli import show
from label_service.errors import InvalidDocument, NotFound
from label_service.fetch import fetch
from label_service.merkle import leaf_hash
from label_service.store.public_files import PublicFiles
from label_service.tlog.audit import Finding, audit_log
from label_service.tlog.checkpoint import Checkpoint
from label_service.tlog.leaf import Leaf, leaf_bytes
from label_service.tlog.note import VerifierKey
from label_service.tlog.tiles import TileTree
from label_service.tlog.tree import verify_inclusion
from label_service.trust.trust_list import open_trust_list, read_root

Reader = Callable[[str], bytes]
ARCHIVE_INDEX = "checkpoints/index"


def audit(source: str, roots: list[Path], trust_list: Path | None) -> bool:
    """Audit a log, print what was found, and tell whether it is sound."""
    is_online = "://" in source
    read = _online(source) if is_online else _folder(Path(source))
    text = trust_list.read_bytes() if trust_list else _trust_list(source, is_online=is_online)
    keys = _log_keys(text.decode("ascii").strip(), roots, read)
    findings: list[Finding] = []
    tree = _head_tree(read)
    labels = 0

    def see(index: int, leaf: Leaf) -> None:
        nonlocal labels
        if leaf.type == "label":
            verify_inclusion(index, tree.size, leaf_hash(leaf_bytes(leaf)), tree.inclusion_path(index), tree.root())
            labels += 1

    report = audit_log(read, _archive(read), keys, findings.append, see)
    for finding in findings:
        show.line(f"✗ {finding.where}: {finding.detail}")
    counts = ", ".join(f"{number} {kind}" for kind, number in sorted(report.leaves.items()))
    show.line(f"{keys[0].name}: {report.size} entries ({counts}), root {report.root.hex()}")
    show.line(f"{report.checkpoints} archived checkpoints, {labels} labels proven from the tiles")
    show.line("SOUND: every tile, root and checkpoint follows from the entries" if not findings else "NOT SOUND")
    return not findings


def _folder(folder: Path) -> Reader:
    """Read the log's files below a public folder, or below its own folder."""
    below = folder / "log" if (folder / "log").is_dir() else folder
    if not below.is_dir():
        raise NotFound(f"there is no folder {folder.name}", hint="give the folder of public files, or an address")
    files = PublicFiles(below)

    def read(name: str) -> bytes:
        return _sizes(below) if name == ARCHIVE_INDEX else files.read(name)

    return read


def _sizes(folder: Path) -> bytes:
    """Make the index that a service gives from the names of the archived checkpoints."""
    names = (entry.name for entry in (folder / "checkpoints").iterdir())
    return "\n".join(str(size) for size in sorted(int(name) for name in names if name.isdigit())).encode()


def _online(origin: str) -> Reader:
    return lambda name: fetch(f"{origin.rstrip('/')}/log/{name}")


def _trust_list(source: str, *, is_online: bool) -> bytes:
    if is_online:
        return fetch(f"{source.rstrip('/')}/trust-list.jwt")
    raise NotFound("expected the trust list of the log", hint="name it with --trust-list")


def _log_keys(text: str, root_files: list[Path], read: Reader) -> list[VerifierKey]:
    """Give the listed keys of the log whose checkpoint is served."""
    at = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    roots = dict(read_root(file.read_bytes()) for file in root_files)
    opened = open_trust_list(text, roots, at)
    if opened.root is None:
        show.line("? no pinned root stands behind this trust list; pin it with --root")
    origin = read("checkpoint").decode("utf-8", "replace").partition("\n")[0]
    keys = [
        VerifierKey(origin, key.jwk.raw) for key in opened.trust_list.log(origin).keys if key.state != "compromised"
    ]
    if not keys:
        raise InvalidDocument(f"the trust list has no usable key of the log {origin[:80]}")
    return keys


def _head_tree(read: Reader) -> TileTree:
    return TileTree(Checkpoint.parse(read("checkpoint").decode("utf-8", "replace")).size, read)


def _archive(read: Reader) -> Iterable[str]:
    """Give every archived checkpoint, oldest first, by the index of their sizes."""
    for size in read(ARCHIVE_INDEX).decode("ascii", "replace").split():
        yield read(f"checkpoints/{size}").decode("utf-8", "replace")
