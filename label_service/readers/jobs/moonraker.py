"""Job history of Moonraker, the server of Klipper printers: the answer of `GET /server/history/list`.

    {"result": {"count": 1, "jobs": [{
       "job_id": "000001", "filename": "hook.gcode", "status": "completed",
       "start_time": 1793606400.5, "end_time": 1793611860.2,                           unix time
       "print_duration": 5400.1, "total_duration": 5459.7,                             s; the latter with heating up
       "filament_used": 7830.25,                                                       mm
       "metadata": {"filament_total": 7801.4, "filament_weight_total": 23.4, "filament_type": "PLA"},   mm, g
       "auxiliary_data": [{"provider": "sensor plug", "name": "energy", "value": 0.2563, "units": "kWh"}]}]}}

A single job, `{"job": {...}}`, is read as well. Status is completed, in_progress, or a word for how the job failed.
Source: Moonraker, docs/external_api/history.md and docs/configuration.md, section "sensor".
"""

import re
from decimal import Decimal
from typing import Any

from label_service.errors import UnreadableFile
from label_service.readers.facts import Producer, Reading, Source, clean
from label_service.readers.jobs.history import Job, Noted, Record, reading, refuse_too_many, to_milligram
from label_service.readers.meters.times import from_unix
from label_service.readers.meters.values import UNITS
from label_service.readers.numbers import BASE_UNITS, number
from label_service.readers.said import Said

NAME = "jobs-moonraker"
TOLERANCE = Decimal("0.1")  # between filament used and planned in a finished job; purging and skirts are less
_MOST_W = 20_000  # of one machine; a larger value is the counter itself, not its difference over the job
_RUNNING, _COMPLETED = "in_progress", "completed"
_TINY = re.compile(r"[0-9](?:\.[0-9]{1,20})?[eE]-[0-9]{1,3}")  # 2e-05, as JSON may have it
_MOST_LISTED = 8
_MARKS = ("job_id", "filament_used")  # members that together no other file has
Json = dict[str, Any]


def read(document: Any, said: Said) -> Reading | None:
    """Read a job history, or give None when the document is none.

    Raises:
        UnreadableFile: a job that is not what it must be or stands twice, or none that counts, see `history`.
    """
    entries = _entries(document)
    if entries is None:
        return None
    refuse_too_many(len(entries))
    record = Record(NAME, Producer(program="Moonraker", version=""), {})
    for place, (path, entry) in enumerate(entries):
        if not isinstance(entry, dict):
            raise UnreadableFile("expected a job", hint="export the history again", where=path)
        if entry.get("status") == _RUNNING:
            record.warnings.append(f"job {place + 1} is still running and is left out")
        else:
            record.jobs[place] = _Entry(entry, path, said, record.warnings).job(place)
    _refuse_twice([entry for _, entry in entries])
    return reading(record, said)


def _entries(document: Any) -> list[tuple[str, Any]] | None:
    """Give the jobs and their paths."""
    path, body = "", document
    for name in ("result", "jobs", "job"):
        if isinstance(body, dict) and isinstance(body.get(name), (dict, list)):
            path, body = f"{path}/{name}", body[name]
    entries = (
        [(f"{path}/{place}", entry) for place, entry in enumerate(body)] if isinstance(body, list) else [(path, body)]
    )
    is_history = any(isinstance(entry, dict) and all(mark in entry for mark in _MARKS) for _, entry in entries)
    return entries if is_history else None


def _refuse_twice(entries: list[Json]) -> None:
    ids = [entry["job_id"] for entry in entries if isinstance(entry.get("job_id"), str)]
    if len(set(ids)) < len(ids):
        raise UnreadableFile("a job stands twice in the history", hint="export it again, and drop each list once")


class _Entry:
    """One job of the list, and the place of its members."""

    def __init__(self, entry: Json, path: str, said: Said, warnings: list[str]) -> None:
        self._entry = entry
        self._path = path
        self._said = said
        self._warnings = warnings
        metadata = entry.get("metadata")
        self._metadata: Json = metadata if isinstance(metadata, dict) else {}

    def job(self, place: int) -> Job:
        """Give the job."""
        status = str(self._entry.get("status") or "")
        if not status:
            raise UnreadableFile("expected the status of a job", hint="export the history again", where=self._path)
        length = self._number("filament_used", 1000)
        job = Job(
            source=Source(key=self._path or "/"),
            file=str(self._entry.get("filename") or ""),
            status=status,
            is_completed=status == _COMPLETED,
            start=_at(self._entry.get("start_time")),
            end=_at(self._entry.get("end_time")),
            values={
                "filament_mass": self._mass(length.value),
                "filament_length": length,
                "print_duration": self._number("print_duration", 3600),
                "machine_duration": self._number("total_duration", 3600),
                "energy": self._energy(place),
            },
            material=self._material(),
        )
        self._compare(job, place)
        return job

    def _number(self, name: str, divisor: int) -> Noted:
        value = _number(self._entry.get(name))
        return Noted(None if value is None else value / divisor, Source(key=f"{self._path}/{name}"))

    def _mass(self, length_m: Decimal | None) -> Noted:
        """Scale the mass that the slicer planned to the filament that was used."""
        planned_mm = _number(self._metadata.get("filament_total"))
        planned_g = _number(self._metadata.get("filament_weight_total"))
        source = Source(key=f"{self._path}: filament_used x filament_weight_total / filament_total")
        if length_m is None or not planned_mm or not planned_g:
            return Noted(Decimal(0) if length_m == 0 else None, source)
        return Noted(to_milligram(length_m * planned_g / planned_mm), source)

    def _energy(self, place: int) -> Noted:
        """Give the one field that is an energy, or that of the chosen channel."""
        listed = self._entry.get("auxiliary_data")
        fields = [
            (position, entry)
            for position, entry in enumerate(listed if isinstance(listed, list) else [])
            if isinstance(entry, dict) and entry.get("units") in UNITS
        ]
        if len(fields) > 1:
            listed_names = tuple(str(entry.get("name")) for _, entry in fields[:_MOST_LISTED])
            self._said.ask("channel", "Which of these energies is the machine's?", listed_names, is_needed=False)
        fields = [(position, entry) for position, entry in fields if self._is_chosen(entry)]
        if len(fields) != 1:
            if fields:
                names = clean(", ".join(str(entry.get("name")) for _, entry in fields[:_MOST_LISTED]))
                self._warnings.append(f"the jobs have several energies ({names}): name the one to take as channel")
            return Noted(None, Source(key=f"{self._path}/auxiliary_data"))
        position, entry = fields[0]
        source = Source(key=f"{self._path}/auxiliary_data/{position}/value")
        _, numerator, denominator = BASE_UNITS[entry["units"]]
        value = _number(entry.get("value"))
        kwh = None if value is None else value * numerator / denominator
        return Noted(self._possible(kwh, place), source)

    def _is_chosen(self, entry: Json) -> bool:
        return self._said.options.channel in (None, entry.get("name"), entry.get("provider"))

    def _possible(self, kwh: Decimal | None, place: int) -> Decimal | None:
        """Give an energy that the machine can have taken in the time, None for a larger one."""
        hours = self._number("total_duration", 3600).value
        if kwh is None or hours is None:
            return kwh
        most = Decimal(self._said.options.rated_power_w or _MOST_W) * hours / 1000
        if kwh <= most:
            return kwh
        self._warnings.append(
            f"job {place + 1} states {kwh:f} kWh in {hours:.4f} h, more than the machine can take: it is not taken; "
            "the history field needs strategy=delta"
        )
        return None

    def _material(self) -> str:
        """Give the material when all that the file lists are the same."""
        listed = self._metadata.get("filament_type")
        names = {name.strip(' "') for name in listed.split(";")} - {""} if isinstance(listed, str) else set()
        return names.pop() if len(names) == 1 else ""

    def _compare(self, job: Job, place: int) -> None:
        planned_mm = _number(self._metadata.get("filament_total"))
        used = job.taken("filament_length")
        if job.is_completed and planned_mm and used and abs(used * 1000 - planned_mm) > TOLERANCE * planned_mm:
            self._warnings.append(
                f"job {place + 1} used {used * 1000:.0f} mm of the {planned_mm:.0f} mm that the slicer planned: check "
                "that the printer counts all its extruders"
            )


def _number(value: Any) -> Decimal | None:
    """Read a number; less than nothing, which retracting before the first line gives, is zero."""
    if not isinstance(value, str):
        return None
    text = value.removeprefix("-")
    found = Decimal(text) if _TINY.fullmatch(text) else number(text)
    return found if found is None or text == value else Decimal(0)


def _at(value: Any) -> Any:
    return from_unix(value.partition(".")[0]) if isinstance(value, str) else None
