"""LightBurn projects of laser cutters (`.lbrn2`, `.lbrn`): line lengths and settings of each layer, always in mm.

    <LightBurnProject AppVersion="1.7.03" FormatVersion="1">
      <CutSetting type="Cut"><index Value="0"/><name Value="C00"/><speed Value="20"/><numPasses Value="2"/>   mm/s
        <maxPower Value="80"/></CutSetting>                                            % of the tube, never of the mains
      <Shape Type="Rect" CutIndex="0" W="80" H="50" Cr="0"><XForm>1 0 0 1 50 40</XForm></Shape>   centre at 50, 40
      <Shape Type="Path" CutIndex="0" VertID="1" PrimID="1"><XForm>1 0 0 1 0 0</XForm>
        <VertList>V0 0c0x1c1x1V10 0c0x12c0y5c1x8c1y-5</VertList><PrimList>L0 1B1 0</PrimList></Shape>
    </LightBurnProject>

The time is length / speed x passes: without moves between the shapes and without braking at corners.
Source: files written by LightBurn 1.0 to 1.7; the format is not documented by its maker.
"""

from dataclasses import dataclass
from decimal import Decimal

from label_service.errors import UnreadableFile
from label_service.quantity import amount
from label_service.readers.drawings import svgpath
from label_service.readers.drawings.drawing import ESTIMATED, Drawing, design, length, reading
from label_service.readers.drawings.lightburnpath import HINT, Paths, unlike
from label_service.readers.drawings.outline import Matrix, Pen
from label_service.readers.facts import Fact, Producer, Reading, Source, Text, clean
from label_service.readers.markup import Element, children, elements
from label_service.readers.numbers import number

NAME = "drawing-lightburn"
ROOT = "LightBurnProject"
_LONGEST_LIST = 16 * 1024 * 1024
_MOST_DEEP = 64
_SLOWEST_MM_S, _FASTEST_MM_S, _MOST_PASSES = Decimal("0.01"), 100_000, 1_000
_CUT, _TOOL = "Cut", "Tool"  # in the types Cut, Scan, Scan+Cut, Image, Tool
_LEFT_OUT = {
    "Bitmap": "picture",
    "Text": "text (if it is cut, convert it to paths)",
    "QRCode": "code (if it is cut, convert it to paths)",
}


@dataclass(frozen=True)
class _Setting:
    """What a layer does: its values by name, and whether it does something else after that."""

    index: str
    kind: str
    source: Source
    values: dict[str, str]
    has_more: bool

    @property
    def is_off(self) -> bool:
        """Whether its shapes are not made at all."""
        return self.kind == _TOOL or self.values.get("doOutput") == "0"

    @property
    def speed_mm_s(self) -> Decimal | None:
        """Speed of the head, when it is a possible one."""
        speed = number(self.values.get("speed", ""))
        return speed if speed and _SLOWEST_MM_S <= speed <= _FASTEST_MM_S else None

    @property
    def passes(self) -> Decimal | None:
        """How often it follows each line, when that is a possible number."""
        passes = number(self.values.get("numPasses", "1"))
        return passes if passes and passes <= _MOST_PASSES and passes == int(passes) else None

    def hours(self, length_m: Decimal) -> Decimal | None:
        """Give the time for lines of that length."""
        speed, passes = self.speed_mm_s, self.passes
        return length_m * 1000 / speed * passes / 3600 if speed and passes and not self.has_more else None


def read(data: bytes) -> Reading:
    """Measure the lines of each layer that cuts, and estimate how long they take.

    Raises:
        UnreadableFile: not such a project, or a shape that is none.
    """
    found = elements(data, "the project", _LONGEST_LIST)
    if found[0].name != ROOT:
        raise UnreadableFile(f"expected a LightBurn project, found <{clean(found[0].name)}>", hint=HINT)
    project = _Project(found)
    try:
        project.draw()
    except (ArithmeticError, ValueError) as error:
        raise UnreadableFile("the project has numbers that are no sizes of things", hint=HINT) from error
    project.settle()
    producer = Producer(program="LightBurn", version=clean(found[0].attributes.get("AppVersion", "")))
    return reading(project.sheet, kind="lightburn", producer=producer, importer=NAME)


class _Project:
    """The shapes and settings of a project."""

    def __init__(self, found: list[Element]) -> None:
        """Take the elements of the project."""
        self.sheet = Drawing(missing=["sheet_area"])
        self._found = found
        self._inside = children(found)
        self._settings = self._read_settings()
        self._paths = Paths(found, self._inside)
        self._left_out: dict[str, int] = {}
        self._is_engraved = False

    def draw(self) -> None:
        """Draw all shapes in the order of the file, those of groups in the map of their group."""
        open_ = [(place, Matrix(), 0) for place in reversed(self._named(0, "Shape"))]
        while open_:
            place, outer, deep = open_.pop()
            element = self._found[place]
            kind, index = element.attributes.get("Type", ""), element.attributes.get("CutIndex", "")
            matrix, backup = outer @ self._map(place), self._named(place, "BackupPath")
            if kind == "Group" and deep < _MOST_DEEP:
                inner = [child for part in self._named(place, "Children") for child in self._named(part, "Shape")]
                open_ += ((child, matrix, deep + 1) for child in reversed(inner))
            elif kind in {"Rect", "Ellipse", "Path"}:
                self._shape(place, kind, index, matrix)
            elif backup:  # the outline of a text, in the map of what is around the text
                self._shape(backup[0], "Path", index, outer @ self._map(backup[0]))
            else:
                self._leave_out(_LEFT_OUT.get(kind, "shape of another kind"))

    def settle(self) -> None:
        """Note settings and times of the layers, and what does not count."""
        self.sheet.warnings += [f"not counted: {count} x {words}" for words, count in self._left_out.items()]
        used = self.sheet.used()
        times: list[tuple[Decimal | None, Source]] = []
        for item, (index, layer) in enumerate(used.items()):
            setting = self._settings.get(index)
            hours = setting.hours(length(layer.outline.length_mm)) if setting else None
            times.append((hours, setting.source if setting else layer.source))
            if setting:
                self._note(setting, hours, item if len(used) > 1 else None)
        known = [hours for hours, _ in times if hours]
        if known and len(known) == len(times) and not self._is_engraved:
            self.sheet.facts.insert(0, _duration(sum(known, Decimal(0)), times[0][1], None))
        else:
            self.sheet.missing.append("cut_duration")
            reason = "areas are engraved" if self._is_engraved else "a layer has no speed, or does several things"
            self.sheet.warnings.append(f"the time of the job is not known, for {reason}")

    def _note(self, setting: _Setting, hours: Decimal | None, item: int | None) -> None:
        """Note the settings of a layer; its power is a share of the tube's light and never an energy."""
        source, facts = setting.source, self.sheet.facts
        if hours and item is not None:
            facts.append(_duration(hours, source, item))
        if setting.speed_mm_s:
            facts.append(design("cut_speed", setting.speed_mm_s / 1000, "m/s", source, item))
        if setting.passes:
            facts.append(design("pass_count", setting.passes, "1", source, item))
        if power := clean(setting.values.get("maxPower", "")):
            self.sheet.texts.append(Text(quantity="laser_power", value=f"{power} %"[:200], source=source, item=item))

    def _shape(self, place: int, kind: str, index: str, matrix: Matrix) -> None:
        element, setting = self._found[place], self._settings.get(index)
        if setting and setting.is_off:
            self._leave_out("shape on a layer without output")
            return
        if setting and _CUT not in setting.kind:
            self._is_engraved = True
            self._leave_out("shape that is engraved as an area")
            return
        if setting and setting.kind != _CUT:
            self._is_engraved = True  # it cuts as well
        name = clean(setting.values.get("name", "")) if setting else ""
        source = Source(key=f"CutIndex {clean(index)}", line=element.line)
        pen = Pen(self.sheet.layer(index, source, name or f"C{clean(index):0>2}").outline, matrix)
        if kind == "Path":
            self._paths.draw(place, pen)
        elif kind == "Ellipse":
            pen.ellipse(0j, _size(element, "Rx"), _size(element, "Ry"))
        else:
            size, corner = complex(_size(element, "W"), _size(element, "H")), _size(element, "Cr")
            pen.rectangle(-size / 2, size, complex(corner, corner))

    def _leave_out(self, words: str) -> None:
        self._left_out[words] = self._left_out.get(words, 0) + 1

    def _named(self, place: int, name: str) -> list[int]:
        return [child for child in self._inside[place] if self._found[child].name == name]

    def _map(self, place: int) -> Matrix:
        """Give the map of a shape."""
        parts = self._named(place, "XForm")
        if not parts:
            return Matrix()
        numbers = svgpath.numbers(self._found[parts[0]].text, f"line {self._found[parts[0]].line}")
        if len(numbers) != 6:
            raise unlike("an XForm of six numbers", self._found[parts[0]].text, self._found[parts[0]])
        return Matrix(*numbers)

    def _read_settings(self) -> dict[str, _Setting]:
        settings = {}
        for place in self._inside[0]:
            element = self._found[place]
            if element.name.startswith("CutSetting"):
                parts = [self._found[child] for child in self._inside[place]]
                values = {part.name: part.attributes.get("Value", "") for part in parts}
                index, source = values.get("index", ""), Source(key=element.name, line=element.line)
                kind = element.attributes.get("type", _CUT)
                settings[index] = _Setting(index, kind, source, values, any(part.name == "SubLayer" for part in parts))
        return settings


def _size(element: Element, name: str) -> float:
    found = svgpath.numbers(element.attributes.get(name, "0"), f"line {element.line}")
    if len(found) != 1 or found[0] < 0:
        raise unlike(f"a size as {name}", element.attributes.get(name), element)
    return found[0]


def _duration(hours: Decimal, source: Source, item: int | None) -> Fact:
    key = "length / speed x numPasses"
    return Fact(
        quantity="cut_duration",
        value=amount(hours),
        unit="h",
        basis=ESTIMATED,
        source=source.model_copy(update={"key": key}),
        item=item,
    )
