"""Tests of tiles, bundles and the right edge against the definition of the tiled log."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from label_service.errors import InvalidDocument, LogFault, NotFound
from label_service.tlog import tree
from label_service.tlog.tiles import (
    RightEdge,
    TileTree,
    decode_bundle,
    decode_tile,
    encode_bundle,
    entries_path,
    tile_path,
)

from . import oracle

ENTRIES = [b"entry %d" % number for number in range(1100)]
LEAVES = [oracle.leaf(entry) for entry in ENTRIES]
SIZES = st.one_of(st.integers(1, 1100), st.sampled_from([255, 256, 257, 511, 512, 513, 1024]))


def stored(*sizes: int) -> oracle.Files:
    """The files a log keeps that was grown through these sizes."""
    edge, files = RightEdge(), oracle.Files()
    for size in sizes:
        edge, new = edge.append(ENTRIES[edge.size : size])
        files.update(new)
    return files


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (tile_path(0, 0), "tile/0/000"),
        (tile_path(63, 999, 255), "tile/63/999.p/255"),
        (tile_path(1, 1000, 1), "tile/1/x001/000.p/1"),
        (tile_path(2, 1234067), "tile/2/x001/x234/067"),
        (entries_path(0, 256), "tile/entries/000"),
        (entries_path(1234067, 17), "tile/entries/x001/x234/067.p/17"),
    ],
)
def test_paths(path, expected):
    """Tiles have the paths that every client of tiled logs asks for."""
    assert path == expected


@pytest.mark.parametrize("arguments", [(-1, 0, 1), (64, 0, 1), (0, -1, 1), (0, 0, 0), (0, 0, 257)])
def test_no_path_outside_the_format(arguments):
    """A tile that cannot exist has no path."""
    with pytest.raises(LogFault, match="expected a tile"):
        tile_path(*arguments)


@given(st.lists(st.binary(max_size=300), max_size=20))
def test_bundle_round_trip(entries):
    """A bundle gives back the entries put into it, the empty one too."""
    assert decode_bundle(encode_bundle(entries), len(entries)) == entries


@given(st.lists(st.binary(max_size=20), min_size=1, max_size=10), st.data())
def test_bundle_has_one_reading(entries, data):
    """A bundle that is cut off, has bytes after it or another number of entries is refused."""
    bundle = encode_bundle(entries)
    cut = data.draw(st.integers(0, len(bundle) - 1))
    for wrong, width in [
        (bundle[:cut], len(entries)),
        (bundle + b"\0", len(entries)),
        (bundle, len(entries) + 1),
        (bundle, len(entries) - 1),
    ]:
        with pytest.raises(InvalidDocument, match="in the bundle"):
            decode_bundle(wrong, width)


def test_largest_entry():
    """An entry of 65,535 bytes fits; one byte more is refused and not cut."""
    assert decode_bundle(encode_bundle([b"x" * 65535]), 1) == [b"x" * 65535]
    with pytest.raises(LogFault, match="at most 65535 bytes, found 65536"):
        RightEdge().append([b"x" * 65536])


def test_tile_of_another_length():
    """A tile that is too short or too long is refused."""
    assert decode_tile(b"a" * 32 + b"b" * 32, 2) == [b"a" * 32, b"b" * 32]
    for data in (b"", b"a" * 63, b"a" * 96):
        with pytest.raises(InvalidDocument, match="expected a tile of 2 hashes"):
            decode_tile(data, 2)


@given(st.lists(SIZES, min_size=1, max_size=5))
def test_files_are_those_of_the_definition(sizes):
    """Whatever the batches, the files at the end are byte for byte those that C2SP tlog-tiles defines."""
    sizes = sorted(sizes)
    files = stored(*sizes)
    for size in sizes:
        for path, data in oracle.files(ENTRIES[:size]).items():
            assert files[path] == data
    assert RightEdge.load(sizes[-1], files.read).root() == oracle.root(LEAVES[: sizes[-1]])


@given(SIZES, SIZES)
def test_a_loaded_edge_is_the_living_one(size, more):
    """A sequencer that starts again from its files continues exactly as if it had never stopped."""
    living, files = RightEdge().append(ENTRIES[:size])
    loaded = RightEdge.load(size, oracle.Files(files).read)
    assert (loaded.size, loaded.tree.peaks) == (living.size, living.tree.peaks)
    assert (loaded.tiles, loaded.entries) == (living.tiles, living.entries)
    assert loaded.append(ENTRIES[:more])[1] == living.append(ENTRIES[:more])[1]


def test_an_append_given_up_leaves_no_trace():
    """Appending never changes the edge it starts from, so a failed commit can be tried again."""
    edge, _ = RightEdge().append(ENTRIES[:300])
    first = edge.append(ENTRIES[300:700])
    assert edge.append(ENTRIES[300:700])[1] == first[1]
    assert edge.root() == oracle.root(LEAVES[:300])
    assert edge.append([])[1] == []


@given(st.data())
def test_proofs_from_tiles(data):
    """Tiles alone give every root, inclusion and consistency proof of every earlier size."""
    end = data.draw(SIZES)
    size = data.draw(st.integers(1, end))
    index = data.draw(st.integers(0, size - 1))
    tiles = TileTree(end, stored(end).read, cached_tiles=2)
    assert tiles.root(size) == oracle.root(LEAVES[:size])
    assert tiles.inclusion_path(index, size) == oracle.path(index, LEAVES[:size])
    assert tiles.consistency_path(index + 1, size) == oracle.proof(index + 1, LEAVES[:size])


@given(SIZES, SIZES)
def test_a_tree_that_grew(first, second):
    """The tree of a later size gives true proofs although it shares the tiles read before."""
    size, later = sorted((first, second))
    files = stored(size, later)
    before = TileTree(size, files.read)
    assert before.root() == oracle.root(LEAVES[:size])
    after = before.resized(later)
    assert (before.size, after.size) == (size, later)
    assert after.root() == oracle.root(LEAVES[:later])
    assert after.inclusion_path(size - 1) == oracle.path(size - 1, LEAVES[:later])


def test_three_levels():
    """A tree of 65,536 + 300 leaves has three levels of tiles, and its first leaf proves at both of its ends."""
    entries = [b"%d" % number for number in range(65836)]
    edge, first = RightEdge().append(entries[:65536])
    edge, second = edge.append(entries[65536:])
    files = oracle.Files([*first, *second])
    assert {"tile/2/000.p/1", "tile/1/000", "tile/1/001.p/1", "tile/0/255", "tile/0/257.p/44"} <= set(files)
    tiles = TileTree(edge.size, files.read)
    leaves = [oracle.leaf(entry) for entry in entries]
    assert edge.root() == tiles.root() == oracle.root(leaves)
    assert RightEdge.load(edge.size, files.read).root() == edge.root()
    for index in (0, 65535, 65536, 65835):
        path = tiles.inclusion_path(index)
        tree.verify_inclusion(index, edge.size, leaves[index], path, edge.root())
    path = tiles.consistency_path(65536)
    tree.verify_consistency(65536, tiles.root(65536), edge.size, edge.root(), path)


def test_a_cleared_partial_tile():
    """Proofs at an old size still work when its partial tiles gave way to full ones."""
    files = stored(200, 600)
    del files["tile/0/000.p/200"]
    assert TileTree(200, files.read).root() == oracle.root(LEAVES[:200])
    del files["tile/0/000"]
    with pytest.raises(NotFound):
        TileTree(200, files.read).root()


@given(st.data())
def test_a_flipped_byte_of_a_tile(data):
    """A proof made from a damaged tile never verifies against the signed root."""
    files = stored(600)
    root = oracle.root(LEAVES[:600])
    path = data.draw(st.sampled_from(["tile/0/000", "tile/0/001", "tile/0/002.p/88", "tile/1/000.p/2"]))
    position = data.draw(st.integers(0, len(files[path]) - 1))
    damaged = bytearray(files[path])
    damaged[position] ^= data.draw(st.integers(1, 255))
    files[path] = bytes(damaged)
    tiles = TileTree(600, files.read)
    index = data.draw(st.integers(0, 599))
    proof = tiles.inclusion_path(index)
    if proof != oracle.path(index, LEAVES[:600]):
        with pytest.raises(LogFault):
            tree.verify_inclusion(index, 600, LEAVES[index], proof, root)


@given(st.sampled_from(["tile/0/002.p/88", "tile/1/000.p/2", "tile/entries/002.p/88"]), st.booleans())
def test_a_damaged_edge_is_not_loaded(path, is_longer):
    """A sequencer does not start from a tile or bundle of the wrong length."""
    files = stored(600)
    files[path] = files[path] + b"\0" if is_longer else files[path][:-1]
    with pytest.raises(InvalidDocument):
        RightEdge.load(600, files.read)


@pytest.mark.parametrize("size", [-1, 601])
def test_no_proof_beyond_the_tree(size):
    """Sizes the tiles do not cover are refused."""
    tiles = TileTree(600, stored(600).read)
    with pytest.raises(LogFault, match="expected a tree size from 0 to 600"):
        tiles.root(size)
