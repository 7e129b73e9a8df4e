"""The label as the part of a PACT 3 ProductFootprint that it can vouch for: docs/exports.md.

PACT asks for more than a label knows (`NOT_KNOWN`): those members stay out, because an unknown figure is not zero, and
the document says so. Its owner adds them before giving it to a PACT system.
Source: PACT Technical Specifications 3.0.3, WBCSD.
"""

from datetime import date, timedelta
from typing import Any, Final
from urllib.parse import urlsplit
from uuid import NAMESPACE_URL, uuid5

from label_service.document import Stage
from label_service.errors import InvalidDocument
from label_service.exports.source import Source, two_letters

SPEC_VERSION: Final = "3.0.3"
TO_THE_GATE: Final[tuple[Stage, ...]] = ("materials", "inbound", "making", "packaging")
NOT_KNOWN: Final = (
    "pcfIncludingBiogenicUptake",
    "fossilGhgEmissions",
    "fossilCarbonContent",
    "ipccCharacterizationFactors",
    "crossSectoralStandards",
    "exemptedEmissionsPercent",
)
_BOUNDARY: Final = (
    "Materials with scrap, transport to the workshop, making, packaging. Not in this figure: distribution, use, end of "
    "life. Carbon stored in biogenic material is not counted, neither are offsets, credits or the making of machines."
)
_ALLOCATION: Final = "What a batch took is divided by the number of its items."


def pact(source: Source) -> dict[str, Any]:
    """Give the product footprint of a label, without the members no label can fill."""
    content = source.content
    return {
        "id": str(uuid5(NAMESPACE_URL, source.url)),
        "specVersion": SPEC_VERSION,
        "created": content.valid_from,
        "status": "Active",
        "validityPeriodStart": content.valid_from,
        "validityPeriodEnd": content.valid_until,
        "companyName": content.producer.name,
        "companyIds": [_urn(content.producer.id)],
        "productDescription": f"{content.name}. Processes: {', '.join(content.processes)}.",
        "productIds": [f"urn:pact:{urlsplit(content.origin).hostname}:label:{content.label_id}"],
        "productNameCompany": source.name,
        "comment": _comment(source),
        "pcf": _footprint(source),
    }


def _footprint(source: Source) -> dict[str, Any]:
    to_the_gate = source.kgco2e(*TO_THE_GATE)
    if to_the_gate is None:
        raise InvalidDocument("expected flows before the gate of the workshop, found none")
    made, release = source.inventory.made, source.release
    mass = {"productMassPerDeclaredUnit": source.mass_kg} if source.mass_kg else {}
    return {
        "declaredUnitOfMeasurement": "piece",
        "declaredUnitAmount": "1",
        **mass,
        "referencePeriodStart": _midnight(date.fromisoformat(made.first)),
        "referencePeriodEnd": _midnight(date.fromisoformat(made.last) + timedelta(days=1)),
        **_geography(source),
        "boundaryProcessesDescription": _BOUNDARY,
        "pcfExcludingBiogenicUptake": to_the_gate.median,
        **_packaging(source),
        "allocationRulesDescription": _ALLOCATION,
        "secondaryEmissionFactorSources": [{"name": release.name, "version": release.release}],
    }


def _geography(source: Source) -> dict[str, str]:
    countries = source.content.countries
    return {"geographyCountry": two_letters(countries[0])} if len(countries) == 1 else {}


def _packaging(source: Source) -> dict[str, Any]:
    """Give what packaging adds; without flows it is not known whether there was any."""
    found = source.kgco2e("packaging")
    return {"packagingEmissionsIncluded": True, "packagingGhgEmissions": found.median} if found else {}


def _comment(source: Source) -> str:
    found = source.kgco2e(*TO_THE_GATE)
    between = f" with 5 % {found.p05} and 95 % {found.p95}" if found else ""
    lacking = [*NOT_KNOWN, *([] if source.mass_kg else ["productMassPerDeclaredUnit"])]
    return (
        f"{source.in_words()} The figure here is the median from cradle to gate, computed from the same inventory by "
        f"the same method{between}. The label does not say, so it stays out: {', '.join(lacking)}; neither does it say "
        f"primaryDataShare, dqi or verification, which PACT defines in its own way. Share of the impact that rests on "
        f"fixed values instead of evidence: {source.assessment.default_share}. "
        f"Made in {', '.join(source.content.countries)}."
    )


def _urn(identifier: str) -> str:
    return identifier if identifier.lower().startswith("urn:") else f"urn:uuid:{uuid5(NAMESPACE_URL, identifier)}"


def _midnight(day: date) -> str:
    return f"{day.isoformat()}T00:00:00Z"
