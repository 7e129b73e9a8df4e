"""XML from strangers: elements with attributes, no document types, no entities."""

from collections.abc import Iterator
from xml.parsers import expat

from label_service.errors import UnreadableFile

Element = tuple[str, dict[str, str], int]


def elements(data: bytes, part: str) -> Iterator[Element]:
    """Give the start of each element: name, attributes and line.

    Raises:
        UnreadableFile: not well-formed, or it declares a document type.
    """
    found: list[Element] = []
    parser = expat.ParserCreate()

    def start(name: str, attributes: dict[str, str]) -> None:
        found.append((name, attributes, parser.CurrentLineNumber))

    def refuse(*_: object) -> None:
        raise UnreadableFile(f"{part} declares a document type, which no slicer does", hint="export the project again")

    parser.StartElementHandler = start
    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    try:
        parser.Parse(data, True)
    except (expat.ExpatError, ValueError, LookupError) as error:
        raise UnreadableFile(f"{part} is not XML: {error}", hint="export the project again") from error
    return iter(found)
