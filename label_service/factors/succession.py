"""From one release to the next: what a new one must keep, and which rows it changes. Page: docs/releases.md."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from label_service.errors import InvalidDocument
from label_service.factors.release import Release
from label_service.factors.rows import ProvenRows, RowId, Rows

_VERSION = re.compile(r"20[0-9]{2}\.(?:[1-9]|1[0-2])\.(?:0|[1-9][0-9]{0,3})")


class RowChange(NamedTuple):
    """A row that two releases do not share: None where one of them lacks it."""

    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None

    @property
    def members(self) -> dict[str, tuple[Any, Any]]:
        """Members that differ, each as it was and as it is; what was absent is None."""
        before, after = self.before or {}, self.after or {}
        names = sorted({*before, *after})
        return {name: (before.get(name), after.get(name)) for name in names if before.get(name) != after.get(name)}


def check_successor(release: Release, earlier: Iterable[Release], pin: str) -> None:
    """Hold a new release against what a scheme has published already.

    Args:
        release: the new one.
        earlier: those published so far.
        pin: digest that the steward published on another way.

    Raises:
        InvalidDocument: another digest than pinned, a version that is not spelled as one or not later than all before,
            another package, or a row that does not prove.
    """
    if release.digest != pin:
        raise InvalidDocument(
            f"expected the release with the digest {pin[:64]!a}, found {release.digest}",
            hint="take the digest from who made the release, not from the file itself",
        )
    if not _VERSION.fullmatch(release.version):
        raise InvalidDocument(f"expected a version as year, month and patch, found {release.version[:40]!a}")
    for other in earlier:
        if release.name != other.name:
            raise InvalidDocument(f"expected a release of {other.name!r}, found one of {release.name[:80]!r}")
        if version_order(release.version) <= version_order(other.version):
            raise InvalidDocument(f"expected a version after {other.version}, found {release.version}")
    ProvenRows(release.digest, release.size, [release.proof(*row_id) for row_id in release.ids])


def version_order(version: str) -> tuple[int, ...]:
    """Give what versions are ordered by: year, month, patch."""
    return tuple(int(part) for part in version.split("."))


def changed_rows(before: Release, after: Release) -> dict[RowId, RowChange]:
    """Give the rows that differ, are new or are gone, in the order of table and key."""
    found = {}
    for row_id in sorted({*before.ids, *after.ids}):
        rows = (release.row(*row_id) if release.has(*row_id) else None for release in (before, after))
        change = RowChange(*rows)
        if change.before != change.after:
            found[row_id] = change
    return found


class OneRowChanged:
    """A release with one row of another release, to see what that row alone does."""

    def __init__(self, before: Rows, row_id: RowId, after: Rows) -> None:
        self._before, self._row_id, self._after = before, row_id, after

    def row(self, table: str, key: str) -> Mapping[str, Any]:
        """Give a row.

        Raises:
            MissingFactor: no such row.
        """
        return self._of(table, key).row(table, key)

    def has(self, table: str, key: str) -> bool:
        """Tell whether there is a row."""
        return self._of(table, key).has(table, key)

    def _of(self, table: str, key: str) -> Rows:
        return self._after if (table, key) == self._row_id else self._before
