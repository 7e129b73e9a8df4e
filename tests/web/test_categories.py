import pytest

from label_service.web.categories import other_categories
from tests.examples import ALL, RELEASE, assessment_of, boxes, changed, entry, hooks, inventory_of, panels


@pytest.mark.parametrize("product", ALL)
def test_as_entered_is_first_and_as_assessed(product):
    """The first line is the product as it was entered, with the score and letter of its own assessment."""
    first, *others = other_categories(inventory_of(product()), RELEASE)
    assessment = assessment_of(product())
    graded = assessment.graded()
    assert first.is_entered
    assert not any(item.is_entered for item in others)
    assert (first.grade, first.score) == (assessment.grade, graded.score if graded else None)


@pytest.mark.parametrize("product", ALL)
def test_every_category_has_a_result_or_a_reason(product):
    """No category of the release is left out, and one without a score says why."""
    found = other_categories(inventory_of(product()), RELEASE)
    assert len(found) == 1 + len(RELEASE.keys("categories"))
    assert all(item.score is not None or item.why for item in found)
    assert all(item.reference for item in found if item.score is not None)


def test_near_are_those_of_the_same_quantity():
    """Near a box are the other boxes by volume; near a product without a category is only that."""
    near = {item.name for item in other_categories(inventory_of(boxes()), RELEASE) if item.is_near}
    assert {"No category", "Storage box for dry goods", "Storage box, washable and moisture-proof"} <= near
    assert "T-shirt or polo" not in near
    assert [item.name for item in other_categories(inventory_of(hooks()), RELEASE) if item.is_near] == ["No category"]


def test_window_of_a_category_is_respected():
    """A box of 25 L is not compared in the category that admits 36 to 54 L."""
    small = changed(boxes(), "/product/function", entry("25", "L"))
    found = {item.name: item for item in other_categories(inventory_of(small), RELEASE)}
    assert found["Storage box, washable and moisture-proof"].why == "admits 36 to 54 L, this has 25 L"
    assert found["Storage box for dry goods"].score is not None


def test_a_capacity_is_never_guessed():
    """A product without a measured capacity gets no score where the category needs one."""
    found = {item.name: item for item in other_categories(inventory_of(panels()), RELEASE)}
    assert found["Storage box for dry goods"].why == "needs a measured capacity in L"
    assert found["T-shirt or polo"].score is not None
