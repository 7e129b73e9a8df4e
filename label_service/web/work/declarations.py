"""Declarations of a producer: the list, and the data sheet with what is missing, what it costs, and the next step.

The sheet is shared: an auditor who was asked to look at it and the operator see it without the steps of the producer.
"""

from collections.abc import Mapping

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from label_service.accounts.rights import Actor, Right
from label_service.errors import LabelServiceError
from label_service.issuance.submission import Submission
from label_service.web import pages
from label_service.web.languages import WORKSPACE_LANGUAGES
from label_service.web.reading import ReadingRoom
from label_service.web.uploads import page, see
from label_service.web.words import Words
from label_service.web.work.desk import STATES, Work, number_of

LIST = "/workshop/declarations"


class DeclarationDesk:
    """Shows declarations to whom they concern, and takes the producer's next step."""

    def __init__(self, work: Work, room: ReadingRoom) -> None:
        self._work = work
        self._room = room
        self._desk = work.certification

    def routes(self) -> list[Route]:
        """Give the routes of list, sheet and steps."""
        guard = self._work.guard
        return [
            self._work.get(LIST, self._list),
            Route("/D/{id:str}", guard.page(Right.READ_OWN, self._sheet), methods=["GET"]),
            Route("/D/{id:str}/method", guard.page(Right.READ_OWN, self._method), methods=["GET"]),
            self._work.post("/D/{id:str}/label", self._issue, self._sheet),
        ]

    def _list(self, request: Request, actor: Actor) -> Response:
        state = request.query_params.get("state", "")
        number = number_of(request)
        found, has_more = self._desk.holdings.declarations(actor, number, state if state in STATES else "")
        return self._work.page(
            "work_declarations.html", actor, declarations=found, has_more=has_more, number=number, state=state
        )

    def _sheet(
        self,
        request: Request,
        actor: Actor,
        *,
        problem: LabelServiceError | None = None,
        typed: Mapping[str, str] | None = None,
    ) -> Response:
        del typed
        found = self._desk.holdings.declaration(actor, request.path_params["id"])
        steps = self._steps(actor, found) if found.declaration.producer.id == actor.party_id else {}
        text = pages.data_sheet_page(
            self._room.sheet(found),
            "declaration.html",
            found=found,
            named=Words(self._work.scheme.releases.current(), found.inventory.year),
            is_own=bool(steps),
            may_declare=Right.DECLARE in actor.rights,
            problem=problem,
            **steps,
            **self._work.workspace.frame(actor),
        )
        return page(text, problem.status if problem else 200)

    def _steps(self, actor: Actor, found: Submission) -> dict[str, object]:
        """Give what the producer needs for her next step."""
        requests = [item for item in self._desk.audits.of(actor) if item.declaration_id == found.id]
        return {
            "requests": requests,
            "verifiers": self._desk.audits.verifiers(),
            "refusal": self._desk.holdings.refusal(found),
            "missing": self._desk.holdings.missing_evidence(found),
        }

    def _method(self, request: Request, actor: Actor) -> Response:
        found = self._desk.holdings.declaration(actor, request.path_params["id"])
        return page(pages.label_method_page(self._room.sheet_method(found), WORKSPACE_LANGUAGES))

    def _issue(self, request: Request, actor: Actor, _: FormData) -> Response:
        found = self._desk.holdings.declaration(actor, request.path_params["id"])
        self._work.scheme.labels.issue(found.id)
        self._desk.notices.settle_page(actor, f"/D/{found.id}")
        return see(f"/D/{found.id}")
