"""Several workers on one machine: processes that share nothing but the databases, started again when one dies."""

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from tempfile import TemporaryDirectory

from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.supervisors import Multiprocess

from label_service.operation.figures import MULTIPLE
from label_service.operation.garbage import collect_rarely
from label_service.operation.logs import write_logs
from label_service.settings import Settings, read_settings
from label_service.web.server import keeping, proxies_of, ready, serving, site_of

_SILENT_S = 60  # a worker that says nothing for so long is started again; opening on a busy machine takes seconds
_WORKER = "label_service.web.workers:worker"


def serve_workers(settings: Settings, host: str, port: int, workers: int) -> None:
    """Serve an installation by several processes until stopped; SIGHUP starts them again one after another.

    Whatever keeps the installation from opening is said before any worker is started.
    """
    write_logs(settings.log_level)
    site_of(settings).scheme.close()
    config = serving(
        _WORKER,
        proxies_of(settings),
        factory=True,
        workers=workers,
        host=host,
        port=port,
        log_config=None,
        timeout_worker_healthcheck=_SILENT_S,
    )
    with _counting_together():
        Multiprocess(config, sockets=[config.bind_socket()]).run()


@contextmanager
def _counting_together() -> Iterator[None]:
    """Give the workers a folder in which they count together, unless the environment names one; they inherit it."""
    if os.environ.get(MULTIPLE):
        yield
        return
    with TemporaryDirectory(prefix="label-service-figures-") as folder:
        os.environ[MULTIPLE] = folder
        try:
            yield
        finally:
            del os.environ[MULTIPLE]


def worker() -> ASGIApp:
    """Open the installation in a worker; the settings come from the environment, as those of its parent did."""
    settings = read_settings()
    write_logs(settings.log_level)
    site = site_of(settings)
    app = ready(site)
    collect_rarely()
    return _Lasting(app, lambda: keeping(site, settings))


class _Lasting:
    """Does something for as long as an application is served."""

    def __init__(self, app: ASGIApp, lasting: Callable[[], AbstractContextManager[object]]) -> None:
        self._app = app
        self._lasting = lasting

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request, or the whole life of the application."""
        if scope["type"] != "lifespan":
            await self._app(scope, receive, send)
            return
        with self._lasting():
            await self._app(scope, receive, send)
