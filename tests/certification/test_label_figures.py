"""What a label says about making: evidenced figures only, of the site where the goods were made."""

import pytest

from label_service.certification.label_figures import process_figures
from tests.examples import assessment_of, bare_hooks, boxes, changed, hooks, inventory_of, panels, shirts

SITES = {"lab": {"country": "DEU", "region": "DE300"}}


def figures(document, sites=SITES):
    """Give what the label of a declaration would say."""
    return list(process_figures(inventory_of(document), assessment_of(document), sites))


def test_evidenced_energy_and_scrap_are_figures():
    """Metered energy over weighed mass, and what of the mass did not end in the product."""
    document = hooks()
    (found,) = figures(document)
    line, step = document["materials"][0], document["steps"][0]
    gross = float(line["gross"]["value"])
    assert found.kwh_per_kg == pytest.approx(float(step["energy"]["value"]) / gross)
    assert found.scrap == pytest.approx(1 - float(line["net"]["value"]) / gross)
    assert (found.material, found.year) == (line["material"], 2026)
    assert (found.country, found.region) == ("DEU", "DE300")


def test_a_default_is_no_figure():
    """What took a fixed unfavourable value is not known: the method's own numbers are not how goods are made."""
    (found,) = figures(bare_hooks())
    assert found.kwh_per_kg is None
    assert found.scrap is None
    assert found.ratio is not None


def test_energy_over_a_mass_that_is_not_known_is_no_figure():
    """A meter beside a gross mass that was only assumed gives no kWh/kg."""
    (found,) = figures(changed(hooks(), "/materials/0/gross", None))
    assert (found.kwh_per_kg, found.scrap) == (None, None)


def test_ratio_and_grade_are_those_of_the_assessment():
    """The ratio is the one the letter rests on; without a reference there is neither."""
    (found,) = figures(boxes())
    assessment = assessment_of(boxes())
    assert (found.ratio, found.grade) == (float(assessment.graded().ratio.median), assessment.grade)
    assert all(item.grade == "" for item in figures(panels())) == (assessment_of(panels()).grade is None)


def test_every_process_of_a_product_has_its_own_figures():
    """A product of several processes says something about each."""
    document = shirts()
    assert [item.process for item in figures(document)] == list(inventory_of(document).processes)


@pytest.mark.parametrize("site", [{}, {"country": "DEU"}, {"country": "DEU", "region": "DE"}])
def test_a_region_that_is_not_said_is_not_known(site):
    """Two letters name the country; where a declaration says no site, the country is that of the inventory."""
    (found,) = figures(hooks(), {"lab": site})
    assert (found.country, found.region) == ("DEU", "")
