"""Rows of a release and how they are asked for, recorded and proven.

Rows stand in the tree in the order of table and key. So two neighbours in the tree, with their paths, prove that
nothing stands between them: a bundle can show that the release lacks a row, and leaving one out does not go unseen.
"""

from bisect import bisect_left
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Protocol

from label_service import canonical, merkle
from label_service.errors import InvalidDocument, MissingFactor, VerificationError

RowId = tuple[str, str]  # table and key


class Rows(Protocol):
    """What the method needs of a release: the whole of it, or the proven rows of a bundle."""

    def row(self, table: str, key: str) -> Mapping[str, Any]:
        """Give a row.

        Raises:
            MissingFactor: the release has no such row.
        """
        ...

    def has(self, table: str, key: str) -> bool:
        """Tell whether the release has a row."""
        ...


@dataclass(frozen=True, slots=True)
class ProvenRow:
    """A row with its place in the tree of its release: one entry of `rows` in a bundle.

    Example: `{"index": 12, "path": ["9f…", …], "row": {"key": "hgv-average", "table": "transport", …}}`.
    """

    index: int
    row: Mapping[str, Any]
    path: tuple[str, ...]

    @property
    def id(self) -> RowId:
        """Table and key of the row."""
        return self.row["table"], self.row["key"]

    def as_document(self) -> dict[str, Any]:
        """Give the members as they stand in a bundle."""
        return {"index": self.index, "path": list(self.path), "row": dict(self.row)}

    @classmethod
    def from_document(cls, value: Any) -> "ProvenRow":
        """Check the shape of a parsed entry; the proof itself is checked by `ProvenRows`.

        Raises:
            InvalidDocument: other members, or a row without table and key.
        """
        match value:
            case {
                "index": int(index),
                "path": list(path),
                "row": {"table": str(), "key": str()} as row,
                **others,
            }:
                if (
                    not others
                    and not isinstance(index, bool)
                    and all(isinstance(text, str) and _is_hash(text) for text in path)
                ):
                    return cls(index, row, tuple(path))
        raise InvalidDocument("expected a proven row with index, path of 64-digit hashes, and row with table and key")


class ProvenRows:
    """The rows of a bundle, each proven against the digest and size of the release they are said to come from."""

    def __init__(self, digest: str, size: int, rows: Iterable[ProvenRow]) -> None:
        """Check every row.

        Raises:
            VerificationError: a path does not lead to the digest, or rows are out of order; `where` names the row.
            InvalidDocument: the digest is not 64 lower-case hexadecimal digits.
        """
        if not _is_hash(digest):
            raise InvalidDocument(f"expected a digest of 64 lower-case hexadecimal digits, found {digest[:80]!r}")
        self.digest = digest
        self.size = size
        self._proven = sorted(rows, key=lambda proven: proven.index)
        for proven in self._proven:
            _check_proof(proven, size, bytes.fromhex(digest))
        self._ids = [proven.id for proven in self._proven]
        if any(left >= right for left, right in pairwise(self._ids)):
            raise VerificationError("expected rows in the order of table and key, each once")
        self._rows = {proven.id: proven.row for proven in self._proven}

    def row(self, table: str, key: str) -> Mapping[str, Any]:
        """Give a proven row.

        Raises:
            MissingFactor: its neighbours prove that the release has no such row.
            VerificationError: neither the row nor its neighbours are there.
        """
        if self.has(table, key):
            return self._rows[table, key]
        raise MissingFactor(missing_row(table, key))

    def has(self, table: str, key: str) -> bool:
        """Tell whether the release has a row, which a bundle must prove either way.

        Raises:
            VerificationError: neither the row nor its neighbours are there.
        """
        if (table, key) in self._rows:
            return True
        position = bisect_left(self._ids, (table, key))
        before = self._proven[position - 1].index if position else -1
        after = self._proven[position].index if position < len(self._ids) else self.size
        if after != before + 1:
            raise VerificationError(
                f"expected the row {key!r} of table {table!r}, or its neighbours as proof that there is none",
                where=f"{table}/{key}",
            )
        return False


def missing_row(table: str, key: str) -> str:
    """Say that a row is missing, in the same words in the service and in the verifier."""
    return f"the release has no row {key!r} in table {table!r}"


def _check_proof(proven: ProvenRow, size: int, root: bytes) -> None:
    try:
        leaf = merkle.leaf_hash(canonical.encode_checked(proven.row))
        merkle.verify_path(proven.index, size, leaf, [bytes.fromhex(text) for text in proven.path], root)
    except VerificationError as error:
        raise VerificationError(error.detail, where="/".join(proven.id)) from None


def _is_hash(text: str) -> bool:
    return len(text) == 2 * merkle.HASH_BYTES and set(text) <= set("0123456789abcdef")
