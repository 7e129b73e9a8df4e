"""A part with a footprint of its own as it stands in an inventory: a labelled part, or a supplier's signed record.

Its weights are taken over from what stands behind its digest, and everybody can take them again: `impact.parts`.
Format page: docs/formats/inventory.md. Method page: docs/method.md, section 4.
"""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from label_service.document import Digest, Model, Text
from label_service.quantity import Amount, Figure

MAX_PARTS = 50
END_OF_LIFE = "end_of_life"

PositiveFigure = Annotated[
    str, StringConstraints(pattern=r"^([1-9][0-9]{0,18}(\.[0-9]{0,9}[1-9])?|0\.[0-9]{0,27}[1-9])$", strict=True)
]
WeightVariable = Annotated[
    str, StringConstraints(pattern=r"^(factor|process|part|reference):[A-Za-z0-9_./-]{1,160}$", strict=True)
]


class WeightLoad(Model):
    """How a weight depends on one uncertain variable, which may be one of the product and of its reference."""

    variable: WeightVariable
    gsd: Amount


class Weight(Model):
    """Impact of one unit of a part: median in kg CO2e, loads, shares that rest on defaults and on stand-ins."""

    kgco2e: PositiveFigure
    loads: Annotated[tuple[WeightLoad, ...], Field(max_length=8)] = ()
    default_share: Figure
    proxy_share: Figure


class PartWeights(Model):
    """Impact of one unit up to the gate of its maker, and of its end of life where that is known."""

    gate: Weight
    end_of_life: Weight | None = None


class Part(Model):
    """A part by the digest of the label token or record behind it.

    `reference` is what the same part weighs when it is made by the mass process; without it the part is equal on both
    sides of `same_design`. `mass_kg` is that of one unit.
    """

    kind: Literal["label", "record"]
    digest: Digest
    name: Text
    maker: Text
    unit: Literal["piece", "kg"]
    mass_kg: PositiveFigure
    own: PartWeights
    reference: PartWeights | None = None

    @property
    def flow(self) -> str:
        """Flow id of what it weighs up to the gate."""
        return f"{'part' if self.kind == 'label' else 'record'}/{self.digest}"

    def weights(self, side: PartWeights) -> dict[str, Weight]:
        """Give the weights of a side by flow id."""
        found = {self.flow: side.gate}
        return found | ({f"{self.flow}/{END_OF_LIFE}": side.end_of_life} if side.end_of_life else {})


def is_part(flow: str) -> bool:
    """Tell whether a flow id is that of a part."""
    return flow.startswith(("part/", "record/"))
