"""What a labelled product weighs as a part of another one."""

import pytest
from pydantic import ValidationError

from label_service.assessment import assess
from label_service.declaration import Declaration
from label_service.errors import InvalidDocument
from label_service.impact.characterize import characterize
from label_service.impact.closed_form import distribution
from label_service.impact.parts import GATE, part_of_label
from label_service.inventory import Inventory
from label_service.inventory.build import build_inventory
from label_service.inventory.parts import Part
from tests import examples
from tests.examples import RELEASE, bare_hooks, boxes, entry, hooks, inventory_of, panels, racks

DIGEST = "12" * 32
KNOB = {"id": "knob", "kind": "label", "digest": DIGEST, "amount": entry("4", "piece", "weighed")}


def built_in(document, part):
    """Give the inventory of a declaration that uses a part."""
    declaration = Declaration.from_json(document | {"parts": [KNOB]})
    return build_inventory(declaration, RELEASE, RELEASE.digest, [part])


@pytest.mark.parametrize("make", [hooks, bare_hooks, boxes, racks], ids=lambda make: make.__name__)
def test_a_part_weighs_what_its_label_says_up_to_the_gate(make):
    """Median and the wider half of the range are kept; transport to the shop is left to the next maker."""
    inventory = inventory_of(make())
    part = part_of_label(inventory, RELEASE, DIGEST)
    gate = distribution([item.term for item in characterize(inventory, RELEASE) if item.stage in GATE])
    product = characterize(built_in(hooks(), part), RELEASE)
    (taken,) = [item.term for item in product if item.flow == part.flow]
    found = distribution([taken])
    assert found.median == pytest.approx(gate.median, rel=1e-9)
    loads = taken._replace(loads=tuple(load for load in taken.loads if load[0] != "part/knob"))
    found = distribution([loads])
    assert found.p95 >= gate.p95 * (1 - 1e-6)
    assert found.p05 <= gate.p05 * (1 + 1e-6)


def test_what_is_made_of_labelled_parts_keeps_their_result():
    """Hooks with as many labelled hooks score within a few points of the hooks: factors are shared, not forgotten."""
    part = part_of_label(inventory_of(hooks()), RELEASE, DIGEST)
    found, alone = assess(built_in(hooks(), part), RELEASE), examples.assessment_of(hooks())
    assert found.reasons == ()
    assert alone.score <= found.score <= alone.score + 5
    assert float(found.graded().ratio.median) == pytest.approx(float(alone.graded().ratio.median), rel=0.01)


def test_defaults_of_a_part_are_defaults_of_the_product():
    """What a part's maker did not prove is not proven by building it in."""
    part = part_of_label(inventory_of(bare_hooks()), RELEASE, DIGEST)
    assert examples.assessment_of(hooks()).default_share == "0"
    assert float(assess(built_in(hooks(), part), RELEASE).default_share) > 0.3


def test_a_part_without_reference_is_equal_on_both_sides():
    """A part nobody can compare neither helps nor harms against the same design, and may not dominate."""
    part = part_of_label(inventory_of(panels()), RELEASE, DIGEST)
    assert part.reference is None
    inventory = built_in(hooks(), part)
    assert {flow.bought_part for flow in inventory.flows if flow.flow.startswith("part/")} == {True}
    assert "bought_parts_dominate" in assess(inventory, RELEASE).reasons


def test_the_mass_of_a_part_travels_and_is_packed():
    """Parts are brought, packed and sent like everything else in the product."""
    part = part_of_label(inventory_of(hooks()), RELEASE, DIGEST)
    assert part.mass_kg == "0.0625"
    for stage in ("inbound", "distribution"):
        alone, both = (
            sum(float(flow.amount) for flow in inventory.flows if flow.stage == stage)
            for inventory in (inventory_of(hooks()), built_in(hooks(), part))
        )
        assert both > alone


@pytest.mark.parametrize(
    ("why", "change"),
    [
        ("a part without a flow", lambda value: value["flows"].pop(-1)),
        ("a part that is not there", lambda value: value.pop("parts")),
        ("equal on both sides and compared", lambda value: value["flows"][-1].update(bought_part=True)),
        ("twice", lambda value: value["parts"].append(value["parts"][0])),
    ],
)
def test_parts_and_flows_meet(why, change):
    """Nothing stands behind no flow, and no flow is without what stands behind it."""
    value = built_in(boxes(), part_of_label(inventory_of(hooks()), RELEASE, DIGEST)).as_json()
    value["flows"] = sorted(value["flows"], key=lambda flow: flow["flow"].startswith("part/"))
    value["parts"] = list(value["parts"])
    change(value)
    with pytest.raises(InvalidDocument):
        Inventory.from_json(value)


@pytest.mark.parametrize("pointer", ["kgco2e", "loads"])
def test_a_weight_is_positive_and_names_what_others_can_have(pointer):
    """No part weighs nothing, and none names a measurement of the product."""
    value = part_of_label(inventory_of(hooks()), RELEASE, DIGEST).as_json()
    value["own"]["gate"][pointer] = {"kgco2e": "0", "loads": [{"variable": "net_mass", "gsd": "1.1"}]}[pointer]
    with pytest.raises(ValidationError):
        Part.model_validate(value)
