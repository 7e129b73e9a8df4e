"""Verify the text of a QR code without a network: the issuer's word alone; attestation and log are not checked."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from label_service.errors import VerificationError
from label_service.trust.keys import verify_signature
from label_service.trust.trust_list import Issuer, ListedKey, TrustList, check_key_counts
from label_service.verify.report import Report, Unsure, run
from label_service.verify.trust import Roots, Trust

if TYPE_CHECKING:
    from label_service.label.qr import QrPayload


def inspect_code(text: str, roots: Roots, at: str, *, trust_lists: Sequence[str] = ()) -> Report:
    """Check what a QR code alone can show."""
    checks = _CodeChecks(text, trust_lists, roots, at)
    steps = {
        "code": checks.read,
        "trust list": checks.trust_list,
        "code signature": checks.signature,
        "dates": checks.dates,
        "attestation, log, status and score": checks.rest,
    }
    report = run(Report(), steps)
    report.facts.update(checks.facts)
    return report


class _CodeChecks:
    def __init__(self, text: str, trust_lists: Sequence[str], roots: Roots, at: str) -> None:
        self._text = text
        self._at = at
        self._trust = Trust(trust_lists, roots, at, lambda trust_list: self._signer(trust_list) is not None)
        self.facts: dict[str, str] = {}
        self._code: QrPayload

    def read(self) -> str:
        from label_service.label.qr import parse_qr  # noqa: PLC0415 - whoever verifies a bundle needs no CBOR

        self._code = parse_qr(self._text)
        claims = self._code.claims
        self.facts = {
            "label": self._code.label_id,
            "product": claims.name,
            "maker": claims.maker,
            "grade": claims.grade,
            "score": str(claims.score),
            "g CO2e per item": f"{claims.median_g} ({claims.low_g} to {claims.high_g})",
            "valid until": claims.valid_until,
        }
        return f"label {self._code.label_id} at {self._code.link}"

    def trust_list(self) -> str:
        return self._trust.check()

    def signature(self) -> str:
        """The listed label key whose hint fits has signed."""
        found = self._signer(self._trust.trust_list)
        if found is None:
            raise VerificationError("no issuer on the trust list has the key this code was signed with")
        issuer, key = found
        if not verify_signature(key.jwk.raw, self._code.signature, self._code.signed):
            raise VerificationError("the signature of the code does not hold under the key it names")
        return self._signed_by(issuer, key)

    def _signer(self, trust_list: TrustList) -> tuple[Issuer, ListedKey] | None:
        """Give the issuer on a list with a label key that the code hints at; a label's address is that of its issuer.

        Two issuers may have one key on a list, and a hint may fit keys of several.
        """
        from label_service.label.qr import key_hint  # noqa: PLC0415 - only codes need CBOR

        fitting = [
            (issuer, key)
            for issuer in trust_list.issuers
            for key in issuer.keys
            if key.use == "label" and key_hint(key.jwk.raw) == self._code.key_hint
        ]
        return max(fitting, key=lambda found: self._is_at(found[0]), default=None)

    def _is_at(self, issuer: Issuer) -> bool:
        return self._code.link.startswith(issuer.origin.upper() + "/")

    def _signed_by(self, issuer: Issuer, key: ListedKey) -> str:
        if not self._is_at(issuer):
            raise VerificationError(f"the code points to {self._code.link}, its issuer works at {issuer.origin}")
        issuer.check_counts(self._code.claims.valid_from, None)
        if key.state == "compromised":
            raise Unsure(f"key {key.kid} is compromised; only the log can tell whether this label is older")
        check_key_counts(key, self._code.claims.valid_from, None)
        return f"signed by {issuer.name} ({key.kid})"

    def dates(self) -> str:
        claims = self._code.claims
        if not claims.valid_from <= self._at <= claims.valid_until:
            raise VerificationError(
                f"the code counts from {claims.valid_from} to {claims.valid_until}, not at {self._at}"
            )
        return f"valid until {claims.valid_until}"

    def rest(self) -> str:
        raise Unsure("a code carries the issuer's word alone; open its page or verify the bundle")
