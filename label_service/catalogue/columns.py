"""The columns of a catalogue: what each holds, in which unit, and how English and German sheets head them."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from label_service.errors import UnreadableFile
from label_service.readers.facts import clean

Kind = Literal["text", "number", "count", "day", "list"]
_MASS = {"g": Decimal(1), "kg": Decimal(1000)}
_SHOP_MASS = {**_MASS, "lbs": Decimal("453.59237"), "lb": Decimal("453.59237"), "oz": Decimal("28.349523125")}
_UNIT_IN_BRACKETS = re.compile(r"(.{0,100}?)\s*[\[(]\s*([a-z]{1,5})\.?\s*[\])]")
_UNIT_AT_END = re.compile(r"(.{1,100}?)[_\s]+([a-z]{1,5})")


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the template.

    Attributes:
        name: how messages and the rest of the code call it.
        header: in the English template; with its unit.
        header_de: in the German template.
        also: other headers that are understood, without unit.
        units: factors to the unit of the template; empty where there is none.
        implied: headers that name the unit of the template themselves.
        of_line: it belongs to a line of material, so that further lines of a product have it as well.
    """

    name: str
    header: str
    header_de: str
    meaning: str
    kind: Kind = "text"
    also: tuple[str, ...] = ()
    units: tuple[tuple[str, Decimal], ...] = ()
    implied: tuple[str, ...] = ()
    of_line: bool = False


def _units(units: dict[str, Decimal]) -> tuple[tuple[str, Decimal], ...]:
    return tuple(units.items())


COLUMNS: tuple[Column, ...] = (
    Column(
        "sku", "sku", "Artikelnummer", "your number of the product; once per product",
        also=("artikelnr", "artnr", "artikel", "variant sku"), of_line=True,
    ),
    Column(
        "name", "name", "Bezeichnung", "name on the label; empty in further lines of material",
        also=("produkt", "produktname", "product", "title", "titel"),
    ),
    Column(
        "made", "made", "hergestellt am", "first day of making, 2026-11-23 or 23.11.2026", "day",
        ("made from", "hergestellt", "hergestellt von", "herstelldatum", "datum", "date"),
    ),
    Column("made_until", "made_until", "hergestellt bis", "last day of making, when it took longer", "day"),
    Column(
        "quantity", "quantity", "Anzahl", "how many items all amounts of the row are for; 1 when empty", "count",
        ("menge", "stückzahl", "stück", "pieces", "items"),
    ),
    Column(
        "machine", "machine", "Maschine", "id or model of a machine of your profiles; may stay empty if one fits",
        also=("gerät", "printer", "drucker"),
    ),
    Column("process", "process", "Verfahren", "process of the release, when no machine is named", also=("prozess",)),
    Column("family", "family", "Verfahrensfamilie", "family of processes, where the machine leaves a choice",
           also=("familie",)),
    Column(
        "kwh", "energy_kwh", "Strom (kWh)", "electricity of the row's items; empty when a meter file is evidence",
        "number", ("energy", "electricity", "energie", "stromverbrauch", "strom"),
        (("kwh", Decimal(1)), ("wh", Decimal("0.001"))), ("kwh",),
    ),
    Column(
        "hours", "duration_h", "Laufzeit (h)", "machine time of the row's items", "number",
        ("duration", "laufzeit", "dauer", "machine time"),
        (("h", Decimal(1)), ("min", 1 / Decimal(60))), ("hours", "stunden"),
    ),
    Column(
        "material", "material", "Material", "word of a lot of your profiles, or a material row of the release",
        also=("werkstoff",), of_line=True,
    ),
    Column("lot", "lot", "Charge", "lot of your profiles, where several have the material", also=("los", "spule",
           "spool"), of_line=True),
    Column("role", "role", "Rolle", "made (when empty), bought_part or consumable", of_line=True),
    Column(
        "net", "net_g", "Netto (g)", "mass of the material in all finished items", "number",
        ("nettogewicht", "net mass", "net weight", "netto"), _units(_MASS), of_line=True,
    ),
    Column(
        "gross", "gross_g", "Brutto (g)", "mass taken for them, with scrap", "number",
        ("bruttogewicht", "materialeinsatz", "gross mass", "gross weight", "brutto"), _units(_MASS), of_line=True,
    ),
    Column("category", "category", "Kategorie", "category of the release, to be compared in"),
    Column("function", "function", "Funktionsmenge", "how much of the category's function one item gives", "number",
           ("function value",)),
    Column("packaging_material", "packaging_material", "Verpackungsmaterial", "material row of the packaging",
           also=("verpackung",)),
    Column(
        "packaging", "packaging_g", "Verpackung (g)", "mass of the packaging of all items", "number",
        ("verpackungsgewicht", "packaging"), _units(_MASS),
    ),
    Column(
        "evidence", "evidence", "Nachweise", "file names or SHA-256, separated by ; or |", "list",
        ("nachweis", "belege", "beleg", "files", "dateien"),
    ),
    Column("handle", "handle", "Handle", "handle of the product in Shopify", also=("url handle",)),
    Column(
        "shop_weight", "shop_weight_g", "Versandgewicht (g)", "shipping weight of the shop, only to compare", "number",
        ("versandgewicht", "shop weight"), _units(_SHOP_MASS),
    ),
)  # fmt: skip
BY_NAME = {column.name: column for column in COLUMNS}


@dataclass(frozen=True, slots=True)
class Place:
    """Where a column stands in a sheet, and the factor from the unit of its header to that of the template."""

    column: Column
    index: int
    factor: Decimal | None


def _plain(header: str) -> str:
    return "".join(character for character in header.casefold() if character.isalnum())


def _words(columns: Iterable[Column]) -> dict[str, Column]:
    """Give every word that heads a column, without its unit; the first column that claims a word keeps it."""
    known: dict[str, Column] = {}
    for column in columns:
        headers = [column.header, column.header_de]
        if column.units:
            headers = [_without_unit(header.casefold())[0] for header in headers]
        for word in (*headers, *column.also):
            known.setdefault(_plain(word), column)
    return known


def _without_unit(header: str) -> tuple[str, str]:
    """Split `net_g`, `net g` or `net (g)` into word and unit."""
    parts = _UNIT_IN_BRACKETS.fullmatch(header) or _UNIT_AT_END.fullmatch(header)
    return (parts[1], parts[2]) if parts else (header, "")


_MEASURED = _words(column for column in COLUMNS if column.units)
_IMPLIED = {word: column for column in COLUMNS for word in column.implied}
_OTHER = _words(column for column in COLUMNS if not column.units)


def find_column(header: str) -> tuple[Column, Decimal | None] | None:
    """Give the column a header means, with the factor of its unit; None where it means none.

    Raises:
        UnreadableFile: it means a mass or a time without naming the unit, or with an unknown one.
    """
    text = clean(header.casefold())
    word, unit = _without_unit(text)
    measured = _MEASURED.get(_plain(word))
    if measured and unit in dict(measured.units):
        return measured, dict(measured.units)[unit]
    if found := _OTHER.get(_plain(text)):
        return found, None
    if found := _IMPLIED.get(_plain(text)):
        return found, Decimal(1)
    if measured := measured or _MEASURED.get(_plain(text)):
        raise UnreadableFile(
            f"expected the unit in the header {clean(header)[:40]!r}",
            hint=f"write {' or '.join(f'{measured.name}_{unit}' for unit, _ in measured.units)}",
            where=measured.name,
        )
    return None


def places(headers: Iterable[str]) -> tuple[list[Place], list[str]]:
    """Give where the columns stand, and the headers that mean none.

    Raises:
        UnreadableFile: two headers mean the same column, or a unit is missing.
    """
    found: dict[str, Place] = {}
    unknown = []
    for index, header in enumerate(headers):
        if not header.strip():
            continue
        meant = find_column(header)
        if meant is None:
            unknown.append(clean(header)[:40])
            continue
        column, factor = meant
        if column.name in found:
            raise UnreadableFile(
                f"expected one column {column.name}, found two: {clean(header)[:40]!r} is the second",
                hint="delete or rename one of them",
                where=column.name,
            )
        found[column.name] = Place(column, index, factor)
    return list(found.values()), unknown
