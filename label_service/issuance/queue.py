"""The line of an installation on PostgreSQL: procrastinate, in the same database, so that work is never lost.

A job is put on the queue in the unit of work that adds its row. A worker that is killed stops saying that it lives;
the next worker, or another one, puts its jobs back in line. Why this library: decision 0023.
"""

import asyncio
import logging
import time
from typing import Any

from procrastinate import App, PsycopgConnector, RetryStrategy, SyncPsycopgConnector
from procrastinate.exceptions import ConnectorException
from psycopg_pool import PoolTimeout
from sqlalchemy import Engine
from sqlmodel import Session

from label_service.issuance.background import AGAIN_S, Background, Tasks
from label_service.store.unavailable import StoreUnavailable

NAME = "label-service"  # of the queue
ALIVE_S = 2.0  # between two signs of life of a worker
GONE_S = 10.0  # without a sign of life; then others take up its work
_AGAIN = RetryStrategy(max_attempts=1000, wait=5)  # while the database of labels cannot be used
_LOG = logging.getLogger(__name__)


class Queue(Background):
    """Puts jobs on the queue, and does what is on it."""

    def __init__(self, engine: Engine, tasks: Tasks) -> None:
        super().__init__(engine, tasks)
        self._address = engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
        self._putting = App(connector=SyncPsycopgConnector(conninfo=self._address))

    def put(self, session: Session, kind: str, job_id: str) -> None:
        """Put a job on the queue in this unit of work."""
        connection = session.connection().connection.driver_connection
        deferrer = self._putting.configure_task(kind, allow_unknown=True, queue=NAME, connection=connection)
        deferrer.defer(job=job_id)

    def work(self) -> None:
        """Do what comes on the queue until the process is ended."""
        while True:
            try:
                asyncio.run(self._work(is_endless=True))
            except (ConnectorException, PoolTimeout):
                _LOG.warning("long work waits for the queue", exc_info=True)
                time.sleep(AGAIN_S)

    def drain(self) -> None:
        """Do what is on the queue; what workers that are gone were at is put back first.

        Raises:
            StoreUnavailable: the queue cannot be reached.
        """
        try:
            asyncio.run(self._work(is_endless=False))
        except (ConnectorException, PoolTimeout) as error:
            raise StoreUnavailable(f"the queue cannot be reached: {type(error).__name__}") from error

    async def _work(self, *, is_endless: bool) -> None:
        app = self._app()
        async with app.open_async():
            await _take_up(app)
            rescue = asyncio.create_task(_take_up_for_ever(app))
            try:
                await app.run_worker_async(
                    queues=[NAME],
                    wait=is_endless,
                    install_signal_handlers=False,  # ended at any moment, for what it was at is taken up again
                    delete_jobs="always",
                    listen_notify=is_endless,
                    update_heartbeat_interval=ALIVE_S,
                    stalled_worker_timeout=GONE_S,
                )
            finally:
                rescue.cancel()

    def _app(self) -> App:
        app = App(connector=PsycopgConnector(conninfo=self._address, min_size=1, max_size=4))
        for kind, task in self._tasks.items():
            app.task(name=kind, queue=NAME, retry=_AGAIN)(_named(task))
        return app


def _named(task: Any) -> Any:
    """Give a task as the queue calls it, with the arguments it was put there with."""

    def run(job: str) -> None:
        task(job)

    return run


async def _take_up(app: App) -> None:
    """Put what workers that are gone were at back in line."""
    for job in await app.job_manager.get_stalled_jobs(queue=NAME, seconds_since_heartbeat=GONE_S):
        await app.job_manager.retry_job(job)


async def _take_up_for_ever(app: App) -> None:
    while True:
        await asyncio.sleep(GONE_S)
        await _take_up(app)
