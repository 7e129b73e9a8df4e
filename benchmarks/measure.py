"""How speed is measured: cases in turns, round after round, so that a busy machine slows all of them alike."""

import gc
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import median

ROUNDS = 21
ROUND_S = 0.02
Case = Callable[[], object]


@dataclass(frozen=True)
class Result:
    """One line of the table.

    Attributes:
        work: what was done.
        baseline: what it is compared with; empty for a plain figure.
        figures: absolute figures, for orientation only.
        ratio: work against baseline, see `goal`.
        goal: such as `≥ 0.65` or `≤ 1.3`; empty where there is none.
    """

    work: str
    baseline: str
    figures: str
    ratio: float | None = None
    goal: str = ""

    @property
    def verdict(self) -> str:
        """Say whether the goal is reached."""
        if self.ratio is None or not self.goal:
            return ""
        sign, limit = self.goal.split()
        is_reached = self.ratio >= float(limit) if sign == "≥" else self.ratio <= float(limit)
        return "reached" if is_reached else "missed"


class Timings:
    """Seconds of one call, by case and round."""

    def __init__(self, seconds: Mapping[str, list[float]]) -> None:
        self._seconds = seconds

    def seconds(self, case: str) -> float:
        """Give the median of a case, in seconds."""
        return median(self._seconds[case])

    def share(self, part: str, whole: str) -> float:
        """Give the median over the rounds of the time of one case divided by that of another."""
        return median(a / b for a, b in zip(self._seconds[part], self._seconds[whole], strict=True))

    def per_second(self, case: str) -> str:
        """Give calls per second of a case in two digits or more, such as `8.6 k/s`."""
        rate = 1 / self.seconds(case)
        return f"{rate / 1000:.1f} k/s" if rate >= 1000 else f"{rate:.0f} /s"


def side_by_side(cases: Mapping[str, Case], *, rounds: int = ROUNDS) -> Timings:
    """Time cases in turns by CPU time, each as often in a round as fills 20 ms."""
    repeats = {name: _repeats(case) for name, case in cases.items()}
    seconds: dict[str, list[float]] = {name: [] for name in cases}
    for _ in range(rounds):
        for name, case in cases.items():
            gc.collect()
            seconds[name].append(_time(case, repeats[name], time.process_time) / repeats[name])
    return Timings(seconds)


def in_turns(cases: Mapping[str, Case], *, rounds: int) -> Timings:
    """Time cases in turns by the clock on the wall, once a round: for what waits for a disk or another process."""
    seconds: dict[str, list[float]] = {name: [] for name in cases}
    for _ in range(rounds):
        for name, case in cases.items():
            seconds[name].append(_time(case, 1, time.perf_counter))
    return Timings(seconds)


def _repeats(case: Case) -> int:
    case()
    count = 1
    while (spent := _time(case, count, time.process_time)) < ROUND_S / 4:
        count *= 2
    return max(1, round(count * ROUND_S / spent))


def _time(case: Case, repeats: int, clock: Callable[[], float]) -> float:
    start = clock()
    for _ in range(repeats):
        case()
    return clock() - start
