import json
from datetime import UTC, datetime
from functools import reduce
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from label_service.errors import InvalidDocument, InvalidKey, LabelServiceError, NotCanonical, VerificationError
from label_service.trust.data_integrity import add_proof, check_proof
from label_service.trust.encoding import base58btc, from_base58btc
from label_service.trust.keys import did_key, raw_from_did_key
from tests.label.tampering import changed, leaves, replaced
from tests.signers import signer

W3C = json.loads((Path(__file__).parents[1] / "w3c/eddsa-jcs-2022-signed.json").read_text())
DIGITAL_BAZAAR = json.loads((Path(__file__).parents[1] / "w3c/eddsa-jcs-2022-digitalbazaar.json").read_text())
AT = datetime(2026, 11, 23, 12, tzinfo=UTC)
CREATED = "2026-11-23T12:00:00Z"
KEY = signer(2022)
PLAIN = {name: value for name, value in W3C.items() if name != "proof"}
SIGNED = add_proof(PLAIN, created=CREATED, signer=KEY)


@pytest.mark.parametrize("document", [W3C, DIGITAL_BAZAAR], ids=["w3c", "digitalbazaar"])
def test_proofs_of_others_hold(document):
    """The signed example of the W3C, and a credential signed by an implementation of others, verify here."""
    assert check_proof(document, AT) == document["proof"]["verificationMethod"].partition("#")[0]


def test_reads_back_what_was_signed():
    """A proof added here holds, names its key, and leaves the credential as it was."""
    assert check_proof(SIGNED, AT) == did_key(KEY.public_key)
    assert {name: value for name, value in SIGNED.items() if name != "proof"} == PLAIN


@given(st.data())
def test_any_change_is_found(data):
    """Whatever value of credential or proof is changed, the proof no longer holds."""
    path = data.draw(st.sampled_from(leaves(SIGNED)))
    found = reduce(lambda part, name: part[name], path, SIGNED)
    altered = replaced(SIGNED, path, changed(found, data.draw) if isinstance(found, str) else "other")
    with pytest.raises(LabelServiceError):
        check_proof(altered, AT)


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ({"type": "Ed25519Signature2020"}, InvalidDocument),
        ({"cryptosuite": "eddsa-rdfc-2022"}, InvalidDocument),
        ({"proofPurpose": "authentication"}, InvalidDocument),
        ({"created": "yesterday"}, InvalidDocument),
        ({"proofValue": "u" + "A" * 86}, InvalidDocument),
        ({"verificationMethod": "did:web:labels.example#key"}, VerificationError),
        ({"verificationMethod": "did:key:zDnae#zDnae"}, InvalidKey),
        ({"expires": "2026-11-23T11:59:59Z"}, VerificationError),
        ({"@context": ["https://www.w3.org/ns/credentials/examples/v2"]}, VerificationError),
        ({"domain": "labels.example"}, InvalidDocument),
    ],
)
def test_other_proofs_are_refused(change, kind):
    """Other suites, purposes, keys, shapes and times are refused by name."""
    document = {**SIGNED, "proof": {**SIGNED["proof"], **change}}
    with pytest.raises(kind):
        check_proof(document, AT)


@pytest.mark.parametrize("proof", [None, [], [SIGNED["proof"], SIGNED["proof"]], "z"])
def test_exactly_one_proof(proof):
    """None or several proofs are no proof."""
    with pytest.raises(InvalidDocument):
        check_proof({**PLAIN, "proof": proof}, AT)


def test_no_second_proof_is_added():
    """A credential that has a proof is not signed over."""
    with pytest.raises(InvalidDocument, match="without a proof"):
        add_proof(SIGNED, created=CREATED, signer=KEY)


@given(st.binary(max_size=80))
def test_base58_reads_back(data):
    """Every byte string has one base58btc text, which reads back to it."""
    assert from_base58btc(base58btc(data)) == data


@pytest.mark.parametrize("text", ["0", "l", "O", "I", " ", "1" * 129])
def test_other_base58_is_refused(text):
    """Characters that look alike, and texts of any length, are refused."""
    with pytest.raises(NotCanonical):
        from_base58btc(text)


def test_did_key_reads_back():
    """A did:key gives its key, and one of another curve or of small order gives none."""
    assert raw_from_did_key(did_key(KEY.public_key)) == KEY.public_key
    for did in ("did:key:zDnaerx9CtbPJ1q36T5Ln5wYt3MQYeGRG5ehnPAmxcf5mDZpv", "did:web:x", did_key(bytes(32))):
        with pytest.raises(InvalidKey):
            raw_from_did_key(did)
