import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from label_service.errors import NotCanonical
from label_service.trust import encoding

ROUND_TRIPS = [
    (encoding.base64url, encoding.from_base64url),
    (encoding.base32, encoding.from_base32),
]


@pytest.mark.parametrize(("encode", "decode"), ROUND_TRIPS)
@given(st.binary(max_size=70))
def test_decoding_undoes_encoding(encode, decode, data):
    """Bytes come back as they were."""
    assert decode(encode(data)) == data


@pytest.mark.parametrize(("encode", "decode"), ROUND_TRIPS)
@given(st.binary(min_size=1, max_size=40), st.data())
def test_a_changed_character_never_gives_the_same_bytes(encode, decode, raw, data):
    """No second text stands for the same bytes: a changed character is refused or means other bytes."""
    text = encode(raw)
    position = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(st.characters(max_codepoint=255).filter(lambda character: character != text[position]))
    try:
        assert decode(text[:position] + other + text[position + 1 :]) != raw
    except NotCanonical:
        return


@pytest.mark.parametrize("text", ["QQ==", "QR", "Q", "Q Q", "QQ\n", "+w", "-/", "QQ=", "=", "é", "QQ.", "Q\x00"])
def test_base64url_has_one_spelling(text):
    """Padding, the other alphabet, white space and stray bits are refused, never repaired."""
    with pytest.raises(NotCanonical):
        encoding.from_base64url(text)


@pytest.mark.parametrize("text", ["me", "ME======", "MF", "M", "M1", "ME ", "é", "ME\n", "0A"])
def test_base32_has_one_spelling(text):
    """Lower case, padding, other letters and stray bits are refused, never repaired."""
    with pytest.raises(NotCanonical):
        encoding.from_base32(text)


@given(st.binary(max_size=40))
def test_encodings_are_those_of_the_rfc(data):
    """Any other library reads our texts."""
    assert encoding.base64url(data) == base64.urlsafe_b64encode(data).decode().rstrip("=")
    assert encoding.base32(data) == base64.b32encode(data).decode().rstrip("=")


@given(st.binary(max_size=40))
def test_base58_counts_in_base_58(data):
    """Read as digits, a base58 text is the number of the bytes; leading zero bytes stand as 1."""
    text = encoding.base58btc(data)
    alphabet = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
    number = 0
    for character in text:
        number = number * 58 + alphabet.index(character)
    assert number == int.from_bytes(data, "big")
    assert len(text) - len(text.lstrip("1")) == len(data) - len(data.lstrip(b"\0"))


@pytest.mark.parametrize(
    ("data", "text"),
    [(b"Hello World!", "2NEpo7TZRRrLZSi2U"), (b"\x00\x00\x28\x7f\xb4\xcd", "11233QC4"), (b"", "")],
)
def test_base58_examples(data, text):
    """The examples of the Internet draft on base58 (draft-msporny-base58-03, section 5)."""
    assert encoding.base58btc(data) == text


def test_multibase_digest_is_a_sha256_multihash():
    """UNTP readers find the length and the name of the hash in front of it."""
    text = encoding.multibase_digest("00" * 31 + "01")
    assert text == "z" + encoding.base58btc(b"\x12\x20" + bytes(31) + b"\x01")
    assert text.startswith("zQm")
