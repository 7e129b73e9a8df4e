"""DXF drawings of cutters: line lengths of each layer. The format is read by ezdxf, which the extra `cad` installs.

A drawing from R12 on has no unit, and later ones may leave it open ($INSUNITS 0); then it is asked for. Layers that are
off or frozen, texts, dimensions and hatches do not count; blocks count where they are inserted.
"""

import io
import logging
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from label_service.errors import UnreadableFile
from label_service.readers.drawings.drawing import UNITS_MM, Drawing, ask_unit, reading
from label_service.readers.drawings.outline import Matrix, Outline, Pen
from label_service.readers.facts import Reading, Source, clean
from label_service.readers.said import Said

if TYPE_CHECKING:
    from ezdxf.document import Drawing as Document

NAME = "drawing-dxf"
BINARY = b"AutoCAD Binary DXF"
MOST_ENTITIES = 100_000
_UNITS = {1: "in", 2: "ft", 4: "mm", 5: "cm", 6: "m"}  # $INSUNITS
_LINES = {"LINE", "LWPOLYLINE", "POLYLINE", "CIRCLE", "ARC", "ELLIPSE", "SPLINE"}
_LEFT_OUT = {"TEXT": "text", "MTEXT": "text", "ATTRIB": "text", "HATCH": "hatch", "IMAGE": "picture"}
_ENTITY = re.compile(rb"^[ \t]{0,4}0\r?$", re.MULTILINE)  # the group code in front of each
_DEEPEST_INSERT = 8
_LINES_PER_COPY = 8  # what copying an entity of a block costs, in lines measured
_CURVES_PER_CIRCLE = 8
_HINT = "save the drawing again as text DXF, R2000 or later, in mm"


def is_dxf(head: bytes) -> bool:
    """Tell whether a file begins like DXF, text or binary."""
    lines = [line.strip() for line in head[:2000].split(b"\n")[:40]]
    while lines[:1] == [b"999"]:  # comments
        lines = lines[2:]
    return head.startswith(BINARY) or lines[:2] == [b"0", b"SECTION"]


def read(data: bytes, said: Said) -> Reading:
    """Measure the lines of a drawing; without a unit, and without one that was said, nothing is measured.

    Raises:
        UnreadableFile: the extra is not installed, or the file is binary, cut off or damaged.
    """
    if data.startswith(BINARY):
        raise UnreadableFile("expected DXF as text, found binary DXF", hint=_HINT)
    if not data.rstrip().endswith(b"EOF"):
        raise UnreadableFile("the drawing is cut off: expected EOF at its end", hint=_HINT)
    if sum(1 for _ in _ENTITY.finditer(data)) > MOST_ENTITIES:
        raise UnreadableFile(f"expected at most {MOST_ENTITIES} entities in a drawing", hint="split the drawing")
    sheet = Drawing(missing=["sheet_area"])
    try:
        _measure(_parsed(data), sheet, said)
    except UnreadableFile:
        raise
    except Exception as error:  # what a large parser raises on hostile files has no list
        raise UnreadableFile(f"the drawing is damaged: {clean(str(error))[:80]}", hint=_HINT) from error
    return reading(sheet, kind="dxf", producer=None, importer=NAME)


def _measure(document: "Document", sheet: Drawing, said: Said) -> None:
    """Draw all lines, when the unit is known."""
    from numpy import errstate  # noqa: PLC0415 - comes with the extra

    unit = _UNITS.get(document.header.get("$INSUNITS", 0)) or ask_unit(said)
    if unit not in UNITS_MM:
        sheet.is_measured = False
        sheet.warnings.append("the drawing does not say its unit ($INSUNITS): name it (mm, cm, m, in, ft)")
        return
    with errstate(over="raise", divide="raise", invalid="raise"):
        _Walk(document, sheet, UNITS_MM[unit]).draw()


def _parsed(data: bytes) -> "Document":
    try:
        from ezdxf.filemanagement import read as parse  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise UnreadableFile(
            "DXF drawings need the extra `cad`, which is not installed",
            hint="pip install label-service[cad], or save the drawing as SVG in mm",
        ) from error
    logging.getLogger("ezdxf").addHandler(logging.NullHandler())  # what it repairs is no concern of the terminal
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp1252", "replace")  # before R2007; only names of layers are concerned
    return parse(io.StringIO(text.replace("\r\n", "\n")))


class _Walk:
    """Goes through the entities of the model and draws them."""

    def __init__(self, document: "Document", sheet: Drawing, unit_mm: float) -> None:
        """Take the drawing and the size of its unit."""
        self._model = document.modelspace()
        self._sheet = sheet
        self._matrix = Matrix.scale(unit_mm)
        self._unseen = {layer.dxf.name.lower() for layer in document.layers if layer.is_off() or layer.is_frozen()}
        self._left_out: dict[str, int] = {}

    def draw(self) -> None:
        """Draw all entities; those of an inserted block on its own or on the block's layer."""
        for entity in self._entities(self._model, 0):
            name = str(entity.dxf.get("layer", "0"))
            if name.lower() in self._unseen:
                self._leave_out("line on a layer that is off")
            elif entity.dxftype() in _LINES:
                source = Source(key=f"layer {clean(name)}")
                _draw(entity, self._sheet.layer(name, source).outline, self._matrix)
            else:
                self._leave_out(_LEFT_OUT.get(entity.dxftype(), "entity of another kind"))
        self._sheet.warnings += [f"not counted: {count} x {words}" for words, count in self._left_out.items()]

    def _entities(self, entities: Any, deep: int) -> Iterator[Any]:
        """Give the entities, those of inserted blocks in their place."""
        for entity in entities:
            self._sheet.budget.spend(_LINES_PER_COPY if deep else 0)
            if entity.dxftype() != "INSERT":
                yield entity
                continue
            if deep >= _DEEPEST_INSERT:
                raise UnreadableFile(f"expected blocks in blocks at most {_DEEPEST_INSERT} deep", hint=_HINT)
            for insert in entity.multi_insert() if entity.mcount > 1 else (entity,):
                self._sheet.budget.spend(_LINES_PER_COPY)
                yield from self._entities(insert.virtual_entities(), deep + 1)

    def _leave_out(self, words: str) -> None:
        self._sheet.budget.spend()
        self._left_out[words] = self._left_out.get(words, 0) + 1


def _draw(entity: Any, outline: Outline, matrix: Matrix) -> None:
    from ezdxf.path import Command, make_path  # noqa: PLC0415 - an extra

    command: Any
    pen = Pen(outline, matrix)
    drawn = make_path(entity, segments=_CURVES_PER_CIRCLE)
    pen.move(_point(drawn.start))
    for command in drawn.commands():
        if command.type == Command.MOVE_TO:
            pen.move(_point(command.end))
        elif command.type == Command.LINE_TO:
            pen.line(_point(command.end))
        elif command.type == Command.CURVE3_TO:
            pen.quadratic(_point(command.ctrl), _point(command.end))
        else:
            pen.cubic(_point(command.ctrl1), _point(command.ctrl2), _point(command.end))


def _point(vertex: Any) -> complex:
    return complex(vertex.x, vertex.y)
