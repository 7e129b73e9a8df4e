"""Labels for print: drawings of issued labels as SVG, PNG and PDF, and the page that offers them."""

from asyncio import Lock
from collections.abc import Callable
from functools import lru_cache
from typing import Any, Final, get_args

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from label_service.artwork import orders
from label_service.artwork.draw import draw
from label_service.artwork.face import Face
from label_service.artwork.orders import Kind, Order, Variant
from label_service.document import validate
from label_service.errors import Conflict, InvalidDocument
from label_service.issuance.scheme import Scheme
from label_service.web import pages
from label_service.web.faces import face_of, texts_of
from label_service.web.languages import ENGLISH, Language, language_of, spoken
from label_service.web.reading import ReadingRoom
from label_service.web.views import LabelView

MEDIA_TYPES: Final[dict[Kind, str]] = {"svg": "image/svg+xml", "png": "image/png", "pdf": "application/pdf"}
_NUMBERS: Final = {"count": "count", "width": "width_mm"}
_CHOICES: Final = ("variant", "format", "code")
_KEPT: Final = 64
_HEADERS: Final = {
    "Cache-Control": "public, max-age=60",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    "Access-Control-Allow-Origin": "*",
    "Cross-Origin-Resource-Policy": "cross-origin",
}


class PrintDesk:
    """Draws labels that count; one drawing at a time, so that drawing never takes more than one thread."""

    def __init__(self, scheme: Scheme, room: ReadingRoom) -> None:
        self._scheme = scheme
        self._room = room
        self._drawing = Lock()

    def routes(self) -> list[Route]:
        """Give the routes of the drawings and of the page that offers them."""
        drawings = [Route(f"/L/{{id:label_id}}.{kind}", self._answering(kind)) for kind in get_args(Kind)]
        return [*drawings, Route("/L/{id:label_id}/print", self._page)]

    def _answering(self, kind: Kind) -> Callable[[Request], Any]:
        async def answer(request: Request) -> Response:
            order, language = order_of(kind, request.query_params), chosen_language(request)
            async with self._drawing:
                drawn = await run_in_threadpool(self._draw, request.path_params["id"], order, language)
            name = f"label-{request.path_params['id']}-{order.format}-{order.variant}.{kind}"
            headers = {"Content-Type": MEDIA_TYPES[kind], "Content-Disposition": f'inline; filename="{name}"'}
            return Response(drawn, headers={**_HEADERS, **headers})

        return answer

    def _draw(self, label_id: str, order: Order, language: Language) -> bytes:
        view = self._room.label_view(label_id)
        check_counts(view)
        return spoken(language, lambda: _drawn(face_of(view, self._scheme), order, language.code))

    async def _page(self, request: Request) -> Response:
        label_id = request.path_params["id"]
        return await self._room.page(
            f"L/{label_id}/print", lambda: self._page_text(label_id), language=language_of(request)
        )

    def _page_text(self, label_id: str) -> str:
        view = self._room.label_view(label_id)
        return pages.render(
            "label_print.html",
            view=view,
            demo=view.assessment.demo,
            variants=get_args(Variant),
            portrait=orders.PORTRAIT,
            strip=orders.STRIP,
            tiny=orders.TINY,
            count=orders.SHEET_LABELS,
        )


def order_of(kind: Kind, asked: QueryParams) -> Order:
    """Read what is asked for in an address; each name once, none that is not known.

    Raises:
        InvalidDocument: another name or value, or some that do not belong together.
    """
    names = [name for name, _ in asked.multi_items() if name != "lang"]
    known = (*_CHOICES, *_NUMBERS)
    if len(names) != len(set(names)) or not set(names) <= set(known):
        raise InvalidDocument(f"expected each of {', '.join(known)} once at most", where="/query")
    members: dict[str, Any] = {name: asked[name] for name in _CHOICES if name in asked}
    members |= {member: _number(asked[name]) for name, member in _NUMBERS.items() if name in asked}
    return validate(Order, {"kind": kind, **members})


def check_counts(view: LabelView) -> None:
    """Check that a label counts: nothing is printed of one that does not.

    Raises:
        Conflict: it is suspended, revoked, expired or superseded.
    """
    if view.status != "valid":
        why = f" ({view.reason})" if view.reason else ""
        newer = (
            f"print the label {view.successor} in its place" if view.successor else "take goods with it off the shelf"
        )
        raise Conflict(f"the label {view.label_id} is {view.status}{why}: it is not given out for print", hint=newer)


def chosen_language(request: Request) -> Language:
    """Give the language named in the address; a drawing does not follow the browser of who asks for it."""
    language = language_of(request)
    return language if language.is_chosen else ENGLISH


def _number(text: str) -> int | str:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 4 and not text.startswith("0") else text


@lru_cache(maxsize=_KEPT)
def _drawn(face: Face, order: Order, language: str) -> bytes:
    return draw(face, texts_of(face), order, language)
