"""A line in which the requests of one process wait to be written: one thread takes them in groups.

A group is one unit of work with one sync and one checkpoint, so that a hundred labels cost the disk what one costs.
A line that is full says so at once, before anything is promised.
"""

from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Lock
from time import monotonic, sleep
from typing import Final, Generic, TypeVar

from label_service.errors import Overloaded

MOST_AT_ONCE: Final = 128  # of one group; more gain nothing, and hold up the last of them
MOST_WAITING: Final = 1024
RETRY_AFTER_S: Final = 2
_GATHER_S: Final = 0.01  # at most; writing a full group takes several times as long
_STEP_S: Final = 0.001

Item = TypeVar("Item")
Result = TypeVar("Result")


class Line(Generic[Item, Result]):
    """Hands groups of items to one piece of work, in the order in which they came.

    The work gives an outcome for each item, an exception for one that fails; what it raises itself fails them all.
    """

    def __init__(self, work: Callable[[Sequence[Item]], Sequence[Result | Exception]]) -> None:
        self._work = work
        self._waiting: deque[tuple[Item, Future[Result]]] = deque()
        self._turn = Lock()
        self._is_led = False
        self._written = 0
        self._leader = ThreadPoolExecutor(1, thread_name_prefix="line")

    def ask(self, item: Item) -> "Future[Result]":
        """Put an item in line; its result, or why there is none, is there once its group is written.

        Raises:
            Overloaded: too many are waiting; nothing was begun.
        """
        future: Future[Result] = Future()
        with self._turn:
            if len(self._waiting) >= MOST_WAITING:
                raise Overloaded(
                    f"{MOST_WAITING} requests wait to be written; yours was not begun",
                    hint="send it again later",
                    retry_after_s=RETRY_AFTER_S,
                )
            self._waiting.append((item, future))
            if not self._is_led:
                self._is_led = True
                self._leader.submit(self._lead)
        return future

    def close(self) -> None:
        """Write what waits, then end."""
        self._leader.shutdown()

    def _lead(self) -> None:
        while group := self._next_group():
            for (_, future), outcome in zip(group, self._outcomes([item for item, _ in group]), strict=True):
                if isinstance(outcome, BaseException):
                    future.set_exception(outcome)
                else:
                    future.set_result(outcome)

    def _gather(self) -> None:
        """Wait while more come, after a group of several: who was answered just now often asks again at once."""
        end, seen = monotonic() + _GATHER_S, -1
        while self._written > 1 and seen < len(self._waiting) < MOST_AT_ONCE and monotonic() < end:
            seen = len(self._waiting)
            sleep(_STEP_S)

    def _next_group(self) -> list[tuple[Item, "Future[Result]"]]:
        """Take the next group, without those whose asker has gone; nothing where none waits."""
        self._gather()
        with self._turn:
            group: list[tuple[Item, Future[Result]]] = []
            while self._waiting and len(group) < MOST_AT_ONCE:
                item, future = self._waiting.popleft()
                if future.set_running_or_notify_cancel():
                    group.append((item, future))
            self._is_led, self._written = bool(group), len(group)
            return group

    def _outcomes(self, items: list[Item]) -> Sequence[Result | BaseException]:
        """Do the work; whatever it ends with, nobody waits for ever."""
        try:
            return self._work(items)
        except BaseException as error:  # noqa: BLE001 - raised again where it is waited for
            return [error] * len(items)
