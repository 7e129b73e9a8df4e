"""Spools and filaments of Spoolman as material lots: what is bought, from whom and of which lot.

Reads the answers of `/api/v1/spool` and `/api/v1/filament` (its REST API, version 1). Neither says a recycled
share or the energy of making the filament, so the lots have none; density and diameter stand in the sliced file.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from unicodedata import normalize

from label_service.declaration.profiles import MaterialLot
from label_service.document import validate
from label_service.errors import UnreadableFile
from label_service.readers.facts import clean

MOST_BYTES = 4 * 1024 * 1024  # a spool takes about 1 kB
MOST_LOTS = 1000  # that profiles hold
_HINT = "save the answer of /api/v1/spool or /api/v1/filament of your Spoolman as a file"

# Words that name one polymer of the release. Everything else (PLA+, PA, Nylon, PLA-CF, rPETG) could be several.
MATERIALS: Mapping[str, str] = {
    "PLA": "pla",
    "PETG": "petg",
    "ABS": "abs",
    "ASA": "asa",
    "HIPS": "hips",
    "TPU": "tpu",
    "PC": "pc",
    "PP": "pp-resin",
    "PET": "pet-resin",
    "PA6": "nylon-6",
    "PA66": "nylon-66",
    "PA12": "pa12",
}


@dataclass(frozen=True, slots=True)
class UnknownMaterial:
    """A spool whose material word names no row of the release for certain: the maker chooses one."""

    name: str
    word: str


@dataclass(frozen=True, slots=True)
class Spools:
    """Lots that are ready, and the spools whose material has to be asked."""

    lots: tuple[MaterialLot, ...]
    unknown: tuple[UnknownMaterial, ...]


def read_spoolman(data: bytes, chosen: Mapping[str, str] | None = None) -> Spools:
    """Give the material lots of an answer of Spoolman; archived spools are left out.

    Args:
        data: the JSON of `/api/v1/spool` or `/api/v1/filament`.
        chosen: material rows of the release for words that are not clear, as the maker chose them.

    Raises:
        UnreadableFile: not such an answer.
    """
    materials = {**MATERIALS, **{word.upper(): row for word, row in (chosen or {}).items()}}
    lots, unknown = [], []
    for entry in _entries(data):
        filament = entry.get("filament", entry)
        if not isinstance(filament, dict) or "diameter" not in filament:
            raise UnreadableFile("expected spools or filaments of Spoolman, found another list", hint=_HINT)
        if entry.get("archived") is True:
            continue
        word = _text(filament.get("material"))
        name = _name(entry, filament, word)
        material = materials.get(word.upper())
        if material is None:
            unknown.append(UnknownMaterial(name, word))
        else:
            lots.append(_lot(entry, filament, name, word, material))
    return Spools(tuple(lots), tuple(dict.fromkeys(unknown)))


def _entries(data: bytes) -> list[dict[str, Any]]:
    if len(data) > MOST_BYTES:
        raise UnreadableFile(f"expected at most {MOST_BYTES} bytes, found {len(data)}", hint=_HINT)
    try:
        found = json.loads(data.decode("utf-8-sig"), parse_int=str, parse_float=str)
    except (ValueError, RecursionError) as error:
        raise UnreadableFile(f"not JSON: {clean(str(error))}", hint=_HINT) from error
    entries = found if isinstance(found, list) else [found]
    if not all(isinstance(entry, dict) for entry in entries):
        raise UnreadableFile("expected a list of spools or filaments", hint=_HINT)
    if len(entries) > MOST_LOTS:
        raise UnreadableFile(f"expected at most {MOST_LOTS} spools, found {len(entries)}", hint="archive used spools")
    return entries


def _lot(entry: dict[str, Any], filament: dict[str, Any], name: str, word: str, material: str) -> MaterialLot:
    number = _text(entry.get("id"))
    kind = "spool" if "filament" in entry else "filament"
    if not (number.isascii() and number.isdigit() and len(number) < 20):
        raise UnreadableFile(f"expected the number of a {kind} as its id, found {number[:40]!r}", hint=_HINT)
    members = {
        "id": f"{kind}-{number}",
        "name": name,
        "material": material,
        "words": (word,) if word else (),
        "lot": _text(entry.get("lot_nr")) or None,
        "supplier": _vendor(filament) or None,
    }
    return validate(MaterialLot, members)


def _name(entry: dict[str, Any], filament: dict[str, Any], word: str) -> str:
    lot = _text(entry.get("lot_nr"))
    parts = (_vendor(filament), _text(filament.get("name")), word, f"lot {lot}" if lot else "")
    return " ".join(part for part in parts if part)[:300].strip() or "spool without a name"


def _vendor(filament: dict[str, Any]) -> str:
    vendor = filament.get("vendor")
    return _text(vendor.get("name")) if isinstance(vendor, dict) else ""


def _text(value: Any) -> str:
    """Give a word in the one spelling of documents; anything but text is none."""
    return clean(normalize("NFC", value.encode("utf-8", "ignore").decode())) if isinstance(value, str) else ""
