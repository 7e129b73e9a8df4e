"""The complaint of anybody about a label: a form without account, and the page behind its private link.

No cookie, no address kept, no mail: the private link is all there is, so nobody else can find out who complained.
"""

from dataclasses import dataclass
from typing import Final

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from label_service.certification.cases import ANSWER_DAYS, DECISION_DAYS, MAX_CONTACT, MAX_TEXT, Case, Cases
from label_service.errors import LabelServiceError, TooManyRequests
from label_service.issuance.scheme import Scheme
from label_service.web import pages
from label_service.web.flood import Flood
from label_service.web.guard import check_same_site
from label_service.web.languages import language_headers, language_of, spoken
from label_service.web.problems import wants_page
from label_service.web.uploads import FORM_HEADERS, refuse_large, text_of

MAX_BODY_BYTES: Final = 64 * 1024
_HEADERS: Final = {**FORM_HEADERS, "X-Robots-Tag": "noindex", "X-Content-Type-Options": "nosniff"}


@dataclass(frozen=True, slots=True)
class ComplaintView:
    """The form about one label, with what was typed and why it was not taken."""

    scheme: str
    demo: bool
    label_id: str
    name: str
    producer: str
    text: str = ""
    contact: str = ""
    problem: LabelServiceError | None = None


@dataclass(frozen=True, slots=True)
class CaseView:
    """A case behind its private link; `address` is the whole link, to be kept."""

    scheme: str
    demo: bool
    case: Case
    address: str
    text: str = ""
    problem: LabelServiceError | None = None


class ComplaintDesk:
    """Takes complaints and leads complainants back to them."""

    def __init__(self, scheme: Scheme, cases: Cases) -> None:
        self._scheme = scheme
        self._cases = cases
        self._complaints = Flood("5/hour", "200/hour")
        self._replies = Flood("30/hour", "1000/hour")

    def routes(self) -> list[Route]:
        """Give the routes of form and case."""
        return [
            Route("/L/{id:label_id}/complaint", self._form, methods=["GET"]),
            Route("/L/{id:label_id}/complaint", self._complain, methods=["POST"]),
            Route("/complaints/{secret:str}", self._case, methods=["GET"]),
            Route("/complaints/{secret:str}", self._reply, methods=["POST"]),
        ]

    async def _form(self, request: Request) -> Response:
        return _page(request, "complaint.html", await run_in_threadpool(self._view, request.path_params["id"]))

    async def _complain(self, request: Request) -> Response:
        text, contact = await _typed(request, "text", "contact")
        label_id = request.path_params["id"]
        try:
            self._complaints.check(request)
            secret = await run_in_threadpool(self._cases.complain, label_id, text, contact)
        except LabelServiceError as error:
            if not wants_page(request):
                raise
            view = await run_in_threadpool(self._view, label_id, text, contact, error)
            return _page(request, "complaint.html", view)
        return RedirectResponse(f"/complaints/{secret}{language_of(request).link}", 303, headers=_HEADERS)

    async def _case(self, request: Request) -> Response:
        return _page(
            request, "complaint_case.html", await run_in_threadpool(self._case_view, request.path_params["secret"])
        )

    async def _reply(self, request: Request) -> Response:
        (text,) = await _typed(request, "text")
        secret = request.path_params["secret"]
        try:
            self._replies.check(request)
            await run_in_threadpool(self._cases.reply, secret, text)
        except LabelServiceError as error:
            if not wants_page(request):
                raise
            return _page(request, "complaint_case.html", await run_in_threadpool(self._case_view, secret, text, error))
        return RedirectResponse(f"/complaints/{secret}{language_of(request).link}", 303, headers=_HEADERS)

    def _view(
        self, label_id: str, text: str = "", contact: str = "", problem: LabelServiceError | None = None
    ) -> ComplaintView:
        identity, inventory = self._scheme.identity, self._scheme.labels.get(label_id).inventory
        return ComplaintView(
            scheme=identity.display_name,
            demo=identity.is_demo,
            label_id=label_id,
            name=inventory.name,
            producer=inventory.producer.name,
            text=text[:MAX_TEXT],
            contact=contact[:MAX_CONTACT],
            problem=problem,
        )

    def _case_view(self, secret: str, text: str = "", problem: LabelServiceError | None = None) -> CaseView:
        identity = self._scheme.identity
        case = self._cases.by_secret(secret)
        address = f"{identity.origin}/complaints/{secret}"
        return CaseView(identity.display_name, identity.is_demo, case, address, text[:MAX_TEXT], problem)


async def _typed(request: Request, *names: str) -> list[str]:
    check_same_site(request)
    refuse_large(request, MAX_BODY_BYTES)
    async with request.form(max_files=0, max_fields=10) as form:
        return [text_of(form, name) for name in names]


def _page(request: Request, template: str, view: ComplaintView | CaseView) -> Response:
    limits = {"most": MAX_TEXT, "most_contact": MAX_CONTACT, "answer_days": ANSWER_DAYS, "decision_days": DECISION_DAYS}
    language = language_of(request)
    text = spoken(language, lambda: pages.render(template, view=view, demo=view.demo, **limits))
    headers = {**_HEADERS, **language_headers(language)}
    if isinstance(view.problem, TooManyRequests):
        headers["Retry-After"] = str(view.problem.retry_after_s)
    return Response(text, view.problem.status if view.problem else 200, headers=headers, media_type="text/html")
