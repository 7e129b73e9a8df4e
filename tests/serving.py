"""A site served on the loopback address by the server that operators run, in a thread of the tests."""

import http.server
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

import httpx
import uvicorn

from label_service.accounts.openid import Provider
from label_service.issuance.clock import now
from label_service.web.app import Site
from label_service.web.server import listening as server_of
from tests.parties import Cast, cast_in
from tests.stage import Stage, found_stage

MAX_BODY_BYTES = 1_000_000


@dataclass
class Served:
    """A running site: the installation behind it, its address, a client, and in a scheme who plays in it."""

    stage: Stage
    origin: str
    client: httpx.Client
    cast: Cast | None = None


@contextmanager
def served(
    folder: Path,
    *,
    is_demo: bool = True,
    clock: Callable[[], datetime] = now,
    provider: Provider | None = None,
) -> Iterator[Served]:
    """Found an installation and serve it until the end; people of a scheme can sign in with a provider."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(64)
        origin = f"http://localhost:{listening.getsockname()[1]}"
        stage = found_stage(folder, origin=origin, clock=clock, is_demo=is_demo)
        cast = None if is_demo else cast_in(stage.scheme.bench.engine, clock, origin, provider)
        accounts = cast.accounts if cast else None
        site = Site(stage.scheme, stage.files, accounts, needs_account=not is_demo, max_body_bytes=MAX_BODY_BYTES)
        with running(site, listening), httpx.Client(base_url=origin, timeout=20) as client:
            yield Served(stage, origin, client, cast)
        stage.scheme.close()


@contextmanager
def running(site: Site, listening: socket.socket, proxies: tuple[str, ...] = ()) -> Iterator[None]:
    """Serve a site on a socket that listens, until the end."""
    server = uvicorn.Server(server_of(site, proxies, log_level="critical", lifespan="off"))
    thread = threading.Thread(target=server.run, args=([listening],))
    thread.start()
    try:
        yield
    finally:
        server.should_exit = True
        thread.join()


@contextmanager
def plain_server(folder: Path) -> Iterator[str]:
    """Serve the files of a folder as any web server would, and give the address."""
    quiet = type("Quiet", (http.server.SimpleHTTPRequestHandler,), {"log_message": lambda *_: None})
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(quiet, directory=folder)) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()
