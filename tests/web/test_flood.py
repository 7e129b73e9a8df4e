"""Floods: an address counts, is not kept, and a whole household of addresses is one sender."""

import contextlib
import gc

import pytest
from starlette.requests import Request

from label_service.errors import TooManyRequests
from label_service.web.flood import Flood


def request(host):
    """Give a request from an address."""
    return Request({"type": "http", "client": (host, 1), "headers": []})


def taken(flood, host, times=10):
    """Give how many of some requests are taken."""
    count = 0
    for _ in range(times):
        with contextlib.suppress(TooManyRequests):
            flood.check(request(host))
            count += 1
    return count


def test_who_is_held_back_learns_until_when():
    """The refusal says after how many seconds the next is taken, and for people in minutes."""
    flood = Flood("1/hour", "100/hour")
    flood.check(request("192.0.2.1"))
    with pytest.raises(TooManyRequests) as refused:
        flood.check(request("192.0.2.1"))
    assert 3500 < refused.value.retry_after_s <= 3600
    assert refused.value.hint == "try again in 60 min"


def test_each_address_has_its_own_count():
    """One sender's flood does not keep others out."""
    flood = Flood("3/hour", "100/hour")
    assert taken(flood, "192.0.2.1") == 3
    assert taken(flood, "192.0.2.2") == 3


def test_all_together_are_counted_too():
    """A flood from many addresses ends as well."""
    flood = Flood("3/hour", "5/hour")
    assert sum(taken(flood, f"192.0.2.{number}", 3) for number in range(5)) == 5


def test_what_is_refused_to_one_counts_for_nobody():
    """One sender who goes on and on does not use up what all may send."""
    flood = Flood("3/hour", "8/hour")
    taken(flood, "192.0.2.1", 50)
    assert taken(flood, "192.0.2.2") == 3


def test_a_network_of_ipv6_is_one_sender():
    """A host has millions of addresses of its own network; it is one sender all the same."""
    flood = Flood("3/hour", "100/hour")
    assert sum(taken(flood, f"2001:db8:1:2::{number:x}", 1) for number in range(1, 10)) == 3
    assert taken(flood, "2001:db8:1:3::1") == 3


@pytest.mark.parametrize("host", ["", "testclient", "not an address", "999.1.1.1"])
def test_who_has_no_address_is_one_sender(host):
    """Without an address, or with nonsense for one, requests are counted together."""
    flood = Flood("3/hour", "100/hour")
    assert taken(flood, host) == 3
    assert taken(flood, "unknown") == 0


def test_addresses_are_not_kept():
    """No address stands anywhere in what is counted; two processes know one sender under different names."""
    flood, other = Flood("3/hour", "100/hour"), Flood("3/hour", "100/hour")
    host = "203.0.113.77"
    taken(flood, host)
    names = [set(item._limiter.storage.events) for item in (flood, other)]
    taken(other, host)
    assert not any(host in name for name in names[0])
    assert not any(host in text for text in gc.get_referrers(flood) if isinstance(text, str))
    senders = [{name for name in item._limiter.storage.events if "all" not in name} for item in (flood, other)]
    assert senders[0].isdisjoint(senders[1])


def test_nobody_without_client_is_an_error():
    """A server that tells no address does not break the form."""
    Flood("3/hour", "100/hour").check(Request({"type": "http", "client": None, "headers": []}))
