"""What a witness does: judge a checkpoint against its memory, remember it, cosign it.

It never cosigns two trees of one size, and never a smaller one.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final, NamedTuple

from label_service.errors import InvalidDocument
from label_service.tlog import note
from label_service.tlog.checkpoint import Checkpoint
from label_service.tlog.note import VerifierKey
from label_service.tlog.split_view import SplitView
from label_service.tlog.witness import SIZE_TYPE, AddCheckpoint, Verdict
from label_service.trust.keys import Signer
from label_service.witness.memory import Memory, Refusal

TEXT: Final = "text/plain; charset=utf-8"
STATUS: Final[Mapping[Verdict, int]] = {  # C2SP tlog-witness
    Verdict.COSIGN: 200,
    Verdict.OLDER: 400,
    Verdict.UNKNOWN_KEY: 403,
    Verdict.UNKNOWN_LOG: 404,
    Verdict.OTHER_SIZE: 409,
    Verdict.SPLIT_VIEW: 409,
    Verdict.INCONSISTENT: 422,
}
_KEPT = (Verdict.SPLIT_VIEW, Verdict.INCONSISTENT)


class Answer(NamedTuple):
    """HTTP status, text and media type."""

    status: int
    text: str
    media_type: str = TEXT


class Witness:
    """Cosigns checkpoints of the logs it knows. Safe between threads, and between processes on one memory.

    Args:
        name: of its key.
        signer: its key, used for nothing else.
        logs: keys by origin.
        memory: what it saw last.
        clock: gives the time in UTC.
    """

    def __init__(
        self,
        name: str,
        signer: Signer,
        logs: Mapping[str, Sequence[VerifierKey]],
        memory: Memory,
        clock: Callable[[], datetime],
    ) -> None:
        self._name = name
        self._signer = signer
        self._logs = logs
        self._memory = memory
        self._clock = clock

    def add_checkpoint(self, body: bytes) -> Answer:
        """Answer a request to cosign a checkpoint.

        Raises:
            Overloaded: the memory cannot be written; nothing was cosigned.
        """
        try:
            request = AddCheckpoint.parse(body.decode())
        except (InvalidDocument, UnicodeDecodeError) as error:
            return Answer(400, f"{error}\n")
        origin = request.checkpoint.origin
        with self._memory.alone():
            now = self._clock()
            text = self._memory.last(origin)
            last = Checkpoint.parse(text) if text else None
            verdict = request.judge(self._logs.get(origin, ()), last)
            if verdict is Verdict.COSIGN:
                self._memory.remember(origin, request.checkpoint.size, str(request.checkpoint))
            elif verdict in _KEPT and last:
                stamp = f"{now.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
                found = Refusal(origin, stamp, str(verdict), str(last), str(request.checkpoint))
                self._memory.keep(found, request.checkpoint.size)
        return self._said(verdict, request.checkpoint, last, int(now.timestamp()))

    def _said(self, verdict: Verdict, checkpoint: Checkpoint, last: Checkpoint | None, now_s: int) -> Answer:
        if verdict is Verdict.COSIGN:
            line = note.cosign(checkpoint.note.text, self._name, self._signer, now_s)
            return Answer(200, f"{line}\n")
        if STATUS[verdict] == 409:
            return Answer(409, f"{last.size if last else 0}\n", SIZE_TYPE)
        return Answer(STATUS[verdict], f"{verdict}\n")


def evidence(refused: Refusal) -> SplitView | None:
    """Give what was refused as evidence that anybody can check; None where it proves nothing by itself.

    Whoever sends a wrong proof with an honest checkpoint is refused too, and that says nothing about the log.
    """
    return SplitView(first=refused.seen, second=refused.found) if refused.why == Verdict.SPLIT_VIEW else None
