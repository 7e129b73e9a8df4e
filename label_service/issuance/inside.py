"""Goods held against the scopes of their producer, and labelled where they lie inside one.

What scopes and scheme say is read once for a unit of work, because nobody else writes while it lasts; what goods say
is checked for each of them. Position and label are one unit of work, so that no scope is used beyond its items.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import bindparam, update
from sqlmodel import Session, col, select

from label_service.declaration import Declaration
from label_service.errors import LabelServiceError, NotAttested
from label_service.issuance.attested import Attested, check_kept
from label_service.issuance.holding import (
    check_computed,
    evidence_missing,
    findings_open,
    handed_in,
    lots_beyond,
    values_owed,
    week_closed,
)
from label_service.issuance.log import next_position
from label_service.issuance.readiness import unpublished
from label_service.issuance.reasons import REASONS
from label_service.issuance.register import Register
from label_service.issuance.setup import timestamp
from label_service.issuance.states import is_withdrawn
from label_service.issuance.submission import Submission
from label_service.issuance.weeks import close_weeks
from label_service.issuance.workbench import Workbench
from label_service.issuance.writing import LabelWriter, Sheet, Written
from label_service.label.content import ScopePlace
from label_service.label.scope import outside
from label_service.store.documents import body
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


@dataclass(slots=True)
class _Standing:
    """A scope in a unit of work.

    Attributes:
        used: items labelled in it before, with those of this unit of work.
        taken: items labelled in it in this unit of work.
        stops: why nothing is labelled in it now.
        owed: what is overdue from its auditor.
    """

    digest: str
    quantity: int
    used: int
    text: str
    stops: tuple[str, ...]
    owed: tuple[str, ...]
    taken: int = 0


class Inside:
    """Labels goods inside the scopes of one installation."""

    def __init__(self, bench: Workbench, register: Register, writer: LabelWriter) -> None:
        self._bench = bench
        self._register = register
        self._writer = writer

    def round(self, session: Session, declarations: Sequence[Declaration], now: datetime) -> "Round":
        """Begin a round over these declarations in a unit of work."""
        return Round(self._bench, self._register, self._writer, session, declarations, now)


class Round:
    """The goods of one unit of work, one after the other; `write` at its end writes all their labels."""

    def __init__(  # noqa: PLR0917 - made by `Inside` alone
        self,
        bench: Workbench,
        register: Register,
        writer: LabelWriter,
        session: Session,
        declarations: Sequence[Declaration],
        now: datetime,
    ) -> None:
        self._bench = bench
        self._register = register
        self._writer = writer
        self._session = session
        self._now = now
        self._declarations = declarations
        self._standings: dict[str, list[_Standing]] = {}
        self._common: tuple[str, ...] = ()
        self._evidence: set[tuple[str, str]] = set()
        self._sheet: Sheet | None = None

    def label(self, found: Submission, *, is_computed: bool = False) -> Outcome:
        """Label a declaration inside a scope of its producer, the oldest that fits; else say what it waits for.

        Args:
            found: the declaration and what follows from it.
            is_computed: whether inventory and assessment were computed from it just now; else they are computed again.

        Raises:
            LabelServiceError: it may not be labelled; nothing of it is written.
        """
        nearest: tuple[str, ...] = ()
        for standing in self._of(found.declaration.producer.id):
            reasons, attested = self._against(found, standing)
            if attested is not None and not reasons:
                written = self._label(found, standing, attested, is_computed=is_computed)
                return Outcome(written, attestation=standing.text)
            nearest = min(reasons, nearest or reasons, key=len)
        return Outcome(None, nearest)

    def write(self) -> None:
        """Write the labels and count their items.

        Raises:
            NotAttested: a scope was used up meanwhile.
        """
        for standings in self._standings.values():
            for item in standings:
                params = {"scope": item.digest, "items": item.taken}
                if item.taken and not self._session.connection().execute(_USE, params).rowcount:
                    raise NotAttested("the scope was used up meanwhile")
                item.taken = 0
        if self._sheet is not None:
            self._sheet.write()

    def _of(self, producer_id: str) -> list[_Standing]:
        """Give the scopes of a producer, the oldest first; a week that is over is closed before the first label."""
        if producer_id not in self._standings:
            query = select(ScopeRow).where(ScopeRow.producer_id == producer_id).order_by(col(ScopeRow.log_index))
            rows = self._session.exec(query).all()
            if rows and not any(self._standings.values()):
                self._begin()
            self._standings[producer_id] = [self._standing(row) for row in rows]
        return self._standings[producer_id]

    def _begin(self) -> None:
        session = self._session
        close_weeks(session, self._now)
        missing = unpublished(session, self._bench.identity)
        common = [f"the scheme has not published: {name}" for name in missing]
        self._common = (*common, *week_closed(session, timestamp(self._now)))
        self._evidence = handed_in(session, self._declarations)

    def _standing(self, row: ScopeRow) -> _Standing:
        session, stops = self._session, []
        if row.is_revoked or row.is_suspended:
            why = REASONS.get(row.status_reason, row.status_reason)
            stops.append(f"the scope is {'revoked' if row.is_revoked else 'suspended'}: {why}")
        elif is_withdrawn(session, row.digest):
            stops.append("the auditor withdrew the scope")
        owed = () if stops else tuple(values_owed(session, row.digest, self._now))
        text = body(session, row.digest).decode()
        return _Standing(row.digest, row.quantity, row.used, text, tuple(stops), owed)

    def _against(self, found: Submission, standing: _Standing) -> tuple[tuple[str, ...], Attested | None]:
        """Hold a declaration against one scope; give why it is outside, and who attested."""
        if standing.stops:
            return standing.stops, None
        parties = (found.inventory.producer, *found.inventory.partners)
        position = self._sheet.position if self._sheet else next_position(self._session)
        present = self._register.present(self._session, self._now, position)
        try:
            attested = check_kept(standing.text, present, parties)
        except LabelServiceError as error:
            return (error.detail,), None
        outsides = outside(found.inventory, attested.content, present.at, standing.used)
        reasons = (
            *(reason.words for reason in outsides),
            *self._common,
            *findings_open(found),
            *evidence_missing(self._evidence, found),
            *lots_beyond(self._session, found, attested.content),
            *standing.owed,
        )
        return reasons, attested

    def _label(self, found: Submission, standing: _Standing, attested: Attested, *, is_computed: bool) -> Written:
        if not is_computed:
            check_computed(found)
        if self._sheet is None:
            self._sheet = self._writer.sheet(self._session, self._now, len(self._declarations))
        used = standing.used + found.inventory.quantity
        place = ScopePlace(digest=standing.digest, position=used, of=standing.quantity)
        written = self._sheet.add(found, attested, place)
        standing.used, standing.taken = used, standing.taken + found.inventory.quantity
        return written
