"""Taking the auditor's word: it counts only for exactly what was assessed, from an accredited third party."""

from datetime import datetime

from label_service.errors import Conflict, NotAttested, VerificationError
from label_service.issuance.declarations import Declarations, Submission, declaration_row
from label_service.issuance.log import append_leaves
from label_service.issuance.register import Register
from label_service.issuance.setup import timestamp
from label_service.issuance.workbench import Workbench
from label_service.label.attestation import Attestation, read_attestation
from label_service.label.content import check_attested
from label_service.store.database import transaction
from label_service.store.documents import keep
from label_service.tlog.leaf import AttestationLeaf
from label_service.trust import jws
from label_service.trust.trust_list import Auditor, check_key_counts
from label_service.verify.attested import check_accredited, check_independent


class Attestations:
    """The attestations of one installation."""

    def __init__(self, bench: Workbench, declarations: Declarations, register: Register) -> None:
        self._bench = bench
        self._declarations = declarations
        self._register = register

    def add(self, identifier: str, token_text: str) -> None:
        """Take the auditor's attestation of a declaration and log it.

        Raises:
            VerificationError: signature, key or accreditation does not hold, or two of the parties are one.
            NotAttested: it is about other documents, or leaves findings open.
            Conflict: the declaration has a label already, or another attestation.
            StoreUnavailable, LogFault: the log cannot be written; hand the same attestation in again.
        """
        found = self._declarations.get(identifier)
        if found.attestation != token_text:
            self._keep(found, token_text)
        self._bench.sequencer.catch_up()
        self._bench.mark_changed()

    def _keep(self, found: Submission, token_text: str) -> None:
        if found.label_id or found.attestation:
            raise Conflict("this declaration is attested already", hint="supersede it with a new declaration")
        token, content = read_attestation(token_text)
        now = self._bench.clock()
        self.check(found, token, content, now)
        with transaction(self._bench.engine) as session:
            row = declaration_row(session, found.id)
            if row.attestation_digest:
                raise Conflict("this declaration is attested already")
            row.attestation_digest = keep(session, "attestation", token_text.encode("ascii"), now)
            row.state = "attested"
            session.add(row)
            append_leaves(session, [AttestationLeaf(digest=token.digest, auditor=token.kid)], now)

    def check(self, found: Submission, token: jws.Token, content: Attestation, now: datetime) -> Auditor:
        """Check key, accreditation, independence, time and digests; give the auditor.

        Raises:
            VerificationError: one of them does not hold.
            NotAttested: it is about other documents.
        """
        trust_list = self._register.current()
        auditor, key = trust_list.auditor_of(token.kid)
        check_key_counts(key, timestamp(now), None)
        if not token.is_signed_by(key.jwk.raw):
            raise VerificationError("the attestation's signature does not hold under the auditor's listed key")
        if content.auditor.name != auditor.name:
            raise NotAttested(f"expected the auditor's name {auditor.name!r}, found {content.auditor.name!r}")
        check_accredited(auditor, timestamp(now))
        parties = (found.inventory.producer, found.inventory.partners)
        check_independent(auditor, trust_list.issuer(self._bench.identity.did), *parties)
        subject = check_attested(found.inventory, found.assessment, content, self._bench.identity.origin)
        if subject.declaration_digest != found.declaration.digest:
            raise NotAttested("the attestation is about another declaration")
        if not content.valid_from <= timestamp(now) < content.valid_until:
            raise NotAttested(f"the attestation counts from {content.valid_from} to {content.valid_until}")
        unreleased = {item.rule for item in found.findings if item.severity == "evidence"}
        unreleased -= set(subject.findings_released)
        if unreleased:
            raise NotAttested(
                f"findings {', '.join(sorted(unreleased))} are not released by the auditor",
                hint="the auditor looks into each finding and releases it, or refuses",
            )
        return auditor
