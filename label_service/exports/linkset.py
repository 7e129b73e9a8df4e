"""Where the documents of a label are, as a linkset of RFC 9264: for resolvers of GS1 Digital Link and UNTP.

A label is no proof that somebody owns a GTIN, so the service gives linksets of its own addresses only; a maker who owns
one puts the number in with the command and hands the linkset to the resolver.
"""

import re
from typing import Any

from label_service.errors import InvalidDocument
from label_service.exports.source import Source

_CERTIFICATION = "https://gs1.org/voc/certificationInfo"  # GS1 Web Vocabulary
_GTIN = re.compile(r"[0-9]{8}|[0-9]{12,14}")
_RESOLVER = "https://id.gs1.org"


def linkset(source: Source, gtin: str | None = None) -> dict[str, Any]:
    """Give the linkset of a label, anchored at its page or at the GS1 Digital Link of a GTIN.

    Raises:
        InvalidDocument: no GTIN of 8, 12, 13 or 14 digits, or one whose check digit is wrong.
    """
    anchor = f"{_RESOLVER}/01/{_fourteen(gtin)}" if gtin else source.url
    return {
        "linkset": [
            {
                "anchor": anchor,
                "description": source.name,
                _CERTIFICATION: [_link(source.url, "Climate label with its present state", "text/html")],
                "alternate": [
                    _link(f"{source.url}.jwt", "The signed label", "application/vc+jwt"),
                    _link(f"{source.url}.json", "Bundle for offline verification", "application/json"),
                    _link(f"{source.url}/untp-dpp.json", "UNTP digital product passport, unsigned", "application/json"),
                ],
            }
        ]
    }


def _link(href: str, title: str, media_type: str) -> dict[str, str]:
    return {"href": href, "title": title, "type": media_type}


def _fourteen(gtin: str) -> str:
    """Give a GTIN in 14 digits after its check digit was recomputed (GS1 General Specifications, section 7.9)."""
    if not _GTIN.fullmatch(gtin):
        raise InvalidDocument(f"expected a GTIN of 8, 12, 13 or 14 digits, found {gtin[:20]!r}")
    digits = gtin.zfill(14)
    weighed = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(digits[:13]))
    expected = -weighed % 10
    if int(digits[13]) != expected:
        raise InvalidDocument(f"expected the check digit {expected} at the end of the GTIN, found {digits[13]}")
    return digits
