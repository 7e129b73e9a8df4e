"""Taking the auditor's word: it counts only for exactly what was assessed, from an accredited third party."""

from datetime import datetime

from sqlmodel import Session

from label_service.document import Party
from label_service.errors import Conflict, NotAttested, VerificationError
from label_service.issuance.attested import Attested, Present, check_kept, check_new
from label_service.issuance.log import append_leaves
from label_service.issuance.register import Register
from label_service.issuance.states import check_standing
from label_service.issuance.submission import Candidate, Submission, declaration_row, read_submission
from label_service.issuance.workbench import Workbench
from label_service.label.attestation import DeclarationAttestation
from label_service.label.content import check_attested
from label_service.store.database import reading, transaction
from label_service.store.documents import keep
from label_service.tlog.leaf import AttestationLeaf


class Attestations:
    """The attestations of single declarations in one installation."""

    def __init__(self, bench: Workbench, register: Register) -> None:
        self._bench = bench
        self._register = register

    def add(self, identifier: str, token_text: str) -> None:
        """Take the auditor's attestation of a declaration and log it.

        Raises:
            VerificationError: signature, key or accreditation does not hold, or two of the parties are one.
            NotAttested: it is about other documents, or leaves findings open.
            Conflict: the declaration has a label already, or another attestation, or was refused.
            StoreUnavailable, LogFault: the log cannot be written; hand the same attestation in again.
        """
        with reading(self._bench.engine) as session:
            found = read_submission(session, identifier)
        if found.attestation != token_text:
            self._keep(found, token_text)
        self._bench.sequencer.catch_up()
        self._bench.mark_changed()

    def _keep(self, found: Submission, token_text: str) -> None:
        if found.label_id or found.attestation:
            raise Conflict("this declaration is attested already", hint="supersede it with a new declaration")
        if found.state == "refused":
            raise Conflict("an auditor refused this declaration", hint="appeal, or declare anew with what was missing")
        with transaction(self._bench.engine) as session:
            now = self._bench.clock()
            attested = self.check_new(session, found, token_text, now)
            row = declaration_row(session, found.id)
            if row.attestation_digest:
                raise Conflict("this declaration is attested already")
            row.attestation_digest = keep(session, "attestation", token_text.encode("ascii"), now)
            row.state, row.waits_for = "attested", ""
            session.add(row)
            append_leaves(session, [AttestationLeaf(digest=attested.token.digest, auditor=attested.token.kid)], now)

    def check_new(self, session: Session, found: Submission, token_text: str, now: datetime) -> Attested:
        """Check key, accreditation, independence, time and digests of an attestation that comes in.

        Raises:
            VerificationError: one of them does not hold.
            NotAttested: it is about other documents.
            Conflict: it was withdrawn.
        """
        attested = check_new(token_text, self._register.present(session, now), _parties(found))
        check_standing(session, attested.token.digest)
        self._check_subject(found, attested)
        return attested

    def check_kept(self, found: Candidate, present: Present) -> Attested:
        """Check the attestation of a declaration that is to be labelled now; raises as `check_new` does.

        Whether it was withdrawn is for the caller to see, and which findings were open was seen when it came in:
        they follow from the declaration, which it names, and from what earlier declarations count.
        """
        attested = check_kept(found.attestation or "", present, _parties(found))
        if attested.token.digest != found.attestation_digest:
            raise VerificationError("the kept attestation is not the one that was taken in")
        self._check_documents(found, found.declaration_digest, attested)
        return attested

    def _check_documents(
        self, found: Submission | Candidate, declaration_digest: str, attested: Attested
    ) -> DeclarationAttestation:
        subject = check_attested(found.inventory, found.assessment, attested.content, self._bench.identity.origin)
        if subject.declaration_digest != declaration_digest:
            raise NotAttested("the attestation is about another declaration")
        return subject

    def _check_subject(self, found: Submission, attested: Attested) -> None:
        subject = self._check_documents(found, found.declaration.digest, attested)
        if unreleased := found.unreleased - set(subject.findings_released):
            raise NotAttested(
                f"findings {', '.join(sorted(unreleased))} are not released by the auditor",
                hint="the auditor looks into each finding and releases it, or refuses",
            )


def _parties(found: Submission | Candidate) -> tuple[Party, ...]:
    return (found.inventory.producer, *found.inventory.partners)
