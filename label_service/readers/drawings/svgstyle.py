"""Which lines of an SVG drawing are seen, and in which colour: attributes, `style`, and simple rules of a style sheet.

Rules for an element, a class or an id are understood, as drawing programs write them: `path`, `.cls-1`, `path.cls-1`,
`#cut`. Later and closer rules win. Source: CSS 2.2, chapters 5 and 6; SVG 2, chapter 6.
"""

import re
from dataclasses import dataclass

from label_service.readers.markup import Element

_NAMES = ("stroke", "display", "visibility")
_SELECTOR = re.compile(r"([A-Za-z][\w-]*|\*)?([.#][\w-]+)?")
_HEX = re.compile(r"#[0-9a-f]{3}|#[0-9a-f]{6}")
_RGB = re.compile(r"rgb\(\s*(\d{1,3})\s*,\s*(\d{1,3})\s*,\s*(\d{1,3})\s*\)")
_MOST_RULES = 2_000
# The sixteen colours of CSS 1 and orange; others keep their names.
_COLOURS = {
    "black": "#000000",
    "silver": "#c0c0c0",
    "gray": "#808080",
    "white": "#ffffff",
    "maroon": "#800000",
    "red": "#ff0000",
    "purple": "#800080",
    "fuchsia": "#ff00ff",
    "magenta": "#ff00ff",
    "green": "#008000",
    "lime": "#00ff00",
    "olive": "#808000",
    "yellow": "#ffff00",
    "navy": "#000080",
    "blue": "#0000ff",
    "teal": "#008080",
    "aqua": "#00ffff",
    "cyan": "#00ffff",
    "orange": "#ffa500",
}


@dataclass(frozen=True)
class Style:
    """What is inherited of the style: line colour, hidden, and whether the element is not drawn at all."""

    stroke: str = "none"
    is_hidden: bool = False
    is_gone: bool = False


VISIBLE = Style()


class Rules:
    """The rules of the style sheets of a drawing."""

    def __init__(self) -> None:
        """Begin without rules."""
        self._by_selector: dict[str, list[tuple[int, dict[str, str]]]] = {}
        self._count = 0

    def add(self, selector: str, properties: dict[str, str]) -> None:
        """Add one rule."""
        self._count += 1
        self._by_selector.setdefault(selector, []).append((self._count, properties))

    def style(self, element: Element, inherited: Style) -> Style:
        """Give the style of an element."""
        stated = {name: value for name in _NAMES if (value := element.attributes.get(name, "").strip())}
        for properties in self._matching(element):
            stated |= properties
        stated |= _properties(element.attributes.get("style", ""))
        stroke, visibility = stated.get("stroke", "inherit"), stated.get("visibility", "inherit")
        return Style(
            stroke=inherited.stroke if stroke == "inherit" else stroke,
            is_hidden=inherited.is_hidden if visibility == "inherit" else visibility != "visible",
            is_gone=stated.get("display") == "none",
        )

    def _matching(self, element: Element) -> list[dict[str, str]]:
        """Give the rules for an element, the strongest last."""
        if not self._by_selector:
            return []
        classes = [f".{name}" for name in element.attributes.get("class", "").split()[:16]]
        identity = [f"#{element.attributes['id']}"] if "id" in element.attributes else []
        levels = (
            ["*", element.name],
            [*classes, *(element.name + name for name in classes)],
            [*identity, *(element.name + name for name in identity)],
        )
        found = []
        for selectors in levels:
            rules = [rule for selector in selectors for rule in self._by_selector.get(selector, [])]
            found += [properties for _, properties in sorted(rules, key=lambda rule: rule[0])]
        return found


def rules_of(sheet: str, warnings: list[str]) -> Rules:
    """Read a style sheet; a rule that is not understood and matters is said."""
    rules = Rules()
    begin, *others = sheet.split("/*")
    bare = begin + "".join(part.partition("*/")[2] for part in others)
    for part in bare.split("}")[:_MOST_RULES]:
        selectors, _, body = part.rpartition("{")
        properties = _properties(body)
        for selector in selectors.split(",") if properties else ():
            if (name := selector.strip()) and _SELECTOR.fullmatch(name):
                rules.add(name if name == "*" else name.removeprefix("*"), properties)
            else:
                warnings.append(
                    "a rule of the style sheet is not understood: save the drawing with styles as attributes"
                )
    return rules


def colour(text: str) -> str:
    """Give the one spelling of a colour: #rrggbb, or its name where that is not known."""
    name = text.strip().lower()
    if _HEX.fullmatch(name):
        return name if len(name) == 7 else "#" + "".join(digit * 2 for digit in name[1:])
    if rgb := _RGB.fullmatch(name):
        return "#" + "".join(f"{min(int(part), 255):02x}" for part in rgb.groups())
    return _COLOURS.get(name, name)


def _properties(text: str) -> dict[str, str]:
    """Give the properties that matter."""
    pairs = (part.partition(":") for part in text.split(";"))
    return {
        name.strip(): value.replace("!important", "").strip()
        for name, _, value in pairs
        if name.strip() in _NAMES and value.strip()
    }
