"""Every fixed text that is printed on artwork, in one place, so that it can be translated.

What belongs to one label (name, figures, what it is compared with) comes with its `Face`.
"""

from collections.abc import Mapping
from typing import Final

LANGUAGE: Final = "en"

_ENGLISH: Final[Mapping[str, str]] = {
    "title": "Climate label",
    "demo": "DEMO, not a certificate",
    "A": "at most 64\u202f%",
    "B": "at most 80\u202f%",
    "C": "at most 100\u202f%",
    "D": "no advantage shown",
    "E": "worse",
    "asks": "Climate impact compared with mass production",
    "per_item": "per item, range {spread}",
    "each": "per item",
    "range": "range {spread}",
    "mass_produced": "mass-produced: {figure}",
    "product": "this product: median and range",
    "compared": "Compared with:",
    "provisional": "The reference is provisional.",
    "verified": "Verified by:",
    "desk": "files checked",
    "site_visit": "workshop visited",
    "issued": "Issued by:",
    "method": "method {method}",
    "batch_of_one": "one item made",
    "batch": "batch of {quantity} items",
    "valid_until": "valid until {day}",
    "covered": "Covered:",
    "covers": "climate only, from materials to end of life, without use.",
    "scale": "Grade {grade} on a scale from A, best, to E",
    "code": "QR code of {address}",
    "picture": "Climate impact of one item: {figure}, range {spread}",
    "cut": "Cut along the marks. Print at 100\u202f%, without fitting to the page.",
}


def words(language: str = LANGUAGE) -> Mapping[str, str]:
    """Give the fixed texts by name, some with places for values in braces; English where there is no other."""
    del language
    return _ENGLISH
