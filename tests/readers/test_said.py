"""What a file leaves open is asked, with the answers there are; what it says itself is never asked."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from label_service.errors import UnreadableFile
from label_service.examples import FOLDER
from label_service.readers import Reading, ReadingOptions, Unsaid, read

SAMPLES = Path(__file__).parent / "samples"
TABLE = b"Zeit;Stand;Ort\n02.11.2026 08:00;100,5;x\n02.11.2026 09:00;200,5;x\n02.11.2026 10:00;300,5;x\n"
MOONRAKER = json.loads((SAMPLES / "moonraker.json").read_bytes())["result"]["jobs"]


def asked(data: bytes, **options: Any) -> dict[str, Unsaid]:
    """Give what a file leaves open, whether it can be read or not."""
    try:
        unsaid = read(data, options=ReadingOptions(**options)).unsaid
    except UnreadableFile as error:
        unsaid = error.unsaid
    return {item.option: item for item in unsaid}


def values(found: Unsaid) -> list[str]:
    """Give the answers there are."""
    return [choice.value for choice in found.choices]


def test_a_table_of_other_columns_is_asked_about_step_by_step() -> None:
    """First its columns, of which only those come into question that hold times and numbers; then unit and zone."""
    first = asked(TABLE)
    assert values(first["at_column"]) == ["zeit"]
    assert values(first["value_column"]) == ["stand"]
    columns = {"at_column": "zeit", "value_column": "stand"}
    assert "kWh" in values(asked(TABLE, **columns)["unit"])
    assert "zone" in asked(TABLE, **columns, unit="Wh")
    done = asked(TABLE, **columns, unit="Wh", zone="Europe/Berlin")
    assert [name for name, item in done.items() if item.is_needed] == ["at_column", "value_column", "unit", "zone"]
    assert [name for name, item in done.items() if not item.is_needed] == ["start", "end"]


def test_an_answered_question_stays_so_that_it_can_be_corrected() -> None:
    """A wrong column is asked again with the same choices."""
    again = asked(TABLE, at_column="ort", value_column="stand", unit="Wh", zone="+01:00")
    assert values(again["at_column"]) == ["zeit"]


@pytest.mark.parametrize("name", ["hook/hook.gcode", "hook/meter.json", "box/meter.json"])
def test_a_file_that_says_everything_is_asked_nothing(name: str) -> None:
    """Sliced files and readings with time and unit leave nothing open."""
    assert asked((FOLDER / name).read_bytes()) == {}


def test_several_sockets_are_offered() -> None:
    """The channels of a device are the choices, and their sum."""
    data = json.dumps({"em1data:0": {"total_act_energy": 1000}, "em1data:1": {"total_act_energy": 500}}).encode()
    assert values(asked(data)["channel"]) == ["em1data:0", "em1data:1", "all"]


def test_several_entities_are_offered() -> None:
    """A history of Home Assistant is asked for the entity and its unit."""
    data = b"entity_id,state,last_changed\nsensor.a,1,2026-11-02T08:00:00Z\nsensor.b,2,2026-11-02T09:00:00Z\n"
    assert values(asked(data)["channel"]) == ["sensor.a", "sensor.b"]
    assert "unit" in asked(data, channel="sensor.a")


def test_a_drawing_without_a_size_is_asked_for_its_unit() -> None:
    """A page in px may be of any program; one in mm says it itself."""
    page = '<svg xmlns="http://www.w3.org/2000/svg" width="100" height="50"><path d="M0 0h90" stroke="red"/></svg>'
    found = asked(page.encode())["unit"]
    assert not found.is_needed
    assert {"mm", "in", "px", "px90", "pt"} <= set(values(found))
    reading = read(page.encode(), options=ReadingOptions(unit="px90"))
    assert reading.facts[0].value == "0.0254"
    assert "unit" not in asked(page.replace('"100"', '"100mm" viewBox="0 0 100 50"').replace('"50"', '"50mm"').encode())


def test_two_energies_of_a_job_are_offered() -> None:
    """Printer and dryer on two sensors: the machine's is chosen."""
    two = [{"name": name, "value": 0.2, "units": "kWh"} for name in ("plug", "dryer")]
    data = json.dumps({"job": MOONRAKER[0] | {"auxiliary_data": two}}).encode()
    assert values(asked(data)["channel"]) == ["plug", "dryer"]


def test_the_zone_of_a_printer_is_asked_but_may_stay_open() -> None:
    """OctoPrint's times lack a zone; the jobs count without it."""
    found = asked((SAMPLES / "octoprint.csv").read_bytes())["zone"]
    assert not found.is_needed


def test_a_long_series_is_asked_for_the_time_of_the_job() -> None:
    """Of a day of readings only the job counts, where a person says when it was."""
    rows = "".join(f"2026-11-02T{hour:02}:00:00Z,{hour},kWh\n" for hour in range(8, 12))
    found = asked(f"at,value,unit\n{rows}".encode())
    assert set(found) == {"start", "end"}
    assert not any(item.is_needed for item in found.values())


# jobs


def history(*ends: str, files: str = "a" * 100) -> bytes:
    """Give a history of jobs: each letter a file, each end `ok` or `no`, an hour apart, 1000 mm of filament each."""
    jobs = [
        {
            "job_id": str(place),
            "filename": f"{name}.gcode",
            "status": "completed" if end == "ok" else "cancelled",
            "start_time": 1_793_606_400 + 3600 * place,
            "end_time": 1_793_608_200 + 3600 * place,
            "print_duration": 1800.0,
            "total_duration": 1800.0,
            "filament_used": 1000.0,
        }
        for place, (end, name) in enumerate(zip(ends, files, strict=False))
    ]
    return json.dumps({"jobs": jobs}).encode()


def counted(data: bytes, **options: Any) -> tuple[str, str]:
    """Give how many jobs count, and how many of them failed."""
    found = {fact.quantity: fact.value for fact in read(data, options=ReadingOptions(**options)).facts}
    return found["job_count"], found["failed_job_count"]


def test_chosen_jobs_bring_the_failed_ones_among_and_beside_them() -> None:
    """The tries before a print, and those after it, are its scrap; those of another product's print are not."""
    ends = ("ok", "no", "ok", "no", "no", "ok", "no", "ok", "no")
    #        0     1     2     3     4     5     6     7     8
    assert counted(history(*ends), jobs=(2,)) == ("4", "3")  # 1, 3 and 4
    assert counted(history(*ends), jobs=(2, 5)) == ("6", "4")  # 1, 3, 4 and 6
    assert counted(history(*ends), jobs=(7,)) == ("3", "2")  # 6 and 8
    assert counted(history(*ends), jobs=(0, 7)) == ("7", "5")  # all failed ones
    assert counted(history(*ends)) == ("9", "5")


def test_failed_jobs_are_left_out_only_by_name_and_that_is_said() -> None:
    """Leaving a failed job out is possible, never by itself, and the reading says which."""
    data = history("no", "ok", "no", "ok")
    options = ReadingOptions(jobs=(1, 3), failed_elsewhere=(2,))
    reading = read(data, options=options)
    assert counted(data, jobs=(1, 3), failed_elsewhere=(2,)) == ("3", "1")
    assert any("job 3 failed among the jobs of this batch" in warning for warning in reading.warnings)
    assert counted(data, failed_elsewhere=(0, 2)) == ("2", "0")


@pytest.mark.parametrize(
    "options", [{"jobs": (9,)}, {"jobs": (0,)}, {"failed_elsewhere": (1,)}, {"failed_elsewhere": (9,)}]
)
def test_jobs_that_are_not_there_are_refused(options: dict[str, Any]) -> None:
    """A job of another record, a failed one as finished, or a finished one as failed is an error."""
    with pytest.raises(UnreadableFile, match="jobs of the record"):
        read(history("no", "ok"), options=ReadingOptions(**options))


def test_a_time_chooses_jobs_in_the_same_way() -> None:
    """Start and end choose the finished jobs between them; a try before the start is scrap all the same."""
    data = history("ok", "no", "ok", "ok")
    start = read(data).texts[0].value
    assert start == "2026-11-02T08:00:00Z"
    window = {"start": "2026-11-02T09:30:00Z", "end": "2026-11-02T10:30:00Z"}
    assert counted(data, **window) == ("2", "1")


def test_jobs_are_offered_with_what_people_know_of_them() -> None:
    """File, time, duration, mass and end of each finished job; the failed ones as scrap, of those that belong."""
    found = asked(history("no", "ok", "ok", files="aab"), jobs=(1,))
    assert values(found["jobs"]) == ["1", "2"]
    assert found["jobs"].choices[0].words == "a.gcode, 2026-11-02 09:00 UTC, 0.5 h, completed"
    assert values(found["failed_elsewhere"]) == ["0"]
    assert found["jobs"].is_needed, "jobs of several files are never taken for one batch in silence"
    assert not asked(history("ok", "ok"))["jobs"].is_needed
    assert asked(history("ok")) == {}


ENDS = st.lists(st.sampled_from(["ok", "no"]), min_size=2, max_size=12).filter(lambda ends: "ok" in ends)


@given(ENDS, st.data())
def test_choosing_more_jobs_never_hides_a_failed_one(ends: list[str], data: st.DataObject) -> None:
    """Law: every further finished job keeps all failed jobs that counted before it."""
    finished = [place for place, end in enumerate(ends) if end == "ok"]
    few = data.draw(st.lists(st.sampled_from(finished), min_size=1, unique=True))
    more = sorted({*few, *data.draw(st.lists(st.sampled_from(finished), unique=True))})
    failed = [int(counted(history(*ends), jobs=tuple(sorted(jobs)))[1]) for jobs in (few, more)]
    assert failed[0] <= failed[1]
    assert failed[1] <= ends.count("no")


@given(ENDS)
def test_choosing_all_finished_jobs_is_choosing_nothing(ends: list[str]) -> None:
    """Law: all finished jobs bring all failed ones, so that picking only successful jobs gains nothing."""
    finished = tuple(place for place, end in enumerate(ends) if end == "ok")
    chosen, whole = (read(history(*ends), options=ReadingOptions(jobs=jobs)) for jobs in (finished, None))
    assert (chosen.facts, chosen.texts) == (whole.facts, whole.texts)


@given(st.text(max_size=200), st.text(max_size=60))
def test_any_text_is_asked_or_refused_by_name(text: str, head: str) -> None:
    """Whatever stands in a table, asking about it ends in a reading or a named error."""
    for data in (text.encode("utf-8", "replace"), f"{head};x\n2026-11-02 08:00;1\n{text}".encode("utf-8", "replace")):
        try:
            found = read(data)
        except UnreadableFile as error:
            assert error.detail  # noqa: PT017 - either outcome is right
        else:
            assert isinstance(found, Reading)
