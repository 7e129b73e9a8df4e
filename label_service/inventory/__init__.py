"""The public inventory: the sole input of the calculation. Format page: docs/formats/inventory.md.

Each flow is an amount of something the release has a factor for, for the whole batch, in one stage. Its loads say how
uncertain the amount is: per variable a geometric standard deviation; amounts that share a variable move together.
"""

from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, StrictBool, StrictInt, model_validator

from label_service.declaration import MAX_PARTNERS, ContributionToken
from label_service.declaration.contribution import Run
from label_service.document import (
    MAX_LINES,
    Basis,
    Country,
    Design,
    Digest,
    Document,
    Identifier,
    Model,
    Parameters,
    Party,
    Period,
    RowKey,
    Stage,
    Text,
    unique,
)
from label_service.inventory.parts import MAX_PARTS, Part, is_part
from label_service.quantity import Amount

__all__ = ["MAX_FLOWS", "Flow", "Inventory", "Load", "NetMass", "Run", "Variable", "Variant", "is_energy"]

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
    """Mass of one line that ends in the product, for the whole batch; what `same_design` is built from."""

    input: Identifier
    material: Identifier
    amount: Amount
    loads: Annotated[tuple[Load, ...], Field(max_length=8)] = ()


class Variant(Model):
    """What was chosen of a parametric design, and the machine time of the batch where all of it is evidenced."""

    parameters: Parameters = ()
    machine_h: Amount | None = None


class Inventory(Document):
    """Everything the score is computed from, for a batch of `quantity` items."""

    TYPE: ClassVar[str] = "inventory"

    type: Literal["inventory"]
    version: Literal["1"]
    demo: StrictBool
    release_digest: Digest
    producer: Party
    partners: Annotated[tuple[Party, ...], Field(max_length=MAX_PARTNERS)] = ()
    name: Text
    family: Identifier
    processes: Annotated[tuple[Identifier, ...], Field(min_length=1, max_length=100)]
    countries: Annotated[tuple[Country, ...], Field(min_length=1, max_length=100)]
    made: Period
    year: Annotated[StrictInt, Field(ge=2000, le=2099)]
    quantity: Annotated[StrictInt, Field(ge=1, le=1_000_000)]
    category: Identifier | None = None
    function: Amount | None = None
    design: Design | None = None
    variant: Variant | None = None
    runs: Annotated[tuple[Run, ...], Field(min_length=1, max_length=MAX_LINES)]
    net_masses: Annotated[tuple[NetMass, ...], Field(min_length=1, max_length=MAX_LINES)]
    parts: Annotated[tuple[Part, ...], Field(min_length=1, max_length=MAX_PARTS)] | None = None
    flows: Annotated[tuple[Flow, ...], Field(min_length=1, max_length=MAX_FLOWS)]
    contributions: Annotated[tuple[ContributionToken, ...], Field(min_length=1, max_length=MAX_PARTNERS)] | None = None

    @model_validator(mode="after")
    def _runs_and_flows_meet(self) -> Self:
        steps = unique("steps", [run.step for run in self.runs])
        lines = unique("lines of the net masses", [line.input for line in self.net_masses])
        if not lines <= {line for run in self.runs for line in run.lines}:
            raise ValueError("every line that ends in the product worked in a run")
        energies = [flow.input for flow in self.flows if is_energy(flow)]
        if not unique("steps with energy", energies) <= steps:
            raise ValueError("energy of the making only of the runs")
        if self.processes != tuple(dict.fromkeys(run.process for run in self.runs)):
            raise ValueError("the processes of the runs, each once and in their order")
        if str(self.year) != self.made.last[:4]:
            raise ValueError("the year of the last day of making")
        if self.variant is not None:
            unique("parameters", [parameter.name for parameter in self.variant.parameters])
        return self

    @model_validator(mode="after")
    def _parts_and_flows_meet(self) -> Self:
        parts = self.parts or ()
        unique("parts", [part.digest for part in parts])
        is_equal = {flow: part.reference is None for part in parts for flow in part.weights(part.own)}
        found = [(flow.flow, flow.bought_part) for flow in self.flows if is_part(flow.flow)]
        if {flow for flow, _ in found} != set(is_equal):
            raise ValueError("a flow for every weight of a part, and a part behind every such flow")
        if any(is_bought != is_equal[flow] for flow, is_bought in found):
            raise ValueError("a part is equal on both sides where it has no reference, and only there")
        return self


def is_energy(flow: Flow) -> bool:
    """Tell whether a flow is the energy of a step."""
    return flow.stage == "making" and flow.unit == "kWh"
