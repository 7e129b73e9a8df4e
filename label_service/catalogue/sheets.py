"""Sheets from strangers: CSV with any of the usual separators, and XLSX within limits, as rows of cells.

Nothing is computed: a formula stays a formula. Rows are numbered as spreadsheet programs do, the header is row 1.
"""

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import IO, Any

from label_service.catalogue.cells import Cell
from label_service.errors import LabelServiceError, UnreadableFile
from label_service.readers.containers import archive
from label_service.readers.facts import clean

MOST_BYTES = 32 * 1024 * 1024  # 100,000 rows take about 15 MiB as text
MOST_ROWS = 100_000
LONGEST_CELL = 32_767  # characters, as in a cell of a workbook
MOST_COLUMNS = 300  # exports of shops have up to about 150
MOST_INFLATED_BYTES = 128 * 1024 * 1024
MOST_SHEETS = 10
LAST_ROW = 1_048_576  # of a sheet, by ECMA-376, part 1, section 18.3.1.73
_SEPARATORS = (";", ",", "\t")
_CHUNK = 1024 * 1024
_DOCUMENT_TYPE = b"<!DOCTYPE"
_HINT = "save it as CSV in UTF-8, or download the template"

Row = tuple[int, tuple[Cell, ...]]


@dataclass(frozen=True, slots=True)
class Sheet:
    """Rows of one sheet that are not empty; the first is its header."""

    name: str
    rows: tuple[Row, ...]
    warnings: tuple[str, ...] = ()


def read_sheets(data: bytes) -> tuple[Sheet, ...]:
    """Give the sheets of a CSV or XLSX file, by its content.

    Raises:
        UnreadableFile: neither, damaged, or beyond a limit.
    """
    if len(data) > MOST_BYTES:
        raise UnreadableFile(f"expected at most {MOST_BYTES} bytes, found {len(data)}", hint="split the catalogue")
    if data.startswith(b"PK"):
        return _read_workbook(data)
    text, warnings = _decoded(data)
    return (Sheet("", tuple(_limited(_read_text(text))), warnings),)


def _decoded(data: bytes) -> tuple[str, tuple[str, ...]]:
    """Read text in UTF-8, else in the code page that German Excel writes."""
    if b"\0" in data:
        raise UnreadableFile("expected a CSV or XLSX file, found binary data or text in UTF-16", hint=_HINT)
    try:
        return data.decode("utf-8-sig"), ()
    except UnicodeDecodeError:
        text = data.decode("cp1252", "replace")
        return text, ("the file is not UTF-8 and was read as Windows-1252: check umlauts and other special letters",)


def _read_text(text: str) -> Iterator[Row]:
    stream = io.StringIO(text, newline="")
    first = stream.readline()
    named = first.strip().lower()
    if named.startswith("sep=") and len(named) == 5:  # a line Excel writes to name the separator
        separator = named[-1]
    else:
        separator = max(_SEPARATORS, key=first.count)
        stream.seek(0)
    try:
        for number, cells in enumerate(csv.reader(stream, delimiter=separator, strict=True), start=1):
            yield number, tuple(cells)
    except csv.Error as error:
        raise UnreadableFile(f"the table is damaged: {error}", hint=_HINT) from error


def _limited(rows: Iterable[Row]) -> Iterator[Row]:
    """Leave out empty rows, and refuse what is larger than a catalogue."""
    kept = 0
    for number, cells in rows:
        if not any(cell.strip() if isinstance(cell, str) else True for cell in cells):
            continue
        kept += 1
        if kept > MOST_ROWS + 1:
            raise UnreadableFile(f"expected at most {MOST_ROWS} rows", hint="split the catalogue")
        if len(cells) > MOST_COLUMNS:
            raise UnreadableFile(
                f"expected at most {MOST_COLUMNS} columns, found {len(cells)} in row {number}", hint=_HINT
            )
        if any(isinstance(cell, str) and len(cell) > LONGEST_CELL for cell in cells):
            raise UnreadableFile(
                f"the table is damaged: a cell of row {number} has more than {LONGEST_CELL} characters", hint=_HINT
            )
        yield number, cells


def _read_workbook(data: bytes) -> tuple[Sheet, ...]:
    from openpyxl import load_workbook  # type: ignore[import-untyped]  # noqa: PLC0415 - only spreadsheets need it

    _check_parts(data)
    try:
        book = load_workbook(io.BytesIO(data), read_only=True, keep_links=False)
        return tuple(
            Sheet(clean(sheet.title), tuple(_limited(_rows(sheet)))) for sheet in book.worksheets[:MOST_SHEETS]
        )
    except LabelServiceError:
        raise
    except Exception as error:  # a hostile workbook makes the library fail in any way there is
        raise UnreadableFile(f"the workbook is damaged: {clean(str(error))}", hint=_HINT) from error


def _check_parts(data: bytes) -> None:
    """Inflate every part once, within limits, and refuse document types before any parser sees them."""
    with archive.opened(io.BytesIO(data), len(data)) as parts:
        names = parts.names()
        if "xl/workbook.xml" not in names:
            raise UnreadableFile("expected an XLSX workbook, found another zip archive", hint=_HINT)
        if sum(parts.size(name) for name in names) > MOST_INFLATED_BYTES:
            raise UnreadableFile(
                f"expected a workbook that inflates to at most {MOST_INFLATED_BYTES} bytes", hint="split the catalogue"
            )
        for name in names:
            with parts.open(name, MOST_INFLATED_BYTES) as stream:
                _check_part(name, stream)


def _check_part(name: str, stream: IO[bytes]) -> None:
    is_xml = name.endswith((".xml", ".rels", ".vml"))
    tail = b""
    while chunk := stream.read(_CHUNK):
        if is_xml and not tail and not chunk.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"<"):
            raise UnreadableFile(f"expected {clean(name)} in UTF-8", hint=_HINT)
        if is_xml and _DOCUMENT_TYPE in tail + chunk:
            raise UnreadableFile(f"{clean(name)} declares a document type", hint=_HINT)
        tail = chunk[-len(_DOCUMENT_TYPE) :]


def _rows(sheet: Any) -> Iterator[Row]:
    sheet.reset_dimensions()  # a stated size may lie and would cut rows off
    for number, cells in enumerate(sheet.iter_rows(), start=1):
        if number > LAST_ROW:
            raise UnreadableFile(f"expected at most {LAST_ROW} rows in a sheet", hint=_HINT)
        if len(cells) > MOST_COLUMNS:  # even if they are empty: a few bytes can name the last of 16,384 columns
            raise UnreadableFile(
                f"expected at most {MOST_COLUMNS} columns, found {len(cells)} in row {number}",
                hint="delete what stands to the right of the table",
            )
        yield number, tuple(_cell(cell) for cell in cells)


def _cell(cell: Any) -> Cell:
    value = cell.value
    if value is None:
        return ""
    if cell.data_type == "f":
        return "="
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, (int, float)):
        return Decimal(repr(value))
    if isinstance(value, datetime):
        return value.date()
    return value if isinstance(value, (str, date)) else str(value)
