"""What the desks of a producer share: pages for her alone, and what becomes of a form that is not taken."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from label_service.accounts.rights import Actor, Right
from label_service.certification.desk import Certification
from label_service.errors import LabelServiceError, NotFound
from label_service.issuance.scheme import Scheme
from label_service.web.guard import Act, Guard, Show
from label_service.web.languages import message
from label_service.web.words import Words
from label_service.web.workspace import Workspace

# A page that can show why a form was not taken, with what was typed.
Page = Callable[..., Response]

MOST_PAGES: Final = 100_000
STATES: Final = {
    "assessed": message("assessed"),
    "waiting": message("waits for a person"),
    "refused": message("refused"),
    "attested": message("attested"),
    "labelled": message("labelled"),
}


@dataclass(frozen=True)
class Work:
    """What every desk of a producer works with."""

    certification: Certification
    workspace: Workspace
    guard: Guard

    @property
    def scheme(self) -> Scheme:
        """The installation."""
        return self.workspace.scheme

    def page(self, template: str, actor: Actor, problem: LabelServiceError | None = None, **context: Any) -> Response:
        """Answer with a page; a problem gives its status."""
        status = problem.status if problem else 200
        shared = {"problem": problem, "states": STATES, "named": Words(self.scheme.releases.current(), 0)}
        return self.workspace.page(template, actor, status, **(shared | context))

    def get(self, path: str, show: Show) -> Route:
        """Give the route of a page for producers."""

        def own(request: Request, actor: Actor) -> Response:
            check_producer(actor)
            return show(request, actor)

        return Route(path, self.guard.page(Right.READ_OWN, own), methods=["GET"])

    def post(self, path: str, act: Act, page: Page) -> Route:
        """Give the route of a form of producers; what is not taken is told on the page, with what was typed."""

        def told(request: Request, actor: Actor, form: FormData) -> Response:
            try:
                return act(request, actor, form)
            except LabelServiceError as error:
                typed = {name: value for name, value in form.items() if isinstance(value, str)}
                return page(request, actor, problem=error, typed=typed)

        return Route(path, self.guard.action(Right.DECLARE, told), methods=["POST"])


def check_producer(actor: Actor) -> None:
    """Check that a page of producers is asked for by one.

    Raises:
        NotFound: the actor is of another kind of party.
    """
    if actor.kind != "producer":
        raise NotFound("this page is for producers", hint="your own pages are in the line above")


def number_of(request: Request) -> int:
    """Give which part of a list is asked for."""
    text = request.query_params.get("page", "1")
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 7 else 0
    if not 1 <= number <= MOST_PAGES:
        raise NotFound("there is no such part of the list")
    return number
