"""Labels as structured data for search engines and shops, in the vocabulary of schema.org."""

import json
from typing import Any

from label_service.web.views import LabelView


def structured_text(view: LabelView, indent: int | None = None) -> str:
    """Give the structured data of a label as JSON that cannot end the script element it stands in."""
    separators = None if indent else (",", ":")  # the page that carries it is to be small
    text = json.dumps(product_of(view), indent=indent, separators=separators, ensure_ascii=False)
    return text.replace("<", "\\u003c")


def product_of(view: LabelView) -> dict[str, Any]:
    """Give a label as structured data for search engines: a product that has a certification, in force or not.

    Source: schema.org, Product.hasCertification and Certification.
    """
    content, demo = view.inventory, "DEMO, not a certificate: " if view.assessment.demo else ""
    impact = view.assessment.product.kgco2e
    certification = {
        "@type": "Certification",
        "name": f"{demo}Climate label, grade {view.assessment.grade}",
        "url": f"{view.origin}/L/{view.label_id}",
        "certificationIdentification": view.label_id,
        "certificationStatus": f"https://schema.org/Certification{'Active' if view.status == 'valid' else 'Inactive'}",
        "certificationRating": {
            "@type": "Rating",
            "ratingValue": view.assessment.grade,
            "bestRating": "A",
            "worstRating": "E",
        },
        "hasMeasurement": {
            "@type": "QuantitativeValue",
            "name": "Climate impact of one item, median and range from 5 to 95 %",
            "value": impact.median,
            "minValue": impact.p05,
            "maxValue": impact.p95,
            "unitCode": "KGM",
            "unitText": "kg CO2e",
        },
        "issuedBy": {"@type": "Organization", "name": view.scheme, "url": view.origin},
        "validFrom": view.valid_from,
        "expires": view.valid_until,
    }
    maker = {"@type": "Organization", "name": content.producer.name}
    return {
        "@context": "https://schema.org",
        "@type": "Product",
        "name": content.name,
        "manufacturer": maker,
        "hasCertification": certification,
    }
