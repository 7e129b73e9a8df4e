"""ideaMaker: lengths in mm for each slot, density in kg/m3; the mass follows from them."""

import re

from label_service.readers.facts import Producer, clean
from label_service.readers.gcode import Comments, cut_off
from label_service.readers.printing import Print

_SIGNATURE = re.compile(r"Sliced by ideaMaker ([^,]{1,60})(?:,.*)?")
_SLOTS = range(1, 5)  # Raise3D printers have two


def recognise(comments: Comments) -> Producer | None:
    """Give the version of ideaMaker."""
    for line in comments.lines_with(b"Sliced by ideaMaker"):
        if found := _SIGNATURE.fullmatch(line):
            return Producer(program="ideaMaker", version=clean(found[1]))
    return None


def read(comments: Comments, _producer: Producer) -> Print:
    """Read lengths, filaments and time.

    Raises:
        UnreadableFile: the end of the file is missing.
    """
    if not comments.all("material#1 used"):
        raise cut_off("`;Material#1 Used: ...`")
    print_ = Print()
    for number in _SLOTS:
        slot = number - 1
        print_.take(comments, f"material#{number} used", "filament_length", "mm", slot)
        print_.take(comments, f"filament diameter #{number}", "filament_diameter", "mm", slot)
        print_.take(comments, f"filament density #{number}", "filament_density", "kg/m3", slot)
        print_.take_name(comments, f"filament type #{number}", "material_name", slot)
    print_.take(comments, "print time", "print_duration", "s")
    print_.take_name(comments, "printer type", "printer_model")
    return print_
