"""Signing in with a passkey or an OpenID provider, and signing out. Every sign-in begins a new session."""

from typing import Final

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from label_service import canonical
from label_service.accounts.accounts import Accounts
from label_service.accounts.openid import CALLBACK, OpenId
from label_service.errors import InvalidDocument, LabelServiceError, NotFound
from label_service.trust.encoding import base64url, from_base64url
from label_service.web.events import Event, note
from label_service.web.flood import Flood
from label_service.web.guard import check_same_site, local_path, session_secret, sign_in, sign_out
from label_service.web.languages import speaking
from label_service.web.problems import wants_page
from label_service.web.scripts import script_href
from label_service.web.uploads import FORM_HEADERS, MAX_FORM_BYTES, refuse_large, see, text_of
from label_service.web.workspace import HOMES, Workspace

SCRIPT: Final = "passkeys.js"
_STATE_COOKIE: Final = "__Host-openid"
_STATE_S: Final = 300


class SignInDesk:
    """Takes what proves who somebody is, and gives the browser a session."""

    def __init__(self, accounts: Accounts, workspace: Workspace) -> None:
        self._accounts = accounts
        self._workspace = workspace
        self._attempts = Flood("60/minute", "3000/minute")

    def routes(self) -> list[Route]:
        """Give the routes of signing in and out."""
        return [
            Route("/sign-in", self._page, methods=["GET"]),
            Route("/sign-in", self._sign_in, methods=["POST"]),
            Route("/sign-in/options", self._options, methods=["POST"]),
            Route("/sign-in/openid", self._depart, methods=["GET"]),
            Route(CALLBACK, self._arrive, methods=["GET"]),
            Route("/sign-out", self._sign_out, methods=["POST"]),
        ]

    async def _page(self, request: Request) -> Response:
        return self._form(request.query_params.get("next", ""))

    async def _options(self, request: Request) -> Response:
        check_same_site(request)
        self._attempts.check(request)
        options = await run_in_threadpool(self._accounts.passkeys.options_to_sign_in)
        return JSONResponse(options, headers=FORM_HEADERS)

    async def _sign_in(self, request: Request) -> Response:
        form = await small_form(request)
        try:
            self._attempts.check(request)
            account = await run_in_threadpool(self._accounts.passkeys.sign_in, credential_of(form))
        except LabelServiceError as error:
            note(Event.SIGN_IN_FAILED, by="passkey", problem=error.code)
            if not wants_page(request):
                raise
            return self._form(text_of(form, "next"), error)
        return await run_in_threadpool(admit, self._accounts, request, account, text_of(form, "next"))

    async def _depart(self, request: Request) -> Response:
        self._attempts.check(request)
        provider = provider_of(self._accounts)
        departure = await run_in_threadpool(provider.depart)
        return depart(departure.url, departure.state, request.query_params.get("next", ""))

    async def _arrive(self, request: Request) -> Response:
        self._attempts.check(request)
        provider = provider_of(self._accounts)
        state, _, following = request.cookies.get(_STATE_COOKIE, "").partition(".")
        try:
            account = await run_in_threadpool(provider.arrive, state, dict(request.query_params))
        except LabelServiceError as error:
            note(Event.SIGN_IN_FAILED, by="openid", problem=error.code)
            if not wants_page(request):
                raise
            return _without_state(self._form("", error))
        path = from_base64url(following).decode("utf-8", "replace") if following else ""
        return _without_state(await run_in_threadpool(admit, self._accounts, request, account, path))

    async def _sign_out(self, request: Request) -> Response:
        check_same_site(request)
        await run_in_threadpool(self._accounts.sessions.end, session_secret(request))
        note(Event.SIGNED_OUT)
        response = see("/sign-in")
        sign_out(response)
        return response

    def _form(self, following: str, problem: LabelServiceError | None = None) -> Response:
        openid = self._accounts.openid
        return self._workspace.page(
            "sign_in.html",
            None,
            problem.status if problem else 200,
            next=local_path(following) if following else "",
            provider=openid.name if openid else "",
            problem=problem,
            script=script_href(SCRIPT),
        )


def admit(accounts: Accounts, request: Request, account_id: str, following: str) -> Response:
    """Begin a session of somebody who proved who she is, end the one this browser had, and lead on."""
    accounts.sessions.end(session_secret(request))
    secret = accounts.sessions.open(account_id, speaking().code)
    note(Event.SIGNED_IN, account=account_id)
    actor = accounts.sessions.actor(secret)
    home = HOMES[actor.kind] if actor else "/account"
    response = see(local_path(following) if following else home)
    sign_in(response, secret)
    return response


def depart(url: str, state: str, following: str = "") -> Response:
    """Send the browser to the provider, with what it needs to come back in a cookie of its own."""
    response = RedirectResponse(url, 303, headers=FORM_HEADERS)
    kept = f"{state}.{base64url(following.encode('utf-8', 'replace'))}" if following else state
    response.set_cookie(_STATE_COOKIE, kept, _STATE_S, secure=True, httponly=True, samesite="lax")
    return response


def provider_of(accounts: Accounts) -> OpenId:
    """Give the provider of an installation.

    Raises:
        NotFound: none is set.
    """
    if accounts.openid is None:
        raise NotFound("no OpenID provider is set here", hint="sign in with a passkey")
    return accounts.openid


async def small_form(request: Request) -> FormData:
    """Read a form without files from a page of this service.

    Raises:
        Refused: another site sent it, or it is too large.
    """
    check_same_site(request)
    refuse_large(request, MAX_FORM_BYTES)
    async with request.form(max_files=0, max_fields=20) as form:
        return form


def credential_of(form: FormData) -> dict[str, object]:
    """Give what the browser answered.

    Raises:
        InvalidDocument: not the answer of a passkey.
    """
    found = canonical.decode_lenient(text_of(form, "credential").encode("utf-8", "replace"))
    if not isinstance(found, dict):
        raise InvalidDocument("expected the answer of a passkey", hint="load the page again; it needs JavaScript")
    return found


def _without_state(response: Response) -> Response:
    response.delete_cookie(_STATE_COOKIE, secure=True, httponly=True, samesite="lax")
    return response
