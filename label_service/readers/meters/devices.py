"""Status files of plugs, energy meters and inverters: JSON as the device answers it.

    Shelly Gen2   {"switch:0": {"aenergy": {"total": 7258.589}}, "sys": {"unixtime": 1707326925}}      Wh
    Shelly 3EM    {"emdata:0": {"total_act": 2589773.39, "total_act_ret": 1026.61}, ...}               Wh
    Shelly Gen1   {"meters": [{"total": 2632}], "unixtime": 1707326925}                                 watt-minutes
                  {"emeters": [{"total": 2632.1, "total_returned": 0.0}], ...}                          Wh
    Kasa          {"emeter": {"get_realtime": {"total": 55.139}}}   kWh, or "total_wh": 16323           Wh
    Tasmota       {"Time": "2026-11-02T08:00:00", "ENERGY": {"Total": 12.345, "ExportActive": 0.0}}     kWh
    Fronius       {"Body": {"Data": {"EnergyReal_WAC_Sum_Consumed": 206254, "TimeStamp": 1629900467}}}  Wh
    Tapo          {"result": {"today_energy": 46, "local_time": "2026-11-02 16:00:00"}}                 Wh of today

A list of such answers of one device is a series.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from label_service.errors import UnreadableFile
from label_service.readers.facts import Producer, Reading, Source, clean
from label_service.readers.meters import series
from label_service.readers.meters.times import from_unix, parse_time
from label_service.readers.meters.values import parse_kwh
from label_service.readers.said import Said

Json = dict[str, Any]
_ALL = "all"
_MOST_PHASES = 8
_MOST_LISTED = 12


@dataclass(frozen=True)
class _Channel:
    """One socket, clamp or meter of a device: its name, and value, unit and key of each register."""

    name: str
    registers: dict[str, tuple[Any, str, str]]


@dataclass(frozen=True)
class _Device:
    """How one family of devices answers."""

    program: str
    channels: Callable[[Json], Iterator[_Channel]]
    at: Callable[[Json, Said], datetime | None]


def read(documents: list[Json], said: Said) -> Reading | None:
    """Read answers of one device, or give None when no device that we know answers like that.

    Raises:
        UnreadableFile: several channels and none is chosen, no plain numbers, or readings that prove nothing.
    """
    if tapo := _tapo(documents, said):
        return tapo
    for device in _DEVICES:
        if documents and all(next(device.channels(_body(document)), None) for document in documents):
            snapshots = [_snapshot(device, _body(document), said) for document in documents]
            meter = series.Meter("meter-device", Producer(program=device.program, version=""))
            return series.status(snapshots, meter, said)
    return None


def _body(document: Json) -> Json:
    """Take an answer out of the envelope of a remote procedure call."""
    for envelope in ("result", "params", "StatusSNS"):
        if isinstance(document.get(envelope), dict):
            return {**document, **document[envelope]}
    return document


def _snapshot(device: _Device, document: Json, said: Said) -> series.Snapshot:
    counts: dict[str, series.Count] = {}
    for channel in _chosen(list(device.channels(document)), said):
        for register, (value, unit, key) in channel.registers.items():
            values = value[:_MOST_PHASES] if isinstance(value, list) else [value]
            kwh = sum((parse_kwh(part, unit, key) for part in values), series.ZERO)
            counts[register] = _added(counts.get(register), series.Count(kwh, Source(key=key)))
    return series.Snapshot(device.at(document, said), counts)


def _chosen(channels: list[_Channel], said: Said) -> list[_Channel]:
    """Give the channel that was named, or all of them, which add up, for the name `all`."""
    name = said.options.channel or ""
    if len(channels) > 1:
        words = "Which of its channels is the machine? `all` where they are the phases of one machine"
        name = said.ask("channel", words, (*(channel.name for channel in channels[:_MOST_LISTED]), _ALL))
    found = [channel for channel in channels if not name or name in {channel.name, _ALL}]
    if not found or (len(found) > 1 and name != _ALL):
        names = clean(", ".join(channel.name for channel in channels[:_MOST_LISTED]))
        raise UnreadableFile(
            f"expected one channel, found {names}",
            hint="name the channel of the machine, or `all` for the phases of one machine",
        )
    return found


def _added(first: series.Count | None, second: series.Count) -> series.Count:
    if first is None:
        return second
    key = f"{first.source.key} + {second.source.key}"
    return series.Count(first.kwh + second.kwh, Source(key=key))


def _registers(members: Json, keys: dict[str, str], unit: str, path: str) -> dict[str, tuple[Any, str, str]]:
    """Give the registers of which the members are there."""
    return {
        register: (members[key], unit, f"{path}.{key}".lstrip(".")) for register, key in keys.items() if key in members
    }


def _shelly_2(document: Json) -> Iterator[_Channel]:
    for name, part in [("", document), *document.items()]:
        if not isinstance(part, dict):
            continue
        registers = _registers(part, {"energy": "total_act", "energy_exported": "total_act_ret"}, "Wh", name)
        registers |= _registers(
            part, {"energy": "total_act_energy", "energy_exported": "total_act_ret_energy"}, "Wh", name
        )
        for register, key in (("energy", "aenergy"), ("energy_exported", "ret_aenergy")):
            if isinstance(part.get(key), dict):
                registers |= _registers(part[key], {register: "total"}, "Wh", f"{name}.{key}".lstrip("."))
        if "energy" in registers:
            yield _Channel(name or f"id {part.get('id', 0)}", registers)


def _shelly_2_at(document: Json, _said: Said) -> datetime | None:
    system = document.get("sys")
    if isinstance(system, dict):
        return from_unix(system.get("unixtime"))
    energy = document.get("aenergy")
    return from_unix(energy.get("minute_ts")) if isinstance(energy, dict) else None


def _shelly_1(document: Json) -> Iterator[_Channel]:
    for kind, unit in (("meters", "Wmin"), ("emeters", "Wh")):
        parts = document.get(kind)
        for place, part in enumerate(parts if isinstance(parts, list) else []):
            if isinstance(part, dict) and "total" in part:
                path = f"{kind}[{place}]"
                keys = {"energy": "total", "energy_exported": "total_returned"}
                yield _Channel(path, _registers(part, keys, unit, path))


def _kasa(document: Json) -> Iterator[_Channel]:
    part = _inside(document, "emeter", "get_realtime")
    for key, unit in (("total_wh", "Wh"), ("total", "kWh")):
        if key in part:
            yield _Channel("emeter", _registers(part, {"energy": key}, unit, "emeter.get_realtime"))
            return


def _tasmota(document: Json) -> Iterator[_Channel]:
    part = _inside(document, "ENERGY")
    if "Total" in part:
        yield _Channel(
            "ENERGY", _registers(part, {"energy": "Total", "energy_exported": "ExportActive"}, "kWh", "ENERGY")
        )


def _fronius(document: Json) -> Iterator[_Channel]:
    data = _inside(document, "Body", "Data")
    for name, part in [("", data), *data.items()]:
        if not isinstance(part, dict):
            continue
        keys = {"energy": "EnergyReal_WAC_Sum_Consumed", "energy_exported": "EnergyReal_WAC_Sum_Produced"}
        if registers := _registers(part, keys, "Wh", f"Body.Data.{name}".rstrip(".")):
            yield _Channel(name or "meter", registers)
        yielded = part.get("TOTAL_ENERGY")
        if isinstance(yielded, dict) and isinstance(yielded.get("Unit"), str):
            value = (yielded.get("Value"), yielded["Unit"], "Body.Data.TOTAL_ENERGY.Value")
            yield _Channel(name or "inverter", {"energy_generated": value})


def _fronius_at(document: Json, said: Said) -> datetime | None:
    data = _inside(document, "Body", "Data")
    for part in [data, *data.values()]:
        if isinstance(part, dict) and (at := from_unix(part.get("TimeStamp"))):
            return at
    stamp = _inside(document, "Head").get("Timestamp")
    return parse_time(stamp, said, "Head.Timestamp") if stamp else None


def _tapo(documents: list[Json], said: Said) -> Reading | None:
    """Read what a Tapo plug counted since midnight; it has no total that runs on."""
    if len(documents) != 1:
        return None
    document = _body(documents[0])
    if "today_energy" not in document:
        return None
    end = parse_time(document.get("local_time"), said, "local_time")
    midnight = parse_time(f"{str(document['local_time']).strip()[:10]}T00:00:00", said, "local_time")
    if end - midnight < timedelta(minutes=1):
        raise UnreadableFile("the plug has just begun a new day", hint="read it before midnight of the day of the job")
    count = series.Count(parse_kwh(document["today_energy"], "Wh", "today_energy"), Source(key="today_energy"))
    meter = series.Meter("meter-device", Producer(program="Tapo", version=""))
    meter.warnings.append("the energy is that of the whole day up to the reading")
    return series.interval_reading([series.Interval(midnight, end, count)], meter, said)


def _inside(document: Json, *path: str) -> Json:
    """Follow a path of members, or give an empty object where it ends early."""
    part: Any = document
    for name in path:
        part = part.get(name) if isinstance(part, dict) else None
    return part if isinstance(part, dict) else {}


def _unix_at(document: Json, _said: Said) -> datetime | None:
    return from_unix(document.get("unixtime"))


def _no_time(_document: Json, _said: Said) -> datetime | None:
    return None


def _tasmota_at(document: Json, said: Said) -> datetime | None:
    return parse_time(document["Time"], said, "Time") if "Time" in document else None


_DEVICES = (
    _Device("Kasa", _kasa, _no_time),
    _Device("Tasmota", _tasmota, _tasmota_at),
    _Device("Fronius", _fronius, _fronius_at),
    _Device("Shelly Gen1", _shelly_1, _unix_at),
    _Device("Shelly Gen2", _shelly_2, _shelly_2_at),
)
