"""Exports of shops give number, name and shipping weight, and nothing more."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from label_service.catalogue import dry_run, read_catalogue
from label_service.errors import UnreadableFile
from tests.catalogue.samples import sheet
from tests.proposal.samples import PROFILES, RELEASE

SHOPIFY = (
    b"Handle,Title,Body (HTML),Option1 Name,Option1 Value,Option2 Value,Variant SKU,Variant Grams,Image Src\n"
    b"hook,Wall hook,<p>x</p>,Title,Default Title,,HOOK-4,0,a.jpg\n"
    b"hook,,,,,,,,b.jpg\n"
    b"lamp,Lamp,,Size,Small,Red,LAMP-S,1250,c.jpg\n"
    b"lamp,,,,Large,Red,LAMP-L,1700.5,\n"
    b"lamp,,,,Huge,Red,,,\n"
)
WOOCOMMERCE = (
    b'ID,Type,SKU,Name,Published,"Weight (lbs)",Parent,"Meta: x"\n'
    b"1,simple,HOOK-4,=Hook,1,0,,\n"
    b"2,variable,LAMP,Lamp,1,2,,\n"
    b"3,variation,LAMP-S,Lamp - Small,1,,LAMP,\n"
    b"4,variation,LAMP-L,Lamp - Large,1,3.5,id:2,\n"
    b'5,"simple, virtual",ALBUM,Album,1,,,\n'
    b"6,grouped,SET,Set,1,,,\n"
    b"7,simple,,Nameless,1,,,\n"
    b"8,simple,HOOK-4,Hook again,1,,,\n"
)
GERMAN = (
    '\ufeffID;Typ;Artikelnummer;Name;Veröffentlicht;"Gewicht (kg)";"Übergeordnetes Produkt"\n'
    "1;simple;KISTE;Kiste;1;2,5;\n"
).encode()


def drafts(data):
    """Give name and weight of every draft by its number."""
    found = read_catalogue(data)
    return {row.sku: (row.get("name"), row.get("shop_weight")) for row in found.rows}


def test_shopify_variants_are_products_and_pictures_are_not():
    """Rows of one handle are variants; the title stands in the first; 0 g means that nobody entered a weight."""
    assert read_catalogue(SHOPIFY).kind == "shopify"
    assert drafts(SHOPIFY) == {
        "HOOK-4": ("Wall hook", ""),
        "LAMP-S": ("Lamp - Small, Red", "1250"),
        "LAMP-L": ("Lamp - Large, Red", "1700.5"),
    }
    assert [row.get("handle") for row in read_catalogue(SHOPIFY).rows] == ["hook", "lamp", "lamp"]
    (error,) = read_catalogue(SHOPIFY).errors
    assert (error.number, error.column) == (6, "sku")


def test_shopify_renamed_its_columns():
    """The newer headers mean the same."""
    renamed = SHOPIFY.replace(b"Handle", b"URL handle").replace(b"Variant SKU", b"SKU")
    assert drafts(renamed.replace(b"Variant Grams", b"Weight value (grams)")) == drafts(SHOPIFY)


def test_woocommerce_variations_and_their_parents():
    """The unit stands in the header, a variation without weight has that of its parent, services are left out."""
    assert read_catalogue(WOOCOMMERCE).kind == "woocommerce"
    assert drafts(WOOCOMMERCE) == {
        "HOOK-4": ("=Hook", ""),
        "LAMP-S": ("Lamp - Small", "907.185"),
        "LAMP-L": ("Lamp - Large", "1587.573"),
    }
    assert [(error.number, error.code) for error in read_catalogue(WOOCOMMERCE).errors] == [
        (8, "missing-input"),
        (9, "conflict"),
    ]


def test_a_german_woocommerce_is_read():
    """Translated headers, semicolons and decimal commas."""
    assert drafts(GERMAN) == {"KISTE": ("Kiste", "2500")}


def test_an_unknown_unit_of_weight_is_no_weight():
    """A weight whose unit we do not know stays unknown."""
    assert drafts(GERMAN.replace(b"(kg)", b"(stone)")) == {"KISTE": ("Kiste", "")}


@pytest.mark.parametrize("data", [SHOPIFY, WOOCOMMERCE])
def test_drafts_are_no_declarations(data):
    """What a shop knows is never enough: each draft says what is missing, and the maker is told what to do."""
    found = read_catalogue(data)
    assert any("catalogue template" in text for text in found.warnings)
    assert all(outcome.error for outcome in dry_run(found.rows, PROFILES, RELEASE))


columns = st.sampled_from(
    [
        "Handle",
        "Title",
        "Variant SKU",
        "Variant Grams",
        "Type",
        "Published",
        "SKU",
        "Name",
        "Weight (kg)",
        "Parent",
        "ID",
    ]
)
anything = st.text(st.sampled_from("=+-@'\"\t ,;.0123456789abc:|"), max_size=10)


@given(st.lists(st.dictionaries(columns, anything, min_size=1), min_size=1, max_size=6))
def test_whatever_stands_in_an_export_it_ends_in_drafts_and_errors(rows):
    """No export makes the reader fall over."""
    first = {"Handle": "", "Title": "", "Variant SKU": "", "Type": "", "Published": "", "SKU": ""}
    for needed in (("Handle", "Title", "Variant SKU"), ("Type", "Published", "SKU")):
        start = {name: first[name] for name in needed} | {needed[-1]: "first"}
        try:
            read_catalogue(sheet(start, *rows))
        except UnreadableFile as error:
            assert error.detail  # noqa: PT017 - one of two allowed outcomes
