"""The result of a catalogue for the shop: sku to label, QR code and badge, as columns that shops import.

WooCommerce takes columns named `Meta: key` as they are; Shopify takes a metafield from a column headed
`Name (product.metafields.namespace.key)` beside handle and title. What could be taken for a formula is written with an
apostrophe before it, as the exporter of WooCommerce does and its importer undoes. Sources: docs/catalogues.md.
"""

import csv
import html
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Self

from label_service.catalogue.cells import inert
from label_service.catalogue.outcomes import Outcome
from label_service.catalogue.rows import RowError

_WOOCOMMERCE = ("SKU", "Name", "Meta: label_url", "Meta: label_qr_url", "Meta: label_badge_html")
_SHOPIFY = (
    "Handle",
    "Title",
    "Variant SKU",
    "Label URL (product.metafields.custom.label_url)",
    "Label QR URL (product.metafields.custom.label_qr_url)",
    "Label badge (product.metafields.custom.label_badge_html)",
)
_STATE = ("state", "row", "error")


@dataclass(frozen=True, slots=True)
class Result:
    """What a product has become.

    Attributes:
        number: of its row in the catalogue.
        label_url: address of the label's page; empty while there is none.
        state: of its declaration, such as `assessed` or `labelled`; `new` before it is submitted, `error` when the
            row is no declaration.
        error: why, in one line.
    """

    number: int
    sku: str
    name: str = ""
    handle: str = ""
    label_url: str = ""
    state: str = "new"
    error: str = ""

    @classmethod
    def of(cls, outcome: Outcome, state: str = "new", label_url: str = "") -> Self:
        """Give the result of a row that was read."""
        row = outcome.row
        name = outcome.declaration.product.name if outcome.declaration else row.get("name")
        if outcome.error:
            return cls(row.number, row.sku, name, row.get("handle"), "", "error", outcome.error.words)
        return cls(row.number, row.sku, name, row.get("handle"), label_url, state)

    @classmethod
    def of_error(cls, error: RowError) -> Self:
        """Give the result of a row that could not be read."""
        return cls(error.number, error.sku, state="error", error=error.words)

    @property
    def qr_url(self) -> str:
        """Address of the QR code as SVG."""
        return f"{self.label_url}/qr.svg" if self.label_url else ""

    @property
    def badge(self) -> str:
        """HTML for a shop's page: a picture that shows the present state of the label and leads to its page."""
        if not self.label_url:
            return ""
        page, name = html.escape(self.label_url), html.escape(self.name or self.sku)
        return (
            f'<a href="{page}" rel="external"><img src="{page}/badge.svg" width="300" height="84" loading="lazy" '
            f'referrerpolicy="no-referrer" alt="Climate label of {name}: open to check it"></a>'
        )


def result_csv(results: Iterable[Result], shop: str = "woocommerce") -> bytes:
    """Give the result as CSV in UTF-8, one row per product; arguments are those of `result_lines`."""
    return b"".join(result_lines(results, shop))


def result_lines(results: Iterable[Result], shop: str = "woocommerce") -> Iterator[bytes]:
    """Give the result as CSV in UTF-8, line by line, in the columns of a shop.

    Args:
        results: in the order of the catalogue.
        shop: `shopify` for its columns; anything else gives those of WooCommerce, which every spreadsheet reads.
    """
    is_shopify = shop == "shopify"
    yield _line((*(_SHOPIFY if is_shopify else _WOOCOMMERCE), *_STATE))
    for result in results:
        named = (result.handle, result.name, result.sku) if is_shopify else (result.sku, result.name)
        told = (result.state, str(result.number), result.error)
        yield _line(map(inert, (*named, result.label_url, result.qr_url, result.badge, *told)))


def _line(cells: Iterable[str]) -> bytes:
    stream = io.StringIO(newline="")
    csv.writer(stream, lineterminator="\r\n").writerow(cells)
    return stream.getvalue().encode("utf-8")
