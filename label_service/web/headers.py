"""Headers that make a browser careful with every answer, whatever route or error it comes from.

A route that needs something else says so itself; what it says stays. The deny-all policy of content is for what is no
page: a document, a picture or a download that a browser is led to open runs nothing and cannot be framed.
"""

from collections.abc import Mapping
from typing import Final

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_DENIED: Final = ("microphone=()", "geolocation=()", "payment=()", "usb=()", "display-capture=()")
PERMISSIONS: Final = ", ".join(("camera=()", *_DENIED))
PERMISSIONS_TO_SCAN: Final = ", ".join(("camera=(self)", *_DENIED))
SAFE: Final[Mapping[str, str]] = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": PERMISSIONS,
}
NOTHING: Final = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
_WORKER: Final = "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"  # what it may fetch
HSTS: Final = "max-age=31536000"


class SafeHeaders:
    """Adds what a route did not say.

    Args:
        app: what answers.
        is_https: whether the public origin is HTTPS; browsers are told then to come by nothing else for a year.
    """

    def __init__(self, app: ASGIApp, *, is_https: bool) -> None:
        self._app = app
        self._is_https = is_https

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                add_safe_headers(MutableHeaders(scope=message), is_https=self._is_https)
            await send(message)

        await self._app(scope, receive, with_headers)


def add_safe_headers(headers: MutableHeaders, *, is_https: bool) -> None:
    """Add to the headers of an answer what is missing."""
    for name, value in SAFE.items():
        headers.setdefault(name, value)
    is_script = headers.get("content-type", "").startswith("text/javascript")
    headers.setdefault("Content-Security-Policy", _WORKER if is_script else NOTHING)
    is_for_all = headers.get("access-control-allow-origin") == "*"
    headers.setdefault("Cross-Origin-Resource-Policy", "cross-origin" if is_for_all else "same-origin")
    if is_https:
        headers.setdefault("Strict-Transport-Security", HSTS)
