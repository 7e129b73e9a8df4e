"""Make tests/vectors/inventory.json: the inventory that follows from each declaration, and declarations without one.

Run from the repository root: python -m tests.vectors.make_inventory
"""

import json
from pathlib import Path
from typing import Any

from label_service.declaration import Declaration
from label_service.errors import LabelServiceError
from tests import examples
from tests.examples import RELEASE, changed, claim, entry, inventory_of

FILE = Path(__file__).with_name("inventory.json")


def _knob(digest: str) -> dict[str, Any]:
    return {"id": "knob", "kind": "label", "digest": digest, "amount": entry("4", "piece")}


# Changes of the first declaration: why, where, what stands there instead, and the kind of error.
REFUSED: list[tuple[str, str, Any]] = [
    ("net mass without evidence", "/materials/0/net", claim("0.25", "kg")),
    ("gross mass below the net mass", "/materials/0/gross", entry("0.2", "kg")),
    ("a net mass of 0", "/materials/0/net", entry("0", "kg")),
    ("an unknown material", "/materials/0/material", "unobtainium"),
    ("a material that is already formed", "/materials/0/material", "pp"),
    ("a process of another family", "/machines/0/process", "laser_co2"),
    ("energy in kilograms", "/steps/0/energy", entry("1", "kg")),
    ("a recycled share above 1", "/materials/0/recycled_share", entry("1.01", "1")),
    ("a recycled share where no factor is tabulated", "/materials/0/recycled_share", entry("0.5", "1")),
    ("a fuel without evidence", "/steps/0", examples.step(carrier="natural-gas", energy=claim("9", "kWh"))),
    ("a part that is not at hand", "/parts", [_knob("99" * 32)]),
    ("a part without evidence of its number", "/parts", [_knob("ab" * 32) | {"amount": claim("1", "piece")}]),
    ("half a piece of a labelled part", "/parts", [_knob("ab" * 32) | {"amount": entry("0.5", "piece")}]),
    ("a record without a material to dispose of", "/parts", [_knob("cd" * 32) | {"kind": "record"}]),
    ("own solar power that is not metered", "/steps/0", examples.step(source="own_solar")),
]


def build() -> dict[str, Any]:
    """Give the vectors."""
    return {
        "comment": "docs/formats/inventory.md; texts whose UTF-8 bytes are hashed; `error` is the code of the problem",
        "release_digest": RELEASE.digest,
        "parts": [part.as_json() for part in examples.known_parts()],
        "valid": [_valid(make()) for make in examples.ALL],
        "refused": [_refused(why, pointer, value) for why, pointer, value in REFUSED],
    }


def _valid(document: dict[str, Any]) -> dict[str, str]:
    inventory = inventory_of(document)
    return {
        "declaration": Declaration.from_json(document).to_bytes().decode(),
        "inventory": inventory.to_bytes().decode(),
        "digest": inventory.digest,
    }


def _refused(why: str, pointer: str, value: Any) -> dict[str, Any]:
    document = changed(examples.hooks(), pointer, value)
    try:
        inventory_of(document)
    except LabelServiceError as error:
        declaration = Declaration.from_json(document).to_bytes().decode()
        return {"why": why, "declaration": declaration, "error": error.code}
    raise AssertionError(why)


if __name__ == "__main__":
    FILE.write_text(json.dumps(build(), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
