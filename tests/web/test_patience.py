"""Connections that trickle, swell or stay are ended by the server itself, in the one shape of problems."""

import contextlib
import json
import socket
import threading
import time

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from label_service.errors import TooSlow
from label_service.web import problems
from label_service.web.limits import Pressure
from label_service.web.patience import MOST_HEAD_BYTES, PatientProtocol

SOON_S = 0.4
HEAD = b"POST /echo HTTP/1.1\r\nHost: x\r\n"


class Hasty(PatientProtocol):
    """The same with less patience, so that tests need none."""

    head_s = SOON_S
    stuck_s = SOON_S
    most_connections = 8


async def echo(request: Request) -> Response:
    """Answer with how much came."""
    return PlainTextResponse(str(len(await request.body())))


async def much(_: Request) -> Response:
    """Answer with more than buffers hold."""
    return PlainTextResponse("x" * 20_000_000)


async def unread(_: Request) -> Response:
    """Answer without reading what came."""
    return PlainTextResponse("no", 403)


@pytest.fixture(scope="module")
def port():
    """Give the port of a server with little patience."""
    routes = [
        Route("/echo", echo, methods=["GET", "POST"]),
        Route("/much", much),
        Route("/no", unread, methods=["POST"]),
    ]
    app = Pressure(
        Starlette(routes=routes, exception_handlers={TooSlow: problems.on_label_service_error}), body_s=SOON_S
    )
    config = uvicorn.Config(app, http=Hasty, ws="none", log_level="critical", lifespan="off", timeout_keep_alive=1)
    server = uvicorn.Server(config)
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(64)
        thread = threading.Thread(target=server.run, args=([listening],))
        thread.start()
        yield listening.getsockname()[1]
        server.should_exit = True
        thread.join()


@pytest.fixture
def line(port):
    """Give a connection."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        yield connection


def trickle(line, data, pause_s=0.05):
    """Send bytes one by one until the server has had enough; give what it said and after how long."""
    began = time.monotonic()
    line.settimeout(pause_s)
    said = b""
    for number in range(400):
        with contextlib.suppress(TimeoutError, ConnectionError):
            line.sendall(data[number % len(data) :][:1])
            piece = line.recv(65_536)
            said += piece
            if not piece:
                break
            continue
        if said.startswith(b"HTTP/1.1 4"):
            break
    return said, time.monotonic() - began


def everything(line):
    """Read until the server closes."""
    said = b""
    with contextlib.suppress(ConnectionError):
        while piece := line.recv(65_536):
            said += piece
    return said


def check_problem(said, status):
    """Hold an answer against the one shape."""
    head, _, body = said.partition(b"\r\n\r\n")
    assert head.startswith(f"HTTP/1.1 {status} ".encode()), said[:200]
    assert b"application/problem+json" in head
    assert json.loads(body)["status"] == status
    for name in (
        b"x-content-type-options: nosniff",
        b"connection: close",
        b"content-security-policy: default-src 'none'",
    ):
        assert name in head.lower()


def test_a_head_that_trickles_ends(line):
    """A slow client holds a connection for the patience of the server, not for as long as it likes."""
    said, took_s = trickle(line, b"GET /echo HTTP/1.1\r\nX-A: " + b"a" * 1000)
    check_problem(said, 408)
    assert took_s < SOON_S + 2


def test_a_connection_that_says_nothing_ends(line):
    """Opening a connection and waiting is the cheapest attack."""
    began = time.monotonic()
    check_problem(everything(line), 408)
    assert time.monotonic() - began < SOON_S + 2


def test_empty_lines_between_requests_keep_nothing_open(line):
    """Line ends before a request are allowed, and no way to stay."""
    line.sendall(b"GET /echo HTTP/1.1\r\nHost: x\r\n\r\n")
    assert line.recv(65_536).startswith(b"HTTP/1.1 200")
    said, took_s = trickle(line, b"\r\n")
    check_problem(said, 408)
    assert took_s < SOON_S + 2


@pytest.mark.parametrize("body", [b"Content-Length: 1000\r\n\r\n", b"Transfer-Encoding: chunked\r\n\r\n3e8\r\n"])
def test_a_body_that_trickles_ends(line, body):
    """The whole body has to come at some speed."""
    line.sendall(HEAD + body)
    said, took_s = trickle(line, b"a" * 1000)
    assert said.startswith(b"HTTP/1.1 408")
    assert b'"type":"/problems/too-slow"' in said
    assert took_s < SOON_S + 2


def test_a_body_that_nobody_reads_ends_too(line):
    """Who was refused before the body was read cannot keep the line by sending it slowly."""
    line.sendall(b"POST /no HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n")
    assert b"403" in line.recv(65_536)
    said, took_s = trickle(line, b"a" * 1000)
    assert said.startswith(b"HTTP/1.1 408") or not said
    assert took_s < SOON_S + 2


def test_a_refused_upload_can_be_sent_to_its_end(line):
    """Who goes on to send what was refused, at a proper speed, still reads the refusal and can ask again."""
    line.sendall(b"POST /no HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n" + b"a" * 1_000_000)
    assert b"403" in line.recv(65_536)
    line.sendall(b"GET /echo HTTP/1.1\r\nHost: x\r\n\r\n")
    assert b"200 OK" in line.recv(65_536)


def test_a_large_body_at_a_proper_speed_is_read(line):
    """Nobody honest is cut off: the time grows with what came."""
    line.sendall(HEAD + b"Content-Length: 100000\r\n\r\n")
    for _ in range(10):
        line.sendall(b"a" * 10_000)
        time.sleep(SOON_S / 4)
    assert line.recv(65_536).endswith(b"100000")


@pytest.mark.parametrize(
    "head",
    [
        b"GET /echo HTTP/1.1\r\nX-A: " + b"a" * MOST_HEAD_BYTES + b"\r\n\r\n",
        b"GET /echo HTTP/1.1\r\n" + b"A: b\r\n" * 10_000 + b"\r\n",
        b"GET /echo?" + b"a" * MOST_HEAD_BYTES + b" HTTP/1.1\r\n\r\n",
        b"GET /echo HTTP/1.1\r\nX-A: " + b"a" * 10_000_000,
        b"A" * 1_000_000,
    ],
    ids=["one header", "many headers", "an address", "a header without end", "no request"],
)
def test_a_head_has_a_size(line, head):
    """Memory for heads is bounded, whether they end or not."""
    with contextlib.suppress(ConnectionError):
        line.sendall(head)
    said = everything(line)
    assert not said or said.startswith((b"HTTP/1.1 431", b"HTTP/1.1 400"))


@pytest.mark.parametrize(
    "request_text",
    [
        b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
        b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked, identity\r\n\r\n",
        b"GET /echo HTTP/1.1\r\nHost : x\r\n\r\n",
        b"GET /echo HTTP/1.1\r\nHost: x\r\n folded\r\n\r\n",
        b"GET /echo HTTP/1.1\r\nHost: x\nX: y\r\n\r\n",
        b"GET /echo HTTP/9.9\r\n\r\n",
    ],
)
def test_two_readings_of_one_request_are_refused(line, request_text):
    """What a proxy and the server could cut at different places is no request (request smuggling)."""
    line.sendall(request_text)
    said = everything(line)
    assert said.count(b"HTTP/1.1") <= 1
    if said:
        check_problem(said, 400)


def test_a_client_that_takes_nothing_is_cut_off(port):
    """An answer that nobody reads is not kept in memory for ever."""
    with socket.socket() as line:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        line.connect(("127.0.0.1", port))
        line.sendall(b"GET /much HTTP/1.1\r\nHost: x\r\n\r\n")
        time.sleep(SOON_S * 3)
        line.settimeout(10)
        taken = len(everything(line))
    assert taken < 20_000_000


def test_connections_are_bounded(port):
    """One connection too many is told to come back, and the place is free again when others have gone."""
    with contextlib.ExitStack() as stack:
        lines = [stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=10)) for _ in range(12)]
        answers = [everything(line) for line in lines]
    assert {answer.split(b" ", 2)[1] for answer in answers} == {b"408", b"503"}
    check_problem(next(answer for answer in answers if b" 503 " in answer[:20]), 503)
    with socket.create_connection(("127.0.0.1", port), timeout=10) as line:
        line.sendall(b"GET /echo HTTP/1.1\r\nHost: x\r\n\r\n")
        assert b"200 OK" in line.recv(65_536)
