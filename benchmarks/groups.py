"""Issuing by 128 callers at once, beside the bare loop: encode, sign, leaf, head signature, one commit for 128.

The bare loop encodes the same credentials, which are there as values already, signs them once, hashes their leaves into
the tree, and commits tokens and leaves with full sync, one group at a time, with the head of the tree signed over each.
It builds nothing, checks nothing, reads nothing back, makes no code for print and writes no file.
"""

import gc
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import islice
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.installation import Installation, open_installation
from benchmarks.measure import Case, Result
from label_service import canonical
from label_service.issuance.line import MOST_AT_ONCE
from label_service.issuance.submission import Submission
from label_service.label import credential
from label_service.label.content import LabelContent
from label_service.label.credential import read_label
from label_service.label.vocabulary import VC_CTY, VC_TYP
from label_service.operation.garbage import collect_rarely
from label_service.tlog.checkpoint import sign_checkpoint
from label_service.tlog.leaf import leaf_bytes
from label_service.tlog.tiles import RightEdge
from label_service.trust import jws
from label_service.verify.bundle import label_leaf
from tests.postgres import Cluster

CALLERS = 128
Ready = tuple[dict[str, Any], LabelContent]  # a credential as a value, and its content for the leaf
EACH = 2  # labels a caller asks for in a round, one after the other
ROUNDS = 5


def on_postgresql(installation: Installation) -> list[Result]:
    """Let 128 callers ask an installation on PostgreSQL; the bare loop stays on SQLite."""
    folder = installation.folder / "postgresql"
    folder.mkdir()
    server = Cluster()
    server.start()
    try:
        return issue_in_groups(open_installation(folder, database_url=server.create("groups")))
    finally:
        server.remove()


def issue_in_groups(installation: Installation) -> list[Result]:
    """Let 128 callers ask for labels, in turns with the bare loop.

    The garbage collector leaves alone what was there before, and collects as rarely as in the server, for both.
    """
    ready = iter(attested(installation, (ROUNDS + 1) * CALLERS * EACH))
    labels = [read_label(installation.scheme.labels.issue(next(ready)).token)[1] for _ in range(CALLERS)]
    goods = [(credential.credential(label), label) for label in labels] * EACH
    bare = BareGroups(installation, installation.folder / "bare.db")
    usual = gc.get_threshold()
    collect_rarely()
    ratios, rates = [], []
    with ThreadPoolExecutor(CALLERS) as pool:
        for _ in range(ROUNDS):
            lots = [list(islice(ready, EACH)) for _ in range(CALLERS)]
            theirs = _seconds(lambda: bare.issue(goods))
            ours = _seconds(partial(_all, pool, partial(_ask, installation), lots))
            ratios.append(theirs / ours)
            rates.append(CALLERS * EACH / ours)
    gc.set_threshold(*usual)
    gc.unfreeze()
    bare.close()
    kind = installation.scheme.bench.engine.dialect.name
    return [
        Result(
            f"issue, {CALLERS} callers, {'PostgreSQL' if kind == 'postgresql' else 'SQLite'}",
            f"bare loop in groups of {MOST_AT_ONCE}: encode a ready value, sign, leaf, head signature, full sync",
            f"{median(rates):.0f} labels/s",
            median(ratios),
            "≥ 0.3",
        )
    ]


def attested(installation: Installation, count: int, first: int = 100_000) -> Iterator[str]:
    """Give the ids of so many attested declarations."""
    goods = [installation.declaration("hook", number) for number in range(first, first + count)]
    for found in installation.scheme.declarations.submit_all(goods):
        if not isinstance(found, Submission):
            raise found
        installation.attest(found)
        yield found.id


def _ask(installation: Installation, lot: list[str]) -> None:
    for identifier in lot:
        installation.scheme.labels.issue(identifier)


def _all(pool: ThreadPoolExecutor, ask: Callable[[list[str]], None], lots: list[list[str]]) -> None:
    for _ in pool.map(ask, lots):
        pass


def _seconds(work: Case) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


class BareGroups:
    """Signs and keeps labels with nothing between encoder, key and disk."""

    def __init__(self, installation: Installation, file: Path) -> None:
        keyring = installation.scheme.bench.keyring
        self._kid = installation.scheme.identity.kid("label")
        self._signer, self._log_signer = keyring.signer("label-1"), keyring.signer("log-1")
        self._origin = installation.scheme.identity.log
        self._edge = RightEdge()
        self._database = sqlite3.connect(file, isolation_level=None)
        for pragma in ("journal_mode = WAL", "synchronous = FULL"):
            self._database.execute(f"PRAGMA {pragma}")
        self._database.execute("CREATE TABLE document (digest TEXT PRIMARY KEY, body BLOB)")
        self._database.execute("CREATE TABLE leaf (position INTEGER PRIMARY KEY, entry BLOB)")
        self._database.execute("CREATE TABLE head (size INTEGER PRIMARY KEY, note TEXT)")

    def close(self) -> None:
        """Close the database."""
        self._database.close()

    def issue(self, goods: Iterable[Ready]) -> None:
        """Issue labels in groups."""
        waiting = iter(goods)
        while group := list(islice(waiting, MOST_AT_ONCE)):
            self._commit([self._signed(*item) for item in group])

    def _signed(self, document: dict[str, Any], content: LabelContent) -> tuple[bytes, str, bytes]:
        payload = canonical.encode_checked(document)
        body = jws.sign_encoded(payload, typ=VC_TYP, cty=VC_CTY, kid=self._kid, signer=self._signer).encode()
        digest = canonical.digest(body)
        return body, digest, leaf_bytes(label_leaf(content, digest))

    def _commit(self, signed: list[tuple[bytes, str, bytes]]) -> None:
        start = self._edge.size
        self._edge, _ = self._edge.append([leaf for *_, leaf in signed])
        note = str(sign_checkpoint(self._origin, self._edge.size, self._edge.root(), self._log_signer))
        write = self._database
        write.execute("BEGIN IMMEDIATE")
        write.executemany("INSERT OR REPLACE INTO document VALUES (?, ?)", [(name, body) for body, name, _ in signed])
        leaves = [(start + number, leaf) for number, (*_, leaf) in enumerate(signed)]
        write.executemany("INSERT INTO leaf VALUES (?, ?)", leaves)
        write.execute("INSERT INTO head VALUES (?, ?)", (self._edge.size, note))
        write.execute("COMMIT")
