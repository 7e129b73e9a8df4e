"""Long work of parties as rows: how far it is, that it was stopped, and what came out, also after a reload or a crash.

What came out is kept in parts, each written in one unit of work with how far it is: work that is taken up again goes
on behind the last part, so that nothing is done twice and nothing is lost.
"""

import logging
import uuid
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, NamedTuple

import orjson
from sqlalchemy import delete, update
from sqlmodel import Session, col, func, select
from sqlmodel.sql.expression import SelectOfScalar

from label_service.errors import Conflict, LabelServiceError, NotFound
from label_service.issuance.background import Background
from label_service.issuance.workbench import Workbench
from label_service.store.database import reading, transaction
from label_service.store.scheme_tables import JobPart, JobRow
from label_service.store.unavailable import StoreUnavailable

MOST_KEPT = 10  # jobs of one party; older ones are forgotten with their files
MOST_OPEN = 8  # jobs of all parties that wait or run
MOST_ATTEMPTS = 3  # times that work is begun without getting any further
_PROBLEM_LENGTH = 2000
_QUICKLY = 1  # level of packing: the lines of a part repeat their names

State = Literal["waiting", "running", "done", "failed", "stopped"]
_OPEN = ("waiting", "running")
_LOG = logging.getLogger(__name__)
Line = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Job:
    """One piece of long work.

    Attributes:
        done: parts of `total` that are through.
        input_digest: of what it was given, in the job files.
        problem: why it failed, in a sentence.
        summary: what came out so far, in short.
    """

    id: str
    party_id: str
    kind: str
    state: State
    done: int
    total: int
    input_digest: str
    problem: str
    summary: Mapping[str, Any]
    created_at: datetime

    @property
    def is_open(self) -> bool:
        """Whether it waits or runs."""
        return self.state in _OPEN


class Stopped(Conflict):
    """The work was stopped; its row says so already."""


class Progress(NamedTuple):
    """How far work is, what came out since the last time, and all that came out in short."""

    done: int
    total: int
    lines: Iterable[Line] = ()
    summary: Mapping[str, Any] | None = None


class Jobs:
    """The long work of one installation."""

    def __init__(self, bench: Workbench, background: Background) -> None:
        self._bench = bench
        self._background = background

    def add(self, party_id: str, kind: str, input_digest: str) -> Job:
        """Put work in line.

        Raises:
            Conflict: the party has work in line already, or the line is full.
        """
        with transaction(self._bench.engine) as session:
            own, others = _count(session, _of(party_id)), _count(session, select(JobRow))
            if own or others >= MOST_OPEN:
                whose = "your earlier catalogue is" if own else f"{others} catalogues are"
                raise Conflict(f"{whose} still being worked on", hint="wait until that is done, or stop it")
            row = JobRow(
                id=str(uuid.uuid4()),
                party_id=party_id,
                kind=kind,
                state="waiting",
                input_digest=input_digest,
                created_at=self._bench.clock(),
            )
            session.add(row)
            session.flush()
            self._forget_old(session, party_id)
            self._background.put(session, kind, row.id)
            job = _job(row)
        self._background.wake()
        return job

    def get(self, party_id: str, job_id: str) -> Job:
        """Give work of a party.

        Raises:
            NotFound: there is none of that party.
        """
        with reading(self._bench.engine) as session:
            row = session.get(JobRow, job_id)
        if row is None or row.party_id != party_id:
            raise NotFound("there is no such work of yours", hint="it may have been forgotten; send it again")
        return _job(row)

    def recent(self, party_id: str) -> list[Job]:
        """Give the newest work of a party."""
        with reading(self._bench.engine) as session:
            query = _of(party_id).order_by(col(JobRow.created_at).desc()).limit(MOST_KEPT)
            return [_job(row) for row in session.exec(query).all()]

    def do(self, job_id: str, work: Callable[[Job], None]) -> None:
        """Begin work, or go on with it, and say how it ended.

        Raises:
            StoreUnavailable: the database cannot be used; the work stays in line.
        """
        job = self.begin(job_id)
        if job is None:
            return
        try:
            work(job)
        except Stopped:
            return
        except StoreUnavailable:
            raise
        except LabelServiceError as error:
            hint = f" ({error.hint})" if error.hint else ""
            self.finish(job.id, "failed", error.detail + hint)
        except Exception:  # noqa: BLE001 - the next in line must not wait for ever
            _LOG.exception("long work of the kind %s failed", job.kind)
            self.finish(job.id, "failed", "something went wrong on our side; try again")
        else:
            self.finish(job.id, "done")

    def begin(self, job_id: str) -> Job | None:
        """Begin work, or take up what a process that is gone left; None where there is nothing to do.

        Work that was begun several times without getting further is given up, for it may be what ends processes.
        """
        with transaction(self._bench.engine) as session:
            row = session.get(JobRow, job_id)
            if row is None or row.state not in _OPEN:
                return None
            if row.attempts >= MOST_ATTEMPTS:
                row.state, row.problem = "failed", f"it was begun {row.attempts} times and never got further"
            else:
                row.state, row.attempts = "running", row.attempts + 1
            session.add(row)
            return _job(row) if row.state == "running" else None

    def tell(self, job_id: str, progress: Progress) -> None:
        """Keep what came out, and say how far it is.

        Raises:
            Stopped: somebody stopped it; nothing is kept.
        """
        with transaction(self._bench.engine) as session:
            row = session.get(JobRow, job_id)
            if row is None or row.state not in _OPEN:
                raise Stopped("it was stopped")
            if progress.done > row.done:
                row.attempts = 0
            row.state, row.done, row.total = "running", progress.done, progress.total
            if progress.summary is not None:
                row.summary = orjson.dumps(progress.summary).decode()
            session.add(row)
            if body := _packed(progress.lines):
                number = session.exec(select(func.count()).where(col(JobPart.job_id) == job_id)).one()
                session.add(JobPart(job_id=job_id, number=number, body=body))

    def lines(self, job_id: str) -> Iterator[list[dict[str, Any]]]:
        """Give what came out, part by part; only one of them is in memory."""
        with reading(self._bench.engine) as session:
            count = session.exec(select(func.count()).where(col(JobPart.job_id) == job_id)).one()
        for number in range(count):
            with reading(self._bench.engine) as session:
                part = session.get(JobPart, (job_id, number))
            if part:
                yield [orjson.loads(line) for line in zlib.decompress(part.body).splitlines()]

    def finish(self, job_id: str, state: State, problem: str = "") -> None:
        """Say how it ended; work that was stopped stays stopped."""
        is_open = (col(JobRow.id) == job_id, col(JobRow.state).in_(_OPEN))
        with transaction(self._bench.engine) as session:
            session.exec(update(JobRow).where(*is_open).values(state=state, problem=problem[:_PROBLEM_LENGTH]))

    def stop(self, party_id: str, job_id: str) -> None:
        """Stop work of a party; what is done stays done.

        Raises:
            NotFound: there is none of that party.
        """
        self.finish(self.get(party_id, job_id).id, "stopped")

    def forget_unused(self, input_digest: str) -> None:
        """Remove the files of an input that no work needs."""
        with reading(self._bench.engine) as session:
            self._forget_files(session, input_digest)

    def _forget_old(self, session: Session, party_id: str) -> None:
        """Forget work beyond the newest, and the files that no other work needs."""
        query = _of(party_id).order_by(col(JobRow.created_at).desc(), col(JobRow.id)).offset(MOST_KEPT)
        old = session.exec(query).all()
        if not old:
            return
        ids = [row.id for row in old]
        session.exec(delete(JobPart).where(col(JobPart.job_id).in_(ids)))
        session.exec(delete(JobRow).where(col(JobRow.id).in_(ids)))
        for digest in {row.input_digest for row in old}:
            self._forget_files(session, digest)

    def _forget_files(self, session: Session, digest: str) -> None:
        if session.exec(select(JobRow.id).where(JobRow.input_digest == digest).limit(1)).first() is None:
            self._bench.job_files.remove(digest)


def _of(party_id: str) -> SelectOfScalar[JobRow]:
    return select(JobRow).where(JobRow.party_id == party_id)


def _count(session: Session, query: SelectOfScalar[JobRow]) -> int:
    is_open = query.where(col(JobRow.state).in_(_OPEN)).subquery()
    return session.exec(select(func.count()).select_from(is_open)).one()


def _packed(lines: Iterable[Line]) -> bytes:
    text = b"\n".join(orjson.dumps(line, option=orjson.OPT_SORT_KEYS) for line in lines)
    return zlib.compress(text, _QUICKLY) if text else b""


def _job(row: JobRow) -> Job:
    return Job(
        id=row.id,
        party_id=row.party_id,
        kind=row.kind,
        state=row.state,  # type: ignore[arg-type]
        done=row.done,
        total=row.total,
        input_digest=row.input_digest,
        problem=row.problem,
        summary=orjson.loads(row.summary),
        created_at=row.created_at,
    )
