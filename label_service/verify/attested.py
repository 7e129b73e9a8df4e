"""Whose attestation counts: three different parties, an accredited auditor; the same for service and verifier."""

from label_service.errors import VerificationError
from label_service.trust.trust_list import Auditor, Issuer


def check_independent(auditor: Auditor, issuer: Issuer, producer_id: str) -> None:
    """Check that producer, auditor and scheme owner are three parties.

    Raises:
        VerificationError: two of them are one, or the scheme signs with the auditor's key.
    """
    if len({auditor.id, issuer.id, producer_id}) != 3:
        raise VerificationError("producer, auditor and scheme owner must be three different parties")
    if {key.jwk.x for key in auditor.keys} & {key.jwk.x for key in issuer.keys}:
        raise VerificationError("the scheme signs labels with a key of the auditor")


def check_accredited(auditor: Auditor, at: str) -> None:
    """Check that the auditor was accredited on the day of a timestamp.

    Raises:
        VerificationError: before or after the accreditation.
    """
    accreditation = auditor.accreditation
    if not accreditation.valid_from <= at[:10] <= accreditation.valid_until:
        raise VerificationError(
            f"{auditor.name} is accredited from {accreditation.valid_from} to {accreditation.valid_until}, "
            f"not on {at[:10]}"
        )
