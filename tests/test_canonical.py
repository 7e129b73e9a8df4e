import hashlib
import json

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from label_service import canonical
from label_service.errors import InvalidDocument, NotCanonical
from tests.strategies import json_objects, json_values

DECODERS = [canonical.decode, canonical.decode_lenient]


@given(json_values)
def test_encoding_equals_rfc_8785(value):
    """Whoever has any RFC 8785 library gets the same bytes, and so the same digest, as we do."""
    assert canonical.encode(value) == rfc8785.dumps(value)


@given(json_values)
def test_decoding_undoes_encoding(value):
    """Nothing is lost or changed between a value and its bytes."""
    assert canonical.decode(canonical.encode(value)) == value


@given(json_objects, st.randoms(use_true_random=False))
def test_order_of_members_does_not_matter(value, random):
    """Two programs that fill a document in another order sign the same bytes."""
    names = list(value)
    random.shuffle(names)
    assert canonical.encode({name: value[name] for name in names}) == canonical.encode(value)


@given(json_objects, st.data())
def test_a_changed_byte_never_gives_the_same_value(value, data):
    """No second byte string stands for a document: a flipped byte is refused or is another document."""
    raw = bytearray(canonical.encode(value))
    position = data.draw(st.integers(0, len(raw) - 1))
    raw[position] ^= data.draw(st.integers(1, 255))
    try:
        found = canonical.decode(bytes(raw))
    except InvalidDocument:
        return
    assert repr(found) != repr(value)
    assert canonical.digest(bytes(raw)) != canonical.digest(canonical.encode(value))


@given(json_objects)
def test_lenient_reading_gives_the_same_document(value):
    """A file with line breaks and another order of members is the same document, once read."""
    text = json.dumps(dict(reversed(value.items())), indent=2).encode()
    assert canonical.encode(canonical.decode_lenient(text)) == canonical.encode(value)


@pytest.mark.parametrize("decode", DECODERS)
@given(st.binary(max_size=40))
def test_arbitrary_bytes_end_in_one_kind_of_error(decode, raw):
    """Whatever bytes arrive, the caller meets a value or an InvalidDocument, nothing else."""
    try:
        decode(raw)
    except InvalidDocument:
        return


@pytest.mark.parametrize("decode", DECODERS)
@pytest.mark.parametrize(
    "raw",
    [
        b"", b"{", b"[1,]", b"{'a':1}", b"[1] x", b"\xef\xbb\xbf{}", b'"\xff"', b'"\x01"', b"[01]", b"[+1]", b"[.5]",
        b"[NaN]", b"[Infinity]", b"[-Infinity]", b"[1e400]", b"[-1e400]",
        b"[1.5]", b"[1.0]", b"[1e2]", b"[-0.0]", b'{"a":0.1}', b"1.5", b"[0,1.5]", b"[[],1.5]",
        b"[9007199254740992]", b"[-9007199254740992]", b"[18446744073709551616]", b"[" + b"9" * 400 + b"]",
        b'{"a":1,"a":1}', b'{"a":{"b":1,"b":2}}',
        b'"\\ud800"', b'"\\udc00\\ud800"', b'{"\\ud800":1}',
        '{"é":1}'.encode(), b'{"a":[{"\xce\xb1":0}]}',
        b"[" * 40 + b"]" * 40, b'{"a":' * 40 + b"1" + b"}" * 40, b"[" * 100_000, b"[" * 100_000 + b"]" * 100_000,
    ],
)  # fmt: skip
def test_what_no_document_may_hold_is_refused(decode, raw):
    """Floats, huge integers, NaN, 1e400, duplicates, lone surrogates, non-ASCII names and deep nesting are errors."""
    with pytest.raises(InvalidDocument):
        decode(raw)


@pytest.mark.parametrize(
    "raw",
    [
        b'{ "a": 1.5}', b"[ 1.5]", b" 1.5", b"[ -0.0]", b'{"a":\t1e2}', b'{"a": 9007199254740992}',
        b'{"\\u00e9": 1}', b"[ 1e400]",
    ],
)  # fmt: skip
def test_white_space_and_escapes_hide_nothing_from_the_lenient_reader(raw):
    """A float, a huge integer or a non-ASCII name is found behind white space and escapes too."""
    with pytest.raises(InvalidDocument):
        canonical.decode_lenient(raw)


@pytest.mark.parametrize(
    "raw",
    [
        b'{"b":1,"a":2}', b'{"a": 1}', b"[1, 2]", b"[1]\n", b" 1", b'"\\u0061"', b'"\\/"', b'"\\u000a"', b'"\\u00e9"',
        b'"\\u001F"', b"[-0]", b'{"\\u0061":1}',
    ],
)  # fmt: skip
def test_a_second_spelling_is_named_as_such(raw):
    """White space, another order and longer escapes are refused where bytes are signed, and the error says why."""
    with pytest.raises(NotCanonical, match="RFC 8785"):
        canonical.decode(raw)


@pytest.mark.parametrize(
    "value",
    [1.0, float("nan"), float("inf"), 2**53, -(2**53), {"é": 1}, {1: 2}, "\ud800", b"a", {"a": {1, 2}}],
)
def test_only_documents_are_encoded(value):
    """A program cannot sign what a verifier would refuse."""
    with pytest.raises(InvalidDocument):
        canonical.encode([value])


def test_limits_are_inclusive():
    """Integers up to 2^53 − 1 and 32 levels are allowed, one more is not."""
    deepest = 1
    for _ in range(canonical.MAX_DEPTH):
        deepest = [deepest]
    assert canonical.decode(canonical.encode(deepest)) == deepest
    with pytest.raises(InvalidDocument, match="32 levels"):
        canonical.encode([deepest])
    for number in (2**53 - 1, -(2**53) + 1):
        assert canonical.decode(canonical.encode(number)) == number


def test_too_many_bytes_are_refused_before_they_are_parsed():
    """A body of 50 MB costs nothing but its length."""
    with pytest.raises(InvalidDocument, match="at most 10 bytes, found 12"):
        canonical.decode(b'"0123456789"', max_bytes=10)
    with pytest.raises(InvalidDocument, match="found 50000000"):
        canonical.decode_lenient(b" " * 50_000_000)


def test_digest_is_sha_256_in_lower_case():
    """The digest of the empty string is the value FIPS 180-4 examples give."""
    assert canonical.digest(b"") == hashlib.sha256().hexdigest()
    assert canonical.digest(b"") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
