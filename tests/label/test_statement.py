"""Statements: one spelling, exactly the subject of their kind, and a signature under the signer's own key."""

import base64
import json
import re
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from hypothesis import given
from hypothesis import strategies as st

from label_service import canonical
from label_service.document import validate
from label_service.errors import InvalidDocument, LabelServiceError
from label_service.label.statement import (
    AUDITOR_KINDS,
    STATEMENT_TYP,
    Statement,
    Subject,
    read_statement,
    sign_statement,
    statement_leaf,
)
from label_service.tlog.leaf import leaf_bytes, parse_leaf
from label_service.trust import jws
from tests.label.tampering import changed, leaves, replaced
from tests.vectors import make_statement
from tests.vectors.make_statement import AUDITOR, AUDITOR_KID, SAID, statement

VECTORS = json.loads(make_statement.FILE.read_text("utf-8"))
TOKEN = VECTORS["valid"][0]["token"]
PAGE = Path(__file__).parents[2] / "docs/formats/statement.md"


def test_the_file_is_what_the_script_makes():
    """The published vectors are what their script makes today."""
    assert json.loads(json.dumps(make_statement.build())) == VECTORS


@pytest.mark.parametrize("vector", VECTORS["valid"], ids=lambda vector: vector["content"]["kind"])
def test_valid_statements_read_back(vector):
    """A statement reads back to what was said, and a plain signature library agrees."""
    token, found = read_statement(vector["token"])
    assert json.loads(found.to_bytes()) == vector["content"]
    assert found.is_of_auditor == vector["of_auditor"] == (found.kind in AUDITOR_KINDS)
    head, body, signature = vector["token"].split(".")
    key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(vector["key_x"]))
    key.verify(_bytes(signature), f"{head}.{body}".encode())
    assert json.loads(_bytes(head)) == {"alg": "EdDSA", "kid": token.kid, "typ": "statement+jwt"}
    assert json.loads(_bytes(body)) == vector["content"]


def _bytes(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


@pytest.mark.parametrize("vector", VECTORS["invalid"], ids=lambda vector: vector["why"].replace(" ", "-"))
def test_what_is_no_statement_is_refused(vector):
    """Every rule of the format refuses what breaks it."""
    with pytest.raises(InvalidDocument):
        read_statement(vector["token"])


@given(st.data())
def test_any_changed_character_fails(data):
    """A statement with any character changed does not verify, and fails with an error of ours."""
    try:
        token, _ = read_statement(changed(TOKEN, data.draw))
    except LabelServiceError:
        return
    assert not token.is_signed_by(AUDITOR.public_key)


@given(st.sampled_from(SAID), st.data())
def test_a_signed_payload_is_refused_or_read_as_it_is(said, data):
    """Whatever a signer puts into a statement, reading gives exactly that content, or refuses it."""
    content = statement(*said[:2])
    where = data.draw(st.sampled_from(leaves(content)))
    payload = replaced(content, where, data.draw(st.sampled_from(["", "x", 1, None, True, [], {}, "A" * 13])))
    try:
        _, found = read_statement(jws.sign(payload, typ=STATEMENT_TYP, kid=AUDITOR_KID, signer=AUDITOR))
    except LabelServiceError:
        return
    assert canonical.encode(found.as_json()) == canonical.encode(payload)


@given(st.sampled_from(SAID), st.sampled_from(sorted(Subject.model_fields)))
def test_a_kind_has_exactly_its_subject(said, member):
    """A statement about more, less or something else than its kind is about does not exist."""
    kind, subject, _ = said
    others = [found for other, found, _ in SAID if other == kind]
    value = next(found[member] for _, found, _ in SAID if member in found)
    altered = {name: item for name, item in subject.items() if name != member} if member in subject else subject
    altered = altered if member in subject else subject | {member: value}
    if any(altered.keys() == found.keys() for found in others) or (kind, member) in ALSO:
        return
    with pytest.raises(InvalidDocument):
        validate(Statement, statement(kind, altered))


# Subjects that are allowed and not among the vectors.
ALSO = {("appeal_decision", "label_id"), ("appeal_decision", "scope_digest"), ("appeal_decision", "declaration_digest")}


def test_paragraphs_are_allowed_and_nothing_else():
    """Line feeds make paragraphs; no other control character and no change of direction by it gets in."""
    said = statement("recall", {"label_id": "ABCDEFGHIJ234"}, text="One.\n\nTwo – drei.")
    assert validate(Statement, said).text == "One.\n\nTwo – drei."
    for text in ("\nOne.", "One.\r\nTwo.", "e\u0301", "One.\u0085"):
        with pytest.raises(InvalidDocument):
            validate(Statement, said | {"text": text})


@pytest.mark.parametrize("vector", VECTORS["valid"], ids=lambda vector: vector["content"]["kind"])
def test_the_log_entry_says_who_and_about_what(vector):
    """Kind, signer, time and the label or scope it is about are public; the words are not in the log."""
    token, said = read_statement(vector["token"])
    leaf = statement_leaf(token, said)
    assert parse_leaf(leaf_bytes(leaf)) == leaf
    assert (leaf.kind, leaf.signer, leaf.at, leaf.digest) == (said.kind, token.kid, said.at, token.digest)
    assert (leaf.label_id, leaf.scope_digest) == (said.subject.label_id, said.subject.scope_digest)
    assert said.text.encode() not in leaf_bytes(leaf)


def test_the_example_of_the_page_is_a_statement():
    """Whoever starts from the page starts from something that is accepted."""
    text = PAGE.read_text("utf-8").split("```json\n")[2].partition("```")[0]
    said = Statement.from_json(json.loads(re.sub(r'"([0-9a-f]{4})…"', lambda found: f'"{found[1] * 16}"', text)))
    assert read_statement(sign_statement(said, kid=AUDITOR_KID, signer=AUDITOR))[1] == said
