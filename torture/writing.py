"""Processes that issue labels until they are killed, and say of each label that they have it."""

import itertools
import logging
import random
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext
from typing import TypeVar

from label_service.errors import LabelServiceError
from label_service.factors.release import load_release
from torture.place import Place

load_release()  # the server that processes are forked from has it in memory
_AGAIN_S = 0.05
Result = TypeVar("Result")


def issue_forever(place: Place, say: Connection) -> None:
    """Say how long opening took, then issue labels; send the id of each that was given out, and errors by code."""
    logging.disable()
    began, worked = time.monotonic(), time.process_time()
    installation = _insist(place.open, say)
    say.send(("open", (time.monotonic() - began, time.process_time() - worked)))
    for number in itertools.count(secrets.randbits(60)):
        say.send(("label", _insist(partial(installation.issue, "hook", number), say).id))


def _insist(work: Callable[[], Result], say: Connection) -> Result:
    """Do work, again after every error of ours, as a careful program of a producer does."""
    while True:
        try:
            return work()
        except LabelServiceError as error:
            say.send(("refused", error.code))
            time.sleep(_AGAIN_S)


def forked() -> ForkServerContext:
    """Give processes from a server that has imported everything, as workers of a service are."""
    context = get_context("forkserver")
    context.set_forkserver_preload(["torture.writing"])
    return context


@dataclass
class Writer:
    """A process that issues; what it said is kept after its end.

    `opened_s` has seconds and CPU seconds of every start.
    """

    place: Place
    labels: list[str] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)
    opened_s: list[tuple[float, float]] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Start it."""
        self.start()

    def start(self) -> None:
        """Start the process, at first or again."""
        self._ours, theirs = forked().Pipe(duplex=False)
        self._process = forked().Process(target=issue_forever, args=(self.place, theirs), daemon=True)
        self._process.start()
        theirs.close()

    def listen(self, most_s: float, *, for_label: bool = False) -> None:
        """Take in what is said for so long, or until there is one more label."""
        before, end = len(self.labels), time.monotonic() + most_s
        while (left_s := end - time.monotonic()) > 0 and not (for_label and len(self.labels) > before):
            if self._ours.poll(left_s):
                self._note(*self._ours.recv())

    def kill(self) -> None:
        """Kill the process as a power switch would, and take in the rest of what it said."""
        self._process.kill()
        self._process.join()
        self._process.close()
        with self._ours:
            while True:
                try:
                    self._note(*self._ours.recv())
                except (EOFError, OSError):  # the last word may be cut
                    return

    def _note(self, kind: str, said: object) -> None:
        {"label": self.labels, "refused": self.refusals, "open": self.opened_s}[kind].append(said)  # type: ignore[attr-defined]


def kill_at_random(writers: list[Writer], number: int, *, most_s: float) -> None:
    """Kill one writer, every fifth time all of them, and start them again.

    Every third time it is while the process opens or at any other moment, otherwise shortly after it gave out a label.
    """
    victims = writers if number % 5 == 4 else [random.choice(writers)]  # noqa: S311 - no secret
    if number % 3 != 2:
        for victim in victims:
            victim.listen(most_s, for_label=True)
    time.sleep(random.uniform(0, 0.2))  # noqa: S311 - no secret
    for victim in victims:
        victim.kill()
    for victim in victims:
        victim.start()
