"""Who asks, and whether she may: the one place where cookies and tokens become an actor.

A person shows the session cookie, a program `Authorization: Bearer`. A cookie counts for pages of this origin only: not
for requests that another site caused, except that a link from elsewhere may open a page.
"""

from collections.abc import Callable
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from label_service.accounts.accounts import Accounts
from label_service.accounts.rights import Actor, Right
from label_service.accounts.sessions import ABSOLUTE
from label_service.document import Party as Producer
from label_service.errors import AccountNeeded, Refused
from label_service.web.uploads import MAX_FORM_BYTES, MAX_UPLOAD_BYTES, refuse_large

COOKIE = "__Host-session"
SAFE_METHODS = frozenset({"GET", "HEAD"})
MAX_FIELDS = 200

Show = Callable[[Request, Actor], Response]
Act = Callable[[Request, Actor, FormData], Response]


class Guard:
    """Lets in who is known and may; without accounts it lets in nobody."""

    def __init__(self, accounts: Accounts | None) -> None:
        self._accounts = accounts

    def actor(self, request: Request) -> Actor | None:
        """Give who asks; None when nobody valid was shown."""
        if self._accounts is None:
            return None
        if "authorization" in request.headers:
            return self._accounts.tokens.actor(_bearer(request.headers["authorization"]))
        return self._person(request)

    def require(self, request: Request, right: Right, *, by_person: bool = False) -> Actor:
        """Give who asks, if she has a right.

        Args:
            request: what she asks.
            right: what it needs.
            by_person: whether only somebody at a browser counts, so that a token cannot extend what it may.

        Raises:
            AccountNeeded: nobody valid was shown.
            Refused: she does not have the right, or another site sent the request.
        """
        actor = (self._person(request) if by_person else self.actor(request)) or _nobody()
        check_same_site(request)
        actor.check_may(right)
        return actor

    def producer(self, request: Request) -> Producer:
        """Give the producer whose goods a request declares, as her documents name her.

        Raises:
            AccountNeeded, Refused: as `require` says; nobody but a producer declares.
        """
        actor = self.require(request, Right.DECLARE)
        return Producer(id=actor.party_id, name=actor.party_name, country=actor.country)

    def page(self, right: Right, show: Show, *, by_person: bool = False) -> Callable[[Request], Any]:
        """Give a route that reads: `show(request, actor)` runs in a thread, with the right checked."""

        async def answer(request: Request) -> Response:
            actor = await run_in_threadpool(self.require, request, right, by_person=by_person)
            return await run_in_threadpool(show, request, actor)

        return answer

    def action(
        self, right: Right, act: Act, *, by_person: bool = False, max_files: int = 0
    ) -> Callable[[Request], Any]:
        """Give a route that writes: `act(request, actor, form)` runs in a thread, after right, origin and size."""

        async def answer(request: Request) -> Response:
            actor = await run_in_threadpool(self.require, request, right, by_person=by_person)
            refuse_large(request, MAX_UPLOAD_BYTES if max_files else MAX_FORM_BYTES)
            async with request.form(max_files=max_files, max_fields=MAX_FIELDS) as form:
                return await run_in_threadpool(act, request, actor, form)

        return answer

    def _person(self, request: Request) -> Actor | None:
        secret = session_secret(request)
        is_program = "authorization" in request.headers
        if not secret or self._accounts is None or is_program or is_embedded(request):
            return None
        return self._accounts.sessions.actor(secret)


def check_same_site(request: Request) -> None:
    """Take what changes something from pages of this origin only; a program that shows a token is no page.

    Raises:
        Refused: the browser says that another site sent it, or does not say.
    """
    if request.method in SAFE_METHODS or "authorization" in request.headers:
        return
    site = request.headers.get("sec-fetch-site")
    if site is None and request.headers.get("origin", "").partition("://")[2] == request.headers.get("host"):
        return
    if site != "same-origin":
        raise Refused("this can only be sent from a page of this service", hint="open the page and send it from there")


def is_embedded(request: Request) -> bool:
    """Tell whether another site caused a request that is not simply opening a page."""
    return request.headers.get("sec-fetch-site") in {"cross-site", "same-site"} and (
        request.method not in SAFE_METHODS or request.headers.get("sec-fetch-mode") != "navigate"
    )


def sign_in(response: Response, secret: str) -> None:
    """Put a new session into the browser."""
    response.set_cookie(COOKIE, secret, int(ABSOLUTE.total_seconds()), secure=True, httponly=True, samesite="lax")


def sign_out(response: Response) -> None:
    """Take the session out of the browser."""
    response.delete_cookie(COOKIE, secure=True, httponly=True, samesite="lax")


def session_secret(request: Request) -> str:
    """Give the secret of the session in this browser; empty where there is none."""
    return request.cookies.get(COOKIE, "")


def local_path(text: str) -> str:
    """Give where to go after signing in: a path of this site, or the account page for anything else."""
    is_local = text.startswith("/") and not text.startswith(("//", "/\\")) and text.isprintable() and "\\" not in text
    return text if is_local else "/account"


def _bearer(header: str) -> str:
    scheme, _, token = header.partition(" ")
    return token.strip() if scheme.casefold() == "bearer" else ""


def _nobody() -> Actor:
    raise AccountNeeded("this needs an account", hint="sign in, or show an API token as `Authorization: Bearer TOKEN`")
