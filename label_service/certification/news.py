"""News: what a rule of the software changed, told to those whom it concerns.

What people decide is told in the unit of work of the decision. What happens by itself is found here afterwards: values
that auditors have to reveal, and scopes suspended because a value was not revealed or a sample not looked at in time.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from sqlmodel import Session, col, select

from label_service.certification.notices import tell
from label_service.issuance.reasons import REASONS
from label_service.issuance.scheme import Scheme
from label_service.issuance.states import state_row
from label_service.label.statement import read_statement
from label_service.store.database import transaction
from label_service.store.documents import body
from label_service.store.scheme_tables import NoticeRow, RevealRow, ScopeRow, StatementRow
from label_service.store.tables import LabelRow

FRESH: Final = timedelta(days=14)
_WORDS: Final = {"suspension": "was suspended", "revocation": "was revoked", "reinstatement": "counts again"}


class News:
    """Tells parties of one installation what happened by itself."""

    def __init__(self, scheme: Scheme) -> None:
        self._scheme = scheme
        self._bench = scheme.bench

    def tell(self) -> int:
        """Tell what nobody was told yet, and give the number of notices."""
        auditors = self._scheme.register.current().auditors
        bodies = {key.kid: auditor.organisation_id for auditor in auditors for key in auditor.keys}
        with transaction(self._bench.engine) as session:
            return self._tell_states(session, bodies) + self._tell_reveals(session, bodies)

    def _tell_states(self, session: Session, bodies: Mapping[str, str]) -> int:
        now, count = self._bench.clock(), 0
        query = select(StatementRow).where(col(StatementRow.kind).in_(_WORDS), StatementRow.created_at >= now - FRESH)
        for row in session.exec(query.order_by(col(StatementRow.log_index))).all():
            changed = state_row(session, row.about)
            reason = read_statement(body(session, row.digest).decode())[1].reason
            name, link = _named(changed)
            parties = {changed.producer_id}
            if isinstance(changed, ScopeRow):
                parties.add(bodies.get(changed.auditor, ""))
            text = f"The {name} {_WORDS[row.kind]}: {REASONS.get(reason, reason)}."
            for party_id in parties - {""}:
                if not _is_told(session, party_id, link, since=row.created_at):
                    tell(session, party_id, "state", text, link, now)
                    count += 1
        return count

    def _tell_reveals(self, session: Session, bodies: Mapping[str, str]) -> int:
        """Remind the bodies of auditors of values they have to reveal, once for each week of a scope."""
        now, count = self._bench.clock(), 0
        query = select(RevealRow, ScopeRow).join(ScopeRow, col(ScopeRow.digest) == RevealRow.scope_digest)
        owed = (RevealRow.value == "", col(ScopeRow.is_revoked).is_(False))
        for reveal, scope in session.exec(query.where(*owed)).all():
            body_id, link = bodies.get(scope.auditor, ""), f"/audit/scopes/{scope.digest}#{reveal.week}"
            if body_id and not _is_told(session, body_id, link):
                until = reveal.due_at.date()
                text = f"Reveal the value of week {reveal.week} for scope {scope.digest[:12]} by {until}."
                tell(session, body_id, "sample", text, link, now)
                count += 1
        return count


def _named(row: LabelRow | ScopeRow) -> tuple[str, str]:
    """Give how people call a label or a scope, and its page."""
    if isinstance(row, LabelRow):
        return f"label {row.id}", f"/L/{row.id}"
    return f"scope {row.digest[:12]}", f"/register/scopes/{row.digest}"


def _is_told(session: Session, party_id: str, link: str, *, since: datetime | None = None) -> bool:
    """Tell whether a party was told about a page already, or since a time."""
    known = select(NoticeRow.id).where(NoticeRow.party_id == party_id, NoticeRow.link == link)
    if since is not None:
        known = known.where(NoticeRow.created_at >= since)
    return session.exec(known).first() is not None
