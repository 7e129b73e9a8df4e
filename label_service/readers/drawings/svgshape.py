"""The shapes of SVG, drawn in their own coordinates, and the lengths in their attributes.

A length without a unit is one of the coordinates; one with a unit counts 96 px for an inch, as CSS has it.
Source: Scalable Vector Graphics (SVG) 2, chapters 9 and 10; CSS Values 3, section 6.2.
"""

import re

from label_service.errors import UnreadableFile
from label_service.readers.drawings import svgpath
from label_service.readers.drawings.drawing import UNITS_MM
from label_service.readers.drawings.outline import Pen
from label_service.readers.facts import clean
from label_service.readers.markup import Element

SHAPES = {"path", "line", "polyline", "polygon", "circle", "ellipse", "rect"}
HINT = "save the drawing again as plain SVG"
_LENGTH = re.compile(r"\s*([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d{1,3})?)\s*(mm|cm|in|pt|pc|px|%|)\s*")
_LONGEST = 60


def draw_shape(element: Element, pen: Pen, view: complex) -> None:
    """Draw one shape; shares in % are those of the view's width and height.

    Raises:
        UnreadableFile: an attribute that is no length, list of points or path data.
    """
    width, height, mean = view.real, view.imag, abs(view) / 2**0.5

    def size(name: str, of: float, default: str = "0") -> float:
        return user_length(element.attributes.get(name, default), of, element)

    if element.name == "path":
        svgpath.draw(element.attributes.get("d", ""), pen, f"line {element.line}")
    elif element.name == "line":
        pen.move(complex(size("x1", width), size("y1", height)))
        pen.line(complex(size("x2", width), size("y2", height)))
    elif element.name in {"polyline", "polygon"}:
        _draw_points(element, pen)
    elif element.name == "rect":
        either = element.attributes.get("rx", element.attributes.get("ry", "0"))
        radii = complex(size("rx", width, either), size("ry", height, either))
        sides = complex(size("width", width), size("height", height))
        if sides.real > 0 and sides.imag > 0:
            pen.rectangle(complex(size("x", width), size("y", height)), sides, radii)
    else:
        both = size("r", mean)
        rx, ry = (both, both) if element.name == "circle" else (size("rx", width), size("ry", height))
        if rx > 0 and ry > 0:
            pen.ellipse(complex(size("cx", width), size("cy", height)), rx, ry)


def _draw_points(element: Element, pen: Pen) -> None:
    numbers = svgpath.numbers(element.attributes.get("points", ""), f"line {element.line}")
    points = [complex(x, y) for x, y in zip(numbers[::2], numbers[1::2], strict=False)]
    pen.move(points[0] if points else 0j)
    for point in points[1:]:
        pen.line(point)
    if element.name == "polygon":
        pen.close()


def length(text: str, element: Element) -> tuple[float, str]:
    """Give number and unit of a length.

    Raises:
        UnreadableFile: it is none.
    """
    found = _LENGTH.fullmatch(text) if len(text) <= _LONGEST else None
    if not found:
        raise unlike("a length such as 12.5 or 12.5mm", text, element)
    return float(found[1]), found[2]


def user_length(text: str, of: float, element: Element) -> float:
    """Give a length in the coordinates of its element; a share is one of `of`.

    Raises:
        UnreadableFile: it is none.
    """
    if text == "auto":
        return 0.0
    value, unit = length(text, element)
    return value * of / 100 if unit == "%" else value * UNITS_MM[unit or "px"] / UNITS_MM["px"]


def unlike(what: str, found: object, element: Element) -> UnreadableFile:
    """Say what an element must have and what it has."""
    shown = repr(clean(str(found)))[:80]
    return UnreadableFile(f"expected {what}, found {shown}", hint=HINT, where=f"line {element.line}")
