"""History of OctoPrint's plugin PrintJobHistory, CSV; `;` and decimal commas are read too.

    "Print result [success canceled failed]","Start Datetime [dd.mm.yyyy hh:mm]","Duration","File Name",...
    "success","02.11.2026 09:00","1h31m5s","hook.gcode",...,"Used Length [mm]","Used Weight [g]"

"Calculated Length" is the slicer's forecast and is not taken. `-` stands for unknown.
Source: OctoPrint-PrintJobHistory, README.md and testdata/csv/FullExport.csv.
"""

import csv
from datetime import datetime
from decimal import Decimal

from label_service.errors import UnreadableFile
from label_service.readers.facts import Producer, Reading, Source
from label_service.readers.jobs.history import Job, Noted, Record, reading, refuse_too_many, to_milligram
from label_service.readers.meters.times import parse_time
from label_service.readers.numbers import number, seconds
from label_service.readers.said import Said

NAME = "jobs-octoprint"
_RESULT = "Print result [success canceled failed]"
_START, _END = "Start Datetime [dd.mm.yyyy hh:mm]", "End Datetime [dd.mm.yyyy hh:mm]"
_FILE, _DURATION, _MATERIAL = "File Name", "Duration", "Material"
_LENGTH, _MASS = "Used Length [mm]", "Used Weight [g]"
_DIAMETER, _DENSITY = "Diameter [mm]", "Density [g/cm3]"
_NEEDED = (_RESULT, _START, _DURATION, _FILE)
_ENDS = {"0": "canceled", "1": "success", "2": "failed"}  # as older exports write them
_SUCCESS = "success"
_PI = Decimal("3.14159265358979")
TOLERANCE, ROUNDING_KG = Decimal("0.03"), Decimal("0.00006")  # as for slicers
Row = dict[str, str]


def is_head_line(line: str) -> bool:
    """Tell whether a line is the head of such a history."""
    return all(name in line for name in _NEEDED)


def read(text: str, said: Said) -> Reading:
    """Read the jobs of the history.

    Raises:
        UnreadableFile: not CSV, a result that is none, or no job that counts, see `history`.
    """
    lines = text.replace("\r\n", "\n").lstrip("\n").split("\n")
    rows = csv.reader(lines, delimiter=";" if ";" in lines[0] else ",", strict=True)
    record = Record(NAME, Producer(program="OctoPrint-PrintJobHistory", version=""), {})
    seen: set[tuple[str, ...]] = set()
    try:
        columns = [name.strip() for name in next(rows)]
        for cells in rows:
            if any(cells) and len(cells) < len(columns):
                raise _cut_off(rows.line_num)
            row = dict(zip(columns, (cell.strip() for cell in cells), strict=False))
            marks = tuple(row.get(name, "") for name in (*_NEEDED, _END, _LENGTH))
            if any(cells) and marks not in seen:
                record.jobs[len(record.jobs)] = _job(row, rows.line_num, said, record.warnings)
                refuse_too_many(len(record.jobs))
            elif any(cells):
                record.warnings.append("rows that stand twice in the history count once")
            seen.add(marks)
    except csv.Error as error:
        raise UnreadableFile(f"not CSV: {error}", hint="export the history again and upload all of it") from error
    words = "In which time zone does the printer live? Such as Europe/Berlin or +01:00"
    if not said.ask("zone", words, is_needed=False):
        record.warnings.append("the history does not say its time zone: name it to have the times of the jobs")
    return reading(record, said)


def _cut_off(line: int) -> UnreadableFile:
    return UnreadableFile(
        "the history is cut off: expected as many cells as columns",
        hint="export it again and upload all of it",
        where=f"line {line}",
    )


def _job(row: Row, line: int, said: Said, warnings: list[str]) -> Job:
    status = _ENDS.get(row.get(_RESULT, ""), row.get(_RESULT, ""))
    if status not in _ENDS.values():
        raise UnreadableFile(
            f"expected success, canceled or failed as print result, found {status[:40]!r}",
            hint="export the history again",
            where=f"line {line}",
        )
    return Job(
        source=Source(key=_FILE, line=line),
        file=row.get(_FILE, ""),
        status=status,
        is_completed=status == _SUCCESS,
        start=_time(row.get(_START, ""), said, line),
        end=_time(row.get(_END, ""), said, line),
        values={
            "filament_mass": _mass(row, line, warnings),
            "filament_length": _noted(row, _LENGTH, 1000, line),
            "print_duration": _duration(row, line),
        },
        material="" if row.get(_MATERIAL) == "-" else row.get(_MATERIAL, ""),
    )


def _time(text: str, said: Said, line: int) -> datetime | None:
    """Give a time, or None where it or the time zone is left open."""
    return parse_time(text, said, f"line {line}") if said.options.zone and text not in {"", "-"} else None


def _noted(row: Row, name: str, divisor: int, line: int) -> Noted:
    value = _number(row.get(name, ""))
    return Noted(None if value is None else value / divisor, Source(key=name, line=line))


def _duration(row: Row, line: int) -> Noted:
    text = row.get(_DURATION, "")
    duration = number(text) if number(text) is not None else seconds(text)
    return Noted(None if duration is None else duration / 3600, Source(key=_DURATION, line=line))


def _mass(row: Row, line: int, warnings: list[str]) -> Noted:
    """Give the mass that is stated, or that of length, diameter and density; 0 g of some length was not counted."""
    stated, length = _noted(row, _MASS, 1000, line), _number(row.get(_LENGTH, ""))
    diameter, density = _number(row.get(_DIAMETER, "")), _number(row.get(_DENSITY, ""))
    computed = to_milligram((length or 0) * _PI / 4 * (diameter or 0) ** 2 * (density or 0) / 10**6)
    if stated.value and computed and abs(stated.value - computed) > max(TOLERANCE * computed, ROUNDING_KG):
        warnings.append(
            f"line {line}: {stated.value * 1000:f} g of filament do not fit its length, diameter and density, "
            f"which give {computed * 1000:f} g: weigh the parts"
        )
    if stated.value or length == 0:
        return stated
    return Noted(computed or None, Source(key=f"{_LENGTH} x {_DIAMETER} x {_DENSITY}", line=line))


def _number(text: str) -> Decimal | None:
    """Read a number with a decimal point or comma."""
    return number(text.replace(",", ".", 1) if "." not in text else text)
