"""Readings of an energy meter."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from label_service.errors import UnreadableFile
from label_service.readers import Reading, read, read_path

EXAMPLES = Path(__file__).parents[2] / "label_service" / "examples"
START = datetime(2026, 11, 2, 8, tzinfo=UTC)


def document(*readings: tuple[str, Any], unit: Any = "kWh", **extra: Any) -> bytes:
    """Give readings as JSON."""
    entries = [{"at": at, "value": value} for at, value in readings]
    return json.dumps({"type": "meter-readings", "unit": unit, "readings": entries} | extra).encode()


def energy_kwh(reading: Reading) -> str:
    """Give the one amount of energy."""
    (fact,) = (fact for fact in reading.facts if fact.quantity == "energy")
    assert (fact.unit, fact.basis) == ("kWh", "metered")
    return fact.value


@pytest.mark.parametrize(("example", "kwh", "hours"), [("hook", "0.256", "1.516666666667"), ("box", "1.5", "1.25")])
def test_shipped_readings(example: str, kwh: str, hours: str) -> None:
    """The shipped readings give their difference, and say that they are invented."""
    reading, _ = read_path(EXAMPLES / example / "meter.json")
    assert energy_kwh(reading) == kwh
    assert {fact.quantity: fact.value for fact in reading.facts}["interval_duration"] == hours
    assert "DEMO DATA" in {text.quantity: text.value for text in reading.texts}["note"]


def test_csv_and_json_agree() -> None:
    """The same readings give the same energy in both spellings, with decimal comma, BOM and CRLF too."""
    rows = [("2026-11-02T08:00:00Z", "12.345"), ("2026-11-02T16:30:00Z", "12.601")]
    csv = "at,value,unit\n" + "".join(f"{at},{value},kWh\n" for at, value in rows)
    german = "\ufeffat;unit;value\r\n" + "".join(f"{at};kWh;{value.replace('.', ',')}\r\n" for at, value in rows)
    readings = [read(document(*rows)), read(csv.encode()), read(german.encode())]
    assert [energy_kwh(reading) for reading in readings] == ["0.256"] * 3
    assert {text.value for reading in readings for text in reading.texts} == {
        "2026-11-02T08:00:00Z",
        "2026-11-02T16:30:00Z",
    }


def test_csv_names_the_line() -> None:
    """A fact from CSV names the line of the last reading."""
    reading = read(b"at,value,unit\n2026-11-02T08:00:00Z,1,kWh\n\n2026-11-02T09:00:00Z,2,kWh\n")
    assert reading.facts[0].source.line == 4


def test_numbers_of_json_are_read_as_they_are_written() -> None:
    """0.1 + 0.2 is 0.3: no binary fraction is in between."""
    data = document(("2026-11-02T08:00:00Z", 0.1), ("2026-11-02T09:00:00+00:00", 0.3), unit="Wh")
    assert b"0.1}" in data
    assert energy_kwh(read(data)) == "0.0002"


@given(
    steps=st.lists(
        st.tuples(st.integers(1, 100_000), st.decimals(0, 10**6, places=6)),
        min_size=1,
        max_size=20,
    ),
    unit=st.sampled_from([("kWh", 1), ("Wh", 1000)]),
)
def test_energy_is_last_minus_first(steps: list[tuple[int, Decimal]], unit: tuple[str, int]) -> None:
    """However many readings lie between, the energy is that between first and last; kWh and Wh agree."""
    at, total, readings = START, Decimal(5), []
    for seconds, step in [(0, Decimal(0)), *steps]:
        at, total = at + timedelta(seconds=seconds), total + step
        readings.append((at.isoformat(), format(total * unit[1], "f")))
    assert Decimal(energy_kwh(read(document(*readings, unit=unit[0])))) == sum(step for _, step in steps)


A, B = ("2026-11-02T08:00:00Z", "10"), ("2026-11-02T09:00:00Z", "11")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (document(A), "at least two"),
        (document(), "at least two"),
        (document(B, A), "order of time"),
        (document(A, A), "order of time"),
        (document(A, ("2026-11-02T09:00:00Z", "9")), "never falls"),
        (document(A, ("2026-11-02T09:00:00Z", "12"), ("2026-11-02T10:00:00Z", "11")), "never falls"),
        (document(A, B, unit="kwh"), "unit of energy"),
        (document(A, B, unit=None), "unit of energy"),
        (document(A, B, unit="kW"), "unit of energy"),
        (document(A, ("2026-11-02T09:00:00", "11")), "offset"),
        (document(A, ("2026-13-02T09:00:00Z", "11")), "offset"),
        (document(A, ("0001-01-01T00:00:00+14:00", "11")), "offset"),
        (document(A, ("2026-11-02T09:00:00Z", "-11")), "plain number"),
        (document(A, ("2026-11-02T09:00:00Z", "1e400")), "plain number"),
        (document(A, ("2026-11-02T09:00:00Z", 10**400)), "plain number"),
        (document(A, ("2026-11-02T09:00:00Z", "999999999999")), "below 1000000000 kWh"),
        (document(A, ("2026-11-02T09:00:00Z", None)), "plain number"),
        (document(A, ("2026-11-02T09:00:00Z", True)), "plain number"),
        (b'{"type":"meter-readings","unit":"kWh","readings":[1,2]}', "a reading"),
        (b'{"type":"meter-readings","unit":"kWh","readings":{}}', "a list"),
        (b'{"type":"meter-readings","type":"meter-readings"}', "stands twice"),
        (b'{"type":"meter-readings","unit":NaN}', "not a number of JSON"),
        (b'{"type":"meter-readings","unit":"kWh","readings":[', "not JSON"),
        (b'{"a":' * 100_000, "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b'{"type":"\xff"}', "UTF-8"),
        (b'{"type":"something"}', "other JSON"),
        (b"at,value,unit\n2026-11-02T08:00:00Z,1,kWh\n", "at least two"),
        (b"at,value,unit\n2026-11-02T08:00:00Z,1\n", "unit of energy"),
        (b"at,value,unit,more\n1,2,kWh,4\n", "a time with its offset"),
        (b"at,value,unit,unit\n1,2,kWh,4\n", "each column once"),
        (b'at,value,unit\n"2026', "not CSV"),
        (b'at,value,unit\n"' + b"2" * 200_000, "not CSV"),
    ],
)
def test_readings_that_prove_nothing_are_refused(data: bytes, message: str) -> None:
    """Falling counters, unordered times, unknown units and broken files are refused, each with what to do."""
    with pytest.raises(UnreadableFile, match=message) as caught:
        read(data)
    assert caught.value.hint


def test_a_counter_that_stands_still_is_said() -> None:
    """No energy between two readings is a fact that a person should look at."""
    reading = read(document(A, ("2026-11-02T09:00:00Z", "10")))
    assert energy_kwh(reading) == "0"
    assert "did not move" in reading.warnings[0]
