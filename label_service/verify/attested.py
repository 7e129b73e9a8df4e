"""Whose attestation counts: three different parties, an accredited auditor; the same for service and verifier."""

from collections.abc import Iterable
from functools import lru_cache
from itertools import combinations

from label_service.document import Party
from label_service.errors import VerificationError
from label_service.trust.trust_list import Accreditation, Auditor, Issuer


def check_independent(auditor: Auditor, issuer: Issuer, producer: Party, partners: Iterable[Party] = ()) -> None:
    """Check that the auditor with her organisation, the scheme owner, the producer and each partner are other parties.

    Raises:
        VerificationError: two of them are one, or the scheme signs with the auditor's key.
    """
    parties = [
        ("auditor", {auditor.id, auditor.organisation_id, *(key.kid.partition("#")[0] for key in auditor.keys)}),
        ("scheme owner", {issuer.id, issuer.origin}),
        ("producer", {producer.id}),
        *(("partner", {partner.id}) for partner in partners),
    ]
    for (name, ids), (other_name, other_ids) in combinations(parties, 2):
        if shared := {_plain(uri) for uri in ids} & {_plain(uri) for uri in other_ids}:
            raise VerificationError(
                f"producer, auditor and scheme owner must be three different parties: {name} and {other_name} are both "
                f"{min(shared)}"
            )
    if {key.jwk.x for key in auditor.keys} & {key.jwk.x for key in issuer.keys}:
        raise VerificationError("the scheme signs labels with a key of the auditor")


@lru_cache(maxsize=1024)
def _plain(uri: str) -> str:
    """Give an address so that two usual spellings of one are the same."""
    return uri.casefold().rstrip("/")


def check_accredited(auditor: Auditor, at: str) -> Accreditation:
    """Check that the auditor was accredited on the day of a timestamp, and give the accreditation of that day.

    Raises:
        VerificationError: before, after or between her accreditations.
    """
    for accreditation in reversed(auditor.accreditations):
        if accreditation.covers(at[:10]):
            return accreditation
    windows = ", ".join(f"from {item.valid_from} to {item.valid_until}" for item in auditor.accreditations)
    raise VerificationError(f"{auditor.name} is accredited {windows}, not on {at[:10]}")


def listed_as(auditor: Auditor, claimed: Accreditation) -> Accreditation:
    """Give the accreditation as a label claims it, where the list has the same one, prolonged or ended meanwhile."""
    is_listed = any(claimed.is_same_as(item) for item in auditor.accreditations)
    return claimed if is_listed else auditor.accreditation
