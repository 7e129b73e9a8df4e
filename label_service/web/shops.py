"""Labels in shops: a badge with the present state, the frame around it, oEmbed, structured data, and how to copy them.

Nothing here sets a cookie or knows who looks; the badge and its frame are all that other sites may show in a frame.
"""

import re
from base64 import b64encode
from collections.abc import Callable
from hashlib import sha256
from typing import Any, Final

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from label_service import canonical
from label_service.errors import InvalidDocument, NotFound
from label_service.issuance.scheme import Scheme
from label_service.trust.keys import thumbprint
from label_service.web import pages, sections
from label_service.web.languages import Language, language_headers, language_of, say, spoken
from label_service.web.reading import ReadingRoom
from label_service.web.scripts import BADGE, script, script_href
from label_service.web.structured import structured_text
from label_service.web.views import LabelView
from label_service.web.words import visible

WIDTH, HEIGHT, LEAST_WIDTH = 300, 84, 150  # pixels of a badge
COMPONENT: Final = BADGE
_BADGE_POLICY: Final = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors *"
_FRAME_STYLE: Final = "body { margin: 0; background: #fff }"
_FRAME_POLICY: Final = (
    f"{_BADGE_POLICY}; style-src 'sha256-{b64encode(sha256(_FRAME_STYLE.encode()).digest()).decode()}'"
)
_EMBED_POLICY: Final = pages.SECURITY_POLICY + "; script-src 'self'; connect-src 'self'; frame-src 'self'"
_LABEL_PATH: Final = re.compile(r"/L/([A-Z2-7]{13})")
_OPEN: Final = {
    "Cache-Control": "public, max-age=60",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Access-Control-Allow-Origin": "*",
    "Cross-Origin-Resource-Policy": "cross-origin",
}
_HOUR: Final = {**_OPEN, "Cache-Control": "public, max-age=3600"}  # its address never changes


class ShopDesk:
    """Gives shops what they show beside goods."""

    def __init__(self, scheme: Scheme, room: ReadingRoom) -> None:
        self._scheme = scheme
        self._room = room

    def routes(self) -> list[Route]:
        """Give the routes of badge, frame, oEmbed, words of the component and the page that explains them."""
        return [
            Route("/L/{id:label_id}/badge.svg", self._answering(self._badge, "image/svg+xml", _BADGE_POLICY)),
            Route("/L/{id:label_id}/badge", self._answering(self._frame, "text/html", _FRAME_POLICY)),
            Route("/L/{id:label_id}/embed", self._page),
            Route("/oembed", self._oembed),
            Route("/embed/words.json", self._words),
            Route(f"/static/{COMPONENT}", _component),
        ]

    def _answering(
        self, make: Callable[[LabelView, Language], str], media_type: str, policy: str
    ) -> Callable[[Request], Any]:
        async def answer(request: Request) -> Response:
            language = language_of(request)
            text = await run_in_threadpool(self._made, request.path_params["id"], language, make)
            headers = {**_OPEN, **language_headers(language), "Content-Security-Policy": policy}
            return Response(text, headers=headers, media_type=media_type)

        return answer

    def _made(self, label_id: str, language: Language, make: Callable[[LabelView, Language], str]) -> str:
        view = self._room.label_view(label_id)
        return spoken(language, lambda: make(view, language))

    def _badge(self, view: LabelView, _: Language) -> str:
        return pages.render("_badge.html", **_badge_context(view))

    def _frame(self, view: LabelView, language: Language) -> str:
        address = f"{view.origin}/L/{view.label_id}{language.link}"
        return pages.render("badge.html", address=address, look=_FRAME_STYLE, **_badge_context(view))

    async def _page(self, request: Request) -> Response:
        label_id: str = request.path_params["id"]
        return await self._room.page(
            f"L/{label_id}/embed",
            lambda: self._page_text(label_id),
            policy=_EMBED_POLICY,
            language=language_of(request),
        )

    def _page_text(self, label_id: str) -> str:
        view = self._room.label_view(label_id)
        address = f"{view.origin}/L/{label_id}"
        ((root, _),) = self._scheme.bench.keyring.roots().items()
        return pages.render(
            "label_embed.html",
            view=view,
            demo=view.assessment.demo,
            address=address,
            component=f"{view.origin}/static/{COMPONENT}",
            root=thumbprint(root),
            frame=frame_of(address, view, WIDTH, HEIGHT),
            structured=structured_text(view, indent=1),
            script=script_href(COMPONENT),
            size=(WIDTH, HEIGHT),
        )

    async def _oembed(self, request: Request) -> Response:
        if request.query_params.get("format", "json") != "json":
            raise HTTPException(501, "oEmbed answers in JSON here")
        body = await run_in_threadpool(self._embedded, request)
        return Response(body, headers=_OPEN, media_type="application/json")

    def _embedded(self, request: Request) -> bytes:
        view = self._room.label_view(self._label_of(request.query_params.get("url", "")))
        return canonical.encode(spoken(language_of(request), lambda: self._answer(view, request)))

    def _label_of(self, address: str) -> str:
        """Give the label of an address of this service; others are not looked at, let alone fetched."""
        origin = self._scheme.identity.origin
        path = address.removeprefix(origin).partition("?")[0]
        found = _LABEL_PATH.fullmatch(path) if address.startswith(f"{origin}/") else None
        if not found:
            raise NotFound("there is no label of this service at that address", hint=f"expected {origin}/L/ and an id")
        return found[1]

    def _answer(self, view: LabelView, request: Request) -> dict[str, Any]:
        address = f"{view.origin}/L/{view.label_id}"
        common = {
            "version": "1.0",
            "title": _title(view),
            "author_name": visible(view.inventory.producer.name),
            "provider_name": visible(view.scheme),
            "provider_url": view.origin,
            "cache_age": 60,
        }
        width = min(WIDTH, _most(request, "maxwidth"), _most(request, "maxheight") * WIDTH // HEIGHT)
        if width < LEAST_WIDTH:
            return common | {"type": "link"}
        height = -(-width * HEIGHT // WIDTH)
        html = frame_of(address, view, width, height)
        return common | {"type": "rich", "width": width, "height": height, "html": html}

    async def _words(self, request: Request) -> Response:
        language = language_of(request)
        body = canonical.encode(spoken(language, _component_words))
        return Response(body, headers={**_HOUR, **language_headers(language)}, media_type="application/json")


async def _component(_: Request) -> Response:
    return Response(script(COMPONENT), headers=_HOUR, media_type="text/javascript")


def frame_of(address: str, view: LabelView, width: int, height: int) -> str:
    """Give the markup that shows the badge of a label in a frame, with its present state."""
    return pages.render("badge_frame.html", address=address, title=_title(view), width=width, height=height)


def _badge_context(view: LabelView) -> dict[str, Any]:
    result = sections.result(view.assessment, view.inventory, view.release)
    return {
        "view": view,
        "states": _states(),
        "demo": view.assessment.demo,
        "result": result,
        "title": _title(view),
        "host": view.origin.partition("://")[2],
        "width": WIDTH,
        "height": HEIGHT,
    }


def _title(view: LabelView) -> str:
    name, state = visible(view.inventory.name), _states()[view.status]
    grade = view.assessment.grade
    text = say("Climate label of %(name)s: grade %(grade)s, %(state)s", name=name, grade=grade, state=state)
    return f"{say('DEMO, not a certificate')}. {text}" if view.assessment.demo else text


def _states() -> dict[str, str]:
    return {
        "valid": say("Valid"),
        "suspended": say("Suspended"),
        "revoked": say("Revoked"),
        "expired": say("Expired"),
        "superseded": say("Superseded"),
    }


def _component_words() -> dict[str, str]:
    """Give the words of the web component, and where it finds the verifier."""
    return {
        "verifier": script_href("verify/page.js"),
        "demo": say("DEMO, not a certificate"),
        "fails": say("Does not verify: do not rely on it."),
        "grade": say("Grade"),
        "scale": say("A is best, E is worst"),
        "item": say("per item"),
        "proven": say("Signatures hold, but not everything could be checked."),
        "valid": say("Valid, checked in this browser."),
        "verified": say("Verified by:"),
        "void": say("Does not count now."),
    }


def _most(request: Request, name: str) -> int:
    """Give the largest width or height that is asked for."""
    text = request.query_params.get(name, "9999")
    if not (text.isascii() and text.isdigit() and len(text) <= 4):
        raise InvalidDocument(f"expected whole pixels up to 9999 as {name}", where=f"/query/{name}")
    return int(text)
