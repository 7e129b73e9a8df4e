"""KISSlicer 1 and 2: lengths for each extruder, in old versions a volume; decimal minutes; no density."""

import re

from label_service.readers.facts import Producer, clean
from label_service.readers.gcode import Comments, cut_off
from label_service.readers.printing import MOST_SLOTS, Print

_SIGNATURE = re.compile(r"KISSlicer - \w{1,20}")
_VERSION = re.compile(r"version (\d\S{0,20}(?: \w (\d\S{0,20}))?).*")  # `1.6.3 Release Win64`, `2 a 2.0.6 Linux64`
_LENGTH = re.compile(r"ext #?(\d{1,2})")
_VOLUME = "estimated build volume"
_TIMES = ("calculated-during-export build time", "estimated build time")


def recognise(comments: Comments) -> Producer | None:
    """Give the version of KISSlicer, which stands in a line of its own."""
    if not any(_SIGNATURE.fullmatch(line) for line in comments.lines_with(b"KISSlicer - ")):
        return None
    versions = [_VERSION.fullmatch(line) for line in comments.lines_with(b"version ")]
    found = next((match for match in versions if match), None)
    return Producer(program="KISSlicer", version=clean(found[2] or found[1]) if found else "")


def read(comments: Comments, _producer: Producer) -> Print:
    """Read lengths or volume, time, and the free text that names the material.

    Raises:
        UnreadableFile: the end of the file is missing.
    """
    if not any(comments.all(key) for key in _TIMES):
        raise cut_off("`; Estimated Build Time: ...`")
    print_ = Print()
    for key in comments.names():
        extruder = _LENGTH.fullmatch(key)
        if extruder and 1 <= int(extruder[1]) <= MOST_SLOTS:
            print_.take(comments, key, "filament_length", "mm", int(extruder[1]) - 1)
    if not print_.slots:
        print_.take(comments, _VOLUME, "filament_volume", "cm3", 0)
    for key in _TIMES:
        if "print_duration" not in print_.whole:
            print_.take_time(comments, key)
    for slot, entry in enumerate(comments.all("fiber_dia_mm")):
        print_.put("filament_diameter", entry.value, "mm", comments.source("fiber_dia_mm", entry), slot)
    for slot, entry in enumerate(comments.all("material_name")):
        print_.name("material_name", entry.value, comments.source("material_name", entry), slot)
    print_.take_name(comments, "printer_name", "printer_model")
    return print_
