"""What the files of one batch say about each other: each disagreement names both sources.

mass     one kind of file against another; in a sliced file mass against length, diameter and density; and the filament
         that ran, by its length, against the mass that counts
time     one kind of file against another; and the time on the meter against the time of the jobs
energy   one kind of file against another
scrap    what failed jobs took against the mass that counts, and against what is left of it as product
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import PurePosixPath

from label_service.proposal.values import SourceFile, Total, best, totals, values_of
from label_service.quantity import amount, display, plain
from label_service.readers import Fact
from label_service.readers.printing import ROUNDING_KG, TOLERANCE

MASS_TOLERANCE = Decimal("0.1")  # a slicer's forecast against the machine's record
TIME_TOLERANCE = Decimal("0.25")  # forecasts of time are rough, and a record counts heating up
ENERGY_TOLERANCE = Decimal("0.05")  # two meters of one run; plug meters are good to about 2 %
_TOLERANCES = {"filament_mass": MASS_TOLERANCE, "print_duration": TIME_TOLERANCE, "energy": ENERGY_TOLERANCE}
_SCRAP = {"filament_mass": "scrap_mass", "print_duration": "scrap_duration"}
_OF_A_SLOT = ("filament_mass", "filament_length", "filament_diameter", "filament_density")
_CLOCKS = timedelta(minutes=5)  # by which two clocks of a workshop may differ
_PI = Decimal("3.14159265358979")
_SCALE = Decimal("0.001")  # kg; what a kitchen scale rounds to


@dataclass(frozen=True, slots=True)
class Disagreement:
    """Two sources that cannot both be right, and what each says."""

    quantity: str
    found: str
    expected: str
    words: str


def disagreements(files: Iterable[SourceFile], net_kg: Decimal | None = None) -> tuple[Disagreement, ...]:
    """Give everything in which the files of a batch, and the weighed mass of the items, disagree."""
    files = tuple(files)
    found = [item for quantity in _TOLERANCES for item in _between_kinds(files, quantity)]
    mass, _ = best(files, "filament_mass", MASS_TOLERANCE)
    found += [item for file in files for item in _own_mass(file)]
    found += [*_length(files, mass), *_scrap(files, mass, net_kg), *_metered_time(files), *_metered_days(files)]
    return tuple(found)


def _between_kinds(files: Sequence[SourceFile], quantity: str) -> Iterable[Disagreement]:
    """Hold the best kind of file against the others; a forecast counts for every finished run of its file."""
    found = totals(files, quantity)
    tolerance, runs = _TOLERANCES[quantity], _runs(files)
    for other in found[1:]:
        used = found[0]
        said, forecast = used.value, other.value
        if used.basis == "as_made" and other.basis == "estimated":
            said -= sum((value.value for value in values_of(files, _SCRAP.get(quantity, ""))), Decimal(0))
            forecast = sum((value.value * runs.get(value.file.name, 1) for value in other.values), Decimal(0))
        if abs(said - forecast) > tolerance * max(said, forecast):
            times = sum(runs.get(value.file.name, 1) for value in other.values)
            more = f", in {times} runs," if times > len(other.values) else ""
            words = f"{used.words} disagrees with {other.words}{more} by more than {tolerance:%}"
            yield Disagreement(quantity, _amount(used), f"{display(plain(forecast), 5)} {other.unit}", words)


def _runs(files: Sequence[SourceFile]) -> Counter[str]:
    """Count how often the records finished each file."""
    runs: Counter[str] = Counter()
    for reading in (file.reading for file in files if file.reading):
        finished = {choice.value for item in reading.unsaid if item.option == "jobs" for choice in item.choices}
        for text in reading.texts:
            if text.quantity == "job_file" and (text.item is None or str(text.item) in finished):
                runs[PurePosixPath(text.value).name] += 1
    return runs


def _own_mass(file: SourceFile) -> Iterable[Disagreement]:
    """Hold the mass that a file states for a slot against length, diameter and density of the same slot."""
    slots: dict[int | None, dict[str, Fact]] = {}
    for fact in file.reading.facts if file.reading else ():
        slots.setdefault(fact.item, {})[fact.quantity] = fact
    for facts in slots.values():
        if set(_OF_A_SLOT) <= set(facts):
            stated, length, diameter, density = (Decimal(facts[name].value) for name in _OF_A_SLOT)
            computed = length * _PI / 4 * diameter**2 * density
            if abs(stated - computed) > max(TOLERANCE * computed, ROUNDING_KG):
                found, expected = f"{plain(stated)} kg", f"{display(plain(computed), 4)} kg"
                said = f"{found} from {file.name}, {facts['filament_mass'].source.key}, disagrees with"
                words = f"{said} its length, diameter and density, which make {expected}, by more than {TOLERANCE:%}"
                yield Disagreement("filament_mass", found, expected, words)


def _length(files: Sequence[SourceFile], mass: Total | None) -> Iterable[Disagreement]:
    """Hold the mass that counts against the filament that a record saw running, with density and diameter of a file."""
    lengths = [value for value in values_of(files, "filament_length") if value.basis == "as_made"]
    density, diameter = (_setting(files, quantity) for quantity in ("filament_density", "filament_diameter"))
    if not mass or not lengths or not density or not diameter:
        return
    length = Total(tuple(lengths))
    ran_kg = length.value * _PI / 4 * diameter[0] ** 2 * density[0]
    if abs(ran_kg - mass.value) > MASS_TOLERANCE * max(ran_kg, mass.value):
        expected = f"{display(plain(ran_kg), 4)} kg"
        words = (
            f"{mass.words} disagrees with {length.words} at density and diameter of {density[1]}, which make "
            f"{expected}, by more than {MASS_TOLERANCE:%}"
        )
        yield Disagreement("filament_mass", _amount(mass), expected, words)


def _setting(files: Sequence[SourceFile], quantity: str) -> tuple[Decimal, str] | None:
    """Give what all files that state it for the whole print say, and the first of them."""
    stated = [
        (Decimal(fact.value), file.name)
        for file in files
        for fact in (file.reading.facts if file.reading else ())
        if fact.quantity == quantity and fact.item is None
    ]
    return stated[0] if len({value for value, _ in stated}) == 1 else None


def _scrap(files: Sequence[SourceFile], mass: Total | None, net_kg: Decimal | None) -> Iterable[Disagreement]:
    """Hold what failed jobs took against the mass that counts, and against what is left of it as product."""
    counted = {value.file.digest for value in mass.values} if mass else set()
    for failed in values_of(files, "failed_job_count"):
        if mass and failed.value and failed.file.digest not in counted:
            words = f"{failed.file.name} has {failed.value} failed jobs, which {mass.words} does not count as scrap"
            yield Disagreement("scrap_mass", "0 kg", f"mass of {failed.value} failed jobs", words)
    scrap = values_of(files, "scrap_mass")
    if mass and net_kg and scrap:
        total = Total(tuple(scrap))
        if net_kg + total.value > mass.value + _SCALE and {value.file.digest for value in scrap} <= counted:
            words = f"{amount(net_kg)} kg of finished items and {total.words} of failed jobs are more than {mass.words}"
            found = f"{display(plain(net_kg + total.value), 5)} kg"
            yield Disagreement("scrap_mass", found, f"at most {_amount(mass)}", words)


def _metered_time(files: Sequence[SourceFile]) -> Iterable[Disagreement]:
    """Hold the time between the readings of meters against the time of the jobs, of which they must see all."""
    meters = [value for value in values_of(files, "interval_duration") if value.file.kind == "meter_reading"]
    hours, _ = best(files, "print_duration", TIME_TOLERANCE)
    if not meters or not hours:
        return
    seen = Total(tuple(meters))
    slack = TIME_TOLERANCE if hours.basis == "estimated" else ENERGY_TOLERANCE
    if seen.value < hours.value * (1 - slack):
        words = f"{seen.words} is less than the job, {hours.words}: the meter did not see all of it"
        yield Disagreement("interval_duration", _amount(seen), _amount(hours), words)


def _metered_days(files: Sequence[SourceFile]) -> Iterable[Disagreement]:
    """Hold first and last reading of the meters against first start and last end of the jobs."""
    read, made = _span(files, "interval"), _span(files, "job")
    if not read or not made:
        return
    (begun, end, meter), (first, last, record) = read, made
    if _at(first) + _CLOCKS < _at(begun) or _at(last) - _CLOCKS > _at(end):
        words = f"{meter} reads from {begun} to {end}, but the jobs of {record} ran from {first} to {last}"
        yield Disagreement("interval_duration", f"{begun} to {end}", f"{first} to {last}", words)


def _span(files: Sequence[SourceFile], kind: str) -> tuple[str, str, str] | None:
    """Give first start and last end of all files that state both, and their names."""
    spans = []
    for file in files:
        texts = file.reading.texts if file.reading else ()
        whole = {text.quantity: text.value for text in texts if text.item is None}
        if f"{kind}_start" in whole and f"{kind}_end" in whole:
            spans.append((whole[f"{kind}_start"], whole[f"{kind}_end"], file.name))
    if not spans:
        return None
    starts, ends, names = zip(*spans, strict=True)
    return min(starts, key=_at), max(ends, key=_at), " and ".join(names)


def _at(instant: str) -> datetime:
    return datetime.fromisoformat(instant)


def _amount(total: Total) -> str:
    return f"{display(total.text, 5)} {total.unit}"
