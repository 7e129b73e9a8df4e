"""Profiles: what no file says and a maker answers once. Format page: docs/formats/profiles.md.

A profile document holds the sites, machines, material lots and products of one producer; a declaration made from
files takes what it needs from it.
"""

from decimal import Decimal
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, StrictBool, model_validator

from label_service.declaration import (
    BoughtInStep,
    Entry,
    Evidence,
    Function,
    Leg,
    Machine,
    Site,
    all_known,
    evidence_digests,
)
from label_service.document import MAX_LINES, Design, Document, Identifier, Model, Party, Text, unique
from label_service.quantity import UNITS


class MaterialLot(Model):
    """A spool, sheet or bolt as it was bought: material, supplier, mass, and what the supplier proved."""

    id: Identifier
    name: Text
    material: Identifier
    words: Annotated[tuple[Text, ...], Field(max_length=20)] = ()  # how slicers call it: PLA, "PLA+"
    lot: Text | None = None
    supplier: Text | None = None
    bought: Entry | None = None
    recycled_share: Entry | None = None
    bought_in: Annotated[tuple[BoughtInStep, ...], Field(max_length=5)] = ()

    @model_validator(mode="after")
    def _units(self) -> Self:
        for entry, base in ((self.bought, "kg"), (self.recycled_share, "1")):
            if entry is not None and UNITS[entry.unit][0] != base:
                raise ValueError(f"what was bought in kg or g, a share in 1; found {entry.unit}")
        if self.recycled_share is not None and Decimal(self.recycled_share.value) > 1:
            raise ValueError("a recycled share from 0 to 1")
        return self

    def as_line(self) -> dict[str, Any]:
        """Give what it fills of a line of a bill of materials; what was bought needs a name, if only its own."""
        known = self.as_json()
        if self.bought is not None:
            known["lot"] = self.lot or self.name
        members = ("material", "lot", "supplier", "bought", "recycled_share", "bought_in")
        return {member: known[member] for member in members if member in known}


class ProductProfile(Model):
    """A product that is made again and again."""

    id: Identifier
    name: Text
    family: Identifier
    sku: Text | None = None
    category: Identifier | None = None
    function: Function | None = None
    design: Design | None = None
    packaging_material: Identifier | None = None
    packaging_per_item: Entry | None = None

    @model_validator(mode="after")
    def _pairs(self) -> Self:
        if (self.category is None) != (self.function is None):
            raise ValueError("category and function stand together")
        if (self.packaging_material is None) != (self.packaging_per_item is None):
            raise ValueError("material and mass of the packaging stand together")
        return self


class Profiles(Document):
    """All profiles of one producer; a new producer has none of anything yet."""

    TYPE: ClassVar[str] = "profiles"

    type: Literal["profiles"]
    version: Literal["1"]
    demo: StrictBool
    producer: Party
    sites: Annotated[tuple[Site, ...], Field(max_length=MAX_LINES)] = ()
    machines: Annotated[tuple[Machine, ...], Field(max_length=MAX_LINES)] = ()
    lots: Annotated[tuple[MaterialLot, ...], Field(max_length=1000)] = ()
    products: Annotated[tuple[ProductProfile, ...], Field(max_length=10_000)] = ()
    inbound: Annotated[tuple[Leg, ...], Field(min_length=1, max_length=MAX_LINES)] | None = None
    distribution: Annotated[tuple[Leg, ...], Field(min_length=1, max_length=MAX_LINES)] | None = None
    evidence: Annotated[tuple[Evidence, ...], Field(max_length=2000)] = ()

    @model_validator(mode="after")
    def _references_meet(self) -> Self:
        sites = unique("sites", [site.id for site in self.sites])
        for items in (self.machines, self.lots, self.products):
            unique("machines, lots and products", [item.id for item in items])
        unique("skus", [product.sku for product in self.products if product.sku])
        evidence = unique("evidence", [item.digest for item in self.evidence])
        all_known("site", [machine.site for machine in self.machines], sites)
        all_known("evidence", evidence_digests(self.as_json()), evidence)
        return self
