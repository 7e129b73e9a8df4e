"""Series of counter readings as CSV: our own, Home Assistant's history, and any other with its columns named.

    at,value,unit                                   entity_id,state,last_changed
    2026-11-02T08:00:00Z,12.345,kWh                 sensor.plug_energy,12.345,2026-11-02T08:00:00.000Z

Columns may be separated by comma, semicolon or tab; with the latter two a decimal comma is read as well.
"""

import csv
from dataclasses import dataclass
from unicodedata import normalize

from label_service.errors import UnreadableFile
from label_service.readers.facts import Producer, Reading, Source, clean
from label_service.readers.meters import series
from label_service.readers.meters.times import looks_like_time, parse_time
from label_service.readers.meters.values import expected, parse_kwh, unit_of
from label_service.readers.numbers import number
from label_service.readers.said import Said

NAME = "meter-table"
_OWN = ("at", "value", "unit")
_HOME_ASSISTANT = ("entity_id", "state", "last_changed")
_NO_STATE = {"", "unavailable", "unknown", "none"}  # Home Assistant's words for "no reading"
_DELIMITERS = ";\t,"
_LINES_LOOKED_AT, _LONGEST_LINE = 4, 2000
_MOST_LISTED = 20


@dataclass(frozen=True)
class _Row:
    """One row: its line, its cells by column, and whether its numbers may have a decimal comma."""

    line: int
    cells: dict[str, str]
    decimal_comma: bool


def is_table(start: str, said: Said) -> bool:
    """Tell whether a text begins like a table of readings: by its columns, or by a time and a number below the head."""
    head, *rows = [line[:_LONGEST_LINE] for line in start.splitlines()[:_LINES_LOOKED_AT] if line.strip()] or [""]
    columns = _columns(head, _delimiter(head))
    named = {_column(said.options.at_column), _column(said.options.value_column)}
    if set(_OWN[:2]) <= set(columns) or set(_HOME_ASSISTANT) <= set(columns):
        return True
    times, numbers = _kinds(columns, [row.split(_delimiter(head)) for row in rows[:1]])
    if times and numbers:
        said.ask("at_column", "In which column are the times?", tuple(times))
        said.ask("value_column", "In which column is the counter of energy?", tuple(numbers))
    return bool(times and numbers) or ("" not in named and named <= set(columns))


def _kinds(columns: list[str], rows: list[list[str]]) -> tuple[list[str], list[str]]:
    """Give the columns that hold times, and those that hold numbers."""
    cells = [(name, cell.strip().strip('"')) for row in rows for name, cell in zip(columns, row, strict=False) if name]
    times = [name for name, cell in cells if looks_like_time(cell)]
    numbers = [name for name, cell in cells if number(cell.replace(",", ".", 1)) is not None]
    return times, numbers


def read(text: str, said: Said) -> Reading:
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
        return _read_home_assistant(rows, said)
    at, value = _column(said.options.at_column) or _OWN[0], _column(said.options.value_column) or _OWN[1]
    if not {at, value} <= set(columns):
        raise UnreadableFile(
            f"expected columns of times, {at[:40]!r}, and totals, {value[:40]!r}, found {clean(', '.join(columns))}",
            hint="name the column of times and the column of the counter",
            where=f"line {first + 1}",
        )
    snapshots = [_snapshot(row, row.cells.get(at), row.cells.get(value, ""), said) for row in rows]
    return series.reading(snapshots, series.Meter(NAME), said)


def _read_home_assistant(rows: list[_Row], said: Said) -> Reading:
    """Read a history of one entity; it stores changes only, and does not know the unit."""
    entities = sorted({row.cells.get("entity_id", "") for row in rows})
    entity = said.options.channel or (entities[0] if len(entities) == 1 else "")
    if len(entities) > 1:
        said.ask("channel", "Which entity counts the energy of the machine?", tuple(entities[:_MOST_LISTED]))
    if entity not in entities:
        raise UnreadableFile(
            f"expected one entity, found {clean(', '.join(entities[:10]))}",
            hint="name the entity that counts the energy as channel",
        )
    if not unit_of(None, said):
        raise UnreadableFile("the history does not say its unit", hint="name the unit of the sensor, kWh or Wh")
    chosen = [row for row in rows if row.cells.get("entity_id") == entity]
    known = [row for row in chosen if row.cells.get("state", "").strip().lower() not in _NO_STATE]
    meter = series.Meter(NAME, Producer(program="Home Assistant", version=""))
    if len(known) < len(chosen):
        meter.warnings.append(f"{len(chosen) - len(known)} states without a value are left out")
    snapshots = [_snapshot(row, row.cells.get("last_changed"), row.cells.get("state", ""), said) for row in known]
    return series.reading(snapshots, meter, said)


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


def _snapshot(row: _Row, at: str | None, value: str, said: Said) -> series.Snapshot:
    where = f"line {row.line}"
    if row.decimal_comma and "." not in value:
        value = value.replace(",", ".", 1)
    kwh = parse_kwh(value, unit_of(row.cells.get("unit"), said), where)
    count = series.Count(kwh, Source(key="value", line=row.line))
    return series.Snapshot(parse_time(at, said, where), {"energy": count})


def _delimiter(line: str) -> str:
    return next((delimiter for delimiter in _DELIMITERS if delimiter in line), ",")


def _columns(line: str, delimiter: str) -> list[str]:
    return [_column(name.strip().strip('"')) for name in line.split(delimiter)]


def _column(name: str | None) -> str:
    """Give the name of a column as names are compared: without regard to case and to how accents are written."""
    return normalize("NFC", (name or "").strip().lower())
