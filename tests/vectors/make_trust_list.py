"""Make tests/vectors/trust-list.json: lists that open, lists that must be refused, and which keys count when.

Run from the repository root: python -m tests.vectors.make_trust_list
"""

import json
from pathlib import Path
from typing import Any

from label_service.canonical import encode
from label_service.trust import jws, trust_list
from label_service.trust.keys import jwk, thumbprint
from tests.signers import signer
from tests.trust.samples import DELEGATED, DELEGATION, END, LABEL, NOW, ROOT, START, listed, payload, token

FILE = Path(__file__).with_name("trust-list.json")
OTHER = signer(9)
SMALL_ORDER = (1).to_bytes(32, "little")


def build() -> dict[str, Any]:
    """Give the vectors."""
    return {
        "comment": "docs/formats/trust-list.md; the private keys are known to everybody",
        "root": encode({"jwk": jwk(ROOT.public_key), "name": "Test root", "type": "root", "version": "1"}).decode(),
        "other_root": encode({"jwk": jwk(OTHER.public_key), "name": "Other", "type": "root", "version": "1"}).decode(),
        "list": encode(payload()).decode(),
        "delegation": DELEGATION,
        "valid": _valid(),
        "invalid": [{"why": why, "token": text} for why, text in _invalid()],
        "keys": list(_keys()),
    }


def _valid() -> list[dict[str, Any]]:
    text = token()
    short = token(delegation=trust_list.sign_delegation(ROOT, DELEGATED.public_key, START, "2026-11-10T00:00:00Z"))
    return [
        {"token": text, "pinned": "root", "at": NOW, "root": "Test root", "fresh": True},
        {"token": text, "pinned": "root", "at": "2026-12-01T00:00:01Z", "root": "Test root", "fresh": False},
        {"token": text, "pinned": "root", "at": "2026-10-31T23:59:59Z", "root": "Test root", "fresh": False},
        {"token": text, "pinned": "other_root", "at": NOW, "root": None, "fresh": True},
        {"token": short, "pinned": "root", "at": NOW, "root": "Test root", "fresh": False},
    ]


def _invalid() -> list[tuple[str, str]]:
    head, body, tail = token().split(".")
    forged = {"type": "delegation", "version": "1", "jwk": jwk(OTHER.public_key), "not_before": START, "not_after": END}
    stolen = jws.sign(forged, typ="delegation+jwt", kid=thumbprint(ROOT.public_key), signer=OTHER)
    long = trust_list.sign_delegation(ROOT, DELEGATED.public_key, START, "2027-01-03T00:00:00Z")
    flipped = tail[:-2] + ("A" if tail[-2] != "A" else "B") + tail[-1]
    return [
        ("signed by another key than the delegated one", token(LABEL)),
        ("signed by the root itself", token(ROOT)),
        ("the delegation names a pinned root and is signed by another key", token(OTHER, delegation=stolen)),
        ("a list longer than 30 days", token(expires_at="2026-12-01T00:00:01Z")),
        ("a list that ends before it begins", token(expires_at="2026-10-01T00:00:00Z")),
        ("a delegation longer than 366 days", token(delegation=long)),
        ("a list in place of the delegation", token(delegation=token())),
        ("a delegation in place of the list", DELEGATION),
        ("a small-order key", token(logs=[{"origin": "a/log", "keys": [listed() | {"jwk": jwk(SMALL_ORDER)}]}])),
        ("an unknown member", token(surprise=1)),
        ("an unknown version", token(version="2")),
        (
            "a retired key that does not say since when",
            token(logs=[{"origin": "a", "keys": [listed(state="retired")]}]),
        ),
        ("a flipped bit of the signature", f"{head}.{body}.{flipped}"),
        ("padding", f"{head}.{body}.{tail}="),
        ("a part too many", f"{head}.{body}.{tail}.{tail}"),
    ]


def _keys() -> list[dict[str, Any]]:
    retired, later = listed(state="retired", since=NOW), "2026-11-23T00:00:01Z"
    closed = listed(state="retired", since=NOW, since_index=5)
    compromised = listed(state="compromised", since_index=5)
    cases = [
        (listed(), NOW, None, True),
        (listed(), "2025-12-31T23:59:59Z", 0, False),
        (listed(), "2027-01-01T00:00:01Z", 0, False),
        (retired, NOW, None, True),
        (retired, later, 0, False),
        (closed, NOW, 4, True),
        (closed, NOW, 5, False),
        (closed, NOW, None, True),
        (compromised, NOW, 4, True),
        (compromised, NOW, 5, False),
        (compromised, NOW, None, False),
        (listed(state="compromised"), NOW, 0, False),
    ]
    return [{"key": key, "signed_at": at, "log_index": index, "counts": counts} for key, at, index, counts in cases]


if __name__ == "__main__":
    FILE.write_text(json.dumps(build(), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
