"""Make tests/vectors/parts.json: a product with a labelled part and a supplier's record, and what becomes of forgeries.

Run from the repository root: python -m tests.vectors.make_parts
"""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from label_service import canonical
from label_service.declaration import Declaration
from label_service.inventory.build import build_inventory
from label_service.inventory.parts import Part
from label_service.label.credential import read_label
from label_service.label.record import SupplierRecord, sign_record
from label_service.trust.keys import did_key, jwk
from label_service.verify import inspect_bundle
from label_service.verify.bundle import weigh_part
from tests.examples import RELEASE, entry, hooks
from tests.signers import signer
from tests.vectors.make_bundle import AT, ROOT, bundle_of, changed, forged, listed, status_list

FILE = Path(__file__).with_name("parts.json")
SUPPLIER = signer(130)
SUPPLIER_ID = "https://smith.example"
KID = did_key(SUPPLIER.public_key)
RECORD = {
    "type": "supplier-record",
    "version": "1",
    "demo": True,
    "supplier": {"id": SUPPLIER_ID, "name": "Smith", "country": "AUT"},
    "name": "Handle",
    "unit": "piece",
    "mass_kg": "0.01",
    "kgco2e": "0.021",
    "gsd": "1.2",
    "boundary": "cradle_to_gate",
    "method": "1",
    "valid_from": "2026-01-01T00:00:00Z",
    "valid_until": "2026-12-31T00:00:00Z",
    "source": "EPD-EXAMPLE-1",
}


def build() -> dict[str, Any]:
    """Give the vectors."""
    bundle = product([part(), record()])
    return {
        "comment": "docs/formats/bundle.md, parts; each case changes members of the bundle; `result` is the named one",
        "root": root(),
        "at": AT,
        "bundle": canonical.encode(bundle).decode(),
        "cases": [_judged(bundle, **case) for case in _cases(bundle)],
    }


def root() -> str:
    """Give the root file."""
    document = {"type": "root", "version": "1", "name": "Root of the example", "jwk": jwk(ROOT.public_key)}
    return canonical.encode(document).decode()


def part(number: int = 1, parts: Sequence[Any] = (), **members: Any) -> dict[str, Any]:
    """Give the bundle of labelled hooks, which may be made of parts themselves."""
    inventory = inventory_with(parts, name=f"Hook {number}")
    label_id = members.pop("label_id", f"EXAMPLEPART2{'ABCDEFGH'[number]}")
    return bundle_of(inventory, label_id=label_id, number=20 + number, parts=parts, suppliers=[supplier()], **members)


def product(parts: Sequence[Any], **members: Any) -> dict[str, Any]:
    """Give the bundle of a product made of parts."""
    withdrawn = members.pop("withdrawn", ())
    inventory = inventory_with(members.pop("named", parts), name="Rack")
    return bundle_of(inventory, parts=parts, suppliers=[supplier(withdrawn)], **members)


def inventory_with(parts: Sequence[Any], **product_members: Any) -> Any:
    """Give the inventory of hooks that use one unit of each part."""
    known = [weigh(item) for item in parts]
    document = hooks()
    document["product"] |= product_members
    document["parts"] = [_use(item, number) for number, item in enumerate(known)]
    return build_inventory(Declaration.from_json(document), RELEASE, RELEASE.digest, known)


def weigh(item: Any) -> Part:
    """Give what a bundle or record says of a part."""
    return weigh_part(item.encode() if isinstance(item, str) else canonical.encode(item))


def record(**members: Any) -> str:
    """Give a supplier's record."""
    return sign_record(SupplierRecord.from_json(RECORD | members), kid=KID, signer=SUPPLIER)


def supplier(withdrawn: Sequence[str] = ()) -> dict[str, Any]:
    """Give the supplier as the trust list has it."""
    keys = [listed(KID, SUPPLIER, "record")]
    return {"id": SUPPLIER_ID, "name": "Smith", "keys": keys, "withdrawn": list(withdrawn)}


def result_of(report: Any) -> str:
    """Give the name a step of parts ended with; empty where all hold."""
    steps = report["steps"] if isinstance(report, dict) else [step._asdict() for step in report.steps]
    found = next(step for step in steps if step["name"] == "parts")
    return "" if found["outcome"] == "holds" else found["detail"].partition(":")[0]


def _use(item: Part, number: int) -> dict[str, Any]:
    use = {"id": f"part-{number}", "kind": item.kind, "digest": item.digest, "amount": entry("4", item.unit, "as_made")}
    return use | ({"material": "steel-wire"} if item.kind == "record" else {})


def _cases(bundle: dict[str, Any]) -> Iterator[dict[str, Any]]:
    inner = bundle["parts"][0]
    yield {"why": "everything holds"}
    for why, pointer, value in (
        ("a forged signature of the part's label", "/parts/0/label", forged(inner["label"])),
        ("another amount in the part's inventory", "/parts/0/inventory/flows/0/amount", "0.1"),
        ("the label of another part", "/parts/0", part(2)),
        ("a forged record", "/parts/1", forged(bundle["parts"][1])),
        ("another record", "/parts/1", record(kgco2e="0.01")),
        ("a record where a bundle belongs", "/parts/0", bundle["parts"][1]),
        ("nothing behind the parts", "/parts", []),
        ("another weight of the part", "/inventory/parts/0/own/gate/kgco2e", "0.01"),
        ("the part's label is revoked", "/status/0", status_list("revocation", [21])),
        ("the part's label is suspended", "/status/1", status_list("suspension", [21])),
    ):
        yield {"why": why, "changes": [{"pointer": pointer, "value": value}]}


def _judged(bundle: dict[str, Any], why: str, changes: Any = ()) -> dict[str, Any]:
    from label_service.trust.trust_list import read_root

    report = inspect_bundle(changed(bundle, list(changes)), dict([read_root(root().encode())]), AT)
    last = report.steps[-1]
    result = result_of(report) if last.outcome != "not checked" else ""
    outcome = {"why": why, "changes": list(changes), "exit_code": report.exit_code, "outcome": str(last.outcome)}
    return outcome | ({"result": result} if result else {})


def label_digest(bundle: dict[str, Any]) -> str:
    """Give the digest of the label in a bundle."""
    return read_label(bundle["label"])[0].digest


if __name__ == "__main__":
    FILE.write_text(json.dumps(build(), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
