"""Tests of tlog-proof texts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from label_service import merkle
from label_service.errors import InvalidDocument, LabelServiceError, LogFault
from label_service.tlog.checkpoint import sign_checkpoint
from label_service.tlog.note import COSIGNATURE, VerifierKey, cosign, verify_signatures
from label_service.tlog.proof import InclusionProof, verify_proof

from . import oracle

ORIGIN = "localhost:8000/log"
LOG, WITNESS = oracle.Key("log"), oracle.Key("witness")
LOG_KEY = VerifierKey(ORIGIN, LOG.public_key)
ENTRIES = [b"entry %d" % number for number in range(20)]
LEAVES = [merkle.leaf_hash(entry) for entry in ENTRIES]


def proof_of(index: int, size: int, extra: bytes = b"") -> InclusionProof:
    """The proof of an entry under a checkpoint of this size."""
    checkpoint = sign_checkpoint(ORIGIN, size, oracle.root(LEAVES[:size]), LOG)
    return InclusionProof(index, tuple(oracle.path(index, LEAVES[:size])), checkpoint, extra)


def test_text():
    """The text is laid out as C2SP tlog-proof says: header, extra, index, path, blank line, checkpoint."""
    proof = proof_of(1, 2, b"\0\1")
    lines = str(proof).split("\n")
    assert lines[:3] == ["c2sp.org/tlog-proof@v1", "extra AAE=", "index 1"]
    assert lines[4:7] == ["", ORIGIN, "2"]
    assert str(proof).endswith(str(proof.checkpoint))


@given(st.data(), st.binary(max_size=20))
def test_every_entry_proves_against_every_later_checkpoint(data, extra):
    """A proof survives its text and gives back index, size and what else it carries."""
    size = data.draw(st.integers(1, 20))
    index = data.draw(st.integers(0, size - 1))
    text = str(proof_of(index, size, extra))
    proof = verify_proof(text, ENTRIES[index], LOG_KEY)
    assert (proof.index, proof.checkpoint.size, proof.extra) == (index, size, extra)
    assert str(proof) == text


def test_carries_cosignatures():
    """A proof keeps the signatures of witnesses, for a policy that asks for k of n."""
    witness = VerifierKey("lab.example/w", WITNESS.public_key, COSIGNATURE)
    proof = proof_of(3, 7)
    line = cosign(proof.checkpoint.note.text, witness.name, WITNESS, 1_700_000_000)
    seen = InclusionProof(proof.index, proof.path, proof.checkpoint.with_signatures([line]))
    verified = verify_proof(str(seen), ENTRIES[3], LOG_KEY)
    assert verify_signatures(verified.checkpoint.note, [witness]) == {witness: 1_700_000_000}


@given(st.integers(0, len(str(proof_of(5, 11))) - 1), st.integers(1, 127))
def test_any_flipped_character_fails(position, change):
    """A proof with one changed character does not verify."""
    text = str(proof_of(5, 11))
    altered = text[:position] + chr(ord(text[position]) ^ change) + text[position + 1 :]
    with pytest.raises(LabelServiceError):
        verify_proof(altered, ENTRIES[5], LOG_KEY)


@given(st.binary(max_size=30))
def test_another_entry_fails(entry):
    """Only the entry that was logged verifies."""
    with pytest.raises(LogFault, match="does not lead to the root"):
        verify_proof(str(proof_of(5, 11)), entry, LOG_KEY)


def test_another_log_fails():
    """A log that signs with another key proves nothing for this one."""
    with pytest.raises(LogFault):
        verify_proof(str(proof_of(5, 11)), ENTRIES[5], VerifierKey(ORIGIN, WITNESS.public_key))


HASH = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="


@pytest.mark.parametrize(
    "head",
    [
        "",
        "c2sp.org/tlog-proof@v2\nindex 0",
        "c2sp.org/tlog-proof@v1",
        "c2sp.org/tlog-proof@v1\nindex 00",
        "c2sp.org/tlog-proof@v1\nindex  0",
        "c2sp.org/tlog-proof@v1\nindex -1",
        "c2sp.org/tlog-proof@v1\nindex 9223372036854775808",
        "c2sp.org/tlog-proof@v1\nindex 0\nextra AAE=",
        "c2sp.org/tlog-proof@v1\nextra AAE=",
        "c2sp.org/tlog-proof@v1\nextra \nindex 0",
        "c2sp.org/tlog-proof@v1\nextra AAF=\nindex 0",
        "c2sp.org/tlog-proof@v1\nextra AAE=\nextra AAE=\nindex 0",
        "c2sp.org/tlog-proof@v1\nindex 0\n" + HASH[:-1],
        "c2sp.org/tlog-proof@v1\nindex 0\n" + HASH.replace("8=", "9="),
        "c2sp.org/tlog-proof@v1\nindex 0\n" + HASH + "\r",
        "c2sp.org/tlog-proof@v1\nindex 0\nAAECAw==",
        "c2sp.org/tlog-proof@v1\nindex 0\n\n" + HASH,
        "c2sp.org/tlog-proof@v1\nindex 0" + f"\n{HASH}" * 64,
    ],
)
def test_malformed(head):
    """What is not a proof in its one spelling is refused."""
    with pytest.raises(InvalidDocument):
        InclusionProof.parse(f"{head}\n\n{proof_of(0, 1).checkpoint}")
    with pytest.raises(InvalidDocument):
        InclusionProof.parse(head)
