"""The label as a DigitalProductPassport of UNTP 0.7.0, unsigned: docs/exports.md.

The claim about the climate is the one of the label, taken over member by member, and its evidence is the signed label.
"""

from typing import Any

from label_service.exports.source import Source, two_letters
from label_service.label.credential import COVERED, NOT_COVERED, credential, grams
from label_service.label.vocabulary import UNTP_CONTEXT, VC_CONTEXT
from label_service.trust.encoding import multibase_digest

_LINK_TYPE = "https://test.uncefact.org/vocabulary/linkTypes/dcc"  # as in the example of the schema


def untp_dpp(source: Source) -> dict[str, Any]:
    """Give the product passport of a label: a credential without proof, whose claims rest on the label."""
    signed = credential(source.content)
    return {
        "@context": [VC_CONTEXT, UNTP_CONTEXT],
        "type": ["DigitalProductPassport", "VerifiableCredential"],
        "id": f"{source.url}/untp-dpp.json",
        "issuer": signed["issuer"],
        "name": signed["name"],
        "validFrom": signed["validFrom"],
        "validUntil": signed["validUntil"],
        "credentialSubject": _product(source, signed["credentialSubject"]["conformityAssessment"][0]),
    }


def _product(source: Source, assessment: dict[str, Any]) -> dict[str, Any]:
    content = source.content
    product = {
        "type": ["Product"],
        "id": f"{source.url}#product",
        "name": source.name,
        "description": f"{source.in_words()} Made in {', '.join(content.countries)}.",
        "idScheme": {"type": ["IdentifierScheme"], "id": content.issuer.id, "name": content.issuer.name},
        "idGranularity": "item" if content.quantity == 1 else "batch",
        "productCategory": [_category(source)],
        "relatedParty": _parties(source),
        "producedAtFacility": _facility(source),
        "productionDate": source.inventory.made.last,
        "countryOfProduction": {"countryCode": two_letters(_country(source))},
        "performanceClaim": [_claim(source, assessment)],
    }
    number = "itemNumber" if content.quantity == 1 else "batchNumber"
    weight = {"dimensions": {"weight": _weight(source.mass_kg)}} if source.mass_kg else {}
    return product | {number: content.label_id} | weight


def _weight(mass_kg: str) -> dict[str, Any]:
    return {"value": grams(mass_kg), "unit": "GRM"}


def _category(source: Source) -> dict[str, Any]:
    release = source.release
    code = source.content.category or source.content.family
    return {
        "code": code,
        "name": code.replace("_", " "),
        "schemeId": f"{source.content.origin}/releases/{release.digest}",
        "schemeName": f"{release.name} {release.release}",
    }


def _parties(source: Source) -> list[dict[str, Any]]:
    content = source.content
    roles = [("manufacturer", content.producer.id, content.producer.name)]
    roles += [("processor", partner.id, partner.name) for partner in content.partners]
    roles += [("certifier", content.auditor.id, content.auditor.name)]
    return [{"role": role, "party": {"type": ["Party"], "id": key, "name": name}} for role, key, name in roles]


def _facility(source: Source) -> dict[str, Any]:
    """Name the site of the last step; where it is, beyond its country, the label does not say."""
    site = source.inventory.runs[-1].site
    return {"type": ["Facility"], "id": f"{source.url}#site-{site}", "name": site}


def _country(source: Source) -> str:
    countries, home = source.content.countries, source.content.producer.country
    return home if home in countries else countries[0]


def _claim(source: Source, assessment: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": ["Claim"],
        "id": f"{source.url}#claim",
        "name": assessment["name"],
        "description": f"{COVERED} {NOT_COVERED}",
        "referenceCriteria": [{key: item[key] for key in ("type", "id", "name")} for item in _criteria(assessment)],
        "claimDate": assessment["assessmentDate"],
        "applicablePeriod": {"startDate": source.inventory.made.first, "endDate": source.inventory.made.last},
        "claimedPerformance": assessment["assessedPerformance"],
        "evidence": [_evidence(source)],
        "conformityTopic": assessment["conformityTopic"],
    }


def _criteria(assessment: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = assessment["assessmentCriteria"]
    return found


def _evidence(source: Source) -> dict[str, Any]:
    return {
        "linkURL": f"{source.url}.jwt",
        "linkName": "The signed label",
        "digestMultibase": multibase_digest(source.token_digest),
        "mediaType": "application/vc+jwt",
        "linkType": _LINK_TYPE,
    }
