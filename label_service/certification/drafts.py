"""What an auditor is about to sign: the exact bytes, for a key that the service does not have.

She sees the payload in her own browser, decoded from what is signed, and sends back the token.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import uuid4

from label_service.certification.auditorkeys import SigningKey
from label_service.certification.checking import Checked
from label_service.document import validate
from label_service.errors import MissingInput, Refused
from label_service.issuance.reasons import AUDITOR_REASONS
from label_service.issuance.setup import Identity, timestamp
from label_service.label.attestation import Attestation
from label_service.label.statement import STATEMENT_TYP, Statement
from label_service.label.vocabulary import VC_CTY, VC_TYP
from label_service.tlog.leaf import StatementKind
from label_service.trust import jws

MAX_DAYS: Final = 1095  # no label is valid longer


@dataclass(frozen=True, slots=True)
class Draft:
    """A document that waits for a signature.

    Attributes:
        title: what signing it means, for people.
        signing_input: header and payload as they are signed.
        thumbprint: of the key it names.
    """

    title: str
    signing_input: str
    thumbprint: str


class Drafts:
    """Makes drafts for the auditors of one installation."""

    def __init__(self, identity: Identity) -> None:
        self._identity = identity

    def declaration(
        self,
        key: SigningKey,
        checked: Checked,
        *,
        criteria: Sequence[str],
        released: Sequence[str],
        level: str,
        days: int,
        now: datetime,
    ) -> Draft:
        """Give the attestation of a declaration.

        Raises:
            Refused: evidence is missing, the result does not follow, or findings are not released.
            MissingInput: a category without criteria.
            InvalidDocument: a criterion, level or time that breaks the format.
        """
        _check_ready(checked, released)
        found = checked.found
        if found.inventory.category and not criteria:
            raise MissingInput(
                "a category needs the functional-equivalence criteria you checked",
                hint="name each, one a line",
                where="criteria",
            )
        subject = {
            "type": "DeclarationAttestation",
            "demo": found.declaration.demo,
            "producer": found.declaration.producer.id,
            "category": found.inventory.category,
            "criteria": tuple(criteria),
            "declaration_digest": found.declaration.digest,
            "inventory_digest": found.inventory.digest,
            "assessment_digest": found.assessment.digest,
            "findings_released": tuple(sorted(released)),
            "level": level,
        }
        title = f"Attest “{found.declaration.product.name}” of {found.declaration.producer.name}"
        return self._attestation(key, title, subject, days, now)

    def scope(self, key: SigningKey, subject: Mapping[str, Any], *, days: int, now: datetime) -> Draft:
        """Give the attestation of a workshop, from the members of its subject.

        Raises:
            InvalidDocument: a member that breaks the format; `where` is its JSON pointer.
        """
        members = {"type": "ScopeAttestation", "demo": self._identity.is_demo, **subject}
        return self._attestation(key, f"Attest the workshop “{subject.get('site_name')}”", members, days, now)

    def statement(
        self,
        key: SigningKey,
        kind: StatementKind,
        subject: Mapping[str, str],
        *,
        reason: str,
        text: str,
        findings: Sequence[str] = (),
        now: datetime,
    ) -> Draft:
        """Give a refusal, withdrawal, result of a sample, or revealed value.

        Raises:
            InvalidDocument: a member that breaks the format.
            Refused: a reason that is not on the list of its kind.
        """
        if reason not in AUDITOR_REASONS.get(kind, {}):
            raise Refused(f"expected a reason for a {kind} from the list", hint="choose one", where="reason")
        content = {
            "type": Statement.TYPE,
            "version": Statement.VERSION,
            "demo": self._identity.is_demo,
            "origin": self._identity.origin,
            "kind": kind,
            "at": timestamp(now),
            "subject": dict(subject),
            "reason": reason,
            "text": text,
            "findings": tuple(findings),
        }
        payload = validate(Statement, content).as_json()
        unsigned = jws.signing_input(payload, typ=STATEMENT_TYP, kid=key.key.kid)
        return Draft(f"{kind.replace('_', ' ').capitalize()}", unsigned, key.thumbprint)

    def _attestation(self, key: SigningKey, title: str, subject: Mapping[str, Any], days: int, now: datetime) -> Draft:
        if not 1 <= days <= MAX_DAYS:
            raise Refused(f"expected 1 to {MAX_DAYS} days, found {days}", where="days")
        content = {
            "id": f"urn:uuid:{uuid4()}",
            "origin": self._identity.origin,
            "auditor": {"id": key.did, "name": key.auditor.name},
            "valid_from": timestamp(now),
            "valid_until": timestamp(now + timedelta(days=days)),
            "subject": {name: value for name, value in subject.items() if value is not None},
        }
        payload = validate(Attestation, content).credential()
        unsigned = jws.signing_input(payload, typ=VC_TYP, cty=VC_CTY, kid=key.key.kid)
        return Draft(title, unsigned, key.thumbprint)


def _check_ready(checked: Checked, released: Sequence[str]) -> None:
    """Refuse what an auditor must not sign, whatever she ticked."""
    if checked.missing:
        raise Refused(
            f"evidence is missing: {', '.join(checked.missing)}", hint="ask the producer to upload it, or refuse"
        )
    if unreadable := [source.paper.name for source in checked.sources if source.problem]:
        raise Refused(f"evidence cannot be read again: {', '.join(unreadable)}", hint="refuse, or ask for a new one")
    if checked.difference:
        raise Refused(f"the result does not follow from the declaration: {checked.difference}", hint="do not sign")
    if still_open := set(checked.open_rules) - set(released):
        raise Refused(
            f"findings {', '.join(sorted(still_open))} ask for a look before signing",
            hint="look into each and release it by name, or refuse",
            where="released",
        )
