"""The sequencer: turns committed leaves into tiles and a signed checkpoint, once, in order.

Several processes may write to one log: they take turns by a lock file, and each first takes over what others signed.

Order of writing: leaves are committed with the rest of a unit of work; then tiles; then, where there is a synchronous
standby, it has the leaves too; then the checkpoint store is advanced by compare-and-swap; then the public checkpoint.
A crash or a full disk between any two is repaired by `Sequencer.catch_up`: leaves that no checkpoint covers yet are
integrated, checkpoints that are not public yet are published, and a tree that differs from the last checkpoint is never
signed.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from datetime import datetime
from threading import Lock
from typing import Any

from sqlalchemy import Engine, bindparam, func, insert
from sqlalchemy import select as select_columns
from sqlmodel import Session, select

from label_service.errors import InvalidDocument, LogFault, NotFound, Refused
from label_service.store.checkpoints import CheckpointStore, Cosignature, StoredCheckpoint
from label_service.store.database import reading, settle
from label_service.store.public_files import PublicFiles
from label_service.store.tables import LeafRow
from label_service.store.unavailable import StoreUnavailable
from label_service.tlog.checkpoint import MAX_SIZE, Checkpoint, sign_checkpoint
from label_service.tlog.leaf import ClosingLeaf, Leaf, leaf_bytes, parse_leaf
from label_service.tlog.note import SignatureLine
from label_service.tlog.proof import InclusionProof
from label_service.tlog.tiles import RightEdge, TileTree
from label_service.trust.keys import Signer

PREFIX = "log/"
_BATCH = 1024
_LEAVES = LeafRow.metadata.tables["leaf"]
_LAST_POSITION = select_columns(func.max(_LEAVES.c.position))
_LAST = select_columns(_LEAVES.c.position, _LEAVES.c.entry).order_by(_LEAVES.c.position.desc()).limit(1)
_ADD = insert(_LEAVES)
_BETWEEN = (
    select_columns(_LEAVES.c.position, _LEAVES.c.entry)
    .where(_LEAVES.c.position >= bindparam("start"), _LEAVES.c.position < bindparam("end"))
    .order_by(_LEAVES.c.position)
    .limit(_BATCH)
)


class Sequencer:
    """Appends to one log. Safe to share between threads, and beside sequencers of other processes.

    `seen_changes` is how often `look` found the log, or who has seen it, further than before.
    `signer` is asked for the log's key whenever a checkpoint is signed, because keys rotate.
    """

    def __init__(
        self,
        origin: str,
        signer: Callable[[], Signer],
        engine: Engine,
        checkpoints: CheckpointStore,
        files: PublicFiles,
    ) -> None:
        self.origin = origin
        self._signer = signer
        self._engine = engine
        self._checkpoints = checkpoints
        self._files = files
        self._lock = Lock()
        self.seen_changes = 0
        self._seen = (0, 0)
        with checkpoints.sequencing():
            self._public_size = self._published_size()
            self._edge = self._recover()
        self._tree = TileTree(self._edge.size, self._read)
        self.catch_up()

    @property
    def files(self) -> PublicFiles:
        """The public files that tiles and checkpoints are written to."""
        return self._files

    @property
    def size(self) -> int:
        """Number of leaves under the last checkpoint this process knows."""
        return self._edge.size

    def look(self) -> None:
        """Learn how far the log and its witnesses have come, by any process; a store that does not answer can wait."""
        with suppress(StoreUnavailable):
            last = self._checkpoints.last()
            seen = (last.size, len(self._checkpoints.cosigned(last.size))) if last else (0, 0)
            self.seen_changes += seen != self._seen
            self._seen = seen

    def covers(self, position: int) -> bool:
        """Tell whether a leaf is under a signed checkpoint, whoever signed it.

        Raises:
            StoreUnavailable: the checkpoint store cannot be read.
        """
        if position < self._edge.size:
            return True
        last = self._checkpoints.last()
        return last is not None and position < last.size

    def catch_up(self) -> None:
        """Integrate every committed leaf and sign a checkpoint over them; returns when it is durable.

        Raises:
            LogFault: another process signed a tree that the leaves of this database do not give.
            StoreUnavailable: a disk is full or cannot be written; ask again, nothing is lost.
        """
        with self._lock, self._checkpoints.sequencing():
            self._follow()
            self._publish()
            edge = self._edge
            for batch in self._leaves_from(edge.size):
                edge = self._write_tiles(edge, batch)
            if edge.size > self._edge.size:
                settle(self._engine)
                self._sign(edge)

    def proof(self, position: int, quorum: int = 0) -> str:
        """Give the `tlog-proof` of a leaf under the checkpoint that `seen_over` gives.

        Raises:
            NotFound: no checkpoint covers the leaf yet.
        """
        checkpoint = self.seen_over(position, quorum)
        path = tuple(self._tree.resized(checkpoint.size).inclusion_path(position))
        return str(InclusionProof(position, path, checkpoint))

    def seen_over(self, position: int, quorum: int) -> Checkpoint:
        """Give the newest checkpoint over a leaf that so many witnesses cosigned, else the newest one.

        Raises:
            NotFound: no checkpoint covers the leaf yet.
        """
        seen = self._checkpoints.seen_over(position, quorum) if quorum else None
        found = seen or self._checkpoints.last()
        if found is None or position >= found.size:
            raise NotFound(f"log entry {position} is not under a checkpoint yet", hint="ask again in a moment")
        return self._cosigned(found)

    def newest(self) -> Checkpoint | None:
        """Give the newest checkpoint with its cosignatures, whoever signed it; None before the first."""
        last = self._checkpoints.last()
        return self._cosigned(last) if last else None

    def consistency_path(self, old_size: int, new_size: int) -> list[bytes]:
        """Give the proof that one tree of this log continues another; both were signed.

        Raises:
            LogFault: not 0 ≤ `old_size` ≤ `new_size`.
        """
        return self._tree.resized(new_size).consistency_path(old_size) if old_size else []

    def cosign(self, size: int, lines: Iterable[SignatureLine]) -> None:
        """Keep what witnesses signed about a checkpoint, and publish it with that.

        Raises:
            StoreUnavailable: a disk is full or cannot be written.
        """
        self._checkpoints.cosign(size, (Cosignature(line.name, line.key_id.hex(), str(line)) for line in lines))
        with self._lock, self._checkpoints.sequencing():
            last = self._checkpoints.last()
            stored = self._checkpoints.first_over(size - 1)
            if stored is None or last is None or stored.size != size:
                raise LogFault(f"there is no checkpoint of size {size}")
            text = str(self._cosigned(stored)).encode()
            self._files.write(f"{PREFIX}checkpoints/{size}", text)
            if size == last.size:
                self._files.write(f"{PREFIX}checkpoint", text)

    def first_over(self, position: int) -> StoredCheckpoint | None:
        """Give the first checkpoint that covered a leaf; None while there is none."""
        return self._checkpoints.first_over(position)

    def archive_index(self) -> bytes:
        """Give the sizes of all archived checkpoints, oldest first, one a line."""
        return "".join(f"{size}\n" for size in self._checkpoints.sizes()).encode()

    def newest_size(self) -> int:
        """Give the number of entries under the newest checkpoint, whoever signed it."""
        last = self._checkpoints.last()
        return last.size if last else 0

    def checkpoint_count(self) -> int:
        """Give how many checkpoints were signed."""
        return self._checkpoints.count()

    def close(self) -> None:
        """Close the checkpoint store."""
        self._checkpoints.close()

    def _follow(self) -> None:
        """Take over what another process signed meanwhile; its tiles are there already."""
        last, edge = self._checkpoints.last(), self._edge
        if last is None or last.size == edge.size:
            return
        for batch in self._leaves_from(edge.size, last.size):
            edge, _ = edge.append(batch)
        if (edge.size, edge.root()) != (last.size, last.root):
            raise LogFault(
                f"the log entries in the database do not give the tree of size {last.size} that was signed last",
                hint="another service with another database signs this log: stop one of them, never sign over it",
            )
        self._edge = edge
        self._public_size = self._published_size()

    def _sign(self, edge: RightEdge) -> None:
        note = str(sign_checkpoint(self.origin, edge.size, edge.root(), self._signer()))
        self._checkpoints.advance(self._edge.size, edge.size, edge.root(), note)
        self._edge = edge
        self._publish()

    def _publish(self) -> None:
        """Put out every checkpoint of the store that is not public yet: the archived copy first."""
        if self._public_size == self._edge.size:
            return
        for stored in self._checkpoints.after(self._public_size):
            text = str(self._cosigned(stored)).encode()
            self._files.write(f"{PREFIX}checkpoints/{stored.size}", text)
            self._files.write(f"{PREFIX}checkpoint", text)
            self._public_size = stored.size

    def _cosigned(self, stored: StoredCheckpoint) -> Checkpoint:
        lines = self._checkpoints.cosigned(stored.size)
        return Checkpoint.parse(stored.note).with_signatures(list(map(SignatureLine.parse, lines)))

    def _published_size(self) -> int:
        """Give the size up to which checkpoints are public; the newest public one is put out again in any case."""
        last = self._checkpoints.last()
        try:
            size = Checkpoint.parse(self._read("checkpoint").decode("utf-8", "replace")).size
        except (NotFound, InvalidDocument):
            return 0
        return size - 1 if last and size <= last.size else 0

    def _recover(self) -> RightEdge:
        """Load the edge of the last checkpoint from the tiles, or rebuild the tiles from the leaves.

        Raises:
            LogFault: the leaves are fewer than the last checkpoint covers, or have another root: an old backup, or
                damage. Nothing is signed then.
        """
        size, root, _ = self._checkpoints.last() or StoredCheckpoint(0, RightEdge().root(), "")
        with reading(self._engine) as session:
            count = session.exec(select(func.count()).select_from(LeafRow)).one()
        if count < size:
            raise LogFault(
                f"the last checkpoint covers {size} log entries, the database has {count}",
                hint="the database is older than the log: restore the newest copy, never sign over it",
            )
        edge = self._load_edge(size)
        if edge is None or edge.root() != root:
            edge = self._rebuild()
        if edge.root() != root:
            raise LogFault(
                "the log entries in the database differ from what the last checkpoint signed",
                hint="the database was altered: restore the newest copy, never sign over it",
            )
        return edge

    def _load_edge(self, size: int) -> RightEdge | None:
        """Load the edge from the tiles; None where they are damaged or their last entries are not the database's."""
        try:
            edge = RightEdge.load(size, self._read)
        except (NotFound, InvalidDocument, LogFault):
            return None
        stored = [entry for batch in self._leaves_from(size - len(edge.entries), size) for entry in batch]
        return edge if stored == list(edge.entries) else None

    def _rebuild(self) -> RightEdge:
        """Write all tiles again, in the steps of the archived checkpoints, so that each finds its partial tiles."""
        edge = RightEdge()
        for size in self._checkpoints.sizes():
            for batch in self._leaves_from(edge.size, size):
                edge = self._write_tiles(edge, batch)
        return edge

    def _write_tiles(self, edge: RightEdge, entries: list[bytes]) -> RightEdge:
        grown, files = edge.append(entries)
        for name, data in files:
            self._files.write(PREFIX + name, data)
        return grown

    def _leaves_from(self, start: int, end: int = MAX_SIZE) -> Iterator[list[bytes]]:
        while True:
            with reading(self._engine) as session:
                rows = session.connection().execute(_BETWEEN, {"start": start, "end": end}).all()
            if [found for found, _ in rows] != list(range(start, start + len(rows))):
                raise LogFault(f"log entries are missing after {start} in the database")
            if rows:
                yield [entry for _, entry in rows]
            if len(rows) < _BATCH:
                return
            start += _BATCH

    def _read(self, name: str) -> bytes:
        return self._files.read(PREFIX + name)


def next_position(session: Session) -> int:
    """Give the position that the next leaf of this unit of work takes."""
    last = session.connection().execute(_LAST_POSITION).scalar()
    return 0 if last is None else last + 1


def append_leaves(session: Session, leaves: Iterable[Leaf], now: datetime) -> list[int]:
    """Add leaves inside a unit of work and give their positions; they count once a checkpoint covers them.

    Raises:
        Refused: the log is closed.
    """
    entries = [leaf_bytes(leaf) for leaf in leaves]
    if not entries:
        return []
    last = session.connection().execute(_LAST).first()
    position, entry = last or (-1, b"")
    if last and isinstance(parse_leaf(entry), ClosingLeaf):
        raise Refused("this log is closed: its operator handed over", hint="ask the operator that follows")
    rows: list[dict[str, Any]] = [
        {"position": place, "entry": added, "created_at": now}
        for place, added in enumerate(entries, start=position + 1)
    ]
    session.connection().execute(_ADD, rows)
    return [row["position"] for row in rows]
