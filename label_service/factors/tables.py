"""The CSV tables of a release folder as rows: string cells without the empty ones, plus `table` and `key`.

Two tables are folded: the years of a country's grid stand in one row, so that choosing the year happens inside a
proven row, and the parts of a reference product stand in the row of the reference.
Format page: docs/formats/release.md.
"""

import csv
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

from label_service.errors import InvalidDocument

Row = dict[str, Any]

# Columns whose values make up the key, joined by "/".
_KEY_COLUMNS: dict[str, tuple[str, ...]] = {
    "basis_gsd": ("basis", "evidence"),
    "bounds": ("rule_id",),
    "categories": ("category_id",),
    "defaults": ("scope", "subject", "quantity"),
    "end_of_life": ("material_id", "route"),
    "families": ("family",),
    "materials": ("id",),
    "process_sources": ("source_id",),
    "processes": ("process_id",),
    "references": ("ref_id",),
    "sources": ("source_id",),
    "transport": ("mode",),
}
TABLES = tuple(sorted((*_KEY_COLUMNS, "electricity")))
_YEAR_COLUMNS = (
    "year",
    "gco2e_per_kwh",
    "min_gco2e_per_kwh",
    "max_gco2e_per_kwh",
    "vintage",
    "source_locator",
)
_ELECTRICITY_KEY_COLUMN = {"grid": "iso3", "region": "name", "fuel": "technology", "technology": "technology"}


def read_rows(folder: Path) -> list[Row]:
    """Read every table of a release folder and give its rows ordered by table and key.

    A table without a file has no rows, so a further package may hold only some tables.

    Raises:
        InvalidDocument: a file is not UTF-8 or has a byte order mark, a line has another number of cells than the
            header, a key stands twice, or years of one country differ in what they share.
    """
    rows = [row for table in TABLES for row in _read_table(folder, table)]
    rows.sort(key=lambda row: (row["table"], row["key"]))
    for before, row in pairwise(rows):
        if (before["table"], before["key"]) == (row["table"], row["key"]):
            raise InvalidDocument(f"expected one row {row['key']!r} in table {row['table']!r}, found two")
    return rows


def _read_table(folder: Path, table: str) -> Iterator[Row]:
    if table == "electricity":
        return _electricity(_cells(folder, table))
    columns = _KEY_COLUMNS[table]
    rows = _with_key(_cells(folder, table), table, lambda row: "/".join(row[name] for name in columns))
    return _with_parts(rows, _cells(folder, "reference_parts")) if table == "references" else rows


def _cells(folder: Path, name: str) -> Iterator[Row]:
    """Give the lines of a CSV file (RFC 4180, UTF-8, line feed) as members without the empty cells."""
    file = folder / f"{name}.csv"
    if not file.exists():
        return
    try:
        with file.open(encoding="utf-8", newline="") as lines:
            reader = csv.reader(lines, strict=True)
            header = next(reader, [])
            if len(set(header)) != len(header):
                raise InvalidDocument("expected every column once", where=f"{file.name}:1")
            for cells in reader:
                if len(cells) != len(header):
                    raise InvalidDocument(
                        f"expected {len(header)} cells, found {len(cells)}",
                        where=f"{file.name}:{reader.line_num}",
                    )
                yield {column: cell for column, cell in zip(header, cells, strict=True) if cell}
    except (UnicodeDecodeError, csv.Error) as error:
        raise InvalidDocument(f"expected a CSV table in UTF-8: {error}", where=file.name) from error


def _with_key(rows: Iterator[Row], table: str, key_of: Callable[[Row], str]) -> Iterator[Row]:
    for row in rows:
        try:
            key = key_of(row)
        except KeyError as error:
            raise InvalidDocument(f"expected a cell in column {error} of every line", where=f"{table}.csv") from error
        yield {"table": table, "key": key, **row}


def _electricity(lines: Iterator[Row]) -> Iterator[Row]:
    grids: dict[str, Row] = {}
    for row in _with_key(lines, "electricity", _electricity_key):
        if row["kind"] != "grid":
            yield row
            continue
        year = {name: row.pop(name) for name in _YEAR_COLUMNS if name in row}
        country = grids.setdefault(row["key"], {**row, "years": []})
        if {**row, "years": country["years"]} != country:
            raise InvalidDocument(f"expected years of {row['key']} that differ only in {', '.join(_YEAR_COLUMNS)}")
        country["years"].append(year)
    for country in grids.values():
        country["years"].sort(key=lambda year: year["year"], reverse=True)
        yield country


def _electricity_key(row: Row) -> str:
    kind = row["kind"]
    name: str = row[_ELECTRICITY_KEY_COLUMN[kind]]
    return f"{kind}/{name.replace(' ', '-')}"


def _with_parts(references: Iterator[Row], lines: Iterator[Row]) -> Iterator[Row]:
    parts: dict[str, list[Row]] = {}
    for part in lines:
        parts.setdefault(part.pop("ref_id", ""), []).append(part)
    for row in references:
        yield {**row, "parts": sorted(parts.pop(row["key"], []), key=_number_of_part)}
    if parts:
        raise InvalidDocument(f"expected parts of known references, found parts of {', '.join(sorted(parts))}")


def _number_of_part(part: Row) -> tuple[int, str]:
    number = part.get("part", "")
    return len(number), number
