"""What a party holds, or may look at: declarations, labels, samples. What is nobody's business of hers is not found."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, true
from sqlmodel import Session, col, func, select
from sqlmodel.sql.expression import Select

from label_service.accounts.parties import Party, as_party, party_row
from label_service.accounts.rights import Actor, Right
from label_service.certification.assigned import assigned_declarations
from label_service.certification.cutoff import COMPROMISED, cut_off
from label_service.errors import NotFound
from label_service.issuance.holding import handed_in, missing_files
from label_service.issuance.scheme import Scheme
from label_service.issuance.submission import Submission, read_submission
from label_service.label.statement import Statement, read_statement
from label_service.store.database import reading
from label_service.store.documents import body
from label_service.store.scheme_tables import SampleRow, ScopeRow, StatementRow
from label_service.store.tables import DeclarationRow, LabelRow

PAGE: Final = 50


@dataclass(frozen=True, slots=True)
class HeldDeclaration:
    """A declaration in a list.

    Attributes:
        waits_for: why it was not labelled by itself, one sentence each.
    """

    id: str
    name: str
    state: str
    waits_for: tuple[str, ...]
    label_id: str | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class HeldLabel:
    """A label in a list; a suspended scope suspends it too, and so does a compromised key behind it.

    Attributes:
        declaration_id: empty where another label was issued for the declaration since.
    """

    id: str
    name: str
    declaration_id: str
    is_revoked: bool
    is_suspended: bool
    status_reason: str
    successor: str | None
    scope_digest: str | None
    log_index: int
    issued_at: datetime

    @property
    def state(self) -> str:
        """What buyers see: valid, suspended, revoked or superseded."""
        if self.successor:
            return "superseded"
        if self.is_revoked:
            return "revoked"
        return "suspended" if self.is_suspended else "valid"


@dataclass(frozen=True, slots=True)
class HeldSample:
    """A label that was drawn to be audited again."""

    label_id: str
    name: str
    scope_digest: str
    week: str
    state: str
    due_at: datetime


class Holdings:
    """The declarations and labels of one installation, as an actor may see them."""

    def __init__(self, scheme: Scheme) -> None:
        self._engine = scheme.bench.engine
        self._register = scheme.register
        self._issuer = scheme.identity.did

    def declarations(self, actor: Actor, number: int = 1, state: str = "") -> tuple[list[HeldDeclaration], bool]:
        """Give a page of declarations, newest first, and whether there are more.

        A producer sees her own, a verifier those she was asked to look at, the operator all.
        """
        actor.check_may(Right.READ_OWN)
        query = select(DeclarationRow).where(_visible(actor)).order_by(col(DeclarationRow.created_at).desc())
        if state:
            query = query.where(DeclarationRow.state == state)
        query = query.order_by(col(DeclarationRow.id)).offset((number - 1) * PAGE).limit(PAGE + 1)
        with reading(self._engine) as session:
            found = [_declaration(row) for row in session.exec(query).all()]
        return found[:PAGE], len(found) > PAGE

    def declaration(self, actor: Actor, identifier: str) -> Submission:
        """Give a declaration that the actor may see, with what follows from it.

        Raises:
            NotFound: there is none, or it is not hers to see; the two look the same.
        """
        actor.check_may(Right.READ_OWN)
        with reading(self._engine) as session:
            query = select(DeclarationRow.id).where(DeclarationRow.id == identifier, _visible(actor))
            if session.exec(query).first() is None:
                raise NotFound(f"there is no declaration {identifier[:40]!r}")
            return read_submission(session, identifier)

    def counts(self, actor: Actor) -> dict[str, int]:
        """Give how many declarations are in which state."""
        actor.check_may(Right.READ_OWN)
        query = select(DeclarationRow.state, func.count()).where(_visible(actor)).group_by(DeclarationRow.state)
        with reading(self._engine) as session:
            return dict(session.exec(query).all())

    def party(self, actor: Actor) -> Party:
        """Give the actor's own party."""
        with reading(self._engine) as session:
            return as_party(party_row(session, actor.party_id))

    def refusal(self, found: Submission) -> Statement | None:
        """Give why an auditor refused a declaration, as she signed it; None when nobody did."""
        query = select(StatementRow.digest).where(
            StatementRow.kind == "refusal", StatementRow.about == found.declaration.digest
        )
        with reading(self._engine) as session:
            digest = session.exec(query.order_by(col(StatementRow.log_index).desc()).limit(1)).first()
            return read_statement(body(session, digest).decode())[1] if digest else None

    def missing_evidence(self, found: Submission) -> list[str]:
        """Give the names of evidence files that a declaration lists and nobody handed in who answers for them."""
        with reading(self._engine) as session:
            known = handed_in(session, [found.declaration])
        return missing_files(known, found.declaration)

    def labels(self, actor: Actor, number: int = 1) -> tuple[list[HeldLabel], bool]:
        """Give a page of labels of the actor's party, newest first, and whether there are more."""
        actor.check_may(Right.READ_OWN)
        query = _labels(actor).offset((number - 1) * PAGE).limit(PAGE + 1)
        with reading(self._engine) as session:
            rows = session.exec(query).all()
            return self._held(session, rows[:PAGE]), len(rows) > PAGE

    def label(self, actor: Actor, label_id: str) -> HeldLabel:
        """Give a label of the actor's party.

        Raises:
            NotFound: she has no such label.
        """
        actor.check_may(Right.READ_OWN)
        with reading(self._engine) as session:
            rows = session.exec(_labels(actor).where(LabelRow.id == label_id)).all()
            if not rows:
                raise NotFound(f"you have no label {label_id[:20]!a}")
            return self._held(session, rows[:1])[0]

    def later_labels(self, actor: Actor, label: HeldLabel) -> list[HeldLabel]:
        """Give the newest labels of the actor's party that were issued after one of them."""
        query = _labels(actor).where(LabelRow.log_index > label.log_index).limit(PAGE)
        with reading(self._engine) as session:
            return self._held(session, session.exec(query).all())

    def _held(
        self, session: Session, rows: Sequence[tuple[LabelRow, DeclarationRow | None, ScopeRow | None]]
    ) -> list[HeldLabel]:
        lost = cut_off(session, self._register.newest(session), self._issuer, [row for row, _, _ in rows])
        return [_label(*row, is_cut_off=row[0].id in lost) for row in rows]

    def samples(self, actor: Actor, *, is_open_only: bool = False) -> list[HeldSample]:
        """Give the labels of the actor's party that were drawn, the newest first."""
        actor.check_may(Right.READ_OWN)
        query = (
            select(SampleRow, DeclarationRow.name)
            .outerjoin(DeclarationRow, col(DeclarationRow.label_id) == col(SampleRow.label_id))
            .join(LabelRow, col(LabelRow.id) == col(SampleRow.label_id))
            .where(LabelRow.producer_id == actor.party_id)
            .order_by(col(SampleRow.due_at).desc())
        )
        if is_open_only:
            query = query.where(col(SampleRow.state).in_(("open", "overdue")))
        with reading(self._engine) as session:
            rows = session.exec(query.limit(PAGE)).all()
        return [
            HeldSample(row.label_id, name or row.label_id, row.scope_digest, row.week, row.state, row.due_at)
            for row, name in rows
        ]


def _labels(actor: Actor) -> Select[LabelRow, DeclarationRow, ScopeRow]:
    """Ask for the labels of the actor's party, newest first, with declaration and scope."""
    return (
        select(LabelRow, DeclarationRow, ScopeRow)
        .join(DeclarationRow, col(DeclarationRow.label_id) == col(LabelRow.id), isouter=True)
        .join(ScopeRow, col(ScopeRow.digest) == col(LabelRow.scope_digest), isouter=True)
        .where(LabelRow.producer_id == actor.party_id)
        .order_by(col(LabelRow.log_index).desc())
    )


def _visible(actor: Actor) -> ColumnElement[bool]:
    """Give the condition on declarations that an actor may see."""
    if actor.kind == "operator":
        return true()
    if actor.kind == "verifier":
        return assigned_declarations(actor.party_id)
    return col(DeclarationRow.producer_id) == actor.party_id


def _declaration(row: DeclarationRow) -> HeldDeclaration:
    return HeldDeclaration(
        id=row.id,
        name=row.name,
        state=row.state,
        waits_for=tuple(row.waits_for.splitlines()),
        label_id=row.label_id,
        created_at=row.created_at,
    )


def _label(row: LabelRow, declaration: DeclarationRow | None, scope: ScopeRow | None, *, is_cut_off: bool) -> HeldLabel:
    reason = row.status_reason or (scope.status_reason if scope else "") or (COMPROMISED if is_cut_off else "")
    return HeldLabel(
        id=row.id,
        name=declaration.name if declaration else f"label {row.id}",
        declaration_id=declaration.id if declaration else "",
        is_revoked=row.is_revoked or bool(scope and scope.is_revoked),
        is_suspended=row.is_suspended or bool(scope and scope.is_suspended) or is_cut_off,
        status_reason=reason,
        successor=row.successor,
        scope_digest=row.scope_digest,
        log_index=row.log_index,
        issued_at=row.issued_at,
    )
