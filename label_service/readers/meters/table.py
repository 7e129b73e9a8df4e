"""Series of counter readings as CSV: our own, Home Assistant's history, and any other with its columns named.

    at,value,unit                                   entity_id,state,last_changed
    2026-11-02T08:00:00Z,12.345,kWh                 sensor.plug_energy,12.345,2026-11-02T08:00:00.000Z

Columns may be separated by comma, semicolon or tab; with the latter two a decimal comma is read as well.
"""

import csv
from dataclasses import dataclass

from label_service.errors import UnreadableFile
from label_service.readers.facts import Producer, Reading, Source, clean
from label_service.readers.meters import series
from label_service.readers.meters.options import MeterOptions
from label_service.readers.meters.times import parse_time
from label_service.readers.meters.values import expected, parse_kwh

NAME = "meter-table"
_OWN = ("at", "value", "unit")
_HOME_ASSISTANT = ("entity_id", "state", "last_changed")
_NO_STATE = {"", "unavailable", "unknown", "none"}  # Home Assistant's words for "no reading"
_DELIMITERS = ";\t,"


@dataclass(frozen=True)
class _Row:
    """One row: its line, its cells by column, and whether its numbers may have a decimal comma."""

    line: int
    cells: dict[str, str]
    decimal_comma: bool


def is_head_line(line: str, options: MeterOptions) -> bool:
    """Tell whether a line is the head of a table of readings."""
    columns = set(_columns(line[:2000], _delimiter(line)))
    named = {options.at_column.lower(), options.value_column.lower()}
    return set(_OWN) <= columns or set(_HOME_ASSISTANT) <= columns or ("" not in named and named <= columns)


def read(text: str, options: MeterOptions) -> Reading:
    """Read a table whose first line names its columns.

    Raises:
        UnreadableFile: columns or values that are not what they must be, or readings that prove nothing.
    """
    lines = text.replace("\r\n", "\n").split("\n")
    first = next((place for place, line in enumerate(lines) if line.strip()), 0)
    delimiter = _delimiter(lines[first])
    columns = _columns(lines[first], delimiter)
    if len(set(columns)) < len(columns):
        raise expected("each column once", lines[first], f"line {first + 1}")
    rows = _rows(lines, first, delimiter, columns)
    if set(_HOME_ASSISTANT) <= set(columns):
        return _read_home_assistant(rows, options)
    at, value = options.at_column.lower() or "at", options.value_column.lower() or "value"
    snapshots = [_snapshot(row, row.cells.get(at), row.cells.get(value, ""), options) for row in rows]
    return series.reading(snapshots, series.Meter(NAME), options)


def _read_home_assistant(rows: list[_Row], options: MeterOptions) -> Reading:
    """Read a history of one entity; it stores changes only, and does not know the unit."""
    entities = sorted({row.cells.get("entity_id", "") for row in rows})
    entity = options.channel or (entities[0] if len(entities) == 1 else "")
    if entity not in entities:
        raise UnreadableFile(
            f"expected one entity, found {clean(', '.join(entities[:10]))}",
            hint="name the entity that counts the energy as channel",
        )
    if not options.unit:
        raise UnreadableFile("the history does not say its unit", hint="name the unit of the sensor, kWh or Wh")
    chosen = [row for row in rows if row.cells.get("entity_id") == entity]
    known = [row for row in chosen if row.cells.get("state", "").strip().lower() not in _NO_STATE]
    meter = series.Meter(NAME, Producer(program="Home Assistant", version=""))
    if len(known) < len(chosen):
        meter.warnings.append(f"{len(chosen) - len(known)} states without a value are left out")
    snapshots = [_snapshot(row, row.cells.get("last_changed"), row.cells.get("state", ""), options) for row in known]
    return series.reading(snapshots, meter, options)


def _rows(lines: list[str], first: int, delimiter: str, columns: list[str]) -> list[_Row]:
    """Give the rows below the head line."""
    rows = csv.reader(lines[first + 1 :], delimiter=delimiter, strict=True)
    try:
        return [
            _Row(line, dict(zip(columns, cells, strict=False)), decimal_comma=delimiter != ",")
            for line, cells in enumerate(rows, first + 2)
            if any(cell.strip() for cell in cells)
        ]
    except csv.Error as error:
        raise UnreadableFile(f"not CSV: {error}", hint="export the readings again and upload the whole file") from error


def _snapshot(row: _Row, at: str | None, value: str, options: MeterOptions) -> series.Snapshot:
    where = f"line {row.line}"
    if row.decimal_comma and "." not in value:
        value = value.replace(",", ".", 1)
    kwh = parse_kwh(value, row.cells.get("unit") or options.unit or None, where)
    count = series.Count(kwh, Source(key="value", line=row.line))
    return series.Snapshot(parse_time(at, options.zone, where), {"energy": count})


def _delimiter(line: str) -> str:
    return next((delimiter for delimiter in _DELIMITERS if delimiter in line), ",")


def _columns(line: str, delimiter: str) -> list[str]:
    return [name.strip().strip('"').lower() for name in line.split(delimiter)]
