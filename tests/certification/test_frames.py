"""Personalised variants of one attested design, from the declaration to the label."""

from typing import Any

from label_service.verify import verify_bundle
from tests.certification.playing import Play

DESIGN = {"name": "Parametric plate", "digest": "9f" * 32}
BOUND = {"quantity": "height", "unit": "mm", "low": "20", "high": "200"}
LOT = {"lot": "M-77", "material": "aluminium-sheet", "mass_kg": "1000", "recycled_share": "1"}
FRAME = {"name": DESIGN["name"], "design": DESIGN["digest"], "bounds": [BOUND]}


def variant(play: Play, height: str, salt: str) -> Any:
    """Submit plates of a height with a salt of their own."""
    product = play.document("plate", play.producer)["product"]
    chosen = {"design": DESIGN, "variant": [{"name": "height", "unit": "mm", "value": height}]}
    return play.submit("plate", product=product | chosen, salt=salt * 32)


def test_a_variant_inside_the_frame_needs_no_further_audit(play):
    """The first is looked at, the next is labelled at once; one outside waits with the bound named."""
    scheme = play.stage.scheme
    taller, first = variant(play, "201", "1"), variant(play, "120", "2")
    scheme.scopes.add(play.scope_token(first, frame=FRAME, lots=[LOT]))
    outside = play.again(taller, 1)
    assert (outside.state, outside.waits_for) == (
        "waiting",
        ("height of one item is 20 to 200 mm in the frame, found 201",),
    )
    inside = play.again(first, 2)
    assert inside.state == "labelled"
    report = verify_bundle(scheme.labels.bundle(inside.label_id), play.stage.roots, play.stage.at)
    (scope,) = [step for step in report.steps if step.name == "scope"]
    assert scope.detail.endswith("a variant of Parametric plate")
