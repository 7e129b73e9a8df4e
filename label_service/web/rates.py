"""Rates: how many requests a minute one address, and one token, may send; more is answered 429 before it is read.

Pages are counted generously, because many buyers share one address; what writes is counted closely. Each process counts
for itself. Programs read how much is left in `RateLimit` headers (draft-ietf-httpapi-ratelimit-headers).
"""

import math
import time
from dataclasses import dataclass
from typing import Final

from limits import RateLimitItem, RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import SlidingWindowCounterRateLimiter
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from label_service.web.flood import Senders, too_many
from label_service.web.problems import error_response

PER_MINUTE: Final = {"read": 3000, "write": 600, "upload": 120, "token": 600}
_NOT_COUNTED: Final = frozenset({"/healthz"})


@dataclass(frozen=True, slots=True)
class Count:
    """One thing a request counts for."""

    policy: str
    limit: RateLimitItem
    sender: str


class Rates:
    """Counts every request for its address, and for its token if it shows one.

    Args:
        app: what answers.
        factor: what the limits are multiplied with, above 0.
    """

    def __init__(self, app: ASGIApp, factor: float) -> None:
        self._app = app
        self._limits = {name: RateLimitItemPerMinute(max(1, int(most * factor))) for name, most in PER_MINUTE.items()}
        self._limiter = SlidingWindowCounterRateLimiter(MemoryStorage())
        self._senders = Senders()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http" or scope["path"] in _NOT_COUNTED:
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        counts = self._counts(request)
        for count in counts:
            if not self._limiter.hit(count.limit, count.policy, count.sender):
                headers, free_at = self._told(count)
                error = too_many(f"expected at most {count.limit.amount} requests a minute", free_at)
                await error_response(request, error, headers)(scope, receive, send)
                return
        is_told = counts[0].policy != "read" or scope["path"].startswith("/api/")
        await self._app(scope, receive, self._telling(counts[-1], send) if is_told else send)

    def _counts(self, request: Request) -> list[Count]:
        policy = _policy(request)
        counts = [Count(policy, self._limits[policy], self._senders.address(request))]
        if shown := request.headers.get("authorization"):
            counts.append(Count("token", self._limits["token"], self._senders.hidden(shown)))
        return counts

    def _told(self, count: Count) -> tuple[dict[str, str], float]:
        """Give the headers that say how much is left, and when there is more."""
        stats = self._limiter.get_window_stats(count.limit, count.policy, count.sender)
        wait_s = max(0, math.ceil(stats.reset_time - time.time()))
        headers = {
            "RateLimit-Policy": f'"{count.policy}";q={count.limit.amount};w=60',
            "RateLimit": f'"{count.policy}";r={max(0, stats.remaining)};t={wait_s}',
        }
        return headers, stats.reset_time

    def _telling(self, count: Count, send: Send) -> Send:
        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(self._told(count)[0])
            await send(message)

        return with_headers


def _policy(request: Request) -> str:
    if request.method in {"GET", "HEAD"}:
        return "read"
    return "upload" if request.headers.get("content-type", "").startswith("multipart/") else "write"
