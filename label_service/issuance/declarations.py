"""Taking declarations: checked, turned into an inventory, assessed; all three documents are kept together.

A declaration inside a scope of its producer is labelled in the same unit of work.
"""

import uuid
from datetime import datetime

from sqlmodel import Session, col, select

from label_service.assessment import Assessment, assess
from label_service.declaration import Declaration
from label_service.errors import Conflict, Refused
from label_service.factors.release import load_release
from label_service.inventory import Inventory
from label_service.inventory.build import build_inventory
from label_service.issuance.markets import rules_against
from label_service.issuance.producers import check_producer
from label_service.issuance.scopes import Scopes, in_words
from label_service.issuance.submission import Submission, declaration_row, read_submission
from label_service.issuance.uses import note_uses
from label_service.issuance.workbench import Workbench
from label_service.plausibility import check, reject
from label_service.store.database import reading, transaction
from label_service.store.documents import keep
from label_service.store.tables import DeclarationRow

_OPEN = frozenset({"assessed", "waiting"})  # states in which a scope may still label it


class Declarations:
    """The declarations of one installation."""

    def __init__(self, bench: Workbench, scopes: Scopes) -> None:
        self._bench = bench
        self._scopes = scopes

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
        release = load_release()
        reject(check(declaration, release, release.keys("bounds")))
        inventory = build_inventory(declaration, release, release.digest)
        assessment = assess(inventory, release)
        with transaction(self._bench.engine) as session:
            if not self._bench.identity.is_demo:
                check_producer(session, declaration, party)
            now = self._bench.clock()
            row = _kept(session, declaration, inventory, assessment, now)
            note_uses(session, declaration, row)
            session.flush()
            if row.state in _OPEN:
                self._hold_against_scopes(session, row, now)
        self._bench.mark_changed()
        found = self.get(row.id)
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

    def _hold_against_scopes(self, session: Session, row: DeclarationRow, now: datetime) -> None:
        """Label it inside a scope, or keep why not; without a grade no scope helps."""
        found = read_submission(session, row.id)
        if found.assessment.grade is None:
            return
        outcome = None
        reasons = [f"no grade in {rule.country}: {rule.reason}" for rule in rules_against(session, found.declaration)]
        if not reasons:
            outcome = self._scopes.label(session, found, now)
            reasons = list(outcome.waits_for)
        session.refresh(row)
        if outcome is None or outcome.written is None:
            row.state, row.waits_for = "waiting" if outcome and reasons else "assessed", in_words(reasons)
            session.add(row)


def _kept(
    session: Session, declaration: Declaration, inventory: Inventory, assessment: Assessment, now: datetime
) -> DeclarationRow:
    """Give the row of a declaration; the same one is kept once, with the documents it had then."""
    query = select(DeclarationRow).where(DeclarationRow.declaration_digest == declaration.digest)
    row = session.exec(query).one_or_none() or DeclarationRow(
        id=str(uuid.uuid4()),
        state="assessed",
        producer_id=declaration.producer.id,
        name=declaration.product.name,
        declaration_digest=keep(session, "declaration", declaration.to_bytes(), now),
        inventory_digest=keep(session, "inventory", inventory.to_bytes(), now),
        assessment_digest=keep(session, "assessment", assessment.to_bytes(), now),
        created_at=now,
    )
    session.add(row)
    session.flush()
    return row


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
