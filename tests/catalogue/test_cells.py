"""Cells are read in one way or not at all, and nothing that is written can run in a spreadsheet."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from label_service.catalogue.cells import (
    count_of,
    day_of,
    decimal_sign_of,
    inert,
    is_formula,
    number_of,
    text_of,
)
from label_service.catalogue.columns import COLUMNS, find_column, places
from label_service.document import Text, validate
from label_service.errors import InvalidAmount, InvalidDocument, LabelServiceError, Refused, UnreadableFile


@pytest.mark.parametrize(
    ("text", "sign", "value"),
    [
        ("253.8", "", "253.8"),
        ("253,8", "", "253.8"),
        (" 7 ", "", "7"),
        ("0,123", "", "0.123"),
        ("1.234", ".", "1.234"),
        ("1,234", ",", "1.234"),
        ("1234,567", "", "1234.567"),
        ("12,3456", "", "12.3456"),
        ("0.30000000000000004", "", "0.30000000000000004"),
    ],
)
def test_numbers_of_both_spellings_are_read(text, sign, value):
    """Decimal point and comma are read where only one reading is possible."""
    assert number_of(text, sign) == Decimal(value)


@pytest.mark.parametrize(
    ("text", "sign"),
    [("1.234", ""), ("1,234", ""), ("12.500", ""), ("999,999", ""), ("1.5", ","), ("1,5", "."), ("1.234", ",")],
)
def test_a_number_with_two_readings_is_not_guessed(text, sign):
    """1.234 g or 1234 g: a factor of a thousand is never a guess."""
    with pytest.raises(InvalidAmount, match="one way") as caught:
        number_of(text, sign)
    assert caught.value.hint


@pytest.mark.parametrize(
    "text", ["", "x", "1.2.3", "1.234,5", "-3", "+3", "63 g", "1e3", "NaN", "Infinity", "٣", "1 000", "9" * 13]
)
def test_what_is_no_number_is_said(text):
    """Units, signs, exponents and separators of thousands are named, not interpreted."""
    with pytest.raises(InvalidAmount):
        number_of(text, "")


def test_the_file_shows_its_decimal_sign():
    """One number without doubt settles the others; two signs settle nothing."""
    assert decimal_sign_of(["1.234", "0.5"]) == "."
    assert decimal_sign_of(["1,234", "12,5"]) == ","
    assert decimal_sign_of(["1.234", "7", Decimal("1.5")]) == ""
    assert decimal_sign_of(["0.5", "0,5"]) == ""


@given(st.decimals(0, 10**9, places=6, allow_nan=False).map(lambda value: format(value.normalize(), "f")))
def test_a_number_means_the_same_in_both_spellings(text):
    """Only the sign differs between a German and an English sheet."""
    assert number_of(text, ".") == number_of(text.replace(".", ","), ",") == Decimal(text)


@pytest.mark.parametrize(
    "cell", ["2026-11-02", "02.11.2026", "2.11.2026", date(2026, 11, 2), datetime(2026, 11, 2, 8, tzinfo=UTC)]
)
def test_days_are_read(cell):
    """ISO and German days, and days of spreadsheet programs."""
    assert day_of(cell) == "2026-11-02"


@pytest.mark.parametrize("cell", ["11/02/2026", "2.11.26", "2026-02-30", "31.02.2026", "20261102", "soon", "45963"])
def test_an_unclear_day_is_said(cell):
    """A day that could be two, or none, is named."""
    with pytest.raises(InvalidAmount):
        day_of(cell)


@pytest.mark.parametrize("cell", ["0", "-1", "1.5", "1000001", "x", Decimal("2.5")])
def test_items_are_counted_whole(cell):
    """Half an item, or none, is named."""
    with pytest.raises(InvalidAmount):
        count_of(cell)
    assert count_of("4") == count_of(Decimal("4.0")) == 4


@pytest.mark.parametrize("cell", ["=1+1", " =A1", "@SUM(A1)", '=HYPERLINK("x")'])
@pytest.mark.parametrize("read", [text_of, day_of, lambda cell: number_of(cell, ""), count_of])
def test_formulas_are_refused(cell, read):
    """A formula is never computed and never taken as text: the value has to stand there."""
    assert is_formula(cell)
    with pytest.raises(Refused, match="formula"):
        read(cell)


@pytest.mark.parametrize("text", ["=1+1", "+49 30", "-Hook", "@me", "\tx", "\rx"])
def test_what_a_spreadsheet_would_run_is_written_with_an_apostrophe(text):
    """No cell we write starts a formula, and the shop's own escape is undone when read."""
    assert inert(text) == f"'{text}"
    assert text_of(inert(text)) == text.strip()


class _Holder(BaseModel):
    text: Text


@given(st.text(max_size=200))
def test_a_text_that_is_read_fits_into_a_document(text):
    """Whatever a cell holds becomes a text in the one spelling of documents, or a named error."""
    try:
        found = text_of(text)
    except LabelServiceError:
        return
    assert not found or validate(_Holder, {"text": found})
    assert not inert(found).startswith(("=", "+", "-", "@", "\t", "\r"))


def test_a_text_beyond_measure_is_said():
    """A description in the column of names is named, not cut."""
    with pytest.raises(InvalidDocument, match="300"):
        text_of("x" * 301)


# headers


@pytest.mark.parametrize("column", COLUMNS, ids=lambda column: column.name)
def test_both_templates_head_every_column(column):
    """The English and the German header lead to the same column in the unit of the template."""
    for header in (column.header, column.header_de, column.header.upper(), f" {column.header_de} "):
        found, factor = find_column(header)
        assert found is column
        assert factor == (1 if column.units else None)


@pytest.mark.parametrize(
    ("header", "name", "factor"),
    [
        ("Netto [kg]", "net", "1000"),
        ("net kg", "net", "1000"),
        ("Nettogewicht (g)", "net", "1"),
        ("Strom_Wh", "kwh", "0.001"),
        ("kWh", "kwh", "1"),
        ("Stunden", "hours", "1"),
        ("Art.-Nr.", "sku", None),
        ("Artikel-Nr.", "sku", None),
        ("Stückzahl", "quantity", None),
        ("Versandgewicht (lbs)", "shop_weight", "453.59237"),
    ],
)
def test_other_headers_are_understood(header, name, factor):
    """What makers write over their columns is found, with the unit that stands there."""
    column, found = find_column(header)
    assert (column.name, found) == (name, factor and Decimal(factor))


@pytest.mark.parametrize("header", ["Netto", "Gross weight", "Netto (lbs)", "Strom", "Dauer (days)"])
def test_a_unit_that_is_missing_is_asked(header):
    """A mass without a unit is never taken for grams."""
    with pytest.raises(UnreadableFile, match="unit") as caught:
        find_column(header)
    assert "_" in caught.value.hint


@pytest.mark.parametrize("header", ["Preis", "", "Lager", "price (eur)", "()", "_", " kg"])
def test_a_header_that_means_nothing_is_left_out(header):
    """Columns we do not know are no error."""
    assert find_column(header) is None


def test_a_column_stands_once():
    """Two columns of one meaning are named."""
    with pytest.raises(UnreadableFile, match="two"):
        places(["sku", "net_g", "Netto (kg)"])


@given(st.text(max_size=120))
def test_any_header_ends_in_a_column_nothing_or_a_named_error(header):
    """No header makes the reader fall over."""
    try:
        find_column(header)
    except LabelServiceError as error:
        assert error.hint  # noqa: PT017 - one of three allowed outcomes
