"""What a producer asks a verifier to look at for a scope: put together from her profiles, kept as a document."""

from typing import Annotated, ClassVar, Literal, TypeVar

from pydantic import Field, StrictBool, StrictInt

from label_service.declaration import Evidence, Machine, Site, evidence_digests
from label_service.declaration.profiles import MaterialLot, ProductProfile, Profiles
from label_service.document import Document, Identifier, LongText, Model, Party, Period, Text, validate
from label_service.errors import MissingInput, NotFound, Refused
from label_service.label.attestation import Frame
from label_service.quantity import Amount

MAX_QUANTITY = 1_000_000
Item = TypeVar("Item", Site, Machine, MaterialLot, ProductProfile)


class ScopeProposal(Document):
    """The workshop as its producer describes it: a place, its machines and lots, for one family and category.

    Attributes:
        functions: amounts of the category's function one item may give, in its unit.
        quantity: items the producer wants to label.
        period: days of making.
        evidence: files the profiles rest on, which the verifier may open.
        frame: the parametric design whose variants it is wanted for, and what may vary; the verifier decides.
    """

    TYPE: ClassVar[str] = "scope-proposal"

    type: Literal["scope-proposal"]
    version: Literal["1"]
    demo: StrictBool
    producer: Party
    site: Site
    family: Identifier
    category: Identifier | None = None
    functions: Annotated[tuple[Amount, ...], Field(max_length=30)] = ()
    products: Annotated[tuple[Text, ...], Field(min_length=1, max_length=100)]
    machines: Annotated[tuple[Machine, ...], Field(min_length=1, max_length=100)]
    lots: Annotated[tuple[MaterialLot, ...], Field(max_length=200)] = ()
    quantity: Annotated[StrictInt, Field(ge=1, le=MAX_QUANTITY)]
    period: Period
    remarks: LongText | None = None
    evidence: Annotated[tuple[Evidence, ...], Field(max_length=2000)] = ()
    frame: Frame | None = None

    @property
    def processes(self) -> tuple[str, ...]:
        """The processes of the machines, each once."""
        return tuple(dict.fromkeys(machine.process for machine in self.machines))


class Wish(Model):
    """What of her profiles a producer wants in a scope, by the ids there."""

    site: Identifier
    machines: tuple[Identifier, ...]
    products: tuple[Identifier, ...]
    lots: tuple[Identifier, ...] = ()
    quantity: Annotated[StrictInt, Field(ge=1, le=MAX_QUANTITY)]
    period: Period
    remarks: LongText | None = None
    frame: Frame | None = None


def propose_scope(profiles: Profiles, wish: Wish) -> ScopeProposal:
    """Put a proposal together.

    Raises:
        NotFound: an id that the profiles do not have.
        MissingInput: no machine at the site, or no product.
        Refused: products of several families or categories.
        InvalidDocument: more than a proposal holds.
    """
    site = _chosen(profiles.sites, (wish.site,), "site")[0]
    machines = [item for item in _chosen(profiles.machines, wish.machines, "machine") if item.site == site.id]
    products = _chosen(profiles.products, wish.products, "product")
    lots = _chosen(profiles.lots, wish.lots, "lot")
    if not machines or not products:
        raise MissingInput(
            "a scope needs a machine at its site and a product", hint="choose them, or add them to your profiles"
        )
    family, category, functions = _kind_of(products)
    named = set(evidence_digests([item.as_json() for item in (*machines, *products, *lots)]))
    members = {
        "type": ScopeProposal.TYPE,
        "version": ScopeProposal.VERSION,
        "demo": profiles.demo,
        "producer": profiles.producer,
        "site": site,
        "family": family,
        "category": category,
        "functions": functions,
        "products": tuple(item.name for item in products),
        "machines": tuple(machines),
        "lots": lots,
        "quantity": wish.quantity,
        "period": wish.period,
        "remarks": wish.remarks,
        "frame": wish.frame,
        "evidence": tuple(item for item in profiles.evidence if item.digest in named),
    }
    return validate(ScopeProposal, members)


def _kind_of(products: tuple[ProductProfile, ...]) -> tuple[str, str | None, tuple[str, ...]]:
    kinds = {(item.family, item.category) for item in products}
    if len(kinds) > 1:
        raise Refused(
            "a scope is for one family and one category; the chosen products have several",
            hint="send one request for each",
        )
    functions = dict.fromkeys(item.function.value for item in products if item.function)
    return products[0].family, products[0].category, tuple(functions)


def _chosen(items: tuple[Item, ...], ids: tuple[str, ...], kind: str) -> tuple[Item, ...]:
    by_id = {item.id: item for item in items}
    for identifier in ids:
        if identifier not in by_id:
            raise NotFound(f"your profiles have no {kind} {identifier!r}")
    return tuple(by_id[identifier] for identifier in dict.fromkeys(ids))
