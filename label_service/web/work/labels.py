"""Labels of a producer: their states, sheets of several for print, and what she does about a wrong one."""

from collections.abc import Mapping
from threading import Lock
from typing import Final, cast, get_args

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from label_service.accounts.rights import Actor
from label_service.artwork.draw import draw_sheets
from label_service.artwork.orders import MOST_LABELS, Variant
from label_service.certification.corrections import OWN_REASONS, OwnReason
from label_service.certification.wording import MAX_PUBLIC
from label_service.errors import InvalidDocument, LabelServiceError, Refused
from label_service.issuance.reasons import REASONS
from label_service.web.faces import face_of, texts_of
from label_service.web.languages import spoken
from label_service.web.prints import check_counts, chosen_language
from label_service.web.reading import ReadingRoom
from label_service.web.uploads import see, text_of
from label_service.web.views import LabelView
from label_service.web.work.desk import Work, number_of

LIST = "/workshop/labels"
PDF_HEADERS: Final = {"Cache-Control": "private, no-store", "X-Content-Type-Options": "nosniff"}
_OPTIONS: Final = frozenset({"variant", "lang"})  # of a sheet; every other name is that of a label


class LabelDesk:
    """Shows labels, draws them for print and takes corrections."""

    def __init__(self, work: Work, room: ReadingRoom) -> None:
        self._work = work
        self._room = room
        self._drawing = Lock()  # drawing never takes more than one thread
        self._holdings = work.certification.holdings
        self._corrections = work.certification.corrections

    def routes(self) -> list[Route]:
        """Give the routes of list, label and corrections."""
        one = f"{LIST}/{{id:str}}"
        return [
            self._work.get(LIST, self._list),
            self._work.get(f"{LIST}.pdf", self._sheets),
            self._work.get(one, self._page),
            self._work.post(f"{one}/supersede", self._supersede, self._page),
            self._work.post(f"{one}/withdraw", self._withdraw, self._page),
        ]

    def _list(self, request: Request, actor: Actor) -> Response:
        number = number_of(request)
        labels, has_more = self._holdings.labels(actor, number)
        return self._work.page(
            "work_labels.html",
            actor,
            labels=labels,
            has_more=has_more,
            number=number,
            reasons=REASONS,
            variants=get_args(Variant),
            most=MOST_LABELS,
        )

    def _sheets(self, request: Request, actor: Actor) -> Response:
        """Draw the labels that are named in the address, each as often as it says, on common sheets."""
        asked = request.query_params
        counts = {name: _count_of(text) for name, text in asked.items() if name not in _OPTIONS and text}
        variant, language = asked.get("variant", "colour"), chosen_language(request)
        if variant not in get_args(Variant) or len(asked.multi_items()) != len(asked):
            raise InvalidDocument(f"expected a variant, {', '.join(get_args(Variant))}, and each label once")
        views = [self._room.label_view(self._holdings.label(actor, name).id) for name, count in counts.items() if count]
        for view in views:
            check_counts(view)
        with self._drawing:
            drawn = spoken(language, lambda: self._drawn(views, counts, cast("Variant", variant), language.code))
        headers = {**PDF_HEADERS, "Content-Disposition": 'attachment; filename="labels.pdf"'}
        return Response(drawn, headers=headers, media_type="application/pdf")

    def _drawn(self, views: list[LabelView], counts: Mapping[str, int], variant: Variant, language: str) -> bytes:
        faces = [face_of(view, self._work.scheme) for view in views]
        return draw_sheets([(face, texts_of(face), counts[face.label_id]) for face in faces], variant, language)

    def _page(
        self,
        request: Request,
        actor: Actor,
        *,
        problem: LabelServiceError | None = None,
        typed: Mapping[str, str] | None = None,
    ) -> Response:
        label = self._holdings.label(actor, request.path_params["id"])
        return self._work.page(
            "work_label.html",
            actor,
            problem,
            label=label,
            later=[item for item in self._holdings.later_labels(actor, label) if not item.is_revoked],
            reasons=REASONS,
            own_reasons=OWN_REASONS,
            most=MAX_PUBLIC,
            typed={"words": "", "successor": "", "reason": "", **(typed or {})},
        )

    def _supersede(self, request: Request, actor: Actor, form: FormData) -> Response:
        label_id: str = request.path_params["id"]
        self._corrections.supersede(actor, label_id, text_of(form, "successor"), text_of(form, "words"))
        return see(f"{LIST}/{label_id}")

    def _withdraw(self, request: Request, actor: Actor, form: FormData) -> Response:
        label_id: str = request.path_params["id"]
        if text_of(form, "sure") != "yes":
            raise Refused("nothing was taken back", hint="tick that you are sure: it is for good")
        self._corrections.withdraw(actor, label_id, cast("OwnReason", text_of(form, "reason")), text_of(form, "words"))
        return see(f"{LIST}/{label_id}")


def _count_of(text: str) -> int:
    """Give how often a label is wanted.

    Raises:
        InvalidDocument: not a whole number.
    """
    if not (text.isascii() and text.isdigit() and len(text) <= 4):
        raise InvalidDocument("expected a whole number of labels", where="/query")
    return int(text)
