"""The auditor's side besides declarations: she attests a workshop, refuses, withdraws, answers a sample.

Each is signed on her machine and handed in with `POST /api/v1/intake` or on the page where it is asked for.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from label_service.document import validate
from label_service.errors import Refused
from label_service.issuance.keys import load_key
from label_service.issuance.reasons import AUDITOR_REASONS
from label_service.issuance.setup import timestamp
from label_service.label.attestation import Attestation, AttestingAuditor, attest
from label_service.label.statement import Statement, sign_statement
from label_service.tlog.leaf import StatementKind
from label_service.trust.keys import did_key


@dataclass(frozen=True, slots=True)
class Scheme:
    """Which scheme something is said to: its origin, and whether it is a demonstration."""

    origin: str
    is_demo: bool


def sign_scope(
    subject: Mapping[str, Any],
    key: Path,
    *,
    name: str,
    scheme: Scheme,
    valid_from: datetime,
    valid_for: timedelta,
    identifier: UUID,
) -> tuple[Attestation, str]:
    """Sign the attestation of a workshop, from the members of its subject, and give it with its token.

    Raises:
        InvalidDocument: a member breaks the format; `where` is its JSON pointer.
        InvalidKey: the key file cannot be used.
    """
    signer = load_key(key)
    content = {
        "id": f"urn:uuid:{identifier}",
        "origin": scheme.origin,
        "auditor": {"id": did_key(signer.public_key), "name": name},
        "valid_from": timestamp(valid_from),
        "valid_until": timestamp(valid_from + valid_for),
        "subject": {"demo": scheme.is_demo, **subject, "type": "ScopeAttestation"},
    }
    attestation = validate(Attestation, content)
    return attestation, attest(attestation, signer)


def sign_words(
    kind: StatementKind,
    subject: Mapping[str, str],
    key: Path,
    *,
    scheme: Scheme,
    reason: str,
    text: str,
    findings: Sequence[str] = (),
    at: datetime,
) -> tuple[Statement, str]:
    """Sign a statement and give it with its token.

    Raises:
        Refused: a reason that is not on the list of its kind.
        InvalidDocument: a member breaks the format.
        InvalidKey: the key file cannot be used.
    """
    known = AUDITOR_REASONS[kind]
    if reason not in known:
        raise Refused(f"expected a reason for a {kind.replace('_', ' ')}, found {reason[:64]!a}", hint=", ".join(known))
    signer = load_key(key)
    content = {
        "type": Statement.TYPE,
        "version": Statement.VERSION,
        "demo": scheme.is_demo,
        "origin": scheme.origin,
        "kind": kind,
        "at": timestamp(at),
        "subject": dict(subject),
        "reason": reason,
        "text": text,
        "findings": tuple(findings),
    }
    statement = validate(Statement, content)
    auditor = validate(AttestingAuditor, {"id": did_key(signer.public_key), "name": "-"})
    return statement, sign_statement(statement, kid=auditor.kid, signer=signer)
