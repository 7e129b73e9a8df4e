"""From what a slicer wrote down to facts: the rules that are the same for every slicer.

A slicer's dialect fills a `Print`; `reading` then drops unused slots, never takes a zero for a value, computes
a mass only from numbers that are all in the file, and compares a stated mass with length and density.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from label_service.errors import InvalidAmount
from label_service.quantity import amount, display, plain
from label_service.readers.facts import Fact, Producer, Reading, Source, Text, clean
from label_service.readers.gcode import Comments
from label_service.readers.numbers import BASE_UNITS, number, seconds

TOLERANCE = Decimal("0.03")  # a slicer's own mass and its length x density agree much better; the rest is rounding
ROUNDING_KG = Decimal("0.00006")  # Slic3r rounds to 0.1 g, the others to 0.01 g
MOST_SLOTS = 64  # tool changers and filament changers have up to 16; a hostile list has more
_AMOUNT = re.compile(r"([\d.]{1,20}) ?([a-z]{0,3}\^?3?)(?![\w.])")
_REMARK = re.compile(r"[ -]*(?:\([^)]{0,80}\))?[ -]*$")
_PI = Decimal("3.14159265358979")
SMALLEST, LARGEST = Decimal("1e-12"), Decimal("1e7")  # in base units; less is written as zero, more is no print
_MILLIGRAM = Decimal("0.000001")

UNITS = {
    "filament_mass": "kg",
    "filament_length": "m",
    "filament_volume": "m3",
    "filament_density": "kg/m3",
    "filament_diameter": "m",
    "wipe_tower_mass": "kg",
    "support_mass": "kg",
    "print_duration": "h",
    "plate_mass": "kg",
    "plate_duration": "h",
    "object_count": "1",
}
_USE = ("filament_mass", "filament_length", "filament_volume")
_SETTINGS = ("filament_density", "filament_diameter")
_MATERIAL = "material_name"
_TODO = {
    "filament_mass": "the file gives no mass: weigh the parts, or set the density in the slicer",
    "print_duration": "the file gives no printing time: take it from the printer or its job history",
    _MATERIAL: "the file does not name the material used: choose the material of the spool",
}


@dataclass(frozen=True)
class Measured:
    """A number above zero in the base unit of its quantity, and where it stands."""

    value: Decimal
    source: Source


Slot = dict[str, Measured]


@dataclass
class Print:
    """What a slicer's file says about one print, as a dialect fills it.

    Attributes:
        whole: quantities of the whole file.
        slots: quantities of each extruder or filament slot, 0-based, whether it is used or not.
        materials: the material of each slot.
        plates: facts of single plates of a project.
    """

    whole: Slot = field(default_factory=dict)
    slots: dict[int, Slot] = field(default_factory=dict)
    materials: dict[int, Text] = field(default_factory=dict)
    texts: list[Text] = field(default_factory=list)
    plates: list[Fact] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def put(self, quantity: str, value: str, unit: str, source: Source, slot: int | None = None) -> None:
        """Note a number; a zero is not a value, and what is no number is said."""
        parsed = number(value)
        if parsed is None:
            shown = clean(value)[:40]
            self.warnings.append(f"expected a number for {source.key!r}, found {shown!r}: it is not taken")
        else:
            self.put_number(quantity, parsed, unit, source, slot)

    def put_number(self, quantity: str, value: Decimal, unit: str, source: Source, slot: int | None = None) -> None:
        """Note a number that is parsed already; a zero is not a value, nor is what no printer can reach."""
        target = self.whole if slot is None else self.slots.setdefault(slot, {})
        found = measured(quantity, value, unit, source)
        if found.value >= LARGEST:
            self.warnings.append(f"expected a possible number for {source.key!r}, found {value}: it is not taken")
        elif found.value >= SMALLEST:
            target[quantity] = found

    def take(self, comments: Comments, key: str, quantity: str, unit: str, slot: int | None = None) -> None:
        """Note the number behind a key, `3542.7 mm (3.54 m)`; a unit that is written there must be the expected one."""
        entry = comments.one(key, self.warnings)
        if entry is None:
            return
        source, parts = comments.source(key, entry), _AMOUNT.match(entry.value)
        if parts and parts[2].replace("^", "") not in {"", unit}:
            self.warnings.append(f"expected {unit} for {key!r}, found {clean(entry.value)[:40]!r}: it is not taken")
        else:
            self.put(quantity, parts[1] if parts else entry.value, unit, source, slot)

    def take_time(self, comments: Comments, key: str) -> None:
        """Note the printing time behind a key, in any spelling of hours, minutes and seconds."""
        entry = comments.one(key, self.warnings)
        duration = seconds(_REMARK.sub("", entry.value)) if entry else None
        if entry and duration is not None:
            self.put_number("print_duration", duration, "s", comments.source(key, entry))

    def take_name(self, comments: Comments, key: str, quantity: str, slot: int | None = None) -> None:
        """Note the word that stands last behind a key."""
        if entry := comments.last(key):
            self.name(quantity, entry.value.strip(' "'), comments.source(key, entry), slot)

    def name(self, quantity: str, value: str, source: Source, slot: int | None = None) -> None:
        """Note a word; an empty one is not a value."""
        if shown := clean(value):
            word = Text(quantity=quantity, value=shown, source=source)
            if quantity == _MATERIAL and slot is not None:
                self.materials[slot] = word
            else:
                self.texts.append(word)


def reading(print_: Print, *, kind: str, producer: Producer, importer: str) -> Reading:
    """Give the facts of a print, with what is missing and what a person should look at."""
    used = {index: dict(slot) for index, slot in sorted(print_.slots.items()) if any(name in slot for name in _USE)}
    warnings = [*print_.warnings, _drop_uneven(list(used.values()))]
    for index, slot in used.items():
        warnings.append(_settle_mass(slot, f" in slot {index + 1}" if len(used) > 1 else ""))
    facts = [*_whole(print_, used, warnings), *_per_slot(used), *print_.plates]
    texts = [*_materials(print_, used), *print_.texts]
    stated = {fact.quantity for fact in facts if fact.item is None}
    if texts and len(_materials(print_, used)) == max(len(used), 1):
        stated.add(_MATERIAL)
    missing = tuple(quantity for quantity in _TODO if quantity not in stated)
    warnings += [_TODO[quantity] for quantity in missing if not (used and quantity == "filament_mass")]
    return Reading(
        kind=kind,
        producer=producer,
        importer=importer,
        facts=tuple(facts),
        texts=tuple(texts),
        warnings=tuple(dict.fromkeys(warning for warning in warnings if warning)),
        missing=missing,
    )


def measured(quantity: str, value: Decimal, unit: str, source: Source) -> Measured:
    """Convert a number to the base unit of its quantity.

    Raises:
        InvalidAmount: a unit of another quantity.
    """
    base, numerator, denominator = BASE_UNITS[unit]
    if base != UNITS[quantity]:
        raise InvalidAmount(f"expected a unit of {UNITS[quantity]} for {quantity}, found {unit}")
    return Measured(value * numerator / denominator, source)


def estimate(quantity: str, found: Measured, item: int | None = None) -> Fact:
    """Give what a slicer says as a fact."""
    return Fact(
        quantity=quantity,
        value=amount(found.value),
        unit=UNITS[quantity],
        basis="estimated",
        source=found.source,
        item=item,
    )


def _drop_uneven(slots: list[Slot]) -> str:
    """Drop the masses when they are of other slots than the lengths; give a warning or nothing."""
    lengths = {"filament_length" in slot for slot in slots}
    if lengths != {True, False}:
        return ""
    for slot in slots:
        slot.pop("filament_mass", None)
    return "the file lists masses for other slots than lengths: no mass is taken; weigh the parts"


def _settle_mass(slot: Slot, where: str) -> str:
    """Fill in a mass that follows from the file, or compare a stated one; give a warning or nothing."""
    stated, computed = slot.get("filament_mass"), _computed_mass(slot)
    if stated and computed:
        if abs(stated.value - computed.value) <= max(TOLERANCE * computed.value, ROUNDING_KG):
            return ""
        return (
            f"{_grams(stated)} g of filament{where} do not fit {computed.source.key}, which give "
            f"{_grams(computed)} g: check density and diameter in the slicer, or weigh the parts"
        )
    if computed:
        slot["filament_mass"] = computed
    elif not stated:
        return (
            f"the mass of the filament{where} is not known, for the file lacks its density: enter the density of "
            "the spool in the slicer and slice again, or weigh the parts"
        )
    return ""


def _computed_mass(slot: Slot) -> Measured | None:
    length, volume = slot.get("filament_length"), slot.get("filament_volume")
    density, diameter = slot.get("filament_density"), slot.get("filament_diameter")
    if length and diameter and density:
        return _product(length.value * _PI / 4 * diameter.value**2 * density.value, length, diameter, density)
    if volume and density:
        return _product(volume.value * density.value, volume, density)
    return None


def _product(value: Decimal, *factors: Measured) -> Measured | None:
    """Give a mass to the milligram with the keys of its factors, or None when it is absurd."""
    key = " x ".join(factor.source.key for factor in factors)
    if not _MILLIGRAM <= value < LARGEST:
        return None
    return Measured(value.quantize(_MILLIGRAM), factors[0].source.model_copy(update={"key": key}))


def _whole(print_: Print, used: dict[int, Slot], warnings: list[str]) -> list[Fact]:
    """Give the facts of the whole file: sums over the slots, or what is stated when there are no slots."""
    slots, found = list(used.values()), dict(print_.whole)
    if used:
        stated = found.pop("filament_mass", None)
        sums = {quantity: _sum([slot.get(quantity) for slot in slots]) for quantity in _USE}
        found = {quantity: total for quantity, total in sums.items() if total} | found
        _compare_total(stated, found.get("filament_mass"), len(slots), warnings)
    if len(slots) == 1:
        found |= {quantity: slots[0][quantity] for quantity in _SETTINGS if quantity in slots[0]}
    return [estimate(quantity, value) for quantity, value in found.items()]


def _compare_total(stated: Measured | None, summed: Measured | None, slots: int, warnings: list[str]) -> None:
    if stated and summed and abs(stated.value - summed.value) > max(TOLERANCE * summed.value, ROUNDING_KG * slots):
        warnings.append(
            f"the stated total of {_grams(stated)} g differs from the sum over the slots, "
            f"{_grams(summed)} g, which is taken: weigh the parts"
        )


def _sum(parts: Iterable[Measured | None]) -> Measured | None:
    """Add up; a sum of which one part is unknown is unknown."""
    known = []
    for part in parts:
        if not part:
            return None
        known.append(part)
    keys = dict.fromkeys(part.source.key for part in known)
    source = known[0].source.model_copy(update={"key": " + ".join(keys)})
    return Measured(sum((part.value for part in known), Decimal(0)), source)


def _per_slot(used: dict[int, Slot]) -> list[Fact]:
    """Give the facts of each slot, only where there is more than one."""
    if len(used) < 2:
        return []
    return [
        estimate(quantity, slot[quantity], index)
        for index, slot in used.items()
        for quantity in (*_USE, *_SETTINGS)
        if quantity in slot
    ]


def _materials(print_: Print, used: dict[int, Slot]) -> list[Text]:
    """Name the materials of the used slots; without slots, the one material that all of them share."""
    if len(used) > 1:
        return [
            material.model_copy(update={"item": index})
            for index, material in sorted(print_.materials.items())
            if index in used
        ]
    named = [material for index, material in print_.materials.items() if not used or index in used]
    return named[:1] if len({material.value for material in named}) == 1 else []


def _grams(mass: Measured) -> str:
    return display(plain(mass.value * 1000), 4)
