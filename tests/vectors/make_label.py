"""Make tests/vectors/label.json: labels, attestations and status lists that verify, and tokens that must be refused.

Run from the repository root: python -m tests.vectors.make_label
"""

import json
from pathlib import Path
from typing import Any

from label_service.document import Model
from label_service.label.attestation import attest
from label_service.label.credential import enveloped, issue
from label_service.label.did import did_document, did_web
from label_service.label.status import build_status_list, sign_status_list
from label_service.trust import encoding, jws
from label_service.trust.keys import Signer, jwk
from label_service.trust.trust_list import ListedKey
from tests.label.samples import (
    AUDITOR,
    AUDITOR_KEY,
    DID,
    KID,
    LABEL_KEY,
    ORIGIN,
    STATUS_KEY,
    STATUS_KID,
    attestation,
    content,
    scope,
)

FILE = Path(__file__).with_name("label.json")
DIGESTS = {"inventory_digest": "10" * 32, "assessment_digest": "a5" * 32}


def build() -> dict[str, Any]:
    """Give the vectors; digests of documents are placeholders."""
    return {
        "comment": "docs/formats/label.md, attestation.md, status-list.md; the private keys are known to everybody",
        "did": {"origin": ORIGIN, "did": did_web(ORIGIN), "document": did_document(DID, _listed())},
        "valid": [
            *(_token("label", token, made, LABEL_KEY) for token, made in _labels()),
            *(_token("attestation", attest(made, AUDITOR_KEY), made, AUDITOR_KEY) for made in _attestations()),
            _status_list(),
        ],
        "enveloped": enveloped(next(_labels())[0]),
        "invalid": _invalid(),
    }


def _labels() -> Any:
    scoped = {
        "scope": {"digest": "5c" * 32, "position": 15, "of": 40},
        "demo": False,
        "caps": ["proxy_share"],
        "grade": "C",
    }
    for changes in ({}, scoped):
        made = content(**DIGESTS, **changes)
        yield issue(made, kid=KID, signer=LABEL_KEY), made


def _attestations() -> Any:
    subject = attestation().subject.model_copy(update=DIGESTS)
    return (attestation(subject=subject), scope())


def _token(kind: str, token: str, made: Model, key: Signer) -> dict[str, Any]:
    return {"kind": kind, "token": token, "public_key": key.public_key.hex(), "content": made.as_json()}


def _status_list() -> dict[str, Any]:
    indices = [0, 7, 8, 94567, 131071]
    made = build_status_list(
        url=f"{ORIGIN}/status/revocation/0",
        issuer=DID,
        demo=True,
        purpose="revocation",
        indices=indices,
        valid_from="2026-11-23T10:00:00Z",
        valid_until="2026-11-25T10:00:00Z",
    )
    content_json = made.model_dump(exclude={"bits"}) | {"set": indices}
    token = sign_status_list(made, kid=STATUS_KID, signer=STATUS_KEY)
    return {"kind": "status_list", "token": token, "public_key": STATUS_KEY.public_key.hex(), "content": content_json}


def _invalid() -> list[dict[str, str]]:
    token, _ = next(_labels())
    head, body, signature = token.split(".")
    payload = json.loads(encoding.from_base64url(body))
    flipped = body[:-2] + ("A" if body[-2] != "A" else "B") + body[-1]
    other_letter = json.loads(json.dumps(payload))
    other_letter["credentialSubject"]["profileScore"]["code"] = "A"
    spaced = encoding.base64url(json.dumps(payload, sort_keys=True).encode())
    attested = attestation().credential()
    return [
        {"kind": "label", "token": f"{head}.{flipped}.{signature}", "reason": "one character of the payload changed"},
        {"kind": "label", "token": f"{token}=", "reason": "padding"},
        {"kind": "label", "token": _signed_text(head, spaced), "reason": "white space in the payload"},
        {
            "kind": "label",
            "token": _signed(other_letter),
            "reason": "profileScore says another letter than the content",
        },
        {"kind": "label", "token": _signed(payload | {"vc": {}}), "reason": "further member"},
        {
            "kind": "label",
            "token": _signed(payload, kid="did:web:elsewhere.example#k"),
            "reason": "key of another party",
        },
        {"kind": "label", "token": _signed(payload, typ="JWT"), "reason": "typ is not vc+jwt"},
        {
            "kind": "attestation",
            "token": jws.sign(attested, typ="vc+jwt", cty="vc", kid=KID, signer=AUDITOR_KEY),
            "reason": f"kid is not that of {AUDITOR.id}",
        },
    ]


def _signed(payload: dict[str, Any], *, kid: str = KID, typ: str = "vc+jwt") -> str:
    return jws.sign(payload, typ=typ, cty="vc", kid=kid, signer=LABEL_KEY)


def _signed_text(head: str, body: str) -> str:
    return f"{head}.{body}.{encoding.base64url(LABEL_KEY.sign(f'{head}.{body}'.encode()))}"


def _listed() -> list[ListedKey]:
    window = {"state": "active", "not_before": "2026-01-01T00:00:00Z", "not_after": "2027-12-31T00:00:00Z"}
    return [
        ListedKey.model_validate({"kid": kid, "jwk": jwk(key.public_key), "use": use} | window)
        for kid, key, use in ((KID, LABEL_KEY, "label"), (STATUS_KID, STATUS_KEY, "status"))
    ]


if __name__ == "__main__":
    FILE.write_text(json.dumps(build(), indent=1, ensure_ascii=False) + "\n")
