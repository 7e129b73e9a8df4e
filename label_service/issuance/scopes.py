"""Scopes: a workshop attested once, whose goods are labelled at once while they lie inside it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import bindparam, update
from sqlmodel import Session, col, select

from label_service.declaration import Party
from label_service.document import validate
from label_service.errors import LabelServiceError, NotAttested, NotFound
from label_service.issuance.attested import Attested, check_kept, check_new
from label_service.issuance.holding import (
    check_computed,
    evidence_missing,
    findings_open,
    lots_beyond,
    values_owed,
    week_closed,
)
from label_service.issuance.log import append_leaves
from label_service.issuance.producers import registered
from label_service.issuance.readiness import unpublished
from label_service.issuance.reasons import REASONS
from label_service.issuance.register import Register
from label_service.issuance.states import is_withdrawn
from label_service.issuance.submission import Submission
from label_service.issuance.weeks import close_weeks
from label_service.issuance.workbench import Workbench
from label_service.issuance.writing import LabelWriter, Written
from label_service.label.attestation import Attestation, ScopeAttestation, read_attestation
from label_service.label.content import ScopePlace
from label_service.label.scope import outside, scope_leaf, scope_of
from label_service.store.database import reading, transaction
from label_service.store.documents import body, keep
from label_service.store.scheme_tables import ScopeRow

_SCOPES = ScopeRow.metadata.tables["scope"]
_USE = (
    update(_SCOPES)
    .where(
        _SCOPES.c.digest == bindparam("scope"),
        _SCOPES.c.used + bindparam("items") <= _SCOPES.c.quantity,
        _SCOPES.c.is_suspended.is_(False),
        _SCOPES.c.is_revoked.is_(False),
    )
    .values(used=_SCOPES.c.used + bindparam("items"))
)


@dataclass(frozen=True)
class Scope:
    """A scope as the service keeps it."""

    digest: str
    token: str
    attestation: Attestation
    used: int
    log_index: int
    is_revoked: bool
    is_suspended: bool
    status_reason: str
    status_at: datetime | None
    created_at: datetime

    @property
    def subject(self) -> ScopeAttestation:
        """What is attested of the workshop."""
        return scope_of(self.attestation)

    @property
    def left(self) -> int:
        """Items that may still be labelled."""
        return max(0, self.subject.quantity - self.used)


class Outcome(NamedTuple):
    """What became of a declaration that was held against the scopes of its producer.

    Attributes:
        written: the label, where it lies inside one.
        waits_for: else why it does not, one sentence each; empty when the producer has no scope.
        attestation: token of the scope it was labelled in.
    """

    written: Written | None
    waits_for: tuple[str, ...] = ()
    attestation: str = ""


class Scopes:
    """The scopes of one installation."""

    def __init__(self, bench: Workbench, register: Register, writer: LabelWriter) -> None:
        self._bench = bench
        self._register = register
        self._writer = writer

    def add(self, token_text: str) -> Scope:
        """Take the attestation of a workshop and log it; the same one twice is one scope.

        Raises:
            InvalidDocument: not an attestation.
            VerificationError: signature, key or accreditation does not hold, or two of the parties are one.
            NotAttested: not of a scope, for another scheme, out of its time, or with the hash chain of another scope.
            StoreUnavailable, LogFault: the log cannot be written; hand the same attestation in again.
        """
        with transaction(self._bench.engine) as session:
            digest = self._keep(session, token_text)
        self._bench.mark_changed()
        self._bench.sequencer.catch_up()
        return self.get(digest)

    def _keep(self, session: Session, token_text: str) -> str:
        now = self._bench.clock()
        token, content = read_attestation(token_text)
        if session.get(ScopeRow, token.digest) is not None:
            return token.digest
        scope = scope_of(content)
        self._check(session, token_text, scope, now)
        _check_chain(session, scope.chain_commitment)
        leaf = scope_leaf(scope, token.digest, token.kid)
        (position,) = append_leaves(session, [leaf], now)
        row = ScopeRow(
            digest=keep(session, "attestation", token_text.encode("ascii"), now),
            producer_id=scope.producer,
            auditor=token.kid,
            commitment=scope.chain_commitment,
            quantity=scope.quantity,
            log_index=position,
            valid_from=content.valid_from,
            valid_until=content.valid_until,
            created_at=now,
        )
        session.add(row)
        return token.digest

    def _check(self, session: Session, token_text: str, scope: ScopeAttestation, now: datetime) -> None:
        identity = self._bench.identity
        if scope.demo != identity.is_demo:
            raise NotAttested("expected a scope of a demonstration, or of a scheme, as this installation is")
        if not identity.is_demo:
            registered(session, scope.producer)
        check_new(token_text, self._register.present(session, now), (_producer(scope),))

    def get(self, digest: str) -> Scope:
        """Give a scope.

        Raises:
            NotFound: no such scope, or its leaf is not under a checkpoint yet.
        """
        with reading(self._bench.engine) as session:
            row = session.get(ScopeRow, digest)
            if row is None or not self._bench.sequencer.covers(row.log_index):
                raise NotFound(f"there is no scope {digest[:64]!a}")
            return _scope(session, row)

    def of(self, producer_id: str) -> list[Scope]:
        """Give the scopes of a producer, the newest first."""
        with reading(self._bench.engine) as session:
            return [_scope(session, row) for row in reversed(_rows_of(session, producer_id))]

    def recent(self, limit: int = 100) -> list[Scope]:
        """Give the newest scopes of all producers."""
        with reading(self._bench.engine) as session:
            rows = session.exec(select(ScopeRow).order_by(col(ScopeRow.log_index).desc()).limit(limit)).all()
            return [_scope(session, row) for row in rows]

    def label(self, session: Session, found: Submission, now: datetime) -> Outcome:
        """Label a declaration inside a scope of its producer, the oldest that fits; else say what it waits for.

        Position and label are one unit of work, so that no scope is ever used beyond its number of items.
        """
        rows = _rows_of(session, found.declaration.producer.id)
        if rows:
            close_weeks(session, now)
        nearest: tuple[str, ...] = ()
        for row in rows:
            reasons, attested = self._against(session, found, row, now)
            if attested is not None and not reasons:
                return Outcome(self._write(session, found, row, attested, now), attestation=attested.token.text)
            nearest = min(reasons, nearest or reasons, key=len)
        return Outcome(None, nearest)

    def _against(
        self, session: Session, found: Submission, row: ScopeRow, now: datetime
    ) -> tuple[tuple[str, ...], Attested | None]:
        """Hold a declaration against one scope; give why it is outside, and who attested."""
        if row.is_revoked or row.is_suspended:
            why = REASONS.get(row.status_reason, row.status_reason)
            return (f"the scope is {'revoked' if row.is_revoked else 'suspended'}: {why}",), None
        if is_withdrawn(session, row.digest):
            return ("the auditor withdrew the scope",), None
        parties = (found.inventory.producer, *found.inventory.partners)
        present = self._register.present(session, now)
        try:
            attested = check_kept(body(session, row.digest).decode(), present, parties)
        except LabelServiceError as error:
            return (error.detail,), None
        reasons = [reason.words for reason in outside(found.inventory, attested.content, present.at, row.used)]
        reasons += [f"the scheme has not published: {name}" for name in unpublished(session, self._bench.identity)]
        reasons += [
            *findings_open(found),
            *evidence_missing(session, found),
            *lots_beyond(session, found, attested.content),
            *values_owed(session, row.digest, now),
            *week_closed(session, present.at),
        ]
        return tuple(reasons), attested

    def _write(self, session: Session, found: Submission, row: ScopeRow, attested: Attested, now: datetime) -> Written:
        check_computed(found)
        items = found.inventory.quantity
        if not session.exec(_USE, params={"scope": row.digest, "items": items}).rowcount:
            raise NotAttested("the scope was used up meanwhile")
        place = ScopePlace(digest=row.digest, position=row.used + items, of=row.quantity)
        sheet = self._writer.sheet(session, now)
        written = sheet.add(found, attested, place)
        sheet.write()
        return written


def _rows_of(session: Session, producer_id: str) -> Sequence[ScopeRow]:
    query = select(ScopeRow).where(ScopeRow.producer_id == producer_id).order_by(col(ScopeRow.log_index))
    return session.exec(query).all()


def _scope(session: Session, row: ScopeRow) -> Scope:
    text = body(session, row.digest).decode()
    return Scope(
        digest=row.digest,
        token=text,
        attestation=read_attestation(text)[1],
        used=row.used,
        log_index=row.log_index,
        is_revoked=row.is_revoked,
        is_suspended=row.is_suspended,
        status_reason=row.status_reason,
        status_at=row.status_at,
        created_at=row.created_at,
    )


def _producer(scope: ScopeAttestation) -> Party:
    return validate(Party, {"id": scope.producer, "name": scope.site_name, "country": scope.country})


def _check_chain(session: Session, commitment: str) -> None:
    """Refuse a hash chain that another scope commits to: its values would be known before their weeks."""
    if session.exec(select(ScopeRow.digest).where(ScopeRow.commitment == commitment)).first():
        raise NotAttested("another scope commits to the same hash chain", hint="make a new chain for each scope")
