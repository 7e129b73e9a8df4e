"""Tiles: the tree and its entries as immutable files of 256, after C2SP tlog-tiles.

A hash tile `tile/<L>/<N>` holds the nodes of height 8·L from index 256·N on; an entry bundle `tile/entries/<N>`
holds the entries themselves. The last tile of a row is partial and has `.p/<width>` at the end of its path. Whoever
stores the log keeps these files by path; whoever reads it needs nothing else. Format page: docs/formats/log.md.
"""

from collections.abc import Callable, Iterator, Sequence
from copy import copy
from dataclasses import dataclass, field
from functools import lru_cache, partial
from hashlib import sha256
from struct import Struct

from label_service.errors import InvalidDocument, LogFault, NotFound
from label_service.merkle import HASH_BYTES, leaf_hash
from label_service.tlog import tree
from label_service.tlog.tree import CompactTree

TILE_WIDTH = 256
TILE_HEIGHT = 8  # 2^8 hashes
TILE_BYTES = TILE_WIDTH * HASH_BYTES
MAX_ENTRY_BYTES = 2**16 - 1  # the length prefix has two bytes
MAX_LEVEL = 63
_PAIR = Struct(f"{2 * HASH_BYTES}s")
_NODE = sha256(b"\x01")  # how the hash of every inner node begins (RFC 6962, section 2.1)

Reader = Callable[[str], bytes]  # path below the log's prefix to content; raises NotFound for what is not there
File = tuple[str, bytes]  # path below the log's prefix, and content


def tile_path(level: int, index: int, width: int = TILE_WIDTH) -> str:
    """Name a hash tile: `tile_path(1, 1234067, 5)` is `tile/1/x001/x234/067.p/5`.

    Raises:
        LogFault: a level outside 0 to 63, a negative index or a width outside 1 to 256.
    """
    if not 0 <= level <= MAX_LEVEL:
        raise LogFault(f"expected a tile level from 0 to {MAX_LEVEL}, found {level}")
    return f"tile/{level}/{_index_path(index, width)}"


def entries_path(index: int, width: int = TILE_WIDTH) -> str:
    """Name an entry bundle: `entries_path(3)` is `tile/entries/003`.

    Raises:
        LogFault: a negative index or a width outside 1 to 256.
    """
    return f"tile/entries/{_index_path(index, width)}"


def encode_bundle(entries: Sequence[bytes]) -> bytes:
    """Put entries into a bundle, each after its length in two bytes, big-endian.

    Raises:
        LogFault: an entry of 64 KiB or more; log a digest instead.
    """
    for entry in entries:
        if len(entry) > MAX_ENTRY_BYTES:
            raise LogFault(f"expected entries of at most {MAX_ENTRY_BYTES} bytes, found {len(entry)}")
    return b"".join(len(entry).to_bytes(2, "big") + entry for entry in entries)


def decode_bundle(data: bytes, width: int) -> list[bytes]:
    """Take the entries out of a bundle that must hold exactly `width` of them.

    Raises:
        InvalidDocument: fewer or more entries, or a truncated one.
    """
    entries: list[bytes] = []
    start = 0
    for _ in range(width):
        end = start + 2 + int.from_bytes(data[start : start + 2], "big")
        if start + 2 > len(data) or end > len(data):
            raise InvalidDocument(f"expected {width} entries in the bundle, found it cut off after {len(entries)}")
        entries.append(data[start + 2 : end])
        start = end
    if start != len(data):
        raise InvalidDocument(f"expected {width} entries in the bundle, found {len(data) - start} bytes after them")
    return entries


def decode_tile(data: bytes, width: int) -> list[bytes]:
    """Take the hashes out of a tile that must hold exactly `width` of them.

    Raises:
        InvalidDocument: another number of bytes.
    """
    if len(data) != width * HASH_BYTES:
        raise InvalidDocument(f"expected a tile of {width} hashes, found {len(data)} bytes")
    return [data[start : start + HASH_BYTES] for start in range(0, len(data), HASH_BYTES)]


class TileTree:
    """Roots and proofs of a stored log, from its hash tiles alone.

    It believes the tiles: hold what it gives against a signed checkpoint. Inner nodes of the tiles used last are
    kept, about 16 kB a tile.
    """

    def __init__(self, size: int, read: Reader, *, cached_tiles: int = 1024) -> None:
        self.size = size
        self._rows = lru_cache(maxsize=cached_tiles)(partial(_tile_rows, read))

    def resized(self, size: int) -> "TileTree":
        """Give the tree of another size of the same log, sharing the tiles already read."""
        other = copy(self)
        other.size = size
        return other

    def node(self, height: int, index: int) -> bytes:
        """Give the hash of a node over 2^height existing leaves.

        Raises:
            NotFound: its tile is not there.
            InvalidDocument: its tile has the wrong length.
        """
        level, row = divmod(height, TILE_HEIGHT)
        tile, position = divmod(index, TILE_WIDTH >> row)
        width = min(TILE_WIDTH, (self.size >> TILE_HEIGHT * level) - tile * TILE_WIDTH)
        return self._rows(level, tile, width)[row][position * HASH_BYTES : (position + 1) * HASH_BYTES]

    def root(self, size: int | None = None) -> bytes:
        """Give the root over the first `size` leaves, all if left out."""
        return tree.root_from_nodes(self._known(size), self.node)

    def inclusion_path(self, index: int, size: int | None = None) -> list[bytes]:
        """Give the proof that a leaf is in the tree of this size, see `tree.inclusion_path`."""
        return tree.inclusion_path(index, self._known(size), self.node)

    def consistency_path(self, old_size: int, new_size: int | None = None) -> list[bytes]:
        """Give the proof that a tree is the beginning of another, see `tree.consistency_path`."""
        return tree.consistency_path(old_size, self._known(new_size), self.node)

    def _known(self, size: int | None) -> int:
        if size is None:
            return self.size
        if not 0 <= size <= self.size:
            raise LogFault(f"expected a tree size from 0 to {self.size}, found {size}")
        return size


@dataclass(frozen=True, slots=True)
class RightEdge:
    """Where a log grows: all that appending needs, some kilobytes whatever the size. Never changed in place.

    Attributes:
        tree: the peaks of the tree.
        tiles: content of the partial hash tile of each level, empty where there is none.
        entries: entries of the partial bundle.
    """

    tree: CompactTree = field(default_factory=CompactTree)
    tiles: tuple[bytes, ...] = ()
    entries: tuple[bytes, ...] = ()

    @classmethod
    def load(cls, size: int, read: Reader) -> "RightEdge":
        """Read the edge of a stored log; compare `root` with the last signed checkpoint before appending.

        Raises:
            NotFound: a partial tile is not there.
            InvalidDocument: a partial tile or bundle has the wrong length.
        """
        tiles: list[bytes] = []
        peaks: list[bytes] = []
        for level in range(_levels(size)):
            index, width = divmod(size >> TILE_HEIGHT * level, TILE_WIDTH)
            data = _read_tile(read, level, index, width) if width else b""
            part = CompactTree()
            part.extend(decode_tile(data, width))
            tiles.append(data)
            peaks[:0] = part.peaks
        index, width = divmod(size, TILE_WIDTH)
        entries = decode_bundle(read(entries_path(index, width)), width) if width else []
        return cls(CompactTree(size, peaks), tuple(tiles), tuple(entries))

    @property
    def size(self) -> int:
        """Number of leaves."""
        return self.tree.size

    def root(self) -> bytes:
        """Give the root of the tree."""
        return self.tree.root()

    def append(self, entries: Sequence[bytes]) -> tuple["RightEdge", list[File]]:
        """Add entries; give the new edge and the files to store before a checkpoint of that size is signed.

        Raises:
            LogFault: an entry of 64 KiB or more.
        """
        grown = self.tree.copy()
        rows = grown.extend([leaf_hash(entry) for entry in entries])
        waiting = [*self.entries, *entries]
        files = list(_bundles(self.size // TILE_WIDTH, waiting)) if entries else []
        tiles = list(self.tiles) + [b""] * (_levels(grown.size) - len(self.tiles))
        for level, hashes in enumerate(rows[::TILE_HEIGHT]):
            data = tiles[level] + b"".join(hashes)
            files += _hash_tiles(level, self.size >> TILE_HEIGHT * (level + 1), data)
            tiles[level] = data[len(data) - len(data) % TILE_BYTES :]
        rest = tuple(waiting[len(waiting) - len(waiting) % TILE_WIDTH :])
        return RightEdge(grown, tuple(tiles), rest), files

    def partial_files(self, level: int) -> list[File]:
        """Give the partial hash tile of a level, and for level 0 the partial bundle; nothing if they are full."""
        index = self.size >> TILE_HEIGHT * (level + 1)
        files = list(_hash_tiles(level, index, self.tiles[level]))
        return files + (list(_bundles(index, self.entries)) if level == 0 else [])


def _levels(size: int) -> int:
    """Count the tile levels of a tree; the top one holds its largest peak or an ancestor's part."""
    return (size.bit_length() + TILE_HEIGHT - 1) // TILE_HEIGHT


def _index_path(index: int, width: int) -> str:
    if index < 0 or not 1 <= width <= TILE_WIDTH:
        raise LogFault(f"expected a tile index from 0 on and a width from 1 to 256, found {index} and {width}")
    index, last = divmod(index, 1000)
    path = f"{last:03}"
    while index:
        index, part = divmod(index, 1000)
        path = f"x{part:03}/{path}"
    return path if width == TILE_WIDTH else f"{path}.p/{width}"


def _read_tile(read: Reader, level: int, index: int, width: int) -> bytes:
    """Read a tile, or the beginning of the full one if a partial tile was cleared away since."""
    try:
        data = read(tile_path(level, index, width))
    except NotFound:
        if width == TILE_WIDTH:
            raise
        data = read(tile_path(level, index))[: width * HASH_BYTES]
    if len(data) != width * HASH_BYTES:
        raise InvalidDocument(
            f"expected a tile of {width} hashes, found {len(data)} bytes",
            where=tile_path(level, index, width),
        )
    return data


def _tile_rows(read: Reader, level: int, index: int, width: int) -> list[bytes]:
    """Give the nodes of a tile by height above it, each row as one string of hashes."""
    row = _read_tile(read, level, index, width)
    rows = [row]
    for _ in range(TILE_HEIGHT - 1):
        row = _row_above(row)
        rows.append(row)
    return rows


def _row_above(row: bytes) -> bytes:
    """Hash each two neighbours of a row; one plain loop over a hash that has begun already, because it is hot."""
    hashes = []
    for (pair,) in _PAIR.iter_unpack(row[: len(row) // _PAIR.size * _PAIR.size]):
        node = _NODE.copy()
        node.update(pair)
        hashes.append(node.digest())
    return b"".join(hashes)


def _hash_tiles(level: int, index: int, data: bytes) -> Iterator[File]:
    for offset in range(0, len(data), TILE_BYTES):
        tile = data[offset : offset + TILE_BYTES]
        yield tile_path(level, index + offset // TILE_BYTES, len(tile) // HASH_BYTES), tile


def _bundles(index: int, entries: Sequence[bytes]) -> Iterator[File]:
    for offset in range(0, len(entries), TILE_WIDTH):
        part = entries[offset : offset + TILE_WIDTH]
        yield entries_path(index + offset // TILE_WIDTH, len(part)), encode_bundle(part)
