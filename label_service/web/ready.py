"""Answers ready to be sent: what many ask for at the same moment is answered once and sent to all of them.

It stands around everything else, so a hit costs little more than sending: no routing, limits, language or packing, and
no line in the log. It obeys what an answer says of itself as any shared cache does (RFC 9111): only what is `public`
is kept, apart for each value of the headers it varies by, and only for a second. A change of the scheme drops it at
once.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from itertools import islice
from typing import Final

from starlette.datastructures import Headers
from starlette.types import Message, Receive, Scope, Send

from label_service.operation.figures import REQUESTS
from label_service.web.watching import HEADER, Watched, id_of

KEPT_S: Final = 1.0
_MOST_KEPT: Final = 256
_DROPPED_AT_ONCE: Final = 4  # of those that are not sent any more, by each that comes
_LARGEST_KEPT_BYTES: Final = 1 << 18
_TOLD_APART: Final = frozenset({b"host", b"accept", b"accept-encoding", b"accept-language"})  # by value
_PASSED_ON: Final = frozenset({b"cookie", b"authorization", b"range", b"if-none-match", b"if-modified-since"})
_WHOLE: Final = 2  # messages: the start and the body
_VARY: Final = frozenset(name.decode() for name in _TOLD_APART)
_ID: Final = HEADER.lower().encode()

Key = tuple[bytes | str, ...]


@dataclass(frozen=True, slots=True)
class _Answer:
    until: float
    version: int
    headers: list[tuple[bytes, bytes]]
    body: Message
    note: Callable[[float], None]  # of its figure, in seconds


class Ready:
    """Sends what was answered within the last second.

    Args:
        app: what answers the rest.
        version: a number that rises with every change an answer could show.
    """

    def __init__(self, app: Watched, version: Callable[[], int]) -> None:
        self._app = app
        self._version = version
        self._kept: dict[Key, _Answer] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        key = _key(scope)
        if key is None:
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()
        answer, version = self._kept.get(key), self._version()
        if answer is None or answer.until < began or answer.version != version:
            await self._ask(key, version, scope, receive, send)
            return
        own_id = (_ID, id_of(scope).encode())
        await send({"type": "http.response.start", "status": 200, "headers": [*answer.headers, own_id]})
        await send(answer.body)
        answer.note(time.perf_counter() - began)

    async def _ask(self, key: Key, version: int, scope: Scope, receive: Receive, send: Send) -> None:
        """Have a request answered, and keep the answer where it may be kept."""
        sent: list[Message] = []

        async def noting(message: Message) -> None:
            if len(sent) <= _WHOLE:  # one more would say that it is not whole
                sent.append(message)
            await send(message)

        await self._app(scope, receive, noting)
        if not _is_for_all(sent):
            return
        headers = [(name, value) for name, value in sent[0]["headers"] if name != _ID]
        note, now = REQUESTS.labels("GET", self._app.route(scope), HTTPStatus.OK.value).observe, time.perf_counter()
        self._kept.pop(key, None)
        self._kept[key] = _Answer(now + KEPT_S, version, headers, sent[1], note)
        for oldest in list(islice(self._kept, _DROPPED_AT_ONCE)):
            if self._kept[oldest].until < now or len(self._kept) > _MOST_KEPT:
                del self._kept[oldest]


def _key(scope: Scope) -> Key | None:
    """Tell requests apart by all that their answer may depend on; None for one that is passed on."""
    if scope["type"] != "http" or scope["method"] != "GET" or scope["path"].startswith("/api/"):
        return None
    apart: list[bytes | str] = [scope["path"], scope["query_string"], scope["scheme"]]
    for name, value in scope["headers"]:
        if name in _PASSED_ON:
            return None
        if name in _TOLD_APART:
            apart += name, value
    return tuple(apart)


def _is_for_all(sent: list[Message]) -> bool:
    """Tell whether an answer is a whole one that anybody may get."""
    if len(sent) != _WHOLE or sent[0].get("status") != HTTPStatus.OK or sent[1].get("more_body"):
        return False
    headers = Headers(raw=sent[0]["headers"])
    vary = {name.strip().lower() for name in headers.get("vary", "").split(",")} - {""}
    is_public = headers.get("cache-control", "").startswith("public")
    is_small = len(sent[1].get("body", b"")) <= _LARGEST_KEPT_BYTES
    return is_public and is_small and vary <= _VARY and "set-cookie" not in headers
