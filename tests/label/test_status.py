import json
import zlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from label_service import canonical
from label_service.errors import InvalidDocument, LabelServiceError, NotCanonical, VerificationError
from label_service.label.status import BYTES, ENTRIES, build_status_list, read_status_list, sign_status_list
from label_service.trust import encoding, jws
from tests.label.jsonld import undefined_terms
from tests.label.samples import DID, ORIGIN, STATUS_KEY, STATUS_KID
from tests.label.tampering import changed, leaves, replaced

# An encoded list printed in the Recommendation as an example: 131,072 zero bits.
PUBLISHED_EMPTY = "uH4sIAAAAAAAAA-3BMQEAAADCoPVPbQwfoAAAAAAAAAAAAAAAAAAAAIC3AYbSVKsAQAAA"


def _built(indices=(), **changes):
    arguments = {
        "url": f"{ORIGIN}/status/revocation/0",
        "issuer": DID,
        "demo": True,
        "purpose": "revocation",
        "indices": indices,
        "valid_from": "2026-11-23T10:00:00Z",
        "valid_until": "2026-11-25T10:00:00Z",
    }
    return build_status_list(**(arguments | changes))


def _signed(status_list):
    return sign_status_list(status_list, kid=STATUS_KID, signer=STATUS_KEY)


TOKEN = _signed(_built([0, 7, 8, 94567]))
CLAIMS = canonical.decode(jws.parse(TOKEN, typ="vc+jwt", cty="vc").payload)


def _resigned(payload, kid=STATUS_KID):
    return jws.sign(payload, typ="vc+jwt", cty="vc", kid=kid, signer=STATUS_KEY)


def _with_encoded(text):
    return _resigned(replaced(CLAIMS, ("credentialSubject", "encodedList"), text))


def _gzip(data):
    packer = zlib.compressobj(wbits=31)
    return packer.compress(data) + packer.flush()


@given(st.sets(st.integers(0, ENTRIES - 1), max_size=30), st.sampled_from(["revocation", "suspension"]), st.booleans())
def test_reads_back_what_was_set(indices, purpose, demo):
    """A signed list reads back equal: the set entries are set and their neighbours are not."""
    built = _built(indices, purpose=purpose, demo=demo)
    token, found = read_status_list(_signed(built))
    assert found == built
    assert token.is_signed_by(STATUS_KEY.public_key)
    near = {index + step for index in indices for step in (-1, 0, 1)} & set(range(ENTRIES))
    assert {index for index in near if found.is_set(index)} == indices


def test_first_entry_is_the_left_most_bit():
    """Entry 0 is the most significant bit of the first byte, as the Recommendation says."""
    assert _built([0]).bits[0] == 0b1000_0000
    assert _built([7]).bits[0] == 0b0000_0001
    assert _built([8]).bits[:2] == bytes([0, 0b1000_0000])


def test_reads_the_published_example():
    """The encoded list printed in the Recommendation reads as a list with nothing set."""
    _, found = read_status_list(_with_encoded(PUBLISHED_EMPTY))
    assert found.bits == bytes(BYTES)


def test_reads_the_example_of_the_format_page():
    """The payload printed on the format page is a valid list."""
    page = (Path(__file__).parents[2] / "docs/formats/status-list.md").read_text()
    example = json.loads(page.partition("```json\n")[2].partition("```")[0])
    assert read_status_list(_resigned(example))[1] == _built()


def test_equal_bits_give_equal_tokens():
    """The compressed form holds no time, so that nothing changes when nothing changed."""
    assert _signed(_built([3, 5])) == _signed(_built([5, 3, 3]))


def test_every_term_is_defined():
    """Every member and type of a status list has a meaning in the base context alone."""
    assert undefined_terms(CLAIMS) == set()


@pytest.mark.parametrize("index", [-1, ENTRIES])
def test_entries_outside_the_list_are_refused(index):
    """An index outside the list can neither be set nor asked for."""
    with pytest.raises(InvalidDocument):
        _built([index])
    with pytest.raises(InvalidDocument):
        _built().is_set(index)


@pytest.mark.parametrize("end", ["2026-11-24T09:59:59Z", "2026-11-26T10:00:01Z", "2026-11-22T10:00:00Z"])
def test_lives_between_one_and_three_days(end):
    """A list valid for less than 24 or more than 72 hours is refused when built and when read."""
    with pytest.raises(InvalidDocument, match="24 to 72 hours"):
        _built(valid_until=end)
    with pytest.raises(InvalidDocument, match="24 to 72 hours"):
        read_status_list(_resigned(CLAIMS | {"validUntil": end}))


@pytest.mark.parametrize(
    "encoded",
    [
        "u" + encoding.base64url(_gzip(bytes(64 * 1024 * 1024))),
        "u" + encoding.base64url(_gzip(bytes(BYTES + 1))),
        "u" + encoding.base64url(_gzip(bytes(BYTES - 1))),
        "u" + encoding.base64url(_gzip(bytes(BYTES)) + b"\0"),
        "u" + encoding.base64url(_gzip(bytes(BYTES)) + _gzip(b"")),
        "u" + encoding.base64url(_gzip(bytes(BYTES))[:-1]),
        "u" + encoding.base64url(zlib.compress(bytes(BYTES))),
        "u" + encoding.base64url(bytes(BYTES)),
        "z" + encoding.base64url(_gzip(bytes(BYTES))),
        encoding.base64url(_gzip(bytes(BYTES))),
        PUBLISHED_EMPTY + "=",
        "u",
        "",
    ],
    ids=[
        "bomb",
        "long",
        "short",
        "trailing",
        "two members",
        "cut",
        "zlib",
        "plain",
        "z",
        "no base",
        "padded",
        "u",
        "empty",
    ],
)
def test_other_compressed_forms_are_refused(encoded):
    """A bomb, another length, trailing bytes or another encoding is refused without unpacking more than 16 KiB."""
    with pytest.raises(InvalidDocument):
        read_status_list(_with_encoded(encoded))


def test_key_of_another_party_is_refused():
    """A list signed with a key of another party than its issuer is refused."""
    with pytest.raises(InvalidDocument, match="expected a key of"):
        read_status_list(_resigned(CLAIMS, kid="did:web:elsewhere.example#status"))


def test_further_members_are_refused():
    """Members outside the format are refused."""
    with pytest.raises(NotCanonical):
        read_status_list(_resigned(CLAIMS | {"vc": {}}))


def _verify(text):
    token, _ = read_status_list(text)
    if not token.is_signed_by(STATUS_KEY.public_key):
        raise VerificationError("signature")


@given(st.data())
def test_any_changed_character_fails(data):
    """A list with any character changed does not verify, and fails with an error of ours."""
    with pytest.raises(LabelServiceError):
        _verify(changed(TOKEN, data.draw))


@given(st.data())
def test_any_replaced_member_is_refused_or_read_as_it_is(data):
    """Whatever a signed payload carries, reading it refuses it or keeps to it."""
    where = data.draw(st.sampled_from(leaves(CLAIMS)))
    new = data.draw(st.sampled_from(["", "x", 1, None, True, [], {}, "2026-11-24T20:00:00Z", "suspension"]))
    payload = replaced(CLAIMS, where, new)
    try:
        _, found = read_status_list(_resigned(payload))
    except LabelServiceError:
        return
    assert (found.id, found.issuer, found.valid_from) == (payload["id"], payload["issuer"], payload["validFrom"])
