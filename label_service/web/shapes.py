"""The document models as a script: what the browser checks follows from the models themselves.

Each model becomes a JSON Schema whose `rules` name the validators that a schema cannot express; the browser has a twin
of each in `static/verify`, and refuses what it has no twin for.
"""

import json
from collections.abc import Sequence
from typing import Any

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue, models_json_schema
from pydantic_core import core_schema

from label_service.assessment import Assessment
from label_service.declaration.contribution import Contribution
from label_service.document import Model
from label_service.inventory import Inventory
from label_service.label.attestation import Attestation
from label_service.label.bundle import Bundle
from label_service.label.content import LabelContent
from label_service.label.qr import QrClaims
from label_service.label.record import SupplierRecord
from label_service.label.status import StatusList
from label_service.trust.trust_list import Delegation, Root, TrustList

MODELS: tuple[type[Model], ...] = (
    Assessment,
    Attestation,
    Bundle,
    Contribution,
    Delegation,
    Inventory,
    LabelContent,
    QrClaims,
    Root,
    StatusList,
    SupplierRecord,
    TrustList,
)
FEW = (Contribution, QrClaims, SupplierRecord)  # what no label page needs for an ordinary label
_LEFT_OUT = ("title", "description", "additionalProperties", "required")  # no default: required, no member more: always
_REFERENCE = "#/$defs/"


class _WithRules(GenerateJsonSchema):
    """Schemas that name the functions validating a value after its form."""

    def function_after_schema(self, schema: core_schema.AfterValidatorFunctionSchema) -> JsonSchemaValue:
        """Add the name of the function to the schema of the form."""
        found = self.generate_inner(schema["schema"])
        return {**found, "rules": [*found.get("rules", ()), schema["function"]["function"].__qualname__]}


def shapes() -> dict[str, Any]:
    """Give the shapes of all models that a label rests on, by name."""
    return _shapes_of(MODELS)


def shapes_script() -> str:
    """Give `static/verify/shapes.js`."""
    return f"export const SHAPES = {_written(_usual())};\n"


def more_shapes_script() -> str:
    """Give `static/verify/more-shapes.js`: the models that only few need."""
    usual = _usual()
    more = {name: shape for name, shape in shapes().items() if name not in usual}
    return f'import {{ SHAPES }} from "./shapes.js";\n\nObject.assign(SHAPES, {_written(more)});\n'


def _usual() -> dict[str, Any]:
    return _shapes_of([model for model in MODELS if model not in FEW])


def _shapes_of(models: Sequence[type[Model]]) -> dict[str, Any]:
    for model in models:
        model.model_rebuild()
    _, schema = models_json_schema([(model, "validation") for model in models], schema_generator=_WithRules)
    found: dict[str, Any] = _short(schema["$defs"])
    return found


def _written(found: dict[str, Any]) -> str:
    return json.dumps(found, ensure_ascii=False, separators=(",", ":"))


def _short(schema: Any) -> Any:
    """Leave out what is for people, and name models without the way to them."""
    if isinstance(schema, list):
        return [_short(item) for item in schema]
    if isinstance(schema, str):
        return schema.removeprefix(_REFERENCE)
    if not isinstance(schema, dict):
        return schema
    return {name: _short(value) for name, value in schema.items() if name not in _LEFT_OUT or isinstance(value, dict)}
