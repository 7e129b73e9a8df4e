"""Records of jobs: Moonraker's history and that of OctoPrint's plugin."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from label_service.errors import UnreadableFile
from label_service.readers import Reading, ReadingOptions, read

SAMPLES = Path(__file__).parent / "samples"
HISTORY = (SAMPLES / "moonraker.json").read_bytes()
TABLE = (SAMPLES / "octoprint.csv").read_text()
SUMMED = ("filament_mass", "filament_length", "print_duration", "machine_duration", "energy")


def values(reading: Reading) -> dict[tuple[str, int | None], str]:
    """Give facts and texts by quantity and item."""
    return {(entry.quantity, entry.item): entry.value for entry in (*reading.facts, *reading.texts)}


def job(**members: Any) -> dict[str, Any]:
    """Give one job of Moonraker, with some members changed; None takes a member out."""
    found = json.loads(HISTORY)["result"]["jobs"][0] | members
    return {name: value for name, value in found.items() if value is not None}


def history(*jobs: dict[str, Any]) -> bytes:
    """Give a history."""
    return json.dumps(
        {"jobs": [found | {"job_id": str(place)} if "job_id" in found else found for place, found in enumerate(jobs)]}
    ).encode()


def energy(value: Any, units: str | None = "kWh", name: str = "energy") -> list[dict[str, Any]]:
    """Give what a sensor noted."""
    return [{"provider": "sensor plug", "name": name, "value": value, "units": units}]


def test_a_history_gives_mass_time_and_metered_energy() -> None:
    """All jobs that ended count; the failed one is in the sums and is the scrap."""
    reading = read(HISTORY)
    assert reading.kind == "job-history"
    assert reading.importer == "jobs-moonraker"
    assert reading.missing == ()
    found = values(reading)
    # 23.4 g x 7830.25 mm / 7801.4 mm = 23.487 g, twice, and 23.4 g x 390.07 mm / 7801.4 mm = 1.17 g of scrap
    assert found["filament_mass", None] == "0.048144"
    assert found["scrap_mass", None] == "0.00117"
    assert found["filament_length", None] == "16.05057"
    assert found["scrap_length", None] == "0.39007"
    assert found["energy", None] == "0.529"
    assert found["machine_duration", None] == "3.150138888889"
    assert found["scrap_duration", None] == "0.1"
    assert (found["job_count", None], found["failed_job_count", None]) == ("3", "1")
    assert found["filament_mass", 1] == "0.00117"
    assert found["energy", 0] == "0.2563"
    assert found["material_name", None] == "PLA"
    assert (found["job_start", None], found["job_end", None]) == ("2026-11-02T08:00:00Z", "2026-11-02T11:31:00Z")
    assert (found["job_file", 1], found["job_status", 1]) == ("hook.gcode", "cancelled")
    assert {fact.basis for fact in reading.facts} == {"as_made", "metered"}
    assert {fact.quantity for fact in reading.facts if fact.basis == "metered"} == {"energy"}
    assert "1 of 3 jobs failed" in reading.warnings[0]


def test_every_fact_names_its_member() -> None:
    """An auditor finds each number by its path in the file."""
    sources = {(fact.quantity, fact.item): fact.source.key for fact in read(HISTORY).facts}
    assert sources["energy", 1] == "/result/jobs/1/auxiliary_data/0/value"
    assert sources["filament_length", None] == "/result/jobs/0/filament_used + ... + /result/jobs/2/filament_used"
    assert sources["filament_mass", 2] == "/result/jobs/2: filament_used x filament_weight_total / filament_total"


@pytest.mark.parametrize(
    "document",
    [{"result": {"job": job()}}, {"job": job()}, job(), [job()], {"count": 1, "jobs": [job()]}, {"jobs": [job()]}],
)
def test_one_job_is_read_in_every_shape(document: Any) -> None:
    """The answers for a list and for a single job, with and without envelope; one job has no items."""
    reading = read(json.dumps(document).encode())
    assert values(reading)["energy", None] == "0.2563"
    assert values(reading)["job_file", None] == "hook.gcode"
    assert {fact.item for fact in reading.facts} == {None}


def test_a_finished_job_without_filament_leaves_the_sum_open() -> None:
    """0 mm for a finished print was not counted (only the second extruder printed): missing, not zero."""
    reading = read(history(job(), job(filament_used=0.0)))
    found = values(reading)
    assert ("filament_length", None) not in found
    assert ("filament_mass", None) not in found
    assert found["filament_length", 0] == "7.83025"
    assert ("filament_length", 1) not in found
    assert {"filament_length", "filament_mass"} <= set(reading.missing)
    assert any("job 2 ended well with 0 mm" in warning for warning in reading.warnings)
    assert found["energy", None] == "0.5126"


@pytest.mark.parametrize("used", [0, 0.0, -0.8])
def test_a_job_stopped_before_the_first_filament_used_none(used: float) -> None:
    """A job that was stopped while heating up has used no filament; that is said, and its energy counts."""
    stopped = job(filament_used=used, status="cancelled", print_duration=0.0, auxiliary_data=energy(0.01))
    reading = read(history(job(), stopped))
    assert values(reading)["filament_length", None] == "7.83025"
    assert values(reading)["energy", None] == "0.2663"
    assert ("scrap_mass", None) not in values(reading)
    assert any("job 2 stopped before anything was used" in warning for warning in reading.warnings)


def test_a_second_extruder_that_is_not_counted_is_noticed() -> None:
    """Far less filament than the slicer planned is said."""
    reading = read(history(job(filament_used=3000.0)))
    assert any("3000 mm of the 7801 mm" in warning for warning in reading.warnings)


@pytest.mark.parametrize(
    "metadata", [None, {}, {"filament_total": 7801.4}, {"filament_total": 0, "filament_weight_total": 23}]
)
def test_without_a_planned_mass_there_is_none(metadata: dict[str, Any] | None) -> None:
    """The mass follows from the slicer's mass for the planned length; without it, it is missing."""
    reading = read(history(job(metadata=metadata)))
    assert ("filament_mass", None) not in values(reading)
    assert "filament_mass" in reading.missing
    assert values(reading)["filament_length", None] == "7.83025"


@pytest.mark.parametrize(
    ("listed", "expected"),
    [
        (energy(256.3, "Wh"), "0.2563"),
        (energy(922680, "J"), "0.2563"),
        (energy(0.30000000000000004), "0.3"),
        (energy(1.2, "A"), None),
        (energy(0.2, None), None),
        (energy([0.1, 0.2]), None),
        (energy(None), None),
        (energy(0), None),
        (energy(1234.5), None),
        (energy("0.25"), "0.25"),
        ([], None),
        (None, None),
        ("text", None),
    ],
)
def test_energy_needs_a_unit_and_a_possible_value(listed: Any, expected: str | None) -> None:
    """The unit decides; zero, lists and the reading of the counter itself are no energy of the job."""
    reading = read(history(job(auxiliary_data=listed)))
    assert values(reading).get(("energy", None)) == expected
    assert ("energy" in reading.missing) == (expected is None)


def test_more_energy_than_the_rated_power_gives_is_not_taken() -> None:
    """0.2563 kWh in 1.52 h are more than 100 W."""
    options = ReadingOptions(rated_power_w="100")
    assert "energy" in read(history(job()), options=options).missing
    assert "energy" not in read(history(job()), options=ReadingOptions(rated_power_w="200")).missing


def test_of_two_meters_one_must_be_named() -> None:
    """Two energies are not added up: printer and dryer, or twice the same."""
    listed = energy(0.2) + energy(0.3, name="dryer")
    reading = read(history(job(auxiliary_data=listed)))
    assert "energy" in reading.missing
    assert any("energy, dryer" in warning for warning in reading.warnings)
    assert (
        values(read(history(job(auxiliary_data=listed)), options=ReadingOptions(channel="dryer")))["energy", None]
        == "0.3"
    )


def test_jobs_are_cut_to_the_batch() -> None:
    """With start and end, the jobs that start in between count, under the place they have in the file."""
    options = ReadingOptions(start="2026-11-02T08:30:00Z", end="2026-11-02T12:00:00Z")
    found = values(read(HISTORY, options=options))
    assert found["energy", None] == "0.278"
    assert found["job_count", None] == "2"
    assert found["energy", 1] == "0.0217"
    assert ("energy", 2) not in found
    with pytest.raises(UnreadableFile, match="found none"):
        read(HISTORY, options=ReadingOptions(start="2025-01-01T00:00:00Z", end="2025-01-02T00:00:00Z"))


def test_a_running_job_is_left_out() -> None:
    """What has not ended is no record yet."""
    reading = read(history(job(), job(status="in_progress")))
    assert values(reading)["job_count", None] == "1"
    assert "still running" in reading.warnings[0]
    with pytest.raises(UnreadableFile, match="has ended"):
        read(history(job(status="in_progress")))


def test_jobs_of_several_files_are_pointed_out() -> None:
    """A history holds all that the printer made; the batch is chosen by its time."""
    reading = read(history(job(), job(filename="box.gcode")))
    assert any("2 files" in warning for warning in reading.warnings)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (json.dumps({"jobs": [job(), job()]}).encode(), "stands twice"),
        (history(job(), job(status=None)), "status"),
        (json.dumps({"jobs": [job(), 7]}).encode(), "expected a job"),
        (history(*[job()] * 1001), "at most 1000 jobs"),
        (b'{"jobs":[]}', "other JSON"),
        (b'{"result":{"jobs":[{"filename":"a"}]}}', "other JSON"),
    ],
)
def test_histories_that_prove_nothing_are_refused(data: bytes, message: str) -> None:
    """Doubled jobs, jobs without an end and other JSON are named."""
    with pytest.raises(UnreadableFile, match=message) as caught:
        read(data)
    assert caught.value.hint


JOB = st.fixed_dictionaries(
    {
        "status": st.sampled_from(["completed", "cancelled", "error", "klippy_shutdown"]),
        "filament_used": st.integers(100, 10**6).map(lambda n: n / 100),
        "print_duration": st.integers(1, 10**6),
        "total_duration": st.integers(1, 10**6),
        "auxiliary_data": st.integers(1, 5).map(lambda n: energy(n / 10**6)),
    }
)


@given(st.lists(JOB, min_size=2, max_size=6))
def test_jobs_add_up(jobs: list[dict[str, Any]]) -> None:
    """The whole is the sum of its jobs, scrap is a part of it, and the order does not matter."""
    reading = read(history(*(job(**members) for members in jobs)))
    for quantity in SUMMED:
        parts = [Decimal(fact.value) for fact in reading.facts if fact.quantity == quantity and fact.item is not None]
        whole = next(Decimal(fact.value) for fact in reading.facts if fact.quantity == quantity and fact.item is None)
        assert abs(sum(parts) - whole) < Decimal("1e-10")
    totals = {key: value for key, value in values(reading).items() if key[1] is None}
    turned = values(read(history(*(job(**members) for members in reversed(jobs)))))
    assert {key: turned[key] for key in totals} == totals
    scrap = Decimal(totals.get(("scrap_mass", None), "0"))
    assert scrap <= Decimal(totals["filament_mass", None])


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=6),
    lambda children: (
        st.lists(children, max_size=3)
        | st.dictionaries(
            st.sampled_from(["job_id", "filament_used", "status", "metadata", "auxiliary_data", "value", "units"])
            | st.sampled_from(["jobs", "job", "result", "filament_total", "filament_weight_total", "filename"]),
            children,
            max_size=4,
        )
    ),
    max_leaves=10,
)


@given(st.dictionaries(st.sampled_from([*job(), "result", "jobs"]), JSON))
def test_any_job_ends_in_facts_or_a_named_error(members: dict[str, Any]) -> None:
    """Whatever stands in a job, there is no traceback and no zero."""
    try:
        reading = read(json.dumps({"jobs": [job() | members]}).encode())
    except UnreadableFile as error:
        assert error.hint  # noqa: PT017 - either outcome is right
    else:
        assert all(fact.value != "0" for fact in reading.facts if fact.unit != "1")


# OctoPrint


def test_a_table_of_jobs_is_read() -> None:
    """Mass, length and time add up; the cancelled job is scrap; times need the zone."""
    reading = read(TABLE.encode(), options=ReadingOptions(zone="Europe/Berlin"))
    found = values(reading)
    assert reading.importer == "jobs-octoprint"
    assert found["filament_mass", None] == "0.02451"
    assert found["scrap_mass", None] == "0.00116"
    assert found["filament_length", None] == "8.22"
    assert found["print_duration", None] == "1.618055555556"
    assert found["material_name", None] == "PLA"
    assert (found["job_start", None], found["job_end", None]) == ("2026-11-02T07:20:00Z", "2026-11-02T09:31:00Z")
    assert found["job_status", 1] == "canceled"
    assert reading.missing == ("energy",)
    assert next(fact for fact in reading.facts if fact.item == 1).source.line == 3


def test_times_without_zone_are_left_out() -> None:
    """Without the zone the jobs count, but their times are not guessed, and no time can be cut out."""
    reading = read(TABLE.encode())
    assert ("job_start", None) not in values(reading)
    assert any("time zone" in warning for warning in reading.warnings)
    with pytest.raises(UnreadableFile, match="without"):
        read(TABLE.encode(), options=ReadingOptions(start="2026-11-02T07:00:00Z", end="2026-11-02T08:00:00Z"))


def test_semicolons_and_decimal_commas() -> None:
    """A table that went through a German spreadsheet says the same, with a byte order mark and CRLF."""
    german = TABLE.replace('","', '";"').replace("7830.00", "7830,00").replace("23.35", "23,35").replace("\n", "\r\n")
    options = ReadingOptions(zone="+01:00")
    assert read(b"\xef\xbb\xbf" + german.encode(), options=options).facts == read(TABLE.encode(), options=options).facts


def test_rows_that_stand_twice_count_once() -> None:
    """The plugin exports rows twice now and then."""
    head, first, second = TABLE.splitlines()
    reading = read(f"{head}\n{first}\n{first}\n{second}".encode())
    assert values(reading)["job_count", None] == "2"
    assert any("twice" in warning for warning in reading.warnings)


def test_a_mass_that_is_not_stated_follows_from_length_diameter_and_density() -> None:
    """pi/4 x 1.75^2 mm2 x 7830 mm x 1.24 g/cm3 = 23.353 g; without density it is missing."""
    row = TABLE.splitlines()[:2]
    computed = read("\n".join(row).replace('"23.35"', '"0.00"').encode())
    assert values(computed)["filament_mass", None] == "0.023353"
    assert computed.facts[0].source.key == "Used Length [mm] x Diameter [mm] x Density [g/cm3]"
    missing = read("\n".join(row).replace('"23.35"', '"-"').replace('"1.24"', '"-"').encode())
    assert "filament_mass" in missing.missing


def test_a_mass_that_does_not_fit_its_length_is_said() -> None:
    """321 g of 7.8 m are no filament."""
    reading = read(TABLE.replace('"23.35"', '"321.00"').encode())
    assert any("do not fit" in warning for warning in reading.warnings)


def test_what_the_plugin_did_not_track_is_missing() -> None:
    """A dash is not zero, and the slicer's forecast beside it is not taken for it."""
    reading = read(TABLE.replace('"7830.00"', '"-"').replace('"23.35"', '"-"').encode())
    assert {"filament_length", "filament_mass"} <= set(reading.missing)
    assert ("print_duration", None) in values(reading)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('"success"', '"perhaps"', "print result"),
        (',"0.02"\n', "", "cut off"),
        ('"0.02"\n', '"0.0', "not CSV"),
        ("02.11.2026 09:00", "32.11.2026 09:00", "expected a time"),
    ],
)
def test_damaged_tables_are_refused(old: str, new: str, message: str) -> None:
    """An unknown result, a row without its end and an impossible day are named with their line."""
    with pytest.raises(UnreadableFile, match=message):
        read(TABLE.replace(old, new).encode(), options=ReadingOptions(zone="Europe/Berlin"))
