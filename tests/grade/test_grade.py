from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from label_service.grade import SCALE, capped, grade_of, score_of
from label_service.quantity import figure

ratios = st.floats(0.001, 100).map(figure)
LETTERS = "ABCDE"


@given(ratios, ratios, ratios, ratios)
def test_a_worse_impact_never_gets_a_better_grade(u95, other_u95, p05, other_p05):
    """When both bounds rise, the score does not fall and the letter does not improve."""
    low_u95, high_u95 = sorted((u95, other_u95), key=Decimal)
    low_p05, high_p05 = sorted((p05, other_p05), key=Decimal)
    assert score_of(low_u95) <= score_of(high_u95)
    assert grade_of(score_of(low_u95), low_p05) <= grade_of(score_of(high_u95), high_p05)


@given(st.integers(1, 10_000), ratios)
def test_a_letter_changes_only_at_a_stated_threshold(score, p05):
    """Between 64, 80 and 100 the next score has the same letter."""
    if score not in {limit for _, limit in SCALE}:
        assert grade_of(score, p05) == grade_of(score + 1, p05)


@pytest.mark.parametrize(
    ("u95", "score"),
    [
        ("0.64", 64), ("0.6400000001", 65), ("0.6399999999", 64), ("0.80", 80), ("1", 100), ("1.000000001", 101),
        ("0.00001", 1), ("0.01", 1), ("12.345", 1235),
    ],
)  # fmt: skip
def test_the_score_is_the_next_whole_percent(u95, score):
    """A score of 64 says: at most 64 % of the reference with 95 % certainty, so any more is 65."""
    assert score_of(u95) == score


@given(ratios)
def test_the_score_bounds_the_ratio(u95):
    """The ratio is at most the score in percent, and the score is the smallest whole number of that kind."""
    score = score_of(u95)
    assert score - 1 < 100 * Decimal(u95) <= score + Decimal("1e-9")


@pytest.mark.parametrize(
    ("score", "p05", "letter"),
    [
        (1, "0.001", "A"), (64, "0.5", "A"), (65, "0.5", "B"), (80, "0.6", "B"), (81, "0.6", "C"), (100, "0.9", "C"),
        (101, "0.9", "D"), (101, "1", "D"), (101, "1.000000001", "E"), (959, "4.2", "E"), (959, "0.9", "D"),
    ],
)  # fmt: skip
def test_letters_by_hand(score, p05, letter):
    """A, B, C by the score; E only where the product is shown to be worse; D where nothing is shown."""
    assert grade_of(score, p05) == letter


@given(st.sampled_from(LETTERS), st.lists(st.sampled_from(["proxy_share", "same_design_worse"])))
def test_a_cap_never_improves_a_letter(letter, caps):
    """With a cap the letter is C at best; without one it stays as it is."""
    found = capped(letter, tuple(caps))
    assert found >= letter
    assert found == (letter if not caps else max(letter, "C"))


def test_steps_of_the_scale_are_a_factor_of_a_quarter():
    """The steps are those of the EU energy label: each limit is 1.25 times the one before."""
    assert [limit for _, limit in SCALE] == [64, 80, 100]
    assert all(Decimal(right) / left == Decimal("1.25") for (_, left), (_, right) in pairwise(SCALE))
