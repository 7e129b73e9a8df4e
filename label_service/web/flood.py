"""Holding back floods: how much one address, and all together, may send in a while.

An address is kept only as a keyed hash in memory, under a key that this process made and nobody else knows; it cannot
be turned back into the address, and nothing of it outlives the window or the process.
"""

import hmac
import math
import secrets
import time
from ipaddress import IPv6Address, ip_address
from typing import Final

from limits import RateLimitItem, parse
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from starlette.requests import Request

from label_service.errors import TooManyRequests

_NETWORK_BITS: Final = 64  # of an IPv6 address: one household or host has them all


class Flood:
    """Counts what is sent of one kind.

    Args:
        each: how often one address may send, such as `5/hour`.
        together: how often all may send together.
    """

    def __init__(self, each: str, together: str) -> None:
        self._each = parse(each)
        self._together = parse(together)
        self._limiter = MovingWindowRateLimiter(MemoryStorage())
        self._key = secrets.token_bytes(32)

    def check(self, request: Request) -> None:
        """Count a request.

        Raises:
            TooManyRequests: its address, or all together, sent as much as is taken; it is not counted then.
        """
        sender = self._sender(request.client.host if request.client else "")
        self._hit(self._each, sender, "this is more than one sender may send in a while")
        self._hit(self._together, "all", "more is being sent than can be looked at")

    def _hit(self, limit: RateLimitItem, name: str, detail: str) -> None:
        if self._limiter.hit(limit, name):
            return
        free_at = self._limiter.get_window_stats(limit, name).reset_time
        wait_s = max(1, math.ceil(free_at - time.time()))
        raise TooManyRequests(detail, retry_after_s=wait_s, hint=f"try again in {math.ceil(wait_s / 60)} min")

    def _sender(self, host: str) -> str:
        return hmac.new(self._key, _network(host).encode(), "sha256").hexdigest()


def _network(host: str) -> str:
    """Give an address, of IPv6 the network only; everything without one counts as one sender."""
    try:
        address = ip_address(host)
    except ValueError:
        return ""
    return str(int(address) >> _NETWORK_BITS) if isinstance(address, IPv6Address) else str(address)
