"""Tests of the Merkle tree against the recursive definition."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from label_service import merkle
from label_service.errors import LabelServiceError, LogFault
from label_service.tlog import tree

from . import oracle

LEAVES = [oracle.leaf(b"%d" % number) for number in range(130)]
NODES = merkle.levels(LEAVES)
SIZES = st.integers(1, len(LEAVES))

# The entries of Certificate Transparency's reference tree, and its roots at sizes 0 to 8.
REFERENCE_ENTRIES = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
REFERENCE_ROOTS = {
    0: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    1: "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    8: "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
}


def node(height: int, index: int) -> bytes:
    """A node of the largest tree; only full ones may be asked for."""
    assert (index + 1) << height <= len(LEAVES), "asked for a node over leaves that do not exist"
    return NODES[height][index]


def flipped(data: bytes, position: int) -> bytes:
    """The same bytes but one."""
    position %= len(data)
    return data[:position] + bytes([data[position] ^ 1]) + data[position + 1 :]


def flips(values: list[bytes], position: int) -> list[list[bytes]]:
    """Every list that differs from this one in one byte of one value."""
    return [[*values[:at], flipped(value, position), *values[at + 1 :]] for at, value in enumerate(values)]


@pytest.mark.parametrize("size", REFERENCE_ROOTS)
def test_reference_tree(size):
    """The roots are those of Certificate Transparency's reference tree."""
    growing = tree.CompactTree()
    growing.extend([merkle.leaf_hash(bytes.fromhex(entry)) for entry in REFERENCE_ENTRIES[:size]])
    assert growing.root().hex() == REFERENCE_ROOTS[size]


@given(st.lists(st.integers(0, 40), max_size=6))
def test_any_batches_give_the_same_tree(batches):
    """However entries are grouped, the root is the one the RFC defines, and one at a time gives it too."""
    grouped, single, size = tree.CompactTree(), tree.CompactTree(), 0
    for batch in batches:
        grouped.extend(LEAVES[size : size + batch])
        size = min(size + batch, len(LEAVES))
        assert grouped.root() == oracle.root(LEAVES[:size])
    for leaf in LEAVES[:size]:
        single.append(leaf)
    assert (single.size, single.peaks) == (grouped.size, grouped.peaks)


@given(SIZES, SIZES)
def test_extending_gives_the_completed_nodes(first, second):
    """Appending reports every node it completes and no other, so tiles can be written from it."""
    growing = tree.CompactTree()
    before = growing.extend(LEAVES[:first])
    after = growing.extend(LEAVES[first:second])
    for height, row in enumerate(NODES):
        known = [*(before[height] if height < len(before) else ()), *(after[height] if height < len(after) else ())]
        assert known == list(row[: max(first, second) >> height])


@given(SIZES, SIZES)
def test_a_copy_grows_alone(first, second):
    """An append that is given up leaves the tree it started from untouched."""
    growing = tree.CompactTree()
    growing.extend(LEAVES[:first])
    growing.copy().extend(LEAVES[:second])
    assert growing.root() == oracle.root(LEAVES[:first])


def test_peaks_must_fit_the_size():
    """A stored tree whose peaks do not belong to its size is refused."""
    with pytest.raises(LogFault, match="expected 2 peaks for 3 leaves, found 1"):
        tree.CompactTree(3, [LEAVES[0]])


@given(st.data())
def test_every_leaf_proves_in_every_later_tree(data):
    """Every leaf has a path in every tree that contains it, as the RFC defines it, and it verifies."""
    size = data.draw(SIZES)
    index = data.draw(st.integers(0, size - 1))
    path = tree.inclusion_path(index, size, node)
    assert path == oracle.path(index, LEAVES[:size])
    tree.verify_inclusion(index, size, LEAVES[index], path, oracle.root(LEAVES[:size]))


@given(st.data())
def test_altered_inclusion_fails(data):
    """A flipped byte of leaf, path or root, another index, a shorter or longer path never verifies."""
    size = data.draw(SIZES)
    index = data.draw(st.integers(0, size - 1))
    position = data.draw(st.integers(0, 31))
    leaf, root = LEAVES[index], oracle.root(LEAVES[:size])
    path = oracle.path(index, LEAVES[:size])
    attempts = [
        (index, size, flipped(leaf, position), path, root),
        (index, size, leaf, path, flipped(root, position)),
        *((index, size, leaf, other, root) for other in flips(path, position)),
        *((index, size, leaf, path[:at] + path[at + 1 :], root) for at in range(len(path))),
        (index, size, leaf, [*path, root], root),
        (index, size, leaf, [*path, b""], root),
        (index, size, leaf[:-1], path, root),
        *((other, size, leaf, path, root) for other in range(-1, size + 2) if other != index),
    ]
    for attempt in attempts:
        with pytest.raises(LogFault):
            tree.verify_inclusion(*attempt)


@given(st.integers(-1, 9), st.integers(0, 9), st.integers(0, 4), st.integers(0, 15))
def test_two_verifiers_agree(index, size, steps, sides):
    """The verifier of releases and that of the log, written apart, accept the same indices, sizes and paths."""
    root, path = LEAVES[0], LEAVES[1 : steps + 1]
    for step, sibling in enumerate(path):
        pair = (sibling, root) if sides >> step & 1 else (root, sibling)
        root = merkle.node_hash(*pair)
    claim = (index, size, LEAVES[0], path, root)
    assert accepts(tree.verify_inclusion, *claim) == accepts(merkle.verify_path, *claim)


def accepts(verify, *arguments) -> bool:
    """Whether a verifier takes a claim."""
    try:
        verify(*arguments)
    except LabelServiceError:
        return False
    return True


@given(SIZES, SIZES)
def test_every_tree_is_the_beginning_of_every_later_one(first, second):
    """Trees of all sizes are consistent with each other, with the proof that the RFC defines."""
    old, new = sorted((first, second))
    path = tree.consistency_path(old, new, node)
    assert path == oracle.proof(old, LEAVES[:new])
    tree.verify_consistency(old, oracle.root(LEAVES[:old]), new, oracle.root(LEAVES[:new]), path)


@given(SIZES, SIZES, st.integers(0, 31))
def test_altered_consistency_fails(first, second, position):
    """A flipped byte of either root or of the path, a shorter or longer path, swapped trees never verify."""
    old, new = sorted((first, second))
    old_root, new_root = oracle.root(LEAVES[:old]), oracle.root(LEAVES[:new])
    path = oracle.proof(old, LEAVES[:new])
    attempts = [
        (old, flipped(old_root, position), new, new_root, path),
        (old, old_root, new, flipped(new_root, position), path),
        *((old, old_root, new, new_root, other) for other in flips(path, position)),
        *((old, old_root, new, new_root, path[:at] + path[at + 1 :]) for at in range(len(path))),
        (old, old_root, new, new_root, [*path, new_root]),
        (old, old_root[:-1], new, new_root, path),
        (0, oracle.root([]), new, new_root, []),
        (new + 1, new_root, new, new_root, path),
    ]
    if old != new:
        attempts += [(new, new_root, old, old_root, path), (old, new_root, new, old_root, path)]
    for attempt in attempts:
        with pytest.raises(LogFault):
            tree.verify_consistency(*attempt)


def test_a_rewritten_beginning_is_found():
    """A tree in which an old entry was replaced is consistent with none of the trees signed before."""
    forged = [oracle.leaf(b"forged"), *LEAVES[1:]]
    for old in range(1, 20):
        with pytest.raises(LogFault, match="is not the beginning"):
            tree.verify_consistency(
                old, oracle.root(LEAVES[:old]), 20, oracle.root(forged[:20]), oracle.proof(old, forged[:20])
            )


@pytest.mark.parametrize(("index", "size"), [(0, 0), (3, 3), (-1, 3)])
def test_no_path_for_a_leaf_that_is_not_there(index, size):
    """A proof is never made up for a leaf outside the tree."""
    with pytest.raises(LogFault, match="expected a leaf index"):
        tree.inclusion_path(index, size, node)


@pytest.mark.parametrize(("old", "new"), [(0, 3), (4, 3), (-1, 3)])
def test_no_consistency_with_a_larger_or_empty_tree(old, new):
    """A log that shrinks has no consistency proof, and the empty tree needs none."""
    with pytest.raises(LogFault, match="1 ≤ old ≤ new"):
        tree.consistency_path(old, new, node)
