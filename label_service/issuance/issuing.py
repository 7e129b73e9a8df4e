"""Issuing the labels of attested declarations in groups: each is checked for itself, all are written together.

What a group shares is read once, because nobody else writes while its unit of work lasts: the register, what the scheme
has published, the rules of markets, withdrawals. See docs/decisions/0022-group-commit.md.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from sqlmodel import Session

from label_service.declaration import Declaration
from label_service.errors import Conflict, LabelServiceError, NotAttested, NotGradable
from label_service.issuance.attestations import Attestations
from label_service.issuance.attested import Attested, Present
from label_service.issuance.markets import check_markets, ruled_families
from label_service.issuance.readiness import check_published
from label_service.issuance.register import Register
from label_service.issuance.states import withdrawn_among
from label_service.issuance.submission import Candidate, no_declaration, read_candidates
from label_service.issuance.together import check_consent, use_consent
from label_service.issuance.workbench import Workbench
from label_service.issuance.writing import LabelWriter, Sheet, Written
from label_service.store.database import transaction
from label_service.store.documents import body


class Issued(NamedTuple):
    """A label that was written now, and what it rests on."""

    written: Written
    found: Candidate
    attestation: str


Outcome = Issued | str | LabelServiceError  # a new label, the id of the one there is, or why there is none


class Issuing:
    """Writes the labels of one installation, a group at a time."""

    def __init__(self, bench: Workbench, register: Register, attestations: Attestations, writer: LabelWriter) -> None:
        self._bench = bench
        self._register = register
        self._attestations = attestations
        self._writer = writer

    def issue(self, identifiers: Sequence[str]) -> list[Outcome]:
        """Label declarations in one unit of work; one that is refused takes no other with it.

        Raises:
            Refused: the scheme has not published its rules yet.
            VerificationError: the scheme's own key does not count now.
            StoreUnavailable: the database cannot be written; none is labelled.
        """
        with transaction(self._bench.engine) as session:
            found = read_candidates(session, set(identifiers))
            open_ones = [item for item in found.values() if item.label_id is None]
            outcomes = self._labelled(session, open_ones)
        known: dict[str, Outcome] = {item.id: item.label_id for item in found.values() if item.label_id}
        unknown: dict[str, Outcome] = {name: no_declaration(name) for name in identifiers if name not in found}
        outcomes |= known | unknown
        return [outcomes[name] for name in identifiers]

    def again(self, session: Session, identifier: str) -> Written:
        """Label a declaration, whose label was taken from it in this unit of work, once more.

        Raises:
            LabelServiceError: it may not be labelled.
        """
        outcome = self._labelled(session, read_candidates(session, [identifier]).values())[identifier]
        if isinstance(outcome, LabelServiceError):
            raise outcome
        assert isinstance(outcome, Issued)  # noqa: S101 - it has no label
        return outcome.written

    def _labelled(self, session: Session, candidates: Iterable[Candidate]) -> dict[str, Outcome]:
        outcomes: dict[str, Outcome] = {}
        ready = []
        for found in candidates:
            try:
                _check_ready(found)
                ready.append(found)
            except LabelServiceError as error:
                outcomes[found.id] = error
        if ready:
            now = self._bench.moment(session)
            check_published(session, self._bench.identity)
            sheet = self._writer.sheet(session, now, len(ready))
            group = _Group(session, ready, self._register.present(session, now, sheet.position))
            for found in ready:
                outcomes[found.id] = self._labelled_one(group, sheet, found)
            sheet.write()
        return outcomes

    def _labelled_one(self, group: "_Group", sheet: Sheet, found: Candidate) -> Outcome:
        try:
            group.check(found)
            present = group.present._replace(position=sheet.position)
            attested = self._attestations.check_kept(found, present)
            return Issued(self._written(group, sheet, found, attested), found, attested.token.text)
        except LabelServiceError as error:
            return error

    def _written(self, group: "_Group", sheet: Sheet, found: Candidate, attested: Attested) -> Written:
        """Write the label of goods whose parties all stand by what they signed; a demo knows no parties."""
        tokens = () if self._bench.identity.is_demo else found.inventory.contributions or ()
        check_consent(group.session, tokens, found.id)
        written = sheet.add(found, attested)
        use_consent(group.session, tokens, found.id)
        return written


class _Group:
    """What is read once for the candidates of one unit of work."""

    def __init__(self, session: Session, candidates: Sequence[Candidate], present: Present) -> None:
        self.session = session
        self.present = present
        self._ruled = ruled_families(session)
        self._withdrawn = withdrawn_among(session, (item.attestation_digest or "" for item in candidates))

    def check(self, found: Candidate) -> None:
        """Check that no market forbids the grade, and that the auditor has not taken her word back.

        Raises:
            NotGradable, Conflict: one of them.
        """
        if found.inventory.family in self._ruled:
            check_markets(self.session, Declaration.from_bytes(body(self.session, found.declaration_digest)))
        if found.attestation_digest in self._withdrawn:
            raise Conflict("the auditor withdrew this attestation", hint="ask her for a new one")


def _check_ready(found: Candidate) -> None:
    if found.assessment.grade is None:
        raise NotGradable(
            f"there is no grade for this product ({', '.join(found.assessment.reasons)}), so there is no label",
            hint="the data sheet shows the figures and what is missing",
        )
    if found.attestation is None:
        raise NotAttested("no auditor has attested this declaration", hint="`label-service attest` signs one")
