"""Labels of a producer: their states, and what she does about a wrong one."""

from collections.abc import Mapping
from typing import cast

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from label_service.accounts.rights import Actor
from label_service.certification.corrections import OWN_REASONS, OwnReason
from label_service.certification.wording import MAX_PUBLIC
from label_service.errors import LabelServiceError, Refused
from label_service.issuance.reasons import REASONS
from label_service.web.uploads import see, text_of
from label_service.web.work.desk import Work, number_of

LIST = "/workshop/labels"


class LabelDesk:
    """Shows labels and takes corrections."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._holdings = work.certification.holdings
        self._corrections = work.certification.corrections

    def routes(self) -> list[Route]:
        """Give the routes of list, label and corrections."""
        one = f"{LIST}/{{id:str}}"
        return [
            self._work.get(LIST, self._list),
            self._work.get(one, self._page),
            self._work.post(f"{one}/supersede", self._supersede, self._page),
            self._work.post(f"{one}/withdraw", self._withdraw, self._page),
        ]

    def _list(self, request: Request, actor: Actor) -> Response:
        number = number_of(request)
        labels, has_more = self._holdings.labels(actor, number)
        return self._work.page(
            "work_labels.html", actor, labels=labels, has_more=has_more, number=number, reasons=REASONS
        )

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
