"""The auditor's own signed credential: what she vouches for, under a key only she holds.

Format page: docs/formats/attestation.md. The payload is rebuilt from its content and compared byte for byte, so there
is one spelling and no member outside the format.
"""

from typing import Annotated, Any, Literal, Self

from pydantic import Field, StrictBool, StrictInt, StringConstraints, model_validator

from label_service import canonical
from label_service.declaration import Period
from label_service.document import (
    Country,
    Digest,
    Identifier,
    Model,
    RowKey,
    Text,
    Timestamp,
    Uri,
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


class Limit(Model):
    """Lowest (floor) or highest (ceiling) value of a process; scrap is a share of the gross mass."""

    process: Identifier
    kwh_per_kg: Amount | None = None
    scrap_fraction: Amount | None = None


class ScopeAttestation(_Subject):
    """Vouches for a workshop: declarations inside these bounds may be labelled without another look."""

    type: Literal["ScopeAttestation"] = "ScopeAttestation"
    site: Identifier
    site_name: Text
    country: Country
    family: Identifier
    machines: Annotated[tuple[Identifier, ...], Field(min_length=1, max_length=100)]
    processes: Annotated[tuple[Identifier, ...], Field(min_length=1, max_length=100)]
    lots: Annotated[tuple[Text, ...], Field(max_length=200)] = ()
    floors: Annotated[tuple[Limit, ...], Field(max_length=100)]
    ceilings: Annotated[tuple[Limit, ...], Field(max_length=100)]
    quantity: Annotated[StrictInt, Field(ge=1, le=1_000_000)]
    period: Period
    sampling_rate: Annotated[str, StringConstraints(pattern=r"^(0|1|0\.[0-9]{0,5}[1-9])$", strict=True)]
    chain_commitment: Digest

    @model_validator(mode="after")
    def _limits_of_processes(self) -> Self:
        for limits in (self.floors, self.ceilings):
            names = [limit.process for limit in limits]
            if len(set(names)) != len(names) or not set(names) <= set(self.processes):
                raise ValueError("at most one floor and one ceiling for each process of the scope")
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
        return {
            "@context": [VC_CONTEXT, context_url(self.origin)],
            "type": CREDENTIAL_TYPE,
            "id": self.id,
            "issuer": self.auditor.as_json(),
            "name": titled(_NAMES[self.subject.type], demo=self.subject.demo),
            "validFrom": self.valid_from,
            "validUntil": self.valid_until,
            "credentialSubject": self.subject.as_json(),
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
