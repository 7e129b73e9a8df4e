"""What a producer declares about a batch: the first document of the chain. Format page: docs/formats/declaration.md.

Every amount is for the whole batch and carries unit, basis and the digests of its evidence. Reading a declaration
checks its shape and that its references meet; whether its numbers can be true is the business of `plausibility`.
"""

from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, StrictBool, StrictInt, StringConstraints, model_validator

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
    Text,
    unique,
)
from label_service.quantity import UNITS, Amount
from label_service.reading_options import ReadingOptions

Unit = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9/]{1,10}$", strict=True)]
Region = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}[A-Z0-9]{0,3}$", strict=True)]  # NUTS
Salt = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$", strict=True)]
MAX_PARTNERS = 20
ContributionToken = Annotated[str, StringConstraints(min_length=10, max_length=65536, strict=True)]
Own = Annotated[tuple[Identifier, ...], Field(min_length=1, max_length=MAX_LINES)]
DeclaredBasis = Literal["metered", "weighed", "as_made", "derived", "estimated", "design", "asserted"]
EVIDENCED: frozenset[Basis] = frozenset({"metered", "weighed", "as_made", "derived", "estimated"})


class Entry(Model):
    """A declared amount: {"basis":"weighed","evidence":["9f…"],"unit":"kg","value":"0.063"}."""

    value: Amount
    unit: Unit
    basis: DeclaredBasis
    evidence: Annotated[tuple[Digest, ...], Field(max_length=20)] = ()

    @model_validator(mode="after")
    def _known_unit(self) -> Self:
        if self.unit not in UNITS:
            raise ValueError(f"unit is one of {', '.join(UNITS)}")
        return self

    @property
    def is_evidenced(self) -> bool:
        """Whether basis and evidence let the amount count as it is."""
        return self.basis in EVIDENCED and bool(self.evidence)


class Function(Model):
    """How much of the category's function one item gives, such as 45 L of capacity."""

    value: Amount
    unit: Unit
    basis: DeclaredBasis
    evidence: Annotated[tuple[Digest, ...], Field(max_length=20)] = ()


class Product(Model):
    """What is made: its family of processes, the category it wants to be compared in, the countries it is sold in.

    `variant` has what was chosen of a parametric design for this batch; empty where nothing but masses differs.
    """

    name: Text
    family: Identifier
    sku: Text | None = None
    category: Identifier | None = None
    function: Function | None = None
    design: Design | None = None
    markets: Annotated[tuple[Country, ...], Field(min_length=1, max_length=100)] | None = None
    variant: Parameters | None = None

    @model_validator(mode="after")
    def _variant_of_design(self) -> Self:
        if self.variant is not None and self.design is None:
            raise ValueError("the design that this is a variant of")
        unique("parameters", [parameter.name for parameter in self.variant or ()])
        return self

    @model_validator(mode="after")
    def _function_with_category(self) -> Self:
        if (self.category is None) != (self.function is None):
            raise ValueError("category and function stand together")
        return self


class Site(Model):
    """Where steps are done."""

    id: Identifier
    name: Text
    country: Country
    region: Region | None = None


class Machine(Model):
    """A machine at a site; its nameplate power bounds what its meter can show."""

    id: Identifier
    site: Identifier
    process: Identifier
    model: Text
    nameplate_power: Entry | None = None


class Leg(Model):
    """One leg of a transport: mode of the release and distance."""

    mode: Identifier
    distance: Entry


class BoughtInStep(Model):
    """A step the supplier did on a material, such as making filament from granulate."""

    process: Identifier
    energy_per_mass: Entry | None = None
    country: Country | None = None
    country_evidence: Annotated[tuple[Digest, ...], Field(max_length=20)] = ()


class Material(Model):
    """One line of the bill of materials.

    `made` goes through the steps and ends in the product; a `bought_part` is equal on both sides of the comparison;
    a `consumable` (garnet, coolant) does not end in the product and has no net mass.
    """

    id: Identifier
    material: Identifier
    role: Literal["made", "bought_part", "consumable"] = "made"
    net: Entry | None = None
    gross: Entry | None = None
    recycled_share: Entry | None = None
    bought_in: Annotated[tuple[BoughtInStep, ...], Field(max_length=5)] = ()
    lot: Text | None = None
    bought: Entry | None = None  # of the lot, in all; its batches together cannot have taken more
    supplier: Text | None = None

    @model_validator(mode="after")
    def _bought_of_lot(self) -> Self:
        if self.bought is not None and (self.lot is None or UNITS[self.bought.unit][0] != "kg"):
            raise ValueError("what was bought in kg or g, and of a named lot")
        return self

    @model_validator(mode="after")
    def _masses(self) -> Self:
        if (self.net is None) != (self.role == "consumable"):
            raise ValueError("a net mass, except for a consumable, which has a gross mass only")
        if self.role == "consumable" and self.gross is None:
            raise ValueError("a gross mass of a consumable")
        return self


class PartUse(Model):
    """A labelled part, or what a supplier's signed record is about, that ends in the product.

    `digest` is that of the label token or of the record; `material` is what the part of a record is disposed of as.
    """

    id: Identifier
    kind: Literal["label", "record"]
    digest: Digest
    amount: Entry
    material: Identifier | None = None


class Step(Model):
    """A machine run of the making; the energy is that of the whole batch."""

    id: Identifier
    machine: Identifier
    materials: Annotated[tuple[Identifier, ...], Field(min_length=1, max_length=MAX_LINES)]
    carrier: RowKey = "electricity"
    source: Literal["grid", "own_solar"] = "grid"
    energy: Entry | None = None
    duration: Entry | None = None


class PackagingLine(Model):
    """Packaging of the whole batch, per material."""

    material: Identifier
    mass: Entry


class Evidence(Model):
    """A file that stays private; its digest ties it to the amounts it shows.

    `options` is what a person answered when the importer read it, so that everyone reads it the same way.
    """

    digest: Digest
    kind: Literal[
        "job_file",
        "job_record",
        "meter_reading",
        "scale_reading",
        "delivery_note",
        "certificate",
        "photo",
        "measurement",
        "other",
    ]
    name: Text
    size_bytes: Annotated[StrictInt, Field(ge=1, le=2**40)]
    importer: Text | None = None
    importer_version: Text | None = None
    options: ReadingOptions | None = None

    @model_validator(mode="after")
    def _options_of_importer(self) -> Self:
        said = self.options
        if said is not None and (self.importer is None or said.is_empty):
            raise ValueError("options with at least one answer, and beside an importer")
        if said is not None and (said.start is None) != (said.end is None):
            raise ValueError("start and end of a job stand together")
        return self


class Contributed(Model):
    """What another party did: its signed word, and which members of the declaration are its own, word for word."""

    token: ContributionToken
    salt: Salt
    sites: Own
    machines: Own
    materials: Annotated[tuple[Identifier, ...], Field(max_length=MAX_LINES)] = ()
    steps: Own
    evidence: Annotated[tuple[Digest, ...], Field(max_length=200)] = ()


class Declaration(Document):
    """The producer's account of one batch, with the steps that other parties signed for themselves.

    The salt keeps anyone from guessing private content from the public digest.
    """

    TYPE: ClassVar[str] = "declaration"

    type: Literal["declaration"]
    version: Literal["1"]
    demo: StrictBool
    salt: Salt
    producer: Party
    partners: Annotated[tuple[Party, ...], Field(max_length=MAX_PARTNERS)] = ()
    product: Product
    quantity: Annotated[StrictInt, Field(ge=1, le=1_000_000)]
    made: Period
    sites: Annotated[tuple[Site, ...], Field(min_length=1, max_length=MAX_LINES)]
    machines: Annotated[tuple[Machine, ...], Field(min_length=1, max_length=MAX_LINES)]
    materials: Annotated[tuple[Material, ...], Field(min_length=1, max_length=MAX_LINES)]
    parts: Annotated[tuple[PartUse, ...], Field(max_length=MAX_LINES)] = ()
    steps: Annotated[tuple[Step, ...], Field(min_length=1, max_length=MAX_LINES)]
    inbound: Annotated[tuple[Leg, ...], Field(min_length=1, max_length=MAX_LINES)] | None = None
    packaging: Annotated[tuple[PackagingLine, ...], Field(min_length=1, max_length=MAX_LINES)] | None = None
    distribution: Annotated[tuple[Leg, ...], Field(min_length=1, max_length=MAX_LINES)] | None = None
    evidence: Annotated[tuple[Evidence, ...], Field(max_length=200)] = ()
    contributions: Annotated[tuple[Contributed, ...], Field(min_length=1, max_length=MAX_PARTNERS)] | None = None

    @model_validator(mode="after")
    def _references_meet(self) -> Self:
        sites = unique("sites", [site.id for site in self.sites])
        machines = unique("machines", [machine.id for machine in self.machines])
        materials = unique("materials", [line.id for line in self.materials] + [part.id for part in self.parts])
        unique("steps", [step.id for step in self.steps])
        evidence = unique("evidence", [item.digest for item in self.evidence])
        all_known("site", [machine.site for machine in self.machines], sites)
        all_known("machine", [step.machine for step in self.steps], machines)
        for step in self.steps:
            unique(f"materials of step {step.id}", list(step.materials))
        worked = {line for step in self.steps for line in step.materials}
        all_known("material", sorted(worked), materials)
        made = [line.id for line in self.materials if line.role == "made"]
        if not made or not worked.issuperset(made):
            raise ValueError("at least one made material, and every made material worked in a step")
        all_known("evidence", evidence_digests(self.as_json()), evidence)
        unique("partners", [self.producer.id, *(partner.id for partner in self.partners)])
        return self

    def machine(self, machine_id: str) -> Machine:
        """Give the machine with this id."""
        return next(machine for machine in self.machines if machine.id == machine_id)

    def site(self, site_id: str) -> Site:
        """Give the site with this id."""
        return next(site for site in self.sites if site.id == site_id)

    def holders(self, digest: str) -> tuple[str, ...]:
        """Give the parties whose file of this digest counts: the producer, and each partner who signed for it."""
        signed = zip(self.partners, self.contributions or (), strict=False)
        return (self.producer.id, *(partner.id for partner, part in signed if digest in part.evidence))

    @property
    def family_processes(self) -> tuple[str, ...]:
        """The processes of all machines used, each once, in order of the steps."""
        return tuple(dict.fromkeys(self.machine(step.machine).process for step in self.steps))


_EVIDENCE_MEMBERS = frozenset({"evidence", "country_evidence"})


def all_known(name: str, used: list[str], known: set[str]) -> None:
    """Check that everything used is listed.

    Raises:
        ValueError: something is not.
    """
    for item in used:
        if item not in known:
            raise ValueError(f"{name} {item!r} is used but not listed")


def evidence_digests(value: Any) -> list[str]:
    """Give all digests under members named evidence and country_evidence of amounts, in plain JSON."""
    found: list[str] = []
    waiting = [value]
    while waiting:  # one plain loop, because every row of a catalogue passes here twice
        node = waiting.pop()
        if isinstance(node, dict):
            for name, item in node.items():
                if name in _EVIDENCE_MEMBERS and item and isinstance(item[0], str):
                    found += item
                elif isinstance(item, (dict, list, tuple)):
                    waiting.append(item)
        else:
            waiting += [item for item in node if isinstance(item, (dict, list, tuple))]
    return found
