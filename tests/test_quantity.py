import re
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from label_service.errors import InvalidAmount
from label_service.quantity import (
    UNITS,
    Amount,
    Figure,
    amount,
    display,
    figure,
    in_base_unit,
    plain,
)
from tests.strategies import amounts

AMOUNT = TypeAdapter(Amount)
FIGURE = TypeAdapter(Figure)
results = st.floats(-1e18, 1e18, allow_nan=False)


@given(amounts())
def test_an_amount_has_one_spelling(text):
    """Text to number and back gives the same text, so equal amounts have equal bytes."""
    assert AMOUNT.validate_python(text) == text
    assert amount(Decimal(text)) == text


@given(amounts(), st.integers(1, 5))
def test_a_second_spelling_of_an_amount_is_refused(text, zeros):
    """Superfluous zeros, signs, exponents and spaces never pass."""
    more = "0" * zeros
    tail = text + more if "." in text else f"{text}.{more}"
    for other in (
        more + text,
        tail,
        "+" + text,
        "-" + text,
        text + "e0",
        " " + text,
        text + " ",
        text + "\n",
        text + ".",
    ):
        with pytest.raises(ValidationError):
            AMOUNT.validate_python(other)


@pytest.mark.parametrize(
    "value", [1, 0.25, Decimal("0.25"), True, None, b"1", "", ".5", "1,5", "NaN", "1e400", "٣", "1_0"]
)
def test_only_text_of_ascii_digits_is_an_amount(value):
    """A JSON number is never taken for an amount: it would have lost its digits before we see it."""
    with pytest.raises(ValidationError):
        AMOUNT.validate_python(value)


@given(st.decimals(0, 10**12 - 1, allow_nan=False, allow_infinity=False, places=20))
def test_amounts_are_rounded_once_half_even(value):
    """A computed amount is the nearest one of 12 decimal places."""
    assert Decimal(amount(value)) == value.quantize(Decimal("1e-12"), rounding=ROUND_HALF_EVEN)
    AMOUNT.validate_python(amount(value))


@pytest.mark.parametrize(
    "value", ["-1", "-1e-13", "NaN", "sNaN", "Infinity", "1e12", "999999999999.9999999999999", "1e400", "-1e400"]
)
def test_absurd_numbers_are_no_amounts(value):
    """Negative, endless and huge numbers are refused by name, not by a crash."""
    with pytest.raises(InvalidAmount):
        amount(Decimal(value))


@given(results)
def test_a_figure_has_ten_significant_digits_half_even(value):
    """A result is within half a unit of its tenth digit; ties go to the even digit."""
    text = figure(value)
    FIGURE.validate_python(text)
    if abs(value) < 1e-18:
        assert text == "0"
        return
    assert Decimal(text) == Decimal(f"{Decimal(value):.9e}")
    assert abs(Fraction(text) - Fraction(value)) <= abs(Fraction(value)) / 2 / 10**9
    assert len(text.lstrip("-0.").replace(".", "").rstrip("0")) <= 10


@given(results)
def test_a_figure_has_one_spelling(value):
    """Reading a figure and writing it again gives the same text."""
    text = figure(value)
    assert figure(float(text)) == text
    assert plain(Decimal(text)) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"), (-0.0, "0"), (1.0, "1"), (0.25, "0.25"), (100.0, "100"), (1 / 3, "0.3333333333"),
        (2 / 3, "0.6666666667"), (-1234.5678901234, "-1234.56789"), (1e-18, "0.000000000000000001"), (9e-19, "0"),
        (1e18, "1000000000000000000"), (999999999999999872.0, "1000000000000000000"),
        (0.50000000005, "0.5000000001"),  # the nearest float is a little above
        (1000000000.5, "1000000000"), (1000000001.5, "1000000002"), (1000000002.5, "1000000002"),  # exact ties
    ],
)  # fmt: skip
def test_figures_by_hand(value, text):
    """Figures that can be checked without a computer."""
    assert figure(value) == text


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf"), 1.1e18, -1.1e18])
def test_a_result_that_is_no_number_is_refused(value):
    """An overflow is an error, never a figure."""
    with pytest.raises(InvalidAmount):
        figure(value)


@given(amounts(max_whole=10**6, places=6))
def test_units_of_energy_mass_and_time_agree(text):
    """The same amount in another unit is the same amount in the inventory."""
    value = Decimal(text)
    pairs = [("kWh", "MJ", "3.6"), ("kWh", "Wh", "1000"), ("kg", "g", "1000"), ("h", "min", "60"), ("h", "s", "3600")]
    for base, other, factor in [*pairs, ("W", "kW", "0.001"), ("kWh/kg", "MJ/kg", "3.6")]:
        there = plain(value * Decimal(factor))
        assert amount(in_base_unit(there, other, base)) == amount(in_base_unit(text, base, base)) == text


@given(
    amounts(max_whole=10**6),
    st.sampled_from(sorted(UNITS)),
    st.sampled_from(sorted({base for base, _ in UNITS.values()})),
)
def test_a_unit_of_another_quantity_is_refused(text, unit, expected):
    """Grams are never read as kilowatt hours, and the error names the units that are allowed."""
    assume(UNITS[unit][0] != expected)
    with pytest.raises(InvalidAmount, match=rf"{re.escape(expected)}.*found '{unit}'"):
        in_base_unit(text, unit, expected)


@pytest.mark.parametrize("unit", ["", "lb", "kwh", "KG", "kg ", "мg"])
def test_an_unknown_unit_is_refused(unit):
    """Units are written in one way only."""
    with pytest.raises(InvalidAmount, match="kg, g"):
        in_base_unit("1", unit, "kg")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("0.06349206349", "0.0635"),
        ("1234567", "1230000"),
        ("2.5", "2.5"),
        ("0", "0"),
        ("-0.9996", "-1"),
        ("1.005", "1"),
    ],
)
def test_display_is_made_from_the_figure(text, shown):
    """People see three digits, made from the ten that are recomputed."""
    assert display(text) == shown


@given(results, st.integers(1, 9))
def test_display_stays_near_the_figure(value, digits):
    """A shown number differs from the figure by half a unit of its last digit at most."""
    text = figure(value)
    shown = Fraction(display(text, digits))
    assert abs(shown - Fraction(text)) <= abs(Fraction(text)) / 2 / 10 ** (digits - 1)
