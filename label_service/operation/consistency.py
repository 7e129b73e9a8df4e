"""Whether a database holds what the log signed: documents under their digests, and the tree of every checkpoint."""

from collections.abc import Callable, Iterable, Iterator
from hashlib import sha256

from sqlalchemy import Engine
from sqlmodel import col, func, select

from label_service.errors import LogFault
from label_service.store.checkpoints import StoredCheckpoint
from label_service.store.database import reading
from label_service.store.tables import LeafRow, StoredDocument
from label_service.tlog.tiles import File, RightEdge

_BATCH = 1024


def entry_count(engine: Engine) -> int:
    """Give the number of log entries."""
    with reading(engine) as session:
        return session.exec(select(func.count()).select_from(LeafRow)).one()


def check_tree(
    engine: Engine, checkpoints: Iterable[StoredCheckpoint], see: Callable[[File], object] = lambda _: None
) -> RightEdge:
    """Compute the tree of the log anew and compare it with every checkpoint, smallest first.

    Args:
        engine: database with the entries.
        checkpoints: what was signed.
        see: is given each public file that follows from the entries.

    Raises:
        LogFault: an entry is missing, or a checkpoint signed another tree.
    """
    edge = RightEdge()
    for checkpoint in checkpoints:
        for batch in _entries(engine, edge.size, checkpoint.size):
            edge, files = edge.append(batch)
            for file in files:
                see(file)
        if (edge.size, edge.root()) != (checkpoint.size, checkpoint.root):
            raise LogFault(
                f"the log entries in the database do not give the tree of size {checkpoint.size} that was signed",
                hint="the database is older than the log, or was altered: restore the newest copy, never sign over it",
            )
    return edge


def root_at(engine: Engine, size: int) -> bytes:
    """Give the root of the tree over the first entries.

    Raises:
        LogFault: there are fewer.
    """
    edge = RightEdge()
    for batch in _entries(engine, 0, size):
        edge, _ = edge.append(batch)
    if edge.size != size:
        raise LogFault(f"expected {size} log entries in the database, found {edge.size}")
    return edge.root()


def altered_documents(engine: Engine) -> list[str]:
    """Name the documents whose bytes are not those of their digest."""
    found, last = [], ""
    while True:
        digest = col(StoredDocument.digest)
        query = select(StoredDocument.digest, StoredDocument.body).where(digest > last).order_by(digest).limit(_BATCH)
        with reading(engine) as session:
            rows = session.exec(query).all()
        found += [name for name, body in rows if sha256(body).hexdigest() != name]
        if len(rows) < _BATCH:
            return found
        last = rows[-1][0]


def _entries(engine: Engine, start: int, end: int) -> Iterator[list[bytes]]:
    position = col(LeafRow.position)
    while start < end:
        query = select(LeafRow.position, LeafRow.entry).where(position >= start, position < end).order_by(position)
        with reading(engine) as session:
            rows = session.exec(query.limit(_BATCH)).all()
        if not rows or [found for found, _ in rows] != list(range(start, start + len(rows))):
            return
        yield [entry for _, entry in rows]
        start += len(rows)
