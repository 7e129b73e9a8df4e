"""Exact decimals in one spelling, with units: amounts that people declare and figures that the method gives.

An `Amount` is a non-negative decimal string without exponent, leading or trailing zeros (`"0.25"`, never `"0.250"`).
A `Figure` is a result of the method: any sign, 10 significant digits, the same spelling.
Format page: docs/formats/canonical-json.md.
"""

from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import Annotated

from pydantic import StringConstraints

from label_service.errors import InvalidAmount

AMOUNT_PATTERN = r"^(0|[1-9][0-9]{0,11})(\.[0-9]{0,11}[1-9])?$"
FIGURE_PATTERN = r"^(0|-?[1-9][0-9]{0,18}(\.[0-9]{0,9}[1-9])?|-?0\.[0-9]{0,27}[1-9])$"

Amount = Annotated[str, StringConstraints(pattern=AMOUNT_PATTERN, strict=True)]
Figure = Annotated[str, StringConstraints(pattern=FIGURE_PATTERN, strict=True)]

SIGNIFICANT_DIGITS = 10  # design: results are quantised once, half even, and are what is recomputed
_SMALLEST = 1e-18  # magnitudes below are written as 0, so that a figure never needs an exponent
_LARGEST = 1e18
_ROUND = Context(prec=SIGNIFICANT_DIGITS, rounding=ROUND_HALF_EVEN)
_SMALLEST_AMOUNT = Decimal("1e-12")
_TOO_LARGE_AMOUNT = Decimal("1e12")

# Factor to the unit in which the inventory counts: kg, kWh, h, km, W, m2, m3. Definitions of the SI and of NIST SP 811.
UNITS: dict[str, tuple[str, Decimal]] = {
    "kg": ("kg", Decimal(1)),
    "g": ("kg", Decimal("0.001")),
    "kWh": ("kWh", Decimal(1)),
    "Wh": ("kWh", Decimal("0.001")),
    "MJ": ("kWh", 1 / Decimal("3.6")),
    "h": ("h", Decimal(1)),
    "min": ("h", 1 / Decimal(60)),
    "s": ("h", 1 / Decimal(3600)),
    "km": ("km", Decimal(1)),
    "W": ("W", Decimal(1)),
    "kW": ("W", Decimal(1000)),
    "kWh/kg": ("kWh/kg", Decimal(1)),
    "MJ/kg": ("kWh/kg", 1 / Decimal("3.6")),
    "L": ("L", Decimal(1)),
    "m": ("m", Decimal(1)),
    "m2": ("m2", Decimal(1)),
    "piece": ("piece", Decimal(1)),
    "pair": ("pair", Decimal(1)),
    "1": ("1", Decimal(1)),
}


def amount(value: Decimal) -> str:
    """Give the one spelling of a non-negative decimal, at most 12 decimal places, half even.

    Raises:
        InvalidAmount: not finite, negative, or 10^12 and above.
    """
    if not value.is_finite() or not 0 <= value < _TOO_LARGE_AMOUNT:
        raise InvalidAmount(f"expected an amount from 0 to below 10^12, found {value}")
    rounded = value.quantize(_SMALLEST_AMOUNT, rounding=ROUND_HALF_EVEN)
    if rounded == _TOO_LARGE_AMOUNT:
        raise InvalidAmount(f"expected an amount from 0 to below 10^12, found {value}")
    return plain(rounded)


def figure(value: float) -> str:
    """Quantise a result to 10 significant digits, half even, in plain notation.

    Raises:
        InvalidAmount: not finite, or its magnitude is above 10^18.
    """
    if not -_LARGEST <= value <= _LARGEST:
        raise InvalidAmount(f"expected a finite result of magnitude at most 10^18, found {value}")
    if -_SMALLEST < value < _SMALLEST:
        return "0"
    return plain(_ROUND.create_decimal_from_float(value))


def display(text: str, digits: int = 3) -> str:
    """Give a figure with few significant digits for people, made from the 10-digit value."""
    return plain(Context(prec=digits, rounding=ROUND_HALF_EVEN).create_decimal(text))


def plain(value: Decimal) -> str:
    """Write a decimal without exponent and without trailing zeros."""
    text = format(value, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in {"", "-0"} else text


def in_base_unit(value: str, unit: str, expected: str) -> Decimal:
    """Convert an amount to the unit the inventory counts in.

    Raises:
        InvalidAmount: unknown unit, or a unit of another quantity than `expected`.
    """
    base, factor = UNITS.get(unit, ("", Decimal(1)))
    if base != expected:
        allowed = ", ".join(name for name, (base_unit, _) in UNITS.items() if base_unit == expected)
        raise InvalidAmount(f"expected a unit of {expected} ({allowed}), found {unit!r}")
    return Decimal(value) * factor
