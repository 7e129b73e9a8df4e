import subprocess
import sys
from pathlib import Path

import pytest

from label_service.factors import load_release
from label_service.factors.coverage import (
    category_coverage,
    coverage,
    family_gaps,
    material_gaps,
    reference_gaps,
    required_inputs,
)

RELEASE = load_release()
YEAR = 2026
GENERATE = Path(__file__).parents[2] / "docs" / "generate"


@pytest.mark.parametrize("key", RELEASE.keys("references"))
def test_a_reference_resolves_or_says_what_is_missing(key):
    """Every row a market reference needs is in the release, or the record itself says that it cannot be computed."""
    row = RELEASE.row("references", key)
    gaps = reference_gaps(RELEASE, row, YEAR)
    assert bool(gaps) == ("missing" in row), gaps


@pytest.mark.parametrize("key", RELEASE.keys("families"))
def test_a_family_resolves_or_says_what_is_missing(key):
    """Every row a mass process needs is in the release, or the family itself says that it cannot be computed."""
    row = RELEASE.row("families", key)
    gaps = family_gaps(RELEASE, row, YEAR)
    assert bool(gaps) == ("missing" in row), gaps
    assert row["status"] == ("missing" if gaps else "resolved")
    assert all(RELEASE.has("processes", process) for process in row["process_ids"].split(";"))


@pytest.mark.parametrize("key", RELEASE.keys("categories"))
def test_a_graded_category_is_complete(key):
    """A category with a market reference has admission criteria, a service life, and references in its own unit."""
    row = RELEASE.row("categories", key)
    references = [RELEASE.row("references", name) for name in row["market_reference_ids"].split(";")]
    if row["status"] == "no reference":
        assert row["why"]
        return
    needed = {"admit_min", "admit_max", "admission_en", "admission_de", "service_life", "scaling_unit"}
    assert needed <= set(row)
    assert all("missing" not in reference for reference in references)
    assert all(reference["function_unit"] == row["scaling_unit"] for reference in references)


def test_references_on_few_samples_are_provisional():
    """No category claims a firm reference before five market products were weighed."""
    for item in category_coverage(RELEASE, YEAR):
        status = RELEASE.row("categories", item.category)["status"]
        assert item.is_provisional == (status == "provisional")
        assert item.is_graded == (not item.missing)


def test_coverage_of_known_combinations():
    """PLA on a desktop printer has the moulded part as reference; a laser-cut panel has none outside its categories."""
    found = {(item.process, item.material): item for item in coverage(RELEASE, YEAR)}
    assert not found["fdm_desktop", "pla"].same_design_missing
    assert found["fdm_desktop", "pla"].best == "A"
    assert found["fdm_desktop", "petg"].best == "C"
    assert found["fdm_desktop", "petg"].proxies
    assert found["laser_co2", "mdf"].same_design_missing
    assert not found["laser_co2", "mdf"].missing
    assert found["cnc_router_sheet", "lvl"].best == ""
    assert ("fdm_desktop", "plywood") not in found


def test_grids_that_are_too_old_leave_no_reference():
    """A release is for the years its electricity covers: long after, nothing can be graded with it."""
    assert all(item.same_design_missing for item in coverage(RELEASE, YEAR + 10))


def test_gaps_of_materials_are_named():
    """A material without a usable factor says why."""
    assert material_gaps(RELEASE, "pla") == ()
    assert "no row" in material_gaps(RELEASE, "wool-fibre")[0]
    assert "2.842" in material_gaps(RELEASE, "plasterboard")[0]
    assert "disposal" in material_gaps(RELEASE, "paint")[0]


def test_required_inputs_are_those_without_a_default():
    """A producer learns beforehand what must be measured."""
    assert required_inputs(RELEASE, "fdm_desktop") == ()
    assert required_inputs(RELEASE, "laser_co2") == ("kwh_per_kg",)
    assert required_inputs(RELEASE, "cnc_lathe") == ("kwh_per_kg", "power_active_w", "scrap_fraction")


@pytest.mark.parametrize("name", ["sources", "coverage"])
def test_generated_pages_are_up_to_date(name):
    """The pages about sources and coverage say what the newest release holds."""
    done = subprocess.run([sys.executable, GENERATE / f"{name}.py", "--check"], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
