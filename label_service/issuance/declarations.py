"""Taking declarations: checked, turned into an inventory, assessed; all three documents are kept together.

A declaration inside a scope of its producer is labelled in the same unit of work.
"""

import uuid
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import bindparam
from sqlmodel import Session, col, select

from label_service.assessment import Assessment, assess
from label_service.declaration import Declaration
from label_service.errors import Conflict, Refused
from label_service.inventory import Inventory
from label_service.inventory.build import build_inventory
from label_service.issuance.holding import in_words
from label_service.issuance.markets import rules_against
from label_service.issuance.producers import check_producer
from label_service.issuance.releases import Releases
from label_service.issuance.scopes import Scopes
from label_service.issuance.submission import Submission, declaration_row, read_submission
from label_service.issuance.uses import check_uses, note_uses
from label_service.issuance.workbench import Workbench
from label_service.plausibility import Finding, check, reject
from label_service.store.database import reading, transaction
from label_service.store.documents import keep
from label_service.store.tables import DeclarationRow

_KNOWN = select(DeclarationRow.id).where(col(DeclarationRow.declaration_digest) == bindparam("digest"))
_OPEN = frozenset({"assessed", "waiting"})  # states in which a scope may still label it


class Declarations:
    """The declarations of one installation."""

    def __init__(self, bench: Workbench, scopes: Scopes, releases: Releases) -> None:
        self._bench = bench
        self._scopes = scopes
        self._releases = releases

    def submit(self, declaration: Declaration, *, party: str | None = None) -> Submission:
        """Take a declaration, assess it and keep all three documents; inside a scope it is labelled at once.

        The same declaration twice is one submission, which is held against the scopes again while it waits.

        Args:
            declaration: what was made.
            party: id of the producer who hands it in; a scheme takes none without, a demo needs none.

        Raises:
            Implausible, MissingInput, MissingFactor, InvalidAmount: it cannot be assessed; nothing is kept.
            Refused: a DEMO declaration in a scheme, or the other way round; or of a producer who takes no part.
            StoreUnavailable, LogFault: the log cannot be written; hand it in again.
        """
        self._check_mode(declaration)
        release = self._releases.current()
        findings = check(declaration, release, release.keys("bounds"))
        reject(findings)
        inventory = build_inventory(declaration, release, release.digest)
        taken = _Taken(declaration, inventory, assess(inventory, release), findings)
        with transaction(self._bench.engine) as session:
            if not self._bench.identity.is_demo:
                check_producer(session, declaration, party)
            now = self._bench.clock()
            found = _kept(session, taken, now)
            if found.state in _OPEN and found.assessment.grade is not None:  # without a grade no scope helps
                found = self._held_against_scopes(session, found, now)
        self._bench.mark_changed()
        if found.label_id:
            self._bench.sequencer.catch_up()
        return found

    def get(self, identifier: str) -> Submission:
        """Give a declaration and what follows from it.

        Raises:
            NotFound: no such declaration.
        """
        with reading(self._bench.engine) as session:
            return read_submission(session, identifier)

    def recent(self, limit: int = 100) -> list[DeclarationRow]:
        """Give the newest declarations."""
        with reading(self._bench.engine) as session:
            query = select(DeclarationRow).order_by(col(DeclarationRow.created_at).desc()).limit(limit)
            return list(session.exec(query).all())

    def _check_mode(self, declaration: Declaration) -> None:
        is_demo = self._bench.identity.is_demo
        if declaration.demo != is_demo:
            raise Refused(
                f"this installation runs in {'demo' if is_demo else 'scheme'} mode",
                hint=f"set demo to {str(is_demo).lower()}",
            )

    def _held_against_scopes(self, session: Session, found: Submission, now: datetime) -> Submission:
        """Label it inside a scope, or keep why not."""
        if rules := rules_against(session, found.declaration):
            return _settled(
                session, found, "assessed", [f"no grade in {rule.country}: {rule.reason}" for rule in rules]
            )
        outcome = self._scopes.label(session, found, now)
        if outcome.written is None:
            return _settled(session, found, "waiting" if outcome.waits_for else "assessed", outcome.waits_for)
        label_id = outcome.written.label_id
        return replace(found, state="labelled", waits_for=(), label_id=label_id, attestation=outcome.attestation)


class _Taken(NamedTuple):
    """A declaration with what follows from it, before it is kept."""

    declaration: Declaration
    inventory: Inventory
    assessment: Assessment
    findings: tuple[Finding, ...]


def _kept(session: Session, taken: _Taken, now: datetime) -> Submission:
    """Keep a declaration with its documents; the same one is kept once, with the documents it had then."""
    declaration = taken.declaration
    known = session.exec(_KNOWN, params={"digest": declaration.digest}).first()
    if known:
        return read_submission(session, known)
    row = DeclarationRow(
        id=str(uuid.uuid4()),
        state="assessed",
        producer_id=declaration.producer.id,
        name=declaration.product.name,
        declaration_digest=keep(session, "declaration", declaration.to_bytes(), now),
        inventory_digest=keep(session, "inventory", taken.inventory.to_bytes(), now),
        assessment_digest=keep(session, "assessment", taken.assessment.to_bytes(), now),
        created_at=now,
    )
    session.add(row)
    session.flush()
    note_uses(session, declaration, row)
    session.flush()
    findings = taken.findings + tuple(check_uses(session, declaration, row))
    return Submission(row.id, row.state, declaration, taken.inventory, taken.assessment, findings, None, None)


def _settled(session: Session, found: Submission, state: str, waits_for: Sequence[str]) -> Submission:
    """Keep that a declaration was not labelled, and why."""
    row = declaration_row(session, found.id)
    row.state, row.waits_for = state, in_words(waits_for)
    session.add(row)
    return replace(found, state=state, waits_for=tuple(row.waits_for.splitlines()))


def reopen(session: Session, identifier: str) -> None:
    """Let a refused declaration be attested after all, as an appeal that is upheld asks for.

    Raises:
        NotFound: no such declaration.
        Conflict: it was not refused.
    """
    row = declaration_row(session, identifier)
    if row.state != "refused":
        raise Conflict(f"the declaration is {row.state}, not refused")
    row.state, row.waits_for = "waiting", "an appeal was upheld: an auditor looks at it again"
    session.add(row)
