"""A trust list with one party of each kind, for tests that change something in it."""

from label_service.trust import jws, trust_list
from label_service.trust.keys import jwk, thumbprint
from tests.signers import signer

ROOT, DELEGATED, LABEL, AUDITOR, LOG = (signer(number) for number in range(1, 6))
ROOTS = {ROOT.public_key: "Test root"}
START, END = "2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z"
ISSUED, EXPIRES = "2026-11-01T00:00:00Z", "2026-12-01T00:00:00Z"
NOW = "2026-11-23T00:00:00Z"
DELEGATION = trust_list.sign_delegation(ROOT, DELEGATED.public_key, START, END)


def listed(number=3, use="label", **members):
    """Give a listed key as JSON."""
    key = signer(number).public_key
    fields = {
        "kid": f"k{number}",
        "jwk": jwk(key),
        "use": use,
        "state": "active",
        "not_before": START,
        "not_after": END,
    }
    return fields | members


def payload(**members):
    """Give a trust list as JSON, with one party of each kind."""
    fields = {
        "type": "trust-list",
        "version": "1",
        "demo": True,
        "name": "Test scheme",
        "sequence": 1,
        "issued_at": ISSUED,
        "expires_at": EXPIRES,
        "delegation": DELEGATION,
        "issuers": [
            {
                "id": "did:web:a",
                "name": "A",
                "origin": "https://a",
                "log": "a/log",
                "keys": [listed(), listed(3, "status")],
            }
        ],
        "auditors": [
            {
                "id": "did:web:b",
                "name": "B",
                "organisation": "B & Co",
                "organisation_id": "https://b.example",
                "accreditation": {
                    "standard": "EN ISO/IEC 17065",
                    "body": "body",
                    "number": "1",
                    "valid_from": "2025-01-01",
                    "valid_until": "2028-01-01",
                },
                "keys": [listed(4, "attestation")],
            }
        ],
        "logs": [{"origin": "a/log", "keys": [listed(5, "log")]}],
        "witnesses": [],
        "witness_quorum": 0,
        "releases": [],
    }
    return fields | members


def token(delegated=DELEGATED, **members):
    """Give a signed trust list whose members need not be allowed."""
    kid = thumbprint(delegated.public_key)
    return jws.sign(payload(**members), typ="trust-list+jwt", kid=kid, signer=delegated)
