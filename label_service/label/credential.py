"""The label as a UNTP 0.7.0 DigitalConformityCredential in a vc+jwt. Format page: docs/formats/label.md.

`credentialSubject.label` carries the content in our own terms; every other member follows from it. A reader takes the
content out, builds the credential again and compares bytes: the two can never say different things.
"""

from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

import orjson

from label_service import canonical
from label_service.assessment import Range
from label_service.document import validate
from label_service.errors import InvalidDocument, NotCanonical, UnsupportedVersion
from label_service.label.content import LabelContent, StatusEntry, statement
from label_service.label.status import Purpose
from label_service.label.vocabulary import UNTP_CONTEXT, VC_CONTEXT, VC_CTY, VC_TYP, context_url, titled
from label_service.trust import encoding, jws
from label_service.trust.keys import Signer

CREDENTIAL_TYPE = ["DigitalConformityCredential", "VerifiableCredential"]
ENVELOPE = "data:application/vc+jwt,"

COVERED = (
    "Covered, on both sides of the comparison: materials with scrap, inbound transport, making, packaging, "
    "distribution, end of life."
)
NOT_COVERED = (
    "Not covered: effects other than climate, making of machines, use phase, social effects. "
    "No offsets or credits are counted."
)
# Identifiers as in the samples of UNTP 0.7.0.
_TOPIC = "https://vocabulary.uncefact.org/conformity-topic/greenhouse-gas-emissions"
_METRIC = "https://vocabulary.uncefact.org/performance-metric/product-carbon-footprint"
_SHA256_MULTIHASH = b"\x12\x20"  # code of SHA-256 and length 32 (multiformats table)
_GRAM, _PERCENT = "GRM", "P1"  # UNECE Recommendation 20
_RANKS = {letter: rank for rank, letter in enumerate("ABCDE", start=1)}


def grams(kgco2e: str) -> int:
    """Give a figure in kg as whole grams, half even."""
    return int((Decimal(kgco2e) * 1000).to_integral_value(rounding=ROUND_HALF_EVEN))


def grams_of(kgco2e: Range) -> tuple[int, int, int]:
    """Give median, 5 % and 95 % quantile in whole grams."""
    return grams(kgco2e.median), grams(kgco2e.p05), grams(kgco2e.p95)


def credential(content: LabelContent) -> dict[str, Any]:
    """Give the credential of a label's content."""
    return {
        "@context": [VC_CONTEXT, UNTP_CONTEXT, context_url(content.origin)],
        "type": CREDENTIAL_TYPE,
        "id": label_url(content),
        "issuer": _party(content.issuer.id, content.issuer.name, "CredentialIssuer"),
        "name": _name(content),
        "validFrom": content.valid_from,
        "validUntil": content.valid_until,
        "credentialStatus": [
            _status("revocation", content.status.revocation),
            _status("suspension", content.status.suspension),
        ],
        "credentialSubject": _attestation(content),
    }


def issue(content: LabelContent, *, kid: str, signer: Signer) -> str:
    """Sign the label with an issuer key and give the compact token.

    Raises:
        InvalidDocument: the key is not one of the issuer's.
    """
    _check_kid(content, kid)
    payload = canonical.encode_checked(credential(content))
    return jws.sign_encoded(payload, typ=VC_TYP, cty=VC_CTY, kid=kid, signer=signer)


def read_label(text: str) -> tuple[jws.Token, LabelContent]:
    """Read a token strictly; signature, attestation, status and log are not checked yet.

    Raises:
        InvalidDocument: token or content break the format; `UnsupportedVersion` or `NotCanonical` where it is that.
    """
    token = jws.parse(text, typ=VC_TYP, cty=VC_CTY)
    content = validate(LabelContent, _member(token.payload))
    if canonical.encode_checked(credential(content)) != token.payload:
        raise NotCanonical("expected exactly the credential that follows from the content of the label")
    _check_kid(content, token.kid)
    return token, content


def read_content(text: str) -> tuple[jws.Token, bytes]:
    """Read the content of a token that `issue` has just made, and give its canonical bytes to be compared.

    Raises:
        InvalidDocument: as `read_label` does.
    """
    token = jws.parse(text, typ=VC_TYP, cty=VC_CTY)
    return token, canonical.encode_checked(_member(token.payload))


def enveloped(token: str) -> dict[str, Any]:
    """Give the token as an EnvelopedVerifiableCredential (VC Data Model 2.0, section 4.13)."""
    return {"@context": [VC_CONTEXT], "id": ENVELOPE + token, "type": "EnvelopedVerifiableCredential"}


def label_url(content: LabelContent) -> str:
    """Give the address of the label's page, which is also its identifier."""
    return f"{content.origin}/L/{content.label_id}"


def _check_kid(content: LabelContent, kid: str) -> None:
    if kid.partition("#")[0] != content.issuer.id:
        raise InvalidDocument(f"expected a key of {content.issuer.id}, found {kid[:200]!r}")


def _member(payload: bytes) -> Any:
    """Take out the content; that the payload is canonical shows when the rebuilt bytes are compared."""
    try:
        claims = orjson.loads(payload)
        contexts, subject = claims["@context"], claims["credentialSubject"]
        if contexts[:2] != [VC_CONTEXT, UNTP_CONTEXT] or claims["type"] != CREDENTIAL_TYPE:
            raise UnsupportedVersion("expected a DigitalConformityCredential of UNTP 0.7.0")
        return subject["label"]
    except (KeyError, TypeError, orjson.JSONDecodeError) as error:
        raise InvalidDocument(f"expected the members of a label, missing or malformed: {error}") from error


def _name(content: LabelContent) -> str:
    return titled(f"Climate label of {content.name} by {content.producer.name}", demo=content.demo)


def _attestation(content: LabelContent) -> dict[str, Any]:
    page = label_url(content)
    return {
        "type": ["ConformityAttestation"],
        "id": f"{page}#attestation",
        "name": _name(content),
        "description": f"{COVERED} {NOT_COVERED}",
        "assessorLevel": "3rdParty",
        "assessmentLevel": "scheme-cab",
        "attestationType": "verification",
        "issuedToParty": _party(content.producer.id, content.producer.name),
        "authorisation": [_admission(content)],
        "referenceScheme": {
            "type": ["ConformityScheme"],
            "id": content.issuer.id,
            "name": content.issuer.name,
        },
        "referenceProfile": {
            "type": ["ConformityProfile"],
            "id": f"{content.origin}/releases/{content.release_digest}",
            "name": f"Method {content.method}",
        },
        "profileScore": {
            "code": content.grade,
            "rank": _RANKS[content.grade],
            "definition": statement(content),
        },
        "conformityCertificate": {
            "linkURL": page,
            "linkName": "Label page with the current status",
            "mediaType": "text/html",
        },
        "auditableEvidence": {
            "linkURL": f"{page}.json",
            "linkName": "Bundle for offline verification and recomputation",
            "mediaType": "application/json",
        },
        "conformityAssessment": [_assessment(content)],
        "label": content.as_json(),
    }


def _assessment(content: LabelContent) -> dict[str, Any]:
    page = label_url(content)
    return {
        "type": ["ConformityAssessment"],
        "id": f"{page}#assessment",
        "name": "Climate impact of one item against the mass-produced alternative",
        "assessmentCriteria": _criteria(content),
        "assessmentDate": content.valid_from[:10],
        "assessedPerformance": [_footprint(content), _bound(content)],
        "assessedProduct": [
            {
                "product": {
                    "type": ["Product"],
                    "id": f"{page}#product",
                    "name": content.name,
                    "batchNumber": content.label_id,
                },
                "idVerifiedByCAB": False,
            }
        ],
        "assessedOrganisation": _party(content.producer.id, content.producer.name),
        "specifiedCondition": _conditions(content),
        "evidence": [
            _link("Inventory", content.inventory_digest, "application/json"),
            _link("Assessment", content.assessment_digest, "application/json"),
            _link("Attestation of the auditor", content.attestation_digest, "application/vc+jwt"),
        ],
        "conformityTopic": [{"type": ["ConformityTopic"], "id": _TOPIC, "name": "Greenhouse Gas Emissions"}],
    }


def _criteria(content: LabelContent) -> list[dict[str, Any]]:
    """Give the scale of the method and the functional-equivalence criteria the auditor checked."""
    page = label_url(content)
    names = [f"Grade on the scale of method {content.method}", *content.criteria]
    return [
        {"type": ["Criterion"], "id": f"{page}#criterion-{number}", "name": name} for number, name in enumerate(names)
    ]


def _footprint(content: LabelContent) -> dict[str, Any]:
    """Give the median in whole grams CO2e; the tolerances are offsets to the 5 % and 95 % quantiles."""
    median, low, high = grams_of(content.kgco2e)
    return {
        "metric": {
            "type": ["PerformanceMetric"],
            "id": _METRIC,
            "name": "Climate impact of one item, g CO2e (GWP100)",
        },
        "measure": {
            "value": median,
            "lowerTolerance": median - low,
            "upperTolerance": high - median,
            "unit": _GRAM,
        },
    }


def _bound(content: LabelContent) -> dict[str, Any]:
    return {
        "metric": {
            "type": ["PerformanceMetric"],
            "id": f"{label_url(content)}#score",
            "name": f"95 % upper bound of the ratio to {content.graded_against}, in percent",
        },
        "measure": {"value": content.score, "unit": _PERCENT},
    }


def _conditions(content: LabelContent) -> list[str]:
    others = [item.reference for item in content.comparisons if item.reference != content.graded_against]
    conditions = [
        f"Graded against {content.graded_against}; also compared with {', '.join(others) or 'nothing else'}.",
        f"Batch of {content.quantity}, made in {', '.join(content.countries)} in {content.year}.",
    ]
    if content.scope:
        conditions.append(f"Number {content.scope.position} of {content.scope.of} of an attested scope.")
    return conditions


def _admission(content: LabelContent) -> dict[str, Any]:
    proof = content.auditor.accreditation
    return {
        "name": f"{content.auditor.name}, admitted as auditor: {proof.standard}, {proof.body}, {proof.number}",
        "issuingAuthority": _party(content.issuer.id, content.issuer.name),
    }


def _status(purpose: Purpose, entry: StatusEntry) -> dict[str, Any]:
    return {
        "type": "BitstringStatusListEntry",
        "id": f"{entry.url}#{entry.index}",
        "statusPurpose": purpose,
        "statusListIndex": str(entry.index),
        "statusListCredential": entry.url,
    }


def _link(name: str, digest: str, media_type: str) -> dict[str, Any]:
    """Name a document of the bundle by its digest, wherever it is kept: RFC 6920, and multibase of a multihash."""
    raw = bytes.fromhex(digest)
    return {
        "linkURL": f"ni:///sha-256;{encoding.base64url(raw)}",
        "linkName": name,
        "digestMultibase": "u" + encoding.base64url(_SHA256_MULTIHASH + raw),
        "mediaType": media_type,
    }


def _party(party_id: str, name: str, kind: str = "Party") -> dict[str, Any]:
    return {"type": [kind], "id": party_id, "name": name}
