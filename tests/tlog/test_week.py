"""ISO weeks, against the standard library's calendar."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from label_service.tlog.week import end_of, number_of, week_of

DAYS = st.dates(date(2001, 1, 1), date(2098, 12, 31))


@given(DAYS)
def test_a_day_lies_in_its_week(day):
    """The week of a day is that of the calendar, for dates and for timestamps."""
    assert week_of(f"{day}") == week_of(f"{day}T23:59:59Z") == day.strftime("%G-W%V")


@given(DAYS, st.integers(0, 600))
def test_weeks_are_counted_from_one(first, later):
    """The first week has number 1, across years of 52 and 53 weeks."""
    assert number_of(week_of(f"{first + timedelta(weeks=later)}"), week_of(f"{first}")) == later + 1
    assert number_of(week_of(f"{first}"), week_of(f"{first + timedelta(weeks=later)}")) == 1 - later


@given(DAYS)
def test_a_week_ends_when_the_next_begins(day):
    """The end of a week is the Monday midnight after each of its days, and no longer in it."""
    end = end_of(week_of(f"{day}"))
    assert timedelta(1) <= date.fromisoformat(end[:10]) - day <= timedelta(7)
    assert number_of(week_of(end), week_of(f"{day}")) == 2
    assert end.endswith("T00:00:00Z")
