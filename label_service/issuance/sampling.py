"""The calendar of samples: weeks are closed, values revealed, labels drawn, audited again, or their scope is suspended.

The draw itself is `tlog.sampling`, which everybody can repeat from the log.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlmodel import Session, col, select

from label_service.errors import Conflict, NotFound, Refused
from label_service.issuance.log import append_leaves
from label_service.issuance.reasons import REASONS
from label_service.issuance.states import SERVICE, Decision, States
from label_service.issuance.weeks import close_weeks, labels_of
from label_service.issuance.words import Said
from label_service.issuance.workbench import Workbench
from label_service.label.attestation import ScopeAttestation, read_attestation
from label_service.label.scope import scope_of
from label_service.store.database import reading, transaction
from label_service.store.documents import body
from label_service.store.scheme_tables import RevealRow, SampleRow, ScopeRow, WeekRow
from label_service.store.tables import DeclarationRow
from label_service.tlog.leaf import RevealLeaf
from label_service.tlog.sampling import Labelled, commitment_of, draw
from label_service.tlog.week import number_of, week_of

SAMPLE_DAYS: Final = 30  # after it was drawn a label has been audited again
OPEN, OVERDUE, FINDING = "open", "overdue", "finding"


@dataclass(frozen=True)
class OwedReveal:
    """A value that an auditor has to reveal, and until when."""

    scope_digest: str
    week: str
    number: int
    due_at: datetime


@dataclass(frozen=True)
class OpenSample:
    """A label that an auditor has to audit again, and until when."""

    label_id: str
    name: str
    scope_digest: str
    week: str
    state: str
    due_at: datetime


class Sampling:
    """The samples of one installation."""

    def __init__(self, bench: Workbench, states: States) -> None:
        self._bench = bench
        self._states = states

    def close_weeks(self) -> str | None:
        """Log the end of the week whose labels wait for it, and give it; None when there is none.

        Raises:
            StoreUnavailable, LogFault: the log cannot be written; the next call does it.
        """
        with transaction(self._bench.engine) as session:
            week = close_weeks(session, self._bench.moment(session))
        self._bench.sequencer.catch_up()
        return week

    def suspend_overdue(self) -> list[str]:
        """Suspend every scope whose value was not revealed, or whose sample was not audited in time; give them.

        Raises:
            StoreUnavailable, LogFault: the log cannot be written; the next call does it.
        """
        with transaction(self._bench.engine) as session:
            now = self._bench.moment(session)
            suspended = [*self._owing_a_value(session, now), *self._owing_a_sample(session, now)]
        if suspended:
            self._bench.mark_changed()
            self._bench.sequencer.catch_up()
        return suspended

    def owed_by(self, kids: Collection[str]) -> list[OwedReveal]:
        """Give the values that the holder of these keys has to reveal, the most urgent first."""
        query = (
            select(RevealRow, ScopeRow)
            .join(ScopeRow, col(ScopeRow.digest) == col(RevealRow.scope_digest))
            .where(RevealRow.value == "", col(ScopeRow.auditor).in_(kids), col(ScopeRow.is_revoked).is_(False))
        )
        with reading(self._bench.engine) as session:
            found = session.exec(query.order_by(col(RevealRow.due_at))).all()
            return [
                OwedReveal(row.scope_digest, row.week, _number(_scope(session, row.scope_digest), row.week), row.due_at)
                for row, _ in found
            ]

    def open_for(self, kids: Collection[str]) -> list[OpenSample]:
        """Give the labels that the holder of these keys has to audit again, the most urgent first."""
        query = (
            select(SampleRow, DeclarationRow.name)
            .outerjoin(DeclarationRow, col(DeclarationRow.label_id) == col(SampleRow.label_id))
            .join(ScopeRow, col(ScopeRow.digest) == col(SampleRow.scope_digest))
            .where(col(SampleRow.state).in_((OPEN, OVERDUE)), col(ScopeRow.auditor).in_(kids))
        )
        with reading(self._bench.engine) as session:
            return [
                OpenSample(row.label_id, name or row.label_id, row.scope_digest, row.week, row.state, row.due_at)
                for row, name in session.exec(query.order_by(col(SampleRow.due_at))).all()
            ]

    def reveal(self, session: Session, said: Said, now: datetime) -> None:
        """Take the value of a week and draw, inside the unit of work that keeps the statement.

        Raises:
            NotFound: no such scope, or nothing is owed for this week.
            Conflict: it was revealed already, or no checkpoint covers the end of the week yet.
            Refused: the value is not of the chain that the scope commits to.
        """
        subject = said.statement.subject
        digest, week, value = subject.scope_digest or "", subject.week or "", subject.value or ""
        row, closed = session.get(RevealRow, (digest, week)), session.get(WeekRow, week)
        if row is None or closed is None:
            raise NotFound(f"no value is owed for {week} of the scope {digest[:12]}…")
        if row.value:
            raise Conflict(f"the value of {week} was revealed already")
        head = self._bench.sequencer.first_over(closed.log_index)
        if head is None:
            raise Conflict(f"no checkpoint covers the end of {week} yet", hint="ask again in a moment")
        scope = _scope(session, digest)
        if commitment_of(bytes.fromhex(value), _number(scope, week)).hex() != scope.chain_commitment:
            raise Refused(
                f"the value is not that of {week} in the chain the scope commits to",
                hint="`label-service sample reveal` prints the value of a week",
            )
        (position,) = append_leaves(session, [RevealLeaf(scope_digest=digest, week=week, value=value)], now)
        row.value, row.log_index, row.revealed_at = value, position, now
        session.add(row)
        self._draw(session, scope, closed, row, head.root, now)

    @staticmethod
    def _draw(  # noqa: PLR0917 - everything the draw depends on
        session: Session, scope: ScopeAttestation, closed: WeekRow, row: RevealRow, root: bytes, now: datetime
    ) -> None:
        labels = [Labelled(label.log_index, label.id) for label in labels_of(session, row.scope_digest, closed)]
        drawn = draw(labels, root, bytes.fromhex(row.value), scope.sampling_rate)
        due_at = now + timedelta(days=SAMPLE_DAYS)
        for label_id in drawn:
            session.add(SampleRow(label_id=label_id, scope_digest=row.scope_digest, week=row.week, due_at=due_at))
        session.flush()

    def result(self, session: Session, said: Said) -> None:
        """Take what a sample showed; a finding suspends the label, and its scope with all labels, at once.

        Raises:
            NotFound: the label was not drawn in this scope.
            Conflict: there is a result already.
        """
        subject = said.statement.subject
        row = session.get(SampleRow, subject.label_id or "")
        if row is None or row.scope_digest != subject.scope_digest:
            raise NotFound(f"the label {subject.label_id} was not drawn in this scope")
        if row.state not in {OPEN, OVERDUE}:
            raise Conflict(f"the sample {row.label_id} has a result already: {row.state}")
        row.state, row.result_digest = subject.outcome or "", said.token.digest
        session.add(row)
        session.flush()
        if row.state == FINDING:
            for about in (row.label_id, row.scope_digest):
                decision = Decision(about, "suspend", "sample-finding", said.statement.text, said.token.kid)
                self._states.suspend(session, decision)

    def _owing_a_value(self, session: Session, now: datetime) -> list[str]:
        late = session.exec(select(RevealRow).where(RevealRow.value == "", col(RevealRow.due_at) < now)).all()
        digests = dict.fromkeys(row.scope_digest for row in late)
        return [digest for digest in digests if self._suspend(session, digest, "reveal-overdue")]

    def _owing_a_sample(self, session: Session, now: datetime) -> list[str]:
        late = session.exec(select(SampleRow).where(SampleRow.state == OPEN, col(SampleRow.due_at) < now)).all()
        for row in late:
            row.state = OVERDUE
            session.add(row)
        session.flush()
        digests = dict.fromkeys(row.scope_digest for row in late)
        return [digest for digest in digests if self._suspend(session, digest, "sample-overdue")]

    def _suspend(self, session: Session, digest: str, reason: str) -> bool:
        text = f"Suspended by the rules of the scheme: {REASONS[reason]}."
        return self._states.suspend(session, Decision(digest, "suspend", reason, text, SERVICE))


def _scope(session: Session, digest: str) -> ScopeAttestation:
    return scope_of(read_attestation(body(session, digest).decode())[1])


def _number(scope: ScopeAttestation, week: str) -> int:
    return number_of(week, week_of(scope.period.first))
