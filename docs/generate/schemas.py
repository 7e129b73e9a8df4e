"""Writes schemas/<type>-<version>.json from the document models, or with `--check` says which differ.

A schema describes the canonical document: members with a default are written out and so required, absent members are
left out and never null. A published version never changes; a changed model is a new version beside it.
"""

import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from label_service.assessment import Assessment
from label_service.declaration import Declaration
from label_service.declaration.contributed import ContributedSteps
from label_service.declaration.contribution import Batch, Contribution, SignedSteps
from label_service.declaration.profiles import Profiles
from label_service.document import Document
from label_service.inventory import Inventory
from label_service.label.bundle import Bundle
from label_service.label.hand_over import HandOver
from label_service.label.record import SupplierRecord
from label_service.label.statement import Statement
from label_service.tlog.split_view import SplitView
from label_service.trust.trust_list import Delegation, Root, TrustList

SCHEMAS = Path(__file__).parent.parent.parent / "schemas"
DOCUMENTS: tuple[type[Document], ...] = (
    Assessment,
    Batch,
    Bundle,
    SupplierRecord,
    ContributedSteps,
    Contribution,
    Declaration,
    Delegation,
    HandOver,
    Inventory,
    Profiles,
    Root,
    SignedSteps,
    SplitView,
    Statement,
    TrustList,
)

_ROW = {
    "type": "object",
    "properties": {"table": {"type": "string"}, "key": {"type": "string"}},
    "required": ["table", "key"],
}
_PROVEN_ROW = {
    "type": "object",
    "properties": {
        "index": {"type": "integer", "minimum": 0},
        "path": {"type": "array", "items": {"type": "string", "pattern": "^[0-9a-f]{64}$"}},
        "row": _ROW,
    },
    "required": ["index", "path", "row"],
    "additionalProperties": False,
}
# What the verifier reads later, step by step: the model leaves it open.
LATER: dict[str, dict[str, Any]] = {
    "bundle": {
        "assessment": {"$ref": "urn:label-service:schema:assessment:1"},
        "inventory": {"$ref": "urn:label-service:schema:inventory:1"},
        "rows": {"type": "array", "items": _PROVEN_ROW},
    }
}


def schema_of(document: type[Document]) -> dict[str, Any]:
    """Give the JSON Schema of the canonical form of a document."""
    found = _canonical(document.model_json_schema())
    found["properties"] |= LATER.get(document.TYPE, {})
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:label-service:schema:{document.TYPE}:{document.VERSION}",
        "title": document.TYPE,
        **found,
    }


def files() -> dict[Path, str]:
    """Give every schema file with its text."""
    return {SCHEMAS / f"{item.TYPE}-{item.VERSION}.json": _text(schema_of(item)) for item in DOCUMENTS}


def main() -> None:
    """Write the schemas, or exit with 1 when `--check` finds one different."""
    if "--check" in sys.argv:
        _refuse(file for file, text in files().items() if not file.exists() or file.read_text("utf-8") != text)
        return
    SCHEMAS.mkdir(exist_ok=True)
    for file, text in files().items():
        file.write_text(text, encoding="utf-8")


def _refuse(different: Iterable[Path]) -> None:
    names = ", ".join(file.name for file in different)
    if names:
        sys.exit(f"not what the models give: {names}. Published? Add a new version. Not yet? Run this script.")


def _text(schema: dict[str, Any]) -> str:
    return json.dumps(schema, indent=1, ensure_ascii=False) + "\n"


def _canonical(schema: Any) -> Any:
    """Drop generated titles, make members with a default required, and take null out of those without a value."""
    if isinstance(schema, list):
        return [_canonical(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    found = {name: _canonical(value) for name, value in schema.items() if name != "title" or isinstance(value, dict)}
    if "properties" in schema:
        members = schema["properties"]
        found["required"] = [name for name in members if members[name].get("default", ...) is not None]
        found["properties"] = {name: _present(member) for name, member in found["properties"].items()}
    return found


def _present(member: dict[str, Any]) -> dict[str, Any]:
    """Give the schema of a member that is there."""
    without_default = {name: value for name, value in member.items() if name != "default"}
    choices = [choice for choice in without_default.pop("anyOf", []) if choice != {"type": "null"}]
    if len(choices) > 1:
        return {**without_default, "anyOf": choices}
    return {**without_default, **(choices[0] if choices else {})}


if __name__ == "__main__":
    main()
