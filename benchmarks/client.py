"""A small HTTP client: `python -m benchmarks.client PORT CONNECTIONS REQUESTS PATH…` asks for paths and counts answers.

Each connection sends its next request when the last answer is complete. A path after `POST ` is posted to, without a
body. Prints the number of answers with status 200 or 201, and the time in milliseconds that 99 % of them stayed below.
"""

import asyncio
import sys
import time
from typing import cast

import uvloop


class Connection(asyncio.Protocol):
    """Asks again and again on one connection, until nothing is left to ask."""

    def __init__(self, requests: "Requests") -> None:
        self._requests = requests
        self._transport: asyncio.WriteTransport
        self._buffer = b""
        self._asked_at = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Send the first request."""
        self._transport = cast("asyncio.WriteTransport", transport)
        self._ask()

    def data_received(self, data: bytes) -> None:
        """Count a complete answer and send the next request."""
        self._buffer += data
        head, blank, body = self._buffer.partition(b"\r\n\r\n")
        if blank and len(body) >= _content_length(head):
            self._buffer = b""
            self._requests.answered += head.startswith((b"HTTP/1.1 200", b"HTTP/1.1 201"))
            self._requests.seconds.append(time.perf_counter() - self._asked_at)
            self._ask()

    def _ask(self) -> None:
        request = self._requests.following()
        if request is None:
            self._transport.close()
        else:
            self._asked_at = time.perf_counter()
            self._transport.write(request)

    def connection_lost(self, _: Exception | None) -> None:
        """Report the end."""
        self._requests.ended()


class Requests:
    """What is left to ask, and what was answered."""

    def __init__(self, paths: list[str], count: int, connections: int) -> None:
        self._requests = [_request(path) for path in paths]
        self._left = count
        self._open = connections
        self.answered = 0
        self.seconds: list[float] = []
        self.done = asyncio.Event()

    def following(self) -> bytes | None:
        """Give the next request, in turn over the paths."""
        self._left -= 1
        return self._requests[self._left % len(self._requests)] if self._left >= 0 else None

    def ended(self) -> None:
        """Note that a connection has ended."""
        self._open -= 1
        if not self._open:
            self.done.set()


def _request(path: str) -> bytes:
    method, _, target = path.rpartition(" ")
    length = "Content-Length: 0\r\n" if method else ""
    return f"{method or 'GET'} {target} HTTP/1.1\r\nHost: localhost\r\n{length}\r\n".encode()


def _content_length(head: bytes) -> int:
    return int(head.lower().partition(b"content-length:")[2].split(b"\r\n", 1)[0])


async def main(port: int, connections: int, count: int, paths: list[str]) -> str:
    """Ask, and give the number of good answers and the slow end of the waiting times."""
    requests = Requests(paths, count, connections)
    loop = asyncio.get_running_loop()
    for _ in range(connections):
        await loop.create_connection(lambda: Connection(requests), "127.0.0.1", port)
    await requests.done.wait()
    p99 = sorted(requests.seconds)[len(requests.seconds) * 99 // 100]
    return f"{requests.answered} {1000 * p99:.3f}"


if __name__ == "__main__":
    given = sys.argv[1:]
    sys.stdout.write(f"{uvloop.run(main(int(given[0]), int(given[1]), int(given[2]), given[3:]))}\n")
