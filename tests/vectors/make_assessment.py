"""Make tests/vectors/assessment.json: assessments to the digit, with every row of the release they ask for.

Run from the repository root: python -m tests.vectors.make_assessment
"""

import json
from pathlib import Path
from typing import Any

from label_service.assessment import assess
from label_service.factors import RecordingRelease
from label_service.inventory import Inventory
from tests import examples
from tests.examples import RELEASE, inventory_of

FILE = Path(__file__).with_name("assessment.json")


def build() -> dict[str, Any]:
    """Give the vectors."""
    inventories = [inventory_of(make()) for make in examples.ALL]
    recording = RecordingRelease(RELEASE)
    return {
        "comment": "docs/formats/assessment.md; texts whose UTF-8 bytes are hashed; rows not listed are missing",
        "release_digest": RELEASE.digest,
        "valid": [_valid(inventory, recording) for inventory in inventories],
        "rows": [RELEASE.row_bytes(table, key).decode() for table, key in recording.used],
    }


def _valid(inventory: Inventory, recording: RecordingRelease) -> dict[str, str]:
    found = assess(inventory, recording)
    return {
        "inventory": inventory.to_bytes().decode(),
        "assessment": found.to_bytes().decode(),
        "digest": found.digest,
    }


if __name__ == "__main__":
    FILE.write_text(json.dumps(build(), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
