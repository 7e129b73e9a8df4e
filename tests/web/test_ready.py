"""Answers kept ready: what anybody may get is answered once a second, and nothing else is."""

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from label_service.operation.figures import REQUESTS
from label_service.web import ready
from label_service.web.ready import Ready
from label_service.web.watching import HEADER, Watched

PUBLIC = {"Cache-Control": "public, max-age=10", "Vary": "Accept-Language, Accept-Encoding"}
DE = {"Accept-Language": "de"}


class Site:
    """A site whose answers name their number and the language asked for."""

    def __init__(self):
        self.count, self.version = 0, 0
        self.headers, self.status = dict(PUBLIC), 200
        app = Starlette(
            routes=[Route("/L/{id}", self._answer), Route("/api/x", self._program), Route("/s", self._flow)]
        )
        self.client = TestClient(Ready(Watched(app), lambda: self.version))
        self.client.headers.pop("accept-language", None)

    async def _answer(self, request: Request) -> Response:
        self.count += 1
        text = f"{self.count} {request.headers.get('accept-language')}"
        return Response(text, self.status, headers=self.headers)

    async def _program(self, request: Request) -> Response:
        return await self._answer(request)

    async def _flow(self, _: Request) -> Response:
        self.count += 1
        return StreamingResponse(iter([b"a", b"b"]), headers=self.headers)

    def asked(self, path="/L/A", **headers):
        """Tell how often the site itself answers two requests."""
        before = self.count
        texts = [self.client.get(path, headers=headers).text for _ in range(2)]
        assert all(texts)
        return self.count - before


@pytest.fixture
def site(monkeypatch):
    """Give a site that keeps for an hour, so that no test depends on the clock."""
    monkeypatch.setattr(ready, "KEPT_S", 3600.0)
    return Site()


def test_what_many_ask_for_is_answered_once(site):
    """Whoever comes within the second gets the same answer; every answer has an id of its own, and counts."""
    first, second = (site.client.get("/L/A") for _ in range(2))
    assert site.count == 1
    assert (second.status_code, second.text) == (200, first.text)
    ids = [answer.headers.pop(HEADER) for answer in (first, second)]
    assert ids[0] != ids[1]
    assert len(ids[1]) == 32
    assert second.headers == first.headers
    assert site.client.get("/L/A", headers={HEADER: "a" * 32}).headers[HEADER] == "a" * 32, "the id given in front"


def test_kept_answers_count_in_the_figures(site):
    """The figures of a route do not depend on what was kept."""
    before = _counted()
    for _ in range(5):
        site.client.get("/L/A")
    assert _counted() == before + 5


def _counted():
    samples = [sample for metric in REQUESTS.collect() for sample in metric.samples]
    of_route = [item for item in samples if item.labels.get("route") == "/L/{id}" and item.name.endswith("_count")]
    return sum(item.value for item in of_route if item.labels["status"] == "200")


def test_a_change_of_the_scheme_is_seen_at_once(site):
    """Nothing that was answered before a change is sent after it."""
    assert site.asked() == 1
    site.version += 1
    assert site.asked() == 1


def test_nothing_is_kept_longer_than_a_while(site, monkeypatch):
    """What nobody changed is asked for again, since a label can end by the clock alone."""
    monkeypatch.setattr(ready, "KEPT_S", -1.0)
    assert site.asked() == 2


def test_requests_with_another_answer_are_told_apart(site):
    """Language, coding, host, path and query each have their own."""
    texts = {
        site.client.get(path, headers=headers).text.partition(" ")[2] + path + str(headers)
        for path in ("/L/A", "/L/B", "/L/A?lang=de")
        for headers in ({}, DE, {"Host": "other"}, {"Accept-Encoding": "br"})
    }
    assert len(texts) == site.count == 12
    assert site.client.get("/L/A", headers=DE).text.endswith(" de")


@pytest.mark.parametrize(
    "headers",
    [
        {"Cookie": "session=1"},
        {"Authorization": "Bearer x"},
        {"Range": "bytes=0-1"},
        {"If-None-Match": '"x"'},
        {"If-Modified-Since": "Mon, 23 Nov 2026 10:00:00 GMT"},
    ],
    ids=str,
)
def test_who_asks_for_something_of_his_own_is_passed_on(site, headers):
    """A request with an account, a part or a condition neither gets nor leaves a kept answer."""
    assert site.asked(**headers) == 2
    assert site.asked() == 1
    assert site.asked(**headers) == 2


@pytest.mark.parametrize(
    "changes",
    [
        {"Cache-Control": "private, max-age=10"},
        {"Cache-Control": "no-store"},
        {"Cache-Control": "no-cache"},
        {"Vary": "Accept-Language, Cookie"},
        {"Vary": "*"},
        {"Set-Cookie": "language=de"},
    ],
    ids=str,
)
def test_what_is_not_for_everybody_is_not_kept(site, changes):
    """Private answers, and those that set a cookie or vary by something else, are made for each."""
    site.headers |= changes
    assert site.asked() == 2


def test_errors_programs_and_streams_are_not_kept(site):
    """A missing label may come into being, and a program gets its own answer."""
    assert site.asked("/api/x") == 2
    assert site.asked("/s") == 2
    site.status = 404
    assert site.asked() == 2


def test_only_so_many_answers_are_kept(site, monkeypatch):
    """Who asks for ever new addresses fills no memory: the oldest go."""
    monkeypatch.setattr(ready, "_MOST_KEPT", 3)
    for number in range(9):
        site.client.get(f"/L/{number}")
    assert site.asked("/L/8") == 0
    assert site.asked("/L/0") == 1
    monkeypatch.setattr(ready, "_LARGEST_KEPT_BYTES", 1)
    assert site.asked("/L/long") == 2
