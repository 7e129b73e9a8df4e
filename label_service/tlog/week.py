"""ISO 8601 weeks: the steps in which labels of scopes are drawn for another audit. All times are UTC."""

from datetime import date, timedelta
from typing import Final

_DAYS: Final = 7


def week_of(day: str) -> str:
    """Give the week of a date or timestamp: `2026-W47` for `2026-11-20`."""
    year, number, _ = date.fromisoformat(day[:10]).isocalendar()
    return f"{year}-W{number:02}"


def number_of(week: str, first: str) -> int:
    """Count weeks: 1 for the first itself, 0 or less for a week before it."""
    return (_monday(week) - _monday(first)).days // _DAYS + 1


def end_of(week: str) -> str:
    """Give the moment a week is over, Monday at midnight, as a timestamp."""
    return f"{_monday(week) + timedelta(days=_DAYS)}T00:00:00Z"


def _monday(week: str) -> date:
    return date.fromisocalendar(int(week[:4]), int(week[6:]), 1)
