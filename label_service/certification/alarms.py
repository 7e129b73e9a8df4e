"""Alarms: what ends soon, or is overdue, told to the operator before it stops the scheme."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from sqlmodel import Session, col, select

from label_service.certification.notices import tell
from label_service.issuance.keyring import keys_of
from label_service.issuance.scheme import Scheme
from label_service.store.database import reading, transaction
from label_service.store.party_tables import PartyRow
from label_service.store.scheme_tables import CaseRow, NoticeRow, RevealRow, SampleRow
from label_service.trust.trust_list import Auditor, ListedKey, TrustList

_LIST_DAYS = 7  # a trust list is renewed when half of its 30 days are over; near its end something is wrong


@dataclass(frozen=True, slots=True)
class Alarm:
    """Something that ends, or ended.

    Attributes:
        at: when it ends, or was due.
        text: one sentence.
        link: page where it is dealt with.
        party_id: who is told besides the operator; empty for nobody.
    """

    at: datetime
    text: str
    link: str
    party_id: str = ""


class Alarms:
    """Looks for what ends soon in one installation."""

    def __init__(self, scheme: Scheme) -> None:
        self._scheme = scheme
        self._bench = scheme.bench

    def now(self, days: int) -> list[Alarm]:
        """Give what ends within some days or is overdue, the most urgent first."""
        at = self._bench.clock()
        with reading(self._bench.engine) as session:
            overdue = [*_cases(session, at), *_samples(session, at), *_reveals(session, at)]
        register = self._scheme.register
        ending = endings(register.current(), self._bench.identity.did, register.delegation().not_after, at)
        found = [*overdue, *(alarm for alarm in ending if alarm.at <= at + timedelta(days=days))]
        return sorted(found, key=lambda alarm: (alarm.at, alarm.text))

    def tell(self, days: int) -> int:
        """Tell the operator, and whom else it concerns, of each alarm once; give the number of new notices."""
        alarms, now = self.now(days), self._bench.clock()
        with transaction(self._bench.engine) as session:
            operators = session.exec(select(PartyRow.id).where(PartyRow.kind == "operator")).all()
            told = [
                _tell_once(session, party, alarm, now)
                for alarm in alarms
                for party in (*operators, *((alarm.party_id,) if alarm.party_id else ()))
            ]
        return sum(told)


def endings(current: TrustList, issuer_id: str, delegation_until: str, now: datetime) -> Iterator[Alarm]:
    """Give when everything that a scheme rests on ends: accreditations, keys, delegation, and a list near its end."""
    for auditor in current.auditors:
        yield from _accreditation(auditor, now)
        yield from _keys(auditor.keys, f"of the auditor {auditor.name}", "/operate/auditors", now)
    yield from _keys(keys_of(current, issuer_id), "of the scheme", "/operate/keys", now)
    at = _time(delegation_until)
    yield Alarm(at, f"The root's delegation ends on {at.date()}: let the root sign the next.", "/operate/keys")
    expires = _time(current.expires_at)
    if expires < now + timedelta(days=_LIST_DAYS):
        yield Alarm(expires, f"The trust list ends on {expires.date()} and was not renewed.", "/operate/keys")


def _accreditation(auditor: Auditor, now: datetime) -> Iterator[Alarm]:
    """Tell of the end of an accreditation while the auditor has a key in use, and did not end long ago."""
    end = datetime.combine(datetime.fromisoformat(auditor.accreditation.valid_until), time.max, UTC)
    if any(key.state == "active" for key in auditor.keys) and end > now - timedelta(days=90):
        text = f"The accreditation of {auditor.name}, {auditor.organisation}, ends on {end.date()}."
        yield Alarm(end, text, "/operate/auditors", auditor.organisation_id)


def _keys(keys: tuple[ListedKey, ...], whose: str, link: str, now: datetime) -> Iterator[Alarm]:
    for key in keys:
        end = _time(key.not_after)
        if key.state == "active" and end > now - timedelta(days=90):
            yield Alarm(end, f"The {key.use} key {key.kid[-60:]} {whose} ends on {end.date()}.", link)


def _cases(session: Session, now: datetime) -> Iterator[Alarm]:
    query = select(CaseRow).where(CaseRow.due_at < now, col(CaseRow.closed_at).is_(None))
    for row in session.exec(query).all():
        what = "an answer" if row.state == "open" and row.kind == "complaint" else "a decision"
        text = f"The {row.kind} about {row.about[:20]} waits for {what} since {row.due_at.date()}."
        yield Alarm(row.due_at, text, f"/cases/{row.id}")


def _samples(session: Session, now: datetime) -> Iterator[Alarm]:
    for row in session.exec(
        select(SampleRow).where(SampleRow.due_at < now, col(SampleRow.state).in_(("open", "overdue")))
    ).all():
        text = f"The sample of label {row.label_id} from week {row.week} is overdue since {row.due_at.date()}."
        yield Alarm(row.due_at, text, f"/register/scopes/{row.scope_digest}")


def _reveals(session: Session, now: datetime) -> Iterator[Alarm]:
    for row in session.exec(select(RevealRow).where(RevealRow.due_at < now, RevealRow.value == "")).all():
        text = (
            f"The value of week {row.week} for scope {row.scope_digest[:12]} was not revealed by {row.due_at.date()}."
        )
        yield Alarm(row.due_at, text, f"/register/scopes/{row.scope_digest}")


def _tell_once(session: Session, party_id: str, alarm: Alarm, now: datetime) -> bool:
    """Tell a party, unless it was told in the same words: dates are in them."""
    known = select(NoticeRow.id).where(
        NoticeRow.party_id == party_id, NoticeRow.kind == "alarm", NoticeRow.text == alarm.text
    )
    if session.exec(known).first() is not None:
        return False
    tell(session, party_id, "alarm", alarm.text, alarm.link, now)
    return True


def _time(timestamp: str) -> datetime:
    return datetime.fromisoformat(timestamp)
