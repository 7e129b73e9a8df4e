from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from label_service.assessment import Range, Side, StageImpact
from label_service.document import STAGES
from label_service.quantity import figure
from label_service.web import pictures
from label_service.web.numbers import GRAMS, KILOGRAMS

ranges = st.lists(st.floats(1e-6, 1e6), min_size=3, max_size=3).map(
    lambda drawn: Range(**dict(zip(("p05", "median", "p95"), map(figure, sorted(drawn)), strict=True)))
)


def place(percent: str) -> Decimal:
    """Read a position."""
    return Decimal(percent.removesuffix("%"))


@given(ranges, ranges, st.sampled_from([GRAMS, KILOGRAMS]))
def test_picture_is_to_scale(product, reference, unit):
    """Both sides share one axis from zero: bars lie inside it, and their marks stand in the ratio of the medians."""
    picture = pictures.ranges([("product", "This", product), ("reference", "Other", reference)], unit)
    for bar in picture.bars:
        assert place(bar.start) >= 0
        assert place(bar.start) + place(bar.width) <= Decimal("100.6")
    own, other = (place(bar.mark) for bar in picture.bars)
    assert abs(own * Decimal(reference.median) - other * Decimal(product.median)) <= Decimal("0.006") * (
        Decimal(product.median) + Decimal(reference.median)
    )
    assert picture.guide == picture.bars[1].mark


@given(ranges, st.sampled_from([GRAMS, KILOGRAMS]))
def test_picture_says_its_numbers(impact, unit):
    """The text twin of the picture has the same numbers as its labels."""
    picture = pictures.ranges([("product", "This product", impact)], unit)
    assert unit.amount(impact.median) in picture.description
    assert unit.spread(impact) in picture.description
    assert picture.guide == ""


@given(ranges)
def test_axis_is_readable(impact):
    """The axis starts at zero and has two to five numbers."""
    ticks = pictures.ranges([("product", "This", impact)], KILOGRAMS).ticks
    assert ticks[0].text == "0"
    assert 2 <= len(ticks) <= 5


@given(st.lists(ranges, min_size=1, max_size=6), ranges)
def test_stages_share_one_scale(impacts, whole):
    """The small bars of the stages can be compared with each other; the largest reaches the end."""
    stages = tuple(StageImpact(stage=stage, kgco2e=impact) for stage, impact in zip(STAGES, impacts, strict=False))
    rows = pictures.stages(Side(kgco2e=whole, stages=stages), KILOGRAMS)
    ends = [place(row.start) + place(row.width) for row in rows]
    assert Decimal("99.98") <= max(ends) <= Decimal("100.6")


def test_nothing_is_drawn_as_nothing():
    """An impact of zero gives a picture, not a division by zero."""
    nothing = Range(median="0", p05="0", p95="0")
    assert pictures.ranges([("product", "This", nothing)], KILOGRAMS).bars[0].mark == "0.00%"
    assert pictures.stages(Side(kgco2e=nothing, stages=()), KILOGRAMS) == ()
