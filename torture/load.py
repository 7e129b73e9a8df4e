"""Services under load: a database that goes and comes back, more requests than capacity, and work without a pause."""

import asyncio
import signal
import time
from collections import Counter
from itertools import count
from statistics import median
from typing import NamedTuple

import httpx

from benchmarks.groups import attested
from label_service.web.limits import MOST_AT_ONCE
from tests.postgres import Cluster
from torture.outcome import Outcome
from torture.place import Place, Server
from torture.seen import Watcher, look_from_outside
from torture.settings import Settings

_TIMES = 3  # the capacity
_OVERLOAD_S = 5.0
_CALM = MOST_AT_ONCE * 3 // 4  # clients that find the capacity: nearly all that are taken, as groups grow with them
_BACK_S = 30.0
_PATIENCE_S = 120.0
_REQUEST = (
    "POST /api/v1/declarations/{identifier}/label HTTP/1.1\r\n"
    "Host: localhost\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
)
_FLAT = 1.1  # of the memory after the first quarter


class Answer(NamedTuple):
    """Status of an answer, id of the label in it, whether it says when to come back, and how long it took."""

    status: int
    label: str
    says_when: bool
    seconds: float


def database_gone(settings: Settings) -> list[Outcome]:
    """Kill PostgreSQL under a running service, ask it, start PostgreSQL again, and ask until it answers."""
    server = Cluster()
    server.start()
    try:
        place = settings.place(server.create("labels"))
        ready = _attested(place, 2)
        with place.served() as service, httpx.Client(base_url=service.url, timeout=60) as client:
            before = _issue(client, ready[0])
            server.stop(signal.SIGKILL)
            gone = [_issue(client, ready[1]) for _ in range(settings.few)]
            server.start()
            began = time.monotonic()
            while (after := _issue(client, ready[1])).status >= 500 and time.monotonic() < began + _BACK_S:
                time.sleep(0.05)
            back_s = time.monotonic() - began
        labels = [answer.label for answer in (before, after) if answer.label]
        verdict = look_from_outside(place, labels, [])
    finally:
        server.remove()
    statuses = Counter(answer.status for answer in gone)
    return [
        Outcome(
            "PostgreSQL killed under a running service, then started again",
            f"{len(gone)} requests meanwhile",
            "503 with `Retry-After`, goes on by itself",
            f"{dict(statuses)}; a label {back_s:.1f} s after it was back; {verdict}",
            set(statuses) == {503}
            and all(answer.says_when for answer in gone)
            and len(labels) == 2
            and verdict.is_good,
        )
    ]


def overload(settings: Settings) -> list[Outcome]:
    """Find how many labels a second a service gives, then ask for three times as many."""
    place = settings.place()
    watcher = Watcher(place)
    cold, calm = _attested(place, _CALM), _attested(place, _CALM * 4)
    with place.served() as service:
        asyncio.run(_in_turns(service, cold))  # a service is slow at first, which is not its capacity
        rate = _capacity(service, calm)
        many = _attested(place, int(_TIMES * rate * _OVERLOAD_S))
        answers = asyncio.run(_at_rate(service, many, _TIMES * rate))
    given = [answer for answer in answers if answer.status == 200]
    refused = [answer for answer in answers if answer.status in {429, 503}]
    verdict = look_from_outside(place, [answer.label for answer in given], watcher.stop())
    seconds, bound_s = [answer.seconds for answer in given] or [0.0], 2 * MOST_AT_ONCE / rate
    return [
        Outcome(
            f"{_TIMES} × capacity",
            f"{len(answers)} requests for labels in {_OVERLOAD_S:.0f} s, capacity {rate:.0f} a second",
            f"accepted requests take no longer than {2 * MOST_AT_ONCE} labels do, the rest is told when to come back",
            f"{len(given)} given, {len(refused)} refused; accepted: {median(seconds):.1f} s in the median, "
            f"{max(seconds):.1f} s at most, {bound_s:.1f} s allowed; {verdict}",
            verdict.is_good
            and bool(given)
            and max(seconds) <= bound_s
            and len(given) + len(refused) == len(answers)
            and all(answer.says_when for answer in refused),
        )
    ]


def soak(settings: Settings) -> list[Outcome]:
    """Issue and read without a pause, and weigh the service after a quarter of the time and at the end."""
    place = settings.place()
    watcher, beside, labels, weights = Watcher(place), place.open(), [], []
    with place.served() as service, httpx.Client(base_url=service.url, timeout=60) as client:
        end = time.monotonic() + settings.soak_minutes * 60
        for number in count():
            left = (end - time.monotonic()) / (settings.soak_minutes * 60)
            if left <= 0.75:
                weights.append(service.pss_mib)
            if left <= 0:
                break
            found = beside.submit("hook", number)
            beside.attest(found)
            label = _issue(client, found.id).label
            labels.append(label)
            for path in (f"/L/{label}", f"/L/{label}.json", f"/L/{label}.jwt", "/log/checkpoint"):
                client.get(path).raise_for_status()
    beside.scheme.close()
    verdict = look_from_outside(place, labels, watcher.stop())
    first, last = median(weights[: len(weights) // 3 + 1]), median(weights[-len(weights) // 3 :])
    return [
        Outcome(
            "work without a pause",
            f"{settings.soak_minutes:g} min, {len(labels)} labels, {4 * len(labels)} reads",
            f"memory at the end ≤ {_FLAT} × that after the first quarter",
            f"{first:.0f} MiB, then {last:.0f} MiB; {verdict}",
            last <= _FLAT * first and verdict.is_good,
        )
    ]


def _attested(place: Place, number: int) -> list[str]:
    installation = place.open()
    ready = list(attested(installation, number, first=time.monotonic_ns()))
    installation.scheme.close()
    return ready


def _issue(client: httpx.Client, identifier: str) -> Answer:
    began = time.monotonic()
    return _answer(client.post(f"/api/v1/declarations/{identifier}/label"), began)


def _answer(response: httpx.Response, began: float) -> Answer:
    is_given = response.is_success
    label = response.json()["label_id"] if is_given else ""
    status = 200 if is_given else response.status_code
    return Answer(status, label, "Retry-After" in response.headers, time.monotonic() - began)


def _capacity(service: Server, ready: list[str]) -> float:
    """Give labels per second with nearly as many clients as are taken at once, each with one request at a time."""
    began = time.monotonic()
    asyncio.run(_in_turns(service, ready))
    return len(ready) / (time.monotonic() - began)


async def _in_turns(service: Server, ready: list[str]) -> None:
    lots = [ready[start::_CALM] for start in range(_CALM)]
    await asyncio.gather(*(_one_by_one(service, lot) for lot in lots))


async def _one_by_one(service: Server, lot: list[str]) -> None:
    for identifier in lot:
        await _ask(service, identifier)


async def _at_rate(service: Server, ready: list[str], rate: float) -> list[Answer]:
    """Ask at a steady rate, whether answers have come or not."""
    asked = []
    began = time.monotonic()
    for number, identifier in enumerate(ready):
        await asyncio.sleep(max(0.0, began + number / rate - time.monotonic()))
        asked.append(asyncio.create_task(_ask(service, identifier)))
    return await asyncio.gather(*asked)


async def _ask(service: Server, identifier: str) -> Answer:
    """Ask on a connection of its own; a pool looks through all of its connections each time, which takes longer."""
    began = time.monotonic()
    async with asyncio.timeout(_PATIENCE_S):
        reader, writer = await asyncio.open_connection("127.0.0.1", service.port)
        writer.write(_REQUEST.format(identifier=identifier).encode())
        head, _, body = (await reader.read()).partition(b"\r\n\r\n")
        writer.close()
    status, *fields = head.decode().split("\r\n")
    headers = dict(field.split(": ", 1) for field in fields)
    return _answer(httpx.Response(int(status.split()[1]), headers=headers, content=body), began)
