import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from label_service import canonical
from label_service.errors import InvalidDocument, LabelServiceError, NotCanonical, UnsupportedVersion, VerificationError
from label_service.label.credential import credential, enveloped, grams, issue, read_label
from label_service.trust import jws
from tests.label.jsonld import undefined_terms
from tests.label.samples import KID, LABEL_KEY, content, contents
from tests.label.tampering import changed, leaves, replaced
from tests.strategies import json_objects

TOKEN = issue(content(), kid=KID, signer=LABEL_KEY)
CLAIMS = canonical.decode(jws.parse(TOKEN, typ="vc+jwt", cty="vc").payload)
SCHEMA = json.loads((Path(__file__).parents[1] / "untp/dcc.json").read_text())


def _resigned(payload: Any, kid: str = KID) -> str:
    return jws.sign(payload, typ="vc+jwt", cty="vc", kid=kid, signer=LABEL_KEY)


def _patched(schema: Any) -> Any:
    """Apply the two recorded deviations: an array of two status entries, and the index as a string."""
    entry = schema["$defs"]["BitstringStatusListEntry"]
    index = {"type": "string", "pattern": "^(0|[1-9][0-9]*)$"}
    schema = replaced(schema, ("$defs", "BitstringStatusListEntry", "properties", "statusListIndex"), index)
    two = {"type": "array", "minItems": 2, "maxItems": 2, "items": schema["$defs"]["BitstringStatusListEntry"]}
    assert entry["properties"]["statusListIndex"]["type"] == "integer"
    return replaced(schema, ("properties", "credentialStatus"), two)


def _verify(text: str) -> None:
    token, _ = read_label(text)
    if not token.is_signed_by(LABEL_KEY.public_key):
        raise VerificationError("signature")


VALIDATOR = jsonschema.Draft202012Validator(_patched(SCHEMA))


@given(contents())
def test_reads_back_what_was_issued(given_content):
    """A label reads back to exactly the content it was made from, whatever names and figures it carries."""
    token, found = read_label(issue(given_content, kid=KID, signer=LABEL_KEY))
    assert found == given_content
    assert token.is_signed_by(LABEL_KEY.public_key)


@given(contents())
def test_is_a_untp_conformity_credential(given_content):
    """Every label is valid against the schema of UNTP 0.7.0 with the two recorded deviations."""
    VALIDATOR.validate(credential(given_content))


def test_deviates_from_untp_in_nothing_else():
    """Against the unpatched schema only the status entries are errors, so no third deviation hides behind a patch."""
    errors = jsonschema.Draft202012Validator(SCHEMA).iter_errors(credential(content()))
    assert {error.absolute_path[0] for error in errors} == {"credentialStatus"}


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {
            "partners": [{"id": "https://partner.example/", "name": "Partner", "country": "DEU"}],
            "scope": {"digest": "5c" * 32, "position": 15, "of": 40},
            "caps": ["proxy_share"],
            "grade": "C",
        },
    ],
)
def test_every_term_is_defined(changes):
    """Every member and type of a label has a meaning in one of its three contexts.

    The shipped UNTP context is a month older than the release and lacks the credential's own type.
    """
    assert undefined_terms(credential(content(**changes))) == {"DigitalConformityCredential"}


def test_undefined_terms_are_found():
    """The check above sees a term that no context defines."""
    payload = replaced(CLAIMS, ("credentialSubject", "label"), CLAIMS["credentialSubject"]["label"] | {"bogus": 1})
    assert "bogus" in undefined_terms(payload)


def test_header_and_profile():
    """Header, types, assessor and score are those of the format page."""
    header = canonical.decode(jws.encoding.from_base64url(TOKEN.partition(".")[0]))
    subject = CLAIMS["credentialSubject"]
    assert header == {"alg": "EdDSA", "cty": "vc", "kid": KID, "typ": "vc+jwt"}
    assert CLAIMS["type"] == ["DigitalConformityCredential", "VerifiableCredential"]
    assert subject["assessorLevel"] == "3rdParty"
    assert (subject["profileScore"]["code"], subject["profileScore"]["rank"]) == ("B", 2)
    assert [entry["statusListIndex"] for entry in CLAIMS["credentialStatus"]] == ["94567", "94567"]
    assert [entry["statusPurpose"] for entry in CLAIMS["credentialStatus"]] == ["revocation", "suspension"]


def test_size_is_that_of_a_real_credential():
    """The credential stays between 5 and 8 kB, so that the benchmark measures a real one."""
    assert 5_000 <= len(canonical.encode(CLAIMS)) <= 8_000


@given(contents())
def test_measure_gives_the_range_in_whole_grams(given_content):
    """Value and tolerances are integers from which the low and high grams can be had back."""
    measure = credential(given_content)["credentialSubject"]["conformityAssessment"][0]["assessedPerformance"][0][
        "measure"
    ]
    assert measure["unit"] == "GRM"
    assert measure["value"] == grams(given_content.kgco2e.median)
    assert measure["value"] + measure["upperTolerance"] == grams(given_content.kgco2e.p95)
    assert measure["value"] - measure["lowerTolerance"] == grams(given_content.kgco2e.p05)


@pytest.mark.parametrize(("kg", "expected"), [("0.0005", 0), ("0.0015", 2), ("0.0025", 2), ("3.218455021", 3218)])
def test_grams_round_half_even(kg, expected):
    """Kilograms become whole grams by the one rounding rule."""
    assert grams(kg) == expected


@given(contents())
def test_words_claim_nothing_beyond_climate(given_content):
    """No label calls a product green, sustainable or good for the environment."""
    text = json.dumps(credential(given_content)["credentialSubject"]["description"])
    text += credential(given_content)["credentialSubject"]["profileScore"]["definition"]
    assert not re.search(r"\b(green|eco|environment\w*|sustainab\w*|neutral)\b", text, re.IGNORECASE)
    assert "Not covered: effects other than climate" in text


@given(contents())
def test_demo_says_so_in_the_name(given_content):
    """A label of the demo says DEMO first in its name; no other label does."""
    named = credential(given_content)["name"].startswith("DEMO, not a certificate: ")
    assert named == given_content.demo


@given(st.data())
def test_any_changed_character_fails(data):
    """A label with any character changed does not verify, and fails with an error of ours."""
    with pytest.raises(LabelServiceError):
        _verify(changed(TOKEN, data.draw))


@given(st.data())
def test_view_and_content_never_differ(data):
    """A signed credential in which one member says something else than the content is refused."""
    where = data.draw(st.sampled_from(leaves(CLAIMS)))
    payload = replaced(CLAIMS, where, data.draw(st.sampled_from(["", "A", 1, None, True, [], {}, "0.5"])))
    try:
        _, found = read_label(_resigned(payload))
    except LabelServiceError:
        return
    assert canonical.encode(credential(found)) == canonical.encode(payload)


@given(json_objects)
def test_any_other_payload_is_refused(payload):
    """Signed JSON that is no label is refused with an error of ours."""
    with pytest.raises(LabelServiceError):
        read_label(_resigned(payload))


@pytest.mark.parametrize("member", ["vc", "evidence", "renderMethod", "iat"])
def test_further_members_are_refused(member):
    """Members outside the profile are refused, such as a smuggled `vc` claim."""
    with pytest.raises(NotCanonical):
        read_label(_resigned(CLAIMS | {member: {}}))


def test_unknown_version_is_refused():
    """Another UNTP context or type is another version, which this build does not know."""
    contexts = [CLAIMS["@context"][0], "https://vocabulary.uncefact.org/untp/0.8.0/context/", CLAIMS["@context"][2]]
    for payload in (CLAIMS | {"@context": contexts}, CLAIMS | {"type": ["VerifiableCredential"]}):
        with pytest.raises(UnsupportedVersion):
            read_label(_resigned(payload))


def test_white_space_and_order_are_refused():
    """A payload in another spelling of the same JSON is refused though its signature holds."""
    head, _, _ = TOKEN.split(".")
    body = jws.encoding.base64url(json.dumps(CLAIMS, sort_keys=True).encode())
    signature = jws.encoding.base64url(LABEL_KEY.sign(f"{head}.{body}".encode()))
    with pytest.raises(NotCanonical):
        read_label(f"{head}.{body}.{signature}")


def test_key_of_another_party_is_refused():
    """The header names a key of the issuer the credential names, when signing and when reading."""
    other = "did:web:elsewhere.example#label-2026"
    with pytest.raises(InvalidDocument, match="expected a key of"):
        issue(content(), kid=other, signer=LABEL_KEY)
    with pytest.raises(InvalidDocument, match="expected a key of"):
        read_label(_resigned(CLAIMS, kid=other))


def test_enveloped_form_carries_the_token():
    """The enveloped form is the token behind a data URL."""
    envelope = enveloped(TOKEN)
    assert envelope["type"] == "EnvelopedVerifiableCredential"
    assert envelope["id"].removeprefix("data:application/vc+jwt,") == TOKEN
