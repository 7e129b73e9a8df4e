"""Green Button: interval data of a utility as ESPI XML (NAESB REQ.21).

    <ReadingType><flowDirection>1</flowDirection><powerOfTenMultiplier>0</powerOfTenMultiplier><uom>72</uom>...
    <IntervalReading><timePeriod><duration>900</duration><start>1783346400</start></timePeriod><value>250</value>...

A file with several reading types is refused: which interval belongs to which stands in links between entries.
"""

from datetime import timedelta
from decimal import Decimal

from label_service.errors import UnreadableFile
from label_service.readers.facts import Reading, Source
from label_service.readers.markup import Element, elements
from label_service.readers.meters import series
from label_service.readers.meters.times import from_unix
from label_service.readers.meters.values import expected
from label_service.readers.numbers import number
from label_service.readers.said import Said

NAME = "meter-green-button"
_WH = "72"  # ESPI UnitSymbolKind
_DELIVERED = {"", "1"}  # flowDirection: from the grid to the customer
_MULTIPLIERS = {str(power): Decimal(10) ** power for power in range(-6, 10)}
_MOST_KWH = 10**6
_MOST_MEMBERS = 40  # an interval has up to 10 elements, a reading type up to 20
_TYPE_MEMBERS = ("uom", "powerOfTenMultiplier", "flowDirection")
_INTERVAL_MEMBERS = ("start", "duration", "value")


def read(data: bytes, said: Said) -> Reading:
    """Read the intervals of one meter.

    Raises:
        UnreadableFile: not ESPI, another unit than Wh, several meters, a gap, or not the whole job.
    """
    found = elements(data, "the file")
    kinds = {tuple(_after(found, place, _TYPE_MEMBERS).items()) for place in _places(found, "ReadingType")}
    if len(kinds) != 1:
        raise UnreadableFile(
            f"expected the intervals of one meter, found {len(kinds)} kinds of reading",
            hint="export electricity only, and each meter on its own",
        )
    kind = dict(kinds.pop())
    if kind.get("uom") != _WH or kind.get("flowDirection", "") not in _DELIVERED:
        raise expected("watt-hours (uom 72) delivered to the customer (flowDirection 1)", kind)
    factor = _MULTIPLIERS.get(kind.get("powerOfTenMultiplier", "0"))
    if factor is None:
        raise expected("a power of ten from -6 to 9", kind.get("powerOfTenMultiplier"))
    intervals = [_interval(found, place, factor) for place in _places(found, "IntervalReading")]
    return series.interval_reading(intervals, series.Meter(NAME), said)


def _places(found: list[Element], name: str) -> list[int]:
    return [place for place, element in enumerate(found) if element.name == name]


def _after(found: list[Element], place: int, names: tuple[str, ...]) -> dict[str, str]:
    """Give the texts of the elements inside of one."""
    inside: dict[str, str] = {}
    for element in found[place + 1 : place + 1 + _MOST_MEMBERS]:
        if element.depth <= found[place].depth:
            break
        if element.name in names:
            inside[element.name] = element.text.strip()
    return inside


def _interval(found: list[Element], place: int, factor: Decimal) -> series.Interval:
    where, line = f"line {found[place].line}", found[place].line
    members = _after(found, place, _INTERVAL_MEMBERS)
    start, length = from_unix(members.get("start")), number(members.get("duration", ""))
    value = number(members.get("value", ""))
    if start is None or not length or length > 31 * 86_400 or value is None:
        raise expected("an interval with start, duration in s and value", members, where)
    kwh = value * factor / 1000
    if kwh >= _MOST_KWH:
        raise expected(f"less than {_MOST_KWH} kWh in an interval", f"{kwh:f} kWh", where)
    count = series.Count(kwh, Source(key="IntervalReading/value", line=line))
    return series.Interval(start, start + timedelta(seconds=float(length)), count)
