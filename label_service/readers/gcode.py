"""G-code of 3D printers: the comments in which a slicer sums up a print, in the first and the last MiB."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

from label_service.errors import UnreadableFile
from label_service.readers.facts import Source

WINDOW = 1024 * 1024  # slicers write what they know at the head or the tail, never in between
_MOST_KEYS = 20_000  # a slicer's file has some hundreds; the limit keeps memory flat on a hostile one
_MOST_ENTRIES = 64  # of one key: a slicer writes one line a slot
_LONGEST_VALUE = 2_000
_LONGEST_LINE = 300

_COMMENT = re.compile(rb"^;[ \t]*([^\r\n]*)", re.MULTILINE)
_SEPARATOR = re.compile(r"[=:,]")  # the comma is that of Simplify3D
# Lines on which a slicer writes two statements: Creality Print and BambuStudio.
_TWO_STATEMENTS = re.compile(r"(filament cost = [^;]*|model printing time: [^;]*);\s*(.*)")
_WORD = re.compile(rb"^[ \t]*(?:N\d{1,9} ?)?[GMT]\d{1,4}\b", re.MULTILINE)
_EXTRUSION = re.compile(rb"^[ \t]*(?:N\d{1,9} ?)?G0?[123] [^\n;(]{0,200}?E-?[.\d]", re.MULTILINE)
_MACHINING = re.compile(rb"^%|^O\d{4}\b|\b(?:M0?[34]|M0?6|G5[4-9]|G4[0-3]|G1[789])\b|^\(", re.MULTILINE)


@dataclass(frozen=True)
class Window:
    """A piece of a file: its bytes, the number of its first line, and the entry of a container it comes from."""

    data: bytes
    first_line: int = 1
    part: str = ""


@dataclass(frozen=True)
class Entry:
    """The value behind one key of a comment, and its place."""

    value: str
    line: int
    part: str


class Comments:
    """The comments of a G-code file as keys and values, keys in lower case.

    `; filament used [g] = 1.67`, `;TIME:68` and `;   printMaterial,PLA` give the keys `filament used [g]`, `time` and
    `printmaterial`.
    """

    def __init__(self, windows: list[Window]) -> None:
        """Take pieces of the file."""
        self._windows = windows
        self._entries: dict[str, list[Entry]] = {}
        for window in windows:
            for line, comment in _comments(window):
                self._add(line, comment, window.part)

    def all(self, key: str) -> list[Entry]:
        """Give what stands behind a key, in the order of the file."""
        return self._entries.get(key, [])

    def last(self, key: str) -> Entry | None:
        """Give what stands last behind a key; settings are often written twice, in full the last time."""
        entries = self.all(key)
        return entries[-1] if entries else None

    def one(self, key: str, warnings: list[str]) -> Entry | None:
        """Give what stands behind a key if the file says one thing; when it says two, warn and give none."""
        entries = self.all(key)
        values = {entry.value for entry in entries}
        if len(values) > 1:
            lines = ", ".join(str(entry.line) for entry in entries[:4])
            warnings.append(f"{key!r} stands in the file with different values (lines {lines}): none is taken")
        return entries[0] if len(values) == 1 else None

    def has(self, marker: bytes) -> bool:
        """Tell whether a comment line contains a marker."""
        return next(self.lines_with(marker), None) is not None

    def has_commands(self) -> bool:
        """Tell whether there is any G-code at all."""
        return any(_WORD.search(window.data) for window in self._windows)

    def is_machining(self) -> bool:
        """Tell whether the program drives a spindle or a laser and feeds no filament."""
        return any(_MACHINING.search(window.data) for window in self._windows) and not any(
            _EXTRUSION.search(window.data) for window in self._windows
        )

    def names(self) -> list[str]:
        """Give all keys, in the order of the file."""
        return list(self._entries)

    def source(self, key: str, entry: Entry) -> Source:
        """Name the place of an entry."""
        return Source(key=key, line=entry.line, part=entry.part)

    def lines_with(self, marker: bytes) -> Iterator[str]:
        """Find the comment lines that contain a marker, each at most 300 characters."""
        for data in (window.data for window in self._windows):
            position = data.find(marker)
            while position >= 0:
                start, end = data.rfind(b"\n", 0, position) + 1, data.find(b"\n", position)
                end = len(data) if end < 0 else end
                if data[start : start + 1] == b";":
                    yield _decode(data[start + 1 : end][:_LONGEST_LINE])
                position = data.find(marker, end)

    def _add(self, line: int, comment: str, part: str) -> None:
        two = _TWO_STATEMENTS.fullmatch(comment)
        for statement in two.groups() if two else (comment,):
            found = _SEPARATOR.search(statement)
            if not found:
                continue
            key = statement[: found.start()].strip().lower()
            if key in self._entries or len(self._entries) < _MOST_KEYS:
                entries = self._entries.setdefault(key, [])
                if len(entries) < _MOST_ENTRIES:
                    entries.append(Entry(statement[found.end() :].strip(), line, part))


def comments_of(stream: IO[bytes], size: int, part: str = "") -> Comments:
    """Read the head and the tail of a G-code file.

    Raises:
        UnreadableFile: it has the bytes of something that is not text.
    """
    stream.seek(0)
    if size <= 2 * WINDOW:
        windows = [Window(_whole(stream.read(size)), 1, part)]
    else:
        head = stream.read(WINDOW)
        stream.seek(size - WINDOW)
        tail = _whole(stream.read(WINDOW))
        head, tail = head[: head.rfind(b"\n") + 1], tail[tail.find(b"\n") + 1 :]
        windows = [Window(head, 1, part), Window(tail, -_lines(tail), part)]
    for window in windows:
        if b"\0" in window.data:
            raise UnreadableFile(
                "expected the text of a G-code file, found binary data",
                hint="upload the file as the slicer wrote it; a binary G-code file ends in .bgcode",
            )
    return Comments(windows)


def _whole(data: bytes) -> bytes:
    """Leave out a last line that ends in a digit and not as lines end: where a file is cut off it is half a number."""
    return data[: data.rfind(b"\n") + 1] if data[-1:].isdigit() or data[-1:] == b"." else data


def refuse(comments: Comments) -> UnreadableFile:
    """Say what a text is that no slicer signed."""
    if not comments.has_commands():
        return UnreadableFile(
            "expected a file of a slicer, a meter or a printer, found text that is none of them",
            hint="upload the G-code as the slicer wrote it, or readings as CSV with the columns at,value,unit",
        )
    if comments.is_machining():
        return UnreadableFile(
            "this is a CNC program, not a print: it moves a tool and feeds no filament",
            hint="a CNC program does not say mass or energy; enter the material and upload meter readings",
        )
    return UnreadableFile(
        "expected the comments in which a slicer sums up the print, found G-code without them",
        hint="slice the model again with comments switched on, or upload the project file of the slicer",
    )


def cut_off(expected: str) -> UnreadableFile:
    """Say that the end of a file is missing."""
    return UnreadableFile(
        f"the file is cut off: expected {expected} at its end, found none",
        hint="export it from the slicer again and upload the whole file",
    )


def _comments(window: Window) -> Iterator[tuple[int, str]]:
    line, position = window.first_line, 0
    for match in _COMMENT.finditer(window.data):
        line += window.data.count(b"\n", position, match.start())
        position = match.start()
        yield line, _decode(match[1][:_LONGEST_VALUE])


def _lines(data: bytes) -> int:
    return data.count(b"\n") + (not data.endswith(b"\n"))


def _decode(line: bytes) -> str:
    return line.decode("utf-8", "replace").strip()
