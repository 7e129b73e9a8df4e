"""Templates are read as they were written, in both languages and both kinds of file."""

import io

import pytest
from openpyxl import load_workbook

from label_service.catalogue import read_catalogue, template_csv, template_xlsx
from label_service.catalogue.columns import COLUMNS
from tests.catalogue.samples import BOX_ROW, HOOK_ROW, rows_of
from tests.catalogue.test_shops import SHOPIFY
from tests.proposal.samples import RELEASE

LAMP = {"sku": "LAMP", "name": "=Lamp", "material": "mdf", "net_g": "300.5"}
ROWS = rows_of(HOOK_ROW, BOX_ROW, {**LAMP, "name": "Lamp"}, {"sku": "LAMP", "material": "pla", "net_g": "0.25"})


def written(kind, language, rows=ROWS):
    """Write a template."""
    return template_xlsx(RELEASE, rows, language) if kind == "xlsx" else template_csv(rows, language)


def values(found):
    """Give the cells of all rows, whatever their number."""
    return [[dict(line.cells) for line in row.lines] for row in found]


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
@pytest.mark.parametrize("language", ["en", "de"])
def test_what_is_written_reads_back(kind, language):
    """A template filled by us is read without an error, decimal comma or point, further lines included."""
    found = read_catalogue(written(kind, language))
    assert found.errors == found.warnings == ()
    assert values(found.rows) == values(ROWS)


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
@pytest.mark.parametrize("language", ["en", "de"])
def test_an_empty_template_has_every_column(kind, language):
    """Whoever downloads it finds a header for everything that can be said."""
    data = written(kind, language, ())
    assert read_catalogue(data).rows == ()
    headers = {column.header_de if language == "de" else column.header for column in COLUMNS}
    if kind == "csv":
        found = data.decode("utf-8-sig").strip().split(";" if language == "de" else ",")
    else:
        found = [cell.value for cell in next(load_workbook(io.BytesIO(data)).worksheets[0].iter_rows())]
    assert set(found) == headers


def test_a_shop_fills_the_first_columns():
    """The drafts of a shop become rows with number, name, handle and shipping weight: nothing of it is typed."""
    found = read_catalogue(template_csv(read_catalogue(SHOPIFY).rows))
    assert [(row.sku, row.get("handle"), row.get("shop_weight")) for row in found.rows] == [
        ("HOOK-4", "hook", ""),
        ("LAMP-S", "lamp", "1250"),
        ("LAMP-L", "lamp", "1700.5"),
    ]


def test_names_from_a_shop_compute_nothing():
    """A product of the shop named as a formula is text in the template."""
    shop = SHOPIFY.replace(b"Wall hook", b"=1+1")
    rows = read_catalogue(shop).rows
    book = load_workbook(io.BytesIO(template_xlsx(RELEASE, rows)))
    assert "f" not in {cell.data_type for sheet in book.worksheets for row in sheet.iter_rows() for cell in row}
    assert read_catalogue(template_csv(rows)).rows[0].get("name") == "=1+1"


def test_the_words_of_the_release_are_in_the_workbook():
    """Families, processes, materials and categories can be looked up beside the products."""
    help_sheet = load_workbook(io.BytesIO(template_xlsx(RELEASE))).worksheets[2]
    words = {row[0].value for row in help_sheet.iter_rows() if row}
    assert {"fdm", "fdm_desktop", "pla", "storage_box_dry"} <= words
