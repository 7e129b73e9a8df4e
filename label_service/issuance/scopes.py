"""Scopes: a workshop attested once, whose goods are labelled at once while they lie inside it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from label_service.document import Party, validate
from label_service.errors import NotAttested, NotFound
from label_service.issuance.attested import check_new
from label_service.issuance.log import append_leaves
from label_service.issuance.producers import registered
from label_service.issuance.register import Register
from label_service.issuance.workbench import Workbench
from label_service.label.attestation import Attestation, ScopeAttestation, read_attestation
from label_service.label.scope import scope_leaf, scope_of
from label_service.store.database import reading, transaction
from label_service.store.documents import body, keep
from label_service.store.scheme_tables import ScopeRow


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


class Scopes:
    """The scopes of one installation."""

    def __init__(self, bench: Workbench, register: Register) -> None:
        self._bench = bench
        self._register = register

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
        now = self._bench.moment(session)
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
