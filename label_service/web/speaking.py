"""The language of pages for who is signed in: English or German, as chosen at the foot of a page or by the browser.

The language is set around each request, so no page has to ask for it; pages for everybody are made in their own
language inside (`languages.spoken`), and what a program asks for is English.
"""

from typing import Final

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from label_service.web.languages import ENGLISH, WORKSPACE_LANGUAGES, Language, liked, spoken_while

COOKIE: Final = "language"
_HTML: Final = "text/html"


class Speaking:
    """Lets pages of the workspace speak the language of who reads them, and keeps a choice for the session."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http" or scope["path"].startswith("/api/"):
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        language, chosen = workspace_language(request), _known(request.query_params.get("lang"))

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                _name(MutableHeaders(scope=message), language, chosen, is_https=scope["scheme"] == "https")
            await send(message)

        with spoken_while(language):
            await self._app(scope, receive, answer)


def workspace_language(request: Request) -> Language:
    """Give the language of a request: that of its link, else the one kept, else the one the browser likes best."""
    kept = request.cookies.get(COOKIE)
    return _known(request.query_params.get("lang")) or _known(kept) or _by_browser(request)


def _by_browser(request: Request) -> Language:
    best = Language(liked(request.headers.get("accept-language", "")[:400]).code)
    return best if best in WORKSPACE_LANGUAGES else ENGLISH


def _known(code: str | None) -> Language | None:
    return next((language for language in WORKSPACE_LANGUAGES if language.code == code), None)


def _name(headers: MutableHeaders, language: Language, chosen: Language | None, *, is_https: bool) -> None:
    """Name the language of a page that does not name its own, and keep the choice until the browser is closed."""
    if "content-language" in headers or not headers.get("content-type", "").startswith(_HTML):
        return
    headers["Content-Language"] = language.code
    headers.add_vary_header("Accept-Language")
    if chosen:
        secure = "; Secure" if is_https else ""
        headers.append("Set-Cookie", f"{COOKIE}={chosen.code}; Path=/; HttpOnly; SameSite=Lax{secure}")
