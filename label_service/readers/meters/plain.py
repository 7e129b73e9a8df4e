"""Readings written down by a person or exported by a program, as CSV or JSON.

CSV has a head line `at,value,unit`; with `;` between the columns a decimal comma is allowed. JSON is

    {"type": "meter-readings", "meter": "socket 3", "unit": "kWh", "note": "",
     "readings": [{"at": "2026-11-02T08:00:00Z", "value": "12.345"},
                  {"at": "2026-11-02T16:30:00Z", "value": "12.6"}]}
"""

import csv
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from label_service.errors import UnreadableFile
from label_service.readers.facts import Reading, Source, Text, clean
from label_service.readers.meters import series
from label_service.readers.numbers import BASE_UNITS, number

NAME = TYPE = "meter-readings"
COLUMNS = ("at", "value", "unit")
_TIME = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:?\d\d)")
_UNITS = tuple(unit for unit, (base, _, _) in BASE_UNITS.items() if base == "kWh")


def read_json(document: dict[str, Any]) -> Reading:
    """Read a document of type `meter-readings`; its numbers are strings.

    Raises:
        UnreadableFile: a member is not what it must be, or the readings prove nothing, see `series`.
    """
    readings = document.get("readings")
    if not isinstance(readings, list):
        raise _expected("a list `readings`", readings)
    counts = [_count(place, entry, document.get("unit")) for place, entry in enumerate(readings)]
    texts = [_text(name, document.get(name)) for name in ("meter", "note")]
    return series.reading(counts, texts=[text for text in texts if text], importer=NAME)


def read_csv(lines: Iterator[str]) -> Reading:
    """Read lines of CSV.

    Raises:
        UnreadableFile: columns or values that are not what they must be, or readings that prove nothing.
    """
    head = next(lines, "")
    delimiter = ";" if ";" in head else ","
    columns = [name.strip().strip('"').lower() for name in head.split(delimiter)]
    if sorted(columns) != sorted(COLUMNS):
        raise _expected("the columns at, value, unit", head)
    rows = enumerate(csv.reader(lines, delimiter=delimiter, strict=True), 2)
    try:
        counts = [
            _row(line, dict(zip(columns, cells, strict=False)), comma=delimiter == ";")
            for line, cells in rows
            if any(cell.strip() for cell in cells)
        ]
    except csv.Error as error:
        raise UnreadableFile(f"not CSV: {error}", hint="export the readings again and upload the whole file") from error
    return series.reading(counts, texts=[], importer=NAME)


def is_head_line(line: str) -> bool:
    """Tell whether a line is the head of a CSV of readings."""
    return set(COLUMNS) <= {name.strip().strip('"').lower() for name in re.split("[,;]", line[:200])}


def parse_time(text: Any, where: str) -> datetime:
    """Read a time that says its offset from UTC.

    Raises:
        UnreadableFile: no time, or one without offset.
    """
    if isinstance(text, str) and _TIME.fullmatch(text.strip()):
        try:
            return datetime.fromisoformat(text.strip()).astimezone(UTC)
        except (ValueError, OverflowError):
            pass
    raise _expected("a time with its offset from UTC, 2026-11-02T08:00:00Z or 2026-11-02T09:00:00+01:00", text, where)


def parse_kwh(text: Any, unit: Any, where: str) -> Decimal:
    """Read an amount of energy as kWh.

    Raises:
        UnreadableFile: not a plain number, or a unit that is not one of energy.
    """
    if not isinstance(unit, str) or unit.strip() not in _UNITS:
        raise _expected(f"a unit of energy ({', '.join(_UNITS)})", unit, where)
    value = number(text) if isinstance(text, str) else None
    if value is None:
        raise _expected("a plain number of the counter, 12.345", text, where)
    _, numerator, denominator = BASE_UNITS[unit.strip()]
    return value * numerator / denominator


def _count(place: int, entry: Any, unit: Any) -> series.Count:
    where = f"/readings/{place}"
    if not isinstance(entry, dict):
        raise _expected('a reading {"at": ..., "value": ...}', entry, where)
    kwh = parse_kwh(entry.get("value"), entry.get("unit", unit), where)
    return series.Count(parse_time(entry.get("at"), where), kwh, Source(key=f"{where}/value"))


def _row(line: int, row: dict[str, str], *, comma: bool) -> series.Count:
    where, value = f"line {line}", row.get("value", "")
    if comma and "." not in value:
        value = value.replace(",", ".", 1)
    kwh = parse_kwh(value, row.get("unit"), where)
    return series.Count(parse_time(row.get("at"), where), kwh, Source(key="value", line=line))


def _text(quantity: str, value: Any) -> Text | None:
    shown = clean(value) if isinstance(value, str) else ""
    return Text(quantity=quantity, value=shown, source=Source(key=f"/{quantity}")) if shown else None


def _expected(what: str, found: Any, where: str = "") -> UnreadableFile:
    shown = "nothing" if found is None else repr(clean(str(found)))[:80]
    return UnreadableFile(
        f"expected {what}, found {shown}",
        hint="write the readings as in docs/declare.md, or export them from the meter again",
        where=where,
    )
