"""What the desks of the operator share: who may, how a page is answered, and what becomes of a form that is wrong."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from label_service.accounts.accounts import Accounts
from label_service.accounts.rights import Actor, Right
from label_service.certification.desk import Certification
from label_service.errors import LabelServiceError
from label_service.issuance.reasons import REASONS
from label_service.issuance.scheme import Scheme
from label_service.web.guard import Act, Guard
from label_service.web.languages import message
from label_service.web.workspace import Workspace

# A page that can show why a form was not taken, with what was typed.
Page = Callable[..., Response]

KEYS: Final = ("/operate/keys", message("Keys"))  # for those who may keep them
PLACES: Final = (
    ("/operate", message("Overview")),
    ("/operate/parties", message("Parties")),
    ("/operate/auditors", message("Auditors")),
    KEYS,
    ("/operate/states", message("Labels and scopes")),
    ("/operate/publications", message("Publications")),
    ("/operate/markets", message("Markets")),
    ("/operate/evidence", message("Evidence")),
    ("/operate/export", message("Export")),
    ("/operate/health", message("Health")),
    ("/operate/acts", message("Acts")),
)


@dataclass(frozen=True)
class Console:
    """What every desk of the operator works with.

    Attributes:
        evidence_years: years to keep evidence after the end of a label.
        alarm_days: days before an end at which it is alarming.
        is_mailing: whether notices are mailed.
    """

    certification: Certification
    accounts: Accounts
    workspace: Workspace
    guard: Guard
    evidence_years: int
    alarm_days: int
    is_mailing: bool = False

    @property
    def scheme(self) -> Scheme:
        """The installation."""
        return self.workspace.scheme

    def page(self, template: str, actor: Actor, problem: LabelServiceError | None = None, **context: Any) -> Response:
        """Answer with a page of the console; a problem gives its status."""
        status = problem.status if problem else 200
        places = [place for place in PLACES if place != KEYS or Right.MANAGE_KEYS in actor.rights]
        shared = {"problem": problem, "operate_places": places, "reasons": REASONS}
        return self.workspace.page(template, actor, status, **shared, **context)

    def get(self, path: str, page: Page, right: Right = Right.RUN_SCHEME) -> Route:
        """Give the route of a page."""
        return Route(path, self.guard.page(right, page), methods=["GET"])

    def post(
        self,
        path: str,
        act: Act,
        page: Page,
        right: Right = Right.RUN_SCHEME,
        *,
        max_files: int = 0,
        by_person: bool = False,
    ) -> Route:
        """Give the route of a form; what is not taken is told on the page, with what was typed."""

        def told(request: Request, actor: Actor, form: FormData) -> Response:
            try:
                return act(request, actor, form)
            except LabelServiceError as error:
                typed = {name: value for name, value in form.items() if isinstance(value, str)}
                return page(request, actor, problem=error, typed=typed)

        return Route(path, self.guard.action(right, told, max_files=max_files, by_person=by_person), methods=["POST"])
