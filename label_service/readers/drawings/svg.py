"""SVG drawings of cutters: length of the lines of each stroke colour, in mm.

    <svg width="300mm" height="200mm" viewBox="0 0 300 200">
      <g transform="translate(10 10)"><path d="M0 0h80a5 5 0 0 1 5 5z" stroke="#ff0000" fill="none"/></g>
    </svg>

A page in mm, cm, in, pt or pc has a size; one in px or without a unit has none, for programs take 72, 90 or 96 of them
for an inch, and then the unit of the drawing is asked for. Lines without stroke, hidden groups, texts, pictures and
definitions do not count; a definition counts where it is used.
Source: Scalable Vector Graphics (SVG) 2, chapters 5 and 8.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal

from label_service.errors import UnreadableFile
from label_service.readers.drawings import drawing, svgpath
from label_service.readers.drawings.drawing import UNITS_MM, Drawing, design, reading
from label_service.readers.drawings.outline import LARGEST_MM, Matrix, Pen
from label_service.readers.drawings.svgshape import HINT, SHAPES, draw_shape, length, unlike, user_length
from label_service.readers.drawings.svgstyle import VISIBLE, Style, colour, rules_of
from label_service.readers.facts import Producer, Reading, Source, clean
from label_service.readers.markup import Element, children, elements
from label_service.readers.said import Said

NAME = "drawing-svg"
LONGEST_STYLE = 200_000
_MOST_VISITS = 100_000  # of elements, each use of a definition counted
_DEEPEST_USE = 8
_PHYSICAL = {"mm", "cm", "in", "pt", "pc"}
_GROUPS, _VIEWS = {"g", "svg", "a", "switch", "use"}, {"symbol", "svg"}
_TEXT = "text (if it is cut, convert it to paths)"
_NO_LINES = {"text": _TEXT, "flowRoot": _TEXT, "image": "picture"}
_TRANSFORM = re.compile(r"\s*(matrix|translate|scale|rotate|skewX|skewY)\s*\(([^()]*)\)[\s,]*")
_DOCTYPE = re.compile(rb'<!DOCTYPE\s+svg(?:\s+PUBLIC\s+"[^"<>]*"|\s+SYSTEM)?(?:\s+"[^"<>]*")?\s*>')
_OLD_INKSCAPE = re.compile(r"0\.(?:[1-8]\d|9[01])\b")  # up to 0.91 an inch had 90 px
Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class _Page:
    """The page: the map from its coordinates to mm, None when that is not known; its view, and its area in m2."""

    matrix: Matrix | None
    view: complex
    area: Decimal
    warning: str = ""


@dataclass(frozen=True)
class _Context:
    """What a shape takes from the groups around it: map to mm, style, size of the view, and depth of uses."""

    matrix: Matrix
    style: Style
    view: complex
    uses: int = 0


def read(data: bytes, said: Said) -> Reading:
    """Measure the lines of a drawing; without a physical unit, and without one that was said, nothing is measured.

    Raises:
        UnreadableFile: not SVG, or a shape, length or transform that is none.
    """
    bare = _DOCTYPE.sub(lambda found: b"\n" * found[0].count(b"\n"), data, count=1)  # an empty one is harmless
    found = elements(bare, "the drawing", LONGEST_STYLE)
    if found[0].name != "svg":
        raise UnreadableFile(f"expected an SVG drawing, found <{clean(found[0].name)}>", hint=HINT)
    try:
        sheet = _measured(found, _page(found[0], said))
    except (ArithmeticError, ValueError) as error:
        raise UnreadableFile("the drawing has numbers that are no sizes of things", hint=HINT) from error
    version = clean(found[0].attributes.get("inkscape:version", "").split(" ")[0])
    producer = Producer(program="Inkscape", version=version) if version else None
    return reading(sheet, kind="svg", producer=producer, importer=NAME)


def _measured(found: list[Element], page: _Page) -> Drawing:
    sheet = Drawing(is_measured=bool(page.matrix), missing=[] if page.area else ["sheet_area"])
    if page.warning:
        sheet.warnings.append(page.warning)
    if page.matrix:
        _Walk(found, sheet).draw(_Context(page.matrix, VISIBLE, page.view))
    if page.area:
        source = Source(key="width x height", line=found[0].line)
        sheet.facts.append(design("sheet_area", page.area, "m2", source))
    return sheet


def _page(root: Element, said: Said) -> _Page:
    """Find out how large the drawing is, from its page or from what a person said."""
    box, size = _view_box(root), _physical_size(root)
    view = complex(box[2], box[3]) if box else size / UNITS_MM["px"]
    area = drawing.length(size.real) * drawing.length(size.imag)
    is_old = _OLD_INKSCAPE.match(root.attributes.get("inkscape:version", "")) is not None
    if box and size:
        return _Page(_fit(box, size, root.attributes), view, area)
    unit = drawing.ask_unit(said)
    if unit in UNITS_MM:
        return _Page(Matrix.scale(UNITS_MM[unit]), view, area)
    if size and not is_old:
        warning = "the page has no viewBox, so its coordinates count as 1/96 in: check the bounds"
        return _Page(Matrix.scale(UNITS_MM["px"]), view, area, warning)
    warning = (
        "the drawing does not say how large it is, for its page has no unit such as mm: save it with a page in mm, "
        "or name the unit of its coordinates (mm, cm, in, pt for 1/72 in, px for 1/96 in)"
    )
    return _Page(None, view, area, warning)


def _physical_size(root: Element) -> complex:
    """Give width and height of the page in mm, zero when they have no physical unit."""
    sides = []
    for name in ("width", "height"):
        value, unit = length(root.attributes.get(name, "100%"), root)
        mm = value * UNITS_MM[unit] if unit in _PHYSICAL else 0.0
        sides.append(mm if 0 < mm < LARGEST_MM else 0.0)
    return complex(*sides) if all(sides) else 0j


class _Walk:
    """Goes through the elements and draws them."""

    def __init__(self, found: list[Element], sheet: Drawing) -> None:
        self._found = found
        self._inside = children(found)
        self._sheet = sheet
        styles = "".join(element.text for element in found if element.name == "style")
        self._rules = rules_of(styles, sheet.warnings)
        self._ids = {
            element.attributes["id"]: place for place, element in enumerate(found) if "id" in element.attributes
        }
        self._left_out: dict[str, int] = {}

    def draw(self, context: _Context) -> None:
        """Draw everything below the root, in the order of the file."""
        visits, open_ = 0, [iter([(0, context)])]
        while open_:
            found = next(open_[-1], None)
            if found is None:
                open_.pop()
                continue
            visits += 1
            if visits > _MOST_VISITS:
                raise UnreadableFile(f"the drawing uses more than {_MOST_VISITS} elements", hint="simplify it")
            open_.append(self._visit(*found))
        self._sheet.warnings += [f"not counted: {count} x {words}" for words, count in self._left_out.items()]

    def _visit(self, place: int, outer: _Context) -> Iterator[tuple[int, _Context]]:
        """Draw a shape, or give what stands inside of a group."""
        element = self._found[place]
        context = replace(outer, style=self._rules.style(element, outer.style))
        if context.style.is_gone:
            return
        if element.name in _NO_LINES:
            self._leave_out(_NO_LINES[element.name])
        elif element.name in _GROUPS:
            yield from self._enter(place, _moved(element, context))
        elif element.name in SHAPES:
            self._shape(element, context)

    def _enter(self, place: int, context: _Context) -> Iterator[tuple[int, _Context]]:
        """Give what stands inside of a group, or what a use stands for."""
        frame = element = self._found[place]
        inside = self._inside[place]
        if element.name == "use":
            target = self._ids.get((element.attributes.get("href") or element.attributes.get("xlink:href", ""))[1:])
            if target is None:
                self._leave_out("use of an element that is not in the drawing")
                return
            if context.uses >= _DEEPEST_USE:
                raise unlike(f"uses of uses at most {_DEEPEST_USE} deep", element.attributes, element)
            element, context = self._found[target], replace(context, uses=context.uses + 1)
            inside = self._inside[target] if element.name in _VIEWS else [target]
        if element.depth and element.name in _VIEWS:
            context = _inner_view(element, frame, context)
        yield from ((child, context) for child in inside)

    def _shape(self, element: Element, context: _Context) -> None:
        if context.style.is_hidden:
            return
        if context.style.stroke == "none":
            self._leave_out("shape without a line colour (if it is cut, give it a stroke)")
            return
        name = colour(context.style.stroke)
        layer = self._sheet.layer(name, Source(key=f"stroke {clean(name)}", line=element.line))
        draw_shape(element, Pen(layer.outline, _moved(element, context).matrix), context.view)

    def _leave_out(self, words: str) -> None:
        self._left_out[words] = self._left_out.get(words, 0) + 1


def _moved(element: Element, context: _Context) -> _Context:
    """Give the context with the transforms of an element, and the place of a use or an inner svg."""
    matrix = context.matrix @ _transform(element)
    if element.depth and element.name in {"use", "svg"}:
        x = user_length(element.attributes.get("x", "0"), context.view.real, element)
        y = user_length(element.attributes.get("y", "0"), context.view.imag, element)
        matrix @= Matrix(e=x, f=y)
    return replace(context, matrix=matrix)


def _transform(element: Element) -> Matrix:
    """Read a list of transforms; the first is done last."""
    text = element.attributes.get("transform", "").strip()
    matrix, position = Matrix(), 0
    while position < len(text):
        found = _TRANSFORM.match(text, position)
        step = svgpath.step(found[1], svgpath.numbers(found[2], f"line {element.line}")) if found else None
        if not found or step is None:
            raise unlike("transforms such as translate(10 5) rotate(30)", text, element)
        matrix, position = matrix @ step, found.end()
    return matrix


def _view_box(element: Element) -> Box | None:
    text = element.attributes.get("viewBox")
    if text is None:
        return None
    numbers = svgpath.numbers(text, f"line {element.line}")
    if len(numbers) != 4 or not (numbers[2] > 0 and numbers[3] > 0):
        raise unlike("a viewBox of four numbers with width and height", text, element)
    return (numbers[0], numbers[1], numbers[2], numbers[3])


def _fit(box: Box, size: complex, attributes: dict[str, str]) -> Matrix:
    """Give the map of a view box onto an area of that size, as preserveAspectRatio asks."""
    x, y, width, height = box
    wide, high = size.real / width, size.imag / height
    how = attributes.get("preserveAspectRatio", "")
    if "none" not in how:
        wide = high = max(wide, high) if "slice" in how else min(wide, high)
    share = {"Min": 0.0, "Max": 1.0}
    right = share.get(how[1:4], 0.5) * (size.real - width * wide)
    down = share.get(how[5:8], 0.5) * (size.imag - height * high)
    return Matrix(wide, 0, 0, high, right - x * wide, down - y * high)


def _inner_view(element: Element, frame: Element, context: _Context) -> _Context:
    """Give the context inside of a symbol or an inner svg: its view box fills its frame."""
    size = complex(
        *(
            user_length(frame.attributes.get(name, element.attributes.get(name, "100%")), of, frame)
            for name, of in (("width", context.view.real), ("height", context.view.imag))
        )
    )
    box = _view_box(element)
    if not box or not size.real or not size.imag:
        return replace(context, view=size)
    matrix = context.matrix @ _fit(box, size, element.attributes)
    return replace(context, matrix=matrix, view=complex(box[2], box[3]))
