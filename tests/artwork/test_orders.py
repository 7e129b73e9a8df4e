import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from label_service.artwork.orders import MIN_MODULE_UM, MIN_TYPE_PT, PORTRAIT, STRIP, TINY, Order, check_fits
from label_service.errors import Refused

LARGEST, LINK = 69, 33  # modules of version 13 and 4


def test_own_sizes_take_the_largest_code():
    """The largest offline code fits on label, card and sheet, the link-only code on the tiny label."""
    for order in (Order(kind="pdf"), Order(kind="pdf", format="card"), Order(kind="pdf", format="sheet")):
        check_fits(order, LARGEST)
    check_fits(Order(kind="pdf", format="tiny"), LINK)
    assert PORTRAIT.module_um(LARGEST) == 430
    assert STRIP.module_um(LARGEST) == 400
    assert TINY.module_um(LINK) == 450


@given(
    st.integers(20, 400), st.integers(1, 13).map(lambda version: 4 * version + 17), st.sampled_from(["offline", "link"])
)
def test_what_is_drawn_can_be_read(width_mm, modules, code):
    """At any width modules have at least 0.4 mm and text 5 point, or the width is refused with one that would do."""
    order = Order(kind="svg", width_mm=width_mm, code=code)
    if order.module_um(modules) >= MIN_MODULE_UM and order.layout.type_pt * order.scale >= MIN_TYPE_PT:
        check_fits(order, modules)
        return
    with pytest.raises(Refused) as refused:
        check_fits(order, modules)
    least = int(refused.value.hint.partition(" mm")[0].rpartition(" ")[2])
    assert least > width_mm
    check_fits(Order(kind="svg", width_mm=least), modules)


@pytest.mark.parametrize(
    "members",
    [
        {"kind": "png", "format": "sheet"},
        {"kind": "svg", "count": 3},
        {"kind": "pdf", "format": "card", "width_mm": 90},
        {"kind": "pdf", "format": "tiny", "code": "offline"},
        {"kind": "pdf", "format": "sheet", "count": 25},
        {"kind": "pdf", "width_mm": 10_000},
        {"kind": "gif"},
        {"kind": "svg", "variant": "green"},
        {"kind": "svg", "extra": 1},
    ],
)
def test_orders_that_make_no_sense_are_refused(members):
    """What contradicts itself is said, never silently taken for something else."""
    with pytest.raises(ValidationError):
        Order(**members)
