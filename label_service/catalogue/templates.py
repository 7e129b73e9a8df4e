"""Templates to fill in: as CSV, or as XLSX with a sheet for further lines of material and one that explains."""

import csv
import io
from collections.abc import Iterable, Mapping
from typing import Literal

from label_service.catalogue.cells import inert
from label_service.catalogue.columns import COLUMNS, Column
from label_service.catalogue.rows import CatalogueRow
from label_service.factors.release import Release

Language = Literal["en", "de"]
_SHEETS = {"en": ("products", "materials", "help"), "de": ("Produkte", "Material", "Hilfe")}
_HELP = ("column", "Spalte", "meaning")
_TABLES = ("families", "processes", "materials", "categories")
_WIDTH = 20  # of columns, in characters


def template_csv(rows: Iterable[CatalogueRow] = (), language: Language = "en") -> bytes:
    """Give the template as CSV; German ones have `;` and a byte order mark, as German Excel expects.

    Args:
        rows: products to begin with, such as the drafts of a shop's export.
        language: of the header.
    """
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, delimiter=";" if language == "de" else ",", lineterminator="\r\n")
    writer.writerow(_headers(COLUMNS, language))
    for row in rows:
        writer.writerows(_cells(line.cells, COLUMNS, language) for line in row.lines)
    return stream.getvalue().encode("utf-8-sig" if language == "de" else "utf-8")


def template_xlsx(release: Release, rows: Iterable[CatalogueRow] = (), language: Language = "en") -> bytes:
    """Give the template as XLSX: products, further lines of material, and what the columns and words mean."""
    from openpyxl import Workbook  # type: ignore[import-untyped]  # noqa: PLC0415 - only spreadsheets need it
    from openpyxl.utils import get_column_letter  # type: ignore[import-untyped]  # noqa: PLC0415 - only workbooks need it

    book = Workbook(write_only=True)
    of_line = tuple(column for column in COLUMNS if column.of_line)
    products, materials, explained = (book.create_sheet(name) for name in _SHEETS[language])
    for sheet, columns in ((products, COLUMNS), (materials, of_line)):
        sheet.freeze_panes = "A2"
        for index in range(1, len(columns) + 1):
            sheet.column_dimensions[get_column_letter(index)].width = _WIDTH
        sheet.append(_headers(columns, language))
    for row in rows:
        products.append(_cells(row.line.cells, COLUMNS, "en"))
        for line in row.further:
            materials.append(_cells(line.cells, of_line, "en"))
    for words in _explained(release):
        explained.append(words)
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def _headers(columns: Iterable[Column], language: Language) -> list[str]:
    return [column.header_de if language == "de" else column.header for column in columns]


def _cells(cells: Mapping[str, str], columns: Iterable[Column], language: Language) -> list[str]:
    """Give the cells of a row as text that computes nothing, numbers with the decimal sign of the language."""
    texts = ((column, cells.get(column.name, "")) for column in columns)
    return [
        inert(text.replace(".", ",") if column.kind == "number" and language == "de" else text)
        for column, text in texts
    ]


def _explained(release: Release) -> Iterable[tuple[str, ...]]:
    """Give the columns and the words that the release knows."""
    yield _HELP
    yield from ((column.header, column.header_de, column.meaning) for column in COLUMNS)
    for table in _TABLES:
        yield ()
        yield (table, "", f"release {release.version}")
        for key in release.keys(table):
            row = release.row(table, key)
            yield (key, row.get("name_de", ""), row.get("name_en", ""))
