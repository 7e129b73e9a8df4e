"""Catalogues as makers and shops write them, with the evidence of the demo workshop."""

import csv
import io
from collections.abc import Iterable, Mapping

from openpyxl import Workbook

from label_service.catalogue import CatalogueRow, Files, Outcome, declare_rows, dry_run, read_catalogue
from label_service.proposal import SourceFile
from tests.proposal.samples import PHOTO, PROFILES, RELEASE, file, meter

HOOK, METER = file("hook/hook.gcode"), file("hook/meter.json")
BOX_METER = meter("laser", "1.5", "2026-11-03")
EVIDENCE = Files([HOOK, METER, BOX_METER, PHOTO], {})
KEY = b"k" * 32

HOOK_ROW = {
    "sku": "HOOK-4",
    "name": "Wall hook",
    "made": "2026-11-02",
    "quantity": "4",
    "net_g": "253.8",
    "gross_g": "263",
    "evidence": "hook.gcode|meter.json|scale.jpg",
}
BOX_ROW = {
    "sku": "BOX-45",
    "made": "2026-11-03",
    "net_g": "2900",
    "gross_g": "4000",
    "evidence": "laser.json|scale.jpg",
}


def sheet(*rows: Mapping[str, str], delimiter: str = ",") -> bytes:
    """Write rows as CSV; the header has every column that one of them fills."""
    header = list(dict.fromkeys(name for row in rows for name in row))
    stream = io.StringIO(newline="")
    writer = csv.DictWriter(stream, header, delimiter=delimiter)
    writer.writeheader()
    writer.writerows(rows)
    return stream.getvalue().encode()


def workbook(*sheets: Iterable[Iterable[object]], names: Iterable[str] = ()) -> bytes:
    """Write sheets of rows as XLSX."""
    book = Workbook()
    book.remove(book.active)
    titles = [*names, *(f"sheet {number}" for number in range(len(sheets)))]
    for title, rows in zip(titles, sheets, strict=False):
        page = book.create_sheet(title)
        for row in rows:
            page.append(list(row))
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def rows_of(*rows: Mapping[str, str]) -> tuple[CatalogueRow, ...]:
    """Read rows that have no errors."""
    found = read_catalogue(sheet(*rows))
    assert found.errors == ()
    return found.rows


def declared(*rows: Mapping[str, str], files: Files = EVIDENCE, profiles=PROFILES, key: bytes = KEY) -> list[Outcome]:
    """Declare rows."""
    return list(declare_rows(rows_of(*rows), profiles, RELEASE, salt_key=key, files=files))


def checked(*rows: Mapping[str, str], files: Files = EVIDENCE, profiles=PROFILES) -> list[Outcome]:
    """Run rows through the whole calculation."""
    return list(dry_run(rows_of(*rows), profiles, RELEASE, files=files))


def in_memory(name: str, digest: str) -> SourceFile:
    """Give a paper."""
    return SourceFile(name, digest, 100, None)
