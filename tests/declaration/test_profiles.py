"""Profiles: what is answered once reads back as it was, and refers only to what is there."""

import hashlib
import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from label_service import canonical
from label_service.declaration.profiles import Profiles
from label_service.errors import InvalidDocument, LabelServiceError
from label_service.examples import FOLDER
from label_service.examples.make_declarations import profiles
from label_service.factors import load_release
from label_service.factors.lookup import admits
from tests.vectors import make_profiles

PAGE = Path(__file__).parents[2] / "docs" / "formats" / "profiles.md"
VECTORS = json.loads(make_profiles.FILE.read_text("utf-8"))
RELEASE = load_release()


def demo() -> Profiles:
    """Give the shipped profiles."""
    return Profiles.from_bytes((FOLDER / "profiles.json").read_bytes().rstrip(b"\n"))


def test_vectors_are_what_the_script_makes():
    """Published vectors change only together with the script that makes them."""
    assert json.loads(json.dumps(make_profiles.build())) == VECTORS


def test_the_shipped_profiles_are_what_the_script_makes():
    """The example can be made again from the files beside it."""
    assert demo() == profiles()


def test_the_shipped_profiles_name_files_that_are_shipped():
    """Whoever follows the evidence of the demo workshop finds every file with its digest."""
    for item in demo().evidence:
        found = [path.read_bytes() for path in FOLDER.glob(f"*/{item.name}")]
        assert item.digest in {hashlib.sha256(data).hexdigest() for data in found}
        assert item.size_bytes in {len(data) for data in found}


def test_the_shipped_profiles_can_be_used_with_the_release():
    """Every machine, material, family and category of the example is a row, and every product finds a machine."""
    found = demo()
    for machine in found.machines:
        RELEASE.row("processes", machine.process)
    for product in found.products:
        family = RELEASE.row("families", product.family)
        assert any(machine.process in family["process_ids"].split(";") for machine in found.machines)
        assert any(admits(family, RELEASE.row("materials", lot.material)) for lot in found.lots)
        assert product.category is None or RELEASE.has("categories", product.category)


@pytest.mark.parametrize("vector", VECTORS["valid"], ids=lambda vector: vector["digest"][:8])
def test_profiles_read_and_write_back(vector):
    """Profiles are their bytes, and the digest is SHA-256."""
    assert Profiles.from_bytes(vector["document"].encode()).to_bytes().decode() == vector["document"]
    assert hashlib.sha256(vector["document"].encode()).hexdigest() == vector["digest"]


@pytest.mark.parametrize("vector", VECTORS["invalid"], ids=lambda vector: vector["why"].replace(" ", "-"))
def test_these_profiles_are_refused(vector):
    """Each rule of the format page is kept, one change at a time."""
    document = json.loads(VECTORS["valid"][0]["document"])
    *parents, last = vector["pointer"].strip("/").split("/")
    place = document
    for name in parents:
        place = place[int(name)] if isinstance(place, list) else place[name]
    place[last] = vector["value"]
    with pytest.raises(InvalidDocument):
        Profiles.from_bytes(canonical.encode(document))


def test_the_example_of_the_page_is_a_document():
    """Whoever starts from the example on the format page starts from profiles that are accepted."""
    text = PAGE.read_text("utf-8").partition("```json\n")[2].partition("\n```")[0]
    text = re.sub(r'"([0-9a-f]{4})…"', lambda found: f'"{found[1] * 16}"', text)
    assert Profiles.from_json(json.loads(text))


@given(st.data())
def test_profiles_have_one_spelling(data):
    """A changed byte gives an error or other profiles with another digest."""
    known = demo()
    raw = bytearray(known.to_bytes())
    raw[data.draw(st.integers(0, len(raw) - 1))] ^= data.draw(st.integers(1, 255))
    try:
        other = Profiles.from_bytes(bytes(raw))
    except LabelServiceError:
        return
    assert other != known
    assert other.digest != known.digest
