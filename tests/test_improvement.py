"""What evidence would give: an outlook for the producer that follows from the method alone."""

import pytest

from label_service.assessment import assess
from label_service.declaration import Declaration
from label_service.examples import FOLDER, NAMES
from label_service.factors import load_release
from label_service.improvement import LISTED, TOGETHER, improvements
from label_service.inventory.build import build_inventory

RELEASE = load_release()


def shipped(name: str) -> Declaration:
    """Give the declaration of a shipped example."""
    return Declaration.from_bytes((FOLDER / name / "declaration.json").read_bytes().strip())


def test_an_unproven_print_is_told_what_each_proof_gives():
    """The maker of example (b) sees energy, material and the supplier's figure, best first, and all together."""
    found = improvements(shipped("hook-unproven"), RELEASE, RELEASE.digest)
    assert [item.name for item in found] == [
        "meter the energy of step print",
        "weigh the material taken for body",
        "the supplier's energy figure for: Filament extrusion from granulate",
        TOGETHER,
    ]
    scores = [item.score for item in found]
    assert scores[:LISTED] == sorted(scores[:LISTED])
    assert scores[-1] < scores[0]


def test_nothing_is_promised_where_everything_is_proven():
    """Example (e) has proof of everything, so there is nothing to improve by proof."""
    assert improvements(shipped("plate"), RELEASE, RELEASE.digest) == ()


@pytest.mark.parametrize("name", NAMES)
def test_an_outlook_is_never_worse_than_the_present_score(name):
    """A proof that would not help is not listed."""
    declaration = shipped(name)
    present = assess(build_inventory(declaration, RELEASE, RELEASE.digest), RELEASE).graded()
    for item in improvements(declaration, RELEASE, RELEASE.digest):
        assert present is None or item.score <= present.score
