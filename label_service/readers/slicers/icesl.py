"""IceSL: everything in one block of settings at the head; old versions state no use and no time."""

import re

from label_service.readers.facts import Producer, clean
from label_service.readers.gcode import Comments
from label_service.readers.printing import Print

_SIGNATURE = re.compile(r"<IceSL(?:\.GCode)?\b ?([^<>]{0,60})>")


def recognise(comments: Comments) -> Producer | None:
    """Give the version of IceSL, or the date of its build."""
    for line in comments.lines_with(b"<IceSL"):
        if found := _SIGNATURE.fullmatch(line):
            return Producer(program="IceSL", version=clean(found[1]))
    return None


def read(comments: Comments, _producer: Producer) -> Print:
    """Read length, mass, time and material."""
    print_ = Print()
    print_.take(comments, "filament_used_mm", "filament_length", "mm", 0)
    print_.take(comments, "filament_used_g", "filament_mass", "g", 0)
    print_.take(comments, "filament_diameter_mm_0", "filament_diameter", "mm", 0)
    print_.take(comments, "estimated_print_time_s", "print_duration", "s")
    print_.take_name(comments, "filament_type", "material_name", 0)
    print_.take_name(comments, "printer", "printer_model")
    return print_
