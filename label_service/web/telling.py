"""What the core says in English, said in the language of the page: its fixed sentences by their pattern.

The core answers programs, the log and the page with the same English words. Sentences of it that people meet in the
workspace are the patterns of `sentences`; what is in none of them, or has no translation, is shown as it is, marked as
English. A place takes what the core put there: a day is written as in the country, a further sentence is said too.
"""

import re
from collections.abc import Callable
from functools import cache, lru_cache
from typing import Final

from markupsafe import Markup

from label_service.web import numbers
from label_service.web.languages import ENGLISH, Language, gettext, speaking, spoken
from label_service.web.sentences import MEASURED, PATTERNS
from label_service.web.words import Words, sentence, visible

_MOST_CHARACTERS: Final = 1000  # of a text that is looked for; longer ones are people's own words
_PLACE: Final = re.compile(r"%\((\w+)\)s")
_ONE_WORD: Final = frozenset({"code", "day", "id", "number"})  # places that hold no space
# Tables of a release that name what stands in a place, by the place, or by the code beside `expected` and `found`.
_TABLES: Final = {"process": "processes", "material": "materials"}
_CODED: Final = {"family": "families", "category": "categories", "process": "processes"}
_TEXT: Final = re.compile(r"[a-z]{2} [a-z]")  # what is more than a name or a value
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def told(text: str) -> Markup:
    """Give what the core says in the language of the page; marked as English where it stays so."""
    return _marked(text if speaking() == ENGLISH else _said(text), text, str)


def told_plainly(code: str, text: str) -> str:
    """Give what the core says in a language, for what is no page; in English where it stays so."""
    return text if code == ENGLISH.code else spoken(Language(code), lambda: _said(text)) or text


def measured(quantity: str) -> str:
    """Name a quantity of a check in English; one without a name by its code."""
    return MEASURED.get(quantity, quantity.replace("_", " "))


def told_sentence(text: str, named: Words | None = None) -> Markup:
    """Give the same as a sentence, with a capital and a full stop; with names for identifiers where they are known."""
    english = text if named is None else _said(text, named)
    return _marked(english or text if speaking() == ENGLISH else _said(text, named), text, sentence)


def _marked(said: str | None, text: str, finished: Callable[[str], str]) -> Markup:
    shown = visible(finished(text if said is None else said))
    is_english = said is None and _TEXT.search(text)
    return Markup('<span lang="en">{}</span>').format(shown) if is_english else Markup.escape(shown)


def _said(text: str, named: Words | None = None) -> str | None:
    """Give a text in the language of the page, its identifiers by their names; None where there is no translation."""
    found = _found(text)
    if found is None:
        return None
    pattern, values = found
    translation = gettext(pattern)
    if translation == pattern and speaking() != ENGLISH:
        return None
    tables = _TABLES | dict.fromkeys(("expected", "found"), _CODED.get(values.get("code", ""), "")) if named else {}
    return translation % {name: _value(value, named, tables.get(name, "")) for name, value in values.items()}


def _value(text: str, named: Words | None = None, table: str = "") -> str:
    if named and table:
        return ", ".join(named.name(table, key) if named.row(table, key) else _value(key) for key in text.split(", "))
    return numbers.day(text) if _DAY.fullmatch(text) else _said(text) or gettext(text)


@lru_cache(maxsize=1024)
def _found(text: str) -> tuple[str, dict[str, str]] | None:
    """Give the pattern that a text follows, and what stands in its places."""
    if len(text) > _MOST_CHARACTERS:
        return None
    matches = ((pattern, shape.fullmatch(text)) for pattern, shape in _shapes())
    return next(((pattern, match.groupdict()) for pattern, match in matches if match), None)


@cache
def _shapes() -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple((pattern, re.compile(_shape(pattern))) for pattern in PATTERNS)


def _shape(pattern: str) -> str:
    parts = _PLACE.split(pattern)  # text and names of places in turn
    return "".join(
        f"(?P<{part}>{r'[^ ]+' if part in _ONE_WORD else '.+?'})" if number % 2 else re.escape(part)
        for number, part in enumerate(parts)
    )
