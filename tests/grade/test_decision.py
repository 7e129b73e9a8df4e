"""What decides the grade is the same whoever asks: `assess` writes down what `decide` gives, to the digit."""

import pytest

from label_service.assessment import assess
from label_service.grade.decision import decide
from tests import examples


@pytest.mark.parametrize("document", [make() for make in examples.ALL], ids=[make.__name__ for make in examples.ALL])
def test_a_decision_is_what_the_assessment_says(document):
    """A re-assessment that stops at the decision gives score, letter, caps and ratio of the full one, to the digit."""
    inventory = examples.inventory_of(document)
    found, written = decide(inventory, examples.RELEASE), assess(inventory, examples.RELEASE)
    assert (found.score, found.grade, found.caps, found.reasons) == (
        written.score,
        written.grade,
        written.caps,
        written.reasons,
    )
    for of, shown in zip(found.comparisons, written.comparisons, strict=True):
        assert (of.reference, of.score, of.missing) == (shown.reference, shown.score, shown.missing or "")
        assert (of.bounds is None) == (shown.ratio is None)
        if of.bounds and shown.ratio:
            assert of.bounds == (shown.ratio.median, shown.ratio.p05, shown.ratio.p95)
