"""The log's Merkle tree (RFC 6962): appending, inclusion and consistency proofs.

A node is named by its height (leaves have height 0) and its index at that height, so node (h, i) covers the
leaves from i·2^h up to (i + 1)·2^h. Only nodes over 2^h existing leaves are ever stored or asked for; the ragged
right edge is hashed together when needed. Format page: docs/formats/log.md.
"""

from collections.abc import Callable, Iterable, Sequence
from hashlib import sha256

from label_service.errors import LogFault
from label_service.merkle import HASH_BYTES, node_hash

EMPTY_ROOT = sha256().digest()  # RFC 6962, section 2.1: the hash of no leaves is the hash of no bytes

NodeReader = Callable[[int, int], bytes]  # (height, index) of a node over 2^height existing leaves, to its hash


class CompactTree:
    """A tree that can only grow: remembers one hash per set bit of its size, never more than 64.

    Attributes:
        size: number of leaves.
        peaks: roots of the full subtrees the tree consists of, from left to right, largest first.
    """

    __slots__ = ("peaks", "size")

    def __init__(self, size: int = 0, peaks: Iterable[bytes] = ()) -> None:
        self.size = size
        self.peaks = list(peaks)
        if len(self.peaks) != size.bit_count():
            raise LogFault(f"expected {size.bit_count()} peaks for {size} leaves, found {len(self.peaks)}")

    def append(self, leaf: bytes) -> None:
        """Add one leaf hash."""
        node, peaks, size = leaf, self.peaks, self.size
        self.size += 1
        while size & 1:
            node = sha256(b"\x01" + peaks.pop() + node).digest()
            size >>= 1
        peaks.append(node)

    def extend(self, leaves: Sequence[bytes]) -> list[Sequence[bytes]]:
        """Add leaf hashes and give the nodes that became complete, by height, beginning with the leaves."""
        rows: list[Sequence[bytes]] = []
        odd: list[bytes] = []
        row, count = leaves, self.size
        self.size += len(leaves)
        while row:
            rows.append(row)
            nodes = [self.peaks.pop(), *row] if count & 1 else row
            if len(nodes) & 1:
                odd.append(nodes[-1])
            row = [
                sha256(b"\x01" + left + right).digest() for left, right in zip(nodes[::2], nodes[1::2], strict=False)
            ]
            count >>= 1
        self.peaks.extend(reversed(odd))
        return rows

    def root(self) -> bytes:
        """Give the root over all leaves so far."""
        return _join(self.peaks)

    def copy(self) -> "CompactTree":
        """Give a tree of its own with the same leaves."""
        return CompactTree(self.size, self.peaks)


def root_from_nodes(size: int, get_node: NodeReader) -> bytes:
    """Give the root over the first `size` leaves."""
    return _join(_peaks(0, size, get_node))


def inclusion_path(index: int, size: int, get_node: NodeReader) -> list[bytes]:
    """Give the hashes from a leaf's sibling up to a child of the root (RFC 6962, section 2.1.1).

    Raises:
        LogFault: the tree of this size has no such leaf.
    """
    _check_index(index, size)
    return _path(0, index, size, get_node)


def consistency_path(old_size: int, new_size: int, get_node: NodeReader) -> list[bytes]:
    """Give the hashes that show a tree to be the beginning of a larger one (RFC 6962, section 2.1.2).

    Raises:
        LogFault: not 1 ≤ `old_size` ≤ `new_size`.
    """
    _check_sizes(old_size, new_size)
    if old_size == new_size:
        return []
    height, index = _last_full_node(old_size)
    first = [get_node(height, index)] if index else []
    return first + _path(height, index, new_size, get_node)


def verify_inclusion(index: int, size: int, leaf: bytes, path: Sequence[bytes], root: bytes) -> None:
    """Check that a leaf hash stands at this index of the tree with this size and root.

    Raises:
        LogFault: it does not, or the path has another length than this index and size need.
    """
    _check_index(index, size)
    _check_hashes(leaf, root, *path)
    if _climb(index, size, leaf, path) != root:
        raise LogFault(
            f"the inclusion proof of leaf {index} does not lead to the root of the tree of size {size}",
            hint="leaf, index, path or checkpoint was altered, or they belong to different logs",
        )


def verify_consistency(old_size: int, old_root: bytes, new_size: int, new_root: bytes, path: Sequence[bytes]) -> None:
    """Check that the old tree is the beginning of the new one.

    Every tree starts with the empty one, which needs no proof and is not accepted here.

    Raises:
        LogFault: not 1 ≤ `old_size` ≤ `new_size`, a path of another length than these sizes need, or different
            trees.
    """
    _check_sizes(old_size, new_size)
    _check_hashes(old_root, new_root, *path)
    height, index = _last_full_node(old_size)
    if old_size == new_size:
        _check_length(path, 0)
        holds = old_root == new_root
    else:
        _check_length(path[:1], 1)
        seed, rest = (path[0], path[1:]) if index else (old_root, path)
        width = ((new_size - 1) >> height) + 1
        holds = _climb(index, width, seed, rest) == new_root and old_root == _climb(
            index, index + 1, seed, _left_siblings(index, width, rest)
        )
    if not holds:
        raise LogFault(
            f"the tree of size {old_size} is not the beginning of the tree of size {new_size}",
            hint="keep both checkpoints: if both signatures hold, the log has forked",
        )


def _climb(index: int, size: int, node: bytes, path: Sequence[bytes]) -> bytes:
    """Hash a node with its path up to the root of a tree that has `size` nodes at the node's height."""
    inner = _inner_steps(index, size)
    _check_length(path, inner + (index >> inner).bit_count())
    for step, sibling in enumerate(path):
        if step >= inner or index >> step & 1:
            node = sha256(b"\x01" + sibling + node).digest()
        else:
            node = sha256(b"\x01" + node + sibling).digest()
    return node


def _inner_steps(index: int, size: int) -> int:
    """Count the steps until the path of a node meets the right edge, above which siblings stand on the left."""
    return (index ^ (size - 1)).bit_length()


def _left_siblings(index: int, size: int, path: Sequence[bytes]) -> list[bytes]:
    inner = _inner_steps(index, size)
    return [sibling for step, sibling in enumerate(path) if step >= inner or index >> step & 1]


def _last_full_node(size: int) -> tuple[int, int]:
    """Name the smallest of the full subtrees a tree consists of, by height and index."""
    height = (size & -size).bit_length() - 1
    return height, (size >> height) - 1


def _path(height: int, index: int, size: int, get_node: NodeReader) -> list[bytes]:
    path = []
    last = (size - 1) >> height
    while last:
        sibling = index ^ 1
        if sibling < last or (sibling == last and (sibling + 1) << height <= size):
            path.append(get_node(height, sibling))
        elif sibling == last:
            path.append(_join(_peaks(sibling << height, size, get_node)))
        index >>= 1
        last >>= 1
        height += 1
    return path


def _peaks(start: int, end: int, get_node: NodeReader) -> list[bytes]:
    """Give the full subtrees of the leaves from start to end, where end ends the tree, largest first."""
    peaks = []
    while start < end:
        height = (end - start).bit_length() - 1
        peaks.append(get_node(height, start >> height))
        start += 1 << height
    return peaks


def _join(peaks: Sequence[bytes]) -> bytes:
    if not peaks:
        return EMPTY_ROOT
    node = peaks[-1]
    for peak in peaks[-2::-1]:
        node = node_hash(peak, node)
    return node


def _check_index(index: int, size: int) -> None:
    if not 0 <= index < size:
        raise LogFault(f"expected a leaf index from 0 to below the tree size {size}, found {index}")


def _check_sizes(old_size: int, new_size: int) -> None:
    if not 0 < old_size <= new_size:
        raise LogFault(f"expected tree sizes with 1 ≤ old ≤ new, found {old_size} and {new_size}")


def _check_hashes(*hashes: bytes) -> None:
    for value in hashes:
        if len(value) != HASH_BYTES:
            raise LogFault(f"expected hashes of {HASH_BYTES} bytes, found one of {len(value)}")


def _check_length(path: Sequence[bytes], expected: int) -> None:
    if len(path) != expected:
        raise LogFault(f"expected a proof of {expected} hashes, found {len(path)}")
