"""Codes of why a state changed, as they stand in the public log. docs/operate.md lists them for people.

A code is never taken out, because the log is for ever; new ones are added here and in the rule book.
"""

from collections.abc import Mapping
from typing import Final

from label_service.errors import InvalidDocument

REASONS: Final[Mapping[str, str]] = {
    "accreditation-ended": "the accreditation of the auditor ended",
    "appeal-upheld": "an appeal was upheld",
    "attestation-withdrawn": "the auditor withdrew her attestation",
    "complaint-upheld": "a complaint was upheld",
    "error-in-declaration": "the declaration was wrong",
    "evidence-refuted": "evidence does not show what was declared",
    "fraud": "the declaration or its evidence was forged",
    "key-compromised": "a key behind it was compromised",
    "label-misused": "the label was shown on other goods, or altered",
    "method-error": "the method or a factor was wrong",
    "on-request": "its producer asked for it",
    "precaution": "it is being looked into",
    "recall": "the goods were recalled",
    "remedied": "what was wrong is remedied",
    "reveal-overdue": "the auditor did not reveal the value from which samples are drawn",
    "sample-finding": "a sample did not agree with its declaration",
    "sample-overdue": "a sample was not audited in time",
    "scope-withdrawn": "the auditor withdrew the scope",
    "superseded": "a newer label replaces it",
    "terms-breached": "its producer broke the terms of the scheme",
    "unfounded": "what was suspected was not found",
}


def check_reason(code: str) -> None:
    """Check that a code is on the list.

    Raises:
        InvalidDocument: it is not.
    """
    if code not in REASONS:
        raise InvalidDocument(f"expected a reason of the list {', '.join(REASONS)}, found {code[:64]!a}")
