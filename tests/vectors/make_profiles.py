"""Make tests/vectors/profiles.json: profiles with their bytes, and changes that make them invalid.

Run from the repository root: python -m tests.vectors.make_profiles
"""

import json
from pathlib import Path
from typing import Any

from label_service.declaration.profiles import Profiles
from label_service.examples import FOLDER

FILE = Path(__file__).with_name("profiles.json")

# Changes of the profiles: why, where, and what stands there instead.
INVALID: list[tuple[str, str, Any]] = [
    ("an unknown member", "/surprise", 1),
    ("another version", "/version", "2"),
    ("machines without a site", "/sites", []),
    ("a recycled share above the whole", "/lots/2/recycled_share/value", "1.1"),
    ("a recycled share in kg", "/lots/2/recycled_share/unit", "kg"),
    ("a lot bought by the hour", "/lots/1/bought", {"basis": "asserted", "evidence": [], "unit": "h", "value": "1"}),
    ("a machine at an unknown site", "/machines/0/site", "elsewhere"),
    ("two machines of one id", "/machines/1/id", "printer"),
    ("two lots of one id", "/lots/1/id", "pla"),
    ("two products of one id", "/products/1/id", "hook"),
    ("two products of one sku", "/products/1/sku", "HOOK-4"),
    ("evidence of a share that is not listed", "/lots/2/recycled_share/evidence", ["ab" * 32]),
    ("a country without listed evidence", "/lots/0/bought_in/0/country_evidence", ["ab" * 32]),
    ("a category without a function", "/products/0/category", "tshirt"),
    ("packaging without a mass", "/products/0/packaging_material", None),
    ("legs, but none", "/inbound", []),
    ("a word with white space around it", "/lots/0/words", [" PLA"]),
    ("a word that is empty", "/lots/0/words", [""]),
    ("null instead of an absent member", "/distribution", None),
]


def build() -> dict[str, Any]:
    """Give the vectors."""
    profiles = Profiles.from_bytes((FOLDER / "profiles.json").read_bytes().rstrip(b"\n"))
    return {
        "comment": "docs/formats/profiles.md; `document` is the text whose UTF-8 bytes are hashed",
        "valid": [{"document": profiles.to_bytes().decode(), "digest": profiles.digest}],
        "invalid": [{"why": why, "pointer": pointer, "value": value} for why, pointer, value in INVALID],
    }


if __name__ == "__main__":
    FILE.write_text(json.dumps(build(), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
