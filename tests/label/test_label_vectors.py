import base64
import gzip
import json
from pathlib import Path

import cbor2
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from label_service.errors import LabelServiceError, VerificationError
from label_service.label.attestation import read_attestation
from label_service.label.credential import read_label
from label_service.label.qr import verify_qr
from label_service.label.status import read_status_list
from tests.vectors import make_label, make_qr

LABEL = json.loads(Path(make_label.FILE).read_text())
QR = json.loads(Path(make_qr.FILE).read_text())
READERS = {"label": read_label, "attestation": read_attestation, "status_list": read_status_list}


def _plain_bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


@pytest.mark.parametrize(("made", "file"), [(make_label, LABEL), (make_qr, QR)])
def test_files_are_what_the_scripts_make(made, file):
    """The published vectors are what their script makes today; gzip may differ between builds of zlib."""
    assert _without_gzip(json.loads(json.dumps(made.build()))) == _without_gzip(file)


def _without_gzip(vectors):
    kept = [vector for vector in vectors["valid"] if vector.get("kind") != "status_list"]
    return vectors | {"valid": kept}


@pytest.mark.parametrize("vector", LABEL["valid"])
def test_valid_tokens_read_and_verify(vector):
    """Each valid token gives the published content, under the published key."""
    token, content = READERS[vector["kind"]](vector["token"])
    assert token.is_signed_by(bytes.fromhex(vector["public_key"]))
    found = content.model_dump(mode="json", exclude={"bits"}, exclude_none=True)
    assert found == {name: value for name, value in vector["content"].items() if name != "set"}
    assert all(content.is_set(index) for index in vector["content"].get("set", ()))


@pytest.mark.parametrize("vector", LABEL["valid"])
def test_valid_tokens_hold_without_our_code(vector):
    """A plain JSON parser and signature library agree on header, payload and signature of each token."""
    head, body, signature = vector["token"].split(".")
    key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(vector["public_key"]))
    key.verify(_plain_bytes(signature), f"{head}.{body}".encode())
    assert json.loads(_plain_bytes(head))["typ"] == "vc+jwt"
    subject = json.loads(_plain_bytes(body))["credentialSubject"]
    if vector["kind"] == "label":
        assert subject["label"] == vector["content"]
    if vector["kind"] == "attestation":
        assert subject == vector["content"]["subject"]
    if vector["kind"] == "status_list":
        bits = int.from_bytes(gzip.decompress(_plain_bytes(subject["encodedList"][1:])), "big")
        found = [index for index in range(131072) if bits >> (131071 - index) & 1]
        assert found == vector["content"]["set"]


@pytest.mark.parametrize("vector", LABEL["invalid"], ids=lambda vector: vector["reason"])
def test_invalid_tokens_are_refused(vector):
    """Each invalid token is refused when read, or its signature does not hold."""
    with pytest.raises(LabelServiceError):
        _verify(vector)


def _verify(vector):
    token, _ = READERS[vector["kind"]](vector["token"])
    if not token.is_signed_by(bytes.fromhex(LABEL["valid"][0]["public_key"])):
        raise VerificationError("signature")


@pytest.mark.parametrize("vector", QR["valid"])
def test_valid_codes_verify(vector):
    """Each valid code gives the published claims under the published key, and not under another."""
    code = verify_qr(vector["text"], bytes.fromhex(QR["public_key"]))
    assert code.claims.as_json() == vector["claims"]
    with pytest.raises(VerificationError):
        verify_qr(vector["text"], bytes.fromhex(QR["other_public_key"]))


@pytest.mark.parametrize("vector", QR["valid"])
def test_valid_codes_hold_without_our_code(vector):
    """A plain CBOR parser and signature library agree on link, claims and signature of each code."""
    link, fragment = vector["text"].split("#")
    data = base64.b32decode(fragment + "=" * (-len(fragment) % 8))
    assert data.hex() == vector["cose_sign1"]
    protected, _, payload, signature = cbor2.loads(data).value
    signed = cbor2.dumps(["Signature1", protected, link.encode(), payload])
    assert signed.hex() == vector["signed"]
    Ed25519PublicKey.from_public_bytes(bytes.fromhex(QR["public_key"])).verify(signature, signed)
    token = cbor2.loads(payload)
    assert cbor2.dumps(token, canonical=True) == payload
    assert token[-65537][1] == vector["claims"]["name"]
    assert token[-65537][6] == [vector["claims"][name] for name in ("median_g", "low_g", "high_g")]


@pytest.mark.parametrize("vector", QR["invalid"])
def test_invalid_codes_are_refused(vector):
    """Each invalid code is refused for the published kind of reason."""
    with pytest.raises(LabelServiceError) as caught:
        verify_qr(vector["text"], bytes.fromhex(QR["public_key"]))
    assert isinstance(caught.value, VerificationError) == (vector["reason"] == "signature")
