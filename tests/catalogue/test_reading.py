"""A catalogue is read row by row: wrong rows are named, the others go on, and no file makes the reader fall over."""

import io
import random
import time
import zipfile
from datetime import date
from unicodedata import normalize

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from label_service.catalogue import CatalogueRead, read_catalogue
from label_service.catalogue.sheets import LAST_ROW, MOST_BYTES, MOST_COLUMNS, MOST_ROWS
from label_service.errors import UnreadableFile
from tests.catalogue.samples import BOX_ROW, HOOK_ROW, sheet, workbook

GERMAN = (
    "Artikelnummer;Bezeichnung;hergestellt am;Anzahl;Netto (g);Brutto (g);Strom (kWh);Preis;Nachweise\r\n"
    "HOOK-4;Häkchen;02.11.2026;4;253,8;263;1,234;9,90;scale.jpg|meter.json\r\n"
)
ENGLISH = sheet(HOOK_ROW, BOX_ROW)
PRODUCTS = (("sku", "name", "made", "net_g"), ("A", "Shelf", date(2026, 11, 2), 1.234), ("B", "Box", "2.11.2026", 7))
MATERIALS = (("sku", "material", "net_g"), ("A", "mdf", 500), ("B", "pla", "0,5"), ("C", "pla", 1))


def outcome(data: bytes) -> CatalogueRead | str:
    """Read and give the rows, or the message of the one error that may come."""
    try:
        return read_catalogue(data, "catalogue.csv")
    except UnreadableFile as error:
        return error.detail


def cells(found, place=0):
    """Give the cells of one row."""
    return dict(found.rows[place].line.cells)


@pytest.mark.parametrize("mark", ["", "\ufeff", "sep=;\r\n"])
def test_a_german_sheet_is_read(mark):
    """Semicolons, decimal commas, German headers and days, with or without a byte order mark."""
    found = read_catalogue((mark + GERMAN).encode())
    assert cells(found) == {
        "sku": "HOOK-4",
        "name": "Häkchen",
        "made": "2026-11-02",
        "quantity": "4",
        "net": "253.8",
        "gross": "263",
        "kwh": "1.234",
        "evidence": "scale.jpg|meter.json",
    }
    assert found.errors == ()
    assert found.warnings == ("not used: the columns Preis",)


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_every_usual_separator_is_read(delimiter):
    """The same rows come out whatever separates them."""
    assert read_catalogue(sheet(HOOK_ROW, BOX_ROW, delimiter=delimiter)).rows == read_catalogue(ENGLISH).rows


def test_a_sheet_of_german_excel_is_read_with_a_warning():
    """Windows-1252 is read, and the maker is told to look at the umlauts."""
    found = read_catalogue(GERMAN.encode("cp1252"))
    assert cells(found)["name"] == "Häkchen"
    assert any("Windows-1252" in text for text in found.warnings)


def test_rows_are_numbered_as_a_spreadsheet_does():
    """The header is row 1, a cell of several lines is one row, and empty rows count."""
    data = b'sku,name,quantity\n\nA,"two\nlines",1\n,,\nB,Box,0\n'
    found = read_catalogue(data)
    assert [row.number for row in found.rows] == [3]
    assert [error.number for error in found.errors] == [5]


def test_units_of_headers_are_converted():
    """Kilograms, watt hours and minutes come out in the units of the template."""
    data = b"sku,name,net_kg,energy_wh,duration_min\nA,Hook,0.25,1500,90\n"
    assert {name: cells(read_catalogue(data))[name] for name in ("net", "kwh", "hours")} == {
        "net": "250",
        "kwh": "1.5",
        "hours": "1.5",
    }


def test_a_wrong_row_stops_no_other():
    """Each wrong cell is named with row, column, code and what to do; the other rows are there."""
    bad = HOOK_ROW | {"sku": "X", "quantity": "0", "net_g": "-1", "name": "=cmd"}
    found = read_catalogue(sheet(HOOK_ROW, bad, BOX_ROW))
    assert [row.sku for row in found.rows] == ["HOOK-4", "BOX-45"]
    assert [(error.number, error.sku, error.column, error.code) for error in found.errors] == [
        (3, "X", "name", "refused"),
        (3, "X", "quantity", "invalid-amount"),
        (3, "X", "net", "invalid-amount"),
    ]
    assert all(error.hint for error in found.errors)
    assert "row 3, name" in found.errors[0].words


def test_formulas_in_columns_that_are_not_used_do_not_matter():
    """A price that is computed is no error."""
    found = read_catalogue(b"sku,name,price\nA,Hook,=1+1\n")
    assert found.errors == ()
    assert cells(found) == {"sku": "A", "name": "Hook"}


def test_further_rows_of_a_sku_add_lines_of_material():
    """A product of wood and filament has two rows; the second has no name."""
    found = read_catalogue(b"sku,name,material,net_g\nA,Lamp,mdf,300\nB,Box,mdf,9\nA,,pla,20.5\n")
    assert [dict(line.cells) for line in found.rows[0].lines] == [
        {"sku": "A", "name": "Lamp", "material": "mdf", "net": "300"},
        {"sku": "A", "material": "pla", "net": "20.5"},
    ]
    assert [line.number for line in found.rows[0].lines] == [2, 4]


@pytest.mark.parametrize(
    ("rows", "column", "code"),
    [
        (b"A,Lamp,1\nA,Other,1\n", "sku", "conflict"),
        (b"A,Lamp,1\nA,,2\n", "quantity", "conflict"),
        (b",Lamp,1\n", "sku", "missing-input"),
        (b"A,Lamp,1,surprise\n", "", "unreadable-file"),
    ],
)
def test_rows_that_do_not_fit_together_are_named(rows, column, code):
    """A number twice, a line with more than material, a row without number, a cell too many."""
    found = read_catalogue(b"sku,name,quantity\n" + rows)
    assert found.rows == ()
    assert (found.errors[0].column, found.errors[0].code) == (column, code)


def test_a_product_with_a_wrong_line_is_no_product():
    """Half a bill of materials is never declared, and its other lines are not blamed for it."""
    found = read_catalogue(b"sku,name,net_g\nA,Lamp,x\nA,,5\nB,Lamp,5\nB,,x\n")
    assert found.rows == ()
    assert [error.number for error in found.errors] == [2, 5]


# workbooks


def test_a_workbook_is_read():
    """Numbers, days and text of a spreadsheet, and a sheet for further lines of material."""
    found = read_catalogue(workbook(PRODUCTS, MATERIALS))
    assert cells(found) == {"sku": "A", "name": "Shelf", "made": "2026-11-02", "net": "1.234"}
    assert [dict(line.cells) for line in found.rows[1].further] == [{"sku": "B", "material": "pla", "net": "0.5"}]
    assert [(error.number, error.sku) for error in found.errors] == [(4, "C")]


def test_other_sheets_are_left_alone():
    """Notes before and behind the products do not matter."""
    notes = (("Notes",), ("call Anna",))
    assert read_catalogue(workbook(notes, PRODUCTS, notes)).rows == read_catalogue(workbook(PRODUCTS)).rows


def test_formulas_of_a_workbook_are_refused_and_never_computed():
    """A cell with a formula is named; what it once gave is not looked at."""
    found = read_catalogue(workbook((("sku", "name", "net_g"), ("A", "Hook", "=1+1"), ("B", "Box", 3))))
    assert [row.sku for row in found.rows] == ["B"]
    assert [(error.number, error.column, error.code) for error in found.errors] == [(2, "net", "refused")]


def changed(data: bytes, name: str, content) -> bytes:
    """Give a workbook with one part changed by a function."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.namelist():
            new.writestr(entry, content(old.read(entry)) if entry == name else old.read(entry))
    return target.getvalue()


SHEET = "xl/worksheets/sheet1.xml"


def test_a_stated_size_does_not_cut_rows_off():
    """A workbook that lies about its size loses no row."""
    data = changed(workbook(PRODUCTS), SHEET, lambda part: part.replace(b'ref="A1:D3"', b'ref="A1:B2"'))
    assert read_catalogue(data).rows == read_catalogue(workbook(PRODUCTS)).rows


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        (
            SHEET,
            lambda part: part.replace(b"<worksheet", b'<!DOCTYPE x [<!ENTITY a "b">]><worksheet', 1),
            "document type",
        ),
        (SHEET, lambda part: part.decode().encode("utf-16"), "UTF-8"),
        (SHEET, lambda part: part[: len(part) // 2], "damaged"),
        (SHEET, lambda part: part.replace(b'r="2"', b'r="99999999"').replace(b'"A2"', b'"A99999999"'), str(LAST_ROW)),
        (SHEET, lambda _: b" " * 30_000_000, "inflate"),
        ("xl/workbook.xml", lambda _: b"<nothing/>", "damaged|empty"),
    ],
)
def test_a_hostile_workbook_is_refused(name, content, message):
    """Entities, other encodings, half a part, absurd rows and bombs end in one named error."""
    with pytest.raises(UnreadableFile, match=message) as caught:
        read_catalogue(changed(workbook(PRODUCTS), name, content))
    assert caught.value.hint


def test_the_last_possible_column_is_refused_at_once():
    """A few bytes that name column XFD in every row do not fill memory."""
    rows = b"".join(b'<row r="%d"><c r="XFD%d"><v>1</v></c></row>' % (n, n) for n in range(4, 2000))
    data = changed(workbook(PRODUCTS), SHEET, lambda part: part.replace(b"</sheetData>", rows + b"</sheetData>"))
    with pytest.raises(UnreadableFile, match="columns"):
        read_catalogue(data)


# anything else


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "empty"),
        (b"\n\n  \n", "empty"),
        (b"Dear all,\nplease find attached\n", "header"),
        (b"sku\nA\n", "header"),
        (b"name,price\nA,1\n", "header"),
        (b"sku,price\nA,1\n", "header"),
        (b"sku,name,net\nA,Hook,1\n", "unit"),
        (b"sku,name,Artikelnummer\nA,Hook,B\n", "two"),
        ("sku,name\nA,Hook\n".encode("utf-16"), "UTF-16"),
        (b"\x7fELF\x02\x00", "binary"),
        (b"PK\x03\x04", "archive"),
        (b'sku,name\nA,"Hook\n', "damaged"),
        (b"sku,name\nA," + b"x" * 200_000, "damaged"),
        (b"sku,name," + b"," * MOST_COLUMNS + b"\n", "columns"),
        (b"sku,name\n" + b"A,B\n" * (MOST_ROWS + 1), "rows"),
        (b" " * (MOST_BYTES + 1), "bytes"),
    ],
)
def test_what_is_no_catalogue_is_said(data, message):
    """Whatever is not a catalogue is named with what to do."""
    with pytest.raises(UnreadableFile, match=message) as caught:
        read_catalogue(data, "wrong.csv")
    assert caught.value.hint
    assert caught.value.where.startswith("wrong.csv")


def test_another_zip_archive_is_named():
    """A zip of photos is no workbook."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("a.txt", "x")
    with pytest.raises(UnreadableFile, match="another zip"):
        read_catalogue(target.getvalue())


CORPUS = [ENGLISH, GERMAN.encode(), workbook(PRODUCTS, MATERIALS), b"Handle,Title,Variant SKU\na,A,1\n"]


@given(st.binary(max_size=400))
def test_any_bytes_end_in_rows_or_a_named_error(data):
    """Random bytes never end in a traceback."""
    outcome(data)


@settings(max_examples=150)
@given(st.sampled_from(CORPUS), st.integers(0, 2**32), st.integers(1, 6))
def test_damaged_catalogues_end_in_rows_or_a_named_error(data, seed, changes):
    """Flipped, cut and doubled pieces of real files never end in a traceback."""
    chance = random.Random(seed)
    raw = bytearray(data)
    for _ in range(changes):
        at = chance.randrange(len(raw))
        piece = raw[at : at + chance.randrange(1, 40)]
        match chance.randrange(3):
            case 0:
                raw[at] ^= chance.randrange(1, 256)
            case 1:
                del raw[at : at + len(piece)]
            case _:
                raw[at:at] = piece * chance.randrange(1, 4)
        if not raw:
            break
    outcome(bytes(raw))


table_cells = st.text(st.sampled_from("=+-@'\"\t ,;.0123456789abcäé\u0301|"), max_size=12)


@given(st.lists(st.lists(table_cells, min_size=3, max_size=5), max_size=8))
def test_whatever_stands_in_cells_each_row_is_a_row_or_an_error(rows):
    """No row is lost in silence: it is read, or named with its number."""
    names = ("sku", "name", "net_g", "quantity", "evidence")
    lines = [dict(zip(names, row, strict=False)) for row in rows]
    found = read_catalogue(sheet({"sku": "last", "name": "last"}, *lines))
    told = {line.number for row in found.rows for line in row.lines} | {error.number for error in found.errors}
    refused = {error.sku for error in found.errors}
    for number, line in enumerate(lines, start=3):
        is_empty = not any(cell.strip() for cell in line.values())
        assert is_empty or number in told or " ".join(normalize("NFC", line["sku"]).split()) in refused


@pytest.mark.parametrize("kind", ["rows", "quotes", "digits", "lines"])
def test_time_grows_with_the_size_and_no_faster(kind):
    """Ten times the rows take about ten times as long, whatever stands in them."""
    make = {
        "rows": lambda n: b"sku,name,net_g\n" + b"".join(b"A%d,Hook,253.8\n" % i for i in range(n)),
        "quotes": lambda n: b"sku,name\n" + b'A,"' + b'""' * n + b'"\n',
        "digits": lambda n: b"sku,name,net_g\n" + b"".join(b"A%d,H,%s\n" % (i, b"1" * 300) for i in range(n // 10)),
        "lines": lambda n: b"sku,name,net_g\nA,Hook,1\n" + b"A,,1\n" * n,
    }[kind]

    def cost(size: int) -> float:
        data = make(size)
        best = []
        for _ in range(3):
            start = time.process_time()
            outcome(data)
            best.append(time.process_time() - start)
        return min(best)

    assert cost(20_000) < 40 * max(cost(2_000), 0.002)
