"""What the files of one batch say about each other: every disagreement names both sources."""

import json
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from label_service.proposal import SourceFile, disagreements
from label_service.readers import Fact, Reading, Source, Text
from tests.proposal.samples import PHOTO, file, meter

HOOK, METER = file("hook/hook.gcode"), file("hook/meter.json")
UNITS = {"filament_mass": "kg", "scrap_mass": "kg", "filament_length": "m", "print_duration": "h", "energy": "kWh"}


def record(name="history.json", times=(), **facts: str) -> SourceFile:
    """Give the record of a machine with some facts."""
    found = [
        Fact(
            quantity=quantity, value=value, unit=UNITS.get(quantity, "1"), basis="as_made", source=Source(key=quantity)
        )
        for quantity, value in facts.items()
    ]
    texts = [Text(quantity=quantity, value=at, source=Source(key=quantity)) for quantity, at in times]
    reading = Reading(kind="job-history", producer=None, importer="jobs", facts=tuple(found), texts=tuple(texts))
    return SourceFile(name, "0b" * 32, 900, reading)


def words(*files: SourceFile, net_kg: str | None = None) -> list[str]:
    """Give what disagrees, in words."""
    return [item.words for item in disagreements(files, Decimal(net_kg) if net_kg else None)]


def test_files_of_one_batch_that_agree_say_nothing():
    """The shipped hook: slicer, meter and photo fit together."""
    assert words(HOOK, METER, PHOTO, net_kg="0.2538") == []


def test_a_record_of_more_filament_than_the_slicer_planned_is_a_disagreement():
    """Length on the printer times the slicer's density and diameter, against the mass that would count."""
    planned = next(Decimal(fact.value) for fact in HOOK.reading.facts if fact.quantity == "filament_length")
    (found,) = words(HOOK, record(filament_length=str(planned * 2)))
    for part in (
        "0.25586 kg (estimated) from hook.gcode",
        "from history.json, filament_length",
        "density and diameter",
    ):
        assert part in found
    assert words(HOOK, record(filament_length=str(planned))) == []


def test_a_mass_that_does_not_fit_the_length_of_its_own_file_is_named():
    """A stated mass against length, diameter and density of the same file, as with a density that was made up."""
    facts = tuple(
        fact.model_copy(update={"value": "0.2"}) if fact.quantity == "filament_mass" else fact
        for fact in HOOK.reading.facts
    )
    light = SourceFile("light.gcode", "0d" * 32, 9, HOOK.reading.model_copy(update={"facts": facts}))
    (found,) = disagreements([light])
    assert (found.found, found.expected) == ("0.2 kg", "0.2559 kg")
    assert "light.gcode" in found.words


def test_failed_jobs_that_the_mass_does_not_count_are_named():
    """A record with failed jobs beside a slicer's mass: the failed ones took material that nobody counted."""
    (found,) = words(HOOK, record(failed_job_count="2"))
    assert "history.json has 2 failed jobs" in found
    assert "hook.gcode" in found
    assert words(HOOK, record(failed_job_count="0")) == []
    assert words(record(failed_job_count="2", filament_mass="0.3", scrap_mass="0.04"), net_kg="0.25") == []


def test_product_and_scrap_cannot_weigh_more_than_was_taken():
    """What the scale says and what failed jobs took, against the mass of the record."""
    (found,) = words(record(failed_job_count="2", filament_mass="0.3", scrap_mass="0.06"), net_kg="0.25")
    assert "0.25 kg of finished items" in found
    assert "0.06 kg (as_made) from history.json" in found


def test_a_meter_that_saw_less_than_the_job_is_named():
    """An hour on the meter cannot hold the energy of five hours on the machine."""
    (found,) = words(meter("plug", "0.2"), record(print_duration="5"))
    assert "1.5 h (metered) from plug.json" in found
    assert "5 h (as_made) from history.json" in found
    assert words(meter("plug", "0.2"), record(print_duration="1.5")) == []
    assert words(meter("one", "0.2"), meter("two", "0.2"), record(print_duration="3")) == []


def test_a_meter_of_another_day_is_named():
    """Readings have to lie around the jobs, but for the clocks of a workshop."""
    day = (("job_start", "2026-11-05T08:00:00Z"), ("job_end", "2026-11-05T09:00:00Z"))
    (found,) = words(meter("plug", "0.2"), record(times=day))
    assert "plug.json reads from 2026-11-02T08:00:00Z to 2026-11-02T09:30:00Z" in found
    assert "jobs of history.json ran from 2026-11-05T08:00:00Z" in found
    same = (("job_start", "2026-11-02T07:57:00Z"), ("job_end", "2026-11-02T09:33:00Z"))
    assert words(meter("plug", "0.2"), record(times=same)) == []


def test_densities_that_differ_decide_nothing():
    """Two spools of different density: no mass is computed from a length."""
    other = json.loads(HOOK.reading.model_dump_json())
    for fact in other["facts"]:
        if fact["quantity"] == "filament_density":
            fact["value"] = "1000"
    second = SourceFile("b.gcode", "0c" * 32, 9, Reading.model_validate_json(json.dumps(other)))
    found = words(HOOK, second, record(filament_length="9000"))
    assert not any("density and diameter" in text for text in found)


AMOUNTS = st.decimals("0.001", "100", places=3).map(lambda value: format(value.normalize(), "f"))


@given(st.dictionaries(st.sampled_from([*UNITS, "failed_job_count"]), AMOUNTS), AMOUNTS)
def test_every_disagreement_names_its_files(facts, net_kg):
    """Law: whatever a record says, a disagreement names it, and never divides by nothing."""
    for item in disagreements((HOOK, METER, record(**facts)), Decimal(net_kg)):
        assert "history.json" in item.words
        assert item.found
        assert item.expected


def runs_of_hook(*shares: float) -> SourceFile:
    """Give a record of runs of the hook, each of a share of its filament; less than half is a cancelled one."""
    (length_mm,) = (1000 * float(fact.value) for fact in HOOK.reading.facts if fact.quantity == "filament_length")
    jobs = [
        {
            "job_id": str(place),
            "filename": "dir/hook.gcode",
            "status": "completed" if share > 0.5 else "cancelled",
            "start_time": 1_793_606_400 + 8000 * place,
            "end_time": 1_793_612_000 + 8000 * place,
            "print_duration": 5133.0 * share,
            "total_duration": 5200.0 * share,
            "filament_used": length_mm * share,
            "metadata": {"filament_total": length_mm, "filament_weight_total": 255.86},
        }
        for place, share in enumerate(shares)
    ]
    return file("history.json", json.dumps({"jobs": jobs}).encode())


def test_a_forecast_counts_for_every_finished_run():
    """Three prints of one sliced file and a failed try are what a slicer forecast three times, and its scrap."""
    assert words(HOOK, runs_of_hook(1, 0.3, 1, 1)) == []
    assert any("in 2 runs" in text for text in words(HOOK, runs_of_hook(1, 0.6)))
