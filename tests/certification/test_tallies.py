"""What a group tells: producers' medians, not who makes most; what is not known is said, and never zero."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from label_service.certification.groups import FEWEST, Group, assign
from label_service.certification.tallies import Fact, rows

GROUP = Group("fdm_3d_print", "pla", "DEU", "DE300", 2026)

known = st.none() | st.floats(0.001, 100)
facts = st.lists(
    st.builds(
        Fact,
        group=st.sampled_from([GROUP, GROUP._replace(region="DE301"), GROUP._replace(material="petg")]),
        producer=st.integers(0, 8).map("P{}".format),
        kwh_per_kg=known,
        scrap=known,
        ratio=known,
        grade=st.sampled_from("ABCDE"),
    ),
    max_size=60,
)


def fact(number, **members):
    """Give what a label of one producer says."""
    shared = {"group": GROUP, "kwh_per_kg": 2.0, "scrap": 0.1, "ratio": 0.7, "grade": "B"}
    return Fact(producer=f"P{number}", **shared | members)


def told(found):
    """Give the rows of labels."""
    ordered = sorted(found, key=lambda fact: fact.group)
    return list(rows(ordered, assign((fact.group, fact.producer) for fact in ordered)))


def test_each_producer_counts_once():
    """A hundred labels of one workshop weigh as much as one label of another."""
    (row,) = told([fact(0, kwh_per_kg=9.0) for _ in range(100)] + [fact(number) for number in range(1, 5)])
    assert (row.labels, row.producers) == (104, 5)
    assert (row.kwh_per_kg.median, row.kwh_per_kg.labels) == ("2", 104)


def test_a_figure_of_few_is_not_told_and_not_zero():
    """Five producers, but energy of four only: the group is there, its energy is not, nor how many labels have it."""
    (row,) = told([fact(0, kwh_per_kg=None), *(fact(number) for number in range(1, 5))])
    assert row.kwh_per_kg is None
    assert row.scrap.labels == 5
    assert "kwh_per_kg" not in row.as_json()


def test_beside_a_median_stands_how_many_labels_have_it():
    """Labels without the figure are counted as labels, not as figures."""
    (row,) = told([fact(0, ratio=None), *(fact(number) for number in range(6))])
    assert (row.labels, row.ratio.labels) == (7, 6)


def test_figures_are_too_coarse_to_be_anyones_own():
    """Two digits: the exact figure of the middle producer is not given away."""
    (row,) = told([fact(number, kwh_per_kg=4.2344 + number / 1000) for number in range(5)])
    assert row.kwh_per_kg.median == "4.2"


@pytest.mark.parametrize(("value", "text"), [(0.0, "0"), (0.0123456, "0.012"), (155.0, "160"), (1.0, "1")])
def test_figures_are_written_plainly(value, text):
    """Two digits of any size, without exponent."""
    (row,) = told([fact(number, ratio=value) for number in range(5)])
    assert row.ratio.p25 == row.ratio.median == row.ratio.p75 == text


@given(facts)
def test_rows_add_up_to_the_labels_that_are_told(found):
    """Each row has its grades and at least five producers; together they count no label twice."""
    table = told(found)
    assert all(sum(row.grades.values()) == row.labels for row in table)
    assert all(row.producers >= FEWEST for row in table)
    assert sum(row.labels for row in table) <= len(found)
    for row in table:
        for spread in (row.kwh_per_kg, row.scrap, row.ratio):
            assert spread is None or float(spread.p25) <= float(spread.median) <= float(spread.p75)
