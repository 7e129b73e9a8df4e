"""Bulk import: declarations of a workshop with a scope, assessed, kept and labelled in groups.

Garbage is collected as in the processes that import.
"""

import gc
import time
from itertools import islice
from statistics import median

from benchmarks.installation import Installation
from benchmarks.measure import Result
from benchmarks.scoping import EXAMPLE, goods, scope
from label_service.declaration import Declaration
from label_service.issuance.submission import Submission
from label_service.operation.garbage import collect_rarely

PER_MINUTE = 30_000
ROUNDS = 5
EACH = 256


def bulk(installation: Installation) -> list[Result]:
    """Hand in lots of declarations, each with evidence of its own, and see all of them labelled."""
    made = goods(installation)
    first = installation.scheme.declarations.submit(next(made))
    installation.scheme.scopes.add(scope(installation, first.inventory))
    lots = [list(islice(made, EACH)) for _ in range(ROUNDS + 1)]
    usual = gc.get_threshold()
    collect_rarely()
    seconds = [_cpu_s(installation, lot) / EACH for lot in lots][1:]
    gc.set_threshold(*usual)
    gc.unfreeze()
    rate = 60 / median(seconds)
    return [
        Result(
            f"bulk import of the {EXAMPLE}: assessed, kept, labelled in a scope",
            f"{PER_MINUTE:,} declarations per minute and core",
            f"{rate:,.0f} per minute and core",
            rate / PER_MINUTE,
            "≥ 1.0",
        )
    ]


def _cpu_s(installation: Installation, lot: list[Declaration]) -> float:
    start = time.process_time()
    outcomes = installation.scheme.declarations.submit_all(lot)
    spent = time.process_time() - start
    if not all(isinstance(found, Submission) and found.label_id for found in outcomes):
        raise RuntimeError("what is timed must be labelled")
    return spent
