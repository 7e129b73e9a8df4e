"""Rules of the scheme: publications in versions, and markets where families get no grade."""

from collections.abc import Mapping
from typing import Final

from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from label_service.accounts.rights import Actor
from label_service.certification.publications import KINDS, MAX_BYTES
from label_service.errors import InvalidDocument, LabelServiceError
from label_service.web.markdown import render
from label_service.web.operator.console import Console
from label_service.web.uploads import see, text_of
from label_service.web.words import Words

PUBLICATIONS: Final = "/operate/publications"
MARKETS: Final = "/operate/markets"


class RuleDesk:
    """Publishes rules, and keeps the rules of markets."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._publications = console.certification.publications
        self._markets = console.certification.markets

    def routes(self) -> list[Route]:
        """Give the routes of the pages."""
        get, post = self._console.get, self._console.post
        return [
            get(PUBLICATIONS, self._publications_page),
            post(PUBLICATIONS, self._publish, self._publications_page, max_files=1),
            get(MARKETS, self._markets_page),
            post(f"{MARKETS}/forbid", self._forbid, self._markets_page),
            post(f"{MARKETS}/allow", self._allow, self._markets_page),
        ]

    def _publications_page(
        self,
        _: Request,
        actor: Actor,
        *,
        problem: LabelServiceError | None = None,
        typed: Mapping[str, str] | None = None,
        preview: str = "",
    ) -> Response:
        return self._console.page(
            "operate_publications.html",
            actor,
            problem,
            kinds=KINDS,
            versions={kind: self._publications.versions(kind) for kind in KINDS},
            missing=self._publications.missing(),
            typed=typed or {},
            preview=preview,
        )

    def _publish(self, request: Request, actor: Actor, form: FormData) -> Response:
        """Show what a text looks like, then publish it: it never changes afterwards."""
        typed = {name: text_of(form, name) for name in ("kind", "version", "title", "text")}
        typed["text"] = _uploaded(form) or typed["text"]
        if text_of(form, "action") != "publish":
            return self._publications_page(request, actor, typed=typed, preview=render(typed["text"]))
        self._publications.publish(
            actor, typed["kind"], typed["version"].strip(), typed["title"].strip(), typed["text"]
        )
        return see(PUBLICATIONS)

    def _markets_page(
        self,
        _: Request,
        actor: Actor,
        *,
        problem: LabelServiceError | None = None,
        typed: Mapping[str, str] | None = None,
    ) -> Response:
        release = self._console.scheme.releases.current()
        named = Words(release, 0)
        families = {key: named.name("families", key) for key in release.keys("families")}
        return self._console.page(
            "operate_markets.html", actor, problem, rules=self._markets.all(), families=families, typed=typed or {}
        )

    def _forbid(self, _: Request, actor: Actor, form: FormData) -> Response:
        country, family, reason = (text_of(form, name) for name in ("country", "family", "reason"))
        self._markets.forbid(actor, country.strip().upper(), family, reason)
        return see(MARKETS)

    def _allow(self, _: Request, actor: Actor, form: FormData) -> Response:
        self._markets.allow(actor, text_of(form, "country"), text_of(form, "family"))
        return see(MARKETS)


def _uploaded(form: FormData) -> str:
    """Give the text of an uploaded Markdown file; empty where none was chosen."""
    file = form.get("file")
    if not isinstance(file, UploadFile) or not file.filename:
        return ""
    data = file.file.read(MAX_BYTES + 1)
    try:
        return data.decode("utf-8")
    except UnicodeError as error:
        raise InvalidDocument("expected a text file in UTF-8", where="file") from error
