"""Limits of the whole service: how much at once, and that waiting for a slow client takes nobody's place."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from label_service.web.limits import Pressure
from label_service.web.uploads import MAX_UPLOAD_BYTES

MOST = 3


def played(story):
    """Play a story in a thread of its own, because browsers of other tests keep a loop in this one."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, story).result()


class Room:
    """A service with three places whose work ends when it is told, called without a server."""

    def __init__(self) -> None:
        self.end = asyncio.Event()
        self.begun = 0
        routes = [Route(path, self._work, methods=["GET", "POST"]) for path in ("/work", "/healthz")]
        self.app = Pressure(Starlette(routes=routes), most_at_once=MOST)

    async def _work(self, request: Request) -> PlainTextResponse:
        await request.body()
        self.begun += 1
        await self.end.wait()
        return PlainTextResponse("done")

    async def ask(self, path="/work", method="GET", body=None, headers=()):
        """Give status and headers of an answer; a body that is a future comes when it is set."""
        told = {}

        async def receive():
            return {"type": "http.request", "body": await body if body else b"", "more_body": False}

        async def send(message):
            if message["type"] == "http.response.start":
                told.update(status=message["status"], headers=dict(message["headers"]))

        scope = {"type": "http", "method": method, "path": path, "query_string": b"", "headers": list(headers)}
        await self.app({**scope, "client": ("192.0.2.1", 1), "server": ("x", 80), "scheme": "http"}, receive, send)
        return told


def test_what_is_too_much_is_refused_before_it_is_begun():
    """The fourth of three is told to come back; nothing of it was begun, and the others are answered."""

    async def story():
        room = Room()
        working = [asyncio.ensure_future(room.ask()) for _ in range(MOST)]
        await asyncio.sleep(0.01)
        refused = await room.ask(method="POST")
        assert refused["status"] == 503
        assert refused["headers"][b"retry-after"] == b"1"
        assert refused["headers"][b"content-type"] == b"application/problem+json"
        assert room.begun == MOST
        room.end.set()
        assert {(await answer)["status"] for answer in working} == {200}
        assert (await room.ask())["status"] == 200

    played(story())


def test_the_probe_is_answered_when_all_places_are_taken():
    """A busy service is not restarted for being busy."""

    async def story():
        room = Room()
        working = [asyncio.ensure_future(room.ask()) for _ in range(MOST)]
        await asyncio.sleep(0.01)
        probe = asyncio.ensure_future(room.ask("/healthz"))
        room.end.set()
        assert (await probe)["status"] == 200
        await asyncio.gather(*working)

    played(story())


def test_slow_clients_take_no_place():
    """A hundred bodies that are waited for leave all places to those who sent theirs."""

    async def story():
        room = Room()
        later = asyncio.get_running_loop().create_future()
        slow = [asyncio.ensure_future(room.ask(method="POST", body=later)) for _ in range(100)]
        await asyncio.sleep(0.01)
        room.end.set()
        assert (await room.ask())["status"] == 200
        later.set_result(b"x")
        assert {(await answer)["status"] for answer in slow} == {200}

    played(story())


@pytest.mark.parametrize("length", [str(MAX_UPLOAD_BYTES + 1), "-1", "1e3", "9" * 400])
def test_no_route_takes_a_body_without_end(length):
    """Whatever a route does with its body, what announces more than the largest upload is refused."""
    answer = played(Room().ask(method="POST", headers=[(b"content-length", length.encode())]))
    assert answer["status"] == 413
