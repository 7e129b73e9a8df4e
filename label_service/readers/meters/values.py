"""Energies as meters write them, in kWh in the end."""

from decimal import Decimal
from typing import Any

from label_service.errors import UnreadableFile
from label_service.readers.facts import clean
from label_service.readers.numbers import BASE_UNITS, number
from label_service.readers.said import Said

MOST_KWH = 10**9  # a small country in a year; no counter of a workshop has as many digits
UNITS = tuple(unit for unit, (base, _, _) in BASE_UNITS.items() if base == "kWh")


def unit_of(stated: Any, said: Said) -> Any:
    """Give the unit that a file states, else the one that a person said."""
    return stated or said.ask("unit", "In which unit does it count?", UNITS) or None


def parse_kwh(text: Any, unit: Any, where: str) -> Decimal:
    """Read an amount of energy.

    Raises:
        UnreadableFile: not a plain number, or a unit that is not one of energy.
    """
    if not isinstance(unit, str) or unit.strip() not in UNITS:
        raise expected(f"a unit of energy ({', '.join(UNITS)})", unit, where)
    value = number(text) if isinstance(text, str) else None
    if value is None:
        raise expected("a plain number of the counter, 12.345", text, where)
    _, numerator, denominator = BASE_UNITS[unit.strip()]
    kwh = value * numerator / denominator
    if kwh >= MOST_KWH:
        raise expected(f"a counter below {MOST_KWH} kWh", f"{text} {unit}", where)
    return kwh


def expected(what: str, found: Any, where: str = "") -> UnreadableFile:
    """Say what a meter file must have and what it has."""
    shown = "nothing" if found is None else repr(clean(str(found)))[:80]
    return UnreadableFile(
        f"expected {what}, found {shown}",
        hint="write the readings as in docs/declare.md, or export them from the meter again",
        where=where,
    )
