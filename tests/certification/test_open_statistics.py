"""The monthly edition: what counts in it, what it does not give away, and that it costs no request anything."""

from datetime import timedelta

import pytest
from sqlmodel import select

from label_service.certification.open_statistics import OpenStatistics
from label_service.issuance.setup import Identity
from label_service.store.database import reading
from label_service.store.figure_tables import LabelFigure
from tests.crowd import crowd
from tests.databases import copy_installation
from tests.stage import NOON, Clock, Stage, example, found_stage, open_parts

IDENTITY = Identity("http://localhost:8000", "Test scheme", is_demo=False)


@pytest.fixture(scope="module")
def begun(tmp_path_factory):
    """Give a closed scheme with labels for hooks of six workshops in one district and of one elsewhere."""
    stage = found_stage(tmp_path_factory.mktemp("statistics") / "scheme", is_demo=False)
    crowd(stage)
    stage.scheme.close()
    return stage


@pytest.fixture
def stage(begun, tmp_path):
    """Give a copy of it, one month later, when its calendar has run."""
    copy_installation(begun.folder, tmp_path / "scheme")
    clock = Clock(NOON + timedelta(days=14))
    stage = Stage(tmp_path / "scheme", *open_parts(tmp_path / "scheme", IDENTITY, clock), clock, dict(begun.labels))
    stage.certification.open_statistics.keep_up()
    yield stage
    stage.scheme.close()


def a_month_later(stage):
    """Let the calendar run in the next month."""
    stage.clock.forward(days=31)
    stage.certification.open_statistics.keep_up()


def newest(stage):
    """Give the newest edition."""
    return OpenStatistics(stage.scheme).newest()[1]


def test_labels_are_read_once_with_figures_of_their_documents(stage):
    """Energy, scrap, ratio and grade are those that the inventory and assessment of the label show."""
    label = stage.scheme.labels.get(stage.labels["P1"])
    with reading(stage.scheme.bench.engine) as session:
        (row,) = session.exec(select(LabelFigure).where(LabelFigure.label_id == label.id)).all()
    step, line = example()["steps"][0], example()["materials"][0]
    assert row.kwh_per_kg == pytest.approx(float(step["energy"]["value"]) / float(line["gross"]["value"]))
    assert row.scrap == pytest.approx(1 - float(line["net"]["value"]) / float(line["gross"]["value"]))
    assert row.ratio == float(label.assessment.graded().ratio.median)
    assert (row.grade, row.country, row.region) == (label.assessment.grade, "DEU", "DE300")
    assert (row.material, row.year) == (line["material"], 2026)


def test_a_region_with_enough_producers_is_told(stage):
    """Six workshops in one district are a group; the workshop elsewhere is not told, not even as a rest."""
    (row,) = newest(stage).rows
    assert (row.country, row.region, row.labels, row.producers) == ("DEU", "DE300", 6, 6)
    assert row.kwh_per_kg.labels == 6
    assert "DE212" not in newest(stage).model_dump_json()


def test_an_edition_stays_as_it_is(stage):
    """What is issued within a month waits for the next edition, so that no label can be told by what changed."""
    before = stage.certification.open_statistics.newest()
    crowd(stage, names=("P8",), region="DE300")
    stage.clock.forward(days=5)
    stage.certification.open_statistics.keep_up()
    assert stage.certification.open_statistics.newest() == before
    a_month_later(stage)
    assert [(row.region, row.labels) for row in newest(stage).rows] == [("DE300", 7)]


def test_what_does_not_count_is_not_counted(stage):
    """Without revoked and suspended labels four workshops are left of a district: they are told with the country's."""
    for name, action in (("P1", "revoke"), ("P2", "suspend")):
        stage.scheme.states.change(stage.labels[name], action, reason="precaution", text="Wrong material.")
    a_month_later(stage)
    assert [(row.country, row.region, row.labels) for row in newest(stage).rows] == [("DEU", "", 5)]
    stage.scheme.states.change(stage.labels["P3"], "revoke", reason="precaution", text="Wrong material.")
    a_month_later(stage)
    assert newest(stage).rows == ()


def test_a_label_of_a_compromised_key_is_not_counted(stage):
    """What was logged after a key was lost says nothing, here of all seven workshops."""
    keys = stage.scheme.register.current().issuer(stage.scheme.identity.did).keys
    stage.scheme.register.rotate("label")
    stage.scheme.register.compromise(next(key.kid for key in keys if key.use == "label"), 0)
    a_month_later(stage)
    assert newest(stage).rows == ()


def test_before_the_first_edition_there_is_none(tmp_path):
    """A new installation has no statistics, and the first is made when its calendar first runs."""
    stage = found_stage(tmp_path / "new")
    assert OpenStatistics(stage.scheme).newest() is None
    OpenStatistics(stage.scheme).keep_up()
    edition = newest(stage)
    assert (edition.month, edition.rows, edition.demo) == ("2026-11", (), True)
    stage.scheme.close()
