"""What stands around the whole site: an id for every request, its figures, and a line in the log without addresses."""

import logging
import re
import time
import uuid
from typing import Final

from starlette.datastructures import MutableHeaders
from starlette.routing import Mount, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from label_service.operation.figures import REQUESTS
from label_service.operation.logs import ACCESS, REQUEST_ID

HEADER: Final = "X-Request-ID"
_GIVEN = re.compile(r"[0-9a-f]{32}")  # what nginx calls $request_id
_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_LOG = logging.getLogger(ACCESS)


class Watched:
    """Gives each request an id, which its answer, its problems and its log lines bear, and counts it by its route."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._routes = routes_of(app)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = id_of(scope)
        REQUEST_ID.set(request_id)
        began, status = time.perf_counter(), 500

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)[HEADER] = request_id
            await send(message)

        try:
            await self._app(scope, receive, watched)
        finally:
            self._note(scope, status, time.perf_counter() - began)

    def route(self, scope: Scope) -> str:
        """Give the path, with names for its parts, of the endpoint that answered."""
        return self._routes.get(scope.get("endpoint"), "none")

    def _note(self, scope: Scope, status: int, seconds: float) -> None:
        method = scope["method"] if scope["method"] in _METHODS else "other"
        route = self.route(scope)
        REQUESTS.labels(method, route, status).observe(seconds)
        if _LOG.isEnabledFor(logging.INFO):
            members = {"method": method, "route": route, "status": status, "seconds": round(seconds, 4)}
            _LOG.info("request", extra={"members": members})


def id_of(scope: Scope) -> str:
    """Take the id that the web server in front gave, if it is one; else a new one."""
    given = dict(scope["headers"]).get(b"x-request-id", b"").decode("latin-1")
    return given if _GIVEN.fullmatch(given) else uuid.uuid4().hex


def routes_of(app: object, prefix: str = "") -> dict[object, str]:
    """Give the path, with names for its parts, of every endpoint of an application."""
    while not hasattr(app, "routes") and hasattr(app, "_app"):  # below limits and headers
        app = getattr(app, "_app")  # noqa: B009 - theirs by name
    found: dict[object, str] = {}
    for route in getattr(app, "routes", ()):
        if isinstance(route, Mount):
            found |= routes_of(route.app, prefix + route.path)
        elif isinstance(route, Route) or hasattr(route, "endpoint"):
            found[route.endpoint] = re.sub(r":\w+}", "}", prefix + route.path)
    return found
