"""Closing ISO weeks in the log: from then on the labels of scopes that were logged before are open to a draw."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from label_service.issuance.log import append_leaves
from label_service.issuance.setup import timestamp
from label_service.store.scheme_tables import RevealRow, WeekRow
from label_service.store.tables import LabelRow
from label_service.tlog.leaf import WeekLeaf
from label_service.tlog.scopes import REVEAL_DAYS
from label_service.tlog.week import end_of, week_of

_LAST = select(WeekRow).order_by(col(WeekRow.log_index).desc()).limit(1)


def close_weeks(session: Session, now: datetime) -> str | None:
    """Log the end of the week of the labels that no week has closed yet, and give it; None when there is none.

    Whoever has labels of a scope in it owes the value of the week from then on. A label of a later week is only logged
    after this, so that each closed week holds its own labels.
    """
    last = session.exec(_LAST).first()
    oldest = session.exec(_open_labels(last).order_by(col(LabelRow.log_index)).limit(1)).first()
    if oldest is None:
        return None
    week = week_of(timestamp(oldest.issued_at))
    is_after_last = last is None or (last.week < week and last.closed_at <= now)
    if timestamp(now) < end_of(week) or not is_after_last:
        return None
    scopes = {row.scope_digest for row in session.exec(_open_labels(last)) if row.scope_digest}
    (position,) = append_leaves(session, [WeekLeaf(week=week, at=timestamp(now))], now)
    session.add(WeekRow(week=week, log_index=position, closed_at=now))
    session.flush()
    due_at = now + timedelta(days=REVEAL_DAYS)
    session.add_all([RevealRow(scope_digest=digest, week=week, due_at=due_at) for digest in sorted(scopes)])
    session.flush()
    return week


def labels_of(session: Session, scope_digest: str, week: WeekRow) -> Sequence[LabelRow]:
    """Give the labels of a scope that the entry of a week closed, in the order of the log."""
    earlier = select(WeekRow).where(WeekRow.log_index < week.log_index).order_by(col(WeekRow.log_index).desc())
    query = _open_labels(session.exec(earlier.limit(1)).first())
    query = query.where(LabelRow.scope_digest == scope_digest, LabelRow.log_index < week.log_index)
    return session.exec(query.order_by(col(LabelRow.log_index))).all()


def _open_labels(last: WeekRow | None) -> SelectOfScalar[LabelRow]:
    after = -1 if last is None else last.log_index
    return select(LabelRow).where(col(LabelRow.scope_digest).is_not(None), LabelRow.log_index > after)
