"""What market surveillance may ask for: parties, labels, inventories, states, statements, cases, trust lists.

What is private stays private: no evidence, no declarations, no words of complainants and none of how to reach them.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import IO, Any, Final

from sqlalchemy import and_, or_
from sqlmodel import Session, col, select

from label_service.accounts.rights import Actor, Right
from label_service.certification.acts import note
from label_service.certification.archives import Archive
from label_service.errors import InvalidDocument
from label_service.issuance.scheme import Scheme
from label_service.store.database import reading, transaction
from label_service.store.documents import body
from label_service.store.party_tables import PartyRow
from label_service.store.scheme_tables import CaseRow, PublicationRow, ScopeRow, StatementRow
from label_service.store.tables import LabelRow, TrustListRow

_README: Final = """\
Export of a certification scheme for market surveillance.

parties.jsonl         organisations: kind, country, entry in a public register, state
labels.jsonl          labels issued in the period: state with reason and date, log entry, digests
labels/               each label as signed; inventories/, assessments/, attestations/ behind them by SHA-256
scopes.jsonl          scopes; their signed attestations are in attestations/
statements/           signed decisions, refusals, withdrawals, publications; statements.jsonl lists them
cases.jsonl           complaints and appeals: about what, state, dates, decision
trust_lists/          every trust list in force in the period
publications/         rule books, terms, records of consultations

Everything here can be held against the public log with `label-service verify` and `label-service audit-log`.
Not included are evidence files, declarations, and what was written in cases: ask for them by name.
"""


@dataclass(frozen=True, slots=True)
class Selection:
    """What is asked for.

    Attributes:
        since: first moment of the period, by the date of issue or decision.
        until: first moment after it.
        party_id: one producer or verifier; empty for all.
    """

    since: datetime
    until: datetime
    party_id: str = ""

    def __post_init__(self) -> None:
        if self.since >= self.until:
            raise InvalidDocument("expected a period that begins before it ends", where="until")


class Surveillance:
    """Hands out what authorities ask for."""

    def __init__(self, scheme: Scheme) -> None:
        self._bench = scheme.bench

    def write(self, actor: Actor, wanted: Selection, target: IO[bytes]) -> None:
        """Write an archive into a file that is open for writing; that it was made is noted.

        Raises:
            Refused: the actor does not run the scheme.
        """
        actor.check_may(Right.RUN_SCHEME)
        with Archive(target) as archive, reading(self._bench.engine) as session:
            archive.add("README.txt", _README.encode())
            archive.add_json("selection.json", {"origin": self._bench.identity.origin, **_named(wanted)})
            _add_parties(session, archive, wanted)
            _add_labels(session, archive, wanted)
            _add_scopes(session, archive, wanted)
            _add_statements(session, archive, wanted)
            _add_cases(session, archive, wanted)
            _add_trust_lists(session, archive, wanted)
            _add_publications(session, archive, wanted)
        now = self._bench.clock()
        with transaction(self._bench.engine) as session:
            note(session, actor, "export", wanted.party_id or "all", now=now, words=str(_named(wanted)))


def _named(wanted: Selection) -> dict[str, str]:
    return {"since": str(wanted.since.date()), "until": str(wanted.until.date()), "party": wanted.party_id}


def _add_parties(session: Session, archive: Archive, wanted: Selection) -> None:
    query = select(PartyRow).where(PartyRow.id == wanted.party_id) if wanted.party_id else select(PartyRow)
    archive.add_lines("parties.jsonl", [row.model_dump(exclude={"registration_key"}) for row in session.exec(query)])


def _is_label(wanted: Selection) -> list[Any]:
    conditions: list[Any] = [LabelRow.issued_at >= wanted.since, LabelRow.issued_at < wanted.until]
    return [*conditions, LabelRow.producer_id == wanted.party_id] if wanted.party_id else conditions


def _is_scope(wanted: Selection) -> list[Any]:
    conditions: list[Any] = [ScopeRow.created_at < wanted.until]
    return [*conditions, ScopeRow.producer_id == wanted.party_id] if wanted.party_id else conditions


def _add_labels(session: Session, archive: Archive, wanted: Selection) -> None:
    rows = session.exec(select(LabelRow).where(*_is_label(wanted)).order_by(col(LabelRow.log_index))).all()
    for row in rows:
        archive.add(f"labels/{row.id}.jwt", body(session, row.label_digest))
        archive.add(f"inventories/{row.inventory_digest}.json", body(session, row.inventory_digest))
        archive.add(f"assessments/{row.assessment_digest}.json", body(session, row.assessment_digest))
        archive.add(f"attestations/{row.attestation_digest}.jwt", body(session, row.attestation_digest))
    archive.add_lines("labels.jsonl", [row.model_dump(exclude={"qr_text"}) for row in rows])


def _add_scopes(session: Session, archive: Archive, wanted: Selection) -> None:
    rows = session.exec(select(ScopeRow).where(*_is_scope(wanted)).order_by(col(ScopeRow.log_index))).all()
    for row in rows:
        archive.add(f"attestations/{row.digest}.jwt", body(session, row.digest))
    archive.add_lines("scopes.jsonl", [row.model_dump() for row in rows])


def _add_statements(session: Session, archive: Archive, wanted: Selection) -> None:
    """Add what was said about the labels and scopes, and everything said in the period where no party is named."""
    about: list[Any] = [
        col(StatementRow.about).in_(select(LabelRow.id).where(*_is_label(wanted))),
        col(StatementRow.about).in_(select(ScopeRow.digest).where(*_is_scope(wanted))),
    ]
    if not wanted.party_id:
        at = col(StatementRow.created_at)
        about.append(and_(at >= wanted.since, at < wanted.until))
    rows = session.exec(select(StatementRow).where(or_(*about)).order_by(col(StatementRow.log_index))).all()
    for row in rows:
        archive.add(f"statements/{row.digest}.jwt", body(session, row.digest))
    archive.add_lines("statements.jsonl", [row.model_dump() for row in rows])


def _add_cases(session: Session, archive: Archive, wanted: Selection) -> None:
    query = select(CaseRow).where(CaseRow.created_at >= wanted.since, CaseRow.created_at < wanted.until)
    if wanted.party_id:
        query = query.where(CaseRow.party_id == wanted.party_id)
    shown: Any = {"contact", "secret_digest"}
    archive.add_lines("cases.jsonl", [row.model_dump(exclude=shown) for row in session.exec(query)])


def _add_trust_lists(session: Session, archive: Archive, wanted: Selection) -> None:
    """Add the lists made in the period, and the one in force when it began."""
    before = select(TrustListRow).where(TrustListRow.created_at < wanted.since)
    first = session.exec(before.order_by(col(TrustListRow.sequence).desc()).limit(1)).all()
    within = select(TrustListRow).where(TrustListRow.created_at >= wanted.since, TrustListRow.created_at < wanted.until)
    for row in [*first, *session.exec(within).all()]:
        archive.add(f"trust_lists/{row.sequence}.jwt", body(session, row.digest))


def _add_publications(session: Session, archive: Archive, wanted: Selection) -> None:
    for row in session.exec(select(PublicationRow).where(PublicationRow.published_at < wanted.until)).all():
        archive.add(f"publications/{row.kind}/{row.version}.md", body(session, row.digest))
