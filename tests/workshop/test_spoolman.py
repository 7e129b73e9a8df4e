"""Spools of Spoolman become lots; what it does not know is asked, and nothing is invented."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from label_service.errors import LabelServiceError, UnreadableFile
from label_service.factors import load_release
from label_service.workshop import UnknownMaterial, read_spoolman
from label_service.workshop.spoolman import MATERIALS, MOST_LOTS
from tests.strategies import json_values

FILAMENT = {
    "id": 3,
    "registered": "2026-01-05T10:00:00Z",
    "name": "Galaxy Black",
    "vendor": {"id": 1, "registered": "2026-01-05T10:00:00Z", "name": "Prusament", "extra": {}},
    "material": "PLA",
    "price": 24.99,
    "density": 1.24,
    "diameter": 1.75,
    "weight": 1000,
    "article_number": "PM70820",
    "extra": {},
}
SPOOL = {
    "id": 17,
    "registered": "2026-01-05T10:00:00Z",
    "filament": FILAMENT,
    "remaining_weight": 812.3,
    "used_weight": 187.7,
    "used_length": 62930.1,
    "lot_nr": "52342",
    "archived": False,
    "extra": {},
}


def spools(*entries, **chosen):
    """Read a list of spools."""
    return read_spoolman(json.dumps(entries).encode(), chosen)


def test_a_spool_becomes_a_lot():
    """Name, vendor, lot number and material are taken; the word is kept so that sliced files find the lot."""
    (lot,) = spools(SPOOL).lots
    assert lot.id == "spool-17"
    assert lot.name == "Prusament Galaxy Black PLA lot 52342"
    assert (lot.material, lot.words, lot.lot, lot.supplier) == ("pla", ("PLA",), "52342", "Prusament")


def test_nothing_is_invented():
    """Spoolman knows neither recycled share nor the supplier's energy, so the lot has none."""
    (lot,) = spools(SPOOL).lots
    assert lot.recycled_share is None
    assert lot.bought_in == ()


def test_filaments_are_read_as_well():
    """The list of filaments gives lots without a lot number."""
    (lot,) = read_spoolman(json.dumps([FILAMENT]).encode()).lots
    assert (lot.id, lot.lot, lot.supplier) == ("filament-3", None, "Prusament")


@pytest.mark.parametrize("word", ["PLA+", "Nylon", "PA", "PLA-CF", "rPETG", "Wood", ""])
def test_an_unclear_material_is_asked(word):
    """A word that could be several materials makes no lot until the maker chose."""
    spool = SPOOL | {"filament": FILAMENT | {"material": word}}
    found = spools(spool)
    assert found.lots == ()
    assert [item.word for item in found.unknown] == [word]
    assert isinstance(found.unknown[0], UnknownMaterial)
    if word:
        assert spools(spool, **{word: "nylon-6"}).lots[0].material == "nylon-6"


def test_the_known_words_are_rows_of_the_release():
    """No word leads to a material without a factor row."""
    assert all(load_release().has("materials", row) for row in MATERIALS.values())


def test_archived_spools_are_left_out():
    """What is used up is not offered."""
    assert spools(SPOOL | {"archived": True}).lots == ()


def test_missing_members_are_no_error():
    """Vendor, name and lot number may be absent or null."""
    spool = {"id": 1, "filament": {"id": 2, "material": "petg", "diameter": 1.75, "vendor": None}, "lot_nr": None}
    (lot,) = spools(spool).lots
    assert (lot.name, lot.material, lot.lot, lot.supplier) == ("petg", "petg", None, None)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[",
        b"\xff\xfe",
        b"3",
        b'["PLA"]',
        b'[{"id": 1}]',
        b'[{"id": 1, "filament": null}]',
        b'[{"id": "x", "filament": {"material": "PLA", "diameter": 1}}]',
        b"[" * 100_000,
        json.dumps([SPOOL] * (MOST_LOTS + 1)).encode(),
    ],
)
def test_another_file_is_refused(data):
    """Whatever is not an answer of Spoolman is said, with what to do."""
    with pytest.raises(UnreadableFile) as caught:
        read_spoolman(data)
    assert caught.value.hint


@given(st.lists(st.dictionaries(st.sampled_from([*SPOOL, *FILAMENT]), json_values), max_size=3))
def test_whatever_the_members_hold_it_ends_in_lots_or_a_named_error(entries):
    """A damaged answer never ends in a traceback."""
    try:
        found = spools(*entries)
    except LabelServiceError:
        return
    assert len(found.lots) + len(found.unknown) <= len(entries)


@given(st.binary(max_size=200))
def test_any_bytes_end_in_lots_or_a_named_error(data):
    """Neither do bytes that were never JSON."""
    try:
        read_spoolman(data)
    except LabelServiceError as error:
        assert error.detail  # noqa: PT017 - the error is one of two allowed outcomes
