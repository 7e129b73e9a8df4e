"""Releases of factors on one installation: published, in use for new declarations, withdrawn. Page: docs/releases.md.

The trust list names every release that labels rest on. The last one on it that was not withdrawn is in use: what is
declared from then on is assessed with it, and what was assessed before keeps its own.
"""

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple

from sqlmodel import Session, select

from label_service.errors import Conflict, NotFound, Refused
from label_service.factors.release import Release, mount
from label_service.factors.succession import check_successor
from label_service.issuance.changes import Change, Moment, release_leaf
from label_service.issuance.register import Register
from label_service.issuance.setup import listed_release
from label_service.issuance.workbench import Workbench
from label_service.store.database import reading
from label_service.store.documents import keep
from label_service.store.releases import published_release, withdrawn_releases
from label_service.store.tables import ReleaseRow
from label_service.trust.trust_list import TrustList

_REASON_LENGTH = 1000


class Published(NamedTuple):
    """A release on the trust list: since when, and when and why it was withdrawn."""

    digest: str
    version: str
    size: int
    is_in_use: bool
    published_at: datetime | None
    withdrawn_at: datetime | None
    reason: str


class Releases:
    """The releases of one installation."""

    def __init__(self, bench: Workbench, register: Register) -> None:
        self._bench = bench
        self._register = register
        self._kept: tuple[int, Release] | None = None  # by the number of the trust list

    def current(self) -> Release:
        """Give the release that is in use."""
        with reading(self._bench.engine) as session:
            return self.in_use(session)

    def in_use(self, session: Session) -> Release:
        """Give the release that is in use as a unit of work sees it."""
        content = self._register.newest(session)
        if self._kept is None or self._kept[0] != content.sequence:
            digest = _in_use(content, withdrawn_releases(session))
            self._kept = content.sequence, published_release(session, digest)
        return self._kept[1]

    def find(self, digest: str) -> Release:
        """Give a release of the package or one that was published.

        Raises:
            NotFound: there is none with this digest.
        """
        with reading(self._bench.engine) as session:
            return published_release(session, digest)

    def all(self) -> list[Published]:
        """Give the releases on the trust list, the newest first."""
        with reading(self._bench.engine) as session:
            content = self._register.newest(session)
            rows = {row.digest: row for row in session.exec(select(ReleaseRow)).all()}
        in_use = _in_use(content, {digest for digest, row in rows.items() if row.withdrawn_at})
        found = []
        for item in reversed(content.releases):
            row = rows.get(item.digest)
            told = (row.published_at, row.withdrawn_at, row.reason) if row else (None, None, "")
            found.append(Published(item.digest, item.release, item.size, item.digest == in_use, *told))
        return found

    def publish(self, release: Release, pin: str) -> None:
        """Put a release on the trust list and into use; labels keep the release they were made with.

        Args:
            release: of this package, or any other.
            pin: its digest, as its maker published it on another way.

        Raises:
            InvalidDocument: it is not the release that was pinned, or does not follow the earlier ones.
        """

        def change(session: Session, content: TrustList, moment: Moment) -> Change:
            check_successor(release, [published_release(session, item.digest) for item in content.releases], pin)
            document = keep(session, "release", release.to_bytes(), moment.at)
            session.add(ReleaseRow(digest=release.digest, document_digest=document, published_at=moment.at))
            added = listed_release(release)
            releases = (*content.releases, added)
            return Change(content.model_copy(update={"releases": releases}), [release_leaf(added)])

        self._register.edit(change)
        mount(release)

    def withdraw(self, digest: str, reason: str) -> None:
        """Take a release out of use: nothing new is assessed, attested or labelled with it.

        Labels that rest on it stay as they are until each is decided about; a re-assessment says which would change.

        Args:
            digest: of the release.
            reason: in public words.

        Raises:
            NotFound: it is not on the trust list.
            Refused: without a reason.
            Conflict: it was withdrawn already, or it is the only one in use.
        """
        if not reason.strip() or len(reason) > _REASON_LENGTH:
            raise Refused(f"expected a reason of 1 to {_REASON_LENGTH} characters")

        def change(session: Session, content: TrustList, moment: Moment) -> Change:
            if digest not in {item.digest for item in content.releases}:
                raise NotFound(f"there is no release {digest[:64]!a} on the trust list")
            withdrawn = withdrawn_releases(session)
            if digest in withdrawn:
                raise Conflict("this release was withdrawn already")
            _in_use(content, {*withdrawn, digest})
            row = session.get(ReleaseRow, digest) or ReleaseRow(digest=digest, published_at=moment.at)
            row.withdrawn_at, row.reason = moment.at, reason.strip()
            session.add(row)
            return Change(content)

        self._register.edit(change)


def _in_use(content: TrustList, withdrawn: Collection[str]) -> str:
    left = [item.digest for item in content.releases if item.digest not in withdrawn]
    if not left:
        raise Conflict("it is the only release in use", hint="publish another one first")
    return left[-1]
