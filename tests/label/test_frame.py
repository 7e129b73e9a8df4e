"""Variants of one parametric design: inside the frame an auditor attested they need no further look."""

from typing import Any

import pytest

from label_service.document import validate
from label_service.errors import InvalidDocument
from label_service.inventory import Inventory
from label_service.label.attestation import Frame
from label_service.label.scope import outside
from tests.examples import boxes, changed, entry, hooks, inventory_of
from tests.vectors.make_frame import AT, BOUNDS, DESIGN, attested, scope_of_variants, variant


def words(inventory: Inventory, **changes: Any) -> list[str]:
    """Give why a variant waits."""
    return [reason.words for reason in outside(inventory, attested(variant(), **changes), AT, 0)]


def test_a_variant_waits_with_the_bound_named():
    """The maker reads which quantity may be how large, and what it was."""
    taller = changed(hooks(), "/product/design", DESIGN)
    taller = changed(taller, "/product/variant", [{"name": "height", "unit": "mm", "value": "250"}])
    assert words(variant()) == []
    assert words(inventory_of(taller)) == ["height of one item is 20 to 200 mm in the frame, found 250"]


def test_a_measured_quantity_cannot_be_chosen():
    """What follows from masses and meters is never taken from what the producer calls a parameter."""
    named = changed(changed(hooks(), "/product/design", DESIGN), "/product/variant", [])
    for name in ("net_mass", "function"):
        with pytest.raises(InvalidDocument, match="follow from the rest"):
            inventory_of(changed(named, "/product/variant", [{"name": name, "unit": "kg", "value": "0.05"}]))
    with pytest.raises(InvalidDocument, match="the design"):
        inventory_of(changed(hooks(), "/product/variant", []))


def test_machine_time_is_known_as_a_whole_or_not_at_all():
    """A step without evidenced time leaves the machine time unknown; it is never taken as zero."""
    document = changed(changed(hooks(), "/product/design", DESIGN), "/product/variant", [])
    assert inventory_of(document).variant.machine_h == "1.9"
    more = [*document["steps"], {"id": "sand", "machine": "machine", "materials": ["body"]}]
    assert inventory_of(document | {"steps": [more[0]]}).variant.machine_h == "1.9"
    more[1]["energy"] = entry("0.1", "kWh")
    assert inventory_of(document | {"steps": more}).variant.machine_h is None


def test_a_frame_may_bound_the_function():
    """Boxes of many sizes need no list of sizes."""
    document = changed(boxes(), "/product/design", DESIGN)
    inventory = inventory_of(document)
    bound = {"quantity": "function", "unit": "L", "low": "10", "high": "50"}
    frame = {"name": "Box", "design": DESIGN["digest"], "bounds": [bound]}
    for high, codes in (("50", []), ("44", ["frame-above"])):
        scope = scope_of_variants(inventory, functions=["10"], frame=frame | {"bounds": [bound | {"high": high}]})
        found = outside(inventory, attested(inventory).model_copy(update={"subject": scope}), AT, 0)
        assert [reason.code for reason in found] == codes


@pytest.mark.parametrize(
    "bounds",
    [
        [],
        [BOUNDS[0], BOUNDS[0]],
        [BOUNDS[0] | {"low": "201"}],
        [BOUNDS[1] | {"unit": "g"}],
    ],
)
def test_frames_have_one_reading(bounds):
    """At least one bound, each quantity once, low not above high, and the unit of measured quantities."""
    with pytest.raises(InvalidDocument):
        validate(Frame, {"name": "Hook", "design": DESIGN["digest"], "bounds": bounds})
