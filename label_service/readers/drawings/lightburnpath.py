"""The paths of LightBurn projects: lists of vertices, and of the lines and curves between them.

    <VertList>V0 0c0x1c1x1V10 0c0x12c0y5c1x8c1y-5</VertList><PrimList>L0 1B1 0</PrimList>

A vertex has a handle for the curve that leaves it (c0) and one for the curve that comes in (c1); a handle without y is
none, and an S before the V marks a smooth one. `LineClosed` joins all vertices in turn. Shapes share lists by VertID
and PrimID. The older format has <V vx="0" vy="0"/> and <P T="L" p0="0" p1="1"/> instead.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from label_service.errors import UnreadableFile
from label_service.readers.drawings.outline import Pen
from label_service.readers.facts import clean
from label_service.readers.markup import Element

HINT = "save the project again from LightBurn"
_NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d{1,3})?"
_VERTEX = re.compile(rf"\s*S?V({_NUMBER}) ({_NUMBER})")
_HANDLE = re.compile(rf"c([01])([xy])({_NUMBER})")
_PRIMITIVE = re.compile(r"\s*([LB])(\d{1,7}) (\d{1,7})")


@dataclass(frozen=True)
class _Vertex:
    """A corner, and the control points of the curves that leave it and come in."""

    at: complex
    leave: complex
    come: complex


class Paths:
    """The lists of vertices and primitives, which shapes share by their ids."""

    def __init__(self, found: list[Element], inside: list[list[int]]) -> None:
        """Find the lists that have an id."""
        self._found = found
        self._inside = inside
        self._by_id: dict[tuple[str, str], int] = {}
        self._vertices: dict[int, list[_Vertex]] = {}
        for place, element in enumerate(found):
            for name, mark in (("VertList", "VertID"), ("PrimList", "PrimID")):
                if mark in element.attributes and (own := self._own(place, name)) is not None:
                    self._by_id.setdefault((mark, element.attributes[mark]), own)

    def draw(self, place: int, pen: Pen) -> None:
        """Draw a path.

        Raises:
            UnreadableFile: a list that is none, or a number of a vertex that there is not.
        """
        element, vertices = self._found[place], self._corners(place)
        primitives = self._primitives(place, len(vertices))
        for kind, first, second in primitives:
            if not (first < len(vertices) and second < len(vertices)):
                raise unlike(f"vertices below {len(vertices)}", f"{kind}{first} {second}", element)
            start, end = vertices[first], vertices[second]
            pen.move(start.at)
            if kind == "B":
                pen.cubic(start.leave, end.come, end.at)
            else:
                pen.line(end.at)

    def _own(self, place: int, name: str) -> int | None:
        return next((child for child in self._inside[place] if self._found[child].name == name), None)

    def _list(self, place: int, name: str, mark: str) -> int | None:
        own = self._own(place, name)
        return self._by_id.get((mark, self._found[place].attributes.get(mark, ""))) if own is None else own

    def _corners(self, place: int) -> list[_Vertex]:
        """Give the vertices of a path, each list read once."""
        listed = self._list(place, "VertList", "VertID")
        if listed is None:
            parts = (self._found[child] for child in self._inside[place])
            return [_old_vertex(part) for part in parts if part.name == "V"]
        if listed not in self._vertices:
            self._vertices[listed] = list(_read_vertices(self._found[listed]))
        return self._vertices[listed]

    def _primitives(self, place: int, count: int) -> Iterator[tuple[str, int, int]]:
        """Give lines and curves, each from one vertex to another."""
        listed = self._list(place, "PrimList", "PrimID")
        if listed is None:
            for part in (self._found[child] for child in self._inside[place]):
                if part.name == "P":
                    numbers = [part.attributes.get(name, "") for name in ("p0", "p1")]
                    if not all(text.isascii() and text.isdigit() and len(text) < 8 for text in numbers):
                        raise unlike("a line from p0 to p1", part.attributes, part)
                    yield part.attributes.get("T", "L"), int(numbers[0]), int(numbers[1])
        elif self._found[listed].text.strip() == "LineClosed":
            yield from (("L", first, (first + 1) % count) for first in range(count))
        else:
            yield from _read_primitives(self._found[listed])


def _read_vertices(element: Element) -> Iterator[_Vertex]:
    text, position = element.text.rstrip(), 0
    while position < len(text):
        corner = _VERTEX.match(text, position)
        if not corner:
            raise unlike("a list of vertices, V0 0V10 0", text[position : position + 40], element)
        position, handles = corner.end(), {}
        while handle := _HANDLE.match(text, position):
            handles["c" + handle[1] + handle[2]] = handle[3]
            position = handle.end()
        yield _vertex(corner[1], corner[2], handles)


def _read_primitives(element: Element) -> Iterator[tuple[str, int, int]]:
    text, position = element.text.rstrip(), 0
    while position < len(text):
        found = _PRIMITIVE.match(text, position)
        if not found:
            raise unlike("a list of lines and curves, L0 1B1 2", text[position : position + 40], element)
        position = found.end()
        yield found[1], int(found[2]), int(found[3])


def _old_vertex(element: Element) -> _Vertex:
    attributes = element.attributes
    return _vertex(attributes.get("vx", ""), attributes.get("vy", ""), attributes)


def _vertex(x: str, y: str, handles: dict[str, str]) -> _Vertex:
    at = complex(float(x), float(y))
    leave, come = (
        complex(float(handles[name + "x"]), float(handles[name + "y"]))
        if {name + "x", name + "y"} <= handles.keys()
        else at
        for name in ("c0", "c1")
    )
    return _Vertex(at, leave, come)


def unlike(what: str, found: object, element: Element) -> UnreadableFile:
    """Say what an element must have and what it has."""
    shown = repr(clean(str(found)))[:80]
    return UnreadableFile(f"expected {what}, found {shown}", hint=HINT, where=f"line {element.line}")
