"""Tests of log entries."""

import json
from datetime import datetime

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from label_service.errors import InvalidDocument, NotCanonical, UnsupportedVersion
from label_service.tlog.leaf import (
    AttestationLeaf,
    KeyLeaf,
    LabelLeaf,
    ReleaseLeaf,
    RevealLeaf,
    ScopeLeaf,
    StatementLeaf,
    StatusLeaf,
    WeekLeaf,
    leaf_bytes,
    parse_leaf,
)

DIGESTS = st.binary(min_size=32, max_size=32).map(bytes.hex)
LABEL_IDS = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", min_size=13, max_size=13)
KIDS = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=300)
COUNTS = st.integers(1, 2**53 - 1)
TIMES = st.datetimes(datetime(2000, 1, 1), datetime(2099, 12, 31)).map(lambda at: f"{at:%Y-%m-%dT%H:%M:%SZ}")  # noqa: DTZ001
WEEKS = st.builds("{}-W{:02}".format, st.integers(2000, 2098), st.integers(1, 52))
RATES = st.integers(1, 999_999).map(lambda millionths: f"0.{millionths:06}".rstrip("0")) | st.sampled_from("01")
CODES = st.from_regex(r"[a-z0-9][a-z0-9_-]{0,63}", fullmatch=True)


@st.composite
def label_leaves(draw):
    """Leaves of labels, inside a scope or not."""
    quantity = draw(COUNTS)
    scope = draw(st.booleans())
    return LabelLeaf(
        digest=draw(DIGESTS),
        label_id=draw(LABEL_IDS),
        attestation_digest=draw(DIGESTS),
        inventory_digest=draw(DIGESTS),
        assessment_digest=draw(DIGESTS),
        quantity=quantity,
        scope_digest=draw(DIGESTS) if scope else None,
        scope_position=draw(st.integers(quantity, 2**53 - 1)) if scope else None,
        week=draw(WEEKS) if scope else None,
    )


STATUS = {"value": st.just(True), "reason": CODES, "at": TIMES, "actor": KIDS}
LEAVES = st.one_of(
    label_leaves(),
    st.builds(AttestationLeaf, digest=DIGESTS, auditor=KIDS, quantity=st.none() | COUNTS),
    st.builds(
        ScopeLeaf,
        digest=DIGESTS,
        auditor=KIDS,
        commitment=DIGESTS,
        quantity=COUNTS,
        sampling_rate=RATES,
        first_week=WEEKS,
        weeks=st.integers(1, 520),
    ),
    st.builds(WeekLeaf, week=WEEKS, at=st.just("2099-12-31T00:00:00Z")),
    st.builds(RevealLeaf, scope_digest=DIGESTS, week=WEEKS, value=DIGESTS),
    st.builds(
        StatementLeaf,
        kind=st.sampled_from(["refusal", "withdrawal", "sample_result", "recall"]),
        digest=DIGESTS,
        signer=KIDS,
        at=TIMES,
        label_id=st.none() | LABEL_IDS,
        scope_digest=st.none() | DIGESTS,
    ),
    st.builds(
        StatusLeaf,
        label_id=LABEL_IDS,
        purpose=st.just("revocation"),
        successor=st.none() | LABEL_IDS,
        statement_digest=st.none() | DIGESTS,
        **STATUS,
    ),
    st.builds(StatusLeaf, scope_digest=DIGESTS, purpose=st.just("suspension"), **STATUS | {"value": st.booleans()}),
    st.builds(
        KeyLeaf,
        kid=KIDS,
        thumbprint=st.from_regex(r"[A-Za-z0-9_-]{43}", fullmatch=True),
        use=st.sampled_from(["label", "status", "log", "attestation", "witness"]),
        state=st.sampled_from(["active", "retired", "compromised"]),
        at=TIMES,
    ),
    st.builds(ReleaseLeaf, digest=DIGESTS, name=CODES, release=st.just("2026.11.0")),
)
LABEL = LabelLeaf(
    digest="00" * 32,
    label_id="ABCDEFGHIJKLM",
    attestation_digest="11" * 32,
    inventory_digest="22" * 32,
    assessment_digest="33" * 32,
    quantity=2,
    scope_digest="11" * 32,
    scope_position=7,
    week="2026-W47",
).as_json()
REVOKED = StatusLeaf(
    label_id="ABCDEFGHIJKLM",
    purpose="revocation",
    value=True,
    reason="superseded",
    at="2026-11-23T10:00:00Z",
    actor="scheme",
).as_json()
SCOPE = ScopeLeaf(
    digest="00" * 32,
    auditor="did:key:z6Mk#z6Mk",
    commitment="11" * 32,
    quantity=500,
    sampling_rate="0.05",
    first_week="2026-W47",
    weeks=60,
).as_json()
WEEK = WeekLeaf(week="2026-W47", at="2026-11-23T00:00:00Z").as_json()
STATEMENT = StatementLeaf(
    kind="refusal", digest="00" * 32, signer="did:key:z6Mk#z6Mk", at="2026-11-23T10:00:00Z"
).as_json()
KEY = KeyLeaf(kid="did:web:x#1", thumbprint="A" * 43, use="log", state="active", at="2026-11-23T10:00:00Z").as_json()


@given(LEAVES)
def test_round_trip(leaf):
    """An entry is canonical JSON by RFC 8785, has no null, fits a bundle, and reads back to the same leaf."""
    entry = leaf_bytes(leaf)
    value = json.loads(entry)
    assert entry == rfc8785.dumps(value)
    assert None not in value.values()
    assert (value["type"], value["version"]) == (leaf.type, "1")
    assert len(entry) < 65536
    assert parse_leaf(entry) == leaf


@given(LEAVES, st.data())
def test_one_spelling(leaf, data):
    """A changed byte makes another leaf or none; nothing else reads as this leaf."""
    entry = leaf_bytes(leaf)
    position = data.draw(st.integers(0, len(entry) - 1))
    altered = entry[:position] + data.draw(st.binary(max_size=2)) + entry[position + 1 :]
    if altered == entry:
        return
    try:
        other = parse_leaf(altered)
    except InvalidDocument:
        return
    assert leaf_bytes(other) == altered
    assert other != leaf


@pytest.mark.parametrize(
    ("base", "change"),
    [
        (LABEL, {"extra": 1}),
        (LABEL, {"digest": "AA" * 32}),
        (LABEL, {"digest": "00" * 31}),
        (LABEL, {"label_id": "abcdefghijklm"}),
        (LABEL, {"label_id": "ABCDEFGHIJKL0"}),
        (LABEL, {"quantity": 0}),
        (LABEL, {"quantity": -1}),
        (LABEL, {"quantity": True}),
        (LABEL, {"quantity": "2"}),
        (LABEL, {"quantity": 8}),
        (LABEL, {"scope_digest": ...}),
        (LABEL, {"scope_position": ...}),
        (LABEL, {"inventory_digest": ...}),
        (LABEL, {"week": ...}),
        (LABEL, {"scope_digest": ..., "scope_position": ...}),
        (LABEL, {"week": "2026-W54"}),
        (LABEL, {"week": "2025-W53"}),
        (SCOPE, {"sampling_rate": "1.5"}),
        (SCOPE, {"sampling_rate": "0.050"}),
        (SCOPE, {"weeks": 0}),
        (SCOPE, {"weeks": 521}),
        (WEEK, {"at": "2026-11-22T23:59:59Z"}),
        (WEEK, {"week": "2026-48"}),
        (STATEMENT, {"kind": "praise"}),
        (REVOKED, {"value": False}),
        (REVOKED, {"value": 1}),
        (REVOKED, {"purpose": "refresh"}),
        (REVOKED, {"label_id": ...}),
        (REVOKED, {"scope_digest": "11" * 32}),
        (REVOKED, {"label_id": ..., "scope_digest": "11" * 32, "successor": "ABCDEFGHIJKLM"}),
        (REVOKED, {"at": "2026-11-23T10:00:00+00:00"}),
        (REVOKED, {"at": "2026-13-23T10:00:00Z"}),
        (REVOKED, {"actor": "Jane Doe"}),
        (REVOKED, {"reason": "Because I say so"}),
        (KEY, {"kid": ""}),
        (KEY, {"thumbprint": "A" * 42}),
        (KEY, {"use": "everything"}),
        (KEY, {"state": "lost"}),
    ],
)
def test_entries_that_break_a_rule(base, change):
    """An entry with a wrong, missing or unknown member is refused."""
    value = {name: member for name, member in (base | change).items() if member is not ...}
    with pytest.raises(InvalidDocument):
        parse_leaf(rfc8785.dumps(value))


@pytest.mark.parametrize(
    "change", [{"type": "coin"}, {"version": "2"}, {"version": 1}, {"type": None}, {"type": ["label"]}]
)
def test_entries_of_another_build(change):
    """A type or version this build does not know is said to be unknown, not malformed."""
    with pytest.raises(UnsupportedVersion):
        parse_leaf(rfc8785.dumps(LABEL | change))


@pytest.mark.parametrize("entry", [b"", b"[]", b"1", b"null", b"\xff", b'{"type":"label"}', b'"' + b"x" * 65536 + b'"'])
def test_no_entry(entry):
    """What is no entry at all, or too long for a bundle, is refused."""
    with pytest.raises(InvalidDocument):
        parse_leaf(entry)


def test_second_spellings():
    """White space, member order, doubled members and null members are refused."""
    entry = rfc8785.dumps(LABEL)
    value = LABEL | {"scope_digest": None, "scope_position": None, "week": None}
    for other in (
        entry + b"\n",
        entry.replace(b":2,", b": 2,"),
        json.dumps(dict(reversed(LABEL.items())), separators=(",", ":")).encode(),
        entry[:-1] + b',"version":"1"}',
        rfc8785.dumps(value),
    ):
        with pytest.raises(NotCanonical):
            parse_leaf(other)
