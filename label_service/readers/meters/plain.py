"""Readings written down by a person, as JSON.

{"type": "meter-readings", "meter": "socket 3", "unit": "kWh", "note": "",
 "readings": [{"at": "2026-11-02T08:00:00Z", "value": "12.345"},
              {"at": "2026-11-02T16:30:00Z", "value": "12.6"}]}
"""

from typing import Any

from label_service.readers.facts import Reading, Source, Text, clean
from label_service.readers.meters import series
from label_service.readers.meters.times import parse_time
from label_service.readers.meters.values import expected, parse_kwh, unit_of
from label_service.readers.said import Said

TYPE = "meter-readings"


def read(document: dict[str, Any], said: Said) -> Reading:
    """Read a document of type `meter-readings`; its numbers are strings.

    Raises:
        UnreadableFile: a member is not what it must be, or the readings prove nothing, see `series`.
    """
    readings = document.get("readings")
    if not isinstance(readings, list):
        raise expected("a list `readings`", readings)
    snapshots = [_snapshot(place, entry, document.get("unit"), said) for place, entry in enumerate(readings)]
    texts = [text for name in ("meter", "note") if (text := _text(name, document.get(name)))]
    return series.reading(snapshots, series.Meter(TYPE, texts=tuple(texts)), said)


def _snapshot(place: int, entry: Any, unit: Any, said: Said) -> series.Snapshot:
    where = f"/readings/{place}"
    if not isinstance(entry, dict):
        raise expected('a reading {"at": ..., "value": ...}', entry, where)
    kwh = parse_kwh(entry.get("value"), entry["unit"] if "unit" in entry else unit_of(unit, said), where)
    at = parse_time(entry.get("at"), said, where)
    return series.Snapshot(at, {"energy": series.Count(kwh, Source(key=f"{where}/value"))})


def _text(quantity: str, value: Any) -> Text | None:
    shown = clean(value) if isinstance(value, str) else ""
    return Text(quantity=quantity, value=shown, source=Source(key=f"/{quantity}")) if shown else None
