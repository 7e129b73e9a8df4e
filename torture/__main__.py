"""Torment installations: `python -m torture [--count N] [--soak-minutes N] [--write] [NAME…]`."""

import argparse
import logging
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from torture import disks, failover, faults, kills, load
from torture.outcome import Outcome, table, write
from torture.settings import Settings

TRIALS: dict[str, Callable[[Settings], list[Outcome]]] = {
    "kill": kills.on_sqlite,
    "kill-postgresql": kills.on_postgresql,
    "failover": failover.failover,
    "clock": faults.clocks,
    "disk": disks.full_and_read_only,
    "gone": load.database_gone,
    "overload": load.overload,
    "soak": load.soak,
    "two": faults.two_sequencers,
    "backup": faults.old_backup,
    "tile": faults.corrupted_tiles,
    "wal": faults.cut_wal,
}


def main() -> None:
    """Run the trials named, all when none is, and print the table; exit code 1 when a promise was broken."""
    parser = argparse.ArgumentParser(prog="python -m torture", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one of {', '.join(TRIALS)}; all when left out")
    parser.add_argument("--count", type=int, default=100, help="kills, and repetitions of the rest")
    parser.add_argument("--soak-minutes", type=float, default=3.0, help="minutes of work without a pause")
    parser.add_argument("--write", action="store_true", help="write the table into docs/torture.md")
    options = parser.parse_args()
    unknown = set(options.names) - set(TRIALS)
    if unknown:
        parser.error(f"expected {', '.join(TRIALS)}, found {', '.join(sorted(unknown))}")
    logging.disable()  # the service says of every fault what it met
    outcomes: list[Outcome] = []
    for name in options.names or TRIALS:
        found = _run(name, options.count, options.soak_minutes)
        sys.stdout.write(table(found))  # what is known stays known if the next trial is broken off
        sys.stdout.flush()
        outcomes += found
    if options.write:
        write(outcomes)
    sys.exit(any(outcome.is_kept is False for outcome in outcomes))


def _run(name: str, count: int, soak_minutes: float) -> list[Outcome]:
    """Run one trial in a folder of its own."""
    start = time.monotonic()
    sys.stderr.write(f"{name} …")
    sys.stderr.flush()
    with tempfile.TemporaryDirectory(prefix="torture-", ignore_cleanup_errors=True) as folder:
        outcomes = TRIALS[name](Settings(Path(folder), count, soak_minutes))
    sys.stderr.write(f" {time.monotonic() - start:.0f} s\n")
    return outcomes


if __name__ == "__main__":
    main()
