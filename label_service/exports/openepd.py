"""The label in the format openEPD: docs/exports.md. It is no EPD under a product category rule, and names none.

openEPD wants the expected value and the relative standard deviation where a label gives median and quantiles; both
follow exactly from the log-normal terms of the assessment.
Source: openEPD format, version 0.1, C Change Labs and BuildingTransparency.
"""

from collections.abc import Sequence
from math import exp, expm1, sqrt
from typing import Any, Final
from urllib.parse import urlsplit

from label_service.document import Stage
from label_service.exports.source import Source
from label_service.impact.closed_form import Term
from label_service.label.credential import COVERED, NOT_COVERED
from label_service.quantity import figure

VERSION: Final = "0.1"
_METHOD: Final = "Unknown LCIA"  # GWP100 of sources from several reports of the IPCC: openEPD has no name for that
_MODULES: Final[dict[str, tuple[Stage, ...]]] = {
    "A1A2A3": ("materials", "inbound", "making", "packaging"),
    "A1": ("materials",),
    "A2": ("inbound",),
    "A3": ("making", "packaging"),
    "A4": ("distribution",),
}


def openepd(source: Source) -> dict[str, Any]:
    """Give a label in openEPD, one item as declared unit."""
    content = source.content
    mass = {"kg_per_declared_unit": {"qty": float(source.mass_kg), "unit": "kg"}} if source.mass_kg else {}
    return {
        "doctype": "openEPD",
        "openepd_version": VERSION,
        "language": "en",
        "product_name": source.name[:200],
        "declared_unit": {"qty": 1, "unit": "item"},
        **mass,
        "date_of_issue": content.valid_from,
        "valid_until": content.valid_until,
        "declaration_url": source.url,
        "manufacturer": {"name": content.producer.name[:200]},
        "program_operator": {"name": content.issuer.name[:200], "web_domain": urlsplit(content.origin).hostname},
        "program_operator_doc_id": content.label_id,
        "third_party_verifier": {"name": content.auditor.name[:200]},
        "third_party_verification_url": source.url,
        "lca_discussion": _discussion(source),
        "impacts": {_METHOD: {"gwp": _modules(source)}},
    }


def _modules(source: Source) -> dict[str, Any]:
    found = {module: source.terms(*stages) for module, stages in _MODULES.items()}
    return {module: _measurement(terms) for module, terms in found.items() if terms}


def _measurement(terms: Sequence[Term]) -> dict[str, Any]:
    mean, deviation = expected(terms)
    known = {"rsd": float(figure(deviation / mean)), "dist": "log-normal"} if deviation else {}
    return {"mean": float(figure(mean)), "unit": "kgCO2e", **known}


def expected(terms: Sequence[Term]) -> tuple[float, float]:
    """Give expected value and standard deviation of a sum of log-normal terms that share variables, exactly.

    E = sum of m_i with m_i = median * exp(s_i^2 / 2); Var = sum of m_i m_j (exp(c_ij) - 1), where c_ij is the sum over
    the variables of both of the products of their loads.
    """
    means = [term.value * exp(sum(load * load for _, load in term.loads) / 2) for term in terms]
    loads = [dict(term.loads) for term in terms]
    variance = 0.0
    for one, (mean, mine) in enumerate(zip(means, loads, strict=True)):
        for other in range(one + 1):
            common = sum(load * loads[other].get(variable, 0.0) for variable, load in mine.items())
            variance += (1 if one == other else 2) * mean * means[other] * expm1(common)
    return sum(means), sqrt(variance)


def _discussion(source: Source) -> str:
    end = source.kgco2e("end_of_life")
    late = f" End of life, which is not split into C1 to C4: {end.median} kg CO2e (median)." if end else ""
    return (
        f"{source.in_words()} {COVERED} {NOT_COVERED} Impacts here are expected values of single modules, so they "
        f"differ from the medians of the label.{late} This is no EPD according to EN 15804 or ISO 21930 and follows no "
        f"product category rule; carbon stored in biogenic material is not counted."
    )
