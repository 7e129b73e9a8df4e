import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from label_service.cli import quick
from label_service.errors import InvalidKey, LogFault
from label_service.tlog import note
from label_service.tlog.note import Note
from label_service.trust.keys import verify_signature
from tests.signers import signer
from tests.vectors import make_ed25519_edges

EDGES = json.loads(make_ed25519_edges.FILE.read_text("utf-8"))["cases"]
LIBSODIUM = quick._libsodium()


def verdict(verify, key, signature, message):
    """Give the verdict in the words of the vectors."""
    try:
        return "holds" if verify(key, signature, message) else "fails"
    except InvalidKey:
        return "unsafe"


@pytest.mark.parametrize("case", EDGES, ids=lambda case: case["name"])
def test_both_libraries_decide_every_edge_alike(case):
    """A signature that one party takes holds for all, whatever library she verifies by."""
    asked = [bytes.fromhex(case[name]) for name in ("key", "signature", "message")]
    assert verdict(LIBSODIUM, *asked) == verdict(verify_signature, *asked) == case["verdict"]


@given(
    st.binary(max_size=80),
    st.integers(1, 3),
    st.lists(st.tuples(st.integers(0, 95), st.integers(1, 255)), max_size=3),
    st.sampled_from(EDGES),
)
def test_both_libraries_decide_alike_whatever_is_changed(message, number, changes, edge):
    """No altered key or signature, honest or from the edges, holds for one library and not for the other."""
    honest = signer(number).public_key + signer(number).sign(message)
    strange = bytes.fromhex(edge["key"] + edge["signature"])
    for start, signed in ((honest, message), (strange, bytes.fromhex(edge["message"]))):
        raw = bytearray(start)
        for position, flip in changes:
            if position < len(raw):
                raw[position] ^= flip
        asked = bytes(raw[:32]), bytes(raw[32:]), signed
        assert verdict(LIBSODIUM, *asked) == verdict(verify_signature, *asked)


def test_a_library_that_decides_an_edge_otherwise_is_not_used():
    """A release of libsodium that multiplies by the cofactor would be noticed before it is believed."""
    assert quick.decides_alike(LIBSODIUM)
    assert quick.decides_alike(verify_signature)
    assert not quick.decides_alike(lambda key, signature, message: len(key + signature + message) > 0)


@given(st.integers(0, 63), st.integers(1, 255))
def test_a_quick_key_believes_the_notes_of_its_log_only(position, flip):
    """An audit with the second library finds the same checkpoints signed, and the same ones forged."""
    text = "labels.example/log\n1\n" + "A" * 43 + "=\n"
    line = note.sign(text, "labels.example/log", signer(1))
    key = quick.QuickKey("labels.example/log", signer(1).public_key)
    assert note.verify_signatures(Note(text, (line,)), [key]) == {key: None}
    forged = bytearray(line.signature)
    forged[position] ^= flip
    with pytest.raises(LogFault):
        note.verify_signatures(Note(text, (note.SignatureLine(line.name, line.key_id, bytes(forged)),)), [key])
