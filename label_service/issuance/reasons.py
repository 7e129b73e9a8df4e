"""Codes in the public log: why a state changed (docs/operate.md), why an auditor said something (docs/audit.md).

A code is never taken out, because the log is for ever; new ones are added here and in the rule book.
"""

from collections.abc import Mapping
from typing import Final

from label_service.errors import InvalidDocument
from label_service.tlog.leaf import StatementKind

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
# Codes of why an auditor says something, by the kind of her statement.
AUDITOR_REASONS: Final[Mapping[StatementKind, Mapping[str, str]]] = {
    "refusal": {
        "evidence-missing": "evidence is missing or cannot be read",
        "evidence-refuted": "evidence does not show what was declared",
        "function-not-met": "the product does not give the function of its category",
        "implausible": "the amounts are not plausible",
        "outside-method": "the method does not cover the product",
        "no-access": "the workshop could not be looked at",
    },
    "withdrawal": {
        "error-in-declaration": "what was attested was wrong",
        "evidence-refuted": "evidence turned out not to show what was declared",
        "workshop-changed": "the workshop is no longer as it was attested",
        "key-compromised": "it was signed by somebody else with the auditor's key",
        "on-request": "the producer asked for it",
    },
    "sample_result": {
        "as-declared": "goods and evidence agree with the declaration",
        "evidence-refuted": "evidence does not show what was declared",
        "goods-differ": "the goods differ from what was declared",
        "no-access": "the goods could not be looked at",
    },
    "reveal": {"week-closed": "a week is over and its sample is drawn"},
}


def check_reason(code: str) -> None:
    """Check that a code is on the list.

    Raises:
        InvalidDocument: it is not.
    """
    if code not in REASONS:
        raise InvalidDocument(f"expected a reason of the list {', '.join(REASONS)}, found {code[:64]!a}")
