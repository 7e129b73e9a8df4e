"""How a running installation stands, looked at from inside it: what a page of the operator can show at any time.

Everything here is quick and changes nothing; `doctor` looks deeper, at every document and every entry of the log.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from sqlmodel import Session, col, func, select

from label_service.certification.alarms import endings
from label_service.issuance.scheme import Scheme
from label_service.operation.doctor import LATE, Finding, disk
from label_service.operation.figures import CALENDAR
from label_service.store.database import reading
from label_service.store.scheme_tables import JobRow, NoticeRow
from label_service.store.tables import LeafRow

_STUCK: Final = timedelta(hours=1)  # a mail or a piece of long work that waits longer waits for somebody


def standing(scheme: Scheme, alarm_days: int, *, is_mailing: bool) -> list[Finding]:
    """Look at log, calendar, long work, mail, disk and what ends.

    Args:
        scheme: the installation.
        alarm_days: days before an end at which it is alarming.
        is_mailing: whether notices are mailed.

    Raises:
        StoreUnavailable: the database does not answer.
    """
    now = scheme.bench.clock()
    with reading(scheme.bench.engine) as session:
        found = [*_log(session, scheme, now), *_work(session, now), *_mail(session, now, is_mailing=is_mailing)]
    return [*found, *_calendar(), *disk(scheme.bench.job_files.folder), *_ends(scheme, alarm_days, now)]


def _log(session: Session, scheme: Scheme, now: datetime) -> Iterator[Finding]:
    signed = scheme.bench.sequencer.size
    entries = session.exec(select(func.count(col(LeafRow.position)))).one()
    last = session.exec(select(LeafRow.created_at).where(LeafRow.position == signed - 1)).first()
    oldest = session.exec(select(func.min(LeafRow.created_at)).where(col(LeafRow.position) >= signed)).one()
    words = f"{entries} entries, {signed} of them under the last checkpoint"
    words += f", whose newest entry is {_age(now - last)} old" if last else ""
    if oldest is not None and oldest < now - LATE:
        yield Finding("log", "problem", f"{words}; one waits for {_age(now - oldest)}", "look into the logs; restart")
    else:
        yield Finding("log", "ok", words)


def _work(session: Session, now: datetime) -> Iterator[Finding]:
    counts = dict(session.exec(select(JobRow.state, func.count()).group_by(JobRow.state)).all())
    words = ", ".join(f"{count} {state}" for state, count in sorted(counts.items())) or "there is none"
    oldest = session.exec(select(func.min(JobRow.created_at)).where(JobRow.state == "waiting")).one()
    if oldest is not None and oldest < now - _STUCK:
        to_do = "see whether a worker runs: `label-service work`, or the calendar of the service"
        yield Finding("long work", "warning", f"{words}; one waits for {_age(now - oldest)}", to_do)
    else:
        yield Finding("long work", "ok", words)


def _mail(session: Session, now: datetime, *, is_mailing: bool) -> Iterator[Finding]:
    if not is_mailing:
        yield Finding("mail", "ok", "nobody is mailed; notices are on pages and in feeds")
        return
    waits = col(NoticeRow.mailed_at).is_(None), col(NoticeRow.done_at).is_(None)
    count = session.exec(select(func.count(col(NoticeRow.id))).where(*waits)).one()
    oldest = session.exec(select(func.min(NoticeRow.created_at)).where(*waits)).one()
    if oldest is not None and oldest < now - _STUCK:
        words = f"{count} notices wait to be mailed, the oldest for {_age(now - oldest)}"
        yield Finding("mail", "warning", words, "check the mail server with `label-service doctor`")
    else:
        yield Finding("mail", "ok", f"{count} notices wait to be mailed")


def _calendar() -> Iterator[Finding]:
    """Say what became of the steps since this process began; with several workers one of them keeps the calendar."""
    counts = {
        (sample.labels["step"], sample.labels["outcome"]): int(sample.value)
        for metric in CALENDAR.collect()
        for sample in metric.samples
        if sample.name.endswith("_total")
    }
    steps = sorted({step for step, _ in counts})
    failed = [f"{step} ({counts[step, 'failed']} times)" for step in steps if counts.get((step, "failed"))]
    if failed:
        words = f"steps that failed since this process began: {', '.join(failed)}"
        yield Finding("calendar", "warning", words, "it tries again every five minutes; the logs say why")
    elif steps:
        yield Finding("calendar", "ok", f"all {len(steps)} steps were done, none failed since this process began")
    else:
        yield Finding("calendar", "ok", "this process does not keep the calendar, or has just begun")


def _ends(scheme: Scheme, alarm_days: int, now: datetime) -> Iterator[Finding]:
    register = scheme.register
    ends = endings(register.current(), scheme.identity.did, register.delegation().not_after, now)
    near = [item for item in ends if item.at <= now + timedelta(days=alarm_days)]
    soon = sorted(near, key=lambda item: (item.at, item.text))
    for item in soon:
        yield Finding("expiries", "problem" if item.at <= now else "warning", item.text, f"see {item.link}")
    if not soon:
        yield Finding("expiries", "ok", f"nothing ends within {alarm_days} days")


def _age(span: timedelta) -> str:
    """Give a span in the largest unit that says enough."""
    minutes = int(span.total_seconds() // 60)
    if minutes < 120:
        return f"{minutes} minutes"
    return f"{minutes // 60} hours" if minutes < 48 * 60 else f"{minutes // 1440} days"
