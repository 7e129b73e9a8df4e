"""Floods from one address or with one token: what is too much is told in time, and addresses are those of the line."""

import socket
from contextlib import contextmanager

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from label_service.settings import read_settings
from label_service.web.app import Site
from label_service.web.rates import PER_MINUTE, Rates
from tests.serving import running

FACTOR = 0.01
WRITES = int(PER_MINUTE["write"] * FACTOR)


async def answer(_: Request) -> PlainTextResponse:
    """Answer."""
    return PlainTextResponse("yes")


@pytest.fixture
def client():
    """Give what makes clients of one server, each at an address."""
    methods = ["GET", "POST"]
    app = Rates(Starlette(routes=[Route(p, answer, methods=methods) for p in ("/a", "/healthz", "/api/v1/a")]), FACTOR)
    return lambda address="192.0.2.1", **headers: TestClient(app, client=(address, 1), headers=headers)


def taken(client, times=20, path="/a"):
    """Give how many of some posts are taken."""
    return [client.post(path).status_code for _ in range(times)].count(200)


def test_who_writes_too_much_is_told_until_when(client):
    """The answer has the one shape, says when to come back, and how much there is in which time."""
    assert taken(client(), WRITES) == WRITES
    refused = client().post("/a")
    assert refused.status_code == 429
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.json()["type"] == "/problems/too-many-requests"
    assert 1 <= int(refused.headers["retry-after"]) <= 60
    assert refused.headers["ratelimit-policy"] == f'"write";q={WRITES};w=60'
    assert refused.headers["ratelimit"].startswith('"write";r=0;t=')


def test_a_program_reads_how_much_is_left(client):
    """With each answer of the API, so that it can slow down before it is refused."""
    left = [client().get("/api/v1/a").headers["ratelimit"] for _ in range(3)]
    most = int(PER_MINUTE["read"] * FACTOR)
    assert [text.split(";")[1] for text in left] == [f"r={most - 1}", f"r={most - 2}", f"r={most - 3}"]


def test_pages_say_nothing_of_it(client):
    """Pages are kept by caches, for everybody."""
    assert "ratelimit" not in client().get("/a").headers


def test_each_address_has_its_own_count(client):
    """Another sender is not held back."""
    assert taken(client()) == WRITES
    assert taken(client("192.0.2.2")) == WRITES


@pytest.mark.parametrize("address", ["2001:db8:1:2::%x", "2001:db8:1:2:%x::1"])
def test_a_household_is_one_sender(client, address):
    """Addresses of one network of IPv6 cost nothing, so they count together."""
    assert sum(taken(client(address % number), 1) for number in range(1, 21)) == WRITES
    assert taken(client("2001:db8:1:3::1"), 1) == 1


def test_an_address_written_as_ipv6_is_the_same(client):
    """A server that listens on both kinds does not count everybody of IPv4 as one, nor one sender twice."""
    assert taken(client("::ffff:192.0.2.1")) == WRITES
    assert taken(client("192.0.2.1")) == 0
    assert taken(client("::ffff:192.0.2.2")) == WRITES


def test_a_token_counts_wherever_it_is_used(client):
    """A stolen token at a thousand addresses is one sender."""
    token = {"Authorization": "Bearer label_x"}
    assert sum(taken(client(f"192.0.2.{number}", **token), 1) for number in range(20)) == WRITES
    assert client("192.0.2.99", **token).post("/a").headers["ratelimit"].startswith('"token";r=0')


def test_invented_tokens_are_no_way_round(client):
    """Each request counts for its address too, whatever it shows."""
    assert sum(taken(client(Authorization=f"Bearer {number}"), 1) for number in range(20)) == WRITES


def test_uploads_are_counted_closer(client):
    """A file costs more than a word."""
    sent = [client().post("/a", files={"file": b"x"}).status_code for _ in range(5)]
    assert sent.count(200) == int(PER_MINUTE["upload"] * FACTOR)


def test_a_probe_is_always_answered(client):
    """Whoever watches the service does not take it for dead when it is busy."""
    assert taken(client(), 50, "/healthz") == 50


@contextmanager
def behind(stage, *proxies):
    """Serve a site that believes some proxies; give a client of it."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(8)
        site = Site(stage.scheme, stage.files, needs_account=False, rate_factor=FACTOR)
        address = f"http://127.0.0.1:{listening.getsockname()[1]}"
        with running(site, listening, proxies), httpx.Client(base_url=address, timeout=20) as client:
            yield client


def held_back(client, headers):
    """Tell whether too much of one line is refused although each request names another address."""
    sent = [
        client.post(
            "/api/v1/declarations", content=b"{}", headers={name: value % number for name, value in headers.items()}
        )
        for number in range(WRITES + 3)
    ]
    return 429 in {answer.status_code for answer in sent}


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Forwarded-For": "192.0.2.%d"},
        {"X-Real-IP": "192.0.2.%d"},
        {"Forwarded": "for=192.0.2.%d"},
        {"X-Forwarded-For": "192.0.2.%d, 127.0.0.1"},
        {"CF-Connecting-IP": "192.0.2.%d"},
    ],
    ids=str,
)
def test_nobody_names_an_address_of_her_own(stage, headers):
    """What a client writes about its address is not believed, on the loopback address neither."""
    with behind(stage) as client:
        assert held_back(client, headers)


def test_the_proxy_of_the_installation_is_believed(stage):
    """Behind a proxy that is named in the settings each client counts for itself; what it adds itself does not help."""
    with behind(stage, "127.0.0.0/8") as client:
        assert not held_back(client, {"X-Forwarded-For": "192.0.2.%d"})
        assert held_back(client, {"X-Forwarded-For": "192.0.2.%d, 198.51.100.7"})


def test_another_proxy_is_not(stage):
    """Only what is named counts."""
    with behind(stage, "10.0.0.0/8") as client:
        assert held_back(client, {"X-Forwarded-For": "192.0.2.%d"})


def test_proxies_are_addresses_and_networks(monkeypatch):
    """A star, a name or a typing error does not open the door to everybody."""
    monkeypatch.setenv("LABEL_SERVICE_TRUSTED_PROXIES", "127.0.0.1, 10.1.0.0/16,::1")
    assert [str(item) for item in read_settings().trusted_proxies] == ["127.0.0.1/32", "10.1.0.0/16", "::1/128"]
    for wrong in ("*", "proxy.example", "10.1.0.0/33", "10.1.0.1/16"):
        monkeypatch.setenv("LABEL_SERVICE_TRUSTED_PROXIES", wrong)
        with pytest.raises(Exception, match="TRUSTED_PROXIES"):
            read_settings()
