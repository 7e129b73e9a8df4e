import pytest
from hypothesis import given
from hypothesis import strategies as st

from label_service import canonical
from label_service.document import validate
from label_service.errors import InvalidDocument, InvalidKey, LabelServiceError, NotCanonical, VerificationError
from label_service.trust import jws, trust_list
from label_service.trust.keys import jwk, thumbprint
from label_service.trust.trust_list import ListedKey, TrustList, check_key_counts, find_key, open_trust_list
from tests.laws import error_of
from tests.signers import signer
from tests.trust.samples import (
    DELEGATED,
    DELEGATION,
    END,
    EXPIRES,
    ISSUED,
    LABEL,
    LOG,
    NOW,
    ROOT,
    ROOTS,
    START,
    listed,
    payload,
    token,
)
from tests.trust.test_keys import UNSAFE


def key(**members):
    """Give a listed key as a model."""
    return validate(ListedKey, listed(**members))


def test_a_list_signed_down_from_a_pinned_root_opens():
    """Root, delegation and list hold together, and parties are found by their names."""
    document = TrustList.from_json(payload())
    opened = open_trust_list(trust_list.sign_trust_list(document, DELEGATED), ROOTS, NOW)
    assert (opened.root, opened.is_fresh) == ("Test root", True)
    assert opened.trust_list == document
    assert document.issuer("did:web:a").keys[0].jwk.raw == LABEL.public_key
    assert document.auditor_of("k4")[0].name == "B"
    assert document.log("a/log").keys[0].jwk.raw == LOG.public_key


@pytest.mark.parametrize("ask", [lambda t: t.issuer("did:web:x"), lambda t: t.auditor_of("k3"), lambda t: t.log("b")])
def test_who_is_not_listed_is_named(ask):
    """An issuer, auditor or log that is not on the list is an error, and a label key attests nothing."""
    with pytest.raises(VerificationError, match="trust list"):
        ask(TrustList.from_json(payload()))


@pytest.mark.parametrize("roots", [{}, {signer(9).public_key: "Other root"}])
def test_a_list_under_an_unknown_root_names_no_root(roots):
    """A list proves nothing by itself: without its root pinned, the caller is told so."""
    assert open_trust_list(token(), roots, NOW).root is None


def test_a_tampered_delegation_under_a_pinned_root_raises():
    """Whoever names a pinned root without its signature is not merely unknown: it is a forgery."""
    forged = jws.sign(
        {"type": "delegation", "version": "1", "jwk": jwk(signer(8).public_key), "not_before": START, "not_after": END},
        typ="delegation+jwt",
        kid=thumbprint(ROOT.public_key),
        signer=signer(8),
    )
    with pytest.raises(VerificationError, match="pinned root"):
        open_trust_list(token(signer(8), delegation=forged), ROOTS, NOW)


def test_only_the_delegated_key_signs_lists():
    """A list signed by another key, even by the root, does not hold."""
    for other in (ROOT, LABEL):
        with pytest.raises(VerificationError, match="delegated key"):
            open_trust_list(token(other), ROOTS, NOW)


def test_a_delegation_is_not_a_list_and_the_other_way_round():
    """A token of one kind never passes for the other."""
    for text in (DELEGATION, token(delegation=token())):
        with pytest.raises(InvalidDocument):
            open_trust_list(text, ROOTS, NOW)


@given(st.integers(0), st.integers(1, 127))
def test_a_changed_character_never_opens(position, flip):
    """No byte of a list, of its delegation or of a signature can change."""
    raw = bytearray(token().encode())
    raw[position % len(raw)] ^= flip
    with pytest.raises(LabelServiceError):
        open_trust_list(raw.decode("ascii"), ROOTS, NOW)


@pytest.mark.parametrize(
    ("at", "is_fresh"),
    [
        ("2026-10-31T23:59:59Z", False), (ISSUED, True), (EXPIRES, True), ("2026-12-01T00:00:01Z", False),
        ("2025-12-31T23:59:59Z", False), ("2027-01-01T00:00:01Z", False),
    ],
)  # fmt: skip
def test_a_list_is_fresh_inside_its_window(at, is_fresh):
    """Outside the window the list still opens, and the verdict says it is stale."""
    assert open_trust_list(token(), ROOTS, at).is_fresh is is_fresh


def test_a_list_is_not_fresh_after_its_delegation():
    """The delegated key's word ends with the delegation, even inside the list's own window."""
    short = trust_list.sign_delegation(ROOT, DELEGATED.public_key, START, "2026-11-10T00:00:00Z")
    assert not open_trust_list(token(delegation=short), ROOTS, NOW).is_fresh
    assert open_trust_list(token(delegation=short), ROOTS, "2026-11-09T00:00:00Z").is_fresh


@pytest.mark.parametrize(("issued", "expires"), [(ISSUED, "2026-12-01T00:00:01Z"), (EXPIRES, ISSUED)])
def test_a_list_lives_at_most_30_days(issued, expires):
    """A stolen delegated key cannot sign a list that outlives the month."""
    with pytest.raises(VerificationError, match="at most 30 days"):
        open_trust_list(token(issued_at=issued, expires_at=expires), ROOTS, NOW)


def test_a_delegation_lives_at_most_a_year():
    """The root is asked again every year."""
    long = trust_list.sign_delegation(ROOT, DELEGATED.public_key, START, "2027-01-03T00:00:00Z")
    with pytest.raises(VerificationError, match="at most 366 days"):
        open_trust_list(token(delegation=long), ROOTS, NOW)


@pytest.mark.parametrize("member", ["issued_at", "expires_at"])
def test_a_day_that_does_not_exist_is_refused(member):
    """The 30th of February is an error of the document, not a crash."""
    with pytest.raises(InvalidDocument):
        open_trust_list(token(**{member: "2026-02-30T00:00:00Z"}), ROOTS, NOW)


@pytest.mark.parametrize("raw", UNSAFE)
def test_an_unsafe_key_anywhere_in_a_list_is_refused(raw):
    """A list with a small-order or non-canonical key does not open, whichever party has it."""
    unsafe = listed() | {"jwk": jwk(raw)}
    logs = [{"origin": "a/log", "keys": [unsafe]}]
    with pytest.raises(InvalidKey):
        open_trust_list(token(logs=logs), ROOTS, NOW)
    with pytest.raises(InvalidKey):
        trust_list.sign_delegation(ROOT, raw, START, END)
    with pytest.raises(InvalidKey):
        trust_list.read_root(canonical.encode({"jwk": jwk(raw), "name": "R", "type": "root", "version": "1"}))


@pytest.mark.parametrize(
    "members",
    [
        {"type": "bundle"}, {"version": "2"}, {"more": 1}, {"demo": 1}, {"sequence": 0}, {"sequence": True},
        {"name": ""}, {"witness_quorum": 51}, {"issuers": None}, {"issued_at": "2026-11-01T00:00:00+00:00"},
        {"logs": [{"origin": "a", "keys": []}]}, {"logs": [{"origin": "a", "keys": [listed(use="root")]}]},
        {"logs": [{"origin": "a", "keys": [listed(state="retired")]}]},
        {"logs": [{"origin": "a", "keys": [listed(jwk={**jwk(LOG.public_key), "d": "secret"})]}]},
        {"releases": [{"digest": "A" * 64, "name": "a", "release": "1"}]},
    ],
)  # fmt: skip
def test_a_malformed_list_is_refused(members):
    """Unknown members, versions, uses and values never pass, even when properly signed."""
    with pytest.raises(InvalidDocument):
        open_trust_list(token(**members), ROOTS, NOW)


def test_defaults_of_a_list_are_checked_by_bytes_where_documents_are_stored():
    """An explicit null is a second spelling of an absent member."""
    raw = canonical.encode(payload(logs=[{"origin": "a/log", "keys": [listed(since=None)]}]))
    with pytest.raises(NotCanonical):
        TrustList.from_bytes(raw)


def test_an_active_key_counts_in_its_window():
    """A key is believed from its first to its last second, whatever the log index."""
    for at in (START, NOW, END):
        check_key_counts(key(), at, None)
    for at in ("2025-12-31T23:59:59Z", "2027-01-01T00:00:01Z"):
        with pytest.raises(VerificationError, match="counts from"):
            check_key_counts(key(), at, 0)


def test_a_retired_key_keeps_what_it_signed_before():
    """Rotation harms no label: what was signed up to the retirement stays valid, what comes later does not."""
    retired = key(state="retired", since=NOW)
    check_key_counts(retired, NOW, None)
    check_key_counts(retired, START, 10**9)
    with pytest.raises(VerificationError, match="retired"):
        check_key_counts(retired, "2026-11-23T00:00:01Z", 0)


@given(st.integers(0, 100), st.integers(0, 100))
def test_a_retired_key_cannot_date_its_labels_back(since, index):
    """Whoever keeps a retired key can write an old time, but not an old position in the log."""
    retired = key(state="retired", since=NOW, since_index=since)
    error = error_of(lambda: check_key_counts(retired, NOW, index))
    assert (error is None) is (index < since)


@given(st.integers(0, 100), st.integers(0, 100))
def test_a_compromised_key_is_cut_off_by_log_position(since, index):
    """A thief can write any date into a signature, but no position into the log."""
    compromised = key(state="compromised", since_index=since)
    if index < since:
        check_key_counts(compromised, NOW, index)
    else:
        with pytest.raises(VerificationError, match="compromised"):
            check_key_counts(compromised, NOW, index)


def test_without_a_log_position_a_compromised_key_never_counts():
    """What is not logged, or a compromise of unknown extent, is not believed."""
    for members, index in (({"since_index": 5}, None), ({}, 0)):
        with pytest.raises(VerificationError):
            check_key_counts(key(state="compromised", **members), NOW, index)


def test_a_key_counts_for_its_use_only():
    """The status key signs no labels."""
    keys = (key(), key(number=4, use="status"))
    assert find_key(keys, "k4", "status") is keys[1]
    for kid, use in (("k4", "label"), ("k3", "status"), ("k9", "label")):
        with pytest.raises(VerificationError, match=use):
            find_key(keys, kid, use)


def test_a_root_file_is_read_strictly():
    """A pinned root is a canonical document; a final line feed is the only freedom."""
    raw = canonical.encode({"jwk": jwk(ROOT.public_key), "name": "Test root", "type": "root", "version": "1"})
    assert trust_list.read_root(raw + b"\n") == (ROOT.public_key, "Test root")
    assert trust_list.read_root(raw)[0] == next(iter(ROOTS))
    for other in (raw.replace(b":", b": ", 1), raw[:-1], b"", canonical.encode(jwk(ROOT.public_key)), b"\xff"):
        with pytest.raises(InvalidKey, match="not a root file"):
            trust_list.read_root(other)
