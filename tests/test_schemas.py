"""Published schemas say the same as the models, as far as JSON Schema can say it."""

import importlib.util
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from pydantic import ValidationError
from referencing import Registry, Resource

from label_service.canonical import encode
from label_service.declaration import Declaration
from label_service.declaration.contribution import SignedSteps
from label_service.declaration.profiles import Profiles
from label_service.document import Document
from label_service.errors import InvalidKey, NotCanonical
from label_service.examples import FOLDER
from label_service.label.bundle import Bundle
from label_service.label.hand_over import HandOver
from label_service.label.record import SupplierRecord
from label_service.label.statement import Statement
from label_service.tlog.split_view import SplitView
from label_service.trust.keys import jwk
from label_service.trust.trust_list import Delegation, Root, TrustList
from tests import examples
from tests.comade import BATCH, co_made, said, steps, token
from tests.examples import RELEASE, assessment_of, inventory_of
from tests.signers import signer
from tests.trust.samples import END, START, payload
from tests.vectors import make_parts
from tests.vectors.make_statement import SAID, statement
from tests.vectors.make_witness import vectors as witness_vectors

REPOSITORY = Path(__file__).parent.parent
SCHEMAS = {file.name: json.loads(file.read_text("utf-8")) for file in (REPOSITORY / "schemas").glob("*.json")}
REGISTRY = Registry().with_resources((schema["$id"], Resource.from_contents(schema)) for schema in SCHEMAS.values())


def script():
    """Load the script that generates the schemas."""
    spec = importlib.util.spec_from_file_location("schemas_script", REPOSITORY / "docs" / "generate" / "schemas.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def bundle():
    """Give a bundle by its shape; its tokens are not read."""
    inventory = inventory_of(examples.hooks())
    return Bundle(
        type="bundle",
        version="1",
        label="x" * 10,
        attestation="x" * 10,
        inventory=inventory.as_json(),
        assessment=assessment_of(examples.hooks()).as_json(),
        release={"digest": RELEASE.digest, "name": RELEASE.name, "release": RELEASE.version, "size": RELEASE.size},
        rows=(RELEASE.proof("transport", "hgv-average").as_document(),),
        status=("x" * 10, "x" * 10),
        trust_list="x" * 10,
        log_proof="x" * 10,
    )


KEY = jwk(signer(1).public_key)
SPLIT_VIEWS = witness_vectors()["split_views"]
DOCUMENTS: list[Document] = [
    *(Declaration.from_json(make()) for make in examples.ALL),
    *(inventory_of(make()) for make in examples.ALL),
    *(assessment_of(make()) for make in examples.ALL),
    *(BATCH, said(), steps(), SignedSteps(token=token(), steps=steps()), co_made()),
    bundle(),
    SupplierRecord.from_json(make_parts.RECORD),
    Profiles.from_bytes((FOLDER / "profiles.json").read_bytes().rstrip(b"\n")),
    TrustList.from_json(payload()),
    Delegation.from_json({"type": "delegation", "version": "1", "jwk": KEY, "not_before": START, "not_after": END}),
    Root.from_json({"type": "root", "version": "1", "name": "Root", "jwk": KEY}),
    *(SplitView.from_bytes(case["evidence"].encode()) for case in SPLIT_VIEWS),
    *(Statement.from_json(statement(kind, subject)) for kind, subject, _ in SAID),
]
DOCUMENTS.append(
    HandOver.from_json(
        {
            "type": "hand-over",
            "version": "1",
            "issuer": "did:web:a",
            "log": "a/log",
            "final": {"size": 14, "root": "ab" * 32},
            "at": "2026-11-20T12:00:00Z",
            "successor": "did:web:b",
            "archive": "cd" * 32,
        }
    )
)
KINDS = sorted({type(document) for document in DOCUMENTS}, key=lambda kind: kind.TYPE)


def validator(kind: type[Document]) -> Draft202012Validator:
    """Give the validator of the published schema of a kind of document."""
    return Draft202012Validator(SCHEMAS[f"{kind.TYPE}-{kind.VERSION}.json"], registry=REGISTRY)


def refusal(kind: type[Document], value):
    """Give why a model refuses a document: None, "shape", or "rule" for what JSON Schema cannot say."""
    try:
        document = kind.model_validate(value)
    except InvalidKey:
        return "rule"
    except ValidationError as error:
        # A list whose items are refused by a rule also counts as too short.
        return "rule" if {item["type"] for item in error.errors()} - {"too_short"} == {"value_error"} else "shape"
    return None if document.to_bytes() == encode(value) else "shape"


def test_schemas_are_those_of_the_models():
    """A changed model without a new schema version is found before anyone else finds it."""
    assert {file.name for file in script().files()} == set(SCHEMAS)
    for file, text in script().files().items():
        assert file.read_text("utf-8") == text, "run docs/generate/schemas.py, or add a version once it is published"


def test_schemas_are_valid_and_named():
    """Any validator of draft 2020-12 can load them, by a name without a host."""
    for name, schema in SCHEMAS.items():
        Draft202012Validator.check_schema(schema)
        kind, _, version = name.removesuffix(".json").rpartition("-")
        assert schema["$id"] == f"urn:label-service:schema:{kind}:{version}"
        assert schema["properties"]["type"]["const"] == kind
        assert schema["properties"]["version"]["const"] == version


def test_every_kind_of_document_has_a_schema():
    """No schema goes untested."""
    assert {f"{kind.TYPE}-{kind.VERSION}.json" for kind in KINDS} == set(SCHEMAS)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.TYPE)
def test_what_a_model_writes_its_schema_accepts(document):
    """A canonical document of ours is valid for everybody else."""
    validator(type(document)).validate(json.loads(document.to_bytes()))


def places(value, pointer=()):
    """Give the path of every member and item of a document."""
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, member in members:
        yield (*pointer, name)
        yield from places(member, (*pointer, name))


SUBSTITUTES = [
    None, True, 0, 1, -1, 2**53 - 1, "", "0", "-1", "0.250", "1e3", "1.5", "x", "A" * 43, "ab" * 32, "AB" * 32, "DEU",
    "2026-02-31", "2026-11-02", "2026-11-02T00:00:00Z", "x" * 301, "e\u0301", [], [1], ["ab" * 32], {}, {"a": 1},
    "metered", "default", "materials",
]  # fmt: skip


@st.composite
def mutated(draw, documents):
    """Give a kind of document and a document of it with one member changed, added or left out."""
    document = draw(st.sampled_from(documents))
    value = json.loads(document.to_bytes())
    *parents, last = draw(st.sampled_from(list(places(value))))
    place = value
    for name in parents:
        place = place[name]
    change = draw(st.sampled_from(["replace", "remove", "add"]))
    if change == "replace":
        place[last] = draw(st.sampled_from(SUBSTITUTES))
    elif change == "remove":
        del place[last]
    elif isinstance(place, dict):
        place["surprise"] = draw(st.sampled_from(SUBSTITUTES))
    else:
        place.append(draw(st.sampled_from([*SUBSTITUTES, place[0]])))
    return type(document), value


@settings(max_examples=300)
@given(mutated([document for document in DOCUMENTS if not isinstance(document, Bundle)]))
def test_schema_and_model_accept_the_same_documents(case):
    """Whoever checks with the schema refuses what we refuse, except for rules that only code can state."""
    kind, value = case
    reason = refusal(kind, value)
    assert reason == "rule" or validator(kind).is_valid(value) == (reason is None)


@settings(max_examples=100)
@given(mutated([document for document in DOCUMENTS if isinstance(document, Bundle)]))
def test_the_schema_of_a_bundle_reads_further_than_its_model(case):
    """The schema accepts no bundle that the model refuses; it also looks at inventory, assessment and rows inside."""
    kind, value = case
    assert not validator(kind).is_valid(value) or refusal(kind, value) is None


def test_an_absent_member_is_never_null():
    """Schema and bytes agree: there is one way to say nothing."""
    value = json.loads(Declaration.from_json(examples.hooks()).to_bytes())
    value["inbound"] = None
    assert not validator(Declaration).is_valid(value)
    with pytest.raises(NotCanonical):
        Declaration.from_bytes(encode(value))
