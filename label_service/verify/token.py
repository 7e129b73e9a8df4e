"""Verify a label token alone: signature and, with lists at hand, its status; attestation and log are not there."""

from collections.abc import Sequence

from label_service.errors import VerificationError
from label_service.label.content import LabelContent
from label_service.label.credential import label_url, read_label
from label_service.trust import jws
from label_service.trust.trust_list import check_key_counts, find_key
from label_service.verify.report import Report, Unsure, run
from label_service.verify.statuses import check_statuses
from label_service.verify.trust import Roots, Trust, names_issuer


def inspect_label(
    text: str, roots: Roots, at: str, *, trust_lists: Sequence[str] = (), status: Sequence[str] = ()
) -> Report:
    """Check what can be checked of a label token; step 4 says what is missing."""
    checks = _LabelChecks(text, trust_lists, roots, status, at)
    steps = {
        "label": checks.read,
        "trust list": checks.trust_list,
        "label signature": checks.signature,
        "status": checks.status,
        "attestation, log and score": checks.rest,
    }
    report = run(Report(), steps)
    report.facts.update(checks.facts)
    return report


class _LabelChecks:
    def __init__(self, text: str, trust_lists: Sequence[str], roots: Roots, status: Sequence[str], at: str) -> None:
        self._text = text
        self._lists = trust_lists
        self._roots = roots
        self._status = status
        self._at = at
        self.facts: dict[str, str] = {}
        self._label: tuple[jws.Token, LabelContent]
        self._trust: Trust

    def read(self) -> str:
        self._label = read_label(self._text)
        content = self._label[1]
        self._trust = Trust(self._lists, self._roots, self._at, names_issuer(content.issuer.id))
        self.facts = {
            "label": content.label_id,
            "product": content.name,
            "grade": content.grade,
            "score": str(content.score),
            "issuer": content.issuer.name,
            "address": label_url(content),
            "auditor": content.auditor.name,
        }
        return f"label {content.label_id}"

    def trust_list(self) -> str:
        return self._trust.check()

    def signature(self) -> str:
        token, content = self._label
        issuer = self._trust.trust_list.issuer(content.issuer.id)
        key = find_key(issuer.keys, token.kid, "label")
        if not token.is_signed_by(key.jwk.raw):
            raise VerificationError("the signature of the label does not hold under the issuer's listed key")
        issuer.check_counts(content.valid_from, None)
        if key.state != "compromised":
            check_key_counts(key, content.valid_from, None)
            return f"signed by {issuer.name} ({token.kid})"
        raise Unsure(f"key {key.kid} is compromised; only the log in a bundle can tell whether this label is older")

    def status(self) -> str:
        return check_statuses(self._label[1], self._trust.trust_list, self._status, self._at)

    def rest(self) -> str:
        raise Unsure("not in a label token; verify the bundle")
