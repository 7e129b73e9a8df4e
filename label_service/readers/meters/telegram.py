r"""Telegrams of household meters: DSMR P1 (Netherlands, Belgium, Luxembourg) and D0 (IEC 62056-21), with OBIS codes.

/ISK5\2M550T-1012
0-0:1.0.0(261102080000W)                time, W winter, S summer time
1-0:1.8.1(001581.123*kWh)               import, tariff 1; 1.8.0 is the sum of all tariffs
1-0:2.8.1(000000.000*kWh)               export
!522B                                   CRC-16 from "/" to "!", where the meter writes one
"""

import re
from datetime import datetime, timedelta, timezone

from label_service.errors import UnreadableFile
from label_service.readers.facts import Producer, Reading, Source, clean
from label_service.readers.meters import series
from label_service.readers.meters.values import parse_kwh
from label_service.readers.said import Said

NAME = "meter-telegram"
_TELEGRAM = re.compile(r"^/([^\r\n]{0,80})\r?\n([^/!]*)!([0-9A-F]{4})?[ \t]*\r?$", re.MULTILINE)
_ENERGY = re.compile(r"^(?:1-\d:)?([12])\.8\.(\d)(?:\*\d{1,3})?\(([0-9.]{1,16})\*(k?Wh)\)", re.MULTILINE)
_TIME = re.compile(r"^0-0:1\.0\.0\((\d{12})([SW])\)", re.MULTILINE)
_HEAD = re.compile(r"^/[A-Za-z0-9]{3}[0-9A-Za-z]|^\d-\d:\d{1,2}\.\d{1,2}\.\d{1,2}", re.MULTILINE)
_REGISTERS = {"1": "energy", "2": "energy_exported"}
_OFFSET_H = {"S": 2, "W": 1}  # DSMR 5.0.2, section 6.3: local time of Central Europe, S when summer time is active
_SUM = "0"


def is_telegram(head: str) -> bool:
    """Tell whether a text begins like a telegram."""
    return _HEAD.match(head) is not None


def read(text: str, said: Said) -> Reading:
    """Read one telegram or several of the same meter.

    Raises:
        UnreadableFile: cut off, a wrong checksum, no counter of energy, or readings that prove nothing.
    """
    telegrams = list(_TELEGRAM.finditer(text))
    if not telegrams or text[telegrams[-1].end() :].strip():
        raise UnreadableFile(
            "expected telegrams from `/` to `!`, found one without its end", hint="record the telegram again"
        )
    for telegram in telegrams:
        _check(telegram)
    line, position, snapshots = 1, 0, []
    for telegram in telegrams:
        line += text.count("\n", position, telegram.start())
        position = telegram.start()
        snapshots.append(_snapshot(telegram[0], line))
    meter = series.Meter(NAME, Producer(program=clean(telegrams[0][1]) or "meter", version=""))
    return series.status(snapshots, meter, said)


def crc16(data: bytes) -> int:
    """Give the CRC-16/ARC (polynomial 0xA001 reflected, start 0) of the P1 companion standard."""
    crc = 0
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0xA001 if crc & 1 else 0)
    return crc


def _check(telegram: re.Match[str]) -> None:
    """Verify the checksum; lines end in CR LF on the wire, whatever the file made of them."""
    if telegram[3]:
        body = telegram[0][: telegram[0].rindex("!") + 1].replace("\r\n", "\n").replace("\n", "\r\n")
        if crc16(body.encode("ascii", "replace")) != int(telegram[3], 16):
            raise UnreadableFile("the checksum of a telegram does not fit", hint="record the telegram again")


def _snapshot(telegram: str, first_line: int) -> series.Snapshot:
    """Add up the tariffs of import and of export, or take their sum where the meter states it."""
    counts: dict[str, series.Count] = {}
    found = list(_ENERGY.finditer(telegram))
    for direction, register in _REGISTERS.items():
        totals = [match for match in found if match[1] == direction]
        totals = [match for match in totals if match[2] == _SUM] or totals
        if totals:
            kwh = sum((parse_kwh(match[3], match[4], match[0]) for match in totals), series.ZERO)
            line = first_line + telegram.count("\n", 0, totals[0].start())
            key = " + ".join(f"{match[1]}.8.{match[2]}" for match in totals)
            counts[register] = series.Count(kwh, Source(key=key, line=line))
    if "energy" not in counts:
        raise UnreadableFile("the telegram has no counter 1.8.x of energy", hint="record the telegram again")
    return series.Snapshot(_at(telegram), counts)


def _at(telegram: str) -> datetime | None:
    found = _TIME.search(telegram)
    if not found:
        return None
    try:
        local = datetime.strptime(found[1], "%y%m%d%H%M%S")  # noqa: DTZ007 - its zone follows
    except ValueError:
        return None
    return local.replace(tzinfo=timezone(timedelta(hours=_OFFSET_H[found[2]])))
