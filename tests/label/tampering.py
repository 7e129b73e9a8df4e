"""Small changes to tokens and documents, drawn by hypothesis."""

from typing import Any

from hypothesis import assume
from hypothesis import strategies as st

_CHARACTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=+/#: \0é"


def changed(text: str, draw: Any) -> str:
    """Give the text with one character replaced, removed or doubled."""
    at = draw(st.integers(0, len(text) - 1))
    piece = draw(st.sampled_from([*_CHARACTERS, "", text[at] * 2]))
    assume(piece != text[at])
    result = text[:at] + piece + text[at + 1 :]
    assume(result != text)
    return result


def leaves(value: Any, where: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Give the paths of all members and items."""
    items: Any = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path for name, item in items for path in [(*where, name), *leaves(item, (*where, name))]]


def replaced(value: Any, where: tuple[Any, ...], new: Any) -> Any:
    """Give a copy with another value at a path."""
    if not where:
        return new
    copy = value.copy()
    copy[where[0]] = replaced(copy[where[0]], where[1:], new)
    return copy
