import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from label_service import canonical
from label_service.errors import InvalidDocument, LabelServiceError, NotCanonical
from label_service.trust import encoding, jws
from tests.signers import SeedSigner, signer
from tests.strategies import json_objects

RFC_8037_KEY = SeedSigner(encoding.from_base64url("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"))
TOKEN = jws.sign({"a": 1}, typ="test+jwt", kid="k", signer=signer(1))


def raw_token(header, payload, signature=None):
    """Give a token with any bytes in its parts, properly signed unless a signature is given."""
    signing_input = encoding.base64url(header) + "." + encoding.base64url(payload)
    signature = signer(1).sign(signing_input.encode()) if signature is None else signature
    return signing_input + "." + encoding.base64url(signature)


@given(json_objects, st.text(min_size=1, max_size=20).filter(str.isprintable))
def test_what_was_signed_verifies_and_reads_back(payload, kid):
    """A token gives back exactly the payload and kid, under the key that signed."""
    token = jws.parse(jws.sign(payload, typ="test+jwt", kid=kid, signer=signer(1)), typ="test+jwt")
    assert token.is_signed_by(signer(1).public_key)
    assert not token.is_signed_by(signer(2).public_key)
    assert token.claims() == payload
    assert token.kid == kid


@given(st.integers(0, len(TOKEN) - 1), st.integers(1, 127))
def test_a_changed_character_never_verifies(position, flip):
    """No byte of a token can change: header, payload and signature are all bound, with one spelling each."""
    raw = bytearray(TOKEN.encode())
    raw[position] ^= flip
    try:
        token = jws.parse(raw.decode("ascii"), typ="test+jwt")
    except LabelServiceError:
        return
    assert not token.is_signed_by(signer(1).public_key)


@given(st.lists(st.tuples(st.integers(0, len(TOKEN) - 1), st.integers(0, 3), st.integers(1, 2)), max_size=8))
def test_a_remembered_signature_is_that_of_the_same_bytes_and_key(asked):
    """What a token of a list was found to be is never said of another token or another key, however they are mixed."""
    for position, flip, number in asked:
        raw = bytearray(TOKEN.encode())
        raw[position] ^= flip
        try:
            token = jws.parse(raw.decode("ascii"), typ="test+jwt")
        except LabelServiceError:
            continue
        key = signer(number).public_key
        assert jws.is_list_signed_by(token, key) == token.is_signed_by(key) == (not flip and number == 1)


@given(st.text(max_size=60))
def test_arbitrary_text_ends_in_one_kind_of_error(text):
    """Whatever text arrives, the caller meets an InvalidDocument."""
    with pytest.raises(InvalidDocument):
        jws.parse(text, typ="test+jwt")


def test_a_vector_that_anybody_can_check():
    """The key and payload idea of RFC 8037, appendix A.4, with the header our tokens have."""
    token = jws.sign({"text": "Example of Ed25519 signing"}, typ="test+jwt", kid="rfc8037", signer=RFC_8037_KEY)
    head, body, tail = token.split(".")
    assert head == "eyJhbGciOiJFZERTQSIsImtpZCI6InJmYzgwMzciLCJ0eXAiOiJ0ZXN0K2p3dCJ9"
    assert body == "eyJ0ZXh0IjoiRXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmcifQ"
    assert tail == encoding.base64url(RFC_8037_KEY.sign(f"{head}.{body}".encode()))
    assert encoding.base64url(RFC_8037_KEY.public_key) == "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"


def test_the_signature_of_rfc_8037():
    """RFC 8037, appendix A.4 itself verifies under its key, so our primitive is the one everybody has."""
    signing_input = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc"
    signature = "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"
    token = jws.Token("", b"", signing_input.encode(), encoding.from_base64url(signature), "")
    assert token.is_signed_by(RFC_8037_KEY.public_key)


@pytest.mark.parametrize(
    "header",
    [
        {"alg": "none", "kid": "k", "typ": "test+jwt"},
        {"alg": "ES256", "kid": "k", "typ": "test+jwt"},
        {"alg": "HS256", "kid": "k", "typ": "test+jwt"},
        {"alg": "Ed25519", "kid": "k", "typ": "test+jwt"},
        {"alg": "EdDSA", "kid": "k", "typ": "other+jwt"},
        {"alg": "EdDSA", "kid": "k", "typ": "TEST+JWT"},
        {"alg": "EdDSA", "kid": "k"},
        {"alg": "EdDSA", "typ": "test+jwt"},
        {"alg": "EdDSA", "kid": 1, "typ": "test+jwt"},
        {"alg": "EdDSA", "kid": None, "typ": "test+jwt"},
        {"alg": "EdDSA", "cty": "vc", "kid": "k", "typ": "test+jwt"},
        {"alg": "EdDSA", "crit": ["exp"], "kid": "k", "typ": "test+jwt"},
        {"alg": "EdDSA", "b64": False, "kid": "k", "typ": "test+jwt"},
        {"alg": "EdDSA", "jwk": {"crv": "Ed25519", "kty": "OKP", "x": "A" * 43}, "kid": "k", "typ": "test+jwt"},
        {"alg": "EdDSA", "kid": "k", "typ": "test+jwt", "x5u": "https://example.org"},
        [],
        "EdDSA",
        None,
    ],
)
def test_no_other_header_is_read(header):
    """Neither another algorithm nor a key, type or extension from the token is ever followed."""
    with pytest.raises(InvalidDocument, match="token header"):
        jws.parse(raw_token(canonical.encode(header), b"{}"), typ="test+jwt")


def test_the_content_type_is_part_of_the_format():
    """A token with cty is read only where the format has one, and the same one."""
    token = jws.sign({}, typ="vc+jwt", cty="vc", kid="k", signer=signer(1))
    assert jws.parse(token, typ="vc+jwt", cty="vc").kid == "k"
    for cty in ("", "vp"):
        with pytest.raises(InvalidDocument):
            jws.parse(token, typ="vc+jwt", cty=cty)


@pytest.mark.parametrize(
    "header",
    [
        b'{"kid":"k","alg":"EdDSA","typ":"test+jwt"}',
        b'{"alg":"EdDSA", "kid":"k","typ":"test+jwt"}',
        b'{"alg":"EdDSA","kid":"k","kid":"k","typ":"test+jwt"}',
        b'{"alg":"none","alg":"EdDSA","kid":"k","typ":"test+jwt"}',
        b'{"alg":"EdDSA","kid":"\\u006b","typ":"test+jwt"}',
    ],
)
def test_a_second_spelling_of_the_header_is_refused(header):
    """Order, white space, duplicates and escapes in the header have one spelling, even when properly signed."""
    with pytest.raises(NotCanonical):
        jws.parse(raw_token(header, b"{}"), typ="test+jwt")


@pytest.mark.parametrize("payload", [b'{"a":1,"a":1}', b'{"a": 1}', b'{"b":1,"a":1}', b'{"a":1.5}', b'{"a":1}\n', b""])
def test_a_payload_is_canonical_json(payload):
    """A payload with duplicate members, white space or floats is refused when it is read, even when properly signed."""
    token = jws.parse(raw_token(b'{"alg":"EdDSA","kid":"k","typ":"test+jwt"}', payload), typ="test+jwt")
    assert token.is_signed_by(signer(1).public_key)
    with pytest.raises(InvalidDocument):
        token.claims()


@pytest.mark.parametrize(
    "text",
    [
        TOKEN + "=", TOKEN + ".", TOKEN + ".AA", TOKEN + "\n", " " + TOKEN, TOKEN + "A", TOKEN.replace(".", "=.", 1),
        TOKEN.replace(".", "..", 1), TOKEN.rpartition(".")[0], TOKEN.rpartition(".")[0] + ".", TOKEN[:-1], TOKEN + "é",
        "", ".", "..", "...",
    ],
)  # fmt: skip
def test_trailing_bytes_padding_and_cut_tokens_are_refused(text):
    """A token is three parts and nothing else."""
    with pytest.raises(InvalidDocument):
        jws.parse(text, typ="test+jwt")


@pytest.mark.parametrize("size", [0, 32, 63, 65, 128])
def test_a_signature_has_64_bytes(size):
    """A signature of another length is named before any key is tried."""
    token = raw_token(b'{"alg":"EdDSA","kid":"k","typ":"test+jwt"}', b"{}", bytes(size))
    with pytest.raises(InvalidDocument, match=f"64 bytes, found {size}"):
        jws.parse(token, typ="test+jwt")


def test_a_huge_token_is_refused_by_its_length():
    """A token of megabytes costs nothing but its length."""
    with pytest.raises(InvalidDocument, match="at most 1048576 characters"):
        jws.parse("A" * (jws.MAX_TOKEN_CHARACTERS + 1), typ="test+jwt")


def test_an_odd_header_is_quoted_in_short_ascii():
    """The error about a hostile header neither floods a page nor carries control characters."""
    header = canonical.encode({"alg": "\u202e" * 5000, "kid": "k", "typ": "test+jwt"})
    with pytest.raises(InvalidDocument) as caught:
        jws.parse(raw_token(header, b"{}"), typ="test+jwt")
    assert caught.value.detail.isascii()
    assert len(caught.value.detail) < 400


def test_the_digest_is_over_the_text():
    """The log names exactly the token that people hold."""
    assert jws.parse(TOKEN, typ="test+jwt").digest == canonical.digest(TOKEN.encode())
    assert json.loads(jws.parse(TOKEN, typ="test+jwt").payload) == {"a": 1}
