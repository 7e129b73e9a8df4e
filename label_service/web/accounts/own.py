"""The page of one's own account: name, passkeys, browsers that are signed in, private feed, and leaving."""

from typing import Any

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from label_service.accounts.accounts import Accounts
from label_service.accounts.rights import Actor, Right
from label_service.accounts.secret import digest_of
from label_service.certification.desk import Certification
from label_service.errors import Conflict, LabelServiceError, Refused
from label_service.web.accounts.signing import SCRIPT, credential_of
from label_service.web.guard import Act, Guard, session_secret, sign_out
from label_service.web.scripts import script_href
from label_service.web.uploads import FORM_HEADERS, see, text_of
from label_service.web.workspace import Workspace

PATH = "/account"


class OwnDesk:
    """Shows and changes the account of who is signed in; a token does not count here."""

    def __init__(self, accounts: Accounts, certification: Certification, workspace: Workspace, guard: Guard) -> None:
        self._accounts = accounts
        self._notices = certification.notices
        self._publications = certification.publications
        self._workspace = workspace
        self._guard = guard

    def routes(self) -> list[Route]:
        """Give the routes of the account page."""
        return [
            Route(PATH, self._guard.page(Right.READ_OWN, self._page, by_person=True), methods=["GET"]),
            self._post("/account/name", self._rename),
            self._post("/account/passkeys/options", self._options),
            self._post("/account/passkeys", self._add_passkey),
            self._post("/account/passkeys/name", self._rename_passkey),
            self._post("/account/passkeys/remove", self._remove_passkey),
            self._post("/account/sessions/end", self._end_session),
            self._post("/account/sessions/end-all", self._end_all),
            self._post("/account/feed", self._renew_feed),
            self._post("/account/terms", self._accept_terms),
            self._post("/account/erase", self._erase),
        ]

    def _post(self, path: str, act: Act) -> Route:
        """Give a route whose problems are told on the page; programs get them as they are."""

        def told(request: Request, actor: Actor, form: FormData) -> Response:
            try:
                return act(request, actor, form)
            except LabelServiceError as error:
                return self._page(request, actor, error)

        return Route(path, self._guard.action(Right.READ_OWN, told, by_person=True), methods=["POST"])

    def _page(self, request: Request, actor: Actor, problem: LabelServiceError | None = None, **more: Any) -> Response:
        return self._workspace.page(
            "account.html",
            actor,
            problem.status if problem else 200,
            person=self._accounts.people.me(actor),
            party=self._accounts.parties.get(actor.party_id),
            terms=self._publications.newest("terms") if actor.kind != "operator" else None,
            may_accept=Right.MANAGE_PEOPLE in actor.rights,
            passkeys=self._accounts.passkeys.of(actor),
            sessions=self._accounts.sessions.of(actor),
            this_session=digest_of(session_secret(request)),
            problem=problem,
            script=script_href(SCRIPT),
            **{"feed": "", **more},
        )

    def _rename(self, _: Request, actor: Actor, form: FormData) -> Response:
        self._accounts.people.rename(actor, text_of(form, "name"))
        return see(PATH)

    def _options(self, _: Request, actor: Actor, __: FormData) -> Response:
        options = self._accounts.passkeys.options_to_add(actor, self._workspace.scheme.identity.display_name)
        return JSONResponse(options, headers=FORM_HEADERS)

    def _add_passkey(self, _: Request, actor: Actor, form: FormData) -> Response:
        self._accounts.passkeys.add(actor, text_of(form, "name"), credential_of(form))
        return see(f"{PATH}#passkeys")

    def _rename_passkey(self, _: Request, actor: Actor, form: FormData) -> Response:
        self._accounts.passkeys.rename(actor, text_of(form, "id"), text_of(form, "name"))
        return see(f"{PATH}#passkeys")

    def _remove_passkey(self, _: Request, actor: Actor, form: FormData) -> Response:
        self._accounts.passkeys.remove(actor, text_of(form, "id"))
        return see(f"{PATH}#passkeys")

    def _end_session(self, _: Request, actor: Actor, form: FormData) -> Response:
        self._accounts.sessions.end_other(actor, text_of(form, "id"))
        return see(f"{PATH}#sessions")

    def _end_all(self, _: Request, actor: Actor, __: FormData) -> Response:
        self._accounts.sessions.end_all(actor)
        return _signed_out()

    def _renew_feed(self, request: Request, actor: Actor, _: FormData) -> Response:
        secret = self._notices.renew_feed(actor)
        return self._page(request, actor, feed=f"{self._accounts.origin}/feeds/{secret}.xml")

    def _accept_terms(self, _: Request, actor: Actor, form: FormData) -> Response:
        """Agree to the version that was shown, if it is still the one in force."""
        newest = self._publications.newest("terms")
        if newest is None or newest.version != text_of(form, "version"):
            raise Conflict("other terms are in force now", hint="read them first")
        self._accounts.parties.accept_terms(actor, newest.version)
        return see(f"{PATH}#terms")

    def _erase(self, _: Request, actor: Actor, form: FormData) -> Response:
        if text_of(form, "sure") != "yes":
            raise Refused("nothing was erased", hint="tick that you are sure")
        self._accounts.people.erase(actor, actor.account_id)
        return _signed_out()


def _signed_out() -> Response:
    response = see("/sign-in")
    sign_out(response)
    return response
