"""Scopes: a workshop attested once, whose goods are labelled at once while they lie inside it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final, NamedTuple

from sqlalchemy import bindparam, update
from sqlmodel import Session, col, select

from label_service.assessment import assess
from label_service.declaration import Party
from label_service.document import validate
from label_service.errors import LabelServiceError, NotAttested, NotFound, VerificationError
from label_service.factors.release import find_release
from label_service.inventory.build import build_inventory
from label_service.issuance.attested import Attested, check_kept, check_new
from label_service.issuance.log import append_leaves
from label_service.issuance.producers import registered
from label_service.issuance.readiness import unpublished
from label_service.issuance.register import Register
from label_service.issuance.submission import Submission
from label_service.issuance.weeks import close_weeks
from label_service.issuance.workbench import Workbench
from label_service.issuance.writing import LabelWriter, Written
from label_service.label.attestation import Attestation, ScopeAttestation, read_attestation
from label_service.label.content import ScopePlace
from label_service.label.lots import outside_lots
from label_service.label.scope import outside, scope_leaf, scope_of
from label_service.store.database import reading, transaction
from label_service.store.documents import body, keep
from label_service.store.scheme_tables import EvidenceRow, RevealRow, ScopeRow, WeekRow
from label_service.store.tables import LotUse
from label_service.tlog.week import week_of

MAX_WAITS_FOR: Final = 4000  # characters of the column
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
            return (f"the scope is {'revoked' if row.is_revoked else 'suspended'} ({row.status_reason})",), None
        parties = (found.inventory.producer, *found.inventory.partners)
        present = self._register.present(session, now)
        try:
            attested = check_kept(body(session, row.digest).decode(), present, parties)
        except LabelServiceError as error:
            return (error.detail,), None
        reasons = [reason.words for reason in outside(found.inventory, attested.content, present.at, row.used)]
        reasons += [*held_back(session, found), *lots_beyond(session, found, attested.content)]
        reasons += [f"the scheme has not published: {name}" for name in unpublished(session, self._bench.identity)]
        reasons += _owed(session, row.digest, now)
        week = week_of(present.at)
        if session.get(WeekRow, week) is not None:
            reasons.append(f"the week {week} is closed already: the clock of the service went back")
        return tuple(reasons), attested

    def _write(
        self, session: Session, found: Submission, row: ScopeRow, attested: Attested, now: datetime
    ) -> Written | None:
        _check_computed(found)
        items = found.inventory.quantity
        if not session.exec(_USE, params={"scope": row.digest, "items": items}).rowcount:
            raise NotAttested("the scope was used up meanwhile")
        place = ScopePlace(digest=row.digest, position=row.used + items, of=row.quantity)
        return self._writer.write(session, found, attested, now, place)


def _owed(session: Session, digest: str, now: datetime) -> Iterator[str]:
    """Say which values of a scope are overdue: it is about to be suspended, and nothing is logged in it meanwhile."""
    query = select(RevealRow).where(
        RevealRow.scope_digest == digest, RevealRow.value == "", col(RevealRow.due_at) < now
    )
    for row in session.exec(query):
        yield f"the auditor has not revealed the value of {row.week}, which was due"


def _check_computed(found: Submission) -> None:
    """Compute the figures again: no auditor vouches for the digests of goods in a scope, as she does for single ones.

    Raises:
        VerificationError: the kept documents do not follow from each other.
    """
    release = find_release(found.inventory.release_digest)
    inventory = build_inventory(found.declaration, release, release.digest)
    if inventory != found.inventory or assess(inventory, release) != found.assessment:
        raise VerificationError("the kept inventory or assessment does not follow from the declaration")


def held_back(session: Session, found: Submission) -> list[str]:
    """Give why a person has to look at a declaration, whatever scope it lies in: findings, and missing evidence."""
    reasons = [
        f"finding {item.rule} asks for evidence: {item.message}"
        for item in found.findings
        if item.severity == "evidence"
    ]
    digests = [item.digest for item in found.declaration.evidence]
    query = select(EvidenceRow.digest).where(
        EvidenceRow.party_id == found.declaration.producer.id,
        col(EvidenceRow.digest).in_(digests),
        col(EvidenceRow.removed_at).is_(None),
    )
    known = set(session.exec(query)) if digests else set()
    missing = [item.name for item in found.declaration.evidence if item.digest not in known]
    return [*reasons, *(f"the evidence file {name} was not handed in" for name in missing)]


def lots_beyond(session: Session, found: Submission, attestation: Attestation) -> list[str]:
    """Say where goods take material from other lots than the auditor saw, or more than was bought of them."""
    names = {line.lot for line in found.declaration.materials if line.lot}
    query = select(LotUse.lot, LotUse.mass_kg).where(
        LotUse.producer_id == found.declaration.producer.id,
        LotUse.declaration_id != found.id,
        col(LotUse.lot).in_(names),
    )
    others_kg: dict[str, Decimal] = {}
    for lot, mass_kg in session.exec(query) if names else ():
        others_kg[lot] = others_kg.get(lot, Decimal(0)) + Decimal(mass_kg)
    return [reason.words for reason in outside_lots(found.declaration, attestation, others_kg)]


def in_words(reasons: Sequence[str]) -> str:
    """Give reasons as the column keeps them: one a line, as many as fit."""
    text = ""
    for reason in reasons:
        line = " ".join(reason.split())[:1000] + "\n"
        if len(text) + len(line) > MAX_WAITS_FOR:
            break
        text += line
    return text.rstrip("\n")


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
