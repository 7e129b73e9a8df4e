"""Catalogues: many products at once, from a sheet with one row per product. Described in docs/catalogues.md.

    read_catalogue(data, name)                 -> CatalogueRead   rows, row errors, warnings
    dry_run(rows, profiles, release, ...)      -> Outcome each    declaration and assessment, or the error of the row
    declare_rows(rows, profiles, release, ...) -> Outcome each    the same without the assessment
    result_csv(results, shop)                  -> bytes           sku to label, QR code and badge, for the shop

A row that is wrong never stops the others.
"""

from label_service.catalogue.declaring import row_salt
from label_service.catalogue.evidence import (
    MOST_FILE_BYTES,
    EvidenceFiles,
    Files,
    Folder,
    NoFiles,
    source_file,
    unpacked,
)
from label_service.catalogue.outcomes import Outcome, assessed, declare_rows, dry_run, row_error
from label_service.catalogue.reading import read_catalogue
from label_service.catalogue.results import Result, result_csv, result_lines
from label_service.catalogue.rows import CatalogueRead, CatalogueRow, RowError
from label_service.catalogue.templates import template_csv, template_xlsx

__all__ = [
    "MOST_FILE_BYTES",
    "CatalogueRead",
    "CatalogueRow",
    "EvidenceFiles",
    "Files",
    "Folder",
    "NoFiles",
    "Outcome",
    "Result",
    "RowError",
    "assessed",
    "declare_rows",
    "dry_run",
    "read_catalogue",
    "result_csv",
    "result_lines",
    "row_error",
    "row_salt",
    "source_file",
    "template_csv",
    "template_xlsx",
    "unpacked",
]
