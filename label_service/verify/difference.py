"""Where two documents differ, for people who want to know what was changed."""

from typing import Any

from label_service import canonical

_ABSENT = object()


def first_difference(expected: Any, found: Any, pointer: str = "") -> str | None:
    """Give the JSON pointer of the first member in which two documents differ, with both values; None when equal."""
    if isinstance(expected, dict) and isinstance(found, dict):
        for name in sorted({*expected, *found}):
            different = first_difference(expected.get(name, _ABSENT), found.get(name, _ABSENT), f"{pointer}/{name}")
            if different:
                return different
        return None
    if isinstance(expected, (list, tuple)) and isinstance(found, (list, tuple)) and len(expected) == len(found):
        for position, (left, right) in enumerate(zip(expected, found, strict=True)):
            different = first_difference(left, right, f"{pointer}/{position}")
            if different:
                return different
        return None
    is_same = type(expected) is type(found) and expected == found  # true is not 1
    return None if is_same else f"{pointer}: computed {_short(expected)}, found {_short(found)}"


def _short(value: Any) -> str:
    text = "nothing" if value is _ABSENT else canonical.encode(value).decode()
    return text if len(text) <= 80 else text[:77] + "..."
