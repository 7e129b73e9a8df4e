"""The page behind an invitation: who invites whom as what, and a passkey or an OpenID provider to join with."""

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from label_service.accounts.accounts import Accounts
from label_service.errors import LabelServiceError
from label_service.web.accounts.signing import SCRIPT, admit, credential_of, depart, provider_of, small_form
from label_service.web.events import Event, note
from label_service.web.flood import Flood
from label_service.web.guard import check_same_site
from label_service.web.problems import wants_page
from label_service.web.scripts import script_href
from label_service.web.uploads import FORM_HEADERS, text_of
from label_service.web.workspace import Workspace


class JoinDesk:
    """Lets invited people in."""

    def __init__(self, accounts: Accounts, workspace: Workspace) -> None:
        self._accounts = accounts
        self._workspace = workspace
        self._attempts = Flood("60/minute", "3000/minute")

    def routes(self) -> list[Route]:
        """Give the routes of joining."""
        return [
            Route("/join/{secret:str}", self._page, methods=["GET"]),
            Route("/join/{secret:str}", self._join, methods=["POST"]),
            Route("/join/{secret:str}/options", self._options, methods=["POST"]),
            Route("/join/{secret:str}/openid", self._depart, methods=["GET"]),
        ]

    async def _page(self, request: Request) -> Response:
        self._attempts.check(request)
        return await run_in_threadpool(self._form, request.path_params["secret"])

    async def _options(self, request: Request) -> Response:
        check_same_site(request)
        self._attempts.check(request)
        name = self._workspace.scheme.identity.display_name
        options = await run_in_threadpool(self._accounts.passkeys.options_to_join, request.path_params["secret"], name)
        return JSONResponse(options, headers=FORM_HEADERS)

    async def _join(self, request: Request) -> Response:
        form = await small_form(request)
        secret, name = request.path_params["secret"], text_of(form, "name")
        try:
            self._attempts.check(request)
            account = await run_in_threadpool(self._accounts.passkeys.join, secret, name, credential_of(form))
            note(Event.JOINED, account=account)
        except LabelServiceError as error:
            note(Event.SIGN_IN_FAILED, by="invitation", problem=error.code)
            if not wants_page(request):
                raise
            return await run_in_threadpool(self._form, secret, name, error)
        return await run_in_threadpool(admit, self._accounts, request, account, "")

    async def _depart(self, request: Request) -> Response:
        self._attempts.check(request)
        provider = provider_of(self._accounts)
        departure = await run_in_threadpool(provider.depart, request.path_params["secret"])
        return depart(departure.url, departure.state)

    def _form(self, secret: str, name: str = "", problem: LabelServiceError | None = None) -> Response:
        openid = self._accounts.openid
        return self._workspace.page(
            "join.html",
            None,
            problem.status if problem else 200,
            invitation=self._accounts.invitations.read(secret),
            action=f"/join/{secret}",
            name=name,
            provider=openid.name if openid else "",
            problem=problem,
            script=script_href(SCRIPT),
        )
