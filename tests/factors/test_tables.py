import pytest

from label_service.errors import InvalidDocument
from label_service.factors.tables import read_rows

TRANSPORT = "mode,kgco2e_per_tkm_total,note\nhgv-average,0.12522,\n"
GRID = "kind,iso3,name,technology,year,gco2e_per_kwh,vintage\n"


def rows_of(folder, **tables):
    """Give the rows of tables written to a folder."""
    for name, text in tables.items():
        (folder / f"{name}.csv").write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_rows(folder)


def test_empty_cells_are_no_members(tmp_path):
    """An empty cell means that no source was read; it is never a zero or an empty text."""
    assert rows_of(tmp_path, transport=TRANSPORT) == [
        {"table": "transport", "key": "hgv-average", "mode": "hgv-average", "kgco2e_per_tkm_total": "0.12522"}
    ]


def test_years_of_a_country_stand_in_one_row(tmp_path):
    """Choosing the year happens inside one proven row, newest year first."""
    lines = "grid,AUT,Austria,,2023,110.81,2025\ngrid,AUT,Austria,,2024,102.62,2026\n"
    (row,) = rows_of(tmp_path, electricity=GRID + lines)
    assert row["key"] == "grid/AUT"
    assert row["years"] == [
        {"year": "2024", "gco2e_per_kwh": "102.62", "vintage": "2026"},
        {"year": "2023", "gco2e_per_kwh": "110.81", "vintage": "2025"},
    ]


def test_what_the_years_share_is_checked(tmp_path):
    """A cell that differs between the years of a country is refused, so no cell escapes the digest."""
    lines = "grid,AUT,Austria,,2023,110.81,2025\ngrid,AUT,Osterreich,,2024,102.62,2026\n"
    with pytest.raises(InvalidDocument, match="grid/AUT"):
        rows_of(tmp_path, electricity=GRID + lines)


def test_a_reference_carries_its_parts(tmp_path):
    """The parts of a reference are proven together with it, in the order of their numbers."""
    parts = "ref_id,part,material_id\n" + "".join(f"ref_box,{n},m{n}\n" for n in (10, 2, 1))
    box, mug = rows_of(tmp_path, references="ref_id,mass_kg\nref_mug,\nref_box,1\n", reference_parts=parts)
    assert [part["part"] for part in box["parts"]] == ["1", "2", "10"]
    assert mug["parts"] == []


@pytest.mark.parametrize(
    ("table", "text", "says"),
    [
        ("transport", TRANSPORT + "van,1\n", "3 cells"),
        ("transport", TRANSPORT + "hgv-average,2,\n", "one row"),
        ("transport", TRANSPORT + ",2,\n", "column 'mode'"),
        ("transport", b"\xef\xbb\xbf" + TRANSPORT.encode(), "column 'mode'"),
        ("transport", TRANSPORT.encode("utf-16"), "UTF-8"),
        ("transport", 'mode\n"open', "CSV"),
        ("transport", "mode,mode\na,b\n", "every column once"),
        ("electricity", GRID + "wind,,,,2024,1,1\n", "column 'wind'"),
        ("electricity", GRID + "grid,,,,2024,1,1\n", "column 'iso3'"),
        ("reference_parts", "ref_id,part\nref_nobody,1\n", "ref_nobody"),
    ],
)
def test_malformed_tables_are_refused(tmp_path, table, text, says):
    """A damaged table of a mounted package is an error that says where, never a half-read release."""
    with pytest.raises(InvalidDocument, match=says):
        rows_of(tmp_path, **{table: text})
