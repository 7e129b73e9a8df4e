"""Make tests/vectors/statement.json: signed statements of every kind, and tokens that must be refused.

Run from the repository root: python -m tests.vectors.make_statement
"""

import json
from pathlib import Path
from typing import Any

from label_service.document import validate
from label_service.label.statement import STATEMENT_TYP, Statement, sign_statement
from label_service.trust import jws
from label_service.trust.keys import did_key
from tests.signers import signer

FILE = Path(__file__).with_name("statement.json")
AUDITOR, SCHEME = signer(103), signer(102)
AUDITOR_KID = f"{did_key(AUDITOR.public_key)}#{did_key(AUDITOR.public_key).removeprefix('did:key:')}"
SCHEME_KID = "did:web:localhost%3A8000#status-2026"
LABEL, SCOPE = {"label_id": "ABCDEFGHIJ234"}, {"scope_digest": "5c" * 32}
DECIDED = {"case": "0b8f3a52-7a53-4f0e-9a57-2a1c4a6f7d10", "outcome": "upheld"}

# Kind and subject of each statement, and whether an auditor says it.
SAID: list[tuple[str, dict[str, Any], bool]] = [
    ("refusal", {"declaration_digest": "dc" * 32}, True),
    ("refusal", {"request": "7f3a"}, True),
    ("withdrawal", {"attestation_digest": "a7" * 32}, True),
    ("withdrawal", SCOPE, True),
    ("sample_result", LABEL | SCOPE | {"outcome": "finding"}, True),
    ("sample_result", LABEL | SCOPE | {"outcome": "confirmed"}, True),
    ("reveal", SCOPE | {"week": "2026-W48", "value": "0f" * 32}, True),
    ("suspension", LABEL, False),
    ("suspension", SCOPE, False),
    ("revocation", LABEL, False),
    ("reinstatement", SCOPE, False),
    ("supersession", LABEL | {"successor": "NOPQRSTUVWXYZ"}, False),
    ("complaint_decision", DECIDED | LABEL, False),
    ("complaint_decision", DECIDED, False),
    ("appeal_decision", DECIDED | {"declaration_digest": "dc" * 32, "outcome": "dismissed"}, False),
    ("publication", {"document": "rule_book", "document_version": "2.1", "document_digest": "b0" * 32}, False),
    ("recall", LABEL, False),
]

# Changes of the first statement: why, and the members that stand there instead.
REFUSED: list[tuple[str, dict[str, Any]]] = [
    ("a kind nobody knows", {"kind": "praise"}),
    ("a member more", {"actor": "Jane"}),
    ("a subject of another kind", {"subject": SCOPE}),
    ("a subject with a member too many", {"subject": {"declaration_digest": "dc" * 32} | LABEL}),
    ("no subject", {"subject": {}}),
    ("a null member in the subject", {"subject": {"declaration_digest": "dc" * 32, "label_id": None}}),
    ("an outcome of another kind", {"kind": "sample_result", "subject": LABEL | SCOPE | {"outcome": "upheld"}}),
    ("no words", {"text": ""}),
    ("too many words", {"text": "x" * 2001}),
    ("a control character", {"text": "bell\a"}),
    ("a tabulator", {"text": "a\tb"}),
    ("white space at the end", {"text": "a\n"}),
    ("a reason in words", {"reason": "Evidence is missing"}),
    ("another version", {"version": "2"}),
    ("a time with an offset", {"at": "2026-12-03T09:30:00+00:00"}),
    ("an origin with a path", {"origin": "http://localhost:8000/x"}),
]


def statement(kind: str, subject: dict[str, Any], **members: Any) -> dict[str, Any]:
    """Give a statement as JSON."""
    return {
        "type": "statement",
        "version": "1",
        "demo": True,
        "origin": "http://localhost:8000",
        "kind": kind,
        "at": "2026-12-03T09:30:00Z",
        "subject": subject,
        "reason": "evidence_missing",
        "text": "The meter reading does not show the batch.\nIt can be handed in again.",
        "findings": ["The reading ends a day before the batch."],
    } | members


def build() -> dict[str, Any]:
    """Give the vectors."""
    return {
        "comment": "docs/formats/statement.md; keys are those of tests/signers.py and known to everybody",
        "valid": [_valid(*said) for said in SAID],
        "invalid": [*(_refused(why, change) for why, change in REFUSED), *_other_tokens()],
    }


def _valid(kind: str, subject: dict[str, Any], is_of_auditor: bool) -> dict[str, Any]:
    content = statement(kind, subject)
    kid, key = (AUDITOR_KID, AUDITOR) if is_of_auditor else (SCHEME_KID, SCHEME)
    token = sign_statement(validate(Statement, content), kid=kid, signer=key)
    return {"token": token, "content": content, "of_auditor": is_of_auditor, "key_x": key.public_key.hex()}


def _refused(why: str, change: dict[str, Any]) -> dict[str, str]:
    payload = statement("refusal", {"declaration_digest": "dc" * 32}) | change
    return {"why": why, "token": jws.sign(payload, typ=STATEMENT_TYP, kid=AUDITOR_KID, signer=AUDITOR)}


def _other_tokens() -> list[dict[str, str]]:
    payload = statement("refusal", {"declaration_digest": "dc" * 32})
    without = {name: value for name, value in payload.items() if name != "findings"}
    return [
        {
            "why": "a default left out",
            "token": jws.sign(without, typ=STATEMENT_TYP, kid=AUDITOR_KID, signer=AUDITOR),
        },
        {"why": "another typ", "token": jws.sign(payload, typ="vc+jwt", kid=AUDITOR_KID, signer=AUDITOR)},
        {
            "why": "a content type",
            "token": jws.sign(payload, typ=STATEMENT_TYP, cty="vc", kid=AUDITOR_KID, signer=AUDITOR),
        },
    ]


if __name__ == "__main__":
    FILE.write_text(json.dumps(build(), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
