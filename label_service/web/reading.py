"""Pages people read: label, data sheet, method, home. Rendered once, kept for seconds, sent as prepared responses."""

import time
from asyncio import Lock
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime
from itertools import islice

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from label_service.certification.open_register import OpenRegister
from label_service.factors.release import find_release
from label_service.improvement import improvements
from label_service.issuance.labels import IssuedLabel
from label_service.issuance.parts import Standing
from label_service.issuance.reasons import REASONS
from label_service.issuance.scheme import Scheme
from label_service.issuance.setup import timestamp
from label_service.issuance.submission import Submission
from label_service.label.attestation import Frame, ScopeAttestation, read_attestation
from label_service.label.content import LabelContent
from label_service.label.credential import read_label
from label_service.trust.trust_list import ListedKey, find_key
from label_service.web import pages, paths
from label_service.web.languages import ENGLISH, Language, language_headers, language_of, languages, spoken
from label_service.web.published import published_names
from label_service.web.views import (
    Auditor,
    Card,
    DataSheetView,
    HomeView,
    Improvement,
    LabelStatus,
    LabelView,
    MethodView,
    PartView,
)

KEPT_S = 10.0  # a change of state is visible at once in this process and after this time in others
_MOST_KEPT = 4096
_DROPPED_AT_ONCE = 16  # by each that comes, so that none waits for a large sweep
_HEADERS = {
    "Content-Type": "text/html; charset=utf-8",
    "Cache-Control": "public, max-age=10",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


class ReadingRoom:
    """Renders and keeps the pages of one scheme."""

    def __init__(self, scheme: Scheme, *, is_desk_open: bool = False) -> None:
        self._scheme = scheme
        self._register = OpenRegister(scheme)
        self._is_desk_open = is_desk_open
        self._kept: dict[tuple[str, Language | None], tuple[float, int, Response]] = {}
        self._rendering = Lock()

    def label_routes(self) -> list[Route]:
        """Give the routes of label pages, which come first because they are asked for most."""
        paths.register()
        return [
            Route("/L/{id:label_id}", self._label),
            Route("/L/{id:label_id}/method", self._label_method),
        ]

    def page_routes(self, *, needs_account: bool) -> list[Route]:
        """Give the routes of the other pages; data sheets are behind the guard, except in the demo."""
        sheets = [Route("/D/{id:str}", self._sheet), Route("/D/{id:str}/method", self._sheet_method)]
        if needs_account:
            sheets = []
        return [Route("/", self._home), Route("/method", self._method), *sheets]

    async def _label(self, request: Request) -> Response:
        label_id: str = request.path_params["id"]
        return await self.page(
            f"L/{label_id}",
            lambda: pages.label_page(self.label_view(label_id)),
            policy=pages.LABEL_POLICY,
            language=language_of(request),
        )

    async def _label_method(self, request: Request) -> Response:
        label_id: str = request.path_params["id"]
        return await self.page(
            f"L/{label_id}/method",
            lambda: self._label_method_text(label_id),
            language=language_of(request),
        )

    async def _sheet(self, request: Request) -> Response:
        identifier: str = request.path_params["id"]
        return await self.page(f"D/{identifier}", lambda: self._sheet_text(identifier), language=language_of(request))

    async def _sheet_method(self, request: Request) -> Response:
        identifier: str = request.path_params["id"]
        return await self.page(
            f"D/{identifier}/method",
            lambda: self._sheet_method_text(identifier),
            language=language_of(request),
        )

    async def _home(self, request: Request) -> Response:
        return await self.page("", self._home_text, language=language_of(request))

    async def _method(self, request: Request) -> Response:
        identity = self._scheme.identity
        return await self.page(
            "method",
            lambda: pages.method_page(self._scheme.releases.current(), identity.display_name, demo=identity.is_demo),
            language=language_of(request),
        )

    async def page(
        self,
        key: str,
        render: Callable[[], str],
        *,
        policy: str = pages.SECURITY_POLICY,
        language: Language | None = None,
    ) -> Response:
        """Give a kept page while it is fresh, else render it away from the event loop.

        One page is rendered at a time, so that many who ask for the same page wait for one rendering.

        Args:
            key: what page it is.
            render: makes it, inside the language.
            policy: its Content-Security-Policy.
            language: of a page that is translated; None for one in English only.
        """
        kept = self._fresh(key, language)
        if kept:
            return kept
        async with self._rendering:
            return self._fresh(key, language) or await self._render(key, render, policy, language)

    def _fresh(self, key: str, language: Language | None) -> Response | None:
        kept = self._kept.get((key, language))
        if kept and kept[0] > time.monotonic() and kept[1] == self._scheme.version:
            return kept[2]
        return None

    async def _render(self, key: str, render: Callable[[], str], policy: str, language: Language | None) -> Response:
        version = self._scheme.version
        text = await run_in_threadpool(spoken, language or ENGLISH, render)
        headers = {**_HEADERS, "Content-Security-Policy": policy, **language_headers(language)}
        response = Response(text.encode(), headers=headers)
        self._kept.pop((key, language), None)
        self._kept[key, language] = (time.monotonic() + KEPT_S, version, response)
        self._forget()
        return response

    def _forget(self) -> None:
        """Drop what is not sent any more; all are kept equally long, so the oldest stand first."""
        now = time.monotonic()
        for name in list(islice(self._kept, _DROPPED_AT_ONCE)):
            if self._kept[name][0] < now or len(self._kept) > _MOST_KEPT:
                del self._kept[name]

    def label_view(self, label_id: str) -> LabelView:
        """Give a label with its state now.

        Raises:
            NotFound: no such label.
        """
        label = self._scheme.labels.get(label_id)
        _, content = read_label(label.token)
        at = self._scheme.bench.clock()
        status, lost = status_of(label, content, at), self._cut_off(label)
        if lost and status == "valid":
            status, label = "suspended", replace(label, status_reason="key-compromised", status_at=_moment(lost.since))
        parts = self._scheme.parts.standing(label.inventory)
        if status == "valid" and not _all_count(parts):
            status = "suspended"  # as verifiers say; the page shows which part, and the label has no reason of its own
        withdrawn_at = label.status_at if status in {"suspended", "revoked"} else None
        return LabelView(
            label_id=label.id,
            origin=self._scheme.identity.origin,
            scheme=self._scheme.identity.display_name,
            status=status,
            status_at=timestamp(at),
            valid_from=content.valid_from,
            valid_until=content.valid_until,
            auditor=self._auditor(label.attestation),
            log_index=label.log_index,
            inventory=label.inventory,
            assessment=label.assessment,
            release=find_release(label.inventory.release_digest),
            reason=REASONS.get(label.status_reason, "") if withdrawn_at else "",
            notice=self._register.words_of_change(_changed(label), withdrawn_at) if withdrawn_at else "",
            changed_at=timestamp(withdrawn_at) if withdrawn_at else "",
            successor=label.successor or "",
            scope=content.scope,
            frame=_frame(label),
            witnesses=self._scheme.witnessing.seen_over(label.log_index),
            parts=tuple(PartView(item.part.name, item.part.maker, item.state, item.address) for item in parts),
        )

    def status(self, label: IssuedLabel) -> LabelStatus:
        """Give the state of a label now; what a compromised key or a withdrawn part cut off does not count."""
        own = status_of(label, read_label(label.token)[1], self._scheme.bench.clock())
        if own != "valid":
            return own
        counts = not self._cut_off(label) and _all_count(self._scheme.parts.standing(label.inventory))
        return "valid" if counts else "suspended"

    def _cut_off(self, label: IssuedLabel) -> ListedKey | None:
        """Give the compromised key that a label rests on although it was logged too late; None when all keys count."""
        listed = self._scheme.register.current()
        own = find_key(listed.issuer(self._scheme.identity.did).keys, read_label(label.token)[0].kid, "label")
        keys = (own, listed.auditor_of(read_attestation(label.attestation)[0].kid)[1])
        lost = (key for key in keys if key.state == "compromised")
        return next((key for key in lost if label.log_index >= (key.since_index or 0)), None)

    def _auditor(self, token_text: str) -> Auditor:
        token, attestation = read_attestation(token_text)
        listed, _ = self._scheme.register.current().auditor_of(token.kid)
        subject = attestation.subject
        return Auditor(
            name=listed.name,
            organisation=listed.organisation,
            standard=listed.accreditation.standard,
            body=listed.accreditation.body,
            number=listed.accreditation.number,
            level=subject.level,
            criteria=subject.criteria,
        )

    def _label_method_text(self, label_id: str) -> str:
        label = self._scheme.labels.get(label_id)
        return pages.label_method_page(
            MethodView(
                scheme=self._scheme.identity.display_name,
                back=f"/L/{label_id}",
                inventory=label.inventory,
                assessment=label.assessment,
                release=find_release(label.inventory.release_digest),
                auditor=self._auditor(label.attestation),
            ),
            languages(),
        )

    def _sheet_text(self, identifier: str) -> str:
        return pages.data_sheet_page(self.sheet(self._scheme.declarations.get(identifier)))

    def sheet(self, found: Submission) -> DataSheetView:
        """Give the neutral sheet of a declaration."""
        release = find_release(found.inventory.release_digest)
        better = improvements(found.declaration, release, release.digest, parts=found.inventory.parts or ())
        return DataSheetView(
            declaration_id=found.id,
            scheme=self._scheme.identity.display_name,
            name=found.declaration.product.name,
            producer=found.declaration.producer.name,
            demo=found.declaration.demo,
            state=found.state,  # type: ignore[arg-type]
            release=release,
            inventory=found.inventory,
            assessment=found.assessment,
            findings=found.findings,
            improvements=tuple(Improvement(item.name, item.score, item.grade) for item in better),
            auditor=self._auditor(found.attestation) if found.attestation else None,
            label_id=found.label_id or "",
        )

    def _sheet_method_text(self, identifier: str) -> str:
        return pages.label_method_page(self.sheet_method(self._scheme.declarations.get(identifier)), languages())

    def sheet_method(self, found: Submission) -> MethodView:
        """Give how the result of a declaration came about."""
        return MethodView(
            scheme=self._scheme.identity.display_name,
            back=f"/D/{found.id}",
            inventory=found.inventory,
            assessment=found.assessment,
            release=find_release(found.inventory.release_digest),
            auditor=self._auditor(found.attestation) if found.attestation else None,
        )

    def _home_text(self) -> str:
        identity = self._scheme.identity
        cards = []
        for row in self._scheme.declarations.recent(limit=50):
            found = self._scheme.declarations.get(row.id)
            is_open = identity.is_demo or found.label_id
            if is_open:
                cards.append(self._card(found))
        return pages.home_page(
            HomeView(
                scheme=identity.display_name,
                demo=identity.is_demo,
                release=self._scheme.releases.current(),
                cards=tuple(reversed(cards)),
                schemas=published_names("schemas"),
                is_desk_open=self._is_desk_open,
            )
        )

    def _card(self, found: Submission) -> Card:
        """Show the letter of a valid label only; a label in another state says its state."""
        name, producer = found.declaration.product.name, found.declaration.producer.name
        if not found.label_id:
            return Card(name, producer, f"/D/{found.id}", None)
        label = self._scheme.labels.get(found.label_id)
        status = self.status(label)
        grade = found.assessment.grade if status == "valid" else None
        return Card(name, producer, f"/L/{label.id}", grade, remark="" if status == "valid" else status)


def status_of(label: IssuedLabel, content: LabelContent, at: datetime) -> LabelStatus:
    """Give the state of a label at a time."""
    if label.is_revoked:
        return "superseded" if label.status_reason == "superseded" else "revoked"
    if label.is_suspended:
        return "suspended"
    return "expired" if timestamp(at) > content.valid_until else "valid"


def _all_count(parts: Iterable[Standing]) -> bool:
    return all(part.state == "valid" for part in parts)


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _frame(label: IssuedLabel) -> Frame | None:
    """Give the attested design that a label is a variant of."""
    subject = read_attestation(label.attestation)[1].subject
    return subject.frame if isinstance(subject, ScopeAttestation) else None


def _changed(label: IssuedLabel) -> list[str]:
    """Give what a decision about a label may name: the label, or its scope."""
    return [label.id, *([label.scope_digest] if label.scope_digest else [])]
