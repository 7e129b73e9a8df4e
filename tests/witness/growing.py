"""A log of entries `entry 0`, `entry 1`, …, that can grow, lie, and speak to witnesses on the loopback address."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import httpx
import uvicorn
from starlette.types import ASGIApp

from label_service import merkle
from label_service.tlog import tree
from label_service.tlog.checkpoint import Checkpoint, sign_checkpoint
from label_service.tlog.note import COSIGNATURE, VerifierKey
from label_service.tlog.witness import AddCheckpoint
from tests.signers import signer

ORIGIN, NAME = "log.example/made", "witness.example/made"
LOG, WITNESS = signer(201), signer(202)
LOG_KEY = VerifierKey(ORIGIN, LOG.public_key)
WITNESS_KEY = VerifierKey(NAME, WITNESS.public_key, COSIGNATURE)
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


class Growing:
    """The tree over entries of a text; logs of different texts are different trees from the first entry on."""

    def __init__(self, text: str = "entry", same: int = 0) -> None:
        self._text = text
        self._same = same

    def leaves(self, size: int) -> list[bytes]:
        """Give the leaf hashes; the first `same` are those of an honest log."""
        texts = ("entry" if number < self._same else self._text for number in range(size))
        return [merkle.leaf_hash(f"{text} {number}".encode()) for number, text in enumerate(texts)]

    def checkpoint(self, size: int, key=LOG, origin: str = ORIGIN) -> Checkpoint:
        """Sign the tree of a size."""
        root = merkle.root(self.leaves(size)) if size else tree.EMPTY_ROOT
        return sign_checkpoint(origin, size, root, key)

    def path(self, old: int, size: int) -> tuple[bytes, ...]:
        """Give the consistency proof from a size to another."""
        if not old or old > size:
            return ()
        leaves = self.leaves(size)
        return tuple(tree.consistency_path(old, size, lambda h, i: merkle.root(leaves[i << h : (i + 1) << h])))

    def request(self, old: int, size: int, **changes) -> AddCheckpoint:
        """Give what this log asks a witness that saw `old` entries."""
        return AddCheckpoint(old, self.path(old, size), self.checkpoint(size, **changes))


@contextmanager
def listening(app: ASGIApp) -> Iterator[httpx.Client]:
    """Serve an application on the loopback address until the end."""
    with socket.socket() as line:
        line.bind(("127.0.0.1", 0))
        line.listen(64)
        server = uvicorn.Server(uvicorn.Config(app, log_level="critical", lifespan="off", ws="none"))
        thread = threading.Thread(target=server.run, args=([line],))
        thread.start()
        try:
            with httpx.Client(base_url=f"http://127.0.0.1:{line.getsockname()[1]}", timeout=20) as client:
                yield client
        finally:
            server.should_exit = True
            thread.join()
