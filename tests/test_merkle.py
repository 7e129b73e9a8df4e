import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from label_service import merkle
from label_service.errors import VerificationError

LEAVES = st.lists(st.binary(max_size=8), min_size=1, max_size=40).map(lambda data: [merkle.leaf_hash(d) for d in data])


def recursive_root(leaf_hashes: list[bytes]) -> bytes:
    """The definition of RFC 6962, section 2.1, word for word."""
    if len(leaf_hashes) == 1:
        return leaf_hashes[0]
    split = 1
    while split * 2 < len(leaf_hashes):
        split *= 2
    left, right = recursive_root(leaf_hashes[:split]), recursive_root(leaf_hashes[split:])
    return hashlib.sha256(b"\x01" + left + right).digest()


@given(LEAVES)
def test_root_is_that_of_the_recursive_definition(leaf_hashes):
    """A stranger who follows the RFC gets the same root."""
    assert merkle.root(leaf_hashes) == recursive_root(leaf_hashes)


def test_root_of_nothing():
    """The empty tree has the root the RFC gives it."""
    assert merkle.root([]).hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def test_known_answers():
    """Leaf and node hashes have the prefixes of the RFC, so neither can pass as the other."""
    assert merkle.leaf_hash(b"").hex() == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
    assert merkle.node_hash(b"\0" * 32, b"\0" * 32) == hashlib.sha256(b"\x01" + b"\0" * 64).digest()


@given(LEAVES, st.data())
def test_every_leaf_proves(leaf_hashes, data):
    """Every leaf of every tree has a path that verifies at its index."""
    index = data.draw(st.integers(0, len(leaf_hashes) - 1))
    path = merkle.path(index, leaf_hashes)
    merkle.verify_path(index, len(leaf_hashes), leaf_hashes[index], path, merkle.root(leaf_hashes))


@given(LEAVES, st.data())
def test_altered_proofs_fail(leaf_hashes, data):
    """Another leaf, index, or a shorter, longer or altered path never verifies."""
    size, root = len(leaf_hashes), merkle.root(leaf_hashes)
    index = data.draw(st.integers(0, size - 1))
    leaf, path = leaf_hashes[index], merkle.path(index, leaf_hashes)
    other = hashlib.sha256(leaf).digest()
    attempts = [
        (index, other, path),
        (index, leaf, (*path, other)),
        (size, leaf, path),
        (-1, leaf, path),
        *((index, leaf, path[:cut] + path[cut + 1 :]) for cut in range(len(path))),
        *((index, leaf, (*path[:at], other, *path[at + 1 :])) for at in range(len(path))),
        *((index, leaf, (*path[:at], path[at][:-1], *path[at + 1 :])) for at in range(len(path))),
        *((wrong, leaf, path) for wrong in range(size) if wrong != index and leaf_hashes[wrong] != leaf),
    ]
    for wrong_index, wrong_leaf, wrong_path in attempts:
        with pytest.raises(VerificationError):
            merkle.verify_path(wrong_index, size, wrong_leaf, wrong_path, root)
