"""The published vectors hold, by our code and, where that is possible, by code that shares nothing with it."""

import hashlib
import json
import re
import struct
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
import rfc8785
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from pydantic import TypeAdapter, ValidationError

from label_service import canonical
from label_service.assessment import Assessment, assess
from label_service.declaration import Declaration, Entry
from label_service.document import validate
from label_service.errors import InvalidDocument, LabelServiceError, MissingFactor
from label_service.inventory import Inventory
from label_service.inventory.build import build_inventory
from label_service.inventory.parts import Part
from label_service.quantity import Amount, amount, display, figure, in_base_unit
from label_service.trust.encoding import from_base64url
from label_service.trust.trust_list import ListedKey, check_key_counts, open_trust_list, read_root
from tests.examples import RELEASE
from tests.laws import error_of
from tests.vectors import (
    make_assessment,
    make_canonical,
    make_contribution,
    make_declaration,
    make_ed25519_edges,
    make_forged_tokens,
    make_frame,
    make_inventory,
    make_trust_list,
)

DOCS = Path(__file__).parent.parent / "docs" / "formats"
SCRIPTS = (
    make_assessment,
    make_canonical,
    make_contribution,
    make_declaration,
    make_ed25519_edges,
    make_forged_tokens,
    make_frame,
    make_inventory,
    make_trust_list,
)
CANONICAL, DECLARATION, INVENTORY, ASSESSMENT, TRUST_LIST = (
    json.loads(script.FILE.read_text("utf-8"))
    for script in (make_canonical, make_declaration, make_inventory, make_assessment, make_trust_list)
)


def sha256(text: str) -> str:
    """Give the digest of a text as vectors write it."""
    return hashlib.sha256(text.encode()).hexdigest()


def why(vector):
    """Give the reason in a vector as the name of its test."""
    return vector["why"].replace(" ", "-")


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.FILE.name)
def test_files_are_what_the_scripts_make(script):
    """Published vectors change only together with the script that makes them."""
    assert json.loads(script.FILE.read_text("utf-8")) == json.loads(json.dumps(script.build()))


# examples of the pages


@pytest.mark.parametrize("kind", [Declaration, Inventory, Assessment], ids=lambda kind: kind.TYPE)
def test_the_examples_of_the_pages_are_documents(kind):
    """Whoever starts from the example on a format page starts from a document that is accepted."""
    page = (DOCS / f"{kind.TYPE}.md").read_text("utf-8")
    text = re.sub(r'"([0-9a-f]{4})…"', lambda found: f'"{found[1] * 16}"', _first_example(page))
    assert kind.from_json(json.loads(text))


def test_the_short_examples_are_bytes():
    """The entry and the root file on the pages are canonical as they stand."""
    found = _first_example((DOCS / "canonical-json.md").read_text("utf-8"))
    assert validate(Entry, canonical.decode(found.encode())).is_evidenced
    assert _first_example((DOCS / "trust-list.md").read_text("utf-8")) == TRUST_LIST["root"]


def _first_example(page: str) -> str:
    return page.partition("```json\n")[2].partition("\n```")[0]


# canonical JSON


@pytest.mark.parametrize("vector", CANONICAL["documents"], ids=lambda vector: vector["json"][:20])
def test_documents_have_these_bytes(vector):
    """Any JSON parser and any RFC 8785 encoder give these bytes and this digest."""
    data = bytes.fromhex(vector["bytes"])
    assert rfc8785.dumps(json.loads(vector["json"])) == data
    assert canonical.encode(canonical.decode_lenient(vector["json"].encode())) == data
    assert canonical.decode(data) == json.loads(vector["json"])
    assert hashlib.sha256(data).hexdigest() == vector["digest"]


@pytest.mark.parametrize("vector", CANONICAL["invalid"], ids=why)
def test_these_bytes_are_refused(vector):
    """Each second spelling and each forbidden value is refused."""
    with pytest.raises(InvalidDocument):
        canonical.decode(bytes.fromhex(vector["bytes"]))


def test_amounts_and_units_are_these():
    """Amounts have one spelling and convert exactly, rounded once at 12 places."""
    adapter = TypeAdapter(Amount)
    assert all(adapter.validate_python(text) == text for text in CANONICAL["amounts"]["valid"])
    for text in CANONICAL["amounts"]["invalid"]:
        with pytest.raises(ValidationError):
            adapter.validate_python(text)
    for vector in CANONICAL["units"]:
        assert amount(in_base_unit(vector["value"], vector["unit"], vector["base_unit"])) == vector["amount"]


@pytest.mark.parametrize("vector", CANONICAL["figures"], ids=lambda vector: vector["binary64"])
def test_figures_are_these(vector):
    """A binary64 number has this figure: checked with fractions, half even at the tenth digit."""
    (value,) = struct.unpack(">d", bytes.fromhex(vector["binary64"]))
    assert figure(value) == vector["figure"]
    assert display(vector["figure"]) == vector["shown"]
    if abs(value) >= 1e-18:
        scale = Fraction(10) ** (9 - Decimal(value).adjusted())
        assert Fraction(vector["figure"]) == Fraction(round(Fraction(value) * scale)) / scale


# declaration


@pytest.mark.parametrize(
    "vector", DECLARATION["valid"] + DECLARATION["answered"], ids=lambda vector: vector["digest"][:8]
)
def test_declarations_read_and_write_back(vector):
    """A declaration is its bytes, and their digest is SHA-256."""
    assert Declaration.from_bytes(vector["document"].encode()).to_bytes().decode() == vector["document"]
    assert sha256(vector["document"]) == vector["digest"]


@pytest.mark.parametrize("vector", DECLARATION["invalid"], ids=why)
def test_these_declarations_are_refused(vector):
    """Each rule of the format page is kept, one change at a time."""
    document = json.loads(DECLARATION["valid"][0]["document"])
    *parents, last = vector["pointer"].strip("/").split("/")
    place = document
    for name in parents:
        place = place[int(name)] if isinstance(place, list) else place[name]
    place[last] = vector["value"]
    with pytest.raises(InvalidDocument):
        Declaration.from_bytes(canonical.encode(document))


# inventory and assessment


PARTS = [Part.model_validate(part) for part in INVENTORY["parts"]]


@pytest.mark.parametrize("vector", INVENTORY["valid"], ids=lambda vector: vector["digest"][:8])
def test_inventories_follow_from_declarations(vector):
    """The step from the private declaration to the public inventory gives these bytes."""
    declaration = Declaration.from_bytes(vector["declaration"].encode())
    inventory = build_inventory(declaration, RELEASE, INVENTORY["release_digest"], PARTS)
    assert inventory.to_bytes().decode() == vector["inventory"]
    assert sha256(vector["inventory"]) == inventory.digest == vector["digest"]


@pytest.mark.parametrize("vector", INVENTORY["refused"], ids=why)
def test_these_declarations_have_no_inventory(vector):
    """What is missing or cannot be ends in the named kind of error."""
    declaration = Declaration.from_bytes(vector["declaration"].encode())
    error = error_of(lambda: build_inventory(declaration, RELEASE, INVENTORY["release_digest"], PARTS))
    assert error.code == vector["error"]


class RowsOfVectors:
    """The rows of the vectors, and nothing of a release."""

    def __init__(self):
        rows = [json.loads(text) for text in ASSESSMENT["rows"]]
        self.rows = {(row["table"], row["key"]): row for row in rows}

    def row(self, table, key):
        """Give a row of the vectors."""
        if not self.has(table, key):
            raise MissingFactor(f"the release has no row {key!r} in table {table!r}")
        return self.rows[table, key]

    def has(self, table, key):
        """Tell whether the vectors have a row."""
        return (table, key) in self.rows


@pytest.mark.parametrize("vector", ASSESSMENT["valid"], ids=lambda vector: vector["digest"][:8])
def test_assessments_follow_from_inventories_and_rows(vector):
    """Inventory and rows, as anyone can read them here, give this assessment to the digit."""
    found = assess(Inventory.from_bytes(vector["inventory"].encode()), RowsOfVectors())
    assert found.to_bytes().decode() == vector["assessment"]
    assert sha256(vector["assessment"]) == vector["digest"]
    assert Assessment.from_bytes(vector["assessment"].encode()).inventory_digest == sha256(vector["inventory"])


def test_each_vector_goes_one_step_further():
    """The three files are one chain: declaration, inventory, assessment."""
    inventories = [vector["inventory"] for vector in INVENTORY["valid"]]
    assert [vector["declaration"] for vector in INVENTORY["valid"]] == [
        item["document"] for item in DECLARATION["valid"]
    ]
    assert [vector["inventory"] for vector in ASSESSMENT["valid"]] == inventories
    assert ASSESSMENT["release_digest"] == INVENTORY["release_digest"] == RELEASE.digest


# trust list


@pytest.mark.parametrize("vector", TRUST_LIST["valid"], ids=lambda vector: f"{vector['pinned']} {vector['at']}")
def test_these_lists_open(vector):
    """A list opens with this verdict about root and freshness."""
    raw, name = read_root(TRUST_LIST[vector["pinned"]].encode())
    opened = open_trust_list(vector["token"], {raw: name}, vector["at"])
    assert (opened.root, opened.is_fresh) == (vector["root"], vector["fresh"])


def test_a_list_is_signed_as_rfc_7515_says():
    """The first token is checked with base64url and Ed25519 alone, down to the root."""
    list_token = TRUST_LIST["valid"][0]["token"]
    list_payload = _verified(list_token, json.loads(_payload(TRUST_LIST["delegation"]))["jwk"])
    assert list_payload == TRUST_LIST["list"]
    assert json.loads(list_payload)["delegation"] == TRUST_LIST["delegation"]
    _verified(TRUST_LIST["delegation"], json.loads(TRUST_LIST["root"])["jwk"])


def _payload(token: str) -> str:
    return from_base64url(token.split(".")[1]).decode()


def _verified(token: str, key: dict[str, str]) -> str:
    signed, _, signature = token.rpartition(".")
    public_key = Ed25519PublicKey.from_public_bytes(from_base64url(key["x"]))
    public_key.verify(from_base64url(signature), signed.encode())
    return _payload(token)


@pytest.mark.parametrize("vector", TRUST_LIST["invalid"], ids=why)
def test_these_lists_are_refused(vector):
    """Each forged, stale or malformed list ends in an error, with the right root pinned."""
    raw, name = read_root(TRUST_LIST["root"].encode())
    with pytest.raises(LabelServiceError):
        open_trust_list(vector["token"], {raw: name}, TRUST_LIST["valid"][0]["at"])


@pytest.mark.parametrize("vector", TRUST_LIST["keys"])
def test_keys_count_when_the_vectors_say_so(vector):
    """Retired and compromised keys count exactly as published."""
    key = validate(ListedKey, vector["key"])
    error = error_of(lambda: check_key_counts(key, vector["signed_at"], vector["log_index"]))
    assert (error is None) is vector["counts"]
