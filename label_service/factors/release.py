"""Releases of factors: immutable tables with a digest, loaded once, each row provable on its own.

The digest is the root of an RFC 6962 tree over the canonical rows, so an assessment names the tables it was made with
by one digest and a bundle carries only the rows it used. Format page: docs/formats/release.md.
"""

from bisect import bisect_left
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any

from label_service import canonical, merkle
from label_service.errors import InvalidDocument, MissingFactor, NotFound, UnsupportedVersion
from label_service.factors.rows import ProvenRow, RowId, missing_row
from label_service.factors.tables import read_rows

_RELEASES = Path(__file__).parent / "releases"
_HEADER_MEMBERS = {"type", "version", "name", "release", "size", "root", "licences"}
_MOUNTED: dict[str, "Release"] = {}  # further releases of this process by digest, which alone says what they hold


@dataclass(frozen=True)
class Release:
    """All rows of one release.

    Attributes:
        name: of the package, such as `label-factors`.
        version: year, month and patch, such as `2026.11.0`.
        digest: the root of the tree over its rows.
    """

    name: str
    version: str
    digest: str
    licences: tuple[Mapping[str, Any], ...]
    _rows: Mapping[RowId, Mapping[str, Any]]
    _lines: tuple[bytes, ...]

    @property
    def size(self) -> int:
        """Number of rows, which is the size of the tree."""
        return len(self._lines)

    def row(self, table: str, key: str) -> Mapping[str, Any]:
        """Give a row as members with text, which must not be changed.

        Raises:
            MissingFactor: no such row; the hint names the nearest keys.
        """
        try:
            return self._rows[table, key]
        except KeyError:
            raise MissingFactor(missing_row(table, key), hint=self._nearest(table, key)) from None

    def has(self, table: str, key: str) -> bool:
        """Tell whether there is a row."""
        return (table, key) in self._rows

    def keys(self, table: str) -> tuple[str, ...]:
        """Give the keys of a table in order; none for an unknown table."""
        return self._keys.get(table, ())

    @cached_property
    def _keys(self) -> dict[str, tuple[str, ...]]:
        keys: dict[str, list[str]] = {}
        for table, key in self._rows:
            keys.setdefault(table, []).append(key)
        return {table: tuple(found) for table, found in keys.items()}

    @property
    def ids(self) -> list[RowId]:
        """Table and key of every row, in the order of the tree."""
        return list(self._rows)

    def row_bytes(self, table: str, key: str) -> bytes:
        """Give the canonical bytes of a row: what its leaf hashes."""
        return self._lines[self._index(table, key)]

    def proof(self, table: str, key: str) -> ProvenRow:
        """Give a row with its audit path, for a bundle."""
        return self._proof(self._index(table, key))

    def neighbours(self, table: str, key: str) -> tuple[ProvenRow, ...]:
        """Give the rows before and after the place of a missing row, which prove that it is missing."""
        after = bisect_left(self._ids, (table, key))
        return tuple(self._proof(index) for index in (after - 1, after) if 0 <= index < self.size)

    def header(self) -> dict[str, Any]:
        """Give the header document, as in `release.json`."""
        return {
            "type": "release",
            "version": "1",
            "name": self.name,
            "release": self.version,
            "size": self.size,
            "root": self.digest,
            "licences": [dict(licence) for licence in self.licences],
        }

    def lines(self) -> bytes:
        """Give all rows in the order of the tree, one canonical row a line: the published form of a release."""
        return b"".join(line + b"\n" for line in self._lines)

    def to_bytes(self) -> bytes:
        """Give header and rows as one file, the header in its first line."""
        return canonical.encode(self.header()) + b"\n" + self.lines()

    @cached_property
    def _ids(self) -> list[RowId]:
        return list(self._rows)

    @cached_property
    def _tree(self) -> tuple[tuple[bytes, ...], ...]:
        return merkle.levels([merkle.leaf_hash(line) for line in self._lines])

    def _index(self, table: str, key: str) -> int:
        self.row(table, key)
        return bisect_left(self._ids, (table, key))

    def _proof(self, index: int) -> ProvenRow:
        path = tuple(sibling.hex() for sibling in merkle.path_in(self._tree, index))
        return ProvenRow(index, self._rows[self._ids[index]], path)

    def _nearest(self, table: str, key: str) -> str:
        import difflib  # noqa: PLC0415 - only errors need it

        keys = self.keys(table)
        if not keys:
            return f"the tables are {', '.join(sorted({name for name, _ in self._rows}))}"
        near = difflib.get_close_matches(key, keys, n=3, cutoff=0.5)
        return f"the nearest are {', '.join(near)}" if near else f"the table has {len(keys)} rows, none of them similar"


class RecordingRelease:
    """Hands out rows of a release and remembers which were asked for, so that a bundle carries exactly these."""

    def __init__(self, release: Release) -> None:
        self.release = release
        self._asked: set[RowId] = set()

    def row(self, table: str, key: str) -> Mapping[str, Any]:
        """Give a row and remember it, or remember that it is missing.

        Raises:
            MissingFactor: no such row.
        """
        self._asked.add((table, key))
        return self.release.row(table, key)

    def has(self, table: str, key: str) -> bool:
        """Tell whether there is a row, and remember the answer."""
        self._asked.add((table, key))
        return self.release.has(table, key)

    @property
    def asked(self) -> frozenset[RowId]:
        """Table and key of every row that was asked for, there or not."""
        return frozenset(self._asked)

    @property
    def used(self) -> tuple[RowId, ...]:
        """Table and key of the rows that were asked for and are there, in order."""
        return tuple(sorted(row_id for row_id in self._asked if self.release.has(*row_id)))

    def proven(self) -> tuple[ProvenRow, ...]:
        """Give the rows asked for with their paths, and the neighbours of those that are missing, in tree order."""
        proven = [self.release.proof(*row_id) for row_id in self.used]
        missing = sorted(row_id for row_id in self._asked if not self.release.has(*row_id))
        proven += [neighbour for row_id in missing for neighbour in self.release.neighbours(*row_id)]
        by_index = {entry.index: entry for entry in proven}
        return tuple(by_index[index] for index in sorted(by_index))


@lru_cache
def versions() -> tuple[str, ...]:
    """Give the versions inside this package, oldest first."""
    names = (folder.name for folder in _RELEASES.iterdir() if (folder / "release.json").exists())
    return tuple(sorted(names, key=lambda name: [int(part) for part in name.split(".")]))


def load_release(version: str | None = None) -> Release:
    """Load a release of this package, the newest when no version is named.

    Raises:
        NotFound: no such version.
    """
    known = versions()
    if version is not None and version not in known:
        raise NotFound(f"expected one of the releases {', '.join(known)}, found {version!r}")
    return _load(version or known[-1])


@lru_cache
def _load(version: str) -> Release:
    return load_folder(_RELEASES / version)


def mount(release: Release) -> Release:
    """Let `find_release` find a further release in this process; what is found is decided by its digest alone."""
    return _MOUNTED.setdefault(release.digest, release)


def find_release(digest: str) -> Release:
    """Give the release with a digest, of this package or mounted: old releases stay loadable.

    Raises:
        NotFound: no release has this digest.
    """
    if digest in _MOUNTED:
        return _MOUNTED[digest]
    for version in reversed(versions()):
        if load_release(version).digest == digest:
            return load_release(version)
    raise NotFound(
        f"no release of this build has the digest {digest}", hint="update, or mount the release: docs/releases.md"
    )


def load_folder(path: Path) -> Release:
    """Load a release from a folder with tables and `release.json`, such as a further package of a deployment.

    Raises:
        InvalidDocument: the header is malformed, a table is malformed, or size or root differ from the header.
        UnsupportedVersion: the header has another type or version.
    """
    try:
        data = (path / "release.json").read_bytes()
    except OSError as error:
        raise InvalidDocument(f"expected a release folder with a readable release.json: {error.strerror}") from error
    return _as_stated(_read_header(data), read_rows(path))


def read_release(data: bytes) -> Release:
    """Read a release from one file: the header in its first line, then its rows, one canonical row a line.

    Raises:
        InvalidDocument: malformed, rows out of order, or size or root differ from the header.
        UnsupportedVersion: the header has another type or version.
    """
    head, _, lines = data.partition(b"\n")
    header = _read_header(head)
    rows = [canonical.decode(line) for line in lines.splitlines()]
    if not all(isinstance(row, dict) and {"table", "key"} <= row.keys() for row in rows):
        raise InvalidDocument("expected a row with table and key in every line after the first")
    if any((left["table"], left["key"]) >= (right["table"], right["key"]) for left, right in pairwise(rows)):
        raise InvalidDocument("expected rows in the order of table and key, each once")
    return _as_stated(header, rows)


def _as_stated(header: Mapping[str, Any], rows: Iterable[dict[str, Any]]) -> Release:
    """Build a release and hold it against its header."""
    release = build(header["name"], header["release"], header["licences"], rows)
    if (release.size, release.digest) != (header["size"], header["root"]):
        raise InvalidDocument(
            f"expected {header['size']} rows with the root {header['root']}, "
            f"found {release.size} with {release.digest}",
            hint="a published release is immutable: restore its tables, or publish a new version",
            where="release.json",
        )
    return release


def build(name: str, version: str, licences: Iterable[Mapping[str, Any]], rows: Iterable[dict[str, Any]]) -> Release:
    """Build a release from rows ordered by table and key; its header is what a publisher writes to `release.json`."""
    by_id = {(row["table"], row["key"]): row for row in rows}
    # Copied, because bytes as the encoder gives them keep the buffer they were written in, ten times a row.
    lines = tuple(memoryview(canonical.encode_checked(row)).tobytes() for row in by_id.values())
    digest = merkle.root([merkle.leaf_hash(line) for line in lines]).hex()
    return Release(name, version, digest, tuple(licences), by_id, lines)


def _read_header(data: bytes) -> dict[str, Any]:
    header = canonical.decode(data)
    found = (header.get("type"), header.get("version")) if isinstance(header, dict) else (None, None)
    if found != ("release", "1"):
        raise UnsupportedVersion('expected type "release" and version "1"', where="release.json")
    if set(header) != _HEADER_MEMBERS or not isinstance(header["licences"], list):
        raise InvalidDocument(f"expected the members {', '.join(sorted(_HEADER_MEMBERS))}", where="release.json")
    return header  # type: ignore[no-any-return]
