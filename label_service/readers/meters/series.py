"""The rules for counters: what two or more readings of one meter prove."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

from label_service.errors import UnreadableFile
from label_service.quantity import amount
from label_service.readers.facts import Fact, Producer, Reading, Source, Text

METERED = "metered"
_MICROSECOND = timedelta(microseconds=1)
_MICROSECONDS_PER_HOUR = 3_600_000_000


@dataclass(frozen=True)
class Count:
    """What a counter showed: the time in UTC, the total in kWh, and where it stands."""

    at: datetime
    kwh: Decimal
    source: Source


def reading(counts: list[Count], *, texts: list[Text], importer: str, producer: Producer | None = None) -> Reading:
    """Give the energy between the first and the last reading of a counter.

    Raises:
        UnreadableFile: fewer than two readings, times that do not rise, or a counter that falls.
    """
    if len(counts) < 2:
        raise UnreadableFile(
            f"expected at least two readings of the meter, found {len(counts)}",
            hint="read the meter before and after the job and give both, with their times",
        )
    for before, after in pairwise(counts):
        _check(before, after)
    first, last = counts[0], counts[-1]
    source = last.source.model_copy(update={"key": f"{last.source.key} - {first.source.key}"})
    hours = Decimal((last.at - first.at) // _MICROSECOND) / _MICROSECONDS_PER_HOUR
    return Reading(
        kind="meter-readings",
        producer=producer,
        importer=importer,
        facts=(
            Fact(
                quantity="energy",
                value=amount(last.kwh - first.kwh),
                unit="kWh",
                basis=METERED,
                source=source,
            ),
            Fact(quantity="interval_duration", value=amount(hours), unit="h", basis=METERED, source=source),
        ),
        texts=(
            Text(quantity="interval_start", value=instant(first.at), source=first.source),
            Text(quantity="interval_end", value=instant(last.at), source=last.source),
            *texts,
        ),
        warnings=_unmoved(first, last),
    )


def instant(at: datetime) -> str:
    """Write a time in UTC, whole seconds where it has no fraction."""
    return at.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"


def _check(before: Count, after: Count) -> None:
    where = f"line {after.source.line}" if after.source.line else after.source.key
    if after.at <= before.at:
        raise UnreadableFile(
            f"expected readings in the order of time, found {instant(after.at)} after {instant(before.at)}",
            hint="sort the readings by time, give the UTC offset of each, and each time only once",
            where=where,
        )
    if after.kwh < before.kwh:
        raise UnreadableFile(
            f"expected a counter that never falls, found {after.kwh:f} kWh after {before.kwh:f} kWh",
            hint="the meter was reset or exchanged: give the readings before and after that as two files",
            where=where,
        )


def _unmoved(first: Count, last: Count) -> tuple[str, ...]:
    if last.kwh > first.kwh:
        return ()
    return ("the counter did not move between the first and the last reading: check that it is the right meter",)
