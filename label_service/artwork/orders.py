"""What can be drawn: kinds of files, variants, sizes, and what fits on which size.

A code is drawn only where its modules have at least 0.4 mm and a quiet zone of 4 modules, and text only from 5 point
on. Sizes: A7 and A6 (ISO 216); the sheet has 3 by 8 labels of 63.5 × 33.9 mm, a usual size of pre-cut sheets.
"""

from dataclasses import dataclass
from typing import Annotated, Final, Literal, Self

from pydantic import Field, StrictInt, model_validator

from label_service.artwork.qr import QUIET_ZONE
from label_service.document import Model
from label_service.errors import Refused

Kind = Literal["svg", "png", "pdf"]
Variant = Literal["colour", "mono", "kraft"]
Format = Literal["single", "card", "sheet", "tiny"]
Code = Literal["offline", "link"]

MIN_MODULE_UM: Final = 400  # micrometres; what cheap printers and old phones still manage
MIN_TYPE_PT: Final = 5.0  # x-height of 0.9 mm, the least that food labels may have (EU 1169/2011, article 13(3))
SHEET_LABELS: Final = 24
MOST_LABELS: Final = 10 * SHEET_LABELS  # drawn in one file
_MOST_WIDTH_MM: Final = 400


@dataclass(frozen=True, slots=True)
class Layout:
    """One drawing at its own size.

    Attributes:
        width_mm, height_mm: of the label.
        code_um: side of the code with its quiet zone, in micrometres.
        type_pt: smallest type.
    """

    width_mm: float
    height_mm: float
    code_um: int
    type_pt: float

    def module_um(self, modules: int) -> int:
        """Give the side of one module of a code with so many modules a side, quiet zone not counted."""
        return self.code_um // (modules + 2 * QUIET_ZONE)


PORTRAIT: Final = Layout(74, 105, 33_110, 5.6)
STRIP: Final = Layout(63.5, 33.9, 30_800, 5.0)
TINY: Final = Layout(54, 25, 18_450, 5.0)
_CARD_WIDTH_MM: Final = 104  # A6 is 105 × 148, a shade wider than A7


class Order(Model):
    """One drawing as it was asked for.

    Attributes:
        count: labels on a sheet, from the top left.
        width_mm: of a single label; its height follows.
        code: `offline` verifies without a network, `link` is smaller and only leads to the page.
    """

    kind: Kind
    variant: Variant = "colour"
    format: Format = "single"
    count: Annotated[StrictInt, Field(ge=1, le=SHEET_LABELS)] = SHEET_LABELS
    width_mm: Annotated[StrictInt, Field(ge=20, le=_MOST_WIDTH_MM)] = 74
    code: Code = "offline"

    @model_validator(mode="after")
    def _belongs_together(self) -> Self:
        if self.format == "sheet" and self.kind != "pdf":
            raise ValueError("a sheet as PDF; single labels and cards also as SVG and PNG")
        if "count" in self.model_fields_set and self.format != "sheet":
            raise ValueError("a count for a sheet only")
        if "width_mm" in self.model_fields_set and self.format != "single":
            raise ValueError("a width for single labels only; cards, sheets and tiny labels have their own")
        if "code" in self.model_fields_set and self.format == "tiny" and self.code != "link":
            raise ValueError("the link-only code on a tiny label; the other does not fit")
        return self

    @property
    def layout(self) -> Layout:
        """The layout of each label."""
        return {"sheet": STRIP, "tiny": TINY}.get(self.format, PORTRAIT)

    @property
    def scale(self) -> float:
        """How much larger than its own size the layout is drawn."""
        if self.format == "card":
            return _CARD_WIDTH_MM / PORTRAIT.width_mm
        return self.width_mm / PORTRAIT.width_mm if self.format == "single" else 1.0

    @property
    def has_link_only(self) -> bool:
        """Whether the small code is drawn that only leads to the page."""
        return self.code == "link" or self.format == "tiny"

    def size_mm(self) -> tuple[float, float]:
        """Give width and height of one label as drawn."""
        return self.layout.width_mm * self.scale, self.layout.height_mm * self.scale

    def module_um(self, modules: int) -> int:
        """Give the side of a module as drawn, in micrometres."""
        return int(self.layout.module_um(modules) * self.scale)


def check_fits(order: Order, modules: int) -> None:
    """Check that a code of so many modules a side, and the text, can be read at the size asked for.

    Raises:
        Refused: the size is too small; the hint says which width would do.
    """
    module_um, type_pt = order.module_um(modules), order.layout.type_pt * order.scale
    if module_um >= MIN_MODULE_UM and type_pt >= MIN_TYPE_PT:
        return
    raise Refused(
        f"expected modules of at least 0.4 mm and text of at least {MIN_TYPE_PT:g} point, "
        f"found {module_um / 1000:.2f} mm and {type_pt:.1f} point",
        hint=f"take a width of at least {_least_width_mm(order, modules)} mm, or format=tiny",
    )


def _least_width_mm(order: Order, modules: int) -> int:
    widths = range(order.width_mm, _MOST_WIDTH_MM + 1)
    fits = (order.model_copy(update={"width_mm": width}) for width in widths)
    return next(
        wider.width_mm
        for wider in fits
        if wider.module_um(modules) >= MIN_MODULE_UM and wider.layout.type_pt * wider.scale >= MIN_TYPE_PT
    )
