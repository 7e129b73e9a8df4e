"""Files are opened with what was answered about them, and with what they tell of each other."""

import hashlib
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from label_service.errors import UnreadableFile
from label_service.examples import FOLDER
from label_service.proposal import Proposal, declare, field_of, open_source, open_sources, propose
from label_service.readers import ReadingOptions
from label_service.verify.reread import reread
from tests.proposal.samples import PROFILES, RELEASE, question

TABLE = "Zeit;Stand\n02.11.2026 08:00;100,5\n02.11.2026 09:00;200,5\n02.11.2026 10:00;300,5\n"
ANSWERS = {"at_column": "zeit", "value_column": "stand", "unit": "Wh", "zone": "Europe/Berlin"}


def digest_of(path: Path) -> str:
    """Give the SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def answered(path: Path, **answers: str) -> dict[str, str]:
    """Give answers about a file under the names of its questions."""
    return {field_of(option, digest_of(path)): text for option, text in answers.items()}


@pytest.fixture
def table(tmp_path):
    """Give a series of readings with columns of its own."""
    path = tmp_path / "meter.csv"
    path.write_text(TABLE)
    return path


def job(place: int, name: str, status: str = "completed", mm: int = 1000) -> dict:
    """Give a job of half an hour, an hour after the one before."""
    start = 1_793_606_400 + 3600 * place
    taken = {"filename": name, "status": status, "filament_used": float(mm)}
    times = {"start_time": start, "end_time": start + 1800, "print_duration": 1800.0, "total_duration": 1800.0}
    plan = {"metadata": {"filament_total": 1000.0, "filament_weight_total": 3.0, "filament_type": "PLA"}}
    return {"job_id": str(place), **taken, **times, **plan}


def history(folder: Path, *jobs: dict) -> Path:
    """Write a history."""
    path = folder / "history.json"
    path.write_text(json.dumps({"jobs": list(jobs)}))
    return path


def opened(*paths: Path, **answers: str):
    """Open files with answers by field."""
    return open_sources(((path.name, path) for path in paths), answers)


def proposed(*paths: Path, **answers: str) -> Proposal:
    """Propose what files say with answers by field."""
    return propose(opened(*paths, **answers), PROFILES, answers, RELEASE)


def test_a_file_that_needs_an_answer_is_kept_and_asked(table):
    """What a file leaves open is a question about this file; until then it says nothing and nothing can be declared."""
    found = proposed(table)
    asked = [item for item in found.questions if item.file]
    assert [item.field.partition(":")[0] for item in asked] == ["at_column", "value_column"]
    assert asked[0].choices == (("zeit", "zeit"),)
    assert all(item.is_open for item in asked)
    assert found.energy is None
    assert found.photos == (), "a file that waits for an answer is no photo of a scale"
    assert not found.is_complete


def test_answers_are_taken_and_stay_visible(table):
    """With its answers the file is read, and each answer stays in its field to be corrected."""
    found = proposed(table, **answered(table, **ANSWERS))
    assert found.energy.text == "0.2"
    values = {item.field.partition(":")[0]: item.value for item in found.questions if item.file}
    assert values == ANSWERS | {"start": "", "end": ""}


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"zone": "Mars/Base"}, "expected a time zone"),
        ({"unit": "lb"}, "unit of energy"),
        ({"start": "2026-11-02 07:00", "end": "2026-11-02 09:00"}, "none before"),
        ({"start": "2026-11-02 08:00"}, "expected a time"),
        ({"channel": "x" * 400}, "channel: String should have at most"),
    ],
)
def test_a_wrong_answer_is_said_at_its_question(table, wrong, words):
    """An answer with which a file cannot be read is asked again, with the reason, and nothing is declared."""
    found = proposed(table, **answered(table, **ANSWERS | wrong))
    problems = [item.problem for item in found.questions if item.file and item.problem]
    assert len(problems) <= 1
    assert not found.is_complete
    assert words in found.files[0].problem


def test_an_answer_about_another_file_changes_nothing(table, tmp_path):
    """Answers belong to one file by its digest."""
    other = tmp_path / "other.csv"
    other.write_text(TABLE + "02.11.2026 11:00;400,5\n")
    found = opened(table, other, **answered(table, **ANSWERS))
    assert found[0].reading
    assert found[1].reading is None


def test_a_file_that_asks_nothing_takes_no_answers():
    """A sliced file is read as it is, whatever a form sends about it."""
    path = FOLDER / "hook" / "hook.gcode"
    assert open_source(path, answers=answered(path, jobs="x")).options.is_empty


def test_a_sliced_file_names_its_jobs_in_a_history(tmp_path):
    """Of a printer's history the jobs of the dropped file are chosen, with the tries before them; it can be changed."""
    sliced = FOLDER / "hook" / "hook.gcode"
    tried = job(1, "hook.gcode", "cancelled", 200)
    record = history(tmp_path, job(0, "box.gcode"), tried, job(2, "dir/hook.gcode"), job(3, "x.gcode"))
    found = proposed(sliced, record)
    jobs, elsewhere = (question(found, field_of(name, digest_of(record))) for name in ("jobs", "failed_elsewhere"))
    assert (jobs.value, jobs.chosen, jobs.is_open) == ("2", frozenset({"2"}), False)
    assert [key for key, _ in elsewhere.choices] == ["1"]
    assert found.gross.text == "0.0036", "the cancelled try is scrap"
    other = proposed(sliced, record, **answered(record, jobs="0,3"))
    assert question(other, field_of("jobs", digest_of(record))).value == "0,3"
    assert other.gross.text == "0.0066"


def test_jobs_of_several_files_must_be_chosen(tmp_path):
    """A history of many products is not one batch until somebody says which jobs are."""
    record = history(tmp_path, job(0, "a.gcode"), job(1, "b.gcode"))
    assert question(proposed(record), field_of("jobs", digest_of(record))).is_open
    same = history(tmp_path, job(0, "a.gcode"), job(1, "a.gcode"))
    found = question(proposed(same), field_of("jobs", digest_of(same)))
    assert (found.value, found.is_open) == ("0,1", False)


def test_a_history_cuts_the_series_of_a_meter(tmp_path):
    """A meter that logs all day counts for the time of the jobs, where nothing else is said."""
    meter = tmp_path / "day.csv"
    rows = "".join(f"2026-11-02T{hour:02}:00:00Z,{hour},kWh\n" for hour in range(6, 20))
    meter.write_text(f"at,value,unit\n{rows}")
    record = history(tmp_path, job(0, "a.gcode"), job(1, "a.gcode"))
    found = opened(meter, record)
    assert (found[0].options.start, found[0].options.end) == ("2026-11-02T08:00:00Z", "2026-11-02T09:30:00Z")
    assert propose(found, PROFILES, {}, RELEASE).energy.text == "2"
    said = opened(meter, record, **answered(meter, start="2026-11-02T08:00:00Z", end="2026-11-02T12:00:00Z"))
    assert propose(said, PROFILES, {}, RELEASE).energy.text == "4"


def test_a_series_that_does_not_cover_the_jobs_stays_whole(tmp_path):
    """A suggestion that does not fit is not made; that the meter missed the jobs is said."""
    meter = tmp_path / "day.csv"
    meter.write_text("".join(["at,value,unit\n", *(f"2026-11-03T0{hour}:00:00Z,{hour},kWh\n" for hour in range(4))]))
    record = history(tmp_path, job(0, "a.gcode"), job(1, "a.gcode"))
    found = propose(opened(meter, record), PROFILES, {}, RELEASE)
    assert found.energy.text == "3"
    assert any("day.csv reads from" in item.words for item in found.conflicts)


def test_two_readings_of_a_plug_are_one_energy(tmp_path):
    """The status of a plug before and after a job gives metered energy, and both files are its evidence."""
    paths = []
    for name, total, at in (("before.json", 7258.5, 1_793_606_400), ("after.json", 7514.5, 1_793_611_860)):
        paths.append(tmp_path / name)
        paths[-1].write_text(json.dumps({"switch:0": {"aenergy": {"total": total}}, "sys": {"unixtime": at}}))
    found = proposed(*reversed(paths))
    assert found.energy.text == "0.256"
    assert found.energy.entry()["evidence"] == [digest_of(path) for path in paths]
    assert "before.json and after.json" in found.energy.words
    assert not any("second one" in warning for warning in found.warnings)
    assert any("second one" in warning for warning in proposed(paths[0]).warnings)


def test_answers_go_with_the_evidence_and_an_auditor_reads_the_same(table):
    """Declared, kept, read again: the same facts, by the same answers."""
    photo = table.with_name("scale.jpg")
    photo.write_bytes(b"\xff\xd8\xff\xe0" + bytes(20))
    record = history(table.parent, job(0, "a.gcode"), job(1, "b.gcode", "cancelled"), job(2, "a.gcode"))
    about = {**answered(table, **ANSWERS), **answered(record, jobs="2", failed_elsewhere="1")}
    batch = {"product": "hook", "quantity": "4", "net": "2", "day": "2026-11-02", "machine": "printer", "lot": "pla"}
    files = opened(table, photo, record, **about)
    made = declare(propose(files, PROFILES, batch | about, RELEASE), PROFILES, RELEASE, salt="5a" * 16)
    kept = {item.name: item for item in made.evidence}
    assert kept["meter.csv"].options == ReadingOptions(**ANSWERS)
    assert kept["history.json"].options == ReadingOptions(jobs=(2,), failed_elsewhere=(1,))
    assert kept["scale.jpg"].options is None
    again = reread(made, {file.digest: table.parent / file.name for file in files})
    assert [item.reading for item in again] == [file.reading for file in files if file.reading]


@given(st.dictionaries(st.sampled_from(list(ReadingOptions.model_fields)), st.text(max_size=30)))
def test_any_answer_ends_in_a_reading_or_a_question(tmp_path_factory, answers):
    """Whatever is typed, the file is read or asked about again; nothing breaks."""
    path = tmp_path_factory.getbasetemp() / "any.csv"
    path.write_text(TABLE)
    found = propose(opened(path, **answered(path, **answers)), PROFILES, {}, RELEASE)
    assert found.files[0].reading or found.files[0].problem


def test_a_file_that_no_answer_opens_is_refused(tmp_path):
    """A file no reader reads stays an error, and a missing one too."""
    path = tmp_path / "notes.txt"
    path.write_text("printed on Friday")
    for place in (path, tmp_path / "missing"):
        with pytest.raises(UnreadableFile):
            open_source(place)
