"""What a scheme must publish before it may certify: rule book, terms and fees, record of the consultation.

Directive (EU) 2024/825, Article 2(r): terms publicly available, open to all traders on equal terms, requirements
developed in consultation with experts and stakeholders. Each version is kept for ever, and its digest is signed and
logged, so nobody can say later that the rules were others.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files
from typing import Final, cast

from sqlmodel import Session, col, select

from label_service.accounts.rights import Actor, Right
from label_service.certification.notices import tell
from label_service.document import Model, Text, validate
from label_service.errors import Conflict, InvalidDocument, NotFound
from label_service.issuance.readiness import PUBLICATIONS, PublicationKind, unpublished
from label_service.issuance.scheme import Scheme
from label_service.issuance.setup import timestamp
from label_service.issuance.words import Words
from label_service.store.database import reading, transaction
from label_service.store.documents import body, keep
from label_service.store.party_tables import PartyRow
from label_service.store.scheme_tables import PublicationRow

KINDS: Final = PUBLICATIONS
MAX_BYTES: Final = 500_000
_VERSION: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}")


@dataclass(frozen=True, slots=True)
class Publication:
    """One version of a publication; `digest` is the SHA-256 of its text."""

    kind: PublicationKind
    version: str
    title: str
    digest: str
    published_at: datetime

    @property
    def path(self) -> str:
        """Where to read it."""
        return f"/scheme/{self.kind}/{self.version}"


class _Titled(Model):
    title: Text


class Publications:
    """The publications of one installation."""

    def __init__(self, scheme: Scheme) -> None:
        self._scheme = scheme
        self._bench = scheme.bench
        self._words = Words(scheme.bench, scheme.register)

    def publish(self, actor: Actor, kind: str, version: str, title: str, text: str) -> Publication:
        """Publish a version for ever: kept, signed, logged, and told to all parties.

        Args:
            actor: who runs the scheme.
            kind: one of `KINDS`.
            version: letters, digits, dots, dashes, at most 40.
            title: one line.
            text: Markdown.

        Raises:
            Refused: the actor does not run the scheme.
            InvalidDocument: kind, version, title or text break these rules.
            Conflict: this version is published already; a version never changes.
        """
        actor.check_may(Right.RUN_SCHEME)
        return self._publish(kind, version, title, text)

    def begin_with_starters(self) -> None:
        """Publish the shipped starters where a demo has nothing yet; they are marked DEMO."""
        for kind, title in KINDS.items():
            if not self.versions(kind):
                text = (files("label_service.certification") / "starters" / f"{kind}.md").read_text(encoding="utf-8")
                self._publish(kind, "demo-1", f"{title} (DEMO)", text)

    def versions(self, kind: str) -> list[Publication]:
        """Give all versions of a kind, newest first."""
        query = select(PublicationRow).where(PublicationRow.kind == kind)
        with reading(self._bench.engine) as session:
            rows = session.exec(
                query.order_by(col(PublicationRow.published_at).desc(), col(PublicationRow.version).desc())
            ).all()
        return [_publication(row) for row in rows]

    def newest(self, kind: str) -> Publication | None:
        """Give the version that counts now."""
        return next(iter(self.versions(kind)), None)

    def read(self, kind: str, version: str) -> tuple[Publication, str]:
        """Give a version with its text.

        Raises:
            NotFound: there is none.
        """
        with reading(self._bench.engine) as session:
            row = session.get(PublicationRow, (kind, version))
            if row is None:
                raise NotFound("there is no such publication", hint="/scheme lists all versions")
            return _publication(row), body(session, row.digest).decode()

    def missing(self) -> list[str]:
        """Name what the scheme still needs before it may certify; nothing is missing in a demo, which never does."""
        if self._bench.identity.is_demo:
            return []
        with reading(self._bench.engine) as session:
            lacking = unpublished(session, self._bench.identity)
        return lacking if self._has_auditor() else [*lacking, "An auditor who is accredited today"]

    def _has_auditor(self) -> bool:
        day = timestamp(self._bench.clock())[:10]
        listed = self._scheme.register.current().auditors
        return any(accreditation.covers(day) for auditor in listed for accreditation in auditor.accreditations)

    def _publish(self, kind: str, version: str, title: str, text: str) -> Publication:
        content = _checked(kind, version, title, text)
        now = self._bench.clock()
        with transaction(self._bench.engine) as session:
            if session.get(PublicationRow, (kind, version)):
                raise Conflict(
                    f"version {version} of the {KINDS[cast(PublicationKind, kind)].lower()} is published already",
                    hint="a version never changes: give the next one",
                )
            digest = keep(session, "publication", content, now)
            subject = {"document": kind, "document_version": version, "document_digest": digest}
            said = self._words.sign(session, "publication", subject, reason="published", text=title, now=now)
            self._words.log(session, said, now)
            row = PublicationRow(kind=kind, version=version, title=title, digest=digest, published_at=now)
            session.add(row)
            _tell_all(session, _publication(row), now)
        self._bench.mark_changed()
        self._bench.sequencer.catch_up()
        return _publication(row)


def _publication(row: PublicationRow) -> Publication:
    return Publication(cast(PublicationKind, row.kind), row.version, row.title, row.digest, row.published_at)


def _checked(kind: str, version: str, title: str, text: str) -> bytes:
    if kind not in KINDS:
        raise InvalidDocument(f"expected one of {', '.join(KINDS)}, found {kind[:40]!a}", where="kind")
    if not _VERSION.fullmatch(version):
        raise InvalidDocument(f"expected a version such as 2026-1, found {version[:60]!a}", where="version")
    validate(_Titled, {"title": title})
    content = text.replace("\r\n", "\n").encode()
    if not text.strip() or len(content) > MAX_BYTES:
        raise InvalidDocument(f"expected 1 to {MAX_BYTES} bytes of Markdown, found {len(content)}", where="text")
    return content


def _tell_all(session: Session, item: Publication, now: datetime) -> None:
    query = select(PartyRow.id).where(PartyRow.kind != "operator", PartyRow.state != "closed")
    for party_id in session.exec(query).all():
        tell(session, party_id, "publication", f"Published: {item.title}, version {item.version}.", item.path, now)
