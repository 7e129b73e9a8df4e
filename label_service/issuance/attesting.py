"""The auditor's side: check a dossier, then sign with a key that never leaves her machine."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from label_service.document import validate
from label_service.errors import Refused
from label_service.issuance.keys import load_key
from label_service.issuance.setup import timestamp
from label_service.label.attestation import Attestation, attest
from label_service.trust.keys import did_key
from label_service.verify.dossier import Dossier, check_dossier


def sign_dossier(
    folder: Path,
    key: Path,
    *,
    name: str,
    origin: str,
    criteria: tuple[str, ...],
    released: tuple[str, ...],
    level: str,
    valid_from: datetime,
    valid_for: timedelta,
    identifier: UUID,
) -> tuple[Dossier, str]:
    """Check a dossier and give it with the signed attestation.

    Raises:
        VerificationError: evidence, inventory or assessment do not hold; nothing is signed.
        Refused: findings that ask for evidence are not released, or a category without criteria.
    """
    dossier = check_dossier(folder)
    open_findings = {item.rule for item in dossier.findings if item.severity == "evidence"} - set(released)
    if open_findings:
        raise Refused(
            f"findings {', '.join(sorted(open_findings))} ask for a look before signing",
            hint="look into each and name it with --release, or do not sign",
        )
    if dossier.inventory.category and not criteria:
        raise Refused(
            f"the category {dossier.inventory.category} needs the functional-equivalence criteria you checked",
            hint="name each with --criteria",
        )
    signer = load_key(key)
    content: dict[str, Any] = {
        "id": f"urn:uuid:{identifier}",
        "origin": origin,
        "auditor": {"id": did_key(signer.public_key), "name": name},
        "valid_from": timestamp(valid_from),
        "valid_until": timestamp(valid_from + valid_for),
        "subject": {
            "type": "DeclarationAttestation",
            "demo": dossier.declaration.demo,
            "producer": dossier.declaration.producer.id,
            "category": dossier.inventory.category,
            "criteria": criteria,
            "declaration_digest": dossier.declaration.digest,
            "inventory_digest": dossier.inventory.digest,
            "assessment_digest": dossier.assessment.digest,
            "findings_released": released,
            "level": level,
        },
    }
    return dossier, attest(validate(Attestation, content), signer)
