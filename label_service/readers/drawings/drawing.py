"""The rules for drawings: line lengths of each layer, bounds and sheet, always with the basis `design`.

A drawing says what shall be cut or sewn, never that it was, and nothing of mass. Lengths are given to 0.1 mm.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from label_service.quantity import amount
from label_service.readers.drawings.outline import Budget, Outline
from label_service.readers.facts import Fact, Producer, Reading, Source, Text, clean
from label_service.readers.said import Said

DESIGN, ESTIMATED = "design", "estimated"
MOST_LAYERS = 64  # cutters know 32; a picture has hundreds of colours
UNITS_MM = {
    "mm": 1.0,
    "cm": 10.0,
    "m": 1000.0,
    "in": 25.4,
    "ft": 304.8,
    "pt": 25.4 / 72,
    "pc": 25.4 / 6,
    "px": 25.4 / 96,
    "px90": 25.4 / 90,  # of Inkscape up to 0.91
}
_BOUNDS = ("bounding_width", "bounding_height")


@dataclass
class Layer:
    """Lines that belong together, how people name them, and the place of the first."""

    name: str
    source: Source
    outline: Outline

    @property
    def has_lines(self) -> bool:
        """Whether it has a length that can be written."""
        return length(self.outline.length_mm) > 0


@dataclass
class Drawing:
    """What a reader finds in a drawing.

    Attributes:
        quantity: what its lines are, `cut_length` or `thread_length`.
        is_measured: false when its unit is not known, so that nothing was drawn.
        layers: by colour, name or number, in the order of the file.
        facts: what the format states besides its lines; `missing` what it could state and does not.
    """

    quantity: str = "cut_length"
    is_measured: bool = True
    layers: dict[str, Layer] = field(default_factory=dict)
    facts: list[Fact] = field(default_factory=list)
    texts: list[Text] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    budget: Budget = field(default_factory=Budget)

    def layer(self, key: str, source: Source, name: str = "") -> Layer:
        """Give a layer, a new one at its first line."""
        if key not in self.layers:
            self.layers[key] = Layer(name or key, source, Outline(self.budget))
        return self.layers[key]

    def used(self) -> dict[str, Layer]:
        """Give the layers that have lines; their order is the item of their facts."""
        return {key: layer for key, layer in self.layers.items() if layer.has_lines}


def reading(drawing: Drawing, *, kind: str, producer: Producer | None, importer: str) -> Reading:
    """Give the facts of a drawing; one without any line misses them."""
    layers = list(drawing.used().values())
    facts = [*_totals(drawing.quantity, layers), *drawing.facts]
    texts = [*drawing.texts]
    if len(layers) <= MOST_LAYERS:
        facts += _per_layer(drawing.quantity, layers)
        texts += _names(layers)
    stated = {fact.quantity for fact in facts}
    missing = [name for name in (drawing.quantity, *_BOUNDS) if name not in stated] + drawing.missing
    return Reading(
        kind=kind,
        producer=producer,
        importer=importer,
        facts=tuple(facts),
        texts=tuple(texts),
        warnings=tuple(dict.fromkeys([*drawing.warnings, *_remarks(drawing, layers)])),
        missing=tuple(dict.fromkeys(missing)),
    )


def ask_unit(said: Said) -> str:
    """Give the unit of the coordinates as a person said it, for the drawing does not say how large it is."""
    return said.ask(
        "unit",
        "How large is one unit of the drawing? px is 1/96 in, px90 1/90 in as in old Inkscape, pt 1/72 in",
        tuple(UNITS_MM),
        is_needed=False,
    )


def length(mm: float) -> Decimal:
    """Give a length in m, to 0.1 mm."""
    return Decimal(f"{mm:.1f}") / 1000


def design(quantity: str, value: Decimal, unit: str, source: Source, item: int | None = None) -> Fact:
    """Give what a drawing states as a fact."""
    return Fact(quantity=quantity, value=amount(value), unit=unit, basis=DESIGN, source=source, item=item)


def _totals(quantity: str, layers: list[Layer]) -> list[Fact]:
    """Give the length of all lines, and the sides of the rectangle around them."""
    if not layers:
        return []
    first, last = layers[0].source, layers[-1].source
    key = first.key if len(layers) == 1 else f"{first.key} + ... + {last.key}"
    source = first.model_copy(update={"key": key})
    outlines = [layer.outline for layer in layers]
    width = max(outline.right for outline in outlines) - min(outline.left for outline in outlines)
    height = max(outline.bottom for outline in outlines) - min(outline.top for outline in outlines)
    total = sum((length(outline.length_mm) for outline in outlines), Decimal(0))
    values = ((quantity, total), *zip(_BOUNDS, (length(width), length(height)), strict=True))
    return [design(name, value, "m", source) for name, value in values if value]


def _per_layer(quantity: str, layers: list[Layer]) -> list[Fact]:
    """Give the length of each layer, only where there is more than one."""
    if len(layers) < 2:
        return []
    return [
        design(quantity, length(layer.outline.length_mm), "m", layer.source, item) for item, layer in enumerate(layers)
    ]


def _names(layers: list[Layer]) -> Iterable[Text]:
    for item, layer in enumerate(layers):
        if name := clean(layer.name):
            yield Text(quantity="layer_name", value=name, source=layer.source, item=item if len(layers) > 1 else None)


def _remarks(drawing: Drawing, layers: list[Layer]) -> list[str]:
    if not layers and drawing.is_measured:
        return ["the drawing has no lines to measure: give lines that are cut an outline"]
    if len(layers) > MOST_LAYERS:
        return [f"the drawing has lines on {len(layers)} layers, which are not listed: is it a picture?"]
    if len(layers) > 1 and drawing.quantity == "cut_length":
        return [f"the drawing has lines on {len(layers)} layers: take only those that are cut"]
    return []
