"""Figures and times as people read them: three significant digits, one unit per page, thin spaces, plain dates.

The decimal sign and dates are those of the page's language; digits are grouped by thin spaces in all (ISO 80000-1).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import ROUND_FLOOR, Decimal

from babel.dates import format_date, format_time

from label_service.assessment import Range
from label_service.quantity import display, plain
from label_service.web.languages import say, speaking

THIN = "\u202f"  # narrow no-break space: groups digits and ties a number to its unit


@dataclass(frozen=True, slots=True)
class Unit:
    """The unit all impacts of one page are shown in; figures are kg CO2e."""

    name: str
    per_kg: int

    def amount(self, kgco2e: str) -> str:
        """Give an impact with three digits, zeros at the end too, without its unit."""
        shown = Decimal(display(plain(Decimal(kgco2e) * self.per_kg)))
        places = 2 - shown.adjusted()
        return signed(f"{shown:.{places}f}") if shown and places > 0 else number(plain(shown))

    def text(self, kgco2e: str) -> str:
        """Give an impact with its unit."""
        return f"{self.amount(kgco2e)}{THIN}{self.name}"

    def spread(self, kgco2e: Range) -> str:
        """Give the 5 % and 95 % quantiles of an impact, without its unit."""
        return f"{self.amount(kgco2e.p05)}\u2013{self.amount(kgco2e.p95)}"

    def aligned(self, kgco2e: str, whole: str) -> str:
        """Give a part of a whole with as many decimals as the whole has in three digits; less is said to be less."""
        places = len(self.amount(whole).partition(speaking().decimal_sign)[2])
        value, least = Decimal(kgco2e) * self.per_kg, Decimal(1).scaleb(-places)
        return signed(f"{value:.{places}f}" if value * 2 > least or not value else f"<{THIN}{least}")


KILOGRAMS = Unit("kg CO\u2082e", 1)
GRAMS = Unit("g CO\u2082e", 1000)


def unit_of(kgco2e: Iterable[str]) -> Unit:
    """Choose grams where every impact of the page stays below one kilogram."""
    return GRAMS if all(Decimal(value) < 1 for value in kgco2e) else KILOGRAMS


def number(text: str) -> str:
    """Give a figure with three significant digits, in groups of three from 10 000 on."""
    shown = display(text)
    digits, point, rest = shown.partition(".")
    return signed(whole(digits) + point + rest)


def signed(digits: str) -> str:
    """Give a number with the decimal sign of the language."""
    return digits.replace(".", speaking().decimal_sign)


def whole(digits: str) -> str:
    """Give a whole number exactly, in groups of three from 10 000 on."""
    return f"{int(digits):,}".replace(",", THIN) if len(digits) > 4 else digits


def mass(mass_kg: Decimal) -> str:
    """Give a mass with its unit, below one kilogram in grams."""
    return f"{number(plain(mass_kg))}{THIN}kg" if mass_kg >= 1 else f"{number(plain(mass_kg * 1000))}{THIN}g"


def share(part: str) -> str:
    """Give a share of a whole in whole per cent."""
    value = Decimal(part) * 100
    return f"<{THIN}1{THIN}%" if 0 < value < 1 else f"{round(value)}{THIN}%"


def ratio(value: str) -> str:
    """Give a ratio to the reference in per cent, with three digits."""
    return f"{number(plain(Decimal(value) * 100))}{THIN}%"


def probability(chance: str) -> str:
    """Give a probability in per cent, never as certain."""
    value = Decimal(chance) * 100
    if value > Decimal("99.9") or value < Decimal("0.1"):
        bound = f"{signed('99.9' if value > 50 else '0.1')}{THIN}%"
        return say("more than %(share)s", share=bound) if value > 50 else say("less than %(share)s", share=bound)
    return f"{number(plain(value))}{THIN}%"


def at_least(bound: str) -> str:
    """Give a lower bound of a ratio in whole per cent, rounded towards the weaker statement."""
    return f"{int((Decimal(bound) * 100).to_integral_value(ROUND_FLOOR))}{THIN}%"


def per_cent(value: int) -> str:
    """Give whole per cent."""
    return f"{value}{THIN}%"


def day(timestamp: str | date) -> str:
    """Give the day of a date, a timestamp or a time in UTC: "23 November 2026"."""
    return format_date(date.fromisoformat(str(timestamp)[:10]), "long", locale=speaking().locale)


def moment(timestamp: str | datetime) -> str:
    """Give a timestamp, or a time in UTC, to the minute: "23 November 2026, 10:00 UTC"."""
    at = time.fromisoformat(str(timestamp)[11:16])
    return f"{day(timestamp)}, {format_time(at, 'short', locale=speaking().locale)} UTC"
