"""Make tests/vectors/declaration.json: declarations with their bytes, and changes that make one invalid.

Run from the repository root: python -m tests.vectors.make_declaration
"""

import json
from pathlib import Path
from typing import Any

from label_service.declaration import Declaration
from tests import examples
from tests.examples import EVIDENCE_FILE, claim, entry

FILE = Path(__file__).with_name("declaration.json")

READ = EVIDENCE_FILE | {"importer": "meter-table", "importer_version": "1"}
ANSWERS = {
    "at_column": "zeit",
    "value_column": "stand",
    "unit": "Wh",
    "zone": "Europe/Berlin",
    "start": "2026-11-02 09:00",
    "end": "2026-11-02 11:00",
    "rated_power_w": "350",
    "channel": "all",
    "jobs": [0, 2],
    "failed_elsewhere": [1],
}

# Changes of the first declaration: why, where, and what stands there instead.
INVALID: list[tuple[str, str, Any]] = [
    ("a negative amount", "/materials/0/net/value", "-1"),
    ("a second spelling of an amount", "/materials/0/net/value", "0.250"),
    ("an amount as a number", "/materials/0/net/value", 0),
    ("an unknown unit", "/materials/0/net/unit", "lb"),
    ("a basis that is not declared", "/materials/0/net/basis", "default"),
    ("evidence that is not listed", "/materials/0/net/evidence", ["ab" * 32]),
    ("a digest in upper case", "/materials/0/net/evidence", ["9F" * 32]),
    ("null instead of an absent member", "/inbound", None),
    ("an unknown member", "/surprise", 1),
    ("another version", "/version", "2"),
    ("a quantity of 0", "/quantity", 0),
    ("a quantity as text", "/quantity", "4"),
    ("a day that does not exist", "/made/first", "2026-02-30"),
    ("making ends before it begins", "/made/first", "2026-11-03"),
    ("a category without a function", "/product/category", "tshirt"),
    ("an unknown machine", "/steps/0/machine", "other"),
    ("an unknown material in a step", "/steps/0/materials", ["other"]),
    ("a material twice in a step", "/steps/0/materials", ["body", "body"]),
    ("no steps", "/steps", []),
    ("a consumable with a net mass", "/materials/0/role", "consumable"),
    ("a bought part alone", "/materials/0/role", "bought_part"),
    ("text with white space around it", "/product/name", " Hook"),
    ("text with a control character", "/product/name", "Ho\u0007ok"),
    ("text that is not in normalisation form C", "/product/name", "Ho\u0308rby"),
    ("a country of two letters", "/producer/country", "DE"),
    ("a short salt", "/salt", "0" * 31),
    ("legs, but none", "/inbound", []),
    ("a function with a unit of mass and no category", "/product/function", entry("1", "kg")),
    ("answers without an importer", "/evidence/0/options", {"unit": "Wh"}),
    ("no answer in the options", "/evidence", [READ | {"options": {}}]),
    ("an unknown answer", "/evidence", [READ | {"options": {"mood": "good"}}]),
    ("a start without an end", "/evidence", [READ | {"options": {"start": "2026-11-02T08:00:00Z"}}]),
    ("jobs that do not rise", "/evidence", [READ | {"options": {"jobs": [2, 1]}}]),
    ("a job twice", "/evidence", [READ | {"options": {"failed_elsewhere": [1, 1]}}]),
    ("no jobs, but named", "/evidence", [READ | {"options": {"jobs": []}}]),
    ("what was bought of a lot without a name", "/materials/0/bought", entry("10", "kg")),
    ("a second spelling of a claim", "/materials/0/gross", claim("1.", "kg")),
]


def build() -> dict[str, Any]:
    """Give the vectors."""
    return {
        "comment": "docs/formats/declaration.md; `document` is the text whose UTF-8 bytes are hashed",
        "valid": [_valid(make()) for make in examples.ALL],
        "answered": [_valid(_answered())],
        "invalid": [{"why": why, "pointer": pointer, "value": value} for why, pointer, value in INVALID],
    }


def _answered() -> dict[str, Any]:
    """Give the hooks with a named lot, what was bought of it, and a file that was read with answers."""
    document = examples.hooks()
    document["materials"][0] |= {"lot": "PLA-2026-31", "bought": entry("1", "kg")}
    return document | {"evidence": [READ | {"options": ANSWERS}]}


def _valid(document: dict[str, Any]) -> dict[str, str]:
    declaration = Declaration.from_json(document)
    return {"document": declaration.to_bytes().decode(), "digest": declaration.digest}


if __name__ == "__main__":
    FILE.write_text(json.dumps(build(), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
