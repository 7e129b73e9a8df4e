"""The public inventory: the sole input of the calculation. Format page: docs/formats/inventory.md.

Each flow is an amount of something the release has a factor for, for the whole batch, in one stage. Its loads say how
uncertain the amount is: per variable a geometric standard deviation; amounts that share a variable move together.
"""

from typing import Annotated, ClassVar, Literal

from pydantic import Field, StrictBool, StrictInt

from label_service.declaration import Design, Party
from label_service.document import (
    Basis,
    Country,
    Digest,
    Document,
    Identifier,
    Model,
    RowKey,
    Stage,
    Text,
)
from label_service.quantity import Amount

MAX_FLOWS = 2000
Variable = RowKey


class Load(Model):
    """How a flow depends on one uncertain variable: exp(ln(gsd) · Z) with Z standard normal and shared by name."""

    variable: Variable
    gsd: Amount


class Flow(Model):
    """{"amount":"0.063","basis":"weighed","flow":"materials/pla/virgin","input":"body","loads":[…],…}."""

    stage: Stage
    flow: RowKey
    amount: Amount
    unit: Literal["kg", "kWh", "t.km", "piece"]
    basis: Basis
    loads: Annotated[tuple[Load, ...], Field(max_length=8)] = ()
    input: RowKey
    bought_part: StrictBool = False


class NetMass(Model):
    """Mass of one material that ends in the product, for the whole batch; what `same_design` is built from."""

    material: Identifier
    amount: Amount
    loads: Annotated[tuple[Load, ...], Field(max_length=8)] = ()


class Inventory(Document):
    """Everything the score is computed from, for a batch of `quantity` items."""

    TYPE: ClassVar[str] = "inventory"

    type: Literal["inventory"]
    version: Literal["1"]
    demo: StrictBool
    release_digest: Digest
    producer: Party
    partners: Annotated[tuple[Party, ...], Field(max_length=20)] = ()
    name: Text
    family: Identifier
    processes: Annotated[tuple[Identifier, ...], Field(min_length=1, max_length=100)]
    countries: Annotated[tuple[Country, ...], Field(min_length=1, max_length=100)]
    year: Annotated[StrictInt, Field(ge=2000, le=2099)]
    quantity: Annotated[StrictInt, Field(ge=1, le=1_000_000)]
    category: Identifier | None = None
    function: Amount | None = None
    design: Design | None = None
    net_masses: Annotated[tuple[NetMass, ...], Field(min_length=1, max_length=100)]
    flows: Annotated[tuple[Flow, ...], Field(min_length=1, max_length=MAX_FLOWS)]
