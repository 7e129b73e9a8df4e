from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from label_service.quantity import figure
from label_service.web import numbers
from label_service.web.numbers import GRAMS, KILOGRAMS, THIN, unit_of

figures = st.floats(1e-9, 1e9).map(figure)
shares = st.floats(0, 1).map(figure)


def value(text: str) -> Decimal:
    """Read a shown number."""
    return Decimal(text.replace(THIN, ""))


@given(figures, st.sampled_from([GRAMS, KILOGRAMS]))
def test_impact_is_shown_to_three_digits(kgco2e, unit):
    """What people read differs from the figure by less than half of its third digit."""
    shown, exact = value(unit.amount(kgco2e)), Decimal(kgco2e) * unit.per_kg
    assert abs(shown - exact) <= Decimal("0.5").scaleb(exact.adjusted() - 2)


@given(figures, figures)
def test_parts_have_the_decimals_of_the_whole(part, whole):
    """A column of parts has one number of decimals, and what is less than the last says so instead of 0."""
    shown = KILOGRAMS.aligned(part, whole)
    places = len(KILOGRAMS.amount(whole).partition(".")[2])
    if shown.startswith("<"):
        assert Decimal(part) < Decimal(shown.removeprefix(f"<{THIN}"))
    else:
        assert abs(Decimal(shown) - Decimal(part)) <= Decimal(1).scaleb(-places)
        assert Decimal(shown) > 0


@given(st.lists(figures, min_size=1))
def test_one_unit_fits_a_page(values):
    """Grams are chosen only where nothing on the page reaches a kilogram."""
    assert (unit_of(values) is GRAMS) == all(Decimal(number) < 1 for number in values)


@given(shares)
def test_nothing_is_certain(chance):
    """A probability is never shown as 0 or 100 %."""
    assert numbers.probability(chance) not in {f"0{THIN}%", f"100{THIN}%"}


@given(shares)
def test_small_shares_are_not_nothing(part):
    """A share is shown as 0 only when it is 0."""
    assert (numbers.share(part) == f"0{THIN}%") == (Decimal(part) == 0)


@given(figures)
def test_lower_bound_is_never_overstated(bound):
    """What is shown as a lower bound is rounded down."""
    assert value(numbers.at_least(bound).removesuffix(f"{THIN}%")) <= Decimal(bound) * 100


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        (numbers.number("1234.5"), "1230"),
        (numbers.number("12345"), f"12{THIN}300"),
        (numbers.whole("22240"), f"22{THIN}240"),
        (numbers.mass(Decimal("0.0600")), f"60{THIN}g"),
        (numbers.mass(Decimal("1.26")), f"1.26{THIN}kg"),
        (KILOGRAMS.amount("3.0004"), "3.00"),
        (KILOGRAMS.amount("0"), "0"),
        (GRAMS.text("0.1996"), f"200{THIN}g CO\u2082e"),
        (numbers.ratio("6.2361"), f"624{THIN}%"),
        (numbers.share("0.004"), f"<{THIN}1{THIN}%"),
        (numbers.probability("0.99995"), f"more than 99.9{THIN}%"),
        (numbers.probability("0.5"), f"50{THIN}%"),
        (numbers.at_least("4.279"), f"427{THIN}%"),
        (numbers.moment("2026-11-03T10:05:59Z"), "3 November 2026, 10:05 UTC"),
        (numbers.day("2026-12-31"), "31 December 2026"),
    ],
)
def test_spelling(shown, expected):
    """Numbers, masses and times are written one way."""
    assert shown == expected
