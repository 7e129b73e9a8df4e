"""Tests of signed notes, verifier keys and cosignatures."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from label_service.errors import InvalidDocument, InvalidKey, LabelServiceError, LogFault, NotCanonical
from label_service.tlog.note import (
    COSIGNATURE,
    MAX_NOTE_CHARACTERS,
    Note,
    SignatureLine,
    VerifierKey,
    cosign,
    sign,
    to_base64,
    verify_signatures,
)

from .oracle import Key

LOG, WITNESS = Key("log"), Key("witness")
LOG_KEY = VerifierKey("localhost:8000/log", LOG.public_key)
WITNESS_KEY = VerifierKey("lab.example/witness", WITNESS.public_key, COSIGNATURE)
TEXT = "localhost:8000/log\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n"
NAMES = st.from_regex(r"[a-z0-9.:/ä-]{1,20}", fullmatch=True)
TEXTS = st.lists(st.text(st.characters(min_codepoint=32, exclude_categories=["Cs"]))).map(
    lambda lines: "".join(f"{line}\n" for line in lines) or "\n"
)
SIGNATURES = st.lists(
    st.builds(SignatureLine, NAMES, st.binary(min_size=4, max_size=4), st.binary(min_size=1, max_size=80)),
    min_size=1,
    max_size=5,
    unique_by=lambda line: (line.name, line.key_id),
)

# The example of Go's package golang.org/x/mod/sumdb/note, made by an independent implementation.
GO_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GO_NOTE = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
    "\n"
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)


def signed_note() -> Note:
    """A text signed by a log and seen by a witness."""
    return Note(TEXT, (sign(TEXT, LOG_KEY.name, LOG),)).with_signatures(
        [cosign(TEXT, WITNESS_KEY.name, WITNESS, 1679315147)]
    )


def test_a_note_of_another_implementation():
    """A note and key made by Go's implementation verify here."""
    key = VerifierKey.parse(GO_KEY)
    assert verify_signatures(Note.parse(GO_NOTE), [key]) == {key: None}
    with pytest.raises(LogFault, match="PeterNeumann does not hold"):
        verify_signatures(Note.parse(GO_NOTE.replace("problem is", "answer is")), [key])


def test_log_and_witness_sign():
    """A note carries the signature of its log and, with a time, those of its witnesses."""
    note = Note.parse(str(signed_note()))
    assert verify_signatures(note, [LOG_KEY, WITNESS_KEY]) == {LOG_KEY: None, WITNESS_KEY: 1679315147}
    assert verify_signatures(note, [WITNESS_KEY]) == {WITNESS_KEY: 1679315147}


def test_other_keys_are_passed_over():
    """Only keys the caller names count: same name with another key, same key as another kind, an unknown kind."""
    strangers = [
        VerifierKey(LOG_KEY.name, WITNESS.public_key),
        VerifierKey(LOG_KEY.name, LOG.public_key, COSIGNATURE),
        VerifierKey("other.example", LOG.public_key),
    ]
    post_quantum = SignatureLine("w.example", b"mldl", bytes(2428))
    assert verify_signatures(signed_note().with_signatures([post_quantum]), strangers) == {}


@given(TEXTS, SIGNATURES)
def test_round_trip(text, signatures):
    """parse(str(note)) is the note, whatever its text, and its lines of unknown keys are kept as they came."""
    note = Note(text, tuple(signatures))
    assert Note.parse(str(note)) == note


@given(st.data())
def test_one_spelling(data):
    """Whatever is changed in a note, it is refused or is another note; it never reads as the same."""
    note = str(signed_note())
    start = data.draw(st.integers(0, len(note) - 1))
    end = data.draw(st.integers(start, min(len(note), start + 3)))
    other = note[:start] + data.draw(st.text(st.sampled_from(" \n\r\t=+—Aa0"), max_size=3)) + note[end:]
    if other == note:
        return
    try:
        parsed = Note.parse(other)
    except InvalidDocument:
        return
    assert str(parsed) == other


@given(st.integers(0, len(str(signed_note())) - 1), st.integers(1, 127))
def test_any_flipped_character_fails(position, change):
    """A note with one changed character does not verify under log and witness."""
    note = str(signed_note())
    altered = note[:position] + chr(ord(note[position]) ^ change) + note[position + 1 :]
    try:
        signed = verify_signatures(Note.parse(altered), [LOG_KEY, WITNESS_KEY])
    except LabelServiceError:
        return
    assert len(signed) < 2


SIGNATURE = to_base64(b"abcd" + bytes(64))


@pytest.mark.parametrize(
    "note",
    [
        "",
        "text\n",
        "text\n\n",
        f"text\n— name {SIGNATURE}\n",
        f"text\n\n— name {SIGNATURE}",
        f"text\n\n— name {SIGNATURE}\n\n",
        f"text\n\n— name {SIGNATURE}\nmore\n",
        f"text\n\n- name {SIGNATURE}\n",
        f"text\n\n—  {SIGNATURE}\n",
        f"text\n\n— na+me {SIGNATURE}\n",
        f"text\n\n— na\u00a0me {SIGNATURE}\n",
        f"text\n\n— name {SIGNATURE} \n",
        f"text\n\n— name {SIGNATURE[:-2]}\n",
        f"text\n\n— name {SIGNATURE[:-3]}B==\n",
        f"text\n\n— name {SIGNATURE[:8]}\n{SIGNATURE[8:]}\n",
        "text\n\n— name YWJjZA==\n",
        "text\n\n— name\n",
        f"te\rxt\n\n— name {SIGNATURE}\n",
        f"te\0xt\n\n— name {SIGNATURE}\n",
        f"te\ud800xt\n\n— name {SIGNATURE}\n",
        f"text\n\n— name {SIGNATURE}\n— name {SIGNATURE}\n",
        "x" * MAX_NOTE_CHARACTERS + f"\n\n— name {SIGNATURE}\n",
        "text\n\n" + "".join(f"— name{number} {SIGNATURE}\n" for number in range(65)),
    ],
)
def test_malformed_notes(note):
    """What is not a note in its one spelling is refused before any signature is looked at."""
    with pytest.raises(InvalidDocument):
        Note.parse(note)


def test_many_cosignatures():
    """A note may carry the log's signature and those of 63 witnesses."""
    note = "text\n\n" + "".join(f"— name{number} {SIGNATURE}\n" for number in range(64))
    assert len(Note.parse(note).signatures) == 64


def test_no_second_signature_of_one_key():
    """One witness cannot count twice."""
    with pytest.raises(InvalidDocument, match="at most one signature of each key"):
        signed_note().with_signatures([cosign(TEXT, WITNESS_KEY.name, WITNESS, 5)])


@pytest.mark.parametrize("length", [1, 63, 64, 65, 71, 72, 73])
def test_signatures_of_another_form(length):
    """A line that names a known key but is no signature of its kind fails and is not passed over."""
    for key, right in ((LOG_KEY, 64), (WITNESS_KEY, 72)):
        note = Note(TEXT, (SignatureLine(key.name, key.key_id, bytes(length)),))
        with pytest.raises(LogFault, match="does not hold" if length == right else "has the wrong form"):
            verify_signatures(note, [key])


def test_a_cosignature_binds_its_time():
    """A witness's time cannot be moved, and it stays below 2^63."""
    line = cosign(TEXT, WITNESS_KEY.name, WITNESS, 2**63 - 1)
    assert verify_signatures(Note(TEXT, (line,)), [WITNESS_KEY]) == {WITNESS_KEY: 2**63 - 1}
    for time in ((2**63 - 2).to_bytes(8, "big"), (2**63).to_bytes(8, "big")):
        moved = SignatureLine(line.name, line.key_id, time + line.signature[8:])
        with pytest.raises(LogFault):
            verify_signatures(Note(TEXT, (moved,)), [WITNESS_KEY])
    for wrong in (-1, 2**63):
        with pytest.raises(InvalidDocument, match="expected a time"):
            cosign(TEXT, WITNESS_KEY.name, WITNESS, wrong)


def test_a_witness_cannot_speak_for_the_log():
    """A cosignature is no log signature, even of the same key and name."""
    line = cosign(TEXT, LOG_KEY.name, LOG, 5)
    moved = SignatureLine(line.name, LOG_KEY.key_id, line.signature[8:])
    with pytest.raises(LogFault, match="does not hold"):
        verify_signatures(Note(TEXT, (moved,)), [LOG_KEY])


@given(NAMES, st.sampled_from([LOG, WITNESS]), st.sampled_from([1, 4]))
def test_verifier_key_round_trip(name, key, kind):
    """A verifier key is read back from its text."""
    written = VerifierKey(name, key.public_key, kind)
    assert VerifierKey.parse(str(written)) == written


@pytest.mark.parametrize(
    ("text", "error"),
    [
        (GO_KEY.replace("c74f20a3", "c74f20a4"), InvalidDocument),
        (GO_KEY.replace("c74f20a3", "C74F20A3"), InvalidDocument),
        (GO_KEY.replace("Peter", "Pater"), InvalidDocument),
        (GO_KEY.replace("Peter", "Peter "), InvalidDocument),
        (GO_KEY[:-1] + "X", InvalidDocument),
        (GO_KEY + "=", NotCanonical),
        ("", InvalidKey),
        ("name", InvalidKey),
        ("name+00000000+AQ==", InvalidKey),
        ("name+00000000+" + to_base64(b"\2" + LOG.public_key), InvalidKey),
        ("name+00000000+" + to_base64(b"\1" + bytes(32)), InvalidKey),
        ("name+00000000+" + to_base64(b"\4\1" + bytes(31)), InvalidKey),
        ("name+00000000+" + to_base64(b"\1" + b"\xff" * 32), InvalidKey),
    ],
)
def test_keys_that_are_refused(text, error):
    """A key in a second spelling, of another kind, of small order or not canonically encoded is never used."""
    with pytest.raises(error):
        VerifierKey.parse(text)
