"""What the calendar asks for: each step is tried whatever became of the others, and what failed is tried next time."""

import logging
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from threading import Event, Thread
from typing import Self

from label_service.errors import LabelServiceError

Step = Callable[[], object]
Alone = Callable[[], AbstractContextManager[bool]]
EVERY_S = 300.0
_LOG = logging.getLogger(__name__)


def tick(steps: Mapping[str, Step]) -> list[str]:
    """Run steps one after another, log what fails, and give the names of those."""
    failed = []
    for name, step in steps.items():
        try:
            step()
        except Exception:  # noqa: BLE001 - a full disk must not end the service, nor keep the next step from being tried
            _LOG.exception("the step %r of the calendar failed; it is tried again", name)
            failed.append(name)
    return failed


def always() -> AbstractContextManager[bool]:
    """Say that nobody else does this work."""
    return nullcontext(True)


class Ticker:
    """A thread that runs steps at once and then every few minutes, until it is left.

    `alone` tells whether no other process runs them now; one that does is left to it.
    """

    def __init__(self, steps: Mapping[str, Step], every_s: float = EVERY_S, *, alone: Alone = always) -> None:
        self._steps = steps
        self._every_s = every_s
        self._alone = alone
        self._end = Event()
        self._thread = Thread(target=self._run, name="ticker", daemon=True)

    def __enter__(self) -> Self:
        """Start."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """End; a step that is under way is waited for."""
        self._end.set()
        self._thread.join()

    def _run(self) -> None:
        while True:
            self._tick()
            if self._end.wait(self._every_s):
                return

    def _tick(self) -> None:
        try:
            with self._alone() as is_ours:
                if is_ours:
                    tick(self._steps)
        except LabelServiceError as error:
            _LOG.warning("the calendar waits: %s", error)
