import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from label_service import canonical
from label_service.declaration import EVIDENCED, Declaration, Entry
from label_service.document import validate
from label_service.errors import InvalidDocument, LabelServiceError, NotCanonical
from tests import examples
from tests.examples import EVIDENCE, changed, claim, entry, hooks, plates
from tests.laws import error_of
from tests.strategies import declarations, json_values


@settings(max_examples=40)
@given(declarations())
def test_reading_undoes_writing(document):
    """A declaration is its bytes, and they read back to it."""
    declaration = Declaration.from_json(document)
    assert Declaration.from_bytes(declaration.to_bytes()) == declaration


@settings(max_examples=40)
@given(declarations(), st.data())
def test_a_declaration_has_one_spelling(document, data):
    """A changed byte gives an error or another declaration with another digest."""
    declaration = Declaration.from_json(document)
    raw = bytearray(declaration.to_bytes())
    raw[data.draw(st.integers(0, len(raw) - 1))] ^= data.draw(st.integers(1, 255))
    try:
        other = Declaration.from_bytes(bytes(raw))
    except LabelServiceError:
        return
    assert other != declaration
    assert other.digest != declaration.digest


@pytest.mark.parametrize("make", examples.ALL)
def test_the_examples_are_declarations(make):
    """What the other tests start from is allowed."""
    assert Declaration.from_json(make()).quantity >= 1


PLACES = [
    "/producer", "/producer/id", "/product", "/product/family", "/quantity", "/made", "/made/first", "/sites",
    "/sites/0", "/machines/0", "/materials", "/materials/0", "/materials/0/net", "/materials/0/net/value",
    "/materials/0/net/unit", "/materials/0/net/basis", "/materials/0/net/evidence", "/materials/0/bought_in",
    "/steps", "/steps/0/materials", "/steps/0/energy", "/inbound", "/inbound/0/distance", "/packaging", "/evidence",
    "/evidence/0/size_bytes", "/salt",
]  # fmt: skip


@given(st.sampled_from(PLACES), json_values)
def test_anything_in_any_place_ends_in_one_kind_of_error(pointer, value):
    """Whatever stands where something else is expected, the answer is an InvalidDocument, never a crash."""
    if value is None:
        return
    error = error_of(lambda: Declaration.from_json(changed(hooks(), pointer, value)))
    assert error is None or (isinstance(error, InvalidDocument) and error.where)
    assert error is None or len(error.detail) < 500


@pytest.mark.parametrize(
    ("pointer", "value", "message"),
    [
        ("/materials/0/net/value", "-1", "without exponent"),
        ("/materials/0/net/value", "0.250", "without exponent"),
        ("/materials/0/net/value", "NaN", "without exponent"),
        ("/materials/0/net/value", "1e400", "without exponent"),
        ("/materials/0/net/value", "1" * 13, "without exponent"),
        ("/materials/0/net/value", 0.25, "string"),
        ("/materials/0/net/unit", "lb", "unit is one of kg, g"),
        ("/materials/0/net/basis", "default", "metered"),
        ("/materials/0/net/basis", "guessed", "metered"),
        ("/materials/0/net/evidence", ["9F" * 32], "pattern"),
        ("/materials/0/net/evidence", ["ab" * 32], "is used but not listed"),
        ("/materials/0/bought_in/0/country_evidence", ["ab" * 32], "is used but not listed"),
        ("/materials/0/net", None, "a net mass"),
        ("/materials/0/role", "consumable", "a net mass"),
        ("/quantity", 0, "greater than or equal to 1"),
        ("/quantity", 1_000_001, "less than or equal"),
        ("/quantity", True, "integer"),
        ("/quantity", "4", "integer"),
        ("/made/first", "2026-11-03", "not after the last"),
        ("/made/first", "2026-02-30", "day"),
        ("/product/category", "tshirt", "category and function stand together"),
        ("/product/function", entry("1", "piece"), "category and function stand together"),
        ("/machines/0/site", "elsewhere", "site 'elsewhere' is used but not listed"),
        ("/steps/0/machine", "other", "machine 'other' is used but not listed"),
        ("/steps/0/materials", ["other"], "material 'other' is used but not listed"),
        ("/steps/0/materials", ["body", "body"], "every id in materials of step make once"),
        ("/partners", [hooks()["producer"]], "every id in partners once"),
        ("/steps", [], "at least 1 item"),
        ("/salt", "0" * 31, "pattern"),
        ("/demo", "yes", "bool"),
        ("/sites/0/country", "DE", "pattern"),
        ("/surprise", 1, "unknown here"),
        ("/materials/0/net/note", "x", "unknown here"),
    ],
)  # fmt: skip
def test_what_breaks_a_rule_is_explained(pointer, value, message):
    """Each rule of the format page has an error that says what was expected."""
    with pytest.raises(InvalidDocument) as caught:
        Declaration.from_json(changed(hooks(), pointer, value))
    assert message in caught.value.detail


def test_every_made_material_is_worked():
    """A material that no step touches would be made without energy."""
    spare = {"id": "spare", "material": "pla", "net": entry("1", "kg"), "gross": entry("1", "kg")}
    document = hooks()
    document["materials"].append(spare)
    with pytest.raises(InvalidDocument, match="every made material worked in a step"):
        Declaration.from_json(document)
    spare["role"] = "bought_part"
    assert Declaration.from_json(document)


def test_a_product_is_made_of_something():
    """Bought parts alone are trade, not making."""
    with pytest.raises(InvalidDocument, match="at least one made material"):
        Declaration.from_json(changed(plates(), "/materials/0/role", "bought_part"))


@pytest.mark.parametrize("name", ["sites", "machines", "materials", "steps", "evidence"])
def test_ids_are_unique(name):
    """Two lines with one id would make references ambiguous."""
    document = hooks()
    document[name].append(document[name][0])
    with pytest.raises(InvalidDocument, match=f"every id in {name} once"):
        Declaration.from_json(document)


def test_a_consumable_has_a_gross_mass_only():
    """Garnet does not end in the product."""
    sand = {"id": "sand", "material": "aggregates", "role": "consumable"}
    for more in ({}, {"net": entry("1", "kg")}, {"net": entry("1", "kg"), "gross": entry("1", "kg")}):
        with pytest.raises(InvalidDocument, match="mass"):
            Declaration.from_json(hooks() | {"materials": [*hooks()["materials"], sand | more]})
    assert Declaration.from_json(hooks() | {"materials": [*hooks()["materials"], sand | {"gross": entry("1", "kg")}]})


def test_members_with_defaults_are_written_out():
    """The bytes that get a digest say everything; only what is absent is left out."""
    raw = canonical.encode(hooks())
    with pytest.raises(NotCanonical, match="written out"):
        Declaration.from_bytes(raw)
    written = Declaration.from_json(hooks()).to_bytes()
    assert b'"partners":[]' in written
    assert b'"category"' not in written


@pytest.mark.parametrize("basis", ["metered", "weighed", "as_made", "derived", "estimated", "design", "asserted"])
def test_evidence_needs_a_basis_that_measures(basis):
    """An amount is evidenced when its basis is a kind of measurement and its file is named."""
    assert validate(Entry, entry("1", "kg", basis)).is_evidenced is (basis in EVIDENCED)
    assert not validate(Entry, claim("1", "kg", basis)).is_evidenced


def test_parties_and_places_are_found():
    """Machines, sites and processes are found by their ids, in the order of the steps."""
    declaration = Declaration.from_json(hooks())
    assert declaration.site(declaration.machine("machine").site).country == "DEU"
    assert declaration.family_processes == ("fdm_desktop",)
    assert EVIDENCE in {item.digest for item in declaration.evidence}
