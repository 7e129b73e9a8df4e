"""The part of a form in which a maker says that a product is a variant of a design that an auditor attested."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

from label_service.declaration import Declaration
from label_service.document import PER_ITEM
from label_service.errors import InvalidDocument, LabelServiceError, NotFound
from label_service.inventory import Inventory
from label_service.issuance.scopes import Scope
from label_service.label.attestation import Bound, Frame
from label_service.label.frame import against, outside_frame
from label_service.web.auditor.answers import amount_of

FIELD: Final = "variant"
_HINT: Final = "choose within the bounds; what lies outside is another design, which your auditor has to look at"


@dataclass(frozen=True, slots=True)
class Choice:
    """A parameter of a design: its bound, what was typed, and what is wrong with that."""

    bound: Bound
    text: str
    value: str | None
    problem: LabelServiceError | None

    @property
    def field(self) -> str:
        """Its name in the form."""
        return _field(self.bound)


@dataclass(frozen=True, slots=True)
class Variant:
    """What was chosen of attested designs.

    Attributes:
        scopes: those of the maker that are for variants of a design.
        scope: the chosen one; None where the product is no variant.
        choices: a parameter each, in the order of the frame.
        unknown: why the chosen scope is none of them.
    """

    scopes: tuple[Scope, ...]
    scope: Scope | None = None
    choices: tuple[Choice, ...] = ()
    unknown: LabelServiceError | None = None

    @property
    def frame(self) -> Frame | None:
        """The design and its bounds."""
        return self.scope.subject.frame if self.scope else None

    @property
    def measured(self) -> tuple[Bound, ...]:
        """The bounds on what follows from the declaration, such as mass and energy of one item."""
        return tuple(bound for bound in self.frame.bounds if bound.quantity in PER_ITEM) if self.frame else ()

    def entered(self, declaration: Declaration) -> Declaration:
        """Give a declaration with what was chosen.

        Raises:
            NotFound: the scope is not there any more.
            InvalidAmount, InvalidDocument: no number, or outside of the bound; `where` names the field.
        """
        for problem in (self.unknown, *(choice.problem for choice in self.choices)):
            if problem:
                raise problem
        if self.frame is None:
            return declaration
        product = declaration.product.as_json()
        if product.get("design", {}).get("digest") != self.frame.design:
            product["design"] = {"name": self.frame.name, "digest": self.frame.design}
        return Declaration.from_json(declaration.as_json() | {"product": product | {"variant": self._parameters()}})

    def outside(self, inventory: Inventory) -> tuple[str, ...]:
        """Say in which bounds of the frame the goods do not lie; they wait for the auditor."""
        return tuple(words for _, words in outside_frame(inventory, self.frame)) if self.frame else ()

    def _parameters(self) -> list[dict[str, Any]]:
        return [
            {"name": choice.bound.quantity, "unit": choice.bound.unit, "value": choice.value} for choice in self.choices
        ]


def variant_of(scopes: Iterable[Scope], answers: Mapping[str, str], at: str) -> Variant:
    """Read what was chosen, among the scopes that count at a time."""
    known = {scope.digest: scope for scope in scopes if scope.subject.frame and _counts(scope, at)}
    chosen = answers.get(FIELD, "")
    scope = known.get(chosen)
    if scope is None or scope.subject.frame is None:
        gone = (
            NotFound("this attested design is not there any more", hint="choose another, or none") if chosen else None
        )
        return Variant(tuple(known.values()), unknown=gone)
    parameters = (bound for bound in scope.subject.frame.bounds if bound.quantity not in PER_ITEM)
    return Variant(tuple(known.values()), scope, tuple(_choice(bound, answers) for bound in parameters))


def _counts(scope: Scope, at: str) -> bool:
    return not (scope.is_revoked or scope.is_suspended) and at <= scope.attestation.valid_until


def _choice(bound: Bound, answers: Mapping[str, str]) -> Choice:
    text = answers.get(_field(bound), "")
    try:
        value = amount_of(text, _field(bound))
    except LabelServiceError as error:
        return Choice(bound, text, None, error)
    for _, words in against(bound, Fraction(value) if value else None, bound.unit):
        return Choice(bound, text, value, InvalidDocument(words, hint=_HINT, where=_field(bound)))
    return Choice(bound, text, value, None)


def _field(bound: Bound) -> str:
    return f"{FIELD}:{bound.quantity}"
