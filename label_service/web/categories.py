"""What another category would have given: why a maker could be tempted, and what the auditor's check prevents."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from label_service.assessment import assess
from label_service.errors import LabelServiceError
from label_service.factors.release import Release
from label_service.grade import Grade
from label_service.inventory import Inventory
from label_service.web.languages import say
from label_service.web.references import title
from label_service.web.words import REASONS, Words

_COUNTED = frozenset({"piece", "pair"})  # scaling units in which one item is one by definition


@dataclass(frozen=True, slots=True)
class WhatIf:
    """The same inventory in one category: score and letter against its reference, or why there is none.

    Attributes:
        is_near: as entered, scaled by the same quantity, or without a category.
        admission: what the auditor must find before the category may be claimed.
    """

    name: str
    is_entered: bool
    is_near: bool
    admission: str
    reference: str = ""
    score: int | None = None
    grade: Grade | None = None
    why: str = ""


def other_categories(inventory: Inventory, release: Release) -> tuple[WhatIf, ...]:
    """Assess the same inventory in every category of the release and without one; as entered first, then by score."""
    words = Words(release, inventory.year, inventory.parts)
    found = [_without(inventory, release, words)]
    found += [_within(key, inventory, release, words) for key in release.keys("categories")]
    return tuple(sorted(found, key=lambda item: (not item.is_entered, item.score is None, item.score or 0)))


def _without(inventory: Inventory, release: Release, words: Words) -> WhatIf:
    found = WhatIf(
        say("No category"), inventory.category is None, is_near=True, admission="nothing, the design is the same"
    )
    entered = inventory.model_copy(update={"category": None, "function": None})
    return _assessed(found, entered, release, words)


def _within(key: str, inventory: Inventory, release: Release, words: Words) -> WhatIf:
    row = release.row("categories", key)
    function = _function(inventory, key, row, words)
    found = WhatIf(
        words.name("categories", key),
        is_entered=key == inventory.category,
        is_near=row.get("scaling_unit") == _unit(inventory, words),
        admission=row.get("admission_en", ""),
        why=_why_not(row, function),
    )
    if found.why:
        return found
    entered = inventory.model_copy(update={"category": key, "function": function})
    return _assessed(found, entered, release, words)


def _assessed(found: WhatIf, inventory: Inventory, release: Release, words: Words) -> WhatIf:
    try:
        assessment = assess(inventory, release)
    except LabelServiceError as error:
        return replace(found, why=error.detail)
    graded = assessment.graded()
    return replace(
        found,
        reference=title(graded.reference, words) if graded else "",
        score=graded.score if graded else None,
        grade=assessment.grade,
        why=" ".join(REASONS[reason] for reason in assessment.reasons),
    )


def _function(inventory: Inventory, key: str, row: Mapping[str, Any], words: Words) -> str | None:
    """Give the function in a category: one piece is one piece; other units only where they are those entered."""
    if row.get("scaling_unit") in _COUNTED and key != inventory.category:
        return "1"
    return inventory.function if row.get("scaling_unit") == _unit(inventory, words) else None


def _unit(inventory: Inventory, words: Words) -> str | None:
    """Give the unit in which the category that was entered scales."""
    return words.row("categories", inventory.category).get("scaling_unit") if inventory.category else None


def _why_not(row: Mapping[str, Any], function: str | None) -> str:
    """Say why a category cannot be tried; empty when it can."""
    if row.get("status") == "no reference":
        return f"no reference: {row.get('why', '')}"
    if function is None:
        return f"needs a measured {row['scaling_quantity']} in {row['scaling_unit']}"
    low, high, unit = row.get("admit_min", "0"), row.get("admit_max", function), row["scaling_unit"]
    if not Decimal(low) <= Decimal(function) <= Decimal(high):
        return f"admits {low} to {high} {unit}, this has {function} {unit}"
    return ""
