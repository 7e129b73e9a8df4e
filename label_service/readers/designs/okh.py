"""Open Know-How manifests (`okh.toml`, OKH-LOSH): name, licence and parts of an open design.

    okhv = "2.4"
    name = "OHLOOM"
    version = "0.10.0"
    license = "CC-BY-SA-4.0"
    licensor = "Jens Meisner"                      or a list of names
    repo = "https://gitlab.com/OSEGermany/ohloom"
    [[part]]
    name = "Clamp Ring"
    tsdc = "3DP"                                   or a list; `tsdc-id` in 2.0
    material = "ABS"
    quantity = 2
    mass = 30                                      g; or [[part.mass]] value, unit; or mass-g, mass-kg

A design is no evidence of mass: it says what a part should weigh. 0 stands for "not known", as in templates.
Source: iop-alliance/OpenKnowHow, res/sample_data/okh-TEMPLATE.toml; OPEN-NEXT/LOSH; manifests in public repositories.
"""

import re
import tomllib
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from label_service.errors import UnreadableFile
from label_service.quantity import amount
from label_service.readers.facts import Fact, Producer, Reading, Source, Text, clean
from label_service.readers.numbers import BASE_UNITS

NAME = "design-okh"
MOST_BYTES = 256 * 1024
MOST_PARTS = 1_000
_MARK = re.compile(r"^[ \t]*okhv[ \t]*=", re.MULTILINE)
_MAIL = re.compile(r"<[^<>@]{0,100}@[^<>]{0,100}>")  # of persons; it is not needed
_NO_KEY = re.compile(r"[^\w.\"' \t-]")
_MOST_DOTS = 64  # a.b.c keys; the time for one grows with the square of its dots
_SMALLEST_KG, _LARGEST_KG = Decimal("1e-9"), Decimal(10) ** 6
# Words of the whole design, and the keys that the dialects use for them.
_WORDS = {
    "design_name": ("name",),
    "design_version": ("version",),
    "design_licence": ("license", "licence"),
    "design_licensor": ("licensor",),
    "design_repo": ("repo",),
    "design_release": ("release",),
    "design_organization": ("organization", "organisation"),
}
_PART_WORDS = {
    "part_name": ("name",),
    "part_material": ("material",),
    "part_process": ("tsdc", "tsdc-id", "tsdcId"),
}
_NEEDED = ("design_name", "design_licence")
_MASSES = {"mass": "g", "mass-g": "g", "massG": "g", "mass-kg": "kg", "massKg": "kg"}
_WARNING = "this is the design of a product, not evidence of one: it says what the parts should weigh, not what they do"
_HINT = "correct the manifest; a TOML editor shows the line"
Table = dict[str, Any]


def is_manifest(head: str) -> bool:
    """Tell whether a text begins like a manifest."""
    return _MARK.search(head) is not None


def read(text: str) -> Reading:
    """Read the words of a design, and mass, material and process of each part.

    Raises:
        UnreadableFile: not TOML, or larger than any manifest.
    """
    manifest = _parsed(text)
    parts = [part for part in _tables(manifest.get("part")) or _tables(manifest.get("parts")) if part]
    if len(parts) > MOST_PARTS:
        raise UnreadableFile(f"expected at most {MOST_PARTS} parts, found {len(parts)}", hint="split the design")
    warnings = [_WARNING]
    facts = [fact for item, part in enumerate(parts) for fact in _part_facts(part, item, warnings)]
    texts = [*_words(manifest, _WORDS, "", None)]
    for item, part in enumerate(parts):
        texts += _words(part, _PART_WORDS, f"part[{item}].", item)
    stated = {text.quantity for text in texts}
    missing = [quantity for quantity in _NEEDED if quantity not in stated]
    if sum(fact.quantity == "part_mass" for fact in facts) < max(len(parts), 1):
        missing.append("part_mass")
    return Reading(
        kind="okh",
        producer=Producer(program="Open Know-How", version=clean(str(manifest.get("okhv", "")))),
        importer=NAME,
        facts=tuple(facts),
        texts=tuple(texts),
        warnings=tuple(warnings),
        missing=tuple(missing),
    )


def _parsed(text: str) -> Table:
    if len(text) > MOST_BYTES or any(run.count(".") > _MOST_DOTS for run in _NO_KEY.split(text)):
        raise UnreadableFile(
            f"expected a manifest of at most {MOST_BYTES} bytes with short keys, found a larger one", hint=_HINT
        )
    try:
        return tomllib.loads(text.replace("\r\n", "\n"), parse_float=Decimal)
    except (ValueError, ArithmeticError, RecursionError) as error:
        raise UnreadableFile(f"not TOML: {clean(str(error))[:120]}", hint=_HINT) from error


def _tables(value: Any) -> list[Table]:
    """Give a list of tables; one table stands for a list of one."""
    entries = value if isinstance(value, list) else [value]
    return [entry for entry in entries if isinstance(entry, dict)]


def _words(table: Table, names: dict[str, tuple[str, ...]], path: str, item: int | None) -> Iterator[Text]:
    """Give the words of a table; a list of names becomes one word."""
    for quantity, keys in names.items():
        key = next((key for key in keys if key in table), keys[0])
        if shown := clean(_joined(table.get(key))):
            yield Text(quantity=quantity, value=shown, source=Source(key=path + key), item=item)


def _joined(value: Any) -> str:
    if isinstance(value, str):
        return _MAIL.sub("", value)
    if isinstance(value, list):
        return ", ".join(word for entry in value[:16] if (word := _joined(entry)))
    return value["name"] if isinstance(value, dict) and isinstance(value.get("name"), str) else ""


def _part_facts(part: Table, item: int, warnings: list[str]) -> Iterator[Fact]:
    path = f"part[{item}]."
    for key, value, unit in _masses(part):
        mass = _number(value)
        base, numerator, denominator = BASE_UNITS.get(unit, ("", 1, 1))
        if mass is None or base != "kg" or mass * numerator / denominator >= _LARGEST_KG:
            warnings.append(f"expected the mass of part {item + 1} in g or kg, found {_shown(value, unit)}: not taken")
        elif (mass_kg := mass * numerator / denominator) >= _SMALLEST_KG:
            yield _fact("part_mass", mass_kg, "kg", path + key, item)
            break
    count = _number(part.get("quantity", part.get("count", 0)))
    if count and 0 < count <= _LARGEST_KG and count == int(count):
        yield _fact("part_count", count, "1", path + "quantity", item)


def _masses(part: Table) -> Iterator[tuple[str, Any, str]]:
    """Give key, value and unit of every mass of a part."""
    for key, unit in _MASSES.items():
        if isinstance(part.get(key), (dict, list)):
            for entry in _tables(part[key]):
                yield key, entry.get("value"), str(entry.get("unit", ""))
        elif key in part:
            yield key, part[key], unit


def _number(value: Any) -> Decimal | None:
    """Give a number of the manifest that is one, from zero on."""
    if isinstance(value, bool) or not isinstance(value, (int, Decimal)):
        return None
    number = Decimal(value)
    return number if number.is_finite() and 0 <= number < 10**12 else None


def _fact(quantity: str, value: Decimal, unit: str, key: str, item: int) -> Fact:
    return Fact(quantity=quantity, value=amount(value), unit=unit, basis="design", source=Source(key=key), item=item)


def _shown(value: Any, unit: str) -> str:
    return repr(clean(f"{value} {unit}"))[:60]
