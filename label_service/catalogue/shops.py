"""Product exports of Shopify and WooCommerce: number, name and shipping weight of what a shop sells.

They are drafts and nothing more: what a product is made of, how and when, no shop knows. The unit of a weight stands
in the header, variants have rows of their own, and a weight of 0 means that nobody entered one.
Sources: sample files of both, see docs/catalogues.md.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Literal, NamedTuple

from label_service.catalogue.cells import MOST_CHARACTERS, Cell, decimal_sign_of, error_in, inert, number_of, text_of
from label_service.catalogue.columns import BY_NAME
from label_service.catalogue.rows import CatalogueRead, CatalogueRow, Line, RowError
from label_service.catalogue.sheets import Sheet
from label_service.errors import Conflict, LabelServiceError, MissingInput
from label_service.quantity import plain

Shop = Literal["shopify", "woocommerce"]
_WEIGHT = re.compile(r"(?:weight|gewicht) ?\(([a-z]{1,5})\)")
_GRAMS = dict(BY_NAME["shop_weight"].units)
_NOT_GOODS = {"virtual", "downloadable", "grouped", "external", "variable"}
_MILLIGRAM = Decimal("0.001")
_LONGEST_TEXT = 1_000  # that is looked at; names are cut to what documents allow
_OPTIONS = 3  # of a variant in Shopify
_NO_OPTION = "default title"
_DRAFTS = (
    "these are drafts: a shop knows number, name and shipping weight only; make a template of them with "
    "`label-service catalogue template FILE.csv --from EXPORT.csv` and fill in the rest"
)


class _Words(NamedTuple):
    """Headers of a shop's export in lower case; the German WooCommerce translates them."""

    sku: tuple[str, ...]
    name: tuple[str, ...]
    group: tuple[str, ...]


_SHOPIFY = _Words(("variant sku", "sku"), ("title",), ("handle", "url handle"))
_WOOCOMMERCE = _Words(("sku", "artikelnummer"), ("name",), ("parent", "übergeordnetes produkt"))
_TYPE = ("type", "typ")
_PUBLISHED = ("published", "veröffentlicht")


def recognise(header: Iterable[str]) -> Shop | None:
    """Tell by its header which shop wrote a file; None for neither."""
    words = {word.strip().lower() for word in header}
    if words & set(_SHOPIFY.group) and "title" in words and words & set(_SHOPIFY.sku):
        return "shopify"
    if words & set(_TYPE) and words & set(_PUBLISHED) and words & set(_WOOCOMMERCE.sku):
        return "woocommerce"
    return None


def read(kind: Shop, sheet: Sheet) -> CatalogueRead:
    """Give the drafts of a shop's export; a row without a number is an error, another row is not."""
    _, header = sheet.rows[0]
    export = _Export({word.strip().lower(): index for index, word in enumerate(map(str, header))}, sheet)
    drafts = export.shopify() if kind == "shopify" else export.woocommerce()
    rows: dict[str, CatalogueRow] = {}
    errors = []
    for line, problem in drafts:
        sku = line.cells.get("sku", "")
        if found := problem or _problem_of(sku, rows):
            errors.append(RowError.of(line.number, sku, found))
        else:
            rows[sku] = CatalogueRow(line)
    return CatalogueRead(kind, tuple(rows.values()), tuple(errors), (*sheet.warnings, _DRAFTS))


def _problem_of(sku: str, known: Mapping[str, CatalogueRow]) -> LabelServiceError | None:
    if not sku:
        return MissingInput("expected a sku", hint="number your products in the shop", where="sku")
    if sku in known:
        return Conflict(
            f"the sku {sku!r} stands in row {known[sku].number} already",
            hint="give every variant its own number in the shop",
            where="sku",
        )
    return None


_Draft = tuple[Line, LabelServiceError | None]


class _Export:
    """A shop's export by the words of its header."""

    def __init__(self, columns: Mapping[str, int], sheet: Sheet) -> None:
        self._columns = columns
        self._rows = sheet.rows[1:]
        weights = (columns.get(word) for word in columns if _WEIGHT.fullmatch(word))
        self._weight = next((index for index in weights if index is not None), None)
        self._unit = next((found[1] for word in columns if (found := _WEIGHT.fullmatch(word))), "")
        cells = (cells[self._weight] for _, cells in self._rows if self._weight and self._weight < len(cells))
        self._decimal_sign = decimal_sign_of(cells)

    def shopify(self) -> Iterator[_Draft]:
        """Rows that share a handle are variants and pictures of one product; its title stands in the first only."""
        titles: dict[str, str] = {}
        for number, cells in self._rows:
            handle, title = self._text(cells, _SHOPIFY.group), self._text(cells, _SHOPIFY.name)
            if title:
                titles.setdefault(handle, title)
            options = [self._text(cells, (f"option{place} value",)) for place in range(1, _OPTIONS + 1)]
            sku = self._text(cells, _SHOPIFY.sku)
            if not sku and not any(options) and not title:
                continue  # a further picture
            chosen = [option for option in options if option and option.lower() != _NO_OPTION]
            name = " - ".join(part for part in (titles.get(handle, ""), ", ".join(chosen)) if part)
            grams = ("variant grams", "weight value (grams)")
            yield self._draft(number, {"sku": sku, "name": name, "handle": handle}, self._cell(cells, grams), "g")

    def woocommerce(self) -> Iterator[_Draft]:
        """Variations name their parent by its number or id and have its weight where they have none."""
        parents: dict[str, Line] = {}
        for number, cells in self._rows:
            types = {word.strip().lower() for word in self._text(cells, _TYPE).split(",")}
            texts = {"sku": self._text(cells, _WOOCOMMERCE.sku), "name": self._text(cells, _WOOCOMMERCE.name)}
            weight = cells[self._weight] if self._weight is not None and self._weight < len(cells) else ""
            line, problem = self._draft(number, texts, weight, self._unit)
            parents |= {texts["sku"]: line, f"id:{self._text(cells, ('id',))}": line}
            if types & _NOT_GOODS:
                continue
            parent = self._text(cells, _WOOCOMMERCE.group)
            above = parents.get(parent) if parent and "variation" in types else None
            if above and "shop_weight" in above.cells:
                line = replace(line, cells={"shop_weight": above.cells["shop_weight"], **line.cells})
            yield line, problem

    def _draft(self, number: int, texts: Mapping[str, str], weight: Cell, unit: str) -> _Draft:
        cells = {name: text for name, text in texts.items() if text}
        try:
            grams = number_of(weight, self._decimal_sign) * _GRAMS[unit] if weight and unit in _GRAMS else Decimal(0)
        except LabelServiceError as error:
            return Line(number, cells), error_in("shop_weight", error)
        if grams:  # 0 says that nobody entered a weight
            cells["shop_weight"] = plain(grams.quantize(_MILLIGRAM))
        return Line(number, cells), None

    def _cell(self, cells: tuple[Cell, ...], words: tuple[str, ...]) -> Cell:
        index = next((self._columns[word] for word in words if word in self._columns), len(cells))
        return cells[index] if index < len(cells) else ""

    def _text(self, cells: tuple[Cell, ...], words: tuple[str, ...]) -> str:
        """Give a text; what a shop's visitor typed as a formula is kept as text that computes nothing."""
        cell = self._cell(cells, words)
        if isinstance(cell, str):
            cell = inert(cell.strip()[:_LONGEST_TEXT])
        return text_of(cell, most=2 * _LONGEST_TEXT)[:MOST_CHARACTERS].strip()
