from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from label_service.errors import InvalidDocument, MissingFactor
from label_service.factors import load_release, lookup

RELEASE = load_release()
COUNTRIES = [key.removeprefix("grid/") for key in RELEASE.keys("electricity") if key.startswith("grid/")]


def test_grid_factor_is_of_the_newest_year_not_after_the_making():
    """German electricity fell from 420 to 342 g in two years, so a product takes the factor of its own year."""
    assert lookup.grid_factor(RELEASE, "DEU", 2022) == ("420.06", 2022, "1.32")
    assert lookup.grid_factor(RELEASE, "DEU", 2023) == ("371.43", 2023, "1.32")
    assert lookup.grid_factor(RELEASE, "DEU", 2026) == ("342.06", 2024, "1.32")


@pytest.mark.parametrize("year", [2021, 2028])
def test_no_grid_factor_from_the_future_or_too_old(year):
    """A factor is never taken from a later year, nor from more than three years before."""
    with pytest.raises(MissingFactor, match=r"recent grid factor of DEU.*2024, 2023, 2022"):
        lookup.grid_factor(RELEASE, "DEU", year)


def test_unknown_country_is_named():
    """A country without a row is an error that names it."""
    with pytest.raises(MissingFactor, match="grid/XXX"):
        lookup.grid_factor(RELEASE, "XXX", 2026)


@given(st.sampled_from(COUNTRIES), st.integers(2015, 2035))
def test_grid_year_stays_in_its_window(iso3, year):
    """Whatever country and year: the year used is at most three years before the making, or there is an error."""
    try:
        found = lookup.grid_factor(RELEASE, iso3, year)
    except MissingFactor:
        return
    assert 0 <= year - found.year <= 3
    assert Decimal(found.gco2e_per_kwh) > 0


def test_default_tells_required_from_unknown():
    """A required input has no value to fall back on, and a quantity the release says nothing about is an error."""
    assert lookup.default(RELEASE, "process", "fdm_desktop", "kwh_per_kg") == "28.6"
    assert lookup.default(RELEASE, "process", "laser_co2", "kwh_per_kg") is None
    with pytest.raises(MissingFactor, match="kwh_per_piece"):
        lookup.default(RELEASE, "process", "fdm_desktop", "kwh_per_piece")


@pytest.mark.parametrize(
    ("basis", "has_evidence", "gsd"),
    [
        ("metered", True, "1.02"), ("weighed", True, "1.02"), ("as_made", True, "1.05"), ("derived", True, "1.05"),
        ("estimated", True, "1.15"), ("estimated", False, "1"), ("design", False, "1"), ("design", True, "1"),
        ("asserted", True, "1"), ("default", False, "1"), ("default", True, "1"),
    ],
)  # fmt: skip
def test_gsd_follows_the_basis(basis, has_evidence, gsd):
    """The uncertainty of an amount depends on how it came about, by the published table."""
    assert lookup.basis_gsd(RELEASE, basis, has_evidence=has_evidence) == gsd


@pytest.mark.parametrize(("basis", "has_evidence"), [("metered", False), ("guessed", True), ("guessed", False)])
def test_a_reading_without_evidence_has_no_gsd(basis, has_evidence):
    """Nobody calls an amount metered without the reading."""
    with pytest.raises(MissingFactor, match=basis):
        lookup.basis_gsd(RELEASE, basis, has_evidence=has_evidence)


def test_disposal_follows_the_category():
    """Plastics are counted as burned and metals as collected, on both sides; paint has no route and says so."""
    assert lookup.disposal_route(RELEASE, RELEASE.row("materials", "pla")) == "incineration-gross"
    assert lookup.disposal_route(RELEASE, RELEASE.row("materials", "steel-sheet")) == "recycling-closed-loop"
    with pytest.raises(MissingFactor, match="paint"):
        lookup.disposal_route(RELEASE, RELEASE.row("materials", "paint"))


def test_legs_are_read():
    """Legs of references and defaults are pairs of mode and kilometres."""
    found = lookup.legs("hgv-average:500;sea-container:22240")
    assert found == (("hgv-average", "500"), ("sea-container", "22240"))
    assert found[1].mode == "sea-container"
    assert found[1].km == "22240"


@pytest.mark.parametrize("text", ["", "van", "van:", ":5", "van:5;", "van:-5", "van:1.5", "van:٣", "van:5:6"])
def test_malformed_legs_are_refused(text):
    """Legs have one spelling."""
    with pytest.raises(InvalidDocument):
        lookup.legs(text)


@pytest.mark.parametrize(
    ("family", "material", "fits"),
    [
        ("fdm", "pla", True), ("fdm", "pp", False), ("fdm", "photopolymer-resin", False), ("fdm", "plywood", False),
        ("laser_cut_wood_panel", "mdf", True), ("laser_cut_acrylic", "mdf", False), ("laser_cut_acrylic", "pmma", True),
        ("sewing_textile", "cotton-fabric", True), ("sewing_textile", "cotton-fibre", False),
    ],
)  # fmt: skip
def test_a_family_admits_what_it_can_work(family, material, fits):
    """Granulate is printed, sheet is cut, and a material that is already formed is not formed again."""
    assert lookup.admits(RELEASE.row("families", family), RELEASE.row("materials", material)) is fits
