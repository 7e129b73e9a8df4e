"""The open register: producers, auditors, scopes, withdrawals and samples, as anybody may read them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Integer, and_, cast
from sqlmodel import Session, col, func, or_, select

from label_service.certification.cutoff import cut_off
from label_service.certification.entries import (
    Figures,
    Item,
    LabelEntry,
    Page,
    ProducerEntry,
    SampleEntry,
    ScopeEntry,
    ScopePage,
    Standing,
    StateEvent,
    StateName,
)
from label_service.errors import NotFound
from label_service.issuance.scheme import Scheme
from label_service.issuance.setup import timestamp
from label_service.issuance.states import state_row
from label_service.label.attestation import ScopeAttestation, read_attestation
from label_service.label.statement import read_statement
from label_service.store.database import reading
from label_service.store.documents import body
from label_service.store.party_tables import PartyRow
from label_service.store.scheme_tables import ActRow, CaseRow, SampleRow, ScopeRow, StatementRow
from label_service.store.tables import DeclarationRow, LabelRow, StoredDocument
from label_service.trust.trust_list import Auditor

PAGE: Final = 100
MOST_SCOPES: Final = 500
FEW: Final = 5  # cases below which people could be recognised
SUPERSEDED: Final = "superseded"
_WITHDRAWING: Final = ("suspension", "revocation", "recall", "withdrawal")
_IS_WITHDRAWN: Final = or_(
    col(LabelRow.is_suspended), and_(col(LabelRow.is_revoked), col(LabelRow.status_reason) != SUPERSEDED)
)
_EVENTS: Final = (*_WITHDRAWING, "reinstatement")


class OpenRegister:
    """Reads what is public about the parties of one installation."""

    def __init__(self, scheme: Scheme) -> None:
        self._scheme = scheme
        self._engine = scheme.bench.engine
        self._counted = 0, -1  # labels, and the log index of the last of them

    @property
    def _now(self) -> str:
        return timestamp(self._scheme.bench.clock())

    def producers(self, number: int = 1) -> Page[ProducerEntry]:
        """Give the producers in the order of their names."""
        query = select(PartyRow).where(PartyRow.kind == "producer").order_by(col(PartyRow.name), col(PartyRow.id))
        with reading(self._engine) as session:
            rows = session.exec(query.offset((number - 1) * PAGE).limit(PAGE + 1)).all()
            counts = _label_counts(session, [row.id for row in rows])
        return _page([_producer(row, counts) for row in rows], number)

    def auditors(self) -> tuple[Auditor, ...]:
        """Give the auditors of the trust list, present and former, in the order of body and name."""
        listed = self._scheme.register.current().auditors
        return tuple(sorted(listed, key=lambda auditor: (auditor.organisation.casefold(), auditor.name.casefold())))

    def scopes(self, number: int = 1, *, producer_id: str | None = None) -> Page[ScopeEntry]:
        """Give the scopes, newest first; those of one producer if named."""
        query = select(ScopeRow, PartyRow.name).outerjoin(PartyRow, col(PartyRow.id) == ScopeRow.producer_id)
        if producer_id is not None:
            query = query.where(ScopeRow.producer_id == producer_id)
        query = query.order_by(col(ScopeRow.log_index).desc()).offset((number - 1) * PAGE).limit(PAGE + 1)
        with reading(self._engine) as session:
            rows = session.exec(query).all()
        names = self._auditor_names()
        return _page([_scope(row, name, names, self._now) for row, name in rows], number)

    def scope(self, digest: str) -> ScopePage:
        """Give all that is public about a scope.

        Raises:
            NotFound: no such scope.
        """
        with reading(self._engine) as session:
            row = session.get(ScopeRow, digest)
            if row is None:
                raise NotFound("there is no such scope", hint="the register lists all scopes")
            party = session.get(PartyRow, row.producer_id)
            content = read_attestation(body(session, digest).decode())[1].subject
            samples = _samples(session, SampleRow.scope_digest == digest)
            words = _words_about(session, [digest]).get(digest, "")
        if not isinstance(content, ScopeAttestation):
            raise NotFound("there is no such scope", hint="the register lists all scopes")
        return ScopePage(
            entry=_scope(row, party.name if party else None, self._auditor_names(), self._now),
            content=content,
            words=words,
            labels=self.labels(scope_digest=digest).items,
            samples=samples,
            log_index=row.log_index,
        )

    def scope_token(self, digest: str) -> bytes:
        """Give the auditor's signed token of a scope.

        Raises:
            NotFound: no such scope.
        """
        with reading(self._engine) as session:
            if session.get(ScopeRow, digest) is None:
                raise NotFound("there is no such scope", hint="the register lists all scopes")
            return body(session, digest)

    def labels(
        self, number: int = 1, *, producer_id: str | None = None, scope_digest: str | None = None
    ) -> Page[LabelEntry]:
        """Give the labels of a producer, or of a scope, newest first."""
        query = (
            select(LabelRow, DeclarationRow.name, ScopeRow)
            .join(DeclarationRow, col(DeclarationRow.label_id) == LabelRow.id)
            .outerjoin(ScopeRow, col(ScopeRow.digest) == LabelRow.scope_digest)
        )
        if producer_id is not None:
            query = query.where(LabelRow.producer_id == producer_id)
        if scope_digest is not None:
            query = query.where(LabelRow.scope_digest == scope_digest)
        query = query.order_by(col(LabelRow.log_index).desc()).offset((number - 1) * PAGE).limit(PAGE + 1)
        with reading(self._engine) as session:
            rows = session.exec(query).all()
            listed, issuer = self._scheme.register.newest(session), self._scheme.identity.did
            lost = cut_off(session, listed, issuer, [row for row, _, _ in rows])
        return _page([_label(row, name, scope, is_cut_off=row.id in lost) for row, name, scope in rows], number)

    def samples(self) -> tuple[SampleEntry, ...]:
        """Give the newest labels that were drawn for another look."""
        with reading(self._engine) as session:
            return _samples(session)

    def withdrawn_labels(self, number: int = 1) -> Page[Standing]:
        """Give the labels that are suspended or revoked now, newest first; not those a newer label replaces."""
        newest = select(LabelRow.id).where(_IS_WITHDRAWN, col(LabelRow.status_at).is_not(None))
        newest = newest.order_by(col(LabelRow.status_at).desc()).offset((number - 1) * PAGE).limit(PAGE + 1)
        query = (
            select(LabelRow, DeclarationRow.name, PartyRow.name)
            .outerjoin(DeclarationRow, col(DeclarationRow.label_id) == LabelRow.id)
            .outerjoin(PartyRow, col(PartyRow.id) == LabelRow.producer_id)
            .where(col(LabelRow.id).in_(newest))
            .order_by(col(LabelRow.status_at).desc(), col(LabelRow.id))
        )
        with reading(self._engine) as session:
            rows = session.exec(query).all()
            words = _words_about(session, [row.id for row, _, _ in rows])
        found = [_standing(row, name, party, words) for row, name, party in rows]
        return _page(found, number)

    def withdrawn_scopes(self) -> tuple[Standing, ...]:
        """Give the scopes that are suspended or revoked now, newest first."""
        query = (
            select(ScopeRow, PartyRow.name)
            .outerjoin(PartyRow, col(PartyRow.id) == ScopeRow.producer_id)
            .where(or_(col(ScopeRow.is_suspended), col(ScopeRow.is_revoked)))
            .order_by(col(ScopeRow.status_at).desc(), col(ScopeRow.digest))
        )
        with reading(self._engine) as session:
            rows = session.exec(query.limit(MOST_SCOPES)).all()
            words = _words_about(session, [row.digest for row, _ in rows])
        return tuple(_standing(row, None, party, words) for row, party in rows)

    def events(self, limit: int = PAGE) -> list[StateEvent]:
        """Give the newest public changes of state: suspended, revoked, recalled, withdrawn, reinstated."""
        query = (
            select(StatementRow, StoredDocument.body)
            .join(StoredDocument, col(StoredDocument.digest) == StatementRow.digest)
            .where(col(StatementRow.kind).in_(_EVENTS))
            .order_by(col(StatementRow.log_index).desc())
            .limit(limit)
        )
        with reading(self._engine) as session:
            rows = session.exec(query).all()
        return [
            StateEvent(row.digest, read_statement(text.decode())[1], row.created_at, row.log_index)
            for row, text in rows
        ]

    def standing(self, about: str) -> Standing:
        """Give how a label, by its id, or a scope, by its digest, stands now by its own decisions.

        Raises:
            NotFound: there is neither.
        """
        with reading(self._engine) as session:
            row = state_row(session, about)
            party = session.get(PartyRow, row.producer_id)
            name = session.exec(select(DeclarationRow.name).where(DeclarationRow.label_id == about)).first()
            words = _words_about(session, [about])
        return _standing(row, name, party.name if party else None, words)

    def figures(self) -> Figures:
        """Give the scheme in numbers: parties, labels, samples by result, cases by kind and outcome."""
        samples = select(SampleRow.state, func.count()).group_by(col(SampleRow.state))
        cases = select(CaseRow.kind, CaseRow.state, func.count()).group_by(col(CaseRow.kind), col(CaseRow.state))
        with reading(self._engine) as session:
            return Figures(
                producers=session.exec(select(func.count()).where(PartyRow.kind == "producer")).one(),
                labels=self._count_labels(session),
                withdrawn=_count_withdrawn(session),
                samples=dict(session.exec(samples).all()),
                cases={f"{kind} {state}": count for kind, state, count in session.exec(cases).all()},
                few=FEW,
            )

    def _count_labels(self, session: Session) -> int:
        """Count the labels; those counted before are not counted again."""
        counted, last = self._counted
        query = select(func.count(), func.max(LabelRow.log_index)).where(LabelRow.log_index > last)
        new, newest = session.exec(query).one()
        self._counted = counted + new, last if newest is None else newest
        return counted + new

    def words_about_party(self, party_id: str) -> str:
        """Give the public words of the newest decision about a party's participation; empty when there is none."""
        query = select(ActRow.words).where(ActRow.about == party_id, col(ActRow.kind).in_(("party", "readmit")))
        with reading(self._engine) as session:
            return session.exec(query.order_by(col(ActRow.id).desc()).limit(1)).first() or ""

    def words_of_change(self, about: Sequence[str], at: datetime) -> str:
        """Give the words of the statement that withdrew a label, or its scope, at a time; empty when there is none."""
        query = (
            select(StoredDocument.body)
            .join(StatementRow, col(StatementRow.digest) == StoredDocument.digest)
            .where(col(StatementRow.about).in_(about), col(StatementRow.kind).in_(_WITHDRAWING))
            .where(StatementRow.created_at == at)
            .order_by(col(StatementRow.log_index).desc())
            .limit(1)
        )
        with reading(self._engine) as session:
            text = session.exec(query).first()
        return read_statement(text.decode())[1].text if text else ""

    def _auditor_names(self) -> dict[str, str]:
        """Give the name of each auditor by the id and by the kids of her keys."""
        listed = self._scheme.register.current().auditors
        names = {auditor.id: auditor.name for auditor in listed}
        return names | {key.kid: auditor.name for auditor in listed for key in auditor.keys}


def _page(found: Sequence[Item], number: int) -> Page[Item]:
    return Page(tuple(found[:PAGE]), number, has_more=len(found) > PAGE)


def _count_withdrawn(session: Session) -> int:
    """Count what does not count, by the indices of the few rows concerned."""
    own = or_(col(LabelRow.is_revoked).is_(True), col(LabelRow.is_suspended).is_(True))
    is_gone = or_(col(ScopeRow.is_revoked).is_(True), col(ScopeRow.is_suspended).is_(True))
    scopes = select(ScopeRow.digest).where(is_gone)
    count = select(func.count()).select_from(LabelRow)
    by_scope = count.where(col(LabelRow.scope_digest).in_(scopes), ~own)
    return session.exec(count.where(own)).one() + session.exec(by_scope).one()


def counts_not() -> ColumnElement[bool]:
    """Give whether a label does not count, by itself or by its scope."""
    states = (LabelRow.is_revoked, LabelRow.is_suspended, ScopeRow.is_revoked, ScopeRow.is_suspended)
    return or_(*(col(state).is_(True) for state in states))


def _label_counts(session: Session, producers: Sequence[str]) -> Mapping[str, tuple[int, int]]:
    """Give, for each producer, how many labels were issued and how many do not count, by themselves or their scope."""
    query = (
        select(LabelRow.producer_id, func.count(), func.coalesce(func.sum(cast(counts_not(), Integer)), 0))
        .outerjoin(ScopeRow, col(ScopeRow.digest) == LabelRow.scope_digest)
        .where(col(LabelRow.producer_id).in_(producers))
        .group_by(col(LabelRow.producer_id))
    )
    return {producer: (count, withdrawn) for producer, count, withdrawn in session.exec(query).all()}


def _producer(row: PartyRow, counts: Mapping[str, tuple[int, int]]) -> ProducerEntry:
    count, withdrawn = counts.get(row.id, (0, 0))
    return ProducerEntry(row.id, row.name, row.country, row.state, row.created_at, count - withdrawn, withdrawn)


def _state(row: LabelRow | ScopeRow) -> StateName:
    if row.is_revoked:
        return "superseded" if row.status_reason == SUPERSEDED else "revoked"
    return "suspended" if row.is_suspended else "valid"


def _scope(row: ScopeRow, producer: str | None, auditors: Mapping[str, str], now: str) -> ScopeEntry:
    state = _state(row)
    return ScopeEntry(
        digest=row.digest,
        producer_id=row.producer_id,
        producer=producer or row.producer_id,
        auditor=auditors.get(row.auditor, row.auditor),
        used=row.used,
        quantity=row.quantity,
        valid_from=row.valid_from,
        valid_until=row.valid_until,
        state="expired" if state == "valid" and now > row.valid_until else state,
        reason=row.status_reason if state in {"suspended", "revoked"} else "",
        status_at=row.status_at,
    )


def _label(row: LabelRow, name: str, scope: ScopeRow | None, *, is_cut_off: bool) -> LabelEntry:
    """Give a label with its own state, or that of its scope, or suspended where a key behind it was compromised."""
    state = _state(row)
    if scope is not None and state == "valid":
        state = _state(scope)
    if is_cut_off and state == "valid":
        state = "suspended"
    return LabelEntry(row.id, name, state, row.issued_at, row.scope_position)


def _samples(session: Session, *conditions: Any) -> tuple[SampleEntry, ...]:
    query = select(SampleRow, DeclarationRow.name).where(*conditions)
    query = query.outerjoin(DeclarationRow, col(DeclarationRow.label_id) == col(SampleRow.label_id))
    query = query.order_by(col(SampleRow.due_at).desc(), col(SampleRow.label_id))
    rows = session.exec(query.limit(PAGE)).all()
    return tuple(
        SampleEntry(row.label_id, name or row.label_id, row.scope_digest, row.week, row.state, row.due_at)
        for row, name in rows
    )


def _standing(row: LabelRow | ScopeRow, name: str | None, producer: str | None, words: Mapping[str, str]) -> Standing:
    is_label, counts_not = isinstance(row, LabelRow), row.is_suspended or row.is_revoked
    identifier = row.id if isinstance(row, LabelRow) else row.digest
    return Standing(
        kind="label" if is_label else "scope",
        id=identifier,
        name=name or identifier[:13],
        producer=producer or row.producer_id,
        state=_state(row),
        reason=row.status_reason if counts_not else "",
        words=words.get(identifier, "") if counts_not else "",
        at=row.status_at,
    )


def _words_about(session: Session, identifiers: Sequence[str]) -> dict[str, str]:
    """Give the words of the newest statement that withdrew each of some labels and scopes."""
    query = (
        select(StatementRow.about, StoredDocument.body)
        .join(StoredDocument, col(StoredDocument.digest) == StatementRow.digest)
        .where(col(StatementRow.about).in_(identifiers), col(StatementRow.kind).in_(_WITHDRAWING))
        .order_by(col(StatementRow.log_index))
    )
    return {about: read_statement(text.decode())[1].text for about, text in session.exec(query).all()}
