"""Limits every request meets: how large and slow its body may be, how many are worked on, whose name a demo bears."""

import asyncio
import re
from typing import Final

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from label_service.errors import Overloaded, TooSlow
from label_service.web.problems import error_response, problem_response
from label_service.web.uploads import MAX_UPLOAD_BYTES

BODY_S: Final = 20.0  # to wait for a body, and for each of the next bytes as much longer as they take at
SLOWEST_BYTES_PER_S: Final = 8 * 1024
MOST_AT_ONCE: Final = 200
_ALWAYS_ANSWERED: Final = frozenset({"/healthz"})
_ADDRESS: Final = re.compile(r"\d{1,3}(\.\d{1,3}){3}|\[[0-9a-fA-F:.]+\]")
_WITHOUT_BODY: Final = frozenset({"GET", "HEAD"})


class BodyLimit:
    """Refuses bodies larger than a limit: by the announced length at once, else as soon as the limit is passed."""

    def __init__(self, app: ASGIApp, max_bytes: int) -> None:
        self._app = app
        self._max_bytes = max_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http" or scope["method"] in _WITHOUT_BODY:
            await self._app(scope, receive, send)
            return
        if not _is_at_most(Request(scope), self._max_bytes):
            await _refuse(self._max_bytes, scope, receive, send)
            return
        body = bytearray()
        is_complete = False
        while not is_complete:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            body += message.get("body", b"")
            if len(body) > self._max_bytes:
                await _refuse(self._max_bytes, scope, receive, send)
                return
            is_complete = not message.get("more_body", False)
        await self._app(scope, _replay(bytes(body), receive), send)


class Pressure:
    """Keeps the service able to answer: ends bodies that trickle, and refuses what is more than it can work on.

    A request counts while it is worked on, not while its client is waited for, so slow clients take no place.

    Args:
        app: what answers.
        most_at_once: requests that are worked on at once; the next is refused before anything is begun.
        body_s: seconds to wait for a body, beyond what its bytes take at `SLOWEST_BYTES_PER_S`.
    """

    def __init__(self, app: ASGIApp, *, most_at_once: int = MOST_AT_ONCE, body_s: float = BODY_S) -> None:
        self._app = app
        self._most = most_at_once
        self._body_s = body_s
        self._working = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if self._working >= self._most and scope["path"] not in _ALWAYS_ANSWERED:
            error = Overloaded("more is asked than can be worked on now", hint="try again in a moment", retry_after_s=1)
            await error_response(Request(scope), error)(scope, receive, send)
            return
        if scope["method"] not in _WITHOUT_BODY:
            if not _is_at_most(Request(scope), MAX_UPLOAD_BYTES):
                await _refuse(MAX_UPLOAD_BYTES, scope, receive, send)
                return
            receive = self._patiently(receive)
        self._working += 1
        try:
            await self._app(scope, receive, send)
        finally:
            self._working -= 1

    def _patiently(self, receive: Receive) -> Receive:
        left_s = self._body_s
        is_complete = False
        clock = asyncio.get_running_loop().time

        async def next_piece() -> Message:
            nonlocal left_s, is_complete
            began = clock()
            self._working -= 1
            try:
                async with asyncio.timeout(None if is_complete else left_s):
                    message = await receive()
            except TimeoutError:
                raise TooSlow(
                    f"expected the whole body, at {SLOWEST_BYTES_PER_S} bytes a second at least",
                    hint="send it again over a better connection, or less at once",
                ) from None
            finally:
                self._working += 1
            left_s = min(self._body_s, left_s - (clock() - began) + len(message.get("body", b"")) / SLOWEST_BYTES_PER_S)
            is_complete = not message.get("more_body", False)
            return message

        return next_piece


def _is_at_most(request: Request, max_bytes: int) -> bool:
    """Tell whether the announced length, if any, is one and within a limit."""
    announced = request.headers.get("content-length", "0")
    return announced.isascii() and announced.isdigit() and int(announced[:20]) <= max_bytes


async def _refuse(max_bytes: int, scope: Scope, receive: Receive, send: Send) -> None:
    problem = {
        "type": "/problems/too-large",
        "title": "Too large",
        "status": 413,
        "detail": f"expected a body of at most {max_bytes} bytes",
        "hint": "send less at once",
    }
    await problem_response(Request(scope), problem, {"Connection": "close"})(scope, receive, send)


def _replay(body: bytes, receive: Receive) -> Receive:
    sent = False

    async def again() -> Message:
        nonlocal sent
        if sent:
            return await receive()
        sent = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again


class OwnHost:
    """Answers a demo under names of its own machine only.

    A demo asks for no account, so a page of a stranger, whose name its owner lets point to this machine, would be at
    home in it (DNS rebinding). An address, a name without a dot and the name of the origin are its own.
    """

    def __init__(self, app: ASGIApp, origin: str) -> None:
        self._app = app
        self._own = origin.partition("://")[2]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] == "http" and not self._is_own(Request(scope).headers.get("host", "")):
            problem = {
                "type": "/problems/http-421",
                "title": "Misdirected request",
                "status": 421,
                "detail": "expected the name of this machine or of the origin",
                "hint": f"open {self._own}",
            }
            await problem_response(Request(scope), problem)(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _is_own(self, host: str) -> bool:
        name = host.rpartition(":")[0] or host
        return host == self._own or "." not in name or _ADDRESS.fullmatch(name) is not None
