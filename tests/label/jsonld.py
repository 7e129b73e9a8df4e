"""Expands credentials with contexts from files only, and names every member or type that no context defines."""

import json
from pathlib import Path
from typing import Any

from pyld import jsonld

from label_service.label.vocabulary import CONTEXT_PATH, UNTP_CONTEXT, VC_CONTEXT

_TESTS = Path(__file__).parents[1]
_FILES = {
    VC_CONTEXT: _TESTS / "w3c/credentials-v2.jsonld",
    UNTP_CONTEXT: _TESTS / "untp/context-2026-04.jsonld",
}
_BASE = "https://undefined.example/"  # what a type without definition is resolved against
OWN_CONTEXT = _TESTS.parent / "label_service/contexts/v1.jsonld"


def undefined_terms(credential: dict[str, Any]) -> set[str]:
    """Give the member names that expansion drops and the types that stay without an address."""
    dropped: set[str] = set()
    expanded = jsonld.expand(
        credential, {"base": _BASE, "documentLoader": _load}, on_property_dropped=lambda name: dropped.add(str(name))
    )
    return dropped | {kind.removeprefix(_BASE) for kind in _types(expanded) if kind.startswith(_BASE)}


def _load(url: str, _options: Any) -> dict[str, Any]:
    file = OWN_CONTEXT if url.endswith(CONTEXT_PATH) else _FILES[url]
    return {
        "contentType": "application/ld+json",
        "contextUrl": None,
        "documentUrl": url,
        "document": json.loads(file.read_text()),
    }


def _types(value: Any) -> set[str]:
    if isinstance(value, list):
        return set().union(*map(_types, value))
    if not isinstance(value, dict):
        return set()
    own = value.get("@type", [])
    return ({own} if isinstance(own, str) else set(own)) | _types(list(value.values()))
