"""Make tests/vectors/frame.json: variants of a parametric design, held against the frame an auditor attested.

Run from the repository root: python -m tests.vectors.make_frame
"""

import json
from pathlib import Path
from typing import Any

from label_service import canonical
from label_service.inventory import Inventory
from label_service.label.attestation import Attestation
from label_service.label.scope import outside
from tests.examples import EVIDENCE, changed, hooks, inventory_of
from tests.label.samples import attestation
from tests.scopes import scope_around

FILE = Path(__file__).with_name("frame.json")
AT = "2026-11-20T12:00:00Z"
DESIGN = {"name": "Parametric hook", "digest": EVIDENCE}
HEIGHT = {"name": "height", "unit": "mm", "value": "120"}
BOUNDS = (
    {"quantity": "height", "unit": "mm", "low": "20", "high": "200"},
    {"quantity": "net_mass", "unit": "kg", "low": "0.05", "high": "0.0625"},
    {"quantity": "gross_mass", "unit": "kg", "low": "0.06575", "high": "0.1"},
    {"quantity": "energy", "unit": "kWh", "low": "0.03", "high": "0.2"},
    {"quantity": "machine_time", "unit": "h", "low": "0.475", "high": "0.475"},
)

# Changes of the inventory: why, where, and what stands there instead.
CASES: list[tuple[str, str, Any]] = [
    ("every quantity inside, three of them at their bound", "", None),
    ("the design is another", "/design/digest", "00" * 32),
    ("no design", "/design", None),
    ("a parameter below", "/variant/parameters/0/value", "19.999999999999"),
    ("a parameter above", "/variant/parameters/0/value", "200.000000000001"),
    ("a parameter at its bound", "/variant/parameters/0/value", "200"),
    ("a parameter in another unit", "/variant/parameters/0/unit", "m"),
    ("a parameter that the frame does not know", "/variant/parameters/0/name", "width"),
    ("no parameters", "/variant/parameters", []),
    ("no variant", "/variant", None),
    ("machine time that is not known", "/variant/machine_h", None),
    ("more machine time by the smallest step", "/variant/machine_h", "1.900000000001"),
    ("a mass above by the smallest step", "/net_masses/0/amount", "0.250000000001"),
    ("a mass below", "/net_masses/0/amount", "0.1"),
    ("fewer items of the same mass", "/quantity", 3),
]


def scope_of_variants(inventory: Inventory, **changes: Any) -> Any:
    """Give the scope of a workshop for variants of the design, wide in everything but the frame."""
    wide = {
        "floors": [{"process": name, "kwh_per_kg": "0", "scrap_fraction": "0"} for name in inventory.processes],
        "ceilings": [],
    }
    frame = {"name": DESIGN["name"], "design": DESIGN["digest"], "bounds": BOUNDS}
    return scope_around(inventory, **wide | {"frame": frame} | changes)


def variant() -> Inventory:
    """Give four hooks of a chosen height."""
    document = changed(changed(hooks(), "/product/design", DESIGN), "/product/variant", [HEIGHT])
    return inventory_of(document)


def attested(inventory: Inventory, **changes: Any) -> Attestation:
    """Give the attestation of the scope."""
    validity = {"valid_from": "2026-11-20T09:00:00Z", "valid_until": "2027-11-20T09:00:00Z"}
    return attestation(subject=scope_of_variants(inventory, **changes), **validity)


def build() -> dict[str, Any]:
    """Give the vectors."""
    inventory = variant()
    return {
        "comment": "docs/formats/attestation.md, rule 19: reasons why a variant is outside of the frame of a design",
        "at": AT,
        "inventory": inventory.to_bytes().decode(),
        "attestation": attested(inventory).as_json(),
        "cases": [_case(inventory, *case) for case in CASES],
    }


def _case(inventory: Inventory, why: str, pointer: str, value: Any) -> dict[str, Any]:
    document = altered(inventory.to_bytes(), pointer, value)
    reasons = outside(Inventory.from_json(document), attested(inventory), AT, 0)
    return {"why": why, "pointer": pointer, "value": value, "codes": [reason.code for reason in reasons]}


def altered(inventory: bytes, pointer: str, value: Any) -> dict[str, Any]:
    """Give the inventory of a case; the empty pointer changes nothing."""
    document: dict[str, Any] = canonical.decode(inventory)
    return changed(document, pointer, value) if pointer else document


if __name__ == "__main__":
    FILE.write_text(json.dumps(build(), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
