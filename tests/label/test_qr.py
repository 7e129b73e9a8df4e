import cbor2
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import ValidationError

from label_service.artwork.qr import qr_version
from label_service.errors import InvalidDocument, LabelServiceError, NotCanonical, VerificationError
from label_service.label.qr import (
    MAX_NAME_BYTES,
    QrClaims,
    cut,
    key_hint,
    link_text,
    parse_qr,
    qr_claims,
    sign_qr,
    verify_qr,
)
from label_service.trust import encoding
from tests.label.samples import LABEL_KEY, LONG_NAMES, ORIGIN, OTHER_KEY, content, contents, names
from tests.label.tampering import changed

LABEL_ID = "ABCDEFGHIJ234"
DIGEST = "d1" * 32


def _claims(given_content=None, log_index=4711):
    return qr_claims(given_content or content(), label_digest=DIGEST, log_index=log_index)


def _signed(claims, origin=ORIGIN):
    return sign_qr(claims, origin=origin, label_id=LABEL_ID, signer=LABEL_KEY)


TEXT = _signed(_claims())
LINK, _, FRAGMENT = TEXT.partition("#")
DATA = encoding.from_base32(FRAGMENT)


def _of(data, link=LINK):
    return f"{link}#{encoding.base32(data)}"


def _rebuilt(change):
    """Give the code with changed claims under a signature that holds."""
    protected, unprotected, payload, _ = cbor2.loads(DATA).value
    token = cbor2.loads(payload)
    own = token[-65537]
    payload = change(token, own) or cbor2.dumps(token)
    signature = LABEL_KEY.sign(cbor2.dumps(["Signature1", protected, LINK.encode(), payload]))
    return _of(cbor2.dumps(cbor2.CBORTag(18, [protected, unprotected, payload, signature])))


@given(contents(), st.integers(0, 2**40))
def test_reads_back_what_was_signed(given_content, log_index):
    """A code reads back to exactly the claims it was made from, and verifies under the key that signed it."""
    claims = _claims(given_content, log_index)
    code = verify_qr(_signed(claims), LABEL_KEY.public_key)
    assert code.claims == claims
    assert code.label_id == LABEL_ID
    assert code.key_hint == key_hint(LABEL_KEY.public_key)


def test_claims_are_those_of_the_label():
    """Letter, score, grams, dates and place in the code are those of the label."""
    claims = _claims()
    assert (claims.grade, claims.score, claims.country, claims.year) == ("B", 80, "AUT", 2026)
    assert (claims.median_g, claims.low_g, claims.high_g) == (3218, 2704, 3831)
    assert (claims.valid_from, claims.valid_until) == ("2026-11-23T10:00:00Z", "2028-11-23T10:00:00Z")
    assert claims.demo
    assert claims.level == "site_visit"


def test_is_a_cose_sign1_over_a_cwt():
    """Any COSE library finds the header, the registered claims and one private claim; the link is external data."""
    message = cbor2.loads(DATA)
    assert message.tag == 18
    protected, unprotected, payload, signature = message.value
    assert cbor2.loads(protected) == {1: -8, 4: key_hint(LABEL_KEY.public_key)}
    assert unprotected == {}
    assert set(cbor2.loads(payload)) == {4, 6, -65537}
    assert len(signature) == 64


def test_is_upper_case():
    """Everything but the `#` is in the alphanumeric set of QR codes."""
    assert TEXT.replace("#", "").isupper()
    assert set(TEXT) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 $%*+-./:#")
    assert LINK == "HTTP://LOCALHOST:8000/L/ABCDEFGHIJ234"


@pytest.mark.parametrize(("name", "maker"), LONG_NAMES)
def test_stays_within_version_13(name, maker):
    """A code with long Greek, Cyrillic or Japanese names and large figures stays within version 13 at level M."""
    product = content(
        name=name,
        producer={"id": "https://maker.example/", "name": maker, "country": "GRC"},
        kgco2e={"p05": "4000000", "median": "4100000", "p95": "4200000"},
    )
    text = _signed(_claims(product, 2**40), origin="https://labels.verification.fablab-network-thessaly.example")
    assert qr_version(text) <= 13
    assert len((parse_qr(text).claims.name + parse_qr(text).claims.maker).encode()) <= MAX_NAME_BYTES


def test_link_only_code_is_version_4():
    """The link-only code is the page's address in upper case and fits version 4."""
    text = link_text("https://labels.example", LABEL_ID)
    assert text == "HTTPS://LABELS.EXAMPLE/L/ABCDEFGHIJ234"
    assert qr_version(text) == 4


@given(st.data())
def test_any_changed_character_fails(data):
    """A code with any character of link or payload changed does not verify, and fails with an error of ours."""
    with pytest.raises(LabelServiceError):
        verify_qr(changed(TEXT, data.draw), LABEL_KEY.public_key)


@given(st.integers(0, len(DATA) * 8 - 1))
def test_any_flipped_bit_fails(bit):
    """A payload with any bit flipped does not verify, and fails with an error of ours."""
    data = bytearray(DATA)
    data[bit // 8] ^= 1 << bit % 8
    with pytest.raises(LabelServiceError):
        verify_qr(_of(bytes(data)), LABEL_KEY.public_key)


cbor_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats()
    | st.text(max_size=5)
    | st.binary(max_size=70),
    lambda inner: (
        st.lists(inner, max_size=5)
        | st.dictionaries(st.integers(-65540, 20) | st.text(max_size=3), inner, max_size=5)
        | st.builds(cbor2.CBORTag, st.integers(0, 300), inner)
    ),
    max_leaves=12,
)


@given(st.binary(max_size=80))
@example(b"\xd2" * 400)
@example(b"\x84" * 400)
@example(b"\x9b\x7f\xff\xff\xff\xff\xff\xff\xff")
@example(b"\xd8\x23\x61(")
@example(b"\xd8\x1e\x82\x01\x00")
@example(b"\xc1\xfb\x7f\xf0\x00\x00\x00\x00\x00\x00")
def test_any_other_bytes_are_refused(data):
    """Bytes that are no payload are refused with an error of ours, whatever CBOR they hold."""
    with pytest.raises(LabelServiceError):
        parse_qr(_of(data))


@given(st.lists(cbor_values, min_size=4, max_size=4), cbor_values)
def test_any_other_cose_message_is_refused(items, payload):
    """A COSE_Sign1 around anything else is refused with an error of ours."""
    for members in (items, [cbor2.dumps({1: -8, 4: b"12345678"}), {}, cbor2.dumps(payload), bytes(64)]):
        with pytest.raises(LabelServiceError):
            parse_qr(_of(cbor2.dumps(cbor2.CBORTag(18, members))))


@pytest.mark.parametrize(
    "change",
    [
        lambda token, own: own.update({14: 0}),
        lambda token, own: token.update({1: "issuer"}),
        lambda token, own: own.pop(12) and None,
        lambda token, own: own.update({4: "F"}),
        lambda token, own: own.update({5: 80.0}),
        lambda token, own: own.update({5: True}),
        lambda token, own: own.update({6: [3218, 3219, 3831]}),
        lambda token, own: own.update({7: 0}),
        lambda token, own: own.update({7: 3}),
        lambda token, own: own.update({9: 2}),
        lambda token, own: own.update({11: bytes(31)}),
        lambda token, own: own.update({1: "x" * 57}),
        lambda token, own: token.update({6: 2**70}),
        lambda token, own: token.update({4: 1.5e9}),
        lambda token, own: token.update({4: token[6]}),
        lambda token, own: cbor2.dumps(dict(reversed(token.items()))),
        lambda token, own: cbor2.dumps(token).replace(b"\x04\x1a", b"\x18\x04\x1a"),
        lambda token, own: cbor2.dumps(token) + b"\0",
        lambda token, own: cbor2.dumps(token | {-65537: dict(reversed(own.items()))}),
    ],
)
def test_another_spelling_is_refused_even_when_signed(change):
    """Unknown, missing, mistyped or unsorted claims, long integers and trailing bytes are refused though signed."""
    assert verify_qr(_rebuilt(lambda token, own: None), LABEL_KEY.public_key).claims == _claims()
    with pytest.raises(InvalidDocument):
        parse_qr(_rebuilt(change))


@pytest.mark.parametrize(
    "text",
    [
        "",
        LINK,
        f"{LINK}#",
        f"{LINK}#{FRAGMENT.lower()}",
        f"{LINK}#{FRAGMENT}====",
        f"{LINK}##{FRAGMENT}",
        TEXT + "#A",
        TEXT.replace("HTTP:", "FTP:"),
        TEXT.replace("/L/", "/l/"),
        TEXT.replace("ABCDEFGHIJ234", "ABCDEFGHIJ23"),
        TEXT.replace("ABCDEFGHIJ234", "ABCDEFGHIJ189"),
        TEXT + "\n",
        "HTTP://USER@LOCALHOST:8000/L/ABCDEFGHIJ234#" + FRAGMENT,
        "A" * 2000,
    ],
)
def test_other_texts_are_refused(text):
    """Another link, no payload, lower case, padding or line ends are refused."""
    with pytest.raises(InvalidDocument):
        parse_qr(text)


@pytest.mark.parametrize("link", [LINK.replace("LOCALHOST", "L0CALHOST"), LINK.replace("234", "235")])
def test_payload_moved_to_another_link_fails(link):
    """A genuine payload behind a look-alike host or another label's id does not verify."""
    with pytest.raises(VerificationError):
        verify_qr(f"{link}#{FRAGMENT}", LABEL_KEY.public_key)


def test_key_of_another_fails():
    """A code does not verify under a key that did not sign it."""
    with pytest.raises(VerificationError):
        verify_qr(TEXT, OTHER_KEY.public_key)


def test_address_bar_spelling_verifies_in_upper_case():
    """A browser lower-cases scheme and host; upper-cased again, the text verifies."""
    shown = TEXT.replace("HTTP://LOCALHOST", "http://localhost")
    with pytest.raises(InvalidDocument):
        parse_qr(shown)
    assert verify_qr(shown.upper(), LABEL_KEY.public_key).claims == _claims()


def test_non_canonical_base32_is_refused():
    """Unused bits of the last Base32 digit must be zero."""
    text = _of(DATA)
    last = text[-1]
    other = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"["ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".index(last) ^ 1]
    assert len(DATA) % 5  # so that there are unused bits
    with pytest.raises(NotCanonical):
        parse_qr(text[:-1] + other)


@given(names | st.text(st.characters(categories=["Mn", "Lo", "So", "Cf"]), min_size=1, max_size=60), st.integers(3, 60))
def test_cut_fits_and_marks_what_it_cut(text, max_bytes):
    """A cut text fits, ends in an ellipsis, and begins like the text; a text that fits stays as it is."""
    short = cut(text, max_bytes)
    assert len(short.encode()) <= max_bytes
    assert short == text or (short.endswith("…") and text.startswith(short[:-1]))
    assert (short == text) or len(text.encode()) > max_bytes


@pytest.mark.parametrize(
    ("text", "max_bytes", "short"),
    [
        ("Storage box", 11, "Storage box"),
        ("Storage box", 10, "Storage…"),
        ("Κουτί", 9, "Κου…"),
        ("ae\u0301\u0323bcdefg", 8, "a…"),
        ("a👩‍🔧bcdefghi", 14, "a…"),
        ("a👍🏽bcdefghi", 10, "a…"),
        ("a🇦🇹🇩🇪bcdef", 14, "a🇦🇹…"),
        ("a🇦🇹🇩🇪bcdef", 16, "a🇦🇹…"),
        ("각각각각", 9, "각각…"),
    ],
)
def test_cut_never_splits_a_sign(text, max_bytes, short):
    """Accents, joined and coloured emoji and flags are cut whole, never in the middle."""
    assert cut(text, max_bytes) == short


def test_names_that_do_not_fit_are_refused():
    """Claims whose names take more than 56 bytes are refused."""
    with pytest.raises(ValidationError, match="56 bytes"):
        QrClaims.model_validate(_claims().as_json() | {"name": "x" * 57})
