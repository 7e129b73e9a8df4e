"""`label-service audit-log`: from a folder of public files, or over HTTP, with the log's key from a trust list."""

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple, get_args

from label_service.cli import show
from label_service.cli.quick import QuickKey
from label_service.errors import InvalidDocument, LabelServiceError, LogFault, NotFound, VerificationError
from label_service.fetch import fetch
from label_service.merkle import leaf_hash
from label_service.store.public_files import PublicFiles
from label_service.tlog.audit import Finding, audit_log
from label_service.tlog.checkpoint import Checkpoint, verify_checkpoint
from label_service.tlog.leaf import ClosingLeaf, Leaf, ScopeLeaf, leaf_bytes
from label_service.tlog.note import VerifierKey
from label_service.tlog.scopes import Books, Draw, Head
from label_service.tlog.tiles import TileTree
from label_service.tlog.tree import verify_inclusion
from label_service.trust.trust_list import KeyState, ListedKey, TrustList, open_trust_list, read_root

Reader = Callable[[str], bytes]
ARCHIVE_INDEX = "checkpoints/index"


class Audited(NamedTuple):
    """What a look through a whole log gave.

    Attributes:
        findings: what is not as it must be.
        draws: the draws of all scopes, from entries that follow from signed checkpoints.
        scopes: the entries of all scopes.
        results: digest of the auditor's statement by the id of the label she audited again.
        root: name of the pinned root behind the log's key; None when there is none.
    """

    findings: list[Finding]
    draws: tuple[Draw, ...]
    scopes: tuple[ScopeLeaf, ...]
    results: Mapping[str, str]
    root: str | None


def audit(source: str, roots: list[Path], trust_list: Path | None, at: str) -> int:
    """Audit a log, print what was found, and give the exit code.

    0: sound; 1: not sound; 3: sound, but no pinned root stands behind the log's key.

    Raises:
        NotFound: there is no such folder or address, or no trust list.
    """
    found = look_through(source, roots, trust_list, at)
    return verdict(found, "SOUND: every tile, root and checkpoint follows from the entries, and every scope adds up")


def verdict(found: Audited, words: str) -> int:
    """Print the findings, or these words where there are none, and give the exit code."""
    for finding in found.findings:
        show.line(f"✗ {finding.where}: {finding.detail}")
    if found.findings:
        show.line("NOT SOUND")
        return 1
    show.line(words)
    if found.root is None:
        show.line("? but no pinned root stands behind the log's key; pin it with --root")
        return 3
    return 0


def look_through(source: str, roots: list[Path], trust_list: Path | None, at: str) -> Audited:
    """Rebuild a log with the books of its scopes as of a time, and print what it holds.

    Raises:
        NotFound: there is no such folder or address, or no trust list.
    """
    read = reader_of(source)
    try:
        return rebuild(read, *trusted_keys(source, roots, trust_list, read, at), at)
    except (InvalidDocument, LogFault, VerificationError) as error:
        return Audited([Finding("trust list or checkpoint", error.detail)], (), (), {}, None)


def reader_of(source: str) -> Reader:
    """Give what reads the log's files of a source.

    Raises:
        NotFound: there is no such folder.
    """
    return _online(source) if "://" in source else _folder(Path(source))


def trusted_keys(
    source: str, roots: list[Path], trust_list: Path | None, read: Reader, at: str
) -> tuple[list[VerifierKey], str | None]:
    """Give the keys of the log that a source serves, and the name of the pinned root behind them, if any.

    Raises:
        NotFound: no trust list is there.
        InvalidDocument, VerificationError: it does not hold, or does not name the log.
        LogFault: the served checkpoint is signed by none of these keys.
    """
    text = trust_list.read_bytes() if trust_list else _trust_list(source, is_online="://" in source)
    pinned = dict(read_root(file.read_bytes()) for file in roots)
    opened = open_trust_list(text.decode("ascii", "replace").strip(), pinned, at)
    return log_keys(opened.trust_list, read), opened.root


def rebuild(read: Reader, keys: list[VerifierKey], root: str | None, at: str) -> Audited:
    """Rebuild a log whose keys are known, with the books of its scopes as of a time, and print what it holds."""
    findings: list[Finding] = []
    books, proofs = Books(findings.append), _Proofs(_head_tree(read), findings.append)

    closed: list[ClosingLeaf] = []

    def see(index: int, leaf: Leaf) -> None:
        if closed:
            findings.append(Finding(f"entry {index}", "stands behind the entry that closed the log"))
        if isinstance(leaf, ClosingLeaf):
            closed.append(leaf)
        books.see(index, leaf)
        if leaf.type == "label":
            proofs.check(index, leaf)

    heads: list[Head] = []
    report = audit_log(read, _noted(_archive(read), heads), keys, findings.append, see)
    at = closed[0].at if closed else at
    books.finish(at)
    draws = tuple(books.draws(heads, at))
    counts = ", ".join(f"{number} {kind}" for kind, number in sorted(report.leaves.items()))
    show.line(f"{keys[0].name}: {report.size} entries ({counts}), root {report.root.hex()}")
    if closed:
        show.line(f"closed at {at}, handed over to {closed[0].successor}")
    show.line(f"{report.checkpoints} archived checkpoints, {proofs.held} labels proven from the tiles")
    return Audited(findings, draws, books.scopes, books.results, root)


class _Proofs:
    """Proves labels from the tiles under the newest checkpoint; `held` counts those that are."""

    def __init__(self, tree: TileTree, on_finding: Callable[[Finding], None]) -> None:
        self._tree = tree
        self._root = tree.root()
        self._report = on_finding
        self.held = 0

    def check(self, index: int, leaf: Leaf) -> None:
        try:
            path = self._tree.inclusion_path(index)
            verify_inclusion(index, self._tree.size, leaf_hash(leaf_bytes(leaf)), path, self._root)
            self.held += 1
        except LabelServiceError as error:
            self._report(Finding(f"entry {index}", error.detail))


def _noted(archive: Iterable[str], heads: list[Head]) -> Iterable[str]:
    """Note size and root of each archived checkpoint on its way; what is none is a finding of the audit already."""
    for text in archive:
        with suppress(LabelServiceError):
            checkpoint = Checkpoint.parse(text)
            heads.append(Head(checkpoint.size, checkpoint.root))
        yield text


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
    beside = Path(source) / "trust-list.jwt"
    if beside.is_file():
        return beside.read_bytes()
    raise NotFound("expected the trust list of the log", hint="name it with --trust-list")


def log_keys(trust_list: TrustList, read: Reader) -> list[VerifierKey]:
    """Give the listed keys of the log whose checkpoint is served, which is signed by one that nobody else has.

    Those that were compromised later signed checkpoints of the archive; what a thief signed does not fit the entries.
    """
    served = read("checkpoint").decode("utf-8", "replace")
    origin = served.partition("\n")[0]
    listed = [key for key in trust_list.log(origin).keys if key.use == "log"]
    keys = {state: [_verifier_key(origin, key) for key in listed if key.state == state] for state in get_args(KeyState)}
    standing = [*keys["active"], *keys["retired"]]
    if not standing:
        raise InvalidDocument(f"the trust list has no usable key of the log {origin[:80]}")
    verify_checkpoint(served, *standing)
    return [*standing, *keys["compromised"]]


def _verifier_key(origin: str, key: ListedKey) -> VerifierKey:
    return QuickKey(origin, key.jwk.raw)


def _head_tree(read: Reader) -> TileTree:
    return TileTree(Checkpoint.parse(read("checkpoint").decode("utf-8", "replace")).size, read)


def _archive(read: Reader) -> Iterable[str]:
    """Give every archived checkpoint, oldest first, by the index of their sizes; a missing one as nothing."""
    for size in read(ARCHIVE_INDEX).decode("ascii", "replace").split():
        try:
            yield read(f"checkpoints/{size}").decode("utf-8", "replace")
        except NotFound:
            yield ""
