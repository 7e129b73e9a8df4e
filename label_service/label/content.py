"""What a label says, as one typed value: made from the documents it rests on, and made again by every verifier.

Format page: docs/formats/label.md. The UNTP credential around it is a view of this content, see `credential`.
"""

from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import Field, StrictBool, StrictInt, model_validator

from label_service.assessment import Assessment, Comparison, Range
from label_service.document import (
    Country,
    Digest,
    Identifier,
    LabelId,
    Model,
    Party,
    RowKey,
    Text,
    Timestamp,
    Uri,
    validate,
)
from label_service.errors import NotAttested, NotGradable
from label_service.grade import Cap, Grade, capped, grade_of, score_of
from label_service.inventory import Inventory
from label_service.label.attestation import Attestation, Criteria, DeclarationAttestation, Level
from label_service.label.scope import outside, scope_of
from label_service.label.status import ENTRIES
from label_service.label.vocabulary import DidKey, Origin
from label_service.quantity import Amount, Figure
from label_service.trust.trust_list import Accreditation

MAX_YEARS = 3  # design: validity at most 3 years, and never beyond the attestation's

_CAPS: dict[Cap, str] = {
    "proxy_share": "more than a quarter of the impact rests on stand-in factors",
    "same_design_worse": "the same design made by the mass process is shown to be better",
}


class Issuer(Model):
    """The scheme that signs the label: {"id":"did:web:labels.example","name":"…"}."""

    id: Uri
    name: Text


class LabelAuditor(Model):
    """Who attested, by which key, and why that may be believed."""

    id: DidKey
    name: Text
    accreditation: Accreditation


class StatusEntry(Model):
    """Place of the label in a status list."""

    url: Uri
    index: Annotated[StrictInt, Field(ge=0, lt=ENTRIES)]


class StatusEntries(Model):
    """One entry per purpose."""

    revocation: StatusEntry
    suspension: StatusEntry


class ScopePlace(Model):
    """Place of the label in a scope: number `position` of the `of` items attested."""

    digest: Digest
    position: Annotated[StrictInt, Field(ge=1, le=1_000_000)]
    of: Annotated[StrictInt, Field(ge=1, le=1_000_000)]

    @model_validator(mode="after")
    def _inside(self) -> Self:
        if self.position > self.of:
            raise ValueError("a position inside the scope")
        return self


class Compared(Model):
    """The product against one reference; without ratio where the reference could not be computed."""

    reference: RowKey
    kind: Literal["market", "same_design"]
    provisional: StrictBool
    ratio: Range | None = None
    p_better: Figure | None = None


class LabelContent(Model):
    """Everything a label states. Impacts are kg CO2e of one item; ratio below 1 is better than the reference."""

    label_id: LabelId
    origin: Origin
    demo: StrictBool
    issuer: Issuer
    name: Text
    producer: Party
    partners: Annotated[tuple[Party, ...], Field(max_length=20)] = ()
    countries: Annotated[tuple[Country, ...], Field(min_length=1, max_length=100)]
    year: Annotated[StrictInt, Field(ge=2000, le=2099)]
    quantity: Annotated[StrictInt, Field(ge=1, le=1_000_000)]
    family: Identifier
    processes: Annotated[tuple[Identifier, ...], Field(min_length=1, max_length=100)]
    category: Identifier | None = None
    function: Amount | None = None
    grade: Grade
    score: StrictInt
    kgco2e: Range
    comparisons: Annotated[tuple[Compared, ...], Field(min_length=1, max_length=20)]
    graded_against: RowKey
    caps: tuple[Cap, ...]
    default_share: Figure
    method: Literal["1"]
    inventory_digest: Digest
    assessment_digest: Digest
    attestation_digest: Digest
    release_digest: Digest
    auditor: LabelAuditor
    level: Level
    criteria: Criteria = ()
    valid_from: Timestamp
    valid_until: Timestamp
    status: StatusEntries
    scope: ScopePlace | None = None

    @model_validator(mode="after")
    def _letter_follows(self) -> Self:
        shown = [item for item in self.comparisons if item.reference == self.graded_against]
        if len(shown) != 1 or shown[0].ratio is None:
            raise ValueError("one comparison with a ratio for the reference graded against")
        ratio = shown[0].ratio
        if self.score != score_of(ratio.p95) or self.grade != capped(grade_of(self.score, ratio.p05), self.caps):
            raise ValueError("the score and letter that follow from the ratio and the caps")
        return self

    @model_validator(mode="after")
    def _validity(self) -> Self:
        start, end = datetime.fromisoformat(self.valid_from), datetime.fromisoformat(self.valid_until)
        latest = f"{int(self.valid_from[:4]) + MAX_YEARS}{self.valid_from[4:]}"
        if not start < end or self.valid_until > latest:
            raise ValueError(f"a validity of at most {MAX_YEARS} years")
        return self

    @model_validator(mode="after")
    def _category_complete(self) -> Self:
        if (self.category is None) != (self.function is None) or (self.category and not self.criteria):
            raise ValueError("category, function and the criteria checked stand together")
        return self

    @model_validator(mode="after")
    def _place_counts_items(self) -> Self:
        if self.scope is not None and self.scope.position < self.quantity:
            raise ValueError("a position in the scope that counts the items of the label")
        return self

    @property
    def graded(self) -> Compared:
        """The comparison the letter rests on."""
        return next(item for item in self.comparisons if item.reference == self.graded_against)


def label_content(
    *,
    label_id: str,
    origin: str,
    issuer: Issuer,
    inventory: Inventory,
    assessment: Assessment,
    attestation: Attestation,
    attestation_digest: str,
    accreditation: Accreditation,
    valid_from: str,
    valid_until: str,
    status: StatusEntries,
    scope: ScopePlace | None = None,
) -> LabelContent:
    """Put together what a label says from the documents it rests on.

    The issuer calls it to make the label, the verifier to see that the label says what the documents say.

    Raises:
        NotGradable: the assessment has no grade.
        NotAttested: the attestation is about other documents, another scheme, producer, category or time, or the goods
            are outside the scope attested.
        InvalidDocument: a rule of the content does not hold, such as a validity of more than 3 years.
    """
    if assessment.grade is None or assessment.score is None or assessment.graded_against is None:
        raise NotGradable(f"the assessment has no grade: {', '.join(assessment.reasons) or 'unknown'}")
    if isinstance(attestation.subject, DeclarationAttestation):
        check_attested(inventory, assessment, attestation, origin)
        if scope is not None:
            raise NotAttested("expected no place in a scope: the attestation is of a declaration")
    else:
        check_in_scope(
            inventory,
            assessment,
            attestation,
            origin,
            attestation_digest=attestation_digest,
            at=valid_from,
            place=scope,
        )
    if not attestation.valid_from <= valid_from < valid_until <= attestation.valid_until:
        raise NotAttested(
            f"the attestation counts from {attestation.valid_from} to {attestation.valid_until}, "
            f"the label would from {valid_from} to {valid_until}"
        )
    content = {
        "label_id": label_id,
        "origin": origin,
        "demo": inventory.demo,
        "issuer": issuer,
        "name": inventory.name,
        "producer": inventory.producer,
        "partners": inventory.partners,
        "countries": inventory.countries,
        "year": inventory.year,
        "quantity": inventory.quantity,
        "family": inventory.family,
        "processes": inventory.processes,
        "category": inventory.category,
        "function": inventory.function,
        "grade": assessment.grade,
        "score": assessment.score,
        "kgco2e": assessment.product.kgco2e,
        "comparisons": tuple(_compared(item) for item in assessment.comparisons),
        "graded_against": assessment.graded_against,
        "caps": assessment.caps,
        "default_share": assessment.default_share,
        "method": assessment.method,
        "inventory_digest": inventory.digest,
        "assessment_digest": assessment.digest,
        "attestation_digest": attestation_digest,
        "release_digest": inventory.release_digest,
        "auditor": {"id": attestation.auditor.id, "name": attestation.auditor.name, "accreditation": accreditation},
        "level": attestation.subject.level,
        "criteria": attestation.subject.criteria,
        "valid_from": valid_from,
        "valid_until": valid_until,
        "status": status,
        "scope": scope,
    }
    return validate(LabelContent, content)


def check_attested(
    inventory: Inventory, assessment: Assessment, attestation: Attestation, origin: str
) -> DeclarationAttestation:
    """Check that the attestation of a declaration is about these documents and this scheme.

    Raises:
        NotAttested: it is about something else.
    """
    subject = attestation.subject
    if not isinstance(subject, DeclarationAttestation):
        raise NotAttested("expected the attestation of a declaration, found that of a scope")
    _check_assessed(inventory, assessment, attestation, origin)
    for name, expected, found in (
        ("inventory", inventory.digest, subject.inventory_digest),
        ("assessment", assessment.digest, subject.assessment_digest),
        ("producer", inventory.producer.id, subject.producer),
        ("category", inventory.category, subject.category),
        ("demo flag", inventory.demo, subject.demo),
    ):
        if expected != found:
            raise NotAttested(f"expected an attestation of the {name} {expected}, found {found}")
    return subject


def check_in_scope(
    inventory: Inventory,
    assessment: Assessment,
    attestation: Attestation,
    origin: str,
    *,
    attestation_digest: str,
    at: str,
    place: ScopePlace | None,
) -> ScopePlace:
    """Check that goods lie inside an attested scope of this scheme, and give their place in it.

    `at` is when the label begins to count.

    Raises:
        NotAttested: another scope or number of items than the place says, or every reason why they are outside.
    """
    scope = scope_of(attestation)
    if place is None:
        raise NotAttested("expected a place in the scope that is attested")
    _check_assessed(inventory, assessment, attestation, origin)
    if (place.digest, place.of) != (attestation_digest, scope.quantity):
        raise NotAttested(
            f"expected a place among the {scope.quantity} items of the scope {attestation_digest}, "
            f"found one among {place.of} of {place.digest}"
        )
    used = place.position - inventory.quantity
    if used < 0:
        raise NotAttested(f"expected a position of at least the {inventory.quantity} items, found {place.position}")
    if reasons := outside(inventory, attestation, at, used):
        raise NotAttested(f"outside the scope: {'; '.join(reason.words for reason in reasons)}")
    return place


def _check_assessed(inventory: Inventory, assessment: Assessment, attestation: Attestation, origin: str) -> None:
    for name, expected, found in (
        ("inventory of the assessment", inventory.digest, assessment.inventory_digest),
        ("release of the assessment", inventory.release_digest, assessment.release_digest),
        ("scheme", origin, attestation.origin),
    ):
        if expected != found:
            raise NotAttested(f"expected an attestation of the {name} {expected}, found {found}")


def _compared(item: Comparison) -> dict[str, Any]:
    return {
        "reference": item.reference,
        "kind": item.kind,
        "provisional": item.provisional,
        "ratio": item.ratio,
        "p_better": item.p_better,
    }


def statement(content: LabelContent) -> str:
    """Give in one sentence or two what the letter proves, no more (method page, section 6)."""
    reference = f"the {'provisional ' if content.graded.provisional else ''}mass-produced reference"
    if content.grade == "D":
        return f"No advantage over {reference} is shown."
    if content.grade == "E" and content.default_share != "0":
        return f"Worse than {reference} when what is not evidenced counts with its fixed value."
    if content.grade == "E":
        return f"Shown to be worse than {reference}."
    words = f"At most {content.score} % of the climate impact of {reference}, with 95 % certainty."
    if content.caps:
        return f"{words} No letter better than C: {'; '.join(_CAPS[cap] for cap in content.caps)}."
    return words
