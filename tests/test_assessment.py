from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from label_service import assessment, grade
from label_service.assessment import Assessment, assess
from label_service.errors import LabelServiceError, MissingFactor
from label_service.factors import ProvenRows, RecordingRelease
from label_service.impact import characterize as impact
from label_service.impact.closed_form import Z95
from label_service.impact.reference import same_design
from label_service.inventory import Inventory
from label_service.quantity import amount, plain
from tests import examples
from tests.examples import (
    RELEASE,
    assessment_of,
    bare_hooks,
    boxes,
    changed,
    claim,
    entry,
    hooks,
    inventory_of,
    panels,
    plates,
    shirts,
)
from tests.laws import assert_same_figures, in_other_units, times
from tests.strategies import CRAFTS, decimals, declarations

COMPARED = tuple(craft for craft in CRAFTS if craft.category or craft.family != "laser_cut_wood_panel")
MARKET = tuple(craft for craft in CRAFTS if craft.category)


def verdicts(document):
    """Give score and letter, before caps, against each reference that can be computed."""
    found = [item for item in assessment_of(document).comparisons if item.score is not None]
    return {item.reference: (item.score, grade.grade_of(item.score, item.ratio.p05)) for item in found}


def assert_no_better(worse, document, *, apart=()):
    """Check that no score and no letter of the first declaration is better than that of the second."""
    after, before = verdicts(worse), verdicts(document)
    assert after.keys() == before.keys()
    for name in before.keys() - set(apart):
        assert after[name][0] >= before[name][0]
        assert after[name][1] >= before[name][1]


def grown(value, factor):
    """Give an entry with its amount multiplied."""
    return value | {"value": amount(Decimal(value["value"]) * factor)}


# what must not matter


def test_what_was_assessed_before_does_not_matter():
    """Sums that are kept for the next row of a catalogue give the same bytes as sums that are worked out again."""
    documents = [hooks(), boxes(), plates(), shirts(), panels()]
    alone = []
    for document in documents:
        assessment._range.cache_clear()
        alone.append(assessment_of(document).to_bytes())
    for document, result in [*zip(documents, alone, strict=True)] * 2:
        assert assessment_of(document).to_bytes() == result


@settings(max_examples=40)
@given(declarations())
def test_reading_undoes_writing(document):
    """An assessment is its bytes, and they read back to it."""
    found = assessment_of(document)
    assert Assessment.from_bytes(found.to_bytes()) == found


@settings(max_examples=30)
@given(declarations(), st.randoms(use_true_random=False))
def test_the_order_of_lines_does_not_matter(document, random):
    """Another order of materials, steps and legs gives the same figures, score and letter."""
    shuffled = dict(document)
    for name in ("materials", "steps", "inbound", "distribution", "packaging"):
        if name in document:
            shuffled[name] = random.sample(document[name], len(document[name]))
    assert_same_figures(assessment_of(shuffled), assessment_of(document))


@settings(max_examples=30)
@given(declarations(), st.data())
def test_the_choice_of_units_does_not_matter(document, data):
    """MJ and kWh agree, so do grams and kilograms, seconds and hours: the assessment is the same, byte for byte."""
    other = in_other_units(document, lambda units: data.draw(st.sampled_from(units)))
    assert assessment_of(other).digest == assessment_of(document).digest


@settings(max_examples=30)
@given(declarations(), st.integers(2, 9))
def test_a_larger_batch_has_the_same_items(document, factor):
    """Doubling the batch and all its amounts leaves every figure per item as it was."""
    assert_same_figures(assessment_of(times(document, factor)), assessment_of(document))


@settings(max_examples=30)
@given(declarations())
def test_recomputing_gives_the_same_bytes(document):
    """An auditor who reads the inventory from its bytes gets the same assessment from the proven rows alone."""
    inventory = inventory_of(document)
    recording = RecordingRelease(RELEASE)
    found = assess(inventory, recording)
    proven = ProvenRows(RELEASE.digest, RELEASE.size, recording.proven())
    assert assess(Inventory.from_bytes(inventory.to_bytes()), proven).to_bytes() == found.to_bytes()


# parts and wholes


@settings(max_examples=40)
@given(declarations())
def test_stages_add_up_to_the_whole(document):
    """Nothing is counted twice or lost: amount times factor over all flows is the sum of the stages."""
    inventory = inventory_of(document)
    found = impact.characterize(inventory, RELEASE)
    by_hand = sum(
        float(flow.amount) * impact.factor(RELEASE, flow.flow, inventory.year).kgco2e_per_unit
        for flow in inventory.flows
    )
    stages = impact.by_stage(found)
    whole = sum(sum(term.value for term in terms) for terms in stages.values())
    assert whole == pytest.approx(impact.total(found), rel=1e-12)
    assert whole == pytest.approx(by_hand / inventory.quantity, rel=1e-12)
    assert [item.stage for item in assess(inventory, RELEASE).product.stages] == [
        name for name in stages if stages[name]
    ]


def sides(found):
    """Give product and references of an assessment."""
    return [found.product, *(item.side for item in found.comparisons if item.side)]


@settings(max_examples=40)
@given(declarations())
def test_bounds_enclose_the_median(document):
    """The 5 % bound is at most the median and the 95 % bound at least, for every stage, side and ratio."""
    found = assessment_of(document)
    ranges = [part.kgco2e for side in sides(found) for part in (side, *side.stages)]
    for item in [*ranges, *(item.ratio for item in found.comparisons if item.ratio)]:
        assert 0 < Decimal(item.p05) <= Decimal(item.median) <= Decimal(item.p95)


@settings(max_examples=40)
@given(declarations())
def test_shares_are_shares(document):
    """Contributions come largest first, and no set of shares exceeds the whole."""
    found = assessment_of(document)
    for shares in (found.contributions, *(item.uncertain for item in found.comparisons)):
        values = [Decimal(item.share) for item in shares]
        assert all(left >= right for left, right in pairwise(values)) or shares is not found.contributions
        assert 0 <= sum(values) <= Decimal("1.00000001")
    assert 0 <= Decimal(found.default_share) <= 1


# the burden of proof


@settings(max_examples=60)
@given(declarations(COMPARED), st.data())
def test_more_never_improves_a_score(document, data):
    """More material, energy, transport or packaging for the same product never gives a better score."""
    pointers = [f"/materials/{n}/gross" for n, line in enumerate(document["materials"]) if "gross" in line]
    pointers += [f"/steps/{n}/energy" for n, step in enumerate(document["steps"]) if "energy" in step]
    for name, member in (("inbound", "distance"), ("distribution", "distance"), ("packaging", "mass")):
        pointers += [f"/{name}/{n}/{member}" for n in range(len(document.get(name, [])))]
    assume(pointers)
    pointer = data.draw(st.sampled_from(pointers))
    value = document
    for name in pointer.strip("/").split("/"):
        value = value[int(name)] if isinstance(value, list) else value[name]
    factor = 1 + data.draw(decimals("0", "3"))
    assert_no_better(changed(document, pointer, grown(value, factor)), document)


@settings(max_examples=30)
@given(declarations(MARKET), decimals("1", "2"))
def test_a_heavier_product_never_scores_better_against_the_market(document, factor):
    """Where the reference is fixed, more net mass, with the same share of scrap, never helps."""
    heavier = document
    for number, line in enumerate(document["materials"]):
        for name in line.keys() & {"net", "gross"}:
            heavier = changed(heavier, f"/materials/{number}/{name}", grown(line[name], factor))
    assert_no_better(heavier, document, apart={"same_design"})


def proven(default, gsd, fraction, unit, basis):
    """Give an evidenced amount whose 95 % bound is a fraction of the default."""
    bound = Decimal(default) * fraction / Decimal(str(float(gsd) ** Z95))
    return entry(plain(bound.quantize(Decimal("1e-9"), rounding="ROUND_DOWN")), unit, basis)


POINTERS = {
    "energy": "/steps/0/energy",
    "gross": "/materials/0/gross",
    "packaging": "/packaging",
    "bought_in": "/materials/0/bought_in",
    "inbound": "/inbound",
    "distribution": "/distribution",
}
THINGS = sorted(POINTERS)
DEFAULT_LEGS = {
    "inbound": [("hgv-average", "500"), ("sea-container", "22240"), ("hgv-average", "500")],
    "distribution": [("van-average", "500")],
}


def with_evidence(document, name, fraction):
    """Evidence one thing that bare hooks leave to its default, with its 95 % bound at a fraction of the default."""
    defaults = {(flow.stage, flow.input): flow.amount for flow in inventory_of(without(document, name)).flows}
    if name == "energy":
        value = proven(defaults["making", "make"], "1.02", fraction, "kWh", "metered")
    elif name == "gross":
        value = proven(defaults["materials", "body"], "1.02", fraction, "kg", "weighed")
        value["value"] = plain(max(Decimal(value["value"]), Decimal("0.25")))
    elif name == "packaging":
        mass = proven(defaults["packaging", "packaging"], "1.02", fraction, "kg", "weighed")
        value = [{"material": "corrugated-board", "mass": mass}]
    elif name == "bought_in":
        per_kg = proven("2.87", "1.05", fraction, "kWh/kg", "derived")
        value = [{"process": "filament_extrusion", "energy_per_mass": per_kg}]
    else:
        distances = [(mode, proven(km, "1.05", fraction, "km", "derived")) for mode, km in DEFAULT_LEGS[name]]
        value = [{"mode": mode, "distance": distance} for mode, distance in distances]
    return changed(document, POINTERS[name], value)


def without(document, name):
    """Leave one thing to its default."""
    return changed(document, POINTERS[name], None)


@st.composite
def partly_evidenced_hooks(draw):
    """Give hooks with some of their amounts evidenced, at half their default."""
    document = bare_hooks()
    for name in draw(st.lists(st.sampled_from(THINGS), unique=True)):
        document = with_evidence(document, name, Decimal("0.5"))
    return document


@settings(max_examples=60)
@given(partly_evidenced_hooks(), st.sampled_from(THINGS), decimals("0.001", "1"))
def test_evidence_at_or_below_the_default_never_worsens_the_score(document, name, fraction):
    """Whoever measures, and whose 95 % bound is at most the default, never scores worse than who does not."""
    assert_no_better(without(document, name), with_evidence(document, name, fraction))


@settings(max_examples=60)
@given(partly_evidenced_hooks(), st.sampled_from(THINGS), decimals("0.001", "1"))
def test_unknown_is_never_zero(document, name, fraction):
    """Leaving something out never lowers the impact below what evidence under the default would give."""
    unknown = assessment_of(without(document, name)).product.kgco2e
    measured = assessment_of(with_evidence(document, name, fraction)).product.kgco2e
    for bound in ("median", "p95"):
        assert Decimal(getattr(unknown, bound)) >= Decimal(getattr(measured, bound)) * (1 - Decimal("1e-9"))


@settings(max_examples=40)
@given(declarations(COMPARED), st.sampled_from(["hgv-average", "van-average", "sea-container"]), decimals("0", "1"))
def test_a_claim_never_improves_a_score(document, mode, fraction):
    """Saying a number without showing it is never better than saying nothing."""
    for number, step in enumerate(document["steps"]):
        if not step.get("energy", {}).get("evidence") and document["product"]["family"] == "fdm":
            silent = changed(document, f"/steps/{number}/energy", None)
            said = changed(document, f"/steps/{number}/energy", claim(plain(40 * fraction), "kWh"))
            assert_no_better(said, silent)
    for name in ("inbound", "distribution"):
        silent = changed(document, f"/{name}", None)
        legs = [{"mode": mode, "distance": claim(plain(9000 * fraction), "km")}]
        assert_no_better(changed(document, f"/{name}", legs), silent)


# grade and reasons


@settings(max_examples=60)
@given(declarations())
def test_the_letter_follows_from_the_figures(document):
    """Anyone can derive score and letter from the printed ratio: thresholds 64, 80, 100 and a 5 % bound above 1."""
    found = assessment_of(document)
    for item in found.comparisons:
        if item.ratio:
            assert item.score == grade.score_of(item.ratio.p95)
    against = found.graded()
    if found.grade:
        assert not found.reasons
        assert found.score == against.score
        assert found.grade == grade.capped(grade.grade_of(against.score, against.ratio.p05), found.caps)
    else:
        assert found.reasons
        assert found.score is None


@settings(max_examples=40)
@given(declarations(MARKET))
def test_the_least_favourable_market_record_counts(document):
    """Where several market products fit, the producer cannot pick the heaviest."""
    found = assessment_of(document)
    records = [item for item in found.comparisons if item.kind == "market"]
    assert found.graded() in records
    assert found.graded().score == max(item.score for item in records)


def test_examples_by_hand():
    """The letters of the examples, so that a change of the method is seen."""
    letters = {make.__name__: assessment_of(make()).grade for make in examples.ALL}
    assert letters == {
        "hooks": "C",
        "bare_hooks": "E",
        "boxes": "C",
        "panels": None,
        "shirts": "D",
        "plates": "E",
        "knits": "D",
        "racks": "D",
    }


def test_without_a_reference_there_are_figures_and_no_letter():
    """A panel outside every category has an impact, names what is missing and gets no letter."""
    found = assessment_of(panels())
    assert found.reasons == ("no_reference",)
    assert (found.grade, found.score, found.graded_against) == (None, None, None)
    assert "industrial panel" in found.comparisons[0].missing
    assert Decimal(found.product.kgco2e.median) > 0


def test_a_category_without_reference_falls_back_to_same_design():
    """A hook with a function nobody has weighed is compared with its own moulded twin."""
    document = changed(hooks(), "/product/category", "hinge_bracket")
    found = assessment_of(changed(document, "/product/function", entry("1", "piece")))
    assert [(item.kind, bool(item.missing)) for item in found.comparisons] == [("market", True), ("same_design", False)]
    assert found.graded_against == "same_design"
    assert found.comparisons[0].provisional


def test_a_grade_above_half_bought_parts_is_refused():
    """Whoever mostly assembles what others made is not graded on the rest."""
    heavy = changed(plates(), "/materials/1/net", entry("90", "kg"))
    found = assessment_of(heavy)
    assert found.reasons == ("bought_parts_dominate",)
    assert found.grade is None
    assert assessment_of(plates()).reasons == ()


def test_bought_parts_are_equal_on_both_sides():
    """A bought screw cancels: the very same terms, with the same variables, stand on both sides."""
    inventory = inventory_of(plates())
    product = impact.characterize(inventory, RELEASE)
    reference = same_design(inventory, RELEASE, product)
    bought = [item for item in product if item.is_bought_part]
    assert {item.flow.split("/")[1] for item in bought} == {"steel-wire"}
    assert [item for item in reference if item.is_bought_part] == bought


def test_a_factor_beyond_the_proven_range_gives_no_letter():
    """Laminated veneer lumber has a GSD above 2, where the closed form is not proven: figures only."""
    milled = changed(changed(boxes(), "/product/family", "cnc_wood"), "/machines/0/process", "cnc_router_sheet")
    found = assessment_of(changed(milled, "/materials/0/material", "lvl"))
    assert found.reasons == ("outside_proven_range",)
    assert found.grade is None
    assert found.graded().score is not None


def test_a_proxy_caps_the_letter():
    """PETG is counted with the factor of PET, which is more than a quarter of the impact: never better than C."""
    found = assessment_of(changed(hooks(), "/materials/0/material", "petg"))
    assert "proxy_share" in found.caps
    assert "proxy_share" not in assessment_of(hooks()).caps


def test_worse_than_the_same_design_caps_the_market_letter():
    """A light product of a wasteful process is capped where mass production of the same design is shown better."""
    wasteful = changed(
        boxes(),
        "/product",
        {"name": "Box", "family": "fdm"} | {k: boxes()["product"][k] for k in ("category", "function")},
    )
    wasteful = changed(wasteful, "/machines/0/process", "fdm_desktop")
    wasteful["materials"] = [
        {"id": "body", "material": "pp-resin", "net": entry("0.2", "kg"), "gross": entry("0.21", "kg")}
    ]
    wasteful["steps"] = [examples.step(energy=entry("2", "kWh"))]
    found = assessment_of(wasteful)
    assert found.caps == ("same_design_worse",)
    assert grade.grade_of(found.score, found.graded().ratio.p05) in "AB"
    assert found.grade == "C"


def test_records_without_weighed_samples_are_provisional():
    """A reference that nobody weighed says so."""
    assert all(item.provisional for item in assessment_of(boxes()).comparisons if item.kind == "market")


def test_recycled_input_can_earn_the_best_letter():
    """Against the same design, proven recycled aluminium, little scrap and little energy give an A."""
    plate = changed(plates(), "/materials", [{"id": "body", "material": "aluminium-sheet", "net": entry("8", "kg")}])
    plate["materials"][0] |= {"gross": entry("8.4", "kg"), "recycled_share": entry("1", "1")}
    plate["steps"][0]["energy"] = entry("4", "kWh")
    assert assessment_of(plate).grade == "A"
    assert assessment_of(changed(plate, "/materials/0/recycled_share", claim("1", "1"))).grade not in {"A", "B"}


# what is missing


@pytest.mark.parametrize(
    ("pointer", "value", "named"),
    [
        ("/inbound/0/mode", "teleport", "'teleport'"),
        ("/sites/0/country", "XXX", "grid/XXX"),
        ("/made", {"first": "2031-01-01", "last": "2031-01-01"}, "for 2031"),
        ("/packaging/0/material", "paint", "disposal route"),
    ],
)
def test_a_missing_factor_names_its_row(pointer, value, named):
    """A flow without a factor is never taken as zero: the error names it."""
    with pytest.raises(MissingFactor) as caught:
        assessment_of(changed(hooks(), pointer, value))
    assert named in caught.value.detail


@settings(max_examples=30)
@given(declarations(), st.data())
def test_an_inventory_with_another_flow_never_gives_the_same_assessment(document, data):
    """Every flow counts: one more digit in any amount changes the assessment, or is refused."""
    inventory = inventory_of(document)
    value = inventory.as_json()
    flow = data.draw(st.sampled_from(value["flows"]))
    flow["amount"] = plain(Decimal(flow["amount"]) + 1)
    try:
        found = assess(Inventory.from_json(value), RELEASE)
    except LabelServiceError:
        return
    assert found.digest != assess(inventory, RELEASE).digest
    assert found.inventory_digest != inventory.digest


def test_the_grid_year_is_printed():
    """The reader sees of which year the electricity is."""
    years = {(item.country, item.year) for item in assessment_of(hooks()).grid_years}
    assert years == {("DEU", 2024)}


def test_other_indicators_say_what_they_lack():
    """An indicator that is not shown names flows without its factor."""
    missing = {item.indicator: item.missing for item in assessment_of(shirts()).unavailable}
    assert set(missing) == {"cumulative_energy_demand", "fresh_water", "abiotic_depletion"}
    assert all(missing.values())
