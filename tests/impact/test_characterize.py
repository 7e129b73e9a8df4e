from math import log

import pytest
from hypothesis import given
from hypothesis import strategies as st

from label_service.document import STAGES
from label_service.errors import MissingFactor
from label_service.impact.characterize import Factor, by_stage, characterize, factor, term, total
from tests.examples import RELEASE, boxes, hooks, inventory_of, plates


class OneRow:
    """Rows that hold one made-up row under every key."""

    def __init__(self, **row):
        self._row = row

    def row(self, table, key):
        """Give the row."""
        return self._row

    def has(self, table, key):
        """Say that it is there."""
        return True


@pytest.mark.parametrize(
    ("flow", "kgco2e_per_unit", "gsd", "is_proxy"),
    [
        ("materials/pla/virgin", 2.48, 1.358, False),
        ("materials/pp-resin/recycled", 0.56524, 1.473, False),
        ("materials/petg/virgin", 2.4396, 1.429, True),
        ("electricity/grid/DEU", 0.34206, 1.32, False),
        ("transport/hgv-average", 0.12522, 1.414, False),
        ("electricity/fuel/natural-gas", 0.21275, 1.1, False),
    ],
)
def test_factors_are_those_of_the_tables(flow, kgco2e_per_unit, gsd, is_proxy):
    """Each kind of flow reads its own column, in kg CO2e per its unit."""
    found = factor(RELEASE, flow, 2026)
    assert found == (pytest.approx(kgco2e_per_unit, rel=1e-3), pytest.approx(gsd, rel=0.05), is_proxy)


@pytest.mark.parametrize(
    ("flow", "named"),
    [
        ("materials/unobtainium/virgin", "'unobtainium'"),
        ("materials/pla/recycled", "kgco2e_per_kg_recycled"),
        ("materials/pla/enchanted", "kgco2e_per_kg_enchanted"),
        ("electricity/grid/XXX", "grid/XXX"),
        ("transport/teleport", "'teleport'"),
        ("end_of_life/pla/oblivion", "'pla/oblivion'"),
        ("part/" + "ab" * 32, "ab" * 32),
        ("magic/wand", "table 'magic'"),
        ("nothing", "table 'nothing'"),
    ],
)
def test_what_has_no_factor_is_named(flow, named):
    """A flow without row, variant or year is an error that names it."""
    with pytest.raises(MissingFactor, match=named):
        factor(RELEASE, flow, 2026)


def test_a_row_with_credits_is_never_scored():
    """Avoided burdens are for information; a row that contains them counts nowhere."""
    row = OneRow(credit_included="yes", kgco2e_per_kg="-1", gsd="1.1")
    with pytest.raises(MissingFactor, match="credits"):
        factor(row, "end_of_life/pla/recycling", 2026)


def test_a_factor_without_uncertainty_is_missing():
    """A number whose spread nobody knows is not used as if it were exact."""
    with pytest.raises(MissingFactor, match="uncertainty"):
        factor(OneRow(kgco2e_per_kg="1"), "end_of_life/pla/landfill", 2026)


@given(st.floats(1e-9, 1e9), st.floats(1e-9, 1e3), st.floats(1, 3))
def test_a_term_is_amount_times_factor_with_both_uncertainties(amount, kgco2e, gsd):
    """The loads of the amount and the factor's own stand side by side; a GSD of 1 adds none."""
    found = term(amount, Factor(kgco2e, gsd, is_proxy=False), "x", {"mass": 0.1})
    assert found.value == amount * kgco2e
    assert dict(found.loads) == {"mass": 0.1} | ({"factor:x": log(gsd)} if gsd > 1 else {})
    assert list(found.loads) == sorted(found.loads)


@pytest.mark.parametrize(("amount", "kgco2e"), [(0.0, 1.0), (1.0, 0.0)])
def test_nothing_is_no_term(amount, kgco2e):
    """A zero has no logarithm, and nothing to add."""
    assert term(amount, Factor(kgco2e, 1.1, is_proxy=False), "x", {}) is None


def test_one_item_by_hand():
    """Four hooks: 0.263 kg of PLA at 2.48 kg CO2e/kg are 0.16306 kg CO2e per hook, and so on down the list."""
    found = {(item.stage, item.flow): item.term.value for item in characterize(inventory_of(hooks()), RELEASE)}
    assert found["materials", "materials/pla/virgin"] == pytest.approx(0.263 * 2.48 / 4)
    assert found["making", "electricity/grid/DEU"] == pytest.approx(0.256 * 0.34206 / 4)
    assert found["inbound", "transport/hgv-average"] == pytest.approx(0.263 * 500 / 1000 * 0.12522 / 4)


@pytest.mark.parametrize("make", [hooks, boxes, plates])
def test_stages_hold_every_term_once(make):
    """Grouping by stage loses nothing and keeps the order of the stages."""
    found = characterize(inventory_of(make()), RELEASE)
    stages = by_stage(found)
    assert tuple(stages) == STAGES
    assert sum(len(terms) for terms in stages.values()) == len(found)
    assert total(found) == pytest.approx(sum(item.term.value for item in found))
