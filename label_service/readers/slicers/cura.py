"""Cura: its current header, the Griffin header of Ultimaker printers, UltiGCode, and Cura up to 15.

Cura states lengths or volumes and no mass. CuraEngine on the command line leaves placeholders in the header
(0 m of filament, 6666 s, 6666 mm3), old versions leave `#F_AMNT#`; neither is a value.
"""

import re

from label_service.readers.facts import Producer, clean
from label_service.readers.gcode import Comments, cut_off
from label_service.readers.numbers import number
from label_service.readers.printing import MOST_SLOTS, Print

_SIGNATURE = re.compile(r"Generated with Cura_SteamEngine (\S{1,60}).*")
_USED = re.compile(r"([\d.]{1,20}) ?(m|mm3|g)\b")
_QUANTITIES = {"m": "filament_length", "mm3": "filament_volume", "g": "filament_mass"}
_LENGTH, _WEIGHT = "filament used", "filament weight"  # the second only where the user had Cura write it
_GRIFFIN = re.compile(r"extruder_train\.(\d{1,2})\.material\.volume_used")
_ULTIGCODE = {"material": 0, "material2": 1}
_SECONDS = ("time", "print.time")
_OLD_TIME = "print time"
_PRINTER, _MATERIAL = "target_machine.name", "filament type"
_PLACEHOLDERS = {"0m", "0mm3", "6666", "6666mm3"}
_WITH_END = range(4, 12)  # these versions close with `;End of Gcode`; 12 to 15 are the old numbering


def recognise(comments: Comments) -> Producer | None:
    """Give the version of CuraEngine."""
    for line in comments.lines_with(b"Cura_SteamEngine"):
        if found := _SIGNATURE.fullmatch(line):
            return Producer(program="Cura", version=clean(found[1]))
    return None


def read(comments: Comments, producer: Producer) -> Print:
    """Read lengths or volumes, time and the printer.

    Raises:
        UnreadableFile: the end of the file is missing.
    """
    major = number(producer.version.partition(".")[0])
    if major in _WITH_END and not comments.has(b"End of Gcode"):
        raise cut_off("`;End of Gcode`")
    print_ = Print()
    if _is_placeholder(comments):
        print_.warnings.append(
            "the header holds CuraEngine's placeholders instead of length and time: slice in Cura's window, "
            "or put the header in place that CuraEngine prints after slicing"
        )
    else:
        _put_use(print_, comments)
        _put_time(print_, comments)
    _put_names(print_, comments)
    return print_


def _is_placeholder(comments: Comments) -> bool:
    if comments.all("generator.name"):
        return not comments.all("print.time")
    entry = comments.last("material" if _is_ultigcode(comments) else _LENGTH)
    return entry is not None and (entry.value in _PLACEHOLDERS or "#F_AMNT#" in entry.value)


def _put_use(print_: Print, comments: Comments) -> None:
    slots = dict.fromkeys(_QUANTITIES, -1)
    if entry := comments.one(_LENGTH, print_.warnings):
        for match in list(_USED.finditer(entry.value))[:MOST_SLOTS]:
            slots[match[2]] += 1
            quantity, source = _QUANTITIES[match[2]], comments.source(_LENGTH, entry)
            print_.put(quantity, match[1], match[2], source, slots[match[2]])
    if entry := comments.one(_WEIGHT, print_.warnings):
        for slot, grams in enumerate(entry.value.strip("[]").split(",")[:MOST_SLOTS]):
            print_.put("filament_mass", grams, "g", comments.source(_WEIGHT, entry), slot)
    for key, slot in _volumes(comments):
        print_.take(comments, key, "filament_volume", "mm3", slot)


def _volumes(comments: Comments) -> list[tuple[str, int]]:
    """Give the keys under which the Griffin header and UltiGCode state volumes, with their slots."""
    found = [(key, _GRIFFIN.fullmatch(key)) for key in comments.names()]
    griffin = [(key, int(match[1])) for key, match in found if match]
    return griffin + (list(_ULTIGCODE.items()) if _is_ultigcode(comments) else [])


def _is_ultigcode(comments: Comments) -> bool:
    flavor = comments.last("flavor")
    return flavor is not None and flavor.value == "UltiGCode"


def _put_time(print_: Print, comments: Comments) -> None:
    for key in _SECONDS:
        print_.take(comments, key, "print_duration", "s")
    if "print_duration" not in print_.whole:
        print_.take_time(comments, _OLD_TIME)


def _put_names(print_: Print, comments: Comments) -> None:
    if (entry := comments.last(_PRINTER)) and entry.value.lower() != "unknown":
        print_.name("printer_model", entry.value, comments.source(_PRINTER, entry))
    for slot in print_.slots:
        print_.take_name(comments, _MATERIAL, "material_name", slot)
