"""Run benchmarks: `python -m benchmarks [--write] [NAME…]`."""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks import (
    answering,
    assessing,
    files,
    groups,
    importing,
    issuing,
    logs,
    scoping,
    serving,
    starting,
    verifying,
)
from benchmarks.installation import Installation, open_installation
from benchmarks.measure import Result
from benchmarks.table import table, write

BENCHMARKS: dict[str, Callable[[Installation], list[Result]]] = {
    "label": verifying.verify_label,
    "bundle": verifying.verify_bundles,
    "checkpoints": verifying.verify_checkpoints,
    "assess": assessing.assess,
    "issue": issuing.issue,
    "groups": groups.issue_in_groups,
    "postgresql": groups.on_postgresql,
    "http": answering.labels_over_http,
    "import": importing.bulk,
    "scope": scoping.label_inside_a_scope,
    "page": serving.page,
    "json": answering.documents,
    "start": starting.start,
    "memory": serving.memory,
    "log": logs.log,
    "read": files.read,
    "sizes": files.sizes,
}


def main() -> None:
    """Run the benchmarks named, all when none is, and print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one of {', '.join(BENCHMARKS)}; all when left out")
    parser.add_argument("--write", action="store_true", help="write the table into docs/benchmarks.md")
    options = parser.parse_args()
    unknown = set(options.names) - set(BENCHMARKS)
    if unknown:
        parser.error(f"expected {', '.join(BENCHMARKS)}, found {', '.join(sorted(unknown))}")
    results: list[Result] = []
    for name in options.names or BENCHMARKS:
        results += _run(name)
    sys.stdout.write(f"\n{table(results)}")
    if options.write:
        write(results)


def _run(name: str) -> list[Result]:
    """Run one benchmark on an installation of its own."""
    start = time.monotonic()
    sys.stderr.write(f"{name} …")
    sys.stderr.flush()
    with tempfile.TemporaryDirectory(prefix="benchmark-") as folder:
        results = BENCHMARKS[name](open_installation(Path(folder)))
    sys.stderr.write(f" {time.monotonic() - start:.0f} s\n")
    return results


if __name__ == "__main__":
    main()
