"""Answers packed for clients that take it: pages, scripts and documents are mostly words that repeat.

Every browser takes Brotli over HTTPS and on the own machine, everything else gzip. Prepared answers are the same bytes
again and again, so each is packed once: scripts and style sheets as small as they get, bundles better than the rest,
in a thread of their own. Answers that nobody may keep are left alone: they can hold secrets beside words of a stranger,
and their length would tell about these (BREACH).
"""

import gzip
import re
from collections.abc import Callable
from functools import cache, lru_cache

import brotli  # type: ignore[import-untyped]
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MIN_BYTES = 600  # below, the head of gzip and the extra header cost more than is won
KEPT = 512
_LARGE_KEPT = 64  # of bundles, each with what it was packed from 70 kB
STATIC = "/static/"
_BUNDLE = re.compile(r"/L/[A-Z2-7]{13}\.json")  # a phone fetches it with every scan
_QUALITY = 5  # as quick as gzip
_GOOD_QUALITY, _BEST_QUALITY = 10, 11  # ten times slower, and a tenth smaller; thirty times
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
        coding = _coding(Headers(scope=scope)) if scope["type"] == "http" else ""
        if not coding:
            await self._app(scope, receive, send)
            return
        start: Message = {}

        async def pack(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start":
                start = message
                return
            if start:
                message = await _packed_for(scope["path"], start, message, coding)
                await send(start)
                start = {}
            await send(message)

        await self._app(scope, receive, pack)


def _coding(headers: Headers) -> str:
    """Give the coding to pack with, empty for none; browsers do not weigh codings, and others ask for gzip."""
    offered = [part.strip() for part in headers.get("accept-encoding", "").lower().split(",")]
    return next((coding for coding in ("br", "gzip") if coding in offered), "")


async def _packed_for(path: str, start: Message, message: Message, coding: str) -> Message:
    """Pack as well as it is worth for what is at a path; what takes long is done by another thread."""
    if _BUNDLE.fullmatch(path):
        return await run_in_threadpool(_packed, start, message, coding, _smaller)
    return _packed(start, message, coding, _smallest if path.startswith(STATIC) else _small)


def _packed(start: Message, message: Message, coding: str, pack: Callable[[bytes, str], bytes]) -> Message:
    """Pack the body where that is worth it, and correct the headers of the start."""
    headers = MutableHeaders(scope=start)
    body = message.get("body", b"")
    if message.get("more_body") or len(body) < MIN_BYTES or not _is_for_all(headers):
        return message
    packed = pack(bytes(body), coding)
    headers["Content-Encoding"] = coding
    headers["Content-Length"] = str(len(packed))
    headers.add_vary_header("Accept-Encoding")
    return {**message, "body": packed}


def _is_for_all(headers: MutableHeaders) -> bool:
    is_words = headers.get("content-type", "").startswith(_WORDS)
    return is_words and "content-encoding" not in headers and "no-store" not in headers.get("cache-control", "no-store")


@lru_cache(maxsize=KEPT)
def _small(body: bytes, coding: str) -> bytes:
    return _bytes(body, coding, _QUALITY)


@lru_cache(maxsize=_LARGE_KEPT)
def _smaller(body: bytes, coding: str) -> bytes:
    return _bytes(body, coding, _GOOD_QUALITY)


@cache
def _smallest(body: bytes, coding: str) -> bytes:
    return _bytes(body, coding, _BEST_QUALITY)


def _bytes(body: bytes, coding: str, quality: int) -> bytes:
    return brotli.compress(body, quality=quality) if coding == "br" else gzip.compress(body, mtime=0)
