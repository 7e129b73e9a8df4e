"""Answers packed with gzip for clients that take it: pages, scripts and documents are mostly words that repeat.

Prepared answers are the same bytes again and again, so each is packed once. Answers that nobody may keep are left
alone: they can hold secrets beside words of a stranger, whose length would then tell about the secret (BREACH).
"""

import gzip
from functools import lru_cache

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MIN_BYTES = 600  # below, the head of gzip and the extra header cost more than is won
KEPT = 512
_WORDS = (
    "text/",
    "application/json",
    "application/ld+json",
    "application/manifest+json",
    "application/schema+json",
    "image/svg+xml",
)


class Packed:
    """Packs whole answers; what is streamed or already packed goes through as it is."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http" or not _takes_gzip(Headers(scope=scope)):
            await self._app(scope, receive, send)
            return
        start: Message = {}

        async def pack(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start":
                start = message
                return
            if start:
                message = _packed(start, message)
                await send(start)
                start = {}
            await send(message)

        await self._app(scope, receive, pack)


def _takes_gzip(headers: Headers) -> bool:
    return "gzip" in headers.get("accept-encoding", "")


def _packed(start: Message, message: Message) -> Message:
    """Pack the body where that is worth it, and correct the headers of the start."""
    headers = MutableHeaders(scope=start)
    body = message.get("body", b"")
    if message.get("more_body") or len(body) < MIN_BYTES or not _is_for_all(headers):
        return message
    packed = _gzip(bytes(body))
    headers["Content-Encoding"] = "gzip"
    headers["Content-Length"] = str(len(packed))
    headers.add_vary_header("Accept-Encoding")
    return {**message, "body": packed}


def _is_for_all(headers: MutableHeaders) -> bool:
    is_words = headers.get("content-type", "").startswith(_WORDS)
    return is_words and "content-encoding" not in headers and "no-store" not in headers.get("cache-control", "no-store")


@lru_cache(maxsize=KEPT)
def _gzip(body: bytes) -> bytes:
    return gzip.compress(body, mtime=0)
