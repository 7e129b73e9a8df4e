"""What waits for a party: its notices on a page and in a private feed, and its cases."""

from typing import Any, Final

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from label_service.accounts.rights import Actor, Right
from label_service.certification.cases import APPEAL_DAYS, MAX_TEXT, Cases
from label_service.certification.notices import Notices
from label_service.certification.wording import MAX_PUBLIC
from label_service.errors import InvalidDocument, LabelServiceError
from label_service.web import atom
from label_service.web.guard import Guard
from label_service.web.uploads import see, text_of
from label_service.web.workspace import Workspace

_OUTCOMES: Final = ("upheld", "dismissed")
_ACTIONS: Final = {"": None, "suspend": "suspend", "revoke": "revoke"}


class Inbox:
    """Shows notices and cases to who is signed in, and takes what she says in them."""

    def __init__(self, notices: Notices, cases: Cases, workspace: Workspace, guard: Guard) -> None:
        self._notices = notices
        self._cases = cases
        self._workspace = workspace
        self._guard = guard
        self._bench = workspace.scheme.bench

    def routes(self) -> list[Route]:
        """Give the routes of notices, feed and cases."""
        page, action = self._guard.page, self._guard.action
        return [
            Route("/notices", page(Right.READ_OWN, self._list), methods=["GET"]),
            Route("/notices/done", action(Right.READ_OWN, self._done), methods=["POST"]),
            Route("/feeds/{secret:str}.xml", self._feed, methods=["GET"]),
            Route("/cases", page(Right.READ_OWN, self._all_cases), methods=["GET"]),
            Route("/cases/{id:str}", page(Right.READ_OWN, self._case), methods=["GET"]),
            Route("/cases/appeal", action(Right.ANSWER, self._appeal), methods=["POST"]),
            Route("/cases/{id:str}/answer", action(Right.READ_OWN, self._answer), methods=["POST"]),
            Route("/cases/{id:str}/decision", action(Right.RUN_SCHEME, self._decide), methods=["POST"]),
        ]

    def _list(self, _: Request, actor: Actor) -> Response:
        return self._workspace.page("notices.html", actor, notices=self._notices.of(actor))

    def _done(self, _: Request, actor: Actor, form: FormData) -> Response:
        number = text_of(form, "id")
        if not number.isascii() or not number.isdigit() or len(number) > 15:
            raise InvalidDocument("expected the number of a notice", where="id")
        self._notices.mark_done(actor, int(number))
        return see("/notices")

    async def _feed(self, request: Request) -> Response:
        body = await run_in_threadpool(self._feed_text, request.path_params["secret"])
        headers = {"Cache-Control": "private, no-store", "X-Robots-Tag": "noindex", "X-Content-Type-Options": "nosniff"}
        return Response(body, headers={**headers, "Content-Type": atom.MEDIA_TYPE})

    def _feed_text(self, secret: str) -> bytes:
        origin = self._bench.identity.origin
        party, notices = self._notices.feed(secret)
        entries = [
            atom.Entry(f"{origin}/notices#{item.id}", item.text, item.created_at, f"{origin}{item.link}", item.text)
            for item in notices
        ]
        title = f"{party} at {self._bench.identity.display_name}"
        return atom.feed(title, f"{origin}/notices", entries, made_at=self._bench.clock())

    def _all_cases(
        self, _: Request, actor: Actor, *, problem: LabelServiceError | None = None, text: str = ""
    ) -> Response:
        return self._workspace.page(
            "cases.html",
            actor,
            problem.status if problem else 200,
            cases=self._cases.of(actor),
            appealable=self._cases.appealable(actor) if Right.ANSWER in actor.rights else [],
            appeal_days=APPEAL_DAYS,
            now=self._bench.clock(),
            most=MAX_TEXT,
            problem=problem,
            text=text,
        )

    def _case(self, request: Request, actor: Actor, **more: Any) -> Response:
        case, problem = self._cases.get(actor, request.path_params["id"]), more.get("problem")
        is_operator, may_decide = Right.RUN_SCHEME in actor.rights, self._cases.may_decide(actor, case)
        may_write = is_operator or Right.ANSWER in actor.rights
        return self._workspace.page(
            "case.html",
            actor,
            problem.status if problem else 200,
            case=case,
            is_ripe=case.is_ripe(self._bench.clock()),
            may_write=may_write and not case.is_closed,
            may_decide=may_decide,
            is_first_decider=is_operator and not case.is_closed and not may_decide,
            most=MAX_TEXT,
            most_public=MAX_PUBLIC,
            **{"problem": None, "text": "", "public": "", **more},
        )

    def _appeal(self, request: Request, actor: Actor, form: FormData) -> Response:
        text = text_of(form, "text")
        try:
            case_id = self._cases.appeal(actor, text_of(form, "about"), text)
        except LabelServiceError as error:
            return self._all_cases(request, actor, problem=error, text=text[:MAX_TEXT])
        return see(f"/cases/{case_id}")

    def _answer(self, request: Request, actor: Actor, form: FormData) -> Response:
        text, case_id = text_of(form, "text"), request.path_params["id"]
        try:
            self._cases.answer(actor, case_id, text)
        except LabelServiceError as error:
            return self._case(request, actor, problem=error, text=text[:MAX_TEXT])
        return see(f"/cases/{case_id}")

    def _decide(self, request: Request, actor: Actor, form: FormData) -> Response:
        outcome, action, words = (text_of(form, name) for name in ("outcome", "action", "words"))
        case_id = request.path_params["id"]
        try:
            if outcome not in _OUTCOMES or action not in _ACTIONS:
                raise InvalidDocument(f"expected an outcome, {' or '.join(_OUTCOMES)}", hint="choose one")
            self._cases.decide(actor, case_id, outcome, words=words, action=_ACTIONS[action])  # type: ignore[arg-type]
        except LabelServiceError as error:
            return self._case(request, actor, problem=error, public=words[:MAX_PUBLIC])
        return see(f"/cases/{case_id}")
