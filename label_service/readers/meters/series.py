"""The rules for meters: what readings of a counter, or energies of intervals, prove.

Import, export and own generation are kept apart as `energy`, `energy_exported` and `energy_generated`.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise

from label_service.errors import UnreadableFile
from label_service.quantity import amount
from label_service.readers.facts import Fact, Producer, Reading, Source, Text
from label_service.readers.meters.times import instant, job_window, parse_time
from label_service.readers.said import Said
from label_service.reading_options import NOTHING_SAID

METERED = "metered"
ZERO = Decimal(0)
COUNTER = "_counter"
_MICROSECOND = timedelta(microseconds=1)
_MICROSECONDS_PER_HOUR = 3_600_000_000
_LONGEST_OVERHANG = Decimal("0.25")  # of the job; beyond it the surrounding readings say little about the job


@dataclass(frozen=True)
class Count:
    """A total in kWh, and where it stands."""

    kwh: Decimal
    source: Source


@dataclass(frozen=True)
class Snapshot:
    """What the counters of one meter showed at one time; the time is None when the file does not say."""

    at: datetime | None
    counts: dict[str, Count]


@dataclass(frozen=True)
class Interval:
    """Energy of one stretch of time."""

    start: datetime
    end: datetime
    count: Count


@dataclass(frozen=True)
class Meter:
    """What a file says besides its numbers."""

    importer: str
    producer: Producer | None = None
    texts: tuple[Text, ...] = ()
    warnings: list[str] = field(default_factory=list)


def reading(snapshots: list[Snapshot], meter: Meter, said: Said) -> Reading:
    """Give the energy between the first and the last snapshot.

    With a job's start and end said, the last snapshot before it and the first after it count: the energy
    is that of the job or more.

    Raises:
        UnreadableFile: fewer than two, times that are missing or do not rise, a counter that falls, no snapshot on
            one side of the job, or more energy than the machine can take.
    """
    if len(snapshots) < 2:
        raise UnreadableFile(
            f"expected at least two readings of the meter, found {len(snapshots)}",
            hint="read the meter before and after the job and give both, with their times",
        )
    for before, after in pairwise(snapshots):
        _check(before, after)
    if len(snapshots) > 2:
        _ask_window(said)
    first, last = _around_job(snapshots, meter, said)
    start, end = _time(first), _time(last)
    facts = [
        Fact(
            quantity=register,
            value=amount(last.counts[register].kwh - count.kwh),
            unit="kWh",
            basis=METERED,
            source=_between(count.source, last.counts[register].source),
        )
        for register, count in first.counts.items()
        if register in last.counts
    ]
    if not facts:
        raise UnreadableFile("the readings have no counter in common", hint="give readings of one and the same meter")
    if facts[0].value == "0":
        meter.warnings.append("the counter did not move between the readings: check that it is the right meter")
    return _measured(facts, (start, end), meter, said)


def status(snapshots: list[Snapshot], meter: Meter, said: Said) -> Reading:
    """Give what a device answered: one snapshot as it is, several as a series, see `reading`."""
    return _single(snapshots[0], meter) if len(snapshots) == 1 else reading(snapshots, meter, said)


def interval_reading(intervals: list[Interval], meter: Meter, said: Said) -> Reading:
    """Give the energy of intervals that follow each other, all or those that touch the job.

    Raises:
        UnreadableFile: no interval, a gap, or more energy than the machine can take.
    """
    ordered = sorted(intervals, key=lambda interval: interval.start)
    if len(ordered) > 1:
        _ask_window(said)
    job = job_window(said)
    if job:
        ordered = [interval for interval in ordered if interval.end > job[0] and interval.start < job[1]]
    if not ordered or (job and (ordered[0].start > job[0] or ordered[-1].end < job[1])):
        raise UnreadableFile("the readings do not cover the job", hint="export the whole time of the job")
    for before, after in pairwise(ordered):
        if before.end != after.start:
            raise UnreadableFile(
                f"expected intervals without gap or overlap, found {instant(after.start)} after {instant(before.end)}",
                hint="export the period again; a gap hides energy",
            )
    total = sum((interval.count.kwh for interval in ordered), ZERO)
    source = _between(ordered[0].count.source, ordered[-1].count.source, sign=" + ... + ")
    facts = [Fact(quantity="energy", value=amount(total), unit="kWh", basis=METERED, source=source)]
    return _measured(facts, (ordered[0].start, ordered[-1].end), meter, said)


def difference(before: Reading, after: Reading) -> Reading:
    """Give the energy between two files that show one snapshot each, such as two status files of a plug.

    Raises:
        UnreadableFile: they are of different kinds or prove nothing, see `reading`.
    """
    if (before.importer, before.producer) != (after.importer, after.producer):
        raise UnreadableFile(
            "expected two files of the same meter, found files of different programs",
            hint="upload the status of the same plug before and after the job",
        )
    snapshots = [_snapshot(before), _snapshot(after)]
    return reading(snapshots, Meter(before.importer, before.producer), Said(NOTHING_SAID))


def _ask_window(said: Said) -> None:
    """Ask for the time of the job, for the file goes on longer."""
    said.ask("start", "When did the machine begin? Empty: all of the file counts", is_needed=False)
    said.ask("end", "When was it done?", is_needed=False)


def _single(snapshot: Snapshot, meter: Meter) -> Reading:
    facts = [
        Fact(quantity=register + COUNTER, value=amount(count.kwh), unit="kWh", basis=METERED, source=count.source)
        for register, count in snapshot.counts.items()
    ]
    first = next(iter(snapshot.counts.values()))
    at = [Text(quantity="counter_at", value=instant(snapshot.at), source=first.source)] if snapshot.at else []
    return Reading(
        kind="meter-snapshot",
        producer=meter.producer,
        importer=meter.importer,
        facts=tuple(facts),
        texts=(*at, *meter.texts),
        warnings=(
            *meter.warnings,
            "one reading of a counter is no energy yet: upload a second one, from the other end of the job",
        ),
        missing=("energy",) if snapshot.at else ("energy", "counter_at"),
    )


def _snapshot(reading_: Reading) -> Snapshot:
    counts = {
        fact.quantity.removesuffix(COUNTER): Count(_decimal(fact.value), fact.source)
        for fact in reading_.facts
        if fact.quantity.endswith(COUNTER)
    }
    at = next((text.value for text in reading_.texts if text.quantity == "counter_at"), None)
    if not counts:
        raise UnreadableFile(
            "expected a file with one reading of a counter, found something else",
            hint="upload the status of the same meter before and after the job",
        )
    return Snapshot(parse_time(at) if at else None, counts)


def _check(before: Snapshot, after: Snapshot) -> None:
    if _time(after) <= _time(before):
        raise UnreadableFile(
            f"expected readings in the order of time, found {instant(_time(after))} after {instant(_time(before))}",
            hint="sort the readings by time, give the UTC offset of each, and each time only once",
            where=_where(after),
        )
    for register, count in after.counts.items():
        earlier = before.counts.get(register)
        if earlier and count.kwh < earlier.kwh:
            raise UnreadableFile(
                f"expected a counter that never falls, found {count.kwh:f} kWh after {earlier.kwh:f} kWh",
                hint="the meter was reset or exchanged: give the readings before and after that as two files",
                where=_where(after),
            )


def _around_job(snapshots: list[Snapshot], meter: Meter, said: Said) -> tuple[Snapshot, Snapshot]:
    """Give the snapshots nearest around the job, or first and last."""
    job = job_window(said)
    if not job:
        return snapshots[0], snapshots[-1]
    before = [snapshot for snapshot in snapshots if _time(snapshot) <= job[0]]
    after = [snapshot for snapshot in snapshots if _time(snapshot) >= job[1]]
    if not before or not after:
        raise UnreadableFile(
            f"expected a reading before and one after the job, found none {'after' if before else 'before'} it",
            hint="export a longer period of the meter",
        )
    overhang = (_time(after[0]) - _time(before[-1])) - (job[1] - job[0])
    if _hours(overhang) > _LONGEST_OVERHANG * _hours(job[1] - job[0]):
        meter.warnings.append(
            f"the readings reach {amount(_hours(overhang))} h beyond the job, and their energy is counted as well"
        )
    return before[-1], after[0]


def _measured(facts: list[Fact], span: tuple[datetime, datetime], meter: Meter, said: Said) -> Reading:
    start, end = span
    _check_power(facts, _hours(end - start), said)
    source = facts[0].source
    duration = Fact(
        quantity="interval_duration", value=amount(_hours(end - start)), unit="h", basis=METERED, source=source
    )
    return Reading(
        kind="meter-readings",
        producer=meter.producer,
        importer=meter.importer,
        facts=(*facts, duration),
        texts=(
            Text(quantity="interval_start", value=instant(start), source=source),
            Text(quantity="interval_end", value=instant(end), source=source),
            *meter.texts,
        ),
        warnings=tuple(meter.warnings),
    )


def _check_power(facts: list[Fact], hours: Decimal, said: Said) -> None:
    """Refuse more energy than the rated power of the machine gives in that time."""
    if said.options.rated_power_w is None:
        return
    most_kwh = _decimal(said.options.rated_power_w) * hours / 1000
    for fact in facts:
        if fact.quantity == "energy" and _decimal(fact.value) > most_kwh:
            raise UnreadableFile(
                f"expected at most {amount(most_kwh)} kWh (rated power x time), found {fact.value} kWh",
                hint="check the unit, and that nothing but the machine runs on this meter",
            )


def _time(snapshot: Snapshot) -> datetime:
    if snapshot.at is None:
        raise UnreadableFile(
            "the reading does not say its time", hint="write time and value down as CSV: at,value,unit"
        )
    return snapshot.at


def _where(snapshot: Snapshot) -> str:
    source = next(iter(snapshot.counts.values())).source
    return f"line {source.line}" if source.line else source.key


def _between(first: Source, last: Source, sign: str = " - ") -> Source:
    key = f"{last.key}{sign}{first.key}" if sign == " - " else f"{first.key}{sign}{last.key}"
    return last.model_copy(update={"key": key})


def _hours(span: timedelta) -> Decimal:
    return Decimal(span // _MICROSECOND) / _MICROSECONDS_PER_HOUR


def _decimal(text: str) -> Decimal:
    return Decimal(text)
