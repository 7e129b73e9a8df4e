"""The page where a lead looks after the people of her organisation: invite, roles, new passkeys, leaving."""

from typing import Any, Final, cast

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from label_service.accounts.accounts import Accounts
from label_service.accounts.rights import Actor, Right, Role
from label_service.errors import LabelServiceError, Refused
from label_service.web.guard import Act, Guard
from label_service.web.languages import message
from label_service.web.uploads import see, text_of
from label_service.web.workspace import Workspace

PATH: Final = "/people"
ROLES: Final = {
    "lead": message("lead: everything, and the people"),
    "member": message("member: everything but the people"),
    "reader": message("reader: looks only"),
}


class PeopleDesk:
    """Shows and changes who is of a party; for leads at a browser."""

    def __init__(self, accounts: Accounts, workspace: Workspace, guard: Guard) -> None:
        self._accounts = accounts
        self._workspace = workspace
        self._guard = guard

    def routes(self) -> list[Route]:
        """Give the routes of the page."""
        return [
            Route(PATH, self._guard.page(Right.MANAGE_PEOPLE, self._page, by_person=True), methods=["GET"]),
            self._post("/people/invite", self._invite),
            self._post("/people/take-back", self._take_back),
            self._post("/people/role", self._change_role),
            self._post("/people/recover", self._recover),
            self._post("/people/deactivate", self._deactivate),
            self._post("/people/erase", self._erase),
        ]

    def _post(self, path: str, act: Act) -> Route:
        def told(request: Request, actor: Actor, form: FormData) -> Response:
            try:
                return act(request, actor, form)
            except LabelServiceError as error:
                return self._page(request, actor, problem=error, email=text_of(form, "email"))

        return Route(path, self._guard.action(Right.MANAGE_PEOPLE, told, by_person=True), methods=["POST"])

    def _page(self, _: Request, actor: Actor, **more: Any) -> Response:
        problem = more.get("problem")
        return self._workspace.page(
            "people.html",
            actor,
            problem.status if problem else 200,
            people=self._accounts.people.of_party(actor),
            invitations=self._accounts.invitations.open(actor),
            roles=ROLES,
            **{"problem": None, "link": "", "whom": "", "email": "", **more},
        )

    def _invite(self, request: Request, actor: Actor, form: FormData) -> Response:
        email = text_of(form, "email")
        link = self._accounts.invitations.invite(actor, email, cast("Role", text_of(form, "role")))
        return self._page(request, actor, link=link, whom=email)

    def _recover(self, request: Request, actor: Actor, form: FormData) -> Response:
        link = self._accounts.invitations.recover(actor, text_of(form, "id"))
        return self._page(request, actor, link=link, whom=text_of(form, "name"))

    def _take_back(self, _: Request, actor: Actor, form: FormData) -> Response:
        self._accounts.invitations.take_back(actor, text_of(form, "id"))
        return see(PATH)

    def _change_role(self, _: Request, actor: Actor, form: FormData) -> Response:
        role = text_of(form, "role")
        if role not in ROLES:
            raise Refused(f"expected one of the roles {', '.join(ROLES)}")
        self._accounts.people.change_role(actor, text_of(form, "id"), cast("Role", role))
        return see(PATH)

    def _deactivate(self, _: Request, actor: Actor, form: FormData) -> Response:
        self._accounts.people.deactivate(actor, text_of(form, "id"))
        return see(PATH)

    def _erase(self, _: Request, actor: Actor, form: FormData) -> Response:
        self._accounts.people.erase(actor, text_of(form, "id"))
        return see(PATH)
