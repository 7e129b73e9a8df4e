"""The auditor's own signed credential: what she vouches for, under a key only she holds.

Format page: docs/formats/attestation.md. The payload is rebuilt from its content and compared byte for byte, so there
is one spelling and no member outside the format.
"""

from fractions import Fraction
from typing import Annotated, Any, Literal, Self

import orjson
from pydantic import Field, StrictBool, StrictInt, StringConstraints, model_validator

from label_service import canonical
from label_service.document import (
    PER_ITEM,
    Country,
    Digest,
    Identifier,
    Model,
    Period,
    Rate,
    RowKey,
    Text,
    Timestamp,
    UnitName,
    Uri,
    unique,
    validate,
)
from label_service.errors import InvalidDocument, InvalidKey, NotCanonical, UnsupportedVersion
from label_service.label.vocabulary import (
    CONTEXT_PATH,
    VC_CONTEXT,
    VC_CTY,
    VC_TYP,
    DidKey,
    Origin,
    context_url,
    titled,
)
from label_service.quantity import Amount
from label_service.tlog.leaf import WeekCount
from label_service.trust import jws
from label_service.trust.keys import Signer, did_key

CREDENTIAL_TYPE = ["VerifiableCredential", "AuditorAttestation"]
_NAMES = {
    "DeclarationAttestation": "Attestation of a declaration",
    "ScopeAttestation": "Attestation of a workshop scope",
}

Level = Literal["desk", "site_visit"]
Criteria = Annotated[tuple[Text, ...], Field(max_length=30)]
Uuid = Annotated[
    str,
    StringConstraints(pattern=r"^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$", strict=True),
]


class AttestingAuditor(Model):
    """The auditor by her key and name: {"id":"did:key:z6Mk…","name":"…"}."""

    id: DidKey
    name: Text

    @property
    def kid(self) -> str:
        """Name of the one key a did:key has (W3C CCG did:key v0.7, section 3.1)."""
        return f"{self.id}#{self.id.removeprefix('did:key:')}"


class _Subject(Model):
    """What both kinds say: whose goods, in which category, by which functional-equivalence criteria."""

    demo: StrictBool
    producer: Uri
    category: Identifier | None = None
    criteria: Criteria = ()

    @model_validator(mode="after")
    def _criteria_of_category(self) -> Self:
        if self.category is not None and not self.criteria:
            raise ValueError("the functional-equivalence criteria checked for the category")
        return self


class DeclarationAttestation(_Subject):
    """Vouches for one declaration, its inventory and assessment, and so for the steps between them.

    `findings_released` names the rules of plausibility findings the auditor looked into and released.
    """

    type: Literal["DeclarationAttestation"] = "DeclarationAttestation"
    declaration_digest: Digest
    inventory_digest: Digest
    assessment_digest: Digest
    findings_released: Annotated[tuple[RowKey, ...], Field(max_length=100)] = ()
    level: Level


class Lot(Model):
    """A lot of material she saw at the workshop: the mass bought bounds, at the service, what is declared from it.

    `recycled_share` is the share that was proven to her; without it the lot vouches for no recycled content.
    """

    lot: Text
    material: Identifier
    mass_kg: Amount
    recycled_share: Amount | None = None


class Floor(Model):
    """Lowest energy and scrap of a process she stands for; "0" where there is none, as for work by hand."""

    process: Identifier
    kwh_per_kg: Amount
    scrap_fraction: Amount


class Ceiling(Model):
    """Highest energy and scrap of a process that are not worth asking about."""

    process: Identifier
    kwh_per_kg: Amount | None = None
    scrap_fraction: Amount | None = None


class Bound(Model):
    """Between which amounts a quantity of one item may vary, both included: {"high":"200","low":"20",…,"unit":"mm"}."""

    quantity: Identifier
    unit: UnitName
    low: Amount
    high: Amount

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if Fraction(self.low) > Fraction(self.high):
            raise ValueError("a low that is not above the high")
        if (PER_ITEM.get(self.quantity) or self.unit) != self.unit:
            raise ValueError(f"{self.quantity} of one item in {PER_ITEM[self.quantity]}")
        return self


class Frame(Model):
    """A parametric design whose variants may be labelled: which quantities may vary, and between which bounds.

    A quantity is one of `PER_ITEM`, which follow from the inventory, or a parameter of the design.
    """

    name: Text
    design: Digest
    bounds: Annotated[tuple[Bound, ...], Field(min_length=1, max_length=30)]

    @model_validator(mode="after")
    def _bounds_once(self) -> Self:
        unique("bounds", [bound.quantity for bound in self.bounds])
        return self


class ScopeAttestation(_Subject):
    """Vouches for a workshop: declarations inside these bounds may be labelled without another look.

    Energy is in kWh per kg of the material worked in a step, scrap a share of the gross mass of a process.

    Attributes:
        functions: amounts per item that were checked by the criteria of the category, in its unit.
        frame: the parametric design whose variants it is for; without it, it is for any goods of the workshop.
        carriers: flows of energy on site besides the country's grid, such as `electricity/technology/solar-pv-rooftop`.
        quantity: N in "n of N".
        max_quantity_per_label: items of one label, where the auditor bounds them.
        period: days of making.
        chain_commitment: last value of the hash chain from which samples are drawn.
        chain_weeks: number of values of it, the first for the ISO week in which the period begins.
    """

    type: Literal["ScopeAttestation"] = "ScopeAttestation"
    functions: Annotated[tuple[Amount, ...], Field(max_length=30)] = ()
    level: Level
    site: Identifier
    site_name: Text
    country: Country
    carriers: Annotated[tuple[RowKey, ...], Field(max_length=20)] = ()
    family: Identifier
    machines: Annotated[tuple[Identifier, ...], Field(min_length=1, max_length=100)]
    processes: Annotated[tuple[Identifier, ...], Field(min_length=1, max_length=100)]
    lots: Annotated[tuple[Lot, ...], Field(max_length=200)] = ()
    floors: Annotated[tuple[Floor, ...], Field(max_length=100)]
    ceilings: Annotated[tuple[Ceiling, ...], Field(max_length=100)] = ()
    quantity: Annotated[StrictInt, Field(ge=1, le=1_000_000)]
    max_quantity_per_label: Annotated[StrictInt, Field(ge=1, le=1_000_000)] | None = None
    period: Period
    sampling_rate: Rate
    chain_commitment: Digest
    chain_weeks: WeekCount
    frame: Frame | None = None

    @model_validator(mode="after")
    def _limits_of_processes(self) -> Self:
        if sorted(floor.process for floor in self.floors) != sorted(set(self.processes)):
            raise ValueError("one floor for each process of the scope")
        ceilings = [ceiling.process for ceiling in self.ceilings]
        if len(set(ceilings)) != len(ceilings) or not set(ceilings) <= set(self.processes):
            raise ValueError("at most one ceiling for each process of the scope")
        return self

    @model_validator(mode="after")
    def _functions_of_category(self) -> Self:
        if (self.category is None) != (not self.functions):
            raise ValueError("the functions checked, exactly where there is a category")
        return self

    @model_validator(mode="after")
    def _lots_once(self) -> Self:
        unique("lots", [lot.lot for lot in self.lots])
        return self


class Attestation(Model):
    """Content of the credential: who vouches for what, for which scheme (`origin`), from when until when."""

    id: Uuid
    origin: Origin
    auditor: AttestingAuditor
    valid_from: Timestamp
    valid_until: Timestamp
    subject: Annotated[DeclarationAttestation | ScopeAttestation, Field(discriminator="type")]

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.valid_from >= self.valid_until:
            raise ValueError("valid_until after valid_from")
        return self

    def credential(self) -> dict[str, Any]:
        """Give the W3C Verifiable Credential that gets signed."""
        content = self.as_json()
        return {
            "@context": [VC_CONTEXT, context_url(self.origin)],
            "type": CREDENTIAL_TYPE,
            "id": self.id,
            "issuer": content["auditor"],
            "name": titled(_NAMES[self.subject.type], demo=self.subject.demo),
            "validFrom": self.valid_from,
            "validUntil": self.valid_until,
            "credentialSubject": content["subject"],
        }


def attest(attestation: Attestation, signer: Signer) -> str:
    """Sign an attestation with the auditor's key and give the compact token.

    Raises:
        InvalidKey: the attestation names another auditor's key.
    """
    if attestation.auditor.id != did_key(signer.public_key):
        raise InvalidKey(
            f"expected the attestation to name {did_key(signer.public_key)}, found {attestation.auditor.id}"
        )
    return jws.sign(attestation.credential(), typ=VC_TYP, cty=VC_CTY, kid=attestation.auditor.kid, signer=signer)


def read_attestation(text: str) -> tuple[jws.Token, Attestation]:
    """Read a token strictly; its signature is not verified yet.

    Raises:
        InvalidDocument: token or content break the format; `UnsupportedVersion` or `NotCanonical` where it is that.
    """
    token = jws.parse(text, typ=VC_TYP, cty=VC_CTY)
    attestation = validate(Attestation, _content(token.claims()))
    if canonical.encode_checked(attestation.credential()) != token.payload:
        raise NotCanonical("expected exactly the members and words of an attestation, version 1")
    if token.kid != attestation.auditor.kid:
        raise InvalidDocument(f"expected the kid {attestation.auditor.kid}, found {token.kid[:200]!r}")
    return token, attestation


def read_kept(text: str) -> tuple[jws.Token, Attestation]:
    """Read a token that was kept after `read_attestation` stood behind its spelling, which is not looked at again.

    Raises:
        InvalidDocument: it is no such token.
    """
    token = jws.parse(text, typ=VC_TYP, cty=VC_CTY)
    try:
        claims = orjson.loads(token.payload)
    except orjson.JSONDecodeError as error:
        raise InvalidDocument(f"not JSON: {error}") from error
    return token, validate(Attestation, _content(claims))


def _content(claims: Any) -> dict[str, Any]:
    """Pick the content out of the envelope; what is left over is caught by the comparison."""
    try:
        base, own = claims["@context"]
        content = {
            "id": claims["id"],
            "origin": own.removesuffix(CONTEXT_PATH),
            "auditor": claims["issuer"],
            "valid_from": claims["validFrom"],
            "valid_until": claims["validUntil"],
            "subject": claims["credentialSubject"],
        }
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InvalidDocument(f"expected the members of an attestation, missing or malformed: {error}") from error
    if base != VC_CONTEXT or claims.get("type") != CREDENTIAL_TYPE or not own.endswith(CONTEXT_PATH):
        raise UnsupportedVersion(f"expected an AuditorAttestation in the context {CONTEXT_PATH}")
    return content
