"""Whether goods lie inside a scope: the same answer for who labels and who verifies, with every reason."""

from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from label_service.document import validate
from label_service.errors import LabelServiceError, NotAttested
from label_service.inventory import Inventory
from label_service.label.attestation import Attestation, ScopeAttestation
from label_service.label.scope import outside, scope_leaf
from tests.examples import boxes, changed, entry, hooks, inventory_of, plates, shirts, step
from tests.label.samples import AUDITOR, ORIGIN, attestation
from tests.scopes import scope_around, shifted
from tests.strategies import CRAFTS, declarations

AT = "2026-11-20T12:00:00Z"
SOON = {"valid_from": "2026-11-20T09:00:00Z", "valid_until": "2027-11-20T09:00:00Z"}


def solid(document: dict[str, Any]) -> dict[str, Any]:
    """Give a declaration whose energy is metered."""
    steps = [item | {"energy": item.get("energy", entry("3", "kWh")) | entry("3", "kWh")} for item in document["steps"]]
    return document | {"steps": steps}


GOODS = {make.__name__: inventory_of(solid(make())) for make in (hooks, boxes, shirts, plates)}


@dataclass
class Case:
    """Goods, a scope, and when the label is to count."""

    inventory: Inventory
    scope: ScopeAttestation
    at: str = AT
    used: int = 0
    validity: dict[str, str] | None = None

    def codes(self) -> list[str]:
        """Give the codes of all reasons."""
        attested = attestation(subject=self.scope, **(self.validity or SOON))
        return [reason.code for reason in outside(self.inventory, attested, self.at, self.used)]


def tight(name: str = "hooks", **changes: Any) -> Case:
    """Give goods in the scope that just holds them."""
    return Case(GOODS[name], scope_around(GOODS[name], **changes))


def other(inventory: Inventory, **members: Any) -> Inventory:
    """Give an inventory with other members."""
    return Inventory.from_json(inventory.as_json() | members)


def with_flow(inventory: Inventory, stage: str, **members: Any) -> Inventory:
    """Give an inventory whose first flow of a stage is another."""
    flows = inventory.as_json()["flows"]
    place = next(number for number, flow in enumerate(flows) if flow["stage"] == stage)
    return other(inventory, flows=[*flows[:place], flows[place] | members, *flows[place + 1 :]])


def with_runs(inventory: Inventory, **members: Any) -> Inventory:
    """Give an inventory whose runs say something else."""
    runs = [run | members for run in inventory.as_json()["runs"]]
    return other(inventory, runs=runs, processes=list(dict.fromkeys(run["process"] for run in runs)))


@pytest.mark.parametrize("name", GOODS)
def test_goods_lie_inside_the_bounds_they_just_meet(name):
    """A bound that is met exactly holds goods; nobody is sent to the auditor for a value she stands for."""
    assert tight(name).codes() == []


@given(declarations(CRAFTS).map(solid))
def test_any_goods_lie_inside_their_own_scope(document):
    """Whatever can be assessed can be certified by scope."""
    inventory = inventory_of(document)
    assert Case(inventory, scope_around(inventory)).codes() == []


WIDER: dict[str, Any] = {
    "machines": lambda scope: (*scope.machines, "another"),
    "quantity": lambda scope: scope.quantity + 1,
    "max_quantity_per_label": lambda _: None,
    "period": lambda _: {"first": "2026-01-01", "last": "2027-10-31"},
    "chain_weeks": lambda _: 520,
    "functions": lambda scope: (*scope.functions, "9999") if scope.functions else (),
    "carriers": lambda scope: (*scope.carriers, "electricity/fuel/natural-gas"),
    "lots": lambda scope: (*scope.lots, {"lot": "more", "material": "petg", "mass_kg": "1"}),
    "floors": lambda scope: [floor.as_json() | {"kwh_per_kg": "0", "scrap_fraction": "0"} for floor in scope.floors],
    "ceilings": lambda _: (),
    "sampling_rate": lambda _: "1",
    "level": lambda _: "desk",
    "site_name": lambda _: "Renamed",
}


@given(st.sampled_from(sorted(GOODS)), st.sets(st.sampled_from(sorted(WIDER))))
def test_a_wider_scope_never_loses_goods(name, wider):
    """Nothing that lies inside becomes outside when bounds are widened, in any combination."""
    case = tight(name)
    case.scope = validate(
        ScopeAttestation, case.scope.as_json() | {member: WIDER[member](case.scope) for member in wider}
    )
    assert case.codes() == []


HARMLESS: dict[str, Any] = {
    "name": lambda item: other(item, name="Another name"),
    "order of flows": lambda item: other(item, flows=item.as_json()["flows"][::-1]),
    "one item less": lambda item: other(item, quantity=item.quantity - 1),
    "packaging": lambda item: with_flow(item, "packaging", amount="9"),
    "distribution": lambda item: with_flow(item, "distribution", amount="9"),
    "the name of a step": lambda item: other(
        item,
        runs=[run | {"step": "renamed"} for run in item.as_json()["runs"]],
        flows=[flow | ({"input": "renamed"} if flow["input"] == "make" else {}) for flow in item.as_json()["flows"]],
    ),
}


@pytest.mark.parametrize("change", HARMLESS)
def test_what_no_bound_names_does_not_matter(change):
    """Names, orders, smaller batches and stages outside the workshop leave goods inside."""
    case = tight()
    case.inventory = HARMLESS[change](case.inventory)
    assert case.codes() == []


BEYOND: dict[str, tuple[Any, list[str]]] = {
    "another producer": (
        lambda item: other(item, producer=item.producer.as_json() | {"id": "https://x.example"}),
        ["producer"],
    ),
    "not of the demo": (lambda item: other(item, demo=False), ["demo"]),
    "another family": (lambda item: other(item, family="laser_cut_wood_panel"), ["family"]),
    "a category": (lambda item: other(item, category="tshirt", function="1"), ["category", "function"]),
    "a partner": (
        lambda item: other(item, partners=[{"id": "https://p.example", "name": "Partner", "country": "DEU"}]),
        ["partners"],
    ),
    "another country": (lambda item: other(item, countries=["FRA"]), ["country"]),
    "a second country": (lambda item: other(item, countries=["DEU", "FRA"]), ["country"]),
    "another site": (lambda item: with_runs(item, site="garage"), ["site"]),
    "another machine": (lambda item: with_runs(item, machine="printer-2"), ["machine"]),
    "another process": (lambda item: with_runs(item, process="laser_co2"), ["process"]),
    "a cleaner grid": (lambda item: with_flow(item, "making", flow="electricity/grid/NOR"), ["carrier"]),
    "own solar power": (
        lambda item: with_flow(item, "making", flow="electricity/technology/solar-pv-rooftop"),
        ["carrier"],
    ),
    "made a day too early": (
        lambda item: other(item, made={"first": "2026-11-01", "last": "2026-11-02"}),
        ["period"],
    ),
    "made a day too late": (lambda item: other(item, made={"first": "2026-11-02", "last": "2026-11-03"}), ["period"]),
    "another material": (
        lambda item: with_flow(item, "materials", flow="materials/petg/virgin"),
        ["material"],
    ),
    "recycled without proof": (
        lambda item: with_flow(item, "materials", flow="materials/pla/recycled"),
        ["recycled-share"],
    ),
    "energy of a default": (lambda item: with_flow(item, "making", basis="default"), ["energy-not-measured"]),
    "energy of a slicer": (lambda item: with_flow(item, "making", basis="estimated"), ["energy-not-measured"]),
    "no energy": (
        lambda item: other(
            item, flows=[flow for flow in item.as_json()["flows"] if flow["unit"] != "kWh" or flow["stage"] != "making"]
        ),
        ["energy-not-measured"],
    ),
    "one item more": (lambda item: other(item, quantity=5), ["quantity", "quantity-per-label"]),
}


@pytest.mark.parametrize("change", BEYOND)
def test_any_change_beyond_a_bound_is_outside_and_named(change):
    """A declaration beyond any bound waits for a person, and the reason has a name."""
    make, expected = BEYOND[change]
    case = tight()
    case.inventory = make(case.inventory)
    assert case.codes() == expected


@pytest.mark.parametrize(("steps", "code"), [(-1, "kwh-per-kg-below-floor"), (1, "kwh-per-kg-above-ceiling")])
def test_the_smallest_step_of_energy_counts(steps, code):
    """Energy is compared exactly, not rounded to what looks alike."""
    energy = {"process": "fdm_desktop", "kwh_per_kg": "1", "scrap_fraction": "0"}
    case = tight(floors=[energy], ceilings=[{"process": "fdm_desktop", "kwh_per_kg": "1"}])
    equal = with_flow(case.inventory, "making", amount="0.263")
    case.inventory = equal
    assert case.codes() == []
    case.inventory = with_flow(equal, "making", amount=shifted("0.263", steps))
    assert case.codes() == [code]


@pytest.mark.parametrize(("net", "code"), [("0.26", "scrap-below-floor"), ("0.2", "scrap-above-ceiling")])
def test_scrap_is_bounded_on_both_sides(net, code):
    """Fewer failed prints than the auditor ever saw are as much a question as more."""
    case = tight()
    mass = case.inventory.as_json()["net_masses"][0]
    case.inventory = other(case.inventory, net_masses=[mass | {"amount": net}])
    assert case.codes() == [code]


def test_energy_is_bounded_step_by_step():
    """A thrifty step does not pay for one that nobody measured honestly."""
    document = hooks()
    document["materials"] = [document["materials"][0], document["materials"][0] | {"id": "lid"}]
    document["steps"] = [
        step(energy=entry("0.26", "kWh")),
        step(id="second", materials=["lid"], energy=entry("0.26", "kWh")),
    ]
    scope = scope_around(inventory_of(document))
    document["steps"][0]["energy"] = entry("0.01", "kWh")
    document["steps"][1]["energy"] = entry("0.26", "kWh")
    assert Case(inventory_of(document), scope).codes() == ["kwh-per-kg-below-floor"]


def test_work_by_hand_needs_no_meter():
    """A process that takes no energy has the floor 0, and its runs need none."""
    document = hooks()
    document["machines"] = [*document["machines"], document["machines"][0] | {"id": "bench", "process": "hand_tools"}]
    document["steps"] = [*document["steps"], step(id="sand", machine="bench", energy=entry("0", "kWh"))]
    inventory = inventory_of(document)
    assert Case(inventory, scope_around(inventory)).codes() == []
    floors = [floor.as_json() | {"kwh_per_kg": "0.1"} for floor in scope_around(inventory).floors]
    assert "energy-not-measured" in Case(inventory, scope_around(inventory, floors=floors)).codes()


def test_a_part_of_unknown_mass_waits():
    """Energy per kg that cannot be computed is not taken as good."""
    case = tight()
    runs = [run | {"lines": [*run["lines"], "bought-insert"]} for run in case.inventory.as_json()["runs"]]
    case.inventory = other(case.inventory, runs=runs)
    assert case.codes() == ["mass-unknown"]


def test_recycled_content_needs_a_lot_that_proves_it():
    """Without a lot the auditor saw, no recycled share counts, whatever certificate was handed in."""
    document = changed(hooks(), "/materials/0/material", "petg")
    inventory = inventory_of(changed(document, "/materials/0/recycled_share", entry("0.3", "1")))
    assert Case(inventory, scope_around(inventory)).codes() == []
    assert Case(inventory, scope_around(inventory, lots=())).codes() == ["recycled-share"]
    lot = {"lot": "a", "material": "petg", "mass_kg": "5", "recycled_share": "0.29"}
    assert Case(inventory, scope_around(inventory, lots=(lot,))).codes() == ["recycled-share"]


@pytest.mark.parametrize(
    ("changes", "at", "codes"),
    [
        ({}, "2026-11-20T08:59:59Z", ["validity"]),
        ({}, "2027-11-20T09:00:00Z", ["validity", "chain"]),
        ({"chain_weeks": 3}, AT, []),
        ({"chain_weeks": 2}, AT, ["chain"]),
        ({"chain_weeks": 3}, "2026-11-22T23:59:59Z", []),
        ({"chain_weeks": 3}, "2026-11-23T00:00:00Z", ["chain"]),
    ],
)
def test_a_label_counts_inside_the_validity_and_the_chain(changes, at, codes):
    """No label outlives the attestation, or the weeks in which samples can be drawn."""
    case = tight(**changes)
    case.at = at
    assert case.codes() == codes


def test_goods_are_made_before_they_are_labelled():
    """A label of goods that are still to be made is refused."""
    case = tight()
    case.at, case.validity = (
        "2026-11-01T23:59:59Z",
        {"valid_from": "2026-01-01T00:00:00Z", "valid_until": "2027-01-01T00:00:00Z"},
    )
    assert case.codes() == ["not-made-yet", "chain"]


@given(st.integers(0, 20), st.integers(1, 10), st.integers(1, 20))
def test_items_add_up_to_n(used, quantity, of):
    """Goods lie inside exactly while the items used up and their own stay within the scope."""
    case = tight(quantity=of, max_quantity_per_label=None)
    case.inventory, case.used = other(case.inventory, quantity=quantity), used
    assert case.codes() == (["quantity"] if used + quantity > of else [])


def test_all_reasons_are_given_at_once():
    """A producer learns everything that waits for the auditor in one go."""
    case = tight()
    case.inventory = with_runs(other(case.inventory, countries=["FRA"], family="x"), site="garage", machine="m")
    assert case.codes() == ["family", "country", "site", "machine"]


def test_reasons_say_what_was_expected_and_found():
    """The words name both sides."""
    case = tight()
    case.inventory = with_runs(case.inventory, machine="printer-2")
    (reason,) = outside(case.inventory, attestation(subject=case.scope, **SOON), AT, 0)
    assert reason.words == "the scope is for the machine machine, found printer-2"


def test_an_attestation_of_a_declaration_is_no_scope():
    """Nothing lies inside what is not a scope."""
    with pytest.raises(NotAttested):
        outside(GOODS["hooks"], attestation(), AT, 0)


@given(st.sampled_from(sorted(GOODS)), st.data())
def test_no_inventory_breaks_the_question(name, data):
    """Whatever an inventory says in its format, the answer is reasons, never another exception."""
    document = GOODS[name].as_json()
    for flow in document["flows"]:
        flow["amount"] = data.draw(st.sampled_from([flow["amount"], "0", "999999999999", "0.000000000001"]))
        flow["flow"] = data.draw(st.sampled_from([flow["flow"], "materials/x", "materials/a/b/recycled", "x"]))
    try:
        inventory = Inventory.from_json(document)
    except LabelServiceError:
        return
    assert all(
        reason.code and reason.words
        for reason in outside(inventory, attestation(subject=scope_around(GOODS[name]), **SOON), AT, 0)
    )


def test_the_log_entry_repeats_the_scope():
    """Whoever reads the log alone knows rate, chain and number of items of a scope."""
    scope = scope_around(GOODS["hooks"])
    leaf = scope_leaf(scope, "ab" * 32, AUDITOR.kid)
    assert leaf.model_dump(exclude={"type", "version"}) == {
        "digest": "ab" * 32,
        "auditor": AUDITOR.kid,
        "commitment": scope.chain_commitment,
        "quantity": 4,
        "sampling_rate": "0.05",
        "first_week": "2026-W45",
        "weeks": 52,
    }
    assert isinstance(attestation(subject=scope), Attestation)
    assert attestation(subject=scope).origin == ORIGIN
