from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from label_service import canonical
from label_service.errors import InvalidDocument, InvalidKey, LabelServiceError, NotCanonical, VerificationError
from label_service.label.attestation import attest, read_attestation
from label_service.trust import jws
from tests.label.jsonld import undefined_terms
from tests.label.samples import AUDITOR, AUDITOR_KEY, OTHER_KEY, attestation, scope
from tests.label.tampering import changed, leaves, replaced
from tests.strategies import json_objects

TOKENS = [attest(attestation(), AUDITOR_KEY), attest(scope(), AUDITOR_KEY)]


def _resigned(payload: Any, kid: str = AUDITOR.kid) -> str:
    return jws.sign(payload, typ="vc+jwt", cty="vc", kid=kid, signer=AUDITOR_KEY)


def _verify(text: str) -> None:
    token, _ = read_attestation(text)
    if not token.is_signed_by(AUDITOR_KEY.public_key):
        raise VerificationError("signature")


@pytest.mark.parametrize("content", [attestation(), scope()])
def test_reads_back_what_was_attested(content):
    """Both kinds of attestation read back equal, under the auditor's own key."""
    token, found = read_attestation(attest(content, AUDITOR_KEY))
    assert found == content
    assert token.kid == f"{content.auditor.id}#{content.auditor.id[8:]}"
    assert token.is_signed_by(AUDITOR_KEY.public_key)


def test_payload_is_canonical_and_has_two_contexts():
    """The payload is canonical JSON with exactly the base context and our own."""
    token, _ = read_attestation(TOKENS[0])
    claims = canonical.decode(token.payload)
    assert claims["@context"] == [
        "https://www.w3.org/ns/credentials/v2",
        "http://localhost:8000/contexts/v1.jsonld",
    ]
    assert claims["issuer"] == {"id": AUDITOR.id, "name": "Mira Prüferin"}


@pytest.mark.parametrize("content", [attestation(), scope()])
def test_every_term_is_defined(content):
    """Every member and type of an attestation has a meaning in one of its contexts."""
    assert undefined_terms(content.credential()) == set()


def test_demo_says_so_in_the_name():
    """An attestation of the demo says DEMO in its name, another does not."""
    real = attestation(subject=attestation().subject.model_copy(update={"demo": False}))
    assert attestation().credential()["name"].startswith("DEMO, not a certificate")
    assert "DEMO" not in real.credential()["name"]


@given(st.sampled_from(TOKENS), st.data())
def test_any_changed_character_fails(text, data):
    """An attestation with any character changed does not verify, and fails with an error of ours."""
    with pytest.raises(LabelServiceError):
        _verify(changed(text, data.draw))


@given(st.sampled_from(TOKENS), st.data())
def test_any_replaced_member_is_refused_or_read_as_it_is(text, data):
    """Whatever a signed payload carries, reading it either refuses it or gives exactly that content back."""
    claims = canonical.decode(jws.parse(text, typ="vc+jwt", cty="vc").payload)
    where = data.draw(st.sampled_from(leaves(claims)))
    payload = replaced(
        claims, where, data.draw(st.sampled_from(["", "x", 1, None, True, [], {}, "2026-01-01T00:00:00Z"]))
    )
    try:
        _, content = read_attestation(_resigned(payload))
    except LabelServiceError:
        return
    assert canonical.encode(content.credential()) == canonical.encode(payload)


@given(json_objects)
def test_any_other_payload_is_refused(payload):
    """Signed JSON that is no attestation is refused with an error of ours."""
    with pytest.raises(LabelServiceError):
        read_attestation(_resigned(payload))


@pytest.mark.parametrize("member", ["vc", "evidence", "termsOfUse", "iat"])
def test_further_members_are_refused(member):
    """Members outside the format are refused, such as a smuggled `vc` claim."""
    with pytest.raises(NotCanonical):
        read_attestation(_resigned(attestation().credential() | {member: {}}))


def test_absent_defaults_are_refused():
    """A second spelling that leaves out an empty list is refused."""
    payload = scope().credential()
    payload["credentialSubject"] = {**payload["credentialSubject"], "lots": []}
    read_attestation(_resigned(payload))
    del payload["credentialSubject"]["lots"]
    with pytest.raises(NotCanonical):
        read_attestation(_resigned(payload))


def test_key_of_another_is_refused():
    """An auditor cannot sign in the name of another key, nor name another key in the header."""
    with pytest.raises(InvalidKey):
        attest(attestation(), OTHER_KEY)
    with pytest.raises(InvalidDocument, match="expected the kid"):
        read_attestation(_resigned(attestation().credential(), kid="did:web:localhost%3A8000#label-2026"))


def test_category_needs_its_criteria():
    """Who attests a category names the functional-equivalence criteria checked."""
    subject = attestation().subject.as_json() | {"criteria": []}
    with pytest.raises(InvalidDocument, match="criteria"):
        read_attestation(_resigned(attestation().credential() | {"credentialSubject": subject}))


@pytest.mark.parametrize(
    "changes",
    [
        {"floors": ()},
        {"floors": ({"process": "sewing", "kwh_per_kg": "1", "scrap_fraction": "0"},)},
        {"floors": ({"process": "laser_co2", "kwh_per_kg": "1"},)},
        {"floors": ({"process": "laser_co2", "kwh_per_kg": "1", "scrap_fraction": "0"},) * 2},
        {"ceilings": ({"process": "laser_co2"}, {"process": "laser_co2"})},
        {"ceilings": ({"process": "sewing"},)},
        {"quantity": 0},
        {"max_quantity_per_label": 0},
        {"sampling_rate": "1.5"},
        {"sampling_rate": "0.050"},
        {"chain_weeks": 0},
        {"chain_weeks": 521},
        {"functions": ()},
        {"category": None},
        {"lots": ({"lot": "a", "material": "plywood", "mass_kg": "1"},) * 2},
        {"period": {"first": "2027-01-01", "last": "2026-01-01"}},
        {"machines": ()},
    ],
)
def test_scope_bounds_make_sense(changes):
    """A scope has one floor for each of its processes, bounds no others, and its figures are in range."""
    with pytest.raises(ValidationError):
        scope(**changes)


def test_window_is_in_order():
    """An attestation that ends before it begins is refused."""
    with pytest.raises(ValidationError):
        attestation(valid_until="2026-11-20T09:00:00Z")
