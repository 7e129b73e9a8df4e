"""Public pages about the scheme: register, parties, scopes, withdrawals, rules; and the feed of recalls."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from label_service.accounts.parties import Parties, Party
from label_service.certification.desk import Certification
from label_service.certification.entries import StateEvent
from label_service.certification.publications import KINDS
from label_service.certification.statistics import AuditorFigures
from label_service.errors import NotFound
from label_service.issuance.reasons import REASONS
from label_service.issuance.scheme import Scheme
from label_service.quantity import plain
from label_service.trust.trust_list import Issuer
from label_service.web import atom, pages
from label_service.web.languages import language_of
from label_service.web.markdown import render
from label_service.web.numbers import THIN, signed
from label_service.web.reading import ReadingRoom
from label_service.web.words import Words

MOST_PAGES: Final = 10_000
_EVENT_WORDS: Final = {
    "suspension": "suspended",
    "revocation": "revoked",
    "recall": "recalled",
    "withdrawal": "attestation withdrawn",
    "reinstatement": "counts again",
}


class PublicDesk:
    """Renders what anybody may read of one scheme."""

    def __init__(self, scheme: Scheme, certification: Certification, room: ReadingRoom) -> None:
        self._scheme = scheme
        self._certification = certification
        self._register = certification.register
        self._room = room
        self._parties = Parties(scheme.bench.engine, scheme.bench.clock, scheme.identity.origin)

    def routes(self) -> list[Route]:
        """Give the routes of all public pages about the scheme."""
        return [
            Route("/register", self._kept(self._register_page)),
            Route("/register/withdrawals", self._kept(self._withdrawals_page)),
            Route("/register/scopes/{digest:str}", self._kept(self._scope_page)),
            Route("/register/scopes/{digest:str}/token", self._scope_token),
            Route("/parties/{code:str}", self._kept(self._party_page)),
            Route("/scheme", self._kept(self._scheme_page)),
            Route("/scheme/{kind:str}/{version:str}", self._kept(self._publication_page)),
            Route("/scheme/{kind:str}/{version:str}/text", self._publication_text),
            Route("/recalls.xml", self._recalls),
        ]

    def _kept(self, make: Callable[[Request], str]) -> Callable[[Request], Any]:
        """Give a route whose page is kept for seconds by its address and part."""

        async def answer(request: Request) -> Response:
            key = f"{request.url.path[1:]}?{_number(request)}&{_number(request, 'scopes')}"
            return await self._room.page(key, lambda: make(request), language=language_of(request))

        return answer

    def _render(self, template: str, **context: Any) -> str:
        identity = self._scheme.identity
        shared = {"scheme": identity.display_name, "demo": identity.is_demo, "reasons": REASONS}
        return pages.render(template, **shared, **context)

    def _register_page(self, request: Request) -> str:
        return self._render(
            "register.html",
            producers=self._register.producers(_number(request)),
            auditors=self._register.auditors(),
            schemes=self._other_schemes(),
            figures=self._figures(),
            scopes=self._register.scopes(_number(request, "scopes")),
            samples=self._register.samples(),
            numbers_of=self._register.figures(),
            party_path=self._party_path,
        )

    def _other_schemes(self) -> list[Issuer]:
        """Give the issuers on the trust list beside this one."""
        own = self._scheme.identity.did
        return [item for item in self._scheme.register.current().issuers if item.id != own]

    def _figures(self) -> dict[str, AuditorFigures]:
        """Give what each auditor did; in a demo nobody asks for audits, so there is nothing to count."""
        return {} if self._scheme.identity.is_demo else self._certification.statistics.by_auditor()

    def _withdrawals_page(self, request: Request) -> str:
        return self._render(
            "withdrawals.html",
            labels=self._register.withdrawn_labels(_number(request)),
            scopes=self._register.withdrawn_scopes(),
        )

    def _scope_page(self, request: Request) -> str:
        scope = self._register.scope(request.path_params["digest"])
        words = Words(self._scheme.releases.current(), 0)
        named = {process: words.name("processes", process) for process in scope.content.processes}
        rate = f"{signed(plain(Decimal(scope.content.sampling_rate) * 100))}{THIN}%"
        return self._render("scope.html", scope=scope, party_path=self._party_path, names=named, rate=rate)

    async def _scope_token(self, request: Request) -> Response:
        text = await run_in_threadpool(self._register.scope_token, request.path_params["digest"])
        return _file(text, "application/vc+jwt", "public, max-age=31536000, immutable")

    def _party_page(self, request: Request) -> str:
        party = self._parties.by_code(request.path_params["code"])
        return self._render(
            "party.html",
            party=party,
            words_about=self._register.words_about_party(party.id),
            auditors=[item for item in self._register.auditors() if item.organisation_id == party.id],
            figures=self._figures(),
            labels=self._register.labels(_number(request), producer_id=party.id),
            scopes=self._register.scopes(producer_id=party.id),
        )

    def _scheme_page(self, _: Request) -> str:
        publications = self._certification.publications
        return self._render(
            "scheme.html",
            kinds=KINDS,
            versions={kind: publications.versions(kind) for kind in KINDS},
            missing=publications.missing(),
            operator=self._operator(),
        )

    def _publication_page(self, request: Request) -> str:
        kind, version = request.path_params["kind"], request.path_params["version"]
        item, text = self._certification.publications.read(kind, version)
        newest = self._certification.publications.newest(kind)
        return self._render("publication.html", item=item, newest=newest, kinds=KINDS, body=render(text))

    async def _publication_text(self, request: Request) -> Response:
        kind, version = request.path_params["kind"], request.path_params["version"]
        _, text = await run_in_threadpool(self._certification.publications.read, kind, version)
        return _file(text.encode(), "text/markdown; charset=utf-8", "public, max-age=31536000, immutable")

    async def _recalls(self, _: Request) -> Response:
        return _file(await run_in_threadpool(self._recall_feed), atom.MEDIA_TYPE, "public, max-age=60")

    def _recall_feed(self) -> bytes:
        identity, bench = self._scheme.identity, self._scheme.bench
        entries = [_entry(event, identity.origin) for event in self._register.events()]
        title = f"Withdrawn labels of {identity.display_name}"
        return atom.feed(title, f"{identity.origin}/recalls.xml", entries, made_at=bench.clock())

    def _operator(self) -> Party | None:
        try:
            return self._parties.operator()
        except NotFound:
            return None

    def _party_path(self, party_id: str) -> str:
        """Give the page of a party of this scheme; nothing for others, such as the workshop of a demo."""
        start = f"{self._scheme.identity.origin}/parties/"
        return f"/parties/{party_id.removeprefix(start)}" if party_id.startswith(start) else ""


def _entry(event: StateEvent, origin: str) -> atom.Entry:
    subject, statement = event.statement.subject, event.statement
    what, path = ("label", f"/L/{subject.label_id}")
    if subject.label_id is None:
        what, path = ("scope", f"/register/scopes/{subject.scope_digest}")
    reason = REASONS.get(statement.reason, statement.reason.replace("-", " "))
    name = subject.label_id or (subject.scope_digest or "")[:12]
    return atom.Entry(
        id=f"urn:sha256:{event.digest}",
        title=f"{what.capitalize()} {name}: {_EVENT_WORDS[statement.kind]}",
        updated_at=event.at,
        href=f"{origin}{path}",
        text=f"{statement.text}\nReason: {reason}.",
    )


def _number(request: Request, name: str = "page") -> int:
    """Give the number of a part of a list from the address; 1 for anything that is no number."""
    text = request.query_params.get(name, "1")
    return min(MOST_PAGES, max(1, int(text))) if text.isascii() and text.isdigit() and len(text) <= 6 else 1


def _file(content: bytes, media_type: str, cache: str) -> Response:
    headers = {
        "Content-Type": media_type,
        "Cache-Control": cache,
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": pages.SECURITY_POLICY,
        "Access-Control-Allow-Origin": "*",
    }
    return Response(content, headers=headers)
