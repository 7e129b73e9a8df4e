"""What a re-assessment comes to: counts, steps of the score, groups, and the rows of the release behind them."""

from collections.abc import Iterable, Iterator
from itertools import accumulate
from typing import Any

from label_service.catalogue.cells import inert
from label_service.factors.release import Release
from label_service.factors.succession import RowChange, changed_rows
from label_service.issuance.reassessing import Tally

GROUPS = ("category", "process", "material")
COUNTS = ("all", "labels", "score", "letter", "labels with another letter", "better", "worse", "not assessed")
TABLE_COLUMNS = (
    *("declaration", "label", "producer", "name", "category", "processes", "materials"),
    *("grade", "score", "ratio", "bound", "kgco2e"),
    *("new_grade", "new_score", "new_ratio", "new_bound", "new_kgco2e"),
    *("problem", "rows", "alone"),
)


def report_of(tally: Tally, before: Release, after: Release) -> dict[str, Any]:
    """Give the report as JSON; where counts are of labels it says so, the others are of declarations.

    Args:
        tally: of all parts.
        before: the release in use, to say in which cells rows differ.
        after: the one that was assessed with.
    """
    return {
        "release": {"digest": after.digest, "release": after.version, "size": after.size},
        "in_use": {"digest": before.digest, "release": before.version, "size": before.size},
        "counts": {word: tally["sum", word] for word in COUNTS},
        "moves": [{"from": key[1], "to": key[2], "count": count} for key, count in _of(tally, "move")],
        "steps": _steps(tally),
        "groups": {kind: list(_groups(tally, kind)) for kind in GROUPS},
        "rows": list(_rows(tally, changed_rows(before, after))),
    }


def cells(change: dict[str, Any]) -> Iterable[str]:
    """Give a change as cells of the table, none of which is a formula."""
    after = {f"new_{name}": value for name, value in change.get("after", {}).items()}
    flat = change | change["before"] | after
    for column in TABLE_COLUMNS:
        value = flat.get(column, "")
        yield inert(";".join(value) if isinstance(value, list) else str(value))


def _of(tally: Tally, kind: str) -> list[tuple[tuple[str, ...], int]]:
    return sorted((key, count) for key, count in tally.items() if key[0] == kind and count)


def _steps(tally: Tally) -> dict[str, Any]:
    """Give how many points the score moves: quantiles over the declarations that have one before and after."""
    steps = sorted((int(key[1]), count) for key, count in _of(tally, "step"))
    total = sum(count for _, count in steps)
    if not total:
        return {"count": 0}
    reached = list(accumulate(count for _, count in steps))
    places = {"smallest": 0.0, "p05": 0.05, "median": 0.5, "p95": 0.95, "largest": 1.0}
    at = {
        name: next(step for (step, _), sum_ in zip(steps, reached, strict=True) if sum_ >= place * total)
        for name, place in places.items()
    }
    return {"count": total} | at


def _groups(tally: Tally, kind: str) -> Iterator[dict[str, Any]]:
    for name in sorted({key[1] for key in tally if key[0] == kind}):
        counts = {word: tally[kind, name, word] for word in COUNTS}
        yield {"name": name, **counts, "mean_step": f"{tally[kind, name, 'points'] / (counts['all'] or 1):.2f}"}


def _rows(tally: Tally, changed: dict[tuple[str, str], RowChange]) -> Iterator[dict[str, Any]]:
    """Give every changed row with how many assessments ask for it, those that change letters first."""
    used = {key[1] for key in tally if key[0] == "row"}
    names = used | {"/".join(row_id) for row_id in changed}
    members = {"/".join(row_id): change.members for row_id, change in changed.items()}
    for name in sorted(names, key=lambda name: (-tally["row", name, "alone"], -tally["row", name, "all"], name)):
        counts = {word: tally["row", name, word] for word in ("all", "labels", "score", "letter", "alone")}
        differs = {cell: {"before": old, "after": new} for cell, (old, new) in members.get(name, {}).items()}
        yield {"row": name, **counts, "cells": differs}
