"""Numbers as programs write them, turned into exact decimals in base units."""

import re
from decimal import Decimal

# 20 decimal places, for programs write binary fractions out: 0.30000000000000004.
_NUMBER = re.compile(r"[0-9]{1,12}(?:\.[0-9]{0,20})?|\.[0-9]{1,20}")
_TIME_PART = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,9})?)\s{0,3}([a-z]{1,7})[\s:,]{0,3}")
_SECONDS = {"d": 86400, "h": 3600, "m": 60, "s": 1}
_TIME_UNITS = {
    **dict.fromkeys(("d", "day", "days"), "d"),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours"), "h"),
    **dict.fromkeys(("m", "min", "mins", "minute", "minutes"), "m"),
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds"), "s"),
}

# Unit: base unit, numerator and denominator of the factor to it. Exact by definition of the SI.
BASE_UNITS: dict[str, tuple[str, int, int]] = {
    "kg": ("kg", 1, 1),
    "g": ("kg", 1, 1000),
    "m": ("m", 1, 1),
    "mm": ("m", 1, 1000),
    "m3": ("m3", 1, 1),
    "cm3": ("m3", 1, 10**6),
    "mm3": ("m3", 1, 10**9),
    "kg/m3": ("kg/m3", 1, 1),
    "g/cm3": ("kg/m3", 1000, 1),
    "h": ("h", 1, 1),
    "min": ("h", 1, 60),
    "s": ("h", 1, 3600),
    "MWh": ("kWh", 1000, 1),
    "kWh": ("kWh", 1, 1),
    "Wh": ("kWh", 1, 1000),
    "Wmin": ("kWh", 1, 60_000),
    "Ws": ("kWh", 1, 3_600_000),
    "J": ("kWh", 1, 3_600_000),
    "MJ": ("kWh", 10, 36),
}


def number(text: str) -> Decimal | None:
    """Give a plain non-negative decimal number, or None for anything else: signs, exponents, nan, units."""
    text = text.strip()
    return Decimal(text) if _NUMBER.fullmatch(text) else None


def seconds(text: str) -> Decimal | None:
    """Read `1d 2h 3m 4s`, `0 hours 31 minutes`, `1h:20m:36s` or `12.5 minutes`, or None for anything else."""
    total, position, text = Decimal(0), 0, text.strip().lower()[:100]
    while position < len(text):
        part = _TIME_PART.match(text, position)
        if not part or part[2] not in _TIME_UNITS:
            return None
        total += Decimal(part[1]) * _SECONDS[_TIME_UNITS[part[2]]]
        position = part.end()
    return total if position else None
