"""Asking witnesses for cosignatures, beside everything else: issuing never waits for one.

The newest checkpoint is sent to each listed witness that has not seen it, with the proof from what it saw last; its
answer says when that was something else. Who does not answer, or not honestly, is asked again later and later.
"""

import logging
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import NamedTuple

from label_service.errors import InvalidDocument, LabelServiceError, LogFault
from label_service.fetch import Answer, post
from label_service.issuance.register import Register
from label_service.issuance.witnesses import active
from label_service.issuance.workbench import Workbench
from label_service.tlog.checkpoint import Checkpoint, parse_decimal
from label_service.tlog.note import COSIGNATURE, SignatureLine, VerifierKey
from label_service.tlog.witness import PATH, AddCheckpoint, read_cosignatures
from label_service.trust.trust_list import TrustList, Witness

EVERY_S = 2.0  # how often it is looked whether there is a new checkpoint
MAX_AHEAD_S = 300  # the clock of a witness may be so much ahead of ours
_MAX_ANSWER_BYTES = 16 * 1024
_AT_ONCE = 8
_FIRST_REST, _LONGEST_REST = timedelta(seconds=4), timedelta(minutes=10)
_LOG = logging.getLogger(__name__)


class Rest(NamedTuple):
    """A witness that is left alone for a while.

    Attributes:
        until: when it is asked again.
        length: how long this rest is; the next is twice as long.
        why: what it did.
    """

    until: datetime
    length: timedelta
    why: str


class Witnessing:
    """Collects cosignatures of the newest checkpoint; one process does so at a time."""

    def __init__(self, bench: Workbench, register: Register) -> None:
        self._bench = bench
        self._register = register
        self._known: dict[str, int] = {}  # size each witness saw last, as far as this process knows
        self._resting: dict[str, Rest] = {}

    def ask(self) -> None:
        """Ask every witness that has not seen the newest checkpoint and is not resting."""
        witnesses = [item for item in self._register.current().witnesses if item.url and keys_of(item)]
        checkpoint = self._bench.sequencer.newest() if witnesses else None
        if checkpoint is None:
            return
        seen = {line.name for line in checkpoint.note.signatures}
        now = self._bench.clock()
        open_ = [item for item in witnesses if item.name not in seen and not self._rests(item.name, now)]
        if open_:
            with ThreadPoolExecutor(_AT_ONCE, "witness") as pool:
                lines = [
                    line for found in pool.map(lambda item: self._asked(item, checkpoint), open_) for line in found
                ]
            self._keep(checkpoint, lines)

    def seen_over(self, position: int) -> tuple[int, int]:
        """Give how many witnesses have seen the checkpoint under which a leaf is proven, and how many there are.

        Raises:
            NotFound: no checkpoint covers the leaf yet.
        """
        content = self._register.current()
        if not content.witnesses:
            return 0, 0
        checkpoint = self._bench.sequencer.seen_over(position, content.witness_quorum)
        return len(names_seen(checkpoint, content)), len(content.witnesses)

    def _keep(self, checkpoint: Checkpoint, lines: list[SignatureLine]) -> None:
        if lines:
            self._bench.sequencer.cosign(checkpoint.size, lines)
            self._bench.mark_changed()

    def _asked(self, witness: Witness, checkpoint: Checkpoint) -> list[SignatureLine]:
        """Ask one witness; whatever goes wrong with it is its own matter."""
        try:
            lines = self._cosignatures(witness, checkpoint)
        except (LabelServiceError, UnicodeDecodeError) as error:
            self._rest(witness.name, str(error))
            return []
        self._known[witness.name] = checkpoint.size
        self._resting.pop(witness.name, None)
        return lines

    def _cosignatures(self, witness: Witness, checkpoint: Checkpoint) -> list[SignatureLine]:
        answer = self._sent(witness, checkpoint, self._known.get(witness.name, 0))
        if answer.status == 409:
            answer = self._sent(witness, checkpoint, _known_size(answer, checkpoint))
        if answer.status != 200:
            raise LogFault(f"answered {answer.status}: {answer.body[:200]!r}")
        latest_s = int(self._bench.clock().timestamp()) + MAX_AHEAD_S
        return read_cosignatures(answer.body.decode(), checkpoint, keys_of(witness), latest_s)

    def _sent(self, witness: Witness, checkpoint: Checkpoint, old_size: int) -> Answer:
        old_size = min(old_size, checkpoint.size)
        path = self._bench.sequencer.consistency_path(old_size, checkpoint.size)
        body = str(AddCheckpoint(old_size, tuple(path), checkpoint)).encode()
        return post(f"{witness.url}{PATH}", body, max_bytes=_MAX_ANSWER_BYTES)

    def _rests(self, name: str, now: datetime) -> bool:
        rest = self._resting.get(name)
        return rest is not None and now < rest.until

    def _rest(self, name: str, why: str) -> None:
        before = self._resting.get(name)
        length = min(before.length * 2, _LONGEST_REST) if before else _FIRST_REST
        self._resting[name] = Rest(self._bench.clock() + length, length, why)
        _LOG.warning("the witness %s did not cosign, asked again in %d s: %s", name, length.total_seconds(), why)


def keys_of(witness: Witness) -> list[VerifierKey]:
    """Give the keys with which a witness cosigns now."""
    return [VerifierKey(witness.name, key.jwk.raw, COSIGNATURE) for key in active(witness)]


def names_seen(checkpoint: Checkpoint, trust_list: TrustList) -> set[str]:
    """Give the listed witnesses whose lines stand below a checkpoint of ours; they were checked when they came."""
    lines = {(line.name, line.key_id) for line in checkpoint.note.signatures}
    return {key.name for key in _standing(trust_list.witnesses) if (key.name, key.key_id) in lines}


def _standing(witnesses: Iterable[Witness]) -> Iterable[VerifierKey]:
    for item in witnesses:
        for key in item.keys:
            if key.use == "witness" and key.state != "compromised":
                yield VerifierKey(item.name, key.jwk.raw, COSIGNATURE)


def _known_size(answer: Answer, checkpoint: Checkpoint) -> int:
    """Give the size that a witness says it saw last.

    Raises:
        InvalidDocument: not a size.
        LogFault: it saw a larger tree than the checkpoint's.
    """
    try:
        size = parse_decimal(answer.body.decode().removesuffix("\n"))
    except UnicodeDecodeError as error:
        raise InvalidDocument("expected a size in answer to a checkpoint") from error
    if size > checkpoint.size:
        raise LogFault(
            f"says it saw a tree of size {size} of this log, asked to cosign {checkpoint.size}",
            hint="another service signs this log, or an old copy was restored, or the witness is wrong: compare notes",
        )
    return size
