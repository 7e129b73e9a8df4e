"""Places of a declaration in words: what people read first, beside the pointer that documents use."""

import pytest

from label_service.certification.checking import _entries
from label_service.declaration import Declaration
from label_service.examples import FOLDER, NAMES
from label_service.factors import load_release
from label_service.web.places import places
from label_service.web.words import Words

LINE = "PLA pellets/filament (excl. biogenic uptake) (body)"


def declared(name):
    """Give the declaration of a shipped example."""
    return Declaration.from_bytes((FOLDER / name / "declaration.json").read_bytes().strip())


@pytest.fixture
def place():
    """Give what names places of the hook."""
    return places(declared("hook"), Words(load_release(), 2026))


@pytest.mark.parametrize(
    ("where", "words"),
    [
        ("/machines/printer/nameplate_power", "machine demo printer, 1.2 mm nozzle: power on the nameplate"),
        ("/materials/body/net", LINE + ": weight in the product"),
        ("/steps/print/energy", "step print: energy"),
        ("/steps/print", "step print"),
        ("/inbound/0/distance", "way to the workshop, leg 1: distance"),
        ("/packaging/0/mass", "packaging 1: mass"),
        ("/product/function", "product: function"),
        ("/evidence/" + "0" * 64, "file " + "0" * 64),
        ("/somewhere_else/3/of_it", "somewhere else: of it"),
        ("", ""),
        ("/", ""),
        ("/machines/none/x", "machine none: x"),
        ("/materials/body/bought_in/9/country", LINE + ", supplier: country"),
    ],
)
def test_a_place_is_said_in_words(place, where, words):
    """Ids become names where there are names; what is not known is said by its own parts."""
    assert place(where) == words


@pytest.mark.parametrize("name", NAMES)
def test_no_amount_of_a_shipped_example_shows_a_pointer(name):
    """Every declared amount has words without slashes and underscores."""
    declaration = declared(name)
    place = places(declaration, Words(load_release(), 2026))
    for where, _ in _entries(declaration.as_json(), ""):
        words = place(where).replace("heating/cooling", "")
        assert words
        assert "_" not in words
        assert not words.startswith("/")
