"""Sliced projects of BambuStudio and OrcaSlicer (`.gcode.3mf`): the summary of each plate, which add up.

    <config><header><header_item key="X-BBL-Client-Version" value="02.07.01.57"/></header>
      <plate>
        <metadata key="index" value="1"/> <metadata key="prediction" value="5450"/> (s)
        <metadata key="weight" value="26.91"/> (g) <metadata key="support_used" value="false"/>
        <object identify_id="930" name="hook.stl" skipped="false"/>
        <filament id="1" type="PLA" used_m="6.79" used_g="20.26"/>
      </plate>
    </config>

A project that was not sliced has no plate in its summary; then it is no evidence of mass or time.
"""

import json
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from label_service.errors import UnreadableFile
from label_service.readers.containers.archive import Archive
from label_service.readers.facts import Producer, Source, clean
from label_service.readers.gcode import Comments, Window
from label_service.readers.markup import elements
from label_service.readers.numbers import number
from label_service.readers.printing import MOST_SLOTS, Measured, Print, estimate, measured
from label_service.readers.slicers import prusa

SUMMARY = "Metadata/slice_info.config"
MODEL = "3D/3dmodel.model"
_SETTINGS = "Metadata/project_settings.config"
_MOST_PLATES = 100
_USED = {"used_g": ("filament_mass", "g"), "used_m": ("filament_length", "m")}
_SIGNATURE_BYTES = 16 * 1024


@dataclass
class _Plate:
    """One plate: its metadata by key with the line, its filaments, and how many objects it prints."""

    number: int
    metadata: dict[str, tuple[str, int]] = field(default_factory=dict)
    filaments: list[tuple[dict[str, str], int]] = field(default_factory=list)
    objects: int = 0


@dataclass(frozen=True)
class _Total:
    """A value of each plate: its key and unit, and the quantities of the plate and of the whole file."""

    key: str
    unit: str
    plate: str
    whole: str


_WEIGHT = _Total("weight", "g", "plate_mass", "filament_mass")
_TIME = _Total("prediction", "s", "plate_duration", "print_duration")


def read(archive: Archive) -> tuple[Print, Producer]:
    """Add up the plates of a sliced project.

    Raises:
        UnreadableFile: the project was not sliced, or its summary is not what slicers write.
    """
    plates, version = _plates(archive.read(SUMMARY))
    if not plates:
        raise not_sliced()
    print_ = Print()
    _add_filaments(print_, plates)
    _put_total(print_, plates, _WEIGHT)
    _put_total(print_, plates, _TIME)
    _put_objects(print_, plates)
    if support := plates[0].metadata.get("support_used"):
        used = any(plate.metadata.get("support_used", ("",))[0] == "true" for plate in plates)
        print_.name("support", "yes" if used else "no", _source("support_used", support[1]))
    _put_settings(print_, archive)
    return print_, _producer(archive, version)


def not_sliced() -> UnreadableFile:
    """Say that a project holds models but no result of slicing."""
    return UnreadableFile(
        "the project was not sliced: it holds models, but neither mass nor time",
        hint="slice all plates and export the sliced file (.gcode.3mf)",
    )


def _plates(summary: bytes) -> tuple[list[_Plate], str]:
    plates: list[_Plate] = []
    version = ""
    for element in elements(summary, SUMMARY):
        name, attributes, line = element.name, element.attributes, element.line
        if name == "plate":
            plates.append(_Plate(len(plates)))
        elif name == "header_item" and attributes.get("key") == "X-BBL-Client-Version":
            version = attributes.get("value", "")
        elif plates and name == "metadata":
            plates[-1].metadata[attributes.get("key", "")] = (attributes.get("value", ""), line)
        elif plates and name == "filament":
            plates[-1].filaments.append((attributes, line))
        elif plates and name == "object" and attributes.get("skipped") != "true":
            plates[-1].objects += 1
    if len(plates) > _MOST_PLATES:
        raise UnreadableFile(f"expected at most {_MOST_PLATES} plates, found {len(plates)}", hint="split the project")
    return plates, version


def _add_filaments(print_: Print, plates: list[_Plate]) -> None:
    """Add up each slot over the plates that use it; a plate that leaves a value open leaves the sum open."""
    values: dict[tuple[int, str], list[tuple[Decimal | None, Source]]] = {}
    for plate in plates:
        for filament, line in plate.filaments:
            slot = _slot(filament.get("id", ""))
            used = {key: number(filament.get(key, "")) for key in _USED}
            if slot is None or not any(used.values()):
                continue
            for key, value in used.items():
                source = _source(f"plate {plate.number + 1} filament {slot + 1} {key}", line)
                values.setdefault((slot, key), []).append((value, source))
            print_.name("material_name", filament.get("type", ""), _source(f"filament {slot + 1} type", line), slot)
    for (slot, key), parts in values.items():
        if total := _added(parts):
            quantity, unit = _USED[key]
            print_.put_number(quantity, total.value, unit, total.source, slot)


def _slot(text: str) -> int | None:
    """Give the 0-based slot of a 1-based id."""
    found = number(text)
    return int(found) - 1 if found and found == int(found) and found <= MOST_SLOTS else None


def _put_total(print_: Print, plates: list[_Plate], total_of: _Total) -> None:
    """Note a value of each plate, and their sum when all plates have one."""
    key, unit, values = total_of.key, total_of.unit, []
    for plate in plates:
        text, line = plate.metadata.get(key, ("", 0))
        source = _source(f"plate {plate.number + 1} {key}", line)
        values.append((number(text), source))
        if len(plates) > 1 and (value := number(text)):
            print_.plates.append(estimate(total_of.plate, measured(total_of.plate, value, unit, source), plate.number))
    if total := _added(values):
        print_.put_number(total_of.whole, total.value, unit, total.source)
    elif any(value for value, _ in values):
        print_.warnings.append(f"not every plate states its {key!r}: no sum is taken; slice all plates")


def _put_objects(print_: Print, plates: list[_Plate]) -> None:
    for plate in plates:
        if plate.objects:
            found = Measured(Decimal(plate.objects), _source(f"plate {plate.number + 1} object", None))
            print_.plates.append(estimate("object_count", found, plate.number if len(plates) > 1 else None))


def _added(values: list[tuple[Decimal | None, Source]]) -> Measured | None:
    """Add up, unless one of the values is missing or zero."""
    if not all(value for value, _ in values):
        return None
    keys = [source.key for _, source in values]
    key = " + ".join(keys) if len(keys) <= 4 else f"{keys[0]} + ... + {keys[-1]}"
    return Measured(sum((value or Decimal(0) for value, _ in values), Decimal(0)), _source(key, values[0][1].line))


def _put_settings(print_: Print, archive: Archive) -> None:
    """Note density and diameter of each slot, and the printer, from the settings of the project."""
    if _SETTINGS not in archive.names():
        return
    settings = _settings(archive.read(_SETTINGS))
    for key, quantity, unit in (
        ("filament_density", "filament_density", "g/cm3"),
        ("filament_diameter", "filament_diameter", "mm"),
    ):
        values = settings.get(key)
        for slot, value in enumerate(values[:MOST_SLOTS] if isinstance(values, list) else []):
            if isinstance(value, str):
                print_.put(quantity, value, unit, Source(key=key, part=_SETTINGS), slot)
    if isinstance(printer := settings.get("printer_model"), str):
        print_.name("printer_model", printer, Source(key="printer_model", part=_SETTINGS))


def _settings(data: bytes) -> dict[str, Any]:
    try:
        found = json.loads(data, parse_int=str, parse_float=str)
    except (ValueError, RecursionError) as error:
        raise UnreadableFile(
            f"{_SETTINGS} is not JSON: {clean(str(error))}", hint="export the project again"
        ) from error
    return found if isinstance(found, dict) else {}


def _producer(archive: Archive, version: str) -> Producer:
    """Name the slicer from the signature in the G-code of a plate; the summary does not name it."""
    for name in archive.names():
        if name.startswith("Metadata/plate_") and name.endswith(".gcode"):
            with archive.open(name, archive.size(name)) as stream:
                if producer := prusa.recognise(Comments([Window(stream.read(_SIGNATURE_BYTES))])):
                    return producer
    return Producer(program="BambuStudio or OrcaSlicer", version=clean(version))


def _source(key: str, line: int | None) -> Source:
    return Source(key=key, line=line or None, part=SUMMARY)
