from decimal import Decimal

import pytest
from hypothesis import given, settings

from label_service.errors import MissingFactor
from label_service.impact.characterize import characterize, total
from label_service.impact.reference import market, same_design
from label_service.quantity import amount
from tests.examples import RELEASE, boxes, changed, entry, hooks, inventory_of, panels, plates, shirts
from tests.strategies import CRAFTS, decimals, declarations

MOULDED = tuple(craft for craft in CRAFTS if craft.family in {"fdm", "cnc_metal", "sewing_textile", "knitting"})


def twin(document):
    """Give the contributions of the same design by (stage, flow), each summed."""
    inventory = inventory_of(document)
    found = same_design(inventory, RELEASE, characterize(inventory, RELEASE))
    sums = {}
    for item in found:
        sums[item.stage, item.flow] = sums.get((item.stage, item.flow), 0.0) + item.term.value
    return sums


def test_the_moulded_hook_by_hand():
    """One hook of 0.0625 kg: 1.1 kWh per kg in China, 0.6 % scrap, a box of 0.15873 kg per kg, three legs."""
    found = twin(hooks())
    assert found["making", "electricity/grid/CHN"] == pytest.approx(0.0625 * 1.1 * 0.5575)
    assert found["materials", "materials/pla/virgin"] == pytest.approx(0.0625 / (1 - 0.006) * 2.48)
    assert found["packaging", "materials/corrugated-board/virgin"] == pytest.approx(0.0625 * 0.15873 * 0.91138)
    mass_t = 0.0625 * (1 + 0.15873) / 1000
    assert found["distribution", "transport/sea-container"] == pytest.approx(mass_t * 22240 * 0.01977)
    assert found["distribution", "transport/hgv-average"] == pytest.approx(mass_t * 1000 * 0.12522)


def test_several_steps_are_walked_backwards():
    """A sewn shirt's twin: 15 % of the cloth is lost in the last step, so more cloth goes in than comes out."""
    found = twin(shirts())
    assert found["materials", "materials/cotton-fabric/virgin"] == pytest.approx(0.16 / (1 - 0.15) * 7.1868, rel=1e-3)


def test_the_twin_has_the_market_recycled_share():
    """A producer's recycled content is his own: the reference has what everybody buys, 13.5 % in plastics."""
    recycled = changed(
        changed(hooks(), "/materials/0/material", "pp-resin"), "/materials/0/recycled_share", entry("1", "1")
    )
    found = twin(recycled)
    gross = 0.0625 / (1 - 0.006)
    assert found["materials", "materials/pp-resin/virgin"] == pytest.approx(gross * (1 - 0.135) * 1.6922)
    assert found["materials", "materials/pp-resin/recycled"] == pytest.approx(gross * 0.135 * 0.56524)


@settings(max_examples=40)
@given(declarations(MOULDED), decimals("1", "5"))
def test_the_producer_chooses_nothing_in_the_reference(document, factor):
    """Energy, scrap, transport, packaging and place of the product leave its twin as it is."""
    before = twin(document)
    other = changed(changed(document, "/sites/0/country", "NOR"), "/inbound", None)
    other = changed(changed(other, "/packaging", None), "/distribution", None)
    for number, step in enumerate(other["steps"]):
        if "energy" in step:
            value = amount(Decimal(step["energy"]["value"]) * factor)
            other = changed(other, f"/steps/{number}/energy", entry(value, "kWh"))
    assert twin(other) == before


@settings(max_examples=40)
@given(declarations(MOULDED))
def test_the_twin_weighs_what_the_product_weighs(document):
    """Its end of life is that of the product: same masses, same routes."""
    inventory = inventory_of(document)
    product = characterize(inventory, RELEASE)

    def ends(contributions):
        found = [item for item in contributions if item.stage == "end_of_life" and item.input != "packaging"]
        return total([item for item in found if "corrugated-board" not in item.flow])

    assert ends(same_design(inventory, RELEASE, product)) == pytest.approx(ends(product))


@pytest.mark.parametrize("litres", ["20", "45", "60"])
def test_a_market_record_scales_with_the_function(litres):
    """The plastic box of 45 L, scaled to what one item of the product holds."""
    inventory = inventory_of(changed(boxes(), "/product/function", entry(litres, "L")))
    at_45 = total(market("ref_storage_box_pp", inventory_of(boxes()), RELEASE))
    assert total(market("ref_storage_box_pp", inventory, RELEASE)) == pytest.approx(at_45 * int(litres) / 45)


def test_a_market_record_has_one_uncertain_mass():
    """All masses of a record move together: products on the market are lighter or heavier as a whole."""
    found = market("ref_storage_box_pp", inventory_of(boxes()), RELEASE)
    loads = [dict(item.term.loads).get("mass:ref_storage_box_pp") for item in found]
    assert len(set(loads)) == 1
    assert loads[0] > 0


@pytest.mark.parametrize(
    ("call", "named"),
    [
        (lambda inventory: market("ref_mug", inventory, RELEASE), "ref_mug: .*missing|clay"),
        (lambda inventory: market("ref_of_nothing", inventory, RELEASE), "'ref_of_nothing'"),
        (lambda inventory: same_design(inventory, RELEASE, ()), "same_design of laser_cut_wood_panel"),
    ],
)
def test_what_a_reference_lacks_is_named(call, named):
    """A reference that cannot be computed says why, and is never computed with a hole in it."""
    with pytest.raises(MissingFactor, match=named):
        call(inventory_of(panels()))


def test_bought_parts_are_carried_too():
    """The twin is delivered with the screws that the product has."""
    with_screws, without = twin(plates()), twin(changed(plates(), "/materials/1", None))
    assert with_screws["distribution", "transport/sea-container"] / without[
        "distribution", "transport/sea-container"
    ] == (pytest.approx(8.2 / 8))
