"""Results go back into the shop, and no cell of them runs in a spreadsheet."""

import csv
import io
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from label_service.catalogue import Result, read_catalogue, result_csv
from tests.catalogue.samples import HOOK_ROW, checked

URL = "https://labels.example/L/ABCDEFGHIJ234"
LABELLED = Result(2, "HOOK-4", "Wall hook", "hook", URL, "labelled")


def table(results, shop="woocommerce"):
    """Read a result back as a shop does."""
    return list(csv.DictReader(io.StringIO(result_csv(results, shop).decode("utf-8"), newline="")))


def test_woocommerce_takes_the_columns_as_they_are():
    """Sku finds the product, and columns named Meta: become its metadata."""
    (row,) = table([LABELLED])
    assert (row["SKU"], row["Meta: label_url"], row["Meta: label_qr_url"]) == ("HOOK-4", URL, f"{URL}/qr.svg")
    assert row["state"] == "labelled"


def test_shopify_takes_metafields_beside_handle_and_title():
    """Handle and title find the product, and the header names the metafield."""
    (row,) = table([LABELLED], "shopify")
    assert (row["Handle"], row["Title"], row["Variant SKU"]) == ("hook", "Wall hook", "HOOK-4")
    assert row["Label URL (product.metafields.custom.label_url)"] == URL


class _Badge(HTMLParser):
    """Collects tags with their attributes."""

    def __init__(self):
        super().__init__()
        self.tags = []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))


@given(st.text(max_size=50))
def test_a_badge_is_a_link_around_a_picture(name):
    """Whatever a product is called, the badge is one link and one live picture, without script or style."""
    badge = _Badge()
    badge.feed(Result(2, "X", name, label_url=URL, state="labelled").badge)
    (link, picture) = badge.tags
    assert (link[0], link[1]["href"]) == ("a", URL)
    assert (picture[0], picture[1]["src"]) == ("img", f"{URL}/badge.svg")
    assert set(link[1]) | set(picture[1]) == {
        *("href", "rel"),
        *("src", "width", "height", "loading", "referrerpolicy", "alt"),
    }


def test_without_a_label_nothing_is_claimed():
    """A product that waits for its label has no address, no code and no badge."""
    (row,) = table([Result(2, "HOOK-4", state="assessed")])
    assert [row[name] for name in row if name.startswith("Meta")] == ["", "", ""]


def test_errors_stand_beside_their_product():
    """Whoever opens the result sees which rows failed and why."""
    (outcome,) = checked(HOOK_ROW | {"machine": "lathe"})
    (broken,) = read_catalogue(b"sku,name,quantity\nA,Hook,0\n").errors
    rows = table([Result.of(outcome), Result.of_error(broken)])
    assert [(row["SKU"], row["state"]) for row in rows] == [("HOOK-4", "error"), ("A", "error")]
    assert "machine" in rows[0]["error"]
    assert "quantity" in rows[1]["error"]


@pytest.mark.parametrize("shop", ["woocommerce", "shopify"])
@given(sku=st.text(min_size=1, max_size=20), name=st.text(max_size=20), error=st.text(max_size=20))
def test_no_cell_starts_a_formula(shop, sku, name, error):
    """A product named =HYPERLINK(...) is text in every spreadsheet."""
    data = result_csv([Result(2, sku, name, sku, URL, "labelled", error)], shop).decode("utf-8")
    for row in csv.reader(io.StringIO(data, newline="")):
        assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in row)


def test_the_apostrophe_is_undone_when_the_result_is_read_again():
    """A sku that starts with a minus is the same sku after a round through the shop."""
    found = read_catalogue(result_csv([Result(2, "-7", "+plus", state="new")]))
    assert [(row.sku, row.get("name")) for row in found.rows] == [("-7", "+plus")]
