"""Merkle trees as in RFC 6962, section 2.1: the hashes shared by releases of factors and the transparency log.

Every level of the tree pairs the hashes below it from the left; a last one without a partner moves up unchanged, which
gives the same tree as the recursive definition of the RFC.
"""

import hashlib
from collections.abc import Sequence

from label_service.errors import VerificationError

HASH_BYTES = 32


def leaf_hash(data: bytes) -> bytes:
    """Hash an entry: SHA-256(0x00 ‖ data)."""
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash two subtrees: SHA-256(0x01 ‖ left ‖ right)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def levels(leaf_hashes: Sequence[bytes]) -> tuple[tuple[bytes, ...], ...]:
    """Give the hashes of all levels from the leaves up to the root; keep them to cut many paths."""
    tree = [tuple(leaf_hashes)]
    while len(tree[-1]) > 1:
        below = tree[-1]
        above = [node_hash(below[i], below[i + 1]) for i in range(0, len(below) - 1, 2)]
        tree.append((*above, *below[2 * len(above) :]))
    return tuple(tree)


def root(leaf_hashes: Sequence[bytes]) -> bytes:
    """Give the root hash; of an empty tree the SHA-256 of nothing."""
    return levels(leaf_hashes)[-1][0] if leaf_hashes else hashlib.sha256(b"").digest()


def path(index: int, leaf_hashes: Sequence[bytes]) -> tuple[bytes, ...]:
    """Give the audit path of a leaf, from the bottom."""
    return path_in(levels(leaf_hashes), index)


def path_in(tree: Sequence[Sequence[bytes]], index: int) -> tuple[bytes, ...]:
    """Give the audit path of a leaf from the levels of its tree."""
    siblings = []
    for level in tree[:-1]:
        if index ^ 1 < len(level):
            siblings.append(level[index ^ 1])
        index >>= 1
    return tuple(siblings)


def verify_path(index: int, size: int, leaf: bytes, path: Sequence[bytes], root: bytes) -> None:
    """Check that a leaf hash stands at an index of the tree with this size and root.

    Raises:
        VerificationError: the index is outside the tree, the path has another length, or it leads to another root.

    Source: RFC 9162, section 2.1.3.2.
    """
    if not 0 <= index < size:
        raise VerificationError(f"expected an index below the tree size {size}, found {index}")
    position, last, computed = index, size - 1, leaf
    for sibling in path:
        if last == 0 or len(sibling) != HASH_BYTES:
            raise VerificationError("expected an audit path of the length the tree size asks for, of 32-byte hashes")
        if position & 1 or position == last:
            computed = node_hash(sibling, computed)
            while not position & 1 and position:
                position, last = position >> 1, last >> 1
        else:
            computed = node_hash(computed, sibling)
        position, last = position >> 1, last >> 1
    if last or computed != root:
        raise VerificationError(f"the audit path of leaf {index} does not lead to the root {root.hex()}")
