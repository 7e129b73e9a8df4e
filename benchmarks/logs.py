"""The transparency log: appending and proving, beside the hashes that cannot be avoided."""

from functools import partial
from hashlib import sha256

from benchmarks.installation import Installation
from benchmarks.measure import Case, Result, side_by_side
from label_service.merkle import leaf_hash
from label_service.tlog import tree
from label_service.tlog.tiles import TILE_WIDTH, RightEdge, TileTree

LEAVES = 100_000
BATCH = 1000
PROOFS = 200
PER_SECOND = 5000
_STEP = 7919  # a prime, so that proofs walk over all tiles


def log(_: Installation) -> list[Result]:
    """Append entries to a log and prove entries from its tiles."""
    entries = [b'{"digest":"%064x","type":"label","version":"1"}' % number for number in range(BATCH)]
    edge, files = _grown(entries)
    tiles = TileTree(edge.size, files.__getitem__)
    root = edge.root()
    indices = [number * _STEP % LEAVES for number in range(PROOFS)]
    paths = {index: tiles.inclusion_path(index) for index in indices}
    apart = [number * (TILE_WIDTH + 1) for number in range(PROOFS)]  # each in another tile
    leaves = {index: leaf_hash(entries[index % BATCH]) for index in indices}

    def prove() -> None:
        for index in indices:
            tiles.inclusion_path(index)

    def prove_unread() -> None:
        unread = TileTree(edge.size, files.__getitem__)
        for index in apart:
            unread.inclusion_path(index)

    def verify() -> None:
        for index in indices:
            tree.verify_inclusion(index, edge.size, leaves[index], paths[index], root)

    cases: dict[str, Case] = {
        "hashes": partial(_hashes, entries),
        "append": partial(edge.append, entries),
        "prove": prove,
        "unread": prove_unread,
        "verify": verify,
        "path": partial(_path_hashes, list(paths.values())),
    }
    timings = side_by_side(cases)
    return [
        Result(
            f"append {BATCH} entries to a log of {LEAVES}, tiles written to memory",
            "its leaf and node hashes alone",
            f"{BATCH / timings.seconds('append') / 1000:.0f} k entries/s",
            timings.share("hashes", "append"),
            "≥ 0.5",
        ),
        Result(
            "prove an entry from tiles",
            f"{PER_SECOND:,} proofs per second",
            f"{PROOFS / timings.seconds('prove') / 1000:.0f} k proofs/s",
            PROOFS / timings.seconds("prove") / PER_SECOND,
            "≥ 1.0",
        ),
        Result(
            "prove an entry from a tile not read before",
            f"{PER_SECOND:,} proofs per second",
            f"{PROOFS / timings.seconds('unread'):.0f} proofs/s",
            PROOFS / timings.seconds("unread") / PER_SECOND,
            "≥ 1.0",
        ),
        Result(
            "verify an inclusion proof",
            "its hashes alone",
            f"{PROOFS / timings.seconds('verify') / 1000:.0f} k proofs/s",
            timings.share("path", "verify"),
        ),
    ]


def _grown(entries: list[bytes]) -> tuple[RightEdge, dict[str, bytes]]:
    edge = RightEdge()
    stored: dict[str, bytes] = {}
    for _ in range(LEAVES // BATCH):
        edge, files = edge.append(entries)
        stored.update(files)
    return edge, stored


def _hashes(entries: list[bytes]) -> None:
    for entry in entries:
        node = sha256(b"\x00" + entry).digest()
    for _ in entries:
        sha256(b"\x01" + node + node).digest()


def _path_hashes(paths: list[list[bytes]]) -> None:
    for path in paths:
        for node in path:
            sha256(b"\x01" + node + node).digest()
