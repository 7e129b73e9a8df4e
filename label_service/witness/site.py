"""The witness on the web: `POST /add-checkpoint`, and its key at `/`. Bodies, waiting and askers are bounded."""

import asyncio
from collections.abc import Callable
from time import monotonic

import uvicorn
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from label_service.errors import Overloaded
from label_service.tlog.note import VerifierKey
from label_service.tlog.witness import MAX_REQUEST_BYTES, PATH
from label_service.witness.witness import Answer, Witness

BODY_S = 10.0
MOST_A_MINUTE = 600  # requests from one address
MOST_AT_ONCE = 64
_MOST_ADDRESSES = 10_000
_MINUTE_S = 60.0


class Door:
    """Counts the requests of each address in the present minute."""

    def __init__(self, most: int = MOST_A_MINUTE, clock: Callable[[], float] = monotonic) -> None:
        self._most = most
        self._clock = clock
        self._minute = -1
        self._counts: dict[str, int] = {}

    def lets_in(self, address: str) -> bool:
        """Tell whether the next request of an address is answered; where all places are taken strangers wait."""
        minute = int(self._clock() // _MINUTE_S)
        if minute != self._minute:
            self._minute, self._counts = minute, {}
        count = self._counts.get(address, 0)
        if count >= self._most or (not count and len(self._counts) >= _MOST_ADDRESSES):
            return False
        self._counts[address] = count + 1
        return True


def witness_app(witness: Witness, key: VerifierKey, door: Door | None = None) -> Starlette:
    """Build the application of a witness."""
    guard = door or Door()

    async def add(request: Request) -> Response:
        if not guard.lets_in(request.client.host if request.client else ""):
            return _response(Answer(429, "too many requests\n"), {"Retry-After": "60"})
        try:
            body = await asyncio.wait_for(_body(request), BODY_S)
        except (TimeoutError, ClientDisconnect):
            return _response(Answer(408, "expected the whole body\n"))
        if body is None:
            return _response(Answer(413, f"expected at most {MAX_REQUEST_BYTES} bytes\n"), {"Connection": "close"})
        try:
            return _response(await run_in_threadpool(witness.add_checkpoint, body))
        except Overloaded as error:
            return _response(Answer(503, f"{error}\n"), {"Retry-After": str(error.retry_after_s)})

    async def show(_: Request) -> Response:
        return PlainTextResponse(f"{key}\n")

    return Starlette(routes=[Route(PATH, add, methods=["POST"]), Route("/", show)])


def serve(app: Starlette, host: str, port: int, proxies: tuple[str, ...] = ()) -> None:
    """Serve a witness until stopped; the word of these proxies counts for the address of who asks."""
    uvicorn.run(
        app,
        host=host,
        port=port,
        ws="none",
        proxy_headers=bool(proxies),
        forwarded_allow_ips=list(proxies),
        server_header=False,
        access_log=False,
        log_level="warning",
        lifespan="off",
        limit_concurrency=MOST_AT_ONCE,
        timeout_keep_alive=20,
    )


async def _body(request: Request) -> bytes | None:
    """Read the body; None where it is too large."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_REQUEST_BYTES:
            return None
    return bytes(body)


def _response(answer: Answer, headers: dict[str, str] | None = None) -> Response:
    return Response(
        answer.text, answer.status, {"Content-Type": answer.media_type, "Cache-Control": "no-store"} | (headers or {})
    )
