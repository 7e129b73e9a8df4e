"""Energy in the files that plugs, meters, utilities and home automation write."""

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from label_service.errors import UnreadableFile
from label_service.readers import Reading, ReadingOptions, difference, read
from label_service.readers.meters.telegram import crc16


def values(reading: Reading) -> dict[str, str]:
    """Give facts and texts by quantity."""
    return {fact.quantity: fact.value for fact in reading.facts} | {text.quantity: text.value for text in reading.texts}


def answer(document: Any) -> bytes:
    """Give what a device answers."""
    return json.dumps(document).encode()


SHELLY_2 = {"switch:0": {"id": 0, "apower": 2.7, "aenergy": {"total": 7258.589, "by_minute": [34.786]}}}
UNIX = 1793606400  # 2026-11-02T08:00:00Z


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        (SHELLY_2 | {"sys": {"unixtime": UNIX}}, {"energy_counter": "7.258589", "counter_at": "2026-11-02T08:00:00Z"}),
        (
            {"id": 0, "aenergy": {"total": 7258.589, "minute_ts": UNIX}, "ret_aenergy": {"total": 4.5}},
            {"energy_counter": "7.258589", "energy_exported_counter": "0.0045", "counter_at": "2026-11-02T08:00:00Z"},
        ),
        (
            {"emdata:0": {"id": 0, "total_act": 2589773.39, "total_act_ret": 1026.61}, "sys": {"unixtime": UNIX}},
            {"energy_counter": "2589.77339", "energy_exported_counter": "1.02661"},
        ),
        (
            {"result": {"em1data:0": {"total_act_energy": 3458.24, "total_act_ret_energy": 1605.24}}},
            {"energy_counter": "3.45824", "energy_exported_counter": "1.60524"},
        ),
        # Gen1 plugs count watt-minutes: 2632 Wmin are 43.87 Wh; its energy meters count Wh.
        ({"meters": [{"power": 1.2, "total": 2632}], "unixtime": UNIX}, {"energy_counter": "0.043866666667"}),
        ({"emeters": [{"total": 2632.1, "total_returned": 0.0}]}, {"energy_counter": "2.6321"}),
        # One model of Kasa answers in kWh or in Wh, depending on its firmware.
        ({"emeter": {"get_realtime": {"total": 55.139, "power": 1.2}}}, {"energy_counter": "55.139"}),
        ({"emeter": {"get_realtime": {"total_wh": 16323, "power_mw": 1200}}}, {"energy_counter": "16.323"}),
        (
            {"Time": "2026-11-02T09:00:00+01:00", "ENERGY": {"Total": 12.345, "Power": 4, "ExportActive": 0.5}},
            {"energy_counter": "12.345", "energy_exported_counter": "0.5", "counter_at": "2026-11-02T08:00:00Z"},
        ),
        ({"StatusSNS": {"ENERGY": {"Total": [33.736, 11.717, 16.978]}}}, {"energy_counter": "62.431"}),
        (
            {
                "Body": {
                    "Data": {"EnergyReal_WAC_Sum_Consumed": 206254, "EnergyReal_WAC_Sum_Produced": 9, "TimeStamp": UNIX}
                }
            },
            {"energy_counter": "206.254", "energy_exported_counter": "0.009", "counter_at": "2026-11-02T08:00:00Z"},
        ),
        (
            {
                "Body": {"Data": {"TOTAL_ENERGY": {"Unit": "Wh", "Value": 44186}}},
                "Head": {"Timestamp": "2026-11-02T09:00:00+01:00"},
            },
            {"energy_generated_counter": "44.186", "counter_at": "2026-11-02T08:00:00Z"},
        ),
    ],
)
def test_a_status_file_shows_its_counters(document: Any, expected: dict[str, str]) -> None:
    """Each device's unit is its own; import, export and generation are kept apart; a snapshot is no energy yet."""
    reading = read(answer(document))
    assert reading.kind == "meter-snapshot"
    assert expected.items() <= values(reading).items()
    assert {fact.unit for fact in reading.facts} == {"kWh"}
    assert "energy" in reading.missing
    assert ("counter_at" in reading.missing) == ("counter_at" not in values(reading))


def shelly(wh: str, unixtime: int) -> Reading:
    """Read a status file of a plug."""
    return read(answer({"switch:0": {"aenergy": {"total": float(wh)}}, "sys": {"unixtime": unixtime}}))


def test_two_status_files_give_the_energy_between() -> None:
    """Status before and after the job: the difference is metered energy."""
    found = values(difference(shelly("7258.589", UNIX), shelly("7514.589", UNIX + 5460)))
    assert found["energy"] == "0.256"
    assert found["interval_start"] == "2026-11-02T08:00:00Z"
    assert found["interval_duration"] == "1.516666666667"


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        (shelly("7514.5", UNIX), shelly("7258.5", UNIX + 60), "never falls"),
        (shelly("1", UNIX), shelly("2", UNIX), "order of time"),
        (shelly("1", UNIX), read(answer({"emeter": {"get_realtime": {"total": 1}}})), "different programs"),
        (
            read(answer({"emeter": {"get_realtime": {"total": 1}}})),
            read(answer({"emeter": {"get_realtime": {"total": 2}}})),
            "does not say its time",
        ),
        (
            read(b"at,value,unit\n2026-11-02T08:00:00Z,1,kWh\n2026-11-02T09:00:00Z,2,kWh\n"),
            read(b"at,value,unit\n2026-11-02T08:00:00Z,1,kWh\n2026-11-02T09:00:00Z,2,kWh\n"),
            "one reading of a counter",
        ),
    ],
)
def test_two_files_that_prove_nothing_are_refused(before: Reading, after: Reading, message: str) -> None:
    """A reset, one time twice, two different meters or files without a time give no energy."""
    with pytest.raises(UnreadableFile, match=message):
        difference(before, after)


def test_a_list_of_answers_is_a_series() -> None:
    """Answers that were logged one after the other give the energy of the whole time."""
    log = [{"Time": f"2026-11-02T{hour:02}:00:00", "ENERGY": {"Total": hour / 10}} for hour in range(8, 12)]
    assert values(read(answer(log), options=ReadingOptions(zone="+01:00")))["energy"] == "0.3"


def test_several_channels_must_be_chosen() -> None:
    """Of two sockets one must be named; `all` adds up the phases of one machine."""
    document = {"em1data:0": {"total_act_energy": 1000}, "em1data:1": {"total_act_energy": 500}}
    with pytest.raises(UnreadableFile, match="em1data:0, em1data:1"):
        read(answer(document))
    assert values(read(answer(document), options=ReadingOptions(channel="em1data:1")))["energy_counter"] == "0.5"
    assert values(read(answer(document), options=ReadingOptions(channel="all")))["energy_counter"] == "1.5"


def test_tapo_counts_from_midnight() -> None:
    """A Tapo plug has no running total: its energy is that of the day so far, and says so."""
    document = {"result": {"today_energy": 46, "month_energy": 430, "local_time": "2026-11-02 16:00:00"}}
    reading = read(answer(document), options=ReadingOptions(zone="Europe/Berlin"))
    assert values(reading)["energy"] == "0.046"
    assert values(reading)["interval_start"] == "2026-11-01T23:00:00Z"
    assert "whole day" in reading.warnings[0]
    with pytest.raises(UnreadableFile, match="neither offset nor zone"):
        read(answer(document))


HISTORY = """entity_id,state,last_changed
sensor.plug,13.249470,2025-12-26T17:00:00.000Z
sensor.plug,unavailable,2025-12-26T17:30:00.000Z
sensor.plug,13.249970,2025-12-26T18:00:00.000Z
sensor.plug,14.249470,2025-12-26T20:00:00.000Z
"""


def test_home_assistant_history_needs_its_unit() -> None:
    """The history names no unit: it is asked for, not guessed; states without a value are left out and counted."""
    with pytest.raises(UnreadableFile, match="does not say its unit") as caught:
        read(HISTORY.encode())
    assert "kWh" in caught.value.hint
    reading = read(HISTORY.encode(), options=ReadingOptions(unit="kWh"))
    assert values(reading)["energy"] == "1"
    assert reading.warnings == ("1 states without a value are left out",)


def test_home_assistant_entity_must_be_chosen() -> None:
    """Of two entities one must be named."""
    data = (HISTORY + "sensor.other,1,2025-12-26T17:00:00.000Z\n").encode()
    with pytest.raises(UnreadableFile, match=r"sensor\.other, sensor\.plug"):
        read(data, options=ReadingOptions(unit="kWh"))
    assert values(read(data, options=ReadingOptions(unit="kWh", channel="sensor.plug")))["energy"] == "1"


def test_any_table_with_its_columns_named() -> None:
    """German columns, decimal comma, local times and Wh are read when they are named."""
    data = "Zeit;Zählerstand;Ort\n25.10.2026 14:00;1234,5;Werkstatt\n25.10.2026 16:00;2734,5;Werkstatt\n".encode()
    with pytest.raises(UnreadableFile, match="expected columns of times"):
        read(data)
    options = ReadingOptions(at_column="Zeit", value_column="Zählerstand", unit="Wh", zone="Europe/Berlin")
    found = values(read(data, options=options))
    assert found["energy"] == "1.5"
    assert found["interval_start"] == "2026-10-25T13:00:00Z"


@pytest.mark.parametrize("time", ["25.10.2026 02:30", "29.03.2026 02:30"])
def test_an_hour_that_the_clocks_leave_open_is_refused(time: str) -> None:
    """A local time that stands twice in the autumn, or never in the spring, is asked for with its offset."""
    data = f"at,value,unit\n{time},1,kWh\n30.12.2026 16:00,2,kWh\n".encode()
    with pytest.raises(UnreadableFile, match="change of the clocks"):
        read(data, options=ReadingOptions(zone="Europe/Berlin"))


@pytest.mark.parametrize("zone", ["Mars/Base", "../../etc/passwd", "/etc/localtime", "", "+25:00", "Europe"])
def test_zones_that_do_not_exist_are_refused(zone: str) -> None:
    """A zone is a name or an offset, never a path."""
    with pytest.raises(UnreadableFile):
        read(
            b"at,value,unit\n2026-11-02T08:00:00,1,kWh\n2026-11-02T09:00:00,2,kWh\n",
            options=ReadingOptions(zone=zone or None),
        )


SERIES = "at,value,unit\n" + "".join(f"2026-11-02T{hour:02}:00:00Z,{hour}.5,kWh\n" for hour in range(6, 20))


def test_a_series_is_cut_to_the_job() -> None:
    """The readings nearest around the job count, so the energy is never less than that of the job."""
    job = ReadingOptions(start="2026-11-02T08:00:00Z", end="2026-11-02T11:00:00Z")
    assert values(read(SERIES.encode(), options=job))["energy"] == "3"
    job = ReadingOptions(start="2026-11-02T08:30:00Z", end="2026-11-02T10:30:00Z")
    reading = read(SERIES.encode(), options=job)
    assert values(reading)["energy"] == "3"
    assert "1 h beyond the job" in reading.warnings[0]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (ReadingOptions(start="2026-11-02T05:00:00Z", end="2026-11-02T11:00:00Z"), "none before"),
        (ReadingOptions(start="2026-11-02T08:00:00Z", end="2026-11-02T23:00:00Z"), "none after"),
        (ReadingOptions(start="2026-11-02T11:00:00Z", end="2026-11-02T08:00:00Z"), "ends after it starts"),
        (ReadingOptions(start="2026-11-02T11:00:00Z"), "expected a time"),
        (ReadingOptions(rated_power_w="900"), "rated power"),
    ],
)
def test_a_job_that_the_series_does_not_prove_is_refused(options: ReadingOptions, message: str) -> None:
    """A job outside the readings, or more energy than the machine can take, is refused."""
    with pytest.raises(UnreadableFile, match=message):
        read(SERIES.encode(), options=options)


def test_energy_within_the_rated_power_is_accepted() -> None:
    """13 kWh in 13 h are 1 kW."""
    assert values(read(SERIES.encode(), options=ReadingOptions(rated_power_w="1000")))["energy"] == "13"


def telegram(time: str, tariff_1: str, tariff_2: str, export: str = "000000.000") -> str:
    """Give a telegram with its checksum."""
    body = (
        f"/ISK5\\2M550T-1012\r\n\r\n1-3:0.2.8(50)\r\n0-0:1.0.0({time})\r\n1-0:1.8.1({tariff_1}*kWh)\r\n"
        f"1-0:1.8.2({tariff_2}*kWh)\r\n1-0:2.8.1({export}*kWh)\r\n1-0:1.7.0(01.193*kW)\r\n!"
    )
    return f"{body}{crc16(body.encode()):04X}\r\n"


def test_crc_of_telegrams() -> None:
    """The checksum is CRC-16/ARC, whose check value over "123456789" is BB3D."""
    assert crc16(b"123456789") == 0xBB3D


def test_telegrams_add_up_tariffs_and_keep_export_apart() -> None:
    """Import is the sum of both tariffs, export stands alone, winter and summer time become UTC."""
    reading = read(telegram("261102090000W", "001581.123", "001435.706", "000010.000").encode())
    assert values(reading)["energy_counter"] == "3016.829"
    assert values(reading)["energy_exported_counter"] == "10"
    assert values(reading)["counter_at"] == "2026-11-02T08:00:00Z"
    assert reading.facts[0].source.key == "1.8.1 + 1.8.2"
    assert reading.facts[0].source.line == 5
    both = telegram("260702100000S", "1.0", "2.0") + telegram("260702110000S", "1.5", "2.0")
    assert values(read(both.encode()))["energy"] == "0.5"
    assert values(read(both.replace("\r\n", "\n").encode()))["interval_end"] == "2026-07-02T09:00:00Z"


def test_a_sum_of_tariffs_is_not_counted_twice() -> None:
    """Where the meter states 1.8.0, the tariffs are not added to it; D0 telegrams have no checksum and no time."""
    reading = read(b"/LGZ5ZMD\r\n1-0:1.8.0(000100.5*kWh)\r\n1-0:1.8.1(000060.5*kWh)\r\n1-0:1.8.2(000040*kWh)\r\n!\r\n")
    assert values(reading) == {"energy_counter": "100.5"}


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (telegram("261102090000W", "1", "2").replace("(1*", "(9*"), "checksum"),
        (telegram("261102090000W", "1", "2")[:-20], "without its end"),
        (telegram("261102090000W", "1", "2") + "/ISK5\\2M\r\n1-0:1.8.1(1*kWh)\r\n", "without its end"),
        ("/LGZ5ZMD\r\n1-0:1.7.0(1*kW)\r\n!\r\n", r"no counter 1\.8"),
    ],
)
def test_damaged_telegrams_are_refused(data: str, message: str) -> None:
    """A changed digit or a missing end is noticed."""
    with pytest.raises(UnreadableFile, match=message):
        read(data.encode())


def green_button(readings: list[tuple[int, int, int]], multiplier: int = 0, uom: int = 72, kinds: int = 1) -> bytes:
    """Give ESPI XML."""
    kind = "".join(
        f"<espi:ReadingType><espi:flowDirection>1</espi:flowDirection><espi:kind>{place}</espi:kind>"
        f"<espi:powerOfTenMultiplier>{multiplier - place}</espi:powerOfTenMultiplier><espi:uom>{uom}</espi:uom>"
        "</espi:ReadingType>"
        for place in range(kinds)
    )
    intervals = "".join(
        f"<espi:IntervalReading><espi:timePeriod><espi:duration>{duration}</espi:duration><espi:start>{start}</espi:start>"
        f"</espi:timePeriod><espi:value>{value}</espi:value></espi:IntervalReading>\n"
        for start, duration, value in readings
    )
    return f'<?xml version="1.0"?><feed xmlns:espi="http://naesb.org/espi">{kind}{intervals}</feed>'.encode()


QUARTERS = [(UNIX + 900 * place, 900, 250 + place) for place in range(96)]


def test_green_button_intervals_add_up() -> None:
    """Quarter hours of a day add up, in any order; the multiplier is a power of ten."""
    total = str(Decimal(sum(value for _, _, value in QUARTERS)) / 1000).rstrip("0")
    assert values(read(green_button(QUARTERS)))["energy"] == total
    assert values(read(green_button(QUARTERS[::-1])))["energy"] == total
    assert values(read(green_button([(UNIX, 900, 250)], multiplier=3)))["energy"] == "250"


def test_green_button_is_cut_to_the_job() -> None:
    """Every interval that the job touches counts in full."""
    job = ReadingOptions(start="2026-11-02T08:10:00Z", end="2026-11-02T08:40:00Z")
    assert values(read(green_button(QUARTERS), options=job))["energy"] == "0.753"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (green_button(QUARTERS[:5] + QUARTERS[6:]), "gap or overlap"),
        (green_button([*QUARTERS, QUARTERS[5]]), "gap or overlap"),
        (green_button(QUARTERS, uom=38), "watt-hours"),
        (green_button(QUARTERS, kinds=2), "one meter"),
        (green_button(QUARTERS, kinds=0), "one meter"),
        (green_button(QUARTERS, multiplier=99), "power of ten"),
        (green_button([(UNIX, 0, 1)]), "an interval"),
        (green_button([(UNIX, 900, 999_999_999_999)], multiplier=9), "less than"),
        (green_button([])[:-7] + b"<IntervalReading/></feed>", "an interval"),
        (green_button(QUARTERS)[:-9], "not XML"),
        (b"<!DOCTYPE html><html><IntervalReading/></html>", "document type"),
        (b"<html>IntervalReading</html>", "one meter"),
        (b"<kml/>", "web page"),
    ],
)
def test_intervals_that_prove_nothing_are_refused(data: bytes, message: str) -> None:
    """Gaps, doubled intervals, power instead of energy and several meters in one file are refused."""
    with pytest.raises(UnreadableFile, match=message):
        read(data)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda children: (
        st.lists(children, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["aenergy", "total", "meters", "emeter", "get_realtime", "ENERGY", "Total", "Time", "Body", "Data"]
            )
            | st.sampled_from(
                ["TOTAL_ENERGY", "result", "today_energy", "local_time", "sys", "unixtime", "type", "readings"]
            )
            | st.text(max_size=4),
            children,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(JSON)
def test_any_json_ends_in_facts_or_a_named_error(document: Any) -> None:
    """Whatever a file answers under the names of devices, there is no traceback."""
    try:
        reading = read(answer(document))
    except UnreadableFile as error:
        assert error.hint  # noqa: PT017 - either outcome is right
    else:
        assert reading.facts


@given(st.integers(0, 10**9), st.lists(st.integers(0, 10**6), min_size=1, max_size=10))
def test_snapshots_and_series_agree(start_wh: int, steps: list[int]) -> None:
    """A list of answers and the two files at its ends give the same energy."""
    totals = [start_wh]
    for step in steps:
        totals.append(totals[-1] + step)
    documents = [
        {"emdata:0": {"total_act": total}, "sys": {"unixtime": UNIX + 60 * place}} for place, total in enumerate(totals)
    ]
    whole = values(read(answer(documents)))["energy"]
    ends = values(difference(read(answer(documents[0])), read(answer(documents[-1]))))["energy"]
    assert whole == ends
    assert Decimal(whole) * 1000 == sum(steps)
