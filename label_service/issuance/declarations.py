"""Taking declarations: checked, turned into an inventory, assessed; all three documents are kept together.

A declaration inside a scope of its producer is labelled in the same unit of work.
"""

import uuid
from collections.abc import Iterable, Sequence
from concurrent.futures import Future
from dataclasses import replace
from itertools import islice
from typing import NamedTuple

from sqlalchemy import bindparam
from sqlmodel import Session, col, select

from label_service.assessment import Assessment, assess
from label_service.declaration import Declaration
from label_service.errors import Conflict, InvalidDocument, LabelServiceError, Refused
from label_service.factors.release import Release
from label_service.inventory import Inventory
from label_service.inventory.build import build_inventory
from label_service.issuance.holding import in_words
from label_service.issuance.inside import Inside, Round
from label_service.issuance.intake import Intake
from label_service.issuance.line import MOST_AT_ONCE, Line
from label_service.issuance.markets import rules_against
from label_service.issuance.parts import Parts
from label_service.issuance.producers import check_producer
from label_service.issuance.releases import Releases
from label_service.issuance.submission import Submission, declaration_row, read_submission
from label_service.issuance.together import check_consent
from label_service.issuance.uses import Own, Uses, check_uses, counted_before, is_shared, uses_of
from label_service.issuance.workbench import Workbench
from label_service.plausibility import Finding, check, reject
from label_service.store.database import reading, transaction
from label_service.store.tables import DeclarationRow

_KNOWN = select(DeclarationRow.declaration_digest, DeclarationRow.id).where(
    col(DeclarationRow.declaration_digest).in_(bindparam("digests", expanding=True))
)
_OPEN = frozenset({"assessed", "waiting"})  # states in which a scope may still label it


class Declarations:
    """The declarations of one installation."""

    def __init__(self, bench: Workbench, inside: Inside, releases: Releases, parts: Parts) -> None:
        self._bench = bench
        self._inside = inside
        self._releases = releases
        self._parts = parts
        self._line: Line[_Taken, Submission] = Line(self._kept_all)

    def submit(self, declaration: Declaration, *, party: str | None = None) -> Submission:
        """Take a declaration, assess it and keep all three documents; inside a scope it is labelled at once.

        What is handed in at the same time is kept together, in one unit of work and under one checkpoint.

        The same declaration twice is one submission, which is held against the scopes again while it waits.

        Args:
            declaration: what was made.
            party: id of the producer who hands it in; a scheme takes none without, a demo needs none.

        Raises:
            Implausible, MissingInput, MissingFactor, InvalidAmount: it cannot be assessed; nothing is kept.
            PartFault: a part does not stand, by a named result.
            Refused: a DEMO declaration in a scheme, or the other way round; or of a producer who takes no part.
            Overloaded: too many wait already; nothing was begun.
            StoreUnavailable, LogFault: the log cannot be written; hand it in again.
        """
        return self.ask(declaration, party=party).result()

    def ask(self, declaration: Declaration, *, party: str | None = None) -> "Future[Submission]":
        """Assess a declaration and put it in line; what `submit` raises later, the answer raises.

        Raises:
            LabelServiceError: it cannot be assessed, or too many wait already.
        """
        return self._line.ask(self._computed(declaration, party, self._releases.current()))

    def submit_all(
        self, declarations: Iterable[Declaration], *, party: str | None = None
    ) -> list[Submission | LabelServiceError]:
        """Take many declarations in groups, as `submit` takes one; give what each became, or why it was not kept.

        Raises:
            StoreUnavailable, LogFault: the log cannot be written; hand them in again.
        """
        waiting, outcomes = iter(declarations), []
        while group := list(islice(waiting, MOST_AT_ONCE)):
            release = self._releases.current()
            computed = [self._tried(item, party, release) for item in group]
            kept = iter(self._kept_all([item for item in computed if isinstance(item, _Taken)]))
            outcomes += [next(kept) if isinstance(item, _Taken) else item for item in computed]
        return outcomes

    def close(self) -> None:
        """Keep what was handed in, and take no more."""
        self._line.close()

    def _tried(self, declaration: Declaration, party: str | None, release: Release) -> "_Taken | LabelServiceError":
        try:
            return self._computed(declaration, party, release)
        except LabelServiceError as error:
            return error

    def _computed(self, declaration: Declaration, party: str | None, release: Release) -> "_Taken":
        self._check_mode(declaration)
        findings = check(declaration, release, release.keys("bounds"))
        reject(findings)
        inventory = build_inventory(declaration, release, release.digest, self._parts.known(declaration))
        return _Taken(declaration, inventory, assess(inventory, release), findings, party)

    def _kept_all(self, items: "Sequence[_Taken]") -> list[Submission | LabelServiceError]:
        """Keep a group; what one party hands in twice is one submission."""
        unique = {item.key: item for item in items}
        kept = dict(zip(unique, self._kept_apart(list(unique.values())), strict=True))
        return [kept[item.key] for item in items]

    def _kept_apart(self, group: "list[_Taken]") -> list[Submission | LabelServiceError]:
        """Keep a group; where the database refuses something of it, each alone, so that one fails and no other."""
        try:
            return self._kept_group(group) if group else []
        except (Conflict, InvalidDocument) as error:
            if len(group) == 1:
                return [error]
            return [outcome for item in group for outcome in self._kept_apart([item])]

    def _kept_group(self, group: "list[_Taken]") -> list[Submission | LabelServiceError]:
        declarations = [item.declaration for item in group]
        with transaction(self._bench.engine) as session:
            now = self._bench.moment(session)
            goods, before = self._inside.round(session, declarations, now), _before(session, declarations)
            intake = Intake(session, now)
            kept = [self._kept_one(intake, goods, before, item) for item in group]
            intake.write()
            goods.write()
        self._bench.mark_changed()
        if any(isinstance(item, Submission) and item.label_id for item in kept):
            self._bench.sequencer.catch_up()
        return kept

    def _kept_one(
        self, intake: Intake, goods: Round, before: "_Before", taken: "_Taken"
    ) -> Submission | LabelServiceError:
        """Keep and label one of a group; one that is refused is not taken in, and nothing of it is written."""
        try:
            if not self._bench.identity.is_demo:
                check_producer(intake.session, taken.declaration, taken.party)
            found, uses = _found(intake, before, taken)
            if not self._bench.identity.is_demo:
                check_consent(intake.session, found.inventory.contributions or (), found.id)
            if found.state in _OPEN and found.assessment.grade is not None:  # without a grade no scope helps
                found = _held_against_scopes(intake.session, goods, found, is_new=uses is not None)
        except LabelServiceError as error:
            return error
        if uses is not None:
            intake.add(found, uses)
        before.ids[taken.declaration.digest] = found.id
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


class _Taken(NamedTuple):
    """A declaration with what follows from it, before it is kept, and the party who hands it in."""

    declaration: Declaration
    inventory: Inventory
    assessment: Assessment
    findings: tuple[Finding, ...]
    party: str | None

    @property
    def key(self) -> tuple[str, str | None]:
        """Whose declaration it is; that of another party is refused for itself."""
        return self.declaration.digest, self.party


class _Before(NamedTuple):
    """What was there before a declaration of a group, asked for once for all of them.

    Attributes:
        ids: submissions by the digest of their declaration.
        counted: files that more than one declaration counts.
    """

    ids: dict[str, str]
    counted: frozenset[str]


def _before(session: Session, declarations: Sequence[Declaration]) -> _Before:
    digests = [item.digest for item in declarations]
    known = session.connection().execute(_KNOWN, {"digests": digests}).all()
    return _Before({row.declaration_digest: row.id for row in known}, counted_before(session, declarations))


def _found(intake: Intake, before: _Before, taken: _Taken) -> tuple[Submission, Uses | None]:
    """Give a submission, with what it counts where it is new; a known one has the documents it had then."""
    session, declaration = intake.session, taken.declaration
    known = before.ids.get(declaration.digest)
    if known or is_shared(declaration, before.counted):
        intake.write()
    if known:
        return read_submission(session, known), None
    own = Own(str(uuid.uuid4()), declaration.producer.id, declaration.product.name, intake.now)
    uses, is_first = uses_of(session, declaration, own, before.counted)
    findings = taken.findings + (() if is_first else tuple(check_uses(session, declaration, own)))
    return Submission(own.id, "assessed", declaration, taken.inventory, taken.assessment, findings, None, None), uses


def _held_against_scopes(session: Session, goods: Round, found: Submission, *, is_new: bool) -> Submission:
    """Label it inside a scope, or say why not; of a known one that is kept."""
    if rules := rules_against(session, found.declaration):
        words = [f"no grade in {rule.country}: {rule.reason}" for rule in rules]
        return _settled(session, found, "assessed", words, is_new=is_new)
    outcome = goods.label(found, is_computed=is_new)
    if outcome.written is None:
        state = "waiting" if outcome.waits_for else "assessed"
        return _settled(session, found, state, outcome.waits_for, is_new=is_new)
    label_id = outcome.written.label_id
    return replace(found, state="labelled", waits_for=(), label_id=label_id, attestation=outcome.attestation)


def _settled(session: Session, found: Submission, state: str, waits_for: Sequence[str], *, is_new: bool) -> Submission:
    words = in_words(waits_for)
    if not is_new:
        row = declaration_row(session, found.id)
        row.state, row.waits_for = state, words
        session.add(row)
    return replace(found, state=state, waits_for=tuple(words.splitlines()))


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
