"""XML from strangers: elements in the order of the file, no document types, no entities."""

from dataclasses import dataclass
from xml.parsers import expat

from label_service.errors import UnreadableFile

LONGEST_TEXT = 1_000  # of numbers and names; more of a text is not kept
_MOST_ELEMENTS = 200_000  # a year of quarter hours in Green Button has 175,000


@dataclass(slots=True)
class Element:
    """One element: its name without prefix, its attributes, its own text, its line, and how deep it stands."""

    name: str
    attributes: dict[str, str]
    line: int
    depth: int
    text: str = ""


class _Collector:
    """Gathers elements while the parser walks."""

    def __init__(self, parser: expat.XMLParserType, part: str, longest_text: int) -> None:
        self.elements: list[Element] = []
        self._open: list[Element] = []
        self._parser = parser
        self._part = part
        self._longest_text = longest_text
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        parser.StartDoctypeDeclHandler = self._refuse
        parser.EntityDeclHandler = self._refuse

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if len(self.elements) >= _MOST_ELEMENTS:
            raise UnreadableFile(f"{self._part} has more than {_MOST_ELEMENTS} elements", hint="export less at once")
        element = Element(name.rpartition(":")[2], attributes, self._parser.CurrentLineNumber, len(self._open))
        self.elements.append(element)
        self._open.append(element)

    def _end(self, _name: str) -> None:
        self._open.pop()

    def _text(self, data: str) -> None:
        element = self._open[-1]
        if len(element.text) < self._longest_text:
            element.text += data

    def _refuse(self, *_: object) -> None:
        raise UnreadableFile(f"{self._part} declares a document type", hint="export it again from the program")


def elements(data: bytes, part: str, longest_text: int = LONGEST_TEXT) -> list[Element]:
    """Give all elements in the order in which they start.

    Raises:
        UnreadableFile: not well-formed, or it declares a document type.
    """
    parser = expat.ParserCreate()
    collector = _Collector(parser, part, longest_text)
    try:
        parser.Parse(data, True)
    except (expat.ExpatError, ValueError, LookupError) as error:
        raise UnreadableFile(f"{part} is not XML: {error}", hint="export it again from the program") from error
    return collector.elements


def children(found: list[Element]) -> list[list[int]]:
    """Give the places of the direct children of each element."""
    inside: list[list[int]] = [[] for _ in found]
    above: list[int] = []
    for place, element in enumerate(found):
        del above[element.depth :]
        if above:
            inside[above[-1]].append(place)
        above.append(place)
    return inside
