"""Make tests/vectors/federation.json: the bundle of bundle.json under trust lists of another operator and of its own.

Run from the repository root: python -m tests.vectors.make_federation
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from label_service import canonical
from label_service.tlog.proof import InclusionProof
from label_service.trust import encoding
from label_service.trust.keys import Signer, jwk
from label_service.trust.trust_list import TrustList, read_root, sign_delegation, sign_trust_list
from label_service.verify import inspect_bundle
from tests.signers import signer
from tests.vectors import make_bundle
from tests.vectors.make_bundle import AT, DELEGATED, FROM, INDEX, MADE, ROOT, SIZE

FILE = Path(__file__).with_name("federation.json")
OTHER_ROOT, OTHER_DELEGATED, OTHER_LABEL, OTHER_LOG_KEY = (signer(number) for number in range(141, 145))
OTHER, OTHER_LOG = "did:web:other.example", "other.example/log"
AFTER, LATER = "2026-11-20T11:00:00Z", "2027-03-01T12:00:00Z"
Json = dict[str, Any]


def build() -> Json:
    """Give the vectors."""
    bundle = json.loads(make_bundle.FILE.read_text("utf-8"))["bundle"]
    lists = dict(_lists(json.loads(bundle)))
    roots = {"own": _root("Root of the example", ROOT), "other": _root("Root of the other", OTHER_ROOT)}
    return {
        "comment": "docs/formats/trust-list.md, rules 29 to 36; the bundle is that of bundle.json, under lists of its "
        "own operator and of another one; the private keys are known to everybody",
        "roots": roots,
        "lists": lists,
        "cases": [_judged(bundle.encode(), lists, roots, *case) for case in _cases()],
    }


def _root(name: str, key: Signer) -> str:
    return canonical.encode({"jwk": jwk(key.public_key), "name": name, "type": "root", "version": "1"}).decode()


def _judged(  # noqa: PLR0917 - members of a case
    bundle: bytes, lists: Json, roots: Json, why: str, given: list[str], pinned: list[str], at: str
) -> Json:
    trusted = dict(read_root(roots[name].encode()) for name in pinned)
    report = inspect_bundle(bundle, trusted, at, trust_lists=[lists[name] for name in given])
    steps = {step.name: str(step.outcome) for step in report.steps}
    members = {"why": why, "lists": given, "pinned": pinned, "at": at, "exit_code": report.exit_code, "steps": steps}
    return members | {"trust": report.steps[1].detail}


def _cases() -> Iterator[tuple[str, list[str], list[str], str]]:
    yield "another operator's list names the issuer", ["both"], ["other"], AT
    yield "of two roots the list that is given first", ["both"], ["own", "other"], AT
    yield "the list of the other is not at hand", [], ["other"], AT
    yield "the list of the other does not name the issuer", ["silent"], ["other"], AT
    yield "a pinned list that does not name the issuer does not stand in the way", ["silent"], ["own", "other"], AT
    yield "the list of the other is forged", ["forged"], ["own", "other"], AT
    yield "a newer list of the same root replaces the enclosed one", ["cut off"], ["own"], AT
    yield "an auditor that the issuer did not admit", ["no auditor"], ["other"], AT
    yield "a release that the issuer did not admit", ["no release"], ["other"], AT
    for name in (
        "ended after this label",
        "ended before this label",
        "ended with the entry before",
        "compromised after this label",
        "compromised with this label",
        "closed with this tree, the key of the log stolen",
        "closed with another tree",
        "closed with a smaller tree",
        "revoked by the successor",
    ):
        yield name, [name], ["other"], AT
    yield "the last status lists of a closed issuer count without end", ["closed, later"], ["other"], LATER
    yield "those of an issuer whose log goes on do not", ["ended, later"], ["other"], LATER


def _lists(bundle: Json) -> Iterator[tuple[str, str]]:
    own = json.loads(encoding.from_base64url(bundle["trust_list"].split(".")[1]))
    tree = InclusionProof.parse(bundle["log_proof"]).checkpoint
    final = {"size": SIZE, "root": tree.root.hex()}
    kept = {"at": FROM, "size": SIZE}
    both = _sign(_other(own))
    yield "both", both
    yield "silent", _sign(_other(own) | {"issuers": _other(own)["issuers"][:1]})
    yield "forged", both[:-20] + ("A" if both[-20] != "A" else "B") + both[-19:]
    yield "cut off", _sign(_cut_off(own) | {"sequence": 2}, DELEGATED)
    admitted = {"auditors": own["auditors"], "releases": own["releases"]}
    yield "no auditor", _sign(_listing(own, issuer={"admits": admitted | {"auditors": []}}))
    yield "no release", _sign(_listing(own, issuer={"admits": admitted | {"releases": []}}))
    yield "ended after this label", _sign(_listing(own, {"ended": kept | {"at": AFTER, "size": INDEX + 1}}))
    yield "ended before this label", _sign(_listing(own, {"ended": kept | {"at": "2026-11-20T09:59:59Z"}}))
    yield "ended with the entry before", _sign(_listing(own, {"ended": kept | {"at": AFTER, "size": INDEX}}))
    for name, index in (("compromised after this label", INDEX + 1), ("compromised with this label", INDEX)):
        stolen = {"state": "compromised", "since_index": index}
        yield name, _sign(_listing(own, {"ended": kept | {"at": AFTER, "size": index}}, label=stolen))
    stolen = {"state": "compromised", "since_index": 0}
    closed = {"ended": kept | {"successor": OTHER}}
    yield (
        "closed with this tree, the key of the log stolen",
        _sign(_listing(own, closed, {"final": final}, log_key=stolen)),
    )
    yield "closed with another tree", _sign(_listing(own, closed, {"final": final | {"root": "00" * 32}}))
    yield "closed with a smaller tree", _sign(_listing(own, closed, {"final": final | {"size": SIZE - 1}}))
    revoked = {"ended": kept | {"successor": OTHER, "revoked": ["EXAMPLELABEL2"]}}
    yield "revoked by the successor", _sign(_listing(own, revoked, {"final": final}))
    later = {"issued_at": "2027-02-20T00:00:00Z", "expires_at": "2027-03-20T00:00:00Z"}
    yield "closed, later", _sign(_listing(own, closed, {"final": final}) | later)
    yield "ended, later", _sign(_listing(own, closed) | later)


def _other(own: Json) -> Json:
    """Give the list of the other operator, which admits the example as it admits itself."""
    key = make_bundle.listed(f"{OTHER}#label", OTHER_LABEL, "label")
    log_key = make_bundle.listed(f"{OTHER}#log", OTHER_LOG_KEY, "log")
    issuer = {"id": OTHER, "name": "Other scheme", "origin": "https://other.example", "log": OTHER_LOG, "keys": [key]}
    admitted = {"auditors": own["auditors"], "releases": own["releases"]}
    return own | {
        "name": "Trust list of the other",
        "delegation": sign_delegation(OTHER_ROOT, OTHER_DELEGATED.public_key, MADE, "2027-11-01T09:00:00Z"),
        "issuers": [issuer, *(item | {"admits": admitted} for item in own["issuers"])],
        "logs": [{"origin": OTHER_LOG, "keys": [log_key]}, *own["logs"]],
        "auditors": [],
        "releases": [],
    }


def _listing(
    own: Json,
    issuer: Json | None = None,
    log: Json | None = None,
    *,
    label: Json | None = None,
    log_key: Json | None = None,
) -> Json:
    """Give the other's list with members of the example's issuer, log or keys changed."""
    content = json.loads(json.dumps(_other(own)))
    content["issuers"][1] |= issuer or {}
    content["issuers"][1]["keys"][0] |= label or {}
    content["logs"][1] |= log or {}
    content["logs"][1]["keys"][0] |= log_key or {}
    return content  # type: ignore[no-any-return]


def _cut_off(own: Json) -> Json:
    content: Json = json.loads(json.dumps(own))
    content["issuers"][0]["keys"][0] |= {"state": "compromised", "since_index": 0}
    return content


def _sign(content: Json, delegated: Signer = OTHER_DELEGATED) -> str:

    return sign_trust_list(TrustList.from_json(content), delegated)


if __name__ == "__main__":
    FILE.write_text(json.dumps(build(), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
