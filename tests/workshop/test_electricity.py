"""The electricity of a site is shown before it counts."""

import pytest

from label_service.declaration import Site
from label_service.errors import MissingFactor
from label_service.factors import load_release, lookup
from label_service.workshop import countries, site_electricity

RELEASE = load_release()
LAB = Site(id="lab", name="Lab", country="DEU")


def test_it_is_the_factor_the_calculation_uses():
    """What is shown is what counts, with its year."""
    found = site_electricity(LAB, 2026, RELEASE)
    used = lookup.grid_factor(RELEASE, "DEU", 2026)
    assert (found.gco2e_per_kwh, found.year) == (used.gco2e_per_kwh, used.year)
    assert str(found.year) in found.words
    assert "DEU" in found.words


def test_every_country_offered_can_be_used():
    """A country of the list never leads to a missing factor."""
    for country in countries(RELEASE, 2026):
        assert site_electricity(LAB.model_copy(update={"country": country}), 2026, RELEASE)


def test_a_year_without_a_recent_factor_offers_nothing():
    """Too old a factor is never used in silence."""
    assert countries(RELEASE, 2050) == ()
    with pytest.raises(MissingFactor):
        site_electricity(LAB, 2050, RELEASE)
