"""Assessing everything again: to the digit what the method gives, nothing changed, taken up after a crash."""

import csv
import json
import multiprocessing
import os
import signal
import time
from collections import Counter

import pytest
from sqlmodel import select

from label_service import canonical
from label_service.assessment import assess
from label_service.errors import Conflict
from label_service.factors.release import load_folder, load_release
from label_service.inventory.build import build_inventory
from label_service.issuance.reassessing import Reassessor, kept_between
from label_service.issuance.reassessment import reassess
from label_service.store.database import reading, transaction
from label_service.store.tables import DeclarationRow, LabelRow
from tests import examples
from tests.issuance.declared import kept, varied
from tests.issuance.releasing import dearer_plastic, release_folder
from tests.stage import Stage


def on(done, total):
    """Go on."""
    return True


@pytest.fixture
def newer(tmp_path):
    """Give a release in which PLA weighs more."""
    return dearer_plastic(tmp_path / "2026.12.0")


def changes_of(stage: Stage, release):
    """Assess everything in this process; give the changes by declaration and the counts."""
    tally, reassessor = Counter(), Reassessor(release)
    with reading(stage.scheme.bench.engine) as session:
        found = {row.id: reassessor.compare(session, row, tally) for row in kept_between(session, "0", "g")}
    return found, tally


def test_every_change_is_what_assess_gives_to_the_digit(own_stage: Stage, newer):
    """For every product of the vectors the list says what a full assessment of the declaration says, digit by digit."""
    declared = list(varied(21))
    ids = kept(own_stage.scheme.bench.engine, declared)
    found, tally = changes_of(own_stage, newer)
    moved = 0
    for declaration, identifier in zip(declared, ids, strict=True):
        before = assess(build_inventory(declaration, examples.RELEASE, examples.RELEASE.digest), examples.RELEASE)
        after = assess(build_inventory(declaration, newer, newer.digest), newer)
        if (before.grade, before.score) == (after.grade, after.score):
            assert found[identifier] is None
            continue
        moved += 1
        for told, of in ((found[identifier]["before"], before), (found[identifier]["after"], after)):
            assert told["grade"] == (of.grade or "none")
            assert told.get("score") == of.score
            assert (told["ratio"], told["bound"]) == (of.graded().ratio.median, of.graded().ratio.p95)
            assert told["kgco2e"] == of.product.kgco2e.median
    assert moved
    assert tally["sum", "score"] >= moved


def test_the_rows_behind_a_change_are_named(own_stage: Stage, tmp_path):
    """Of two changed rows that a product uses, the one that changes its letter by itself is named."""
    cells = {
        ("materials.csv", "id", "pla"): {"kgco2e_per_kg_virgin": "6"},
        ("transport.csv", "mode", "van-average"): {"source_locator": "read again"},
    }
    newer = load_folder(release_folder(tmp_path / "two", "2026.12.0", cells))
    (hooks,) = kept(own_stage.scheme.bench.engine, varied(1, [examples.hooks]))
    found, _ = changes_of(own_stage, newer)
    assert found[hooks]["rows"] == ["materials/pla", "transport/van-average"]
    assert found[hooks]["alone"] == ["materials/pla"]


def test_what_can_no_longer_be_assessed_is_said(own_stage: Stage, tmp_path):
    """A release that lacks a factor makes no grade up: the declaration is listed with what is missing."""
    gone = {("materials.csv", "id", "mdf"): {"kgco2e_per_kg_virgin": ""}}
    newer = load_folder(release_folder(tmp_path / "gone", "2026.12.0", gone))
    (panels,) = kept(own_stage.scheme.bench.engine, varied(1, [examples.panels]))
    found, tally = changes_of(own_stage, newer)
    assert "mdf" in found[panels]["problem"]
    problems = [change for change in found.values() if change and "problem" in change]
    assert tally["sum", "not assessed"] == len(problems) >= 1


def test_a_report_changes_nothing(own_stage: Stage, newer, tmp_path):
    """Processes read the database; report, list and table agree, and labels, trust list and log stay as they are."""
    scheme, engine = own_stage.scheme, own_stage.scheme.bench.engine
    kept(engine, varied(14))
    before = (scheme.register.current(), scheme.checkpoint_index())
    report = reassess(
        engine.url.render_as_string(hide_password=False), (load_release(), newer), tmp_path / "out", 2, on
    )
    assert (scheme.register.current(), scheme.checkpoint_index()) == before
    with reading(engine) as session:
        assert report["counts"]["all"] == len(session.exec(select(DeclarationRow.id)).all())
        assert report["counts"]["labels"] == len(session.exec(select(LabelRow.id)).all()) == 3
    assert report["counts"]["letter"] == sum(move["count"] for move in report["moves"] if move["from"] != move["to"])
    assert report["rows"][0]["cells"]["kgco2e_per_kg_virgin"] == {"before": "2.48", "after": "6"}
    assert canonical.decode((tmp_path / "out" / "report.json").read_bytes()) == report
    lines = (tmp_path / "out" / "changes.jsonl").read_text().splitlines()
    with (tmp_path / "out" / "changes.csv").open(newline="") as table:
        rows = list(csv.DictReader(table))
    assert [row["declaration"] for row in rows] == [json.loads(line)["declaration"] for line in lines]
    assert len(rows) == report["counts"]["score"]
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["changes.csv", "changes.jsonl", "report.json"]


def test_revoked_labels_and_refused_declarations_are_left_out(own_stage: Stage, newer):
    """Only what a label rests on, or may come to, is counted."""
    ids = kept(own_stage.scheme.bench.engine, varied(2))
    _, all_of_them = changes_of(own_stage, newer)
    with transaction(own_stage.scheme.bench.engine) as session:
        session.get(DeclarationRow, ids[0]).state = "refused"
        session.get(LabelRow, own_stage.labels["hook"]).is_revoked = True
    _, left = changes_of(own_stage, newer)
    assert (all_of_them["sum", "all"] - left["sum", "all"], all_of_them["sum", "labels"] - left["sum", "labels"]) == (
        2,
        1,
    )


def test_a_re_assessment_that_was_cut_off_goes_on(own_stage: Stage, newer, tmp_path):
    """Killed in the middle, it is started again: parts that are through are not done twice, and the report is whole."""
    engine = own_stage.scheme.bench.engine
    kept(engine, varied(60))
    url, folder = engine.url.render_as_string(hide_password=False), tmp_path / "out"

    def kill(done, total):
        (worker, *_) = multiprocessing.active_children()
        os.kill(worker.pid, signal.SIGKILL)
        return True

    with pytest.raises(Conflict, match="ended before its time"):
        reassess(url, (load_release(), newer), folder, 1, kill)
    through = {path: path.stat().st_mtime_ns for path in folder.glob("part-*.json")}
    assert 0 < len(through) < 256
    time.sleep(0.01)
    told = []
    report = reassess(url, (load_release(), newer), folder, 1, lambda done, total: told.append(done) or True)
    assert report["counts"]["all"] == 63
    assert told[len(through)] <= told[-1] == 63
    whole = reassess(url, (load_release(), newer), tmp_path / "whole", 1, on)
    assert whole == report
    assert (folder / "changes.jsonl").read_bytes() == (tmp_path / "whole" / "changes.jsonl").read_bytes()
