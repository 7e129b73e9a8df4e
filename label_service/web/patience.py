"""The patience of the server with one connection: heads that trickle or swell, answers that nobody takes.

uvicorn closes a connection that is quiet after an answer; this adds what it leaves open. Bodies are in `limits`.
"""

from asyncio import TimerHandle, Transport
from typing import Any, Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from label_service import canonical
from label_service.web.headers import NOTHING, SAFE

HEAD_S: Final = 10.0  # for the head of a request, from the first moment it is waited for
MOST_HEAD_BYTES: Final = 32 * 1024
_BETWEEN: Final = 4  # bytes of `: ` and the end of a line
STUCK_S: Final = 30.0  # in which a client has to take something of what is sent
MOST_CONNECTIONS: Final = 1000
_PROBLEMS: Final = {
    400: ("Bad request", "expected a request as in RFC 9112"),
    408: ("Request timeout", "expected the whole head of a request in time"),
    431: ("Request header fields too large", f"expected a head of at most {MOST_HEAD_BYTES} bytes"),
    503: ("Service unavailable", "more connections are open than can be served"),
}


class PatientProtocol(HttpToolsProtocol):
    """HTTP/1.1 of uvicorn with an end to patience; what it refuses it answers in the one shape of problems."""

    head_s = HEAD_S
    stuck_s = STUCK_S
    most_connections = MOST_CONNECTIONS

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._status = 400
        self._is_in_body = False
        self._head_bytes = 0
        self._head_timer: TimerHandle | None = None
        self._stuck_timer: TimerHandle | None = None

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]
        """Begin to wait, or refuse one connection too many."""
        super().connection_made(transport)
        if len(self.connections) > self.most_connections:
            self._refuse(503)
        else:
            self._wait_for_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop waiting."""
        self._stop("_head_timer")
        self._stop("_stuck_timer")
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read on; whoever was answered already has as long for the rest, or for the next head, as for a first."""
        if self.transport.is_closing():
            return
        if self._head_timer is None and self._is_answered():
            self._wait_for_head()
        self._head_bytes += len(data)
        super().data_received(data)
        if not self._is_in_body and self._head_bytes > MOST_HEAD_BYTES:
            self._refuse(431)

    def on_headers_complete(self) -> None:
        """Take a head that is not too large."""
        self._stop("_head_timer")
        self._is_in_body = True
        if len(self.url) + sum(len(name) + len(value) + _BETWEEN for name, value in self.headers) > MOST_HEAD_BYTES:
            self._status = 431
            raise ValueError("the head is too large")  # ends in `send_400_response`
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """Begin to count the next head; after a body that nobody waited for, begin to wait for it too."""
        self._is_in_body = False
        self._head_bytes = 0
        if self._is_answered():
            self._wait_for_head()
        super().on_message_complete()

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002
        """Refuse what cannot be read; what was wrong with it is not echoed."""
        self._refuse(self._status)

    def pause_writing(self) -> None:
        """Wait for a client that takes nothing."""
        super().pause_writing()
        self._stop("_stuck_timer")
        self._stuck_timer = self.loop.call_later(self.stuck_s, self.transport.abort)

    def resume_writing(self) -> None:
        """Go on."""
        self._stop("_stuck_timer")
        super().resume_writing()

    def _is_answered(self) -> bool:
        return self.cycle is not None and self.cycle.response_complete

    def _wait_for_head(self) -> None:
        self._stop("_head_timer")
        self._head_timer = self.loop.call_later(self.head_s, self._refuse, 408)

    def _stop(self, name: str) -> None:
        timer: TimerHandle | None = getattr(self, name)
        if timer is not None:
            timer.cancel()
            setattr(self, name, None)

    def _refuse(self, status: int) -> None:
        self._stop("_head_timer")
        if self.transport.is_closing():
            return
        title, detail = _PROBLEMS[status]
        problem = {"type": f"/problems/http-{status}", "title": title, "status": status, "detail": detail}
        body = canonical.encode(problem)
        headers = {
            **SAFE,
            "Cache-Control": "no-store",
            "Connection": "close",
            "Content-Length": str(len(body)),
            "Content-Security-Policy": NOTHING,
            "Content-Type": "application/problem+json",
        }
        if status == 503:
            headers["Retry-After"] = "5"
        lines = [f"HTTP/1.1 {status} {title}", *(f"{name}: {value}" for name, value in headers.items()), "", ""]
        self.transport.write("\r\n".join(lines).encode() + body)
        self.transport.close()
