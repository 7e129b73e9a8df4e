"""Long work of parties as rows: how far it is, that it was stopped, and what came out, also after a reload."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import delete, update
from sqlmodel import Session, col, func, select
from sqlmodel.sql.expression import SelectOfScalar

from label_service.errors import Conflict, NotFound
from label_service.issuance.workbench import Workbench
from label_service.store.database import reading, transaction
from label_service.store.scheme_tables import JobRow

MOST_KEPT = 10  # jobs of one party; older ones are forgotten with their files
MOST_OPEN = 8  # jobs of all parties that wait or run
_PROBLEM_LENGTH = 2000

State = Literal["waiting", "running", "done", "failed", "stopped"]
_OPEN = ("waiting", "running")


@dataclass(frozen=True, slots=True)
class Job:
    """One piece of long work.

    Attributes:
        done: parts of `total` that are through.
        input_digest: of what it was given, in the job files.
        problem: why it failed, in a sentence.
    """

    id: str
    party_id: str
    kind: str
    state: State
    done: int
    total: int
    input_digest: str
    problem: str
    created_at: datetime

    @property
    def is_open(self) -> bool:
        """Whether it waits or runs."""
        return self.state in _OPEN


class Jobs:
    """The long work of one installation; one process does it."""

    def __init__(self, bench: Workbench) -> None:
        self._bench = bench

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
            return _job(row)

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

    def tell(self, job_id: str, done: int, total: int) -> bool:
        """Say how far it is; give whether it should go on."""
        return self._set(job_id, state="running", done=done, total=total)

    def finish(self, job_id: str, state: State, problem: str = "") -> None:
        """Say how it ended; work that was stopped stays stopped."""
        self._set(job_id, state=state, problem=problem[:_PROBLEM_LENGTH])

    def stop(self, party_id: str, job_id: str) -> None:
        """Stop work of a party; what is done stays done.

        Raises:
            NotFound: there is none of that party.
        """
        self.finish(self.get(party_id, job_id).id, "stopped")

    def stop_lost(self) -> None:
        """Mark what an earlier process left unfinished; it can be started again."""
        with transaction(self._bench.engine) as session:
            session.exec(update(JobRow).where(col(JobRow.state).in_(_OPEN)).values(state="stopped"))

    def forget_unused(self, input_digest: str) -> None:
        """Remove the files of an input that no work needs."""
        with reading(self._bench.engine) as session:
            self._forget_files(session, input_digest)

    def _set(self, job_id: str, **values: object) -> bool:
        change = update(JobRow).where(col(JobRow.id) == job_id, col(JobRow.state).in_(_OPEN)).values(**values)
        with transaction(self._bench.engine) as session:
            return bool(session.exec(change).rowcount)

    def _forget_old(self, session: Session, party_id: str) -> None:
        """Forget work beyond the newest, and the files that no other work needs."""
        query = _of(party_id).order_by(col(JobRow.created_at).desc(), col(JobRow.id)).offset(MOST_KEPT)
        old = session.exec(query).all()
        if not old:
            return
        session.exec(delete(JobRow).where(col(JobRow.id).in_([row.id for row in old])))
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
        created_at=row.created_at,
    )
