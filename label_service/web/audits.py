"""Where producers ask for audits: of a declaration, or of the workshop for a scope; and see what came of it."""

from typing import Any, Final

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from label_service.accounts.rights import Actor, Right
from label_service.certification.audits import REQUESTS_PAGE
from label_service.certification.desk import Certification
from label_service.certification.proposals import Wish, propose_scope
from label_service.declaration.profiles import Profiles
from label_service.document import Party, validate
from label_service.errors import LabelServiceError
from label_service.issuance.setup import timestamp
from label_service.web.auditor.answers import chosen, whole_of, words_of
from label_service.web.auditor.scope_form import frame_of
from label_service.web.guard import Guard
from label_service.web.uploads import see, text_of
from label_service.web.words import Words
from label_service.web.workspace import Workspace

SCOPE_PAGE: Final = f"{REQUESTS_PAGE}/scope"


class AuditRequestDesk:
    """Takes audit requests of producers."""

    def __init__(self, certification: Certification, workspace: Workspace, guard: Guard) -> None:
        self._certification = certification
        self._audits = certification.audits
        self._workspace = workspace
        self._guard = guard

    def routes(self) -> list[Route]:
        """Give the routes of the two pages."""
        page, action = self._guard.page, self._guard.action
        return [
            Route(REQUESTS_PAGE, page(Right.DECLARE, self._list), methods=["GET"]),
            Route(REQUESTS_PAGE, action(Right.DECLARE, self._ask), methods=["POST"]),
            Route(SCOPE_PAGE, page(Right.DECLARE, self._scope), methods=["GET"]),
            Route(SCOPE_PAGE, action(Right.DECLARE, self._ask_scope), methods=["POST"]),
            Route(f"{REQUESTS_PAGE}/{{id:str}}/cancel", action(Right.DECLARE, self._cancel), methods=["POST"]),
        ]

    def _list(self, request: Request, actor: Actor, problem: LabelServiceError | None = None) -> Response:
        return self._workspace.page(
            "work_audits.html",
            actor,
            problem.status if problem else 200,
            requests=self._audits.of(actor),
            declarations=self._audits.requestable(actor),
            chosen=request.query_params.get("declaration", ""),
            verifiers=self._audits.verifiers(),
            problem=problem,
        )

    def _ask(self, request: Request, actor: Actor, form: FormData) -> Response:
        try:
            self._audits.request_declaration(actor, text_of(form, "declaration"), text_of(form, "verifier"))
        except LabelServiceError as error:
            return self._list(request, actor, error)
        return see(REQUESTS_PAGE)

    def _scope(self, _: Request, actor: Actor, **more: Any) -> Response:
        problem, form = more.get("problem"), more.get("form")
        return self._workspace.page(
            "work_scope.html",
            actor,
            problem.status if problem else 200,
            profiles=self._profiles(actor),
            verifiers=self._audits.verifiers(),
            form=form if form is not None else FormData(),
            problem=problem,
            named=Words(self._workspace.scheme.releases.current(), 0),
            today=timestamp(self._workspace.scheme.bench.clock())[:10],
        )

    def _ask_scope(self, request: Request, actor: Actor, form: FormData) -> Response:
        try:
            wish = validate(Wish, _wish(form))
            proposal = propose_scope(self._profiles(actor), wish)
            self._audits.request_scope(actor, proposal, text_of(form, "verifier"))
        except LabelServiceError as error:
            return self._scope(request, actor, problem=error, form=form)
        return see(REQUESTS_PAGE)

    def _cancel(self, request: Request, actor: Actor, _: FormData) -> Response:
        self._audits.cancel(actor, request.path_params["id"])
        return see(REQUESTS_PAGE)

    def _profiles(self, actor: Actor) -> Profiles:
        producer = Party(id=actor.party_id, name=actor.party_name, country=actor.country)
        return self._workspace.scheme.profiles.of(producer)


def _wish(form: FormData) -> dict[str, Any]:
    return {
        "site": text_of(form, "site"),
        "machines": chosen(form, "machine"),
        "products": chosen(form, "product"),
        "lots": chosen(form, "lot"),
        "quantity": whole_of(form, "quantity"),
        "period": {"first": text_of(form, "first"), "last": text_of(form, "last")},
        "remarks": words_of(form, "remarks") or None,
        "frame": frame_of(form),
    }
