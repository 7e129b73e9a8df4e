"""Assessing an inventory, beside the bare closed form on the same terms."""

from collections.abc import Callable
from functools import partial
from typing import Any
from unittest.mock import patch

from benchmarks.installation import Installation, declaration
from benchmarks.measure import Result, side_by_side
from label_service import assessment
from label_service.factors.release import Release, load_release
from label_service.grade import decision
from label_service.impact import closed_form
from label_service.inventory import Inventory
from label_service.inventory.build import build_inventory

PER_SECOND = 800  # the goal, for the inventories it was set for
EXAMPLES = ("hook", "plate", "box")


def assess(_: Installation) -> list[Result]:
    """Assess the inventories of shipped examples."""
    release = load_release()
    results = []
    for example in EXAMPLES:
        inventory = build_inventory(declaration(example), release, release.digest)
        calls = recorded_calls(inventory, release)
        bare = partial(_replay, calls)
        timings = side_by_side({"bare": bare, "assess": partial(_assess_anew, inventory, release)})
        rate = 1 / timings.seconds("assess")
        goal = f", goal ≥ {PER_SECOND} /s" if example in EXAMPLES[:2] else ""
        results.append(
            Result(
                f"assess the {example}",
                f"its {len(calls)} closed forms alone",
                f"{rate:.0f} /s and core{goal}",
                timings.share("bare", "assess"),
                "≥ 0.5",
            )
        )
    return results


def recorded_calls(inventory: Inventory, release: Release) -> list[Callable[[], object]]:
    """Give the calls of the closed form that assessing an inventory makes, with their terms ready."""
    calls: list[Callable[[], object]] = []

    def recording(function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*terms: Any) -> Any:
            calls.append(partial(function, *terms))
            return function(*terms)

        return call

    with (
        patch.object(decision, "ratio", recording(closed_form.ratio)),
        patch.object(assessment, "distribution", recording(closed_form.distribution)),
    ):
        _assess_anew(inventory, release)
    return calls


def _assess_anew(inventory: Inventory, release: Release) -> None:
    """Assess as the first of its kind: nothing is known of the same sums, as it would be further down a catalogue."""
    assessment._range.cache_clear()  # noqa: SLF001 - what a first one finds
    assessment.assess(inventory, release)


def _replay(calls: list[Callable[[], object]]) -> None:
    for call in calls:
        call()
