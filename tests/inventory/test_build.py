from collections import Counter
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from label_service.errors import Implausible, InvalidAmount, InvalidDocument, MissingFactor, MissingInput
from label_service.inventory import MAX_FLOWS, Inventory
from label_service.inventory.amounts import weakest
from label_service.quantity import amount, plain
from tests import examples
from tests.examples import bare_hooks, boxes, changed, claim, entry, hooks, inventory_of, knits, panels, plates, shirts
from tests.laws import in_other_units
from tests.strategies import decimals, declarations


def flows(document, stage=None, start=""):
    """Give the flows of a declaration, of one stage and with one beginning if asked for."""
    found = inventory_of(document).flows
    return [flow for flow in found if stage in {None, flow.stage} and flow.flow.startswith(start)]


def kwh(document):
    """Give amount and basis of the energy of the one step."""
    (flow,) = flows(document, "making", "electricity/")
    return flow.amount, flow.basis


# laws


@settings(max_examples=40)
@given(declarations())
def test_reading_undoes_writing(document):
    """An inventory is its bytes, and they read back to it."""
    inventory = inventory_of(document)
    assert Inventory.from_bytes(inventory.to_bytes()) == inventory


@settings(max_examples=40)
@given(declarations(), st.data())
def test_the_choice_of_units_does_not_matter(document, data):
    """Grams or kilograms, kWh, Wh or MJ, seconds, minutes or hours: the inventory is the same, byte for byte."""
    other = in_other_units(document, lambda units: data.draw(st.sampled_from(units)))
    assert inventory_of(other).digest == inventory_of(document).digest


@settings(max_examples=40)
@given(declarations(), st.randoms(use_true_random=False))
def test_the_order_of_lines_does_not_matter(document, random):
    """Whoever lists materials, steps or evidence in another order declares the same flows."""
    shuffled = dict(document)
    for name in ("materials", "steps", "evidence"):
        shuffled[name] = random.sample(document[name], len(document[name]))
    one, other = inventory_of(document), inventory_of(shuffled)
    assert Counter(one.flows) == Counter(other.flows)
    assert Counter(one.net_masses) == Counter(other.net_masses)


@settings(max_examples=40)
@given(declarations())
def test_nothing_private_becomes_public(document):
    """No evidence digest, lot, supplier, machine model or file name reaches the inventory."""
    document["materials"][0] |= {"lot": "LOT-SECRET", "supplier": "Supplier SECRET"}
    document["machines"][0]["model"] = "Model SECRET"
    document["evidence"][0]["name"] = "SECRET.jpg"
    text = inventory_of(document).to_bytes().decode()
    assert "SECRET" not in text
    assert examples.EVIDENCE not in text
    assert document["salt"] not in text


@settings(max_examples=40)
@given(declarations())
def test_mass_is_conserved(document):
    """What goes in comes out: the gross mass is the net mass plus the scrap that is treated."""
    inventory = inventory_of(document)
    bought = sum(Decimal(flow.amount) for flow in inventory.flows if flow.stage == "materials" and flow.unit == "kg")
    net = sum(Decimal(line.amount) for line in inventory.net_masses)
    scrap = sum(Decimal(flow.amount) for flow in inventory.flows if flow.stage == "making" and flow.unit == "kg")
    assert bought == pytest.approx(net + scrap, abs=Decimal("1e-10"))


# what is not evidenced


@given(decimals("0", "60").map(plain))
def test_claimed_energy_counts_only_where_less_favourable(value):
    """Saying a low number changes nothing; saying a higher one than the default counts against oneself."""
    default = kwh(bare_hooks())
    gross = Decimal("0.25") / (1 - Decimal("0.411"))
    assert default == (amount(Decimal("28.6") * gross), "default")
    found = kwh(changed(bare_hooks(), "/steps/0/energy", claim(value, "kWh")))
    assert found == ((value, "asserted") if Decimal(value) >= Decimal(default[0]) else default)


@given(decimals("0.25", "1").map(plain))
def test_claimed_gross_mass_counts_only_where_less_favourable(value):
    """A scrap rate that nobody counted is the largest tabulated one, 0.411 of what went in, unless more is claimed."""
    default = amount(Decimal("0.25") / (1 - Decimal("0.411")))
    (found,) = flows(
        changed(bare_hooks(), "/materials/0/gross", claim(value, "kg", "design")), "materials", "materials/"
    )
    is_less_favourable = Decimal(value) >= Decimal(default)
    assert found.amount == (value if is_less_favourable else default)
    assert found.basis == ("design" if is_less_favourable else "default")


@given(decimals("0", "6").map(plain))
def test_claimed_energy_of_a_supplier_counts_only_where_less_favourable(value):
    """The supplier's figure needs a paper; without one the largest tabulated figure stands, unless more is claimed."""
    step = {"process": "filament_extrusion", "energy_per_mass": claim(value, "kWh/kg")}
    document = changed(hooks(), "/materials/0/bought_in", [step])
    (found,) = flows(document, "materials", "electricity/")
    per_kg = max(Decimal(value), Decimal("2.87"))
    assert found.amount == plain(per_kg * Decimal("0.263"))
    assert found.flow == "electricity/grid/CHN"


@pytest.mark.parametrize(
    ("basis", "counts"), [("estimated", True), ("design", False), ("asserted", False), ("metered", True)]
)
def test_evidence_helps_only_a_basis_that_measures(basis, counts):
    """A design drawing with a digest is still no measurement; a slicer file is one, with a wide range."""
    document = changed(bare_hooks(), "/steps/0/energy", entry("1", "kWh", basis))
    assert kwh(document) == (("1", basis) if counts else kwh(bare_hooks()))


@pytest.mark.parametrize("basis", ["metered", "weighed", "as_made", "derived"])
def test_a_reading_without_evidence_is_a_claim(basis):
    """Whoever says "metered" without the reading has asserted; a huge amount counts, with that basis."""
    document = changed(bare_hooks(), "/steps/0/energy", claim("1000", "kWh", basis))
    assert kwh(document) == ("1000", "asserted")
    assert kwh(changed(bare_hooks(), "/steps/0/energy", claim("1", "kWh", basis))) == kwh(bare_hooks())


def test_hours_run_bound_the_energy():
    """With the job record the default is the smaller of kWh per kg and hours times the largest power."""
    by_mass = kwh(bare_hooks())
    short = changed(bare_hooks(), "/steps/0/duration", entry("10", "h"))
    long = changed(bare_hooks(), "/steps/0/duration", entry("24", "h"))
    assert kwh(short) == ("2", "default")
    assert Decimal(by_mass[0]) > 2
    assert kwh(long) == ("4.8", "default")
    assert kwh(changed(bare_hooks(), "/steps/0/duration", entry("100", "h"))) == by_mass
    assert kwh(changed(bare_hooks(), "/steps/0/duration", claim("1", "h"))) == by_mass


def test_a_claim_above_the_power_bound_counts():
    """A laser that is said to have used more than hours times power counts with what is said."""
    document = changed(panels(), "/steps/0", examples.step(energy=claim("10", "kWh"), duration=entry("1", "h")))
    assert kwh(document) == ("10", "asserted")
    assert kwh(changed(document, "/steps/0/energy/value", "0.5")) == ("1.9", "default")


def test_claimed_legs_count_only_where_less_favourable():
    """Nobody asserts himself next door: the default legs stand, longer where the claim weighs more than they do."""

    def haul(legs):
        return {flow.flow: Decimal(flow.amount) for flow in flows(changed(hooks(), "/inbound", legs), "inbound")}

    default = haul(None)
    assert default.keys() == {"transport/hgv-average", "transport/sea-container"}
    near = [{"mode": "hgv-average", "distance": claim("1", "km")}]
    assert haul(near) == default
    flown = [{"mode": "air-long-haul-rf", "distance": claim("9000", "km")}]
    factor = (Decimal("1.0346") * 9000) / (Decimal("0.12522") * 1000 + Decimal("0.01977") * 22240)
    assert haul(flown) == {mode: pytest.approx(factor * amount) for mode, amount in default.items()}


@given(st.lists(st.tuples(decimals("0", "0.1").map(plain), st.booleans()), min_size=1, max_size=3))
def test_claimed_packaging_counts_only_where_less_favourable(lines):
    """One unproven line puts all packaging to the test against the default; adding packaging never helps."""
    default = Decimal("0.25") * Decimal("0.15873")
    packaging = [
        {"material": "corrugated-board", "mass": (entry if proven else claim)(value, "kg")} for value, proven in lines
    ]
    found = flows(changed(hooks(), "/packaging", packaging), "packaging")
    total = sum(Decimal(value) for value, _ in lines)
    expected = total if all(proven for _, proven in lines) else max(total, default)
    assert sum(Decimal(flow.amount) for flow in found) == pytest.approx(expected)


@pytest.mark.parametrize(("material", "kg"), [("steel-sheet", "14.3"), ("lumber-softwood", "5")])
def test_heavy_packaging_of_another_material_counts_as_more_cardboard(material, kg):
    """Unproven packaging worse than the default counts as cardboard of the same burden, never lighter than it is."""
    claimed = changed(hooks(), "/packaging", [{"material": material, "mass": claim("5", "kg")}])
    (flow,) = flows(claimed, "packaging")
    assert flow.flow == "materials/corrugated-board/virgin"
    assert Decimal(flow.amount) == pytest.approx(Decimal(kg), rel=Decimal("0.05"))


@pytest.mark.parametrize(
    ("share", "recycled", "basis"),
    [
        (None, "0", "weighed"),
        (entry("1", "1"), "1", "weighed"),
        (entry("0.4", "1"), "0.4", "weighed"),
        (claim("1", "1"), "0.135", "asserted"),
        (claim("0.1", "1"), "0.1", "asserted"),
        (claim("0", "1"), "0", "weighed"),
        (entry("1", "1", "asserted"), "0.135", "asserted"),
    ],
)
def test_recycled_content_above_the_market_share_needs_evidence(share, recycled, basis):
    """Without a certificate recycled content counts up to the share that everybody buys."""
    document = changed(changed(hooks(), "/materials/0/material", "pp-resin"), "/materials/0/recycled_share", share)
    amounts = {flow.flow: flow for flow in flows(document, "materials", "materials/")}
    expected = {"virgin": (1 - Decimal(recycled)) * Decimal("0.263"), "recycled": Decimal(recycled) * Decimal("0.263")}
    for variant, mass in expected.items():
        flow = amounts.get(f"materials/pp-resin/{variant}")
        assert (Decimal(flow.amount) if flow else 0) == mass
        assert flow is None or flow.basis == basis


def test_the_country_of_a_supplier_needs_evidence():
    """Without a paper the step was done in the default country, or in one with dirtier electricity."""

    def country(**members):
        step = {"process": "filament_extrusion", "energy_per_mass": entry("0.25", "kWh/kg"), **members}
        (flow,) = flows(changed(hooks(), "/materials/0/bought_in", [step]), "materials", "electricity/")
        return flow.flow.removeprefix("electricity/grid/")

    assert country() == "CHN"
    assert country(country="NOR") == "CHN"
    assert country(country="NOR", country_evidence=[examples.EVIDENCE]) == "NOR"
    assert country(country="IND") == "IND"


def test_filament_was_made_somewhere():
    """Leaving out the making of the filament adds it with its default instead of dropping it."""
    assert len(flows(bare_hooks(), "materials", "electricity/grid/CHN")) == 1
    assert len(flows(changed(hooks(), "/materials/0/bought_in", []), "materials", "electricity/grid/CHN")) == 1


def test_heat_of_a_supplier_is_not_electricity():
    """A bought-in step that runs on heat counts with the default fuel."""
    dyeing = {"process": "dyeing_batch_heat", "energy_per_mass": entry("9", "kWh/kg")}
    document = knits()
    document["materials"][0]["bought_in"].append(dyeing)
    assert [flow.amount for flow in flows(document, "materials", "electricity/fuel/gas-oil")] == ["5.4"]


# required inputs


def boxed(pointer, value):
    """Give the box with one member changed."""
    return changed(boxes(), pointer, value)


@pytest.mark.parametrize(
    ("document", "where"),
    [
        (changed(hooks(), "/materials/0/net", claim("0.25", "kg")), "/materials/body/net"),
        (changed(hooks(), "/materials/0/net", entry("0.25", "kg", "design")), "/materials/body/net"),
        (boxed("/steps/0/energy", None), "/steps/make/energy"),
        (boxed("/steps/0/energy", claim("3.1", "kWh")), "/steps/make/energy"),
        (changed(shirts(), "/materials/0/gross", None), "/materials/body/gross"),
        (changed(shirts(), "/materials/0/gross", claim("1.9", "kg")), "/materials/body/gross"),
        (changed(knits(), "/materials/0/bought_in", []), "/materials/body/bought_in"),
        (changed(knits(), "/materials/0/bought_in/0/energy_per_mass", None), "/materials/body/bought_in"),
        (hooks() | {"steps": [examples.step(source="own_solar")]}, "/steps/make/source"),
        (hooks() | {"steps": [examples.step(carrier="natural-gas", energy=claim("9", "kWh"))]}, "/steps/make/carrier"),
    ],
)  # fmt: skip
def test_what_has_no_default_is_required(document, where):
    """Where no unfavourable value is tabulated the input is asked for, by name and with what to do."""
    with pytest.raises(MissingInput) as caught:
        inventory_of(document)
    assert caught.value.where == where
    assert caught.value.hint


def test_a_consumable_is_weighed():
    """Garnet and the like end in no product, so only evidence tells how much was used."""
    sand = {"id": "sand", "material": "aggregates", "role": "consumable", "gross": claim("0.001", "kg")}
    document = plates()
    document["materials"].append(sand)
    with pytest.raises(MissingInput, match=r"/materials/sand/gross"):
        inventory_of(document)
    sand["gross"] = entry("20", "kg")
    assert [flow.amount for flow in flows(document, "making", "materials/aggregates")] == ["20"]


def test_a_part_is_counted_with_evidence():
    """A labelled part enters by the pieces that were proven to be built in."""
    document = hooks() | {
        "parts": [{"id": "knob", "kind": "label", "digest": "ab" * 32, "amount": claim("1", "piece")}]
    }
    with pytest.raises(MissingInput, match="/parts/knob/amount"):
        inventory_of(document)
    document["parts"][0]["amount"] = entry("8", "piece")
    assert [(flow.amount, flow.unit) for flow in flows(document, "materials", "part/")] == [("8", "piece")]


def test_a_step_on_a_labelled_part_needs_its_energy():
    """What it takes to work a labelled part is not tabulated, so no kWh per kg can stand for the energy."""
    document = bare_hooks() | {
        "parts": [{"id": "knob", "kind": "label", "digest": "ab" * 32, "amount": entry("8", "piece")}]
    }
    document["steps"][0]["materials"] = ["body", "knob"]
    with pytest.raises(MissingInput, match="energy of step make"):
        inventory_of(document)
    assert kwh(changed(document, "/steps/0/energy", entry("1", "kWh"))) == ("1", "metered")


def test_a_bought_part_is_never_lighter_than_itself():
    """A bought part is not made lighter by claiming a small gross mass."""
    with pytest.raises(Implausible, match="at least its net mass"):
        inventory_of(changed(plates(), "/materials/1/gross", entry("0.1", "kg")))
    assert [
        flow.amount
        for flow in flows(changed(plates(), "/materials/1/gross", claim("0.1", "kg")), start="materials/steel-wire")
    ] == ["0.2"]
    assert [flow.amount for flow in flows(plates(), start="materials/steel-wire")] == ["0.2"]


# what cannot be


@pytest.mark.parametrize(
    ("pointer", "value", "error", "message"),
    [
        ("/materials/0/material", "unobtainium", MissingFactor, "'unobtainium'"),
        ("/materials/0/material", "pp", Implausible, "granulate"),
        ("/materials/0/material", "plywood", Implausible, "expected a material that fdm works"),
        ("/product/family", "magic", MissingFactor, "'magic'"),
        ("/product/family", "knitting", Implausible, "process of the family knitting"),
        ("/machines/0/process", "warp_drive", MissingFactor, "'warp_drive'"),
        ("/packaging/0/material", "unobtainium", MissingFactor, "'unobtainium'"),
        ("/materials/0/bought_in/0/process", "magic", MissingFactor, "process/magic/kwh_per_kg"),
        ("/steps/0/carrier", "x" * 160, MissingFactor, "x" * 20),
        ("/materials/0/gross", entry("0.2", "kg"), Implausible, "at least its net mass 0.25 kg, found 0.2 kg"),
        ("/materials/0/net", entry("0", "kg"), Implausible, "net mass above 0"),
        ("/materials/0/recycled_share", entry("1.01", "1"), Implausible, "from 0 to 1"),
        ("/materials/0/recycled_share", entry("0.5", "1"), MissingInput, "no recycled value of pla"),
        ("/materials/0/net", entry("0.25", "kWh"), InvalidAmount, "unit of kg"),
        ("/steps/0/energy", entry("1", "kg"), InvalidAmount, "unit of kWh"),
        ("/inbound/0/distance", entry("1", "kg"), InvalidAmount, "unit of km"),
        ("/materials/0/net", entry("999999999999", "kg"), Implausible, "at least its net mass"),
        ("/steps/0/energy", entry("999999999999", "kWh"), None, ""),
    ],
)
def test_what_cannot_be_is_refused_by_name(pointer, value, error, message):
    """Unknown rows, wrong units and impossible amounts each end in an error that says what was found."""
    document = changed(hooks(), pointer, value)
    if error is None:
        assert inventory_of(document)
        return
    with pytest.raises(error) as caught:
        inventory_of(document)
    assert message in caught.value.detail + caught.value.hint


@pytest.mark.parametrize("year", ["2021", "2031"])
def test_a_year_without_electricity_of_the_country_is_found_when_needed(year):
    """The country default of a bought-in step needs a grid of the year of making only when countries are compared."""
    document = hooks() | {"made": {"first": f"{year}-01-01", "last": f"{year}-01-01"}}
    assert inventory_of(document).year == int(year)
    step = {"process": "filament_extrusion", "energy_per_mass": entry("0.25", "kWh/kg"), "country": "IND"}
    with pytest.raises(MissingFactor, match="grid factor"):
        inventory_of(changed(document, "/materials/0/bought_in", [step]))


@pytest.mark.parametrize(("litres", "fits"), [("19.9", False), ("20", True), ("60", True), ("60.1", False)])
def test_a_function_stays_inside_the_category(litres, fits):
    """A toy box is not compared with a 45 L box by scaling it up."""
    document = boxed("/product/function", entry(litres, "L"))
    if fits:
        assert inventory_of(document).function == litres
    else:
        with pytest.raises(Implausible, match="20 to 60 L"):
            inventory_of(document)


def test_more_flows_than_an_inventory_holds_are_refused():
    """A declaration that multiplies legs by packaging ends in an error, not in a document of megabytes."""
    lines = [{"material": "corrugated-board", "mass": entry("1", "kg")}] * 100
    distribution = [{"mode": "van-average", "distance": entry("1", "km")}] * 100
    with pytest.raises(InvalidDocument, match=str(MAX_FLOWS)):
        inventory_of(hooks() | {"packaging": lines, "distribution": distribution})


def test_long_names_fit_into_the_inventory():
    """The longest allowed ids do not break the names of inputs and variables."""
    name = "x" * 64
    document = changed(changed(hooks(), "/materials/0/id", name), "/steps/0/materials", [name])
    document["materials"][0]["bought_in"].append(
        {"process": "firing_tableware_earthenware", "energy_per_mass": entry("1", "kWh/kg")}
    )
    assert inventory_of(document)


# sources of energy


def test_electricity_is_that_of_the_site():
    """The grid is that of the country where the machine stands."""
    document = changed(hooks(), "/sites/0/country", "NOR")
    (flow,) = flows(document, "making", "electricity/")
    assert flow.flow == "electricity/grid/NOR"


def test_own_solar_counts_when_metered_on_site():
    """Solar power of the own roof is a flow of its own, when its meter was read."""
    document = changed(hooks(), "/steps/0/source", "own_solar")
    (flow,) = flows(document, "making", "electricity/")
    assert flow.flow == "electricity/technology/solar-pv-rooftop"
    with pytest.raises(MissingInput, match="metered on site"):
        inventory_of(changed(document, "/steps/0/energy", entry("0.256", "kWh", "derived")))


def test_a_fuel_counts_with_evidence():
    """Gas that was read off a meter is gas."""
    (flow,) = flows(changed(hooks(), "/steps/0/carrier", "natural-gas"), "making", "electricity/")
    assert flow.flow == "electricity/fuel/natural-gas"


# uncertainty


def test_amounts_that_rest_on_one_measurement_share_its_variable():
    """One scale weighed all: material, scrap and freight of the gross mass move together, the meter alone."""
    loads = {(flow.stage, flow.flow): [load.variable for load in flow.loads] for flow in flows(hooks())}
    assert loads["materials", "materials/pla/virgin"] == ["gross_mass"]
    assert loads["making", "end_of_life/pla/incineration-gross"] == ["gross_mass"]
    assert loads["inbound", "transport/hgv-average"] == ["distance/inbound", "gross_mass"]
    assert loads["making", "electricity/grid/DEU"] == ["energy/make"]


def test_a_default_has_no_uncertainty():
    """A fixed unfavourable value is a rule, not a measurement."""
    assert all(
        not flow.loads
        for flow in flows(bare_hooks())
        if flow.basis == "default" and flow.stage in {"making", "materials"}
    )


@given(st.lists(st.sampled_from(["metered", "weighed", "asserted", "default", "design"]), min_size=1))
def test_a_product_is_as_trustworthy_as_its_weakest_part(bases):
    """A metered kWh times an asserted mass is asserted."""
    order = ["default", "asserted", "design", "weighed", "metered"]
    assert weakest(*bases) == min(bases, key=order.index)
