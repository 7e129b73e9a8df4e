"""Tests of checkpoints."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from label_service.errors import InvalidDocument, LabelServiceError, LogFault
from label_service.tlog.checkpoint import Checkpoint, sign_checkpoint, verify_checkpoint
from label_service.tlog.note import COSIGNATURE, Note, VerifierKey, cosign, sign, to_base64, verify_signatures
from label_service.tlog.tree import EMPTY_ROOT

from .oracle import Key

ORIGIN = "localhost:8000/log"
LOG, OTHER = Key("log"), Key("other")
LOG_KEY = VerifierKey(ORIGIN, LOG.public_key)
ROOT = bytes(range(32))
SIGNED = sign_checkpoint(ORIGIN, 5, ROOT, LOG)


@given(st.integers(1, 2**63 - 1), st.binary(min_size=32, max_size=32))
def test_round_trip(size, root):
    """A signed checkpoint verifies and reads back to the same origin, size, root and text."""
    text = str(sign_checkpoint(ORIGIN, size, root, LOG))
    checkpoint = verify_checkpoint(text, LOG_KEY)
    assert (checkpoint.origin, checkpoint.size, checkpoint.root) == (ORIGIN, size, root)
    assert str(checkpoint) == text


def test_text():
    """The signed text is origin, size and root in three lines, as every tiled log writes it."""
    assert SIGNED.note.text == "localhost:8000/log\n5\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n"


def test_empty_tree():
    """A new log can sign the empty tree, whose root is fixed."""
    assert verify_checkpoint(str(sign_checkpoint(ORIGIN, 0, EMPTY_ROOT, LOG)), LOG_KEY).size == 0
    with pytest.raises(InvalidDocument, match="root of the empty tree"):
        sign_checkpoint(ORIGIN, 0, ROOT, LOG)


@given(st.integers(0, len(str(SIGNED)) - 1), st.integers(1, 127))
def test_any_flipped_character_fails(position, change):
    """A checkpoint with one changed character does not verify."""
    text = str(SIGNED)
    altered = text[:position] + chr(ord(text[position]) ^ change) + text[position + 1 :]
    with pytest.raises(LabelServiceError):
        verify_checkpoint(altered, LOG_KEY)


@pytest.mark.parametrize(
    "text",
    [
        "{o}\n05\n{r}\n",
        "{o}\n+5\n{r}\n",
        "{o}\n-5\n{r}\n",
        "{o}\n5.0\n{r}\n",
        "{o}\n٥\n{r}\n",
        "{o}\n\n{r}\n",
        "{o}\n9223372036854775808\n{r}\n",
        "{o}\n" + "9" * 5000 + "\n{r}\n",
        "{o}\n5\n{r}\nextension\n",
        "{o}\n5\n",
        "\n5\n{r}\n",
        "local host\n5\n{r}\n",
        "{o}\n5\n{r} \n",
        "{o}\n5\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh9=\n",
        "{o}\n5\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8\n",
        "{o}\n5\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHg==\n",
        "{o}\n0\n{r}\n",
    ],
)
def test_signed_but_malformed(text):
    """Even the log's own signature does not make a second spelling or an extension line acceptable."""
    text = text.format(o=ORIGIN, r=to_base64(ROOT))
    note = str(Note(text, (sign(text, ORIGIN, LOG),)))
    with pytest.raises(InvalidDocument):
        verify_checkpoint(note, LOG_KEY)


def test_of_another_log():
    """A checkpoint of another origin, or signed by another key of the same name, is not taken for this log's."""
    with pytest.raises(LogFault, match="expected a checkpoint of localhost:8000/log"):
        verify_checkpoint(str(sign_checkpoint("evil.example/log", 5, ROOT, LOG)), LOG_KEY)
    with pytest.raises(LogFault, match="carries no signature of a known key"):
        verify_checkpoint(str(sign_checkpoint(ORIGIN, 5, ROOT, OTHER)), LOG_KEY)


def test_a_change_of_keys():
    """While a log changes its key, a signature of the old or of the new one will do, and a broken one never."""
    new_key = VerifierKey(ORIGIN, OTHER.public_key)
    both = SIGNED.with_signatures([sign(SIGNED.note.text, ORIGIN, OTHER)])
    for checkpoint in (SIGNED, both):
        checkpoint.verify(LOG_KEY, new_key)
    broken = SIGNED.with_signatures([sign("another text\n", ORIGIN, OTHER)])
    with pytest.raises(LogFault, match="does not hold"):
        broken.verify(LOG_KEY, new_key)
    with pytest.raises(LogFault):
        SIGNED.verify()


@pytest.mark.parametrize(
    ("origin", "size", "root"),
    [("", 5, ROOT), ("a b", 5, ROOT), ("a\nb", 5, ROOT), (ORIGIN, -1, ROOT), (ORIGIN, 5, b"")],
)
def test_never_signs_what_it_would_not_read(origin, size, root):
    """A log cannot sign a checkpoint that verifiers refuse."""
    with pytest.raises(InvalidDocument):
        sign_checkpoint(origin, size, root, LOG)


def test_cosignatures_are_added_below():
    """A witness adds its line; the log's own signature still verifies."""
    witness = VerifierKey("lab.example/w", OTHER.public_key, COSIGNATURE)
    seen = SIGNED.with_signatures([cosign(SIGNED.note.text, witness.name, OTHER, 1_700_000_000)])
    checkpoint = verify_checkpoint(str(seen), LOG_KEY)
    assert verify_signatures(checkpoint.note, [witness]) == {witness: 1_700_000_000}
    assert Checkpoint.parse(str(seen)).note.text == SIGNED.note.text
