"""Bundles and their exports: the bundle of the vectors, and what a label could say instead."""

import json
from functools import cache
from pathlib import Path
from typing import Any

from label_service import canonical
from label_service.exports import Source, export, open_bundle

_VECTORS = Path(__file__).parents[1] / "vectors/bundle.json"


@cache
def bundle() -> bytes:
    """Give the bundle of the vectors."""
    text: str = json.loads(_VECTORS.read_text())["bundle"]
    return text.encode()


@cache
def source() -> Source:
    """Give its documents."""
    return open_bundle(bundle())


def exported(name: str, data: bytes | None = None) -> Any:
    """Give an export as another system reads it."""
    return json.loads(canonical.encode_checked(export(data or bundle(), name)))
