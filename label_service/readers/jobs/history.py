"""The rules for records of jobs: what the machine itself noted, of finished and of failed jobs.

Every job that has ended counts, for a failed one has taken material, time and energy as well: `filament_mass`,
`filament_length`, `print_duration`, `machine_duration` and `energy` are sums over all of them, and `scrap_mass`,
`scrap_length` and `scrap_duration` are the part of the failed ones. A finished job cannot have used nothing: its zero
is a value that was not counted. A job that was stopped may have ended before the first filament: its zero is one.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal

from label_service.errors import UnreadableFile
from label_service.quantity import amount, display
from label_service.readers.facts import Choice, Fact, Producer, Reading, Source, Text, Unsaid, clean
from label_service.readers.meters.times import instant, job_window
from label_service.readers.said import Said
from label_service.reading_options import MOST_JOBS

AS_MADE, METERED = "as_made", "metered"
_ZERO, _SMALLEST = Decimal(0), Decimal("1e-9")  # in base units; less is nothing
_LARGEST = Decimal("1e7")  # in base units; no job takes as much
_MILLIGRAM = Decimal("0.000001")
_MOST_NAMED = 8
_NO_TIME = datetime(1970, 1, 1, tzinfo=UTC)  # jobs without a time keep the order of the record

# Unit and basis of what a record states of a job.
QUANTITIES = {
    "filament_mass": ("kg", AS_MADE),
    "filament_length": ("m", AS_MADE),
    "print_duration": ("h", AS_MADE),
    "machine_duration": ("h", AS_MADE),
    "energy": ("kWh", METERED),
}
_SCRAP = {"filament_mass": "scrap_mass", "filament_length": "scrap_length", "print_duration": "scrap_duration"}
_NOT_COUNTED = {
    "filament_length": "mm of filament: it was not counted, as happens with prints on a second extruder only",
    "energy": "kWh: they were not counted",
}
_TODO = {
    "filament_mass": "the record does not give the mass of every job: weigh the parts and the scrap, or drop the "
    "sliced files as well",
    "filament_length": "",
    "print_duration": "the record does not give the time of every job",
    "energy": "the record does not give the energy of every job: read the meter before and after",
}


@dataclass(frozen=True)
class Noted:
    """A number of a record in the unit of its quantity, or None when the record leaves it open, and its place."""

    value: Decimal | None
    source: Source


@dataclass(frozen=True)
class Job:
    """One job as the record has it.

    Attributes:
        source: the place of the record.
        file: name of the job's file; `status` the record's own word for how it ended.
        values: what it took, by quantity.
        material: the material's name, empty when it is not stated.
    """

    source: Source
    file: str
    status: str
    is_completed: bool
    start: datetime | None
    end: datetime | None
    values: dict[str, Noted]
    material: str = ""

    def taken(self, quantity: str) -> Decimal | None:
        """Give what the job took, zero only for one that was stopped, None when that is not known."""
        noted = self.values.get(quantity)
        if noted is None or noted.value is None or noted.value >= _LARGEST:
            return None
        if noted.value < _SMALLEST:
            return None if self.is_completed else _ZERO
        return noted.value


@dataclass
class Record:
    """The jobs of one file, by their place in it, and what else a person should know of them."""

    importer: str
    producer: Producer
    jobs: dict[int, Job]
    warnings: list[str] = field(default_factory=list)


def reading(record: Record, said: Said) -> Reading:
    """Give the facts of all jobs, or of those that a person chose with the failed ones among and beside them.

    Raises:
        UnreadableFile: no job, none in the time that was said, or jobs that are not in the record.
    """
    jobs = _chosen(record.jobs, said)
    totals = [total for quantity in QUANTITIES if (total := _total(jobs.values(), quantity, quantity))]
    stated = {fact.quantity for fact in totals}
    missing = tuple(quantity for quantity in _TODO if quantity not in stated)
    texts = [*_span(jobs), *_materials(jobs), *_words(jobs)]
    warnings = [
        *record.warnings,
        *_remarks(jobs),
        *_left_out(record.jobs, jobs),
        *(_TODO[quantity] for quantity in missing),
    ]
    return Reading(
        kind="job-history",
        producer=record.producer,
        importer=record.importer,
        facts=(*totals, *_scrap(jobs), *_counts(jobs), *_per_job(jobs)),
        texts=tuple(texts),
        warnings=tuple(dict.fromkeys(warning for warning in warnings if warning)),
        missing=missing if texts and _materials(jobs) else (*missing, "material_name"),
    )


def refuse_too_many(count: int) -> None:
    """Refuse a record that no batch has.

    Raises:
        UnreadableFile: more jobs than `MOST_JOBS`.
    """
    if count > MOST_JOBS:
        raise UnreadableFile(f"expected at most {MOST_JOBS} jobs, found {count}", hint="export a shorter period")


def to_milligram(mass_kg: Decimal) -> Decimal:
    """Round a computed mass, unless it is absurd and counts as unknown anyway."""
    return mass_kg.quantize(_MILLIGRAM) if mass_kg < _LARGEST else _LARGEST


def _chosen(jobs: dict[int, Job], said: Said) -> dict[int, Job]:
    """Give the finished jobs that were chosen, by name or by time, and the failed ones that belong to them.

    A finished job was often tried before, so every failed job counts that lies between chosen ones, or beside them
    up to the nearest finished job that was not chosen; unless the person says that it was for something else.
    """
    picked = _picked(jobs, said)
    failed = _failed_beside(jobs, picked)
    _ask(jobs, failed, said)
    elsewhere = said.options.failed_elsewhere or ()
    _refuse_unknown(jobs, elsewhere, "failed", is_completed=False)
    counted = (picked | failed).difference(elsewhere)
    if not counted:
        raise UnreadableFile(
            "expected at least one job that has ended, found none",
            hint="export the history after the job, and check start and end where you gave them",
        )
    return {place: job for place, job in jobs.items() if place in counted}


def _picked(jobs: dict[int, Job], said: Said) -> set[int]:
    """Give the jobs that were chosen: by name, by the time of their start, or all."""
    if said.options.jobs is not None:
        _refuse_unknown(jobs, said.options.jobs, "finished", is_completed=True)
        return set(said.options.jobs)
    window = job_window(said)
    if window and any(job.start is None for job in jobs.values()):
        raise UnreadableFile(
            "expected jobs with their times, found one without",
            hint="name the time zone of the printer, for example Europe/Berlin",
        )
    in_time = {
        place: job for place, job in jobs.items() if not window or (job.start and window[0] <= job.start <= window[1])
    }
    finished = {place for place, job in in_time.items() if job.is_completed}
    return finished or set(in_time)


def _refuse_unknown(jobs: dict[int, Job], places: Iterable[int], words: str, *, is_completed: bool) -> None:
    for place in places:
        if place not in jobs or jobs[place].is_completed is not is_completed:
            raise UnreadableFile(
                f"expected {words} jobs of the record, found {place}", hint="choose the jobs of this batch again"
            )


def _failed_beside(jobs: dict[int, Job], picked: set[int]) -> set[int]:
    """Give the failed jobs among the picked ones and beside them, in the order of time where that is known."""
    order = sorted(jobs, key=lambda place: (jobs[place].start or _NO_TIME, place))
    ends = [position for position, place in enumerate(order) if place in picked]
    if not ends:
        return set()
    first, last = ends[0], ends[-1]
    while first and not jobs[order[first - 1]].is_completed:
        first -= 1
    while last + 1 < len(order) and not jobs[order[last + 1]].is_completed:
        last += 1
    return {place for place in order[first : last + 1] if not jobs[place].is_completed}


def _ask(jobs: dict[int, Job], failed: set[int], said: Said) -> None:
    """Ask which jobs count; the record of a printer holds all that it made."""
    if len(jobs) < 2:
        return
    finished = tuple(_choice(place, job) for place, job in jobs.items() if job.is_completed)
    several = len({job.file for job in jobs.values()}) > 1
    said.note(Unsaid(option="jobs", words="Which jobs made this batch?", choices=finished, is_needed=several))
    if failed:
        listed = tuple(_choice(place, jobs[place]) for place in sorted(failed))
        words = "Failed jobs count as scrap. Tick those that were for something else: the auditor will ask"
        said.note(Unsaid(option="failed_elsewhere", words=words, choices=listed, is_needed=False))


def _choice(place: int, job: Job) -> Choice:
    """Name a job as people know it: file, time, how long, how much, how it ended."""
    hours, mass = job.taken("print_duration"), job.taken("filament_mass")
    parts = (
        clean(job.file)[:80],
        f"{job.start.astimezone(UTC):%Y-%m-%d %H:%M} UTC" if job.start else "",
        f"{display(amount(hours), 3)} h" if hours else "",
        f"{display(amount(mass * 1000), 3)} g" if mass else "",
        clean(job.status)[:20],
    )
    return Choice(value=str(place), words=", ".join(part for part in parts if part))


def _left_out(jobs: dict[int, Job], chosen: dict[int, Job]) -> list[str]:
    """Say how many jobs of the record do not count; of failed ones between the others, which."""
    if len(chosen) == len(jobs):
        return []
    picked = {place for place, job in chosen.items() if job.is_completed} or set(chosen)
    failed = sorted(_failed_beside(jobs, picked).difference(chosen))
    remarks = [f"{len(jobs) - len(chosen)} of {len(jobs)} jobs of the record are left out"]
    if failed:
        places = _named([place + 1 for place in failed])
        remarks.append(f"{places} failed among the jobs of this batch and, as the maker says, for something else")
    return remarks


def _total(jobs: Iterable[Job], quantity: str, name: str) -> Fact | None:
    """Add up a quantity over jobs; a sum of which one part is unknown is unknown."""
    total, sources = _ZERO, []
    for job in jobs:
        taken = job.taken(quantity)
        if taken is None:
            return None
        if taken:
            total += taken
            sources.append(job.values[quantity].source)
    if not sources:
        return None
    key = sources[0].key if len(sources) == 1 else f"{sources[0].key} + ... + {sources[-1].key}"
    return _fact(name, total, quantity, sources[0].model_copy(update={"key": key}))


def _fact(name: str, value: Decimal, quantity: str, source: Source, item: int | None = None) -> Fact:
    unit, basis = QUANTITIES[quantity]
    return Fact(quantity=name, value=amount(value), unit=unit, basis=basis, source=source, item=item)


def _scrap(jobs: dict[int, Job]) -> list[Fact]:
    failed = [job for job in jobs.values() if not job.is_completed]
    return [fact for quantity, name in _SCRAP.items() if (fact := _total(failed, quantity, name))]


def _counts(jobs: dict[int, Job]) -> list[Fact]:
    """Count the jobs, and those of them that failed."""
    source = next(iter(jobs.values())).source
    failed = sum(not job.is_completed for job in jobs.values())
    counts = {"job_count": len(jobs), "failed_job_count": failed}
    return [
        Fact(quantity=quantity, value=amount(Decimal(count)), unit="1", basis=AS_MADE, source=source)
        for quantity, count in counts.items()
    ]


def _per_job(jobs: dict[int, Job]) -> list[Fact]:
    """Give the facts of each job, only where there is more than one."""
    if len(jobs) < 2:
        return []
    return [
        _fact(quantity, taken, quantity, job.values[quantity].source, place)
        for place, job in jobs.items()
        for quantity in QUANTITIES
        if (taken := job.taken(quantity))
    ]


def _span(jobs: dict[int, Job]) -> list[Text]:
    """Give the first start and the last end."""
    starts = [(job.start, job.source) for job in jobs.values() if job.start]
    ends = [(job.end, job.source) for job in jobs.values() if job.end]
    span = []
    if len(starts) == len(jobs):
        span.append(("job_start", *min(starts, key=lambda found: found[0])))
    if len(ends) == len(jobs):
        span.append(("job_end", *max(ends, key=lambda found: found[0])))
    return [Text(quantity=quantity, value=instant(at), source=source) for quantity, at, source in span]


def _words(jobs: dict[int, Job]) -> list[Text]:
    """Name file and end of each job, with its times where there are several."""
    words = []
    for place, job in jobs.items():
        item = place if len(jobs) > 1 else None
        found = {"job_file": clean(job.file), "job_status": clean(job.status)}
        if item is not None:
            found |= {"job_start": instant(job.start) if job.start else ""}
            found |= {"job_end": instant(job.end) if job.end else ""}
        words += [
            Text(quantity=quantity, value=value, source=job.source, item=item)
            for quantity, value in found.items()
            if value
        ]
    return words


def _materials(jobs: dict[int, Job]) -> list[Text]:
    """Name the one material, or that of each job; nothing when a job does not say it."""
    named = {
        place: Text(quantity="material_name", value=name, source=job.source, item=place)
        for place, job in jobs.items()
        if (name := clean(job.material))
    }
    if len(named) < len(jobs):
        return []
    texts = list(named.values())
    return texts if len({text.value for text in texts}) > 1 else [texts[0].model_copy(update={"item": None})]


def _remarks(jobs: dict[int, Job]) -> list[str]:
    """Say what a person should look at."""
    failed = [job for job in jobs.values() if not job.is_completed]
    remarks = []
    if failed:
        remarks.append(f"{len(failed)} of {len(jobs)} jobs failed or were stopped: what they took counts, and is scrap")
    if files := len({job.file for job in jobs.values()}) - 1:
        remarks.append(
            f"the record holds jobs of {files + 1} files: if they are not all for this product, choose those of the "
            "batch"
        )
    for quantity, words in _NOT_COUNTED.items():
        remarks += _zeros(jobs, quantity, words)
    return remarks


def _zeros(jobs: dict[int, Job], quantity: str, words: str) -> list[str]:
    zeros = [
        (place + 1, job.is_completed)
        for place, job in jobs.items()
        if (noted := job.values.get(quantity)) and noted.value is not None and noted.value < _SMALLEST
    ]
    finished = [place for place, is_completed in zeros if is_completed]
    stopped = [place for place, is_completed in zeros if not is_completed]
    remarks = []
    if finished:
        remarks.append(f"{_named(finished)} ended well with 0 {words}")
    if stopped:
        remarks.append(f"{_named(stopped)} stopped before anything was used, as the record has it: check that")
    return remarks


def _named(places: list[int]) -> str:
    more = f" and {len(places) - _MOST_NAMED} more" if len(places) > _MOST_NAMED else ""
    return f"job{'s' if len(places) > 1 else ''} {', '.join(str(place) for place in places[:_MOST_NAMED])}{more}"
