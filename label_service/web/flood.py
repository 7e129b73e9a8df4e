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


class Senders:
    """Names who sends, so that two requests of one sender can be known and nothing else."""

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)

    def address(self, request: Request) -> str:
        """Give the name of the address, or of the network of one household, that a request came from."""
        return self.hidden(_network(request.client.host if request.client else ""))

    def hidden(self, text: str) -> str:
        """Give the keyed hash of a text."""
        return hmac.digest(self._key, text.encode("utf-8", "replace"), "sha256").hex()


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
        self._senders = Senders()

    def check(self, request: Request) -> None:
        """Count a request.

        Raises:
            TooManyRequests: its address, or all together, sent as much as is taken; it is not counted then.
        """
        self._hit(self._each, self._senders.address(request), "this is more than one sender may send in a while")
        self._hit(self._together, "all", "more is being sent than can be looked at")

    def _hit(self, limit: RateLimitItem, name: str, detail: str) -> None:
        if not self._limiter.hit(limit, name):
            raise too_many(detail, self._limiter.get_window_stats(limit, name).reset_time)


def too_many(detail: str, free_at: float) -> TooManyRequests:
    """Give the refusal of a sender, with the seconds after which the next is taken and for people the minutes."""
    wait_s = max(1, math.ceil(free_at - time.time()))
    return TooManyRequests(detail, retry_after_s=wait_s, hint=f"try again in {math.ceil(wait_s / 60)} min")


def _network(host: str) -> str:
    """Give an address, of IPv6 the network only; everything without one counts as one sender."""
    try:
        address = ip_address(host)
    except ValueError:
        return ""
    if not isinstance(address, IPv6Address):
        return str(address)
    return str(address.ipv4_mapped or int(address) >> _NETWORK_BITS)
