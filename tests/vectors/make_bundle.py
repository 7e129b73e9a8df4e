"""Make tests/vectors/bundle.json: a whole bundle with its root, and what each step says about it and about forgeries.

Run from the repository root: python -m tests.vectors.make_bundle
"""

import json
from collections.abc import Iterator, Sequence
from copy import deepcopy
from pathlib import Path
from typing import Any

from label_service import canonical, merkle
from label_service.assessment import assess
from label_service.document import validate
from label_service.factors import RecordingRelease
from label_service.inventory import Inventory
from label_service.label.attestation import Attestation, attest
from label_service.label.bundle import Bundle
from label_service.label.content import Issuer, LabelContent, StatusEntries, label_content
from label_service.label.credential import issue
from label_service.label.status import Purpose, build_status_list, sign_status_list
from label_service.tlog.checkpoint import sign_checkpoint
from label_service.tlog.leaf import leaf_bytes
from label_service.tlog.note import SignatureLine, cosign
from label_service.tlog.proof import InclusionProof
from label_service.trust import jws
from label_service.trust.keys import Signer, did_key, jwk
from label_service.trust.trust_list import Accreditation, TrustList, read_root, sign_delegation, sign_trust_list
from label_service.verify import inspect_bundle
from label_service.verify.bundle import label_leaf
from tests.examples import RELEASE, inventory_of, plates
from tests.signers import signer

FILE = Path(__file__).with_name("bundle.json")
ORIGIN, DID, LOG = "https://labels.example", "did:web:labels.example", "labels.example/log"
MADE, FROM, AT = "2026-11-20T09:00:00Z", "2026-11-20T10:00:00Z", "2026-11-20T12:00:00Z"
UNTIL = "2027-11-20T09:00:00Z"
INDEX, SIZE = 4, 7
ROOT, DELEGATED, LABEL, STATUS, LOG_KEY, AUDITOR = (signer(number) for number in range(121, 127))
LAB, LIBRARY, CHAMBER = "witness.lab.example", "witness.library.example", "witness.chamber.example"
WITNESSES = {name: signer(number) for name, number in ((LAB, 127), (LIBRARY, 128), (CHAMBER, 129))}
ACCREDITATION = {
    "standard": "ISO/IEC 17029",
    "body": "Example accreditation body",
    "number": "EX-1",
    "valid_from": "2026-01-01",
    "valid_until": "2027-12-31",
}


def build() -> dict[str, Any]:
    """Give the vectors."""
    bundle = _bundle()
    root = {"type": "root", "version": "1", "name": "Root of the example", "jwk": jwk(ROOT.public_key)}
    root_text = canonical.encode(root).decode()
    return {
        "comment": "docs/formats/bundle.md; each case changes members of the bundle and is judged at a time; gzip of "
        "status lists may differ between builds of zlib; the private keys are known to everybody",
        "root": root_text,
        "bundle": canonical.encode(bundle).decode(),
        "cases": [_judged(bundle, root_text, **case) for case in _cases(bundle)],
    }


def changed(bundle: dict[str, Any], changes: list[dict[str, Any]]) -> bytes:
    """Give the bytes of a bundle after changes: `value` is set at a pointer, without one the member is removed."""
    document = deepcopy(bundle)
    for change in changes:
        *parents, last = [int(part) if part.isdigit() else part for part in change["pointer"].split("/")[1:]]
        place: Any = document
        for name in parents:
            place = place[name]
        if "value" in change:
            place[last] = change["value"]
        else:
            del place[last]
    return canonical.encode(document)


def _judged(
    bundle: dict[str, Any], root: str, why: str, changes: Any = (), at: str = AT, *, is_pinned: bool = True
) -> dict[str, Any]:
    roots = dict([read_root(root.encode())]) if is_pinned else {}
    report = inspect_bundle(changed(bundle, list(changes)), roots, at)
    steps = {step.name: str(step.outcome) for step in report.steps}
    return {
        "why": why,
        "changes": list(changes),
        "at": at,
        "is_pinned": is_pinned,
        "exit_code": report.exit_code,
        "steps": steps,
    }


def _cases(bundle: dict[str, Any]) -> Iterator[dict[str, Any]]:
    proof: str = bundle["log_proof"]
    yield {"why": "every step holds"}
    yield {"why": "no pinned root", "is_pinned": False}
    yield {"why": "lists that are too old say nothing", "at": "2027-03-01T00:00:00Z"}
    yield {"why": "after the end of the label", "at": "2027-11-20T09:00:01Z"}
    yield {"why": "before the beginning of the label", "at": "2026-11-20T09:59:59Z"}
    for why, pointer, value in (
        ("a member that no bundle has", "/extra", 1),
        ("another letter in the assessment", "/assessment/grade", "B"),
        ("another score in the assessment", "/assessment/score", 1),
        ("another amount in the inventory", "/inventory/flows/0/amount", "0.1"),
        ("another producer in the inventory", "/inventory/producer/id", "https://else.example"),
        ("another factor in a row", "/rows/0/row/note", "another"),
        ("another hash in a path", "/rows/0/path/2", "00" * 32),
        ("another size of the release", "/release/size", bundle["release"]["size"] + 1),
        ("a release that is not listed", "/release/release", "1"),
        ("a forged signature of the label", "/label", forged(bundle["label"])),
        ("a forged signature of the attestation", "/attestation", forged(bundle["attestation"])),
        ("a forged signature of the trust list", "/trust_list", forged(bundle["trust_list"])),
        ("a forged signature of a status list", "/status/0", forged(bundle["status"][0])),
        ("a revoked label", "/status/0", status_list("revocation", [7])),
        ("a suspended label", "/status/1", status_list("suspension", [7])),
        ("a list that counts for another day", "/status/1", status_list("suspension", [], "2026-11-22T00:00:00Z")),
        ("another place in the log", "/log_proof", bundle["log_proof"].replace("index 4", "index 5")),
        ("seen by one witness where two are asked for", "/log_proof", _seen(proof, {LAB: 0})),
        ("seen by nobody", "/log_proof", _seen(proof, {})),
        ("seen by a stranger beside", "/log_proof", _seen(proof, {LAB: 0, "witness.else.example": 0})),
        ("seen by all three", "/log_proof", _seen(proof, {LAB: 0, LIBRARY: 60, CHAMBER: 0})),
        ("seen by a clock five minutes ahead", "/log_proof", _seen(proof, {LAB: 0, LIBRARY: 6600})),
        ("seen by a clock too far ahead", "/log_proof", _seen(proof, {LAB: 0, LIBRARY: 6601})),
        ("a cosignature of something else", "/log_proof", _seen(proof, {LAB: 0}) + f"{_misplaced()}\n"),
    ):
        yield {"why": why, "changes": [{"pointer": pointer, "value": value}]}
    yield {"why": "a row is left out", "changes": [{"pointer": "/rows/1"}]}
    yield {"why": "a member with a default is left out", "changes": [{"pointer": "/parts"}]}


def forged(token: str) -> str:
    """Change a character of the signature."""
    at = len(token) - 20
    return token[:at] + ("A" if token[at] != "A" else "B") + token[at + 1 :]


def _bundle() -> dict[str, Any]:
    return bundle_of(inventory_of(plates()))


def bundle_of(
    inventory: Inventory,
    *,
    label_id: str = "EXAMPLELABEL2",
    number: int = 7,
    valid_from: str = FROM,
    valid_until: str = UNTIL,
    parts: Sequence[Any] = (),
    suppliers: Sequence[dict[str, Any]] = (),
) -> dict[str, Any]:
    """Give the bundle of a label, with its place in the status lists and what stands behind its parts."""
    recording = RecordingRelease(RELEASE)
    assessment = assess(inventory, recording)
    subject = {
        "type": "DeclarationAttestation",
        "demo": inventory.demo,
        "producer": inventory.producer.id,
        "declaration_digest": "dc" * 32,
        "inventory_digest": inventory.digest,
        "assessment_digest": assessment.digest,
        "level": "site_visit",
    }
    members = {
        "id": "urn:uuid:5f0f2c1e-0d1c-4b5e-9d0a-3f9a5d1b7c22",
        "origin": ORIGIN,
        "auditor": {"id": did_key(AUDITOR.public_key), "name": "Example auditor"},
        "valid_from": MADE,
        "valid_until": UNTIL,
        "subject": subject,
    }
    attestation = validate(Attestation, members)
    attested = attest(attestation, AUDITOR)
    entry = {"index": number}
    content = label_content(
        label_id=label_id,
        origin=ORIGIN,
        issuer=Issuer(id=DID, name="Example scheme"),
        inventory=inventory,
        assessment=assessment,
        attestation=attestation,
        attestation_digest=canonical.digest(attested.encode()),
        accreditation=validate(Accreditation, ACCREDITATION),
        valid_from=valid_from,
        valid_until=valid_until,
        status=validate(
            StatusEntries,
            {name: entry | {"url": f"{ORIGIN}/status/{name}/0"} for name in ("revocation", "suspension")},
        ),
    )
    label = issue(content, kid=f"{DID}#label", signer=LABEL)
    release = {"digest": RELEASE.digest, "name": RELEASE.name, "release": RELEASE.version, "size": RELEASE.size}
    document = {
        "type": "bundle",
        "version": "1",
        "label": label,
        "attestation": attested,
        "inventory": inventory.as_json(),
        "assessment": assessment.as_json(),
        "release": release,
        "rows": [row.as_document() for row in recording.proven()],
        "status": [status_list("revocation"), status_list("suspension")],
        "trust_list": _trust_list(release, suppliers),
        "log_proof": _proof(content, label),
        "parts": list(parts),
    }
    return canonical.decode(Bundle.from_json(document).to_bytes())  # type: ignore[no-any-return]


def _proof(content: LabelContent, label: str) -> str:
    """Give the label a place among entries of others."""
    entry = leaf_bytes(label_leaf(content, jws.parse(label, typ="vc+jwt", cty="vc").digest))
    leaves = [merkle.leaf_hash(entry if number == INDEX else f"entry {number}".encode()) for number in range(SIZE)]
    checkpoint = sign_checkpoint(LOG, SIZE, merkle.root(leaves), LOG_KEY)
    return _seen(str(InclusionProof(INDEX, merkle.path(INDEX, leaves), checkpoint)), dict.fromkeys([LAB, LIBRARY], 0))


def _seen(proof: str, late_s: dict[str, int]) -> str:
    """Cosign the checkpoint of a proof in the names of witnesses, so many seconds after a quarter past ten."""
    body = InclusionProof.parse(proof).checkpoint.note.text
    lines = [cosign(body, name, WITNESSES.get(name, ROOT), 1_795_169_700 + late) for name, late in late_s.items()]
    return proof.partition("\n— ")[0] + "\n" + "".join(f"{line}\n" for line in [_own(proof), *lines])


def _misplaced() -> SignatureLine:
    """Give what the library's witness signed about another text."""
    return cosign("another text\n", LIBRARY, WITNESSES[LIBRARY], 1_795_169_700)


def _own(proof: str) -> str:
    """Give the line of the log itself."""
    return next(line for line in proof.split("\n") if line.startswith("— "))


def status_list(purpose: Purpose, indices: Any = (), valid_from: str = FROM) -> str:
    """Give a list in which these places are set."""
    until = valid_from.replace("11-20", "11-22").replace("11-22T00", "11-23T00")
    content = build_status_list(
        url=f"{ORIGIN}/status/{purpose}/0",
        issuer=DID,
        demo=True,
        purpose=purpose,
        indices=indices,
        valid_from=valid_from,
        valid_until=until,
    )
    return sign_status_list(content, kid=f"{DID}#status", signer=STATUS)


def _trust_list(release: dict[str, Any], suppliers: Sequence[dict[str, Any]]) -> str:
    auditor = did_key(AUDITOR.public_key)
    content = {
        "type": "trust-list",
        "version": "1",
        "demo": True,
        "name": "Example trust list",
        "sequence": 1,
        "issued_at": MADE,
        "expires_at": "2026-12-20T09:00:00Z",
        "delegation": sign_delegation(ROOT, DELEGATED.public_key, MADE, "2027-11-01T09:00:00Z"),
        "issuers": [
            {
                "id": DID,
                "name": "Example scheme",
                "origin": ORIGIN,
                "log": LOG,
                "keys": [listed(f"{DID}#label", LABEL, "label"), listed(f"{DID}#status", STATUS, "status")],
            }
        ],
        "auditors": [
            {
                "id": "https://auditors.example/mira",
                "name": "Example auditor",
                "organisation": "Example verification body",
                "organisation_id": "https://auditors.example",
                "accreditation": ACCREDITATION,
                "former_accreditations": [],
                "keys": [listed(f"{auditor}#{auditor.removeprefix('did:key:')}", AUDITOR, "attestation")],
            }
        ],
        "logs": [{"origin": LOG, "keys": [listed(f"{LOG}#1", LOG_KEY, "log")]}],
        "witnesses": [
            {"name": name, "url": f"https://{name}", "keys": [listed(did_key(key.public_key), key, "witness")]}
            for name, key in WITNESSES.items()
        ],
        "witness_quorum": 2,
        "releases": [release],
    } | ({"suppliers": list(suppliers)} if suppliers else {})
    return sign_trust_list(TrustList.from_json(content), DELEGATED)


def listed(kid: str, key: Signer, use: str) -> dict[str, Any]:
    """Give a key as it stands on the list."""
    window = {"not_before": "2026-01-01T00:00:00Z", "not_after": "2027-12-31T00:00:00Z"}
    return {"kid": kid, "jwk": jwk(key.public_key), "use": use, "state": "active"} | window


if __name__ == "__main__":
    FILE.write_text(json.dumps(build(), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
