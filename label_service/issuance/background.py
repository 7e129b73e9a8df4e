"""Work beside requests: a task is a name and the id of its row in `job`; who does it depends on the database.

Embedded, on SQLite, the rows themselves are the line, and one process at a time does them in a thread. On PostgreSQL
they are put on a queue in the unit of work that adds them, see `label_service.issuance.queue` and decision 0023.
"""

import fcntl
import logging
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Lock, Thread
from typing import Literal

from sqlalchemy import Engine
from sqlmodel import Session, col, select

from label_service.errors import LabelServiceError
from label_service.store.database import reading
from label_service.store.scheme_tables import JobRow

Task = Callable[[str], None]  # of the id of a job
Tasks = Mapping[str, Task]  # by the kind of the job
AGAIN_S = 1.0  # before another process or an unreachable database is asked again
ENDING_S = 10.0  # given to a job under way when the process ends; what is longer is taken up again
_OPEN = ("waiting", "running")
_LOG = logging.getLogger(__name__)


class Background(ABC):
    """Takes work and has it done."""

    def __init__(self, engine: Engine, tasks: Tasks) -> None:
        self._engine = engine
        self._tasks = tasks
        self._starting = Lock()
        self._thread: Thread | None = None
        self._is_asked = False
        self._ending = Event()
        self.is_apart = False  # where other processes do the work

    @abstractmethod
    def put(self, session: Session, kind: str, job_id: str) -> None:
        """Put a job in line, with the unit of work that adds its row."""

    @abstractmethod
    def work(self) -> None:
        """Do what comes in line until the process is ended."""

    @abstractmethod
    def drain(self) -> None:
        """Do what is in line and not in the hands of another process.

        Raises:
            StoreUnavailable: the database cannot be used.
        """

    def wake(self) -> None:
        """Have what is in line done by this process, beside what it does; also what another process leaves behind.

        The thread ends when nothing is in line any more, or the database cannot be used; and with the process at any
        moment. What is in line then is done when this is called again, as the calendar does.
        """
        if self.is_apart or self._ending.is_set():
            return
        with self._starting:
            self._is_asked = True
            if self._thread is None:
                self._thread = Thread(target=self._until_done, name="background", daemon=True)
                self._thread.start()

    def end(self) -> None:
        """Begin nothing more in this process, and wait a while for what its thread is at."""
        self._ending.set()
        if thread := self._thread:
            thread.join(ENDING_S)

    def _until_done(self) -> None:
        while not self._ending.is_set():
            with self._starting:
                self._is_asked = False
            left = self.left()
            with self._starting:
                if left == "unknown" or (left == "nothing" and not self._is_asked):
                    self._thread = None
                    return
            if left == "some":
                self._ending.wait(AGAIN_S)

    def left(self) -> Literal["nothing", "some", "unknown"]:
        """Do what can be done now, and tell what is left for later; unknown while the database cannot be used."""
        try:
            self.drain()
            return "some" if self.next_job() else "nothing"
        except LabelServiceError as error:
            _LOG.warning("long work waits: %s", error.detail)
            return "unknown"

    def next_job(self) -> tuple[str, str] | None:
        """Give kind and id of the oldest job that is not through; None where there is none."""
        is_open = col(JobRow.state).in_(_OPEN), col(JobRow.kind).in_(list(self._tasks))
        query = select(JobRow.kind, JobRow.id).where(*is_open).order_by(col(JobRow.created_at), col(JobRow.id))
        with reading(self._engine) as session:
            return session.exec(query.limit(1)).first()


class Embedded(Background):
    """The line of an installation on SQLite."""

    def __init__(self, engine: Engine, tasks: Tasks, lock_file: Path) -> None:
        super().__init__(engine, tasks)
        self._lock_file = lock_file

    def put(self, session: Session, kind: str, job_id: str) -> None:
        """Do nothing more: the row is the place in line."""

    def work(self) -> None:
        """Do what comes in line until the process is ended."""
        while True:
            self.left()
            time.sleep(AGAIN_S)

    def drain(self) -> None:
        """Do one job after another, unless another process does."""
        with self._alone() as is_alone:
            while is_alone and not self._ending.is_set() and (job := self.next_job()):
                kind, job_id = job
                self._tasks[kind](job_id)

    @contextmanager
    def _alone(self) -> Iterator[bool]:
        """Tell whether this process is the one that works; it stays so until the block, or the process, ends."""
        with self._lock_file.open("ab") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
            else:
                yield True
