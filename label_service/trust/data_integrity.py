"""The embedded proof `eddsa-jcs-2022` of a credential: what is signed stands beside its signature in one document.

Labels do not have one: a second signature would be one outside of the log. It is here for the test profile, against
which public suites of the W3C are run (docs/exports.md).
Source: W3C Data Integrity EdDSA Cryptosuites 1.0, section 3.3; Verifiable Credential Data Integrity 1.0, section 4.
"""

import hashlib
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, StringConstraints

from label_service import canonical
from label_service.document import Model, validate
from label_service.errors import InvalidDocument, VerificationError
from label_service.trust import encoding
from label_service.trust.keys import Signer, did_key, raw_from_did_key, verify_signature

_TIME = r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$"  # XML Schema dateTimeStamp
DateTimeStamp = Annotated[str, StringConstraints(pattern=_TIME, strict=True)]


class Proof(Model):
    """One proof: {"type":"DataIntegrityProof","cryptosuite":"eddsa-jcs-2022","proofValue":"z…",…}."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    context: Any = Field(default=None, alias="@context")
    id: str | None = None
    type: Literal["DataIntegrityProof"]
    cryptosuite: Literal["eddsa-jcs-2022"]
    created: DateTimeStamp | None = None
    expires: DateTimeStamp | None = None
    verification_method: Annotated[str, Field(alias="verificationMethod", max_length=200)]
    purpose: Annotated[Literal["assertionMethod"], Field(alias="proofPurpose")]
    value: Annotated[str, Field(alias="proofValue", pattern=r"^z[1-9A-HJ-NP-Za-km-z]{80,90}$")]


def add_proof(document: dict[str, Any], *, created: str, signer: Signer) -> dict[str, Any]:
    """Give a credential with a proof by a did:key.

    Raises:
        InvalidDocument: it has a proof already, or members that have no canonical form here, such as fractions.
    """
    if "proof" in document:
        raise InvalidDocument("expected a credential without a proof, found one with")
    did = did_key(signer.public_key)
    options = {
        "@context": document["@context"],
        "type": "DataIntegrityProof",
        "cryptosuite": "eddsa-jcs-2022",
        "created": created,
        "verificationMethod": f"{did}#{did.removeprefix('did:key:')}",
        "proofPurpose": "assertionMethod",
    }
    signature = signer.sign(_hash(options, document))
    return {**document, "proof": options | {"proofValue": "z" + encoding.base58btc(signature)}}


def check_proof(document: dict[str, Any], at: datetime) -> str:
    """Check the one proof of a credential by a did:key and give the did.

    Raises:
        InvalidDocument: no proof, several, or one of another shape or suite.
        InvalidKey: its method is no Ed25519 did:key.
        VerificationError: the signature does not hold, it has expired, or the contexts differ.
    """
    given: Any = document.get("proof")
    proof = validate(Proof, given)
    if proof.expires and datetime.fromisoformat(proof.expires) <= at:
        raise VerificationError(f"the proof expired at {proof.expires}")
    did, _, fragment = proof.verification_method.partition("#")
    if fragment != did.removeprefix("did:key:"):
        raise VerificationError("expected the did:key with itself as fragment as method of the proof")
    options = {name: value for name, value in given.items() if name != "proofValue"}
    unsecured = {name: value for name, value in document.items() if name != "proof"}
    if proof.context is not None:
        _check_contexts(_as_list(proof.context), _as_list(unsecured.get("@context")))
        unsecured["@context"] = proof.context
    signature = encoding.from_base58btc(proof.value.removeprefix("z"))
    if not verify_signature(raw_from_did_key(did), signature, _hash(options, unsecured)):
        raise VerificationError("the signature of the proof does not hold")
    return did


def _hash(options: dict[str, Any], document: dict[str, Any]) -> bytes:
    """Give what is signed: the digests of the proof without its value and of the credential without its proof."""
    return b"".join(hashlib.sha256(canonical.encode(part)).digest() for part in (options, document))


def _check_contexts(proven: list[Any], given: list[Any]) -> None:
    if given[: len(proven)] != proven:
        raise VerificationError("the contexts of the credential do not begin with those of the proof")


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
