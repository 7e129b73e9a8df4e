"""The language of a page: chosen in the link or asked for by the browser, and the texts and formats that go with it.

A page is made inside `spoken`; what puts things into words asks `say`, `plural` and `speaking`. Catalogues are
`locale/<language>/LC_MESSAGES/messages.po` for pages that everybody reads, and `workspace.po` beside it, in fewer
languages, for those of who is signed in.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from gettext import GNUTranslations, NullTranslations
from importlib.resources import files
from io import BytesIO
from typing import Final, TypeVar

from babel import Locale
from babel.core import get_global
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from starlette.requests import Request

# The official languages of the European Union in their own words: of the CLDR, which takes a MiB for each when asked.
NAMES: Final = {
    "bg": "български",
    "cs": "čeština",
    "da": "dansk",
    "de": "Deutsch",
    "el": "Ελληνικά",
    "en": "English",
    "es": "español",
    "et": "eesti",
    "fi": "suomi",
    "fr": "français",
    "ga": "Gaeilge",
    "hr": "hrvatski",
    "hu": "magyar",
    "it": "italiano",
    "lt": "lietuvių",
    "lv": "latviešu",
    "mt": "Malti",
    "nl": "Nederlands",
    "pl": "polski",
    "pt": "português",
    "ro": "română",
    "sk": "slovenčina",
    "sl": "slovenščina",
    "sv": "svenska",
}
CODES: Final = tuple(NAMES)
CATALOGUES: Final = files("label_service") / "locale"
_FORMATS: Final = {"en": "en_IE", "pt": "pt_PT"}  # as the European Union writes them
Made = TypeVar("Made")
_MOST_ASKED: Final = 20  # languages of one header that are looked at


@dataclass(frozen=True)
class Language:
    """One language, a code of `CODES`.

    Attributes:
        is_chosen: whether the reader chose it; then links to further pages carry the choice, for nothing else keeps it.
    """

    code: str
    is_chosen: bool = False

    @property
    def link(self) -> str:
        """What links to translated pages end with."""
        return f"?lang={self.code}" if self.is_chosen else ""

    @cached_property
    def locale(self) -> Locale:
        """How numbers and dates are written, by the CLDR."""
        return Locale.parse(_FORMATS.get(self.code, self.code))

    @property
    def direction(self) -> str:
        """Give `ltr` or `rtl`."""
        return str(self.locale.text_direction)

    @property
    def name(self) -> str:
        """The name of the language in itself."""
        return NAMES[self.code]

    @cached_property
    def decimal_sign(self) -> str:
        """What stands before the decimals."""
        return str(self.locale.number_symbols["latn"]["decimal"])

    def country(self, iso3: str) -> str:
        """Give the name of a country in this language; empty where the CLDR has none."""
        codes = get_global("territory_aliases").get(iso3, [])
        return str(self.locale.territories.get(codes[0], "")) if codes else ""


ENGLISH: Final = Language("en")
WORKSPACE_LANGUAGES: Final = (Language("de"), ENGLISH)
_speaking: ContextVar[Language] = ContextVar("language", default=ENGLISH)


def speaking() -> Language:
    """Give the language of the page that is being made; English outside."""
    return _speaking.get()


def spoken(language: Language, make: Callable[[], Made]) -> Made:
    """Make a page, or what is drawn, in a language."""
    with spoken_while(language):
        return make()


@contextmanager
def spoken_while(language: Language) -> Iterator[None]:
    """Speak a language until the end of a block."""
    token = _speaking.set(language)
    try:
        yield
    finally:
        _speaking.reset(token)


def say(text: str, **values: object) -> str:
    """Give a text in the language of the page, with values for its places such as `%(grade)s`; `%%` is a per cent."""
    return gettext(text) % values


def plural(one: str, many: str, count: int, **values: object) -> str:
    """Give a text that depends on a count, with the count and values for its places."""
    return ngettext(one, many, count) % {"count": count, **values}


def message(text: str) -> str:
    """Mark a text for the catalogues that is kept and said later, by `say`."""
    return text


def gettext(text: str) -> str:
    """Give a text in the language of the page, its places open; nothing for nothing."""
    return catalogue(speaking().code).gettext(text) if text else ""


def ngettext(one: str, many: str, count: int) -> str:
    """Give the form of a text for a count, its places open."""
    return catalogue(speaking().code).ngettext(one, many, count)


@cache
def catalogue(code: str) -> NullTranslations:
    """Read the texts of a language; English is in the source itself."""
    if code == ENGLISH.code:
        return NullTranslations()
    found = _domain(code, "messages")
    if Language(code) in WORKSPACE_LANGUAGES:
        found.add_fallback(_domain(code, "workspace"))
    return found


def _domain(code: str, domain: str) -> GNUTranslations:
    compiled = BytesIO()
    text = (CATALOGUES / code / "LC_MESSAGES" / f"{domain}.po").read_bytes()
    write_mo(compiled, read_po(BytesIO(text), locale=code))
    compiled.seek(0)
    return GNUTranslations(compiled)


@cache
def languages() -> tuple[Language, ...]:
    """Give every language there is a catalogue of, and English, by code."""
    return tuple(Language(code) for code in CODES if code == ENGLISH.code or (CATALOGUES / code).is_dir())


def language_of(request: Request) -> Language:
    """Give the language of a request: that of the link, else the one its browser likes best, else English."""
    if b"lang=" in request.scope["query_string"]:
        chosen = request.query_params.get("lang", "")
        if Language(chosen) in languages():
            return Language(chosen, is_chosen=True)
    return liked(request.headers.get("accept-language", "")[:400])


def language_headers(language: Language | None) -> dict[str, str]:
    """Give the headers of a page in a language; None for one that is in English only."""
    if language is None:
        return {"Content-Language": ENGLISH.code}
    return {"Content-Language": language.code, "Vary": "Accept-Language"}


@lru_cache(maxsize=1024)
def liked(header: str) -> Language:
    """Give the language that an `Accept-Language` likes best (RFC 9110, 12.5.4); English where it names none."""
    offered = {language.code: language for language in languages()}
    best, most = ENGLISH, 0.0
    for part in header.lower().split(",")[:_MOST_ASKED]:
        tag, _, rest = part.partition(";")
        code, weight = tag.strip().partition("-")[0], _weight(rest.strip())
        if code in offered and weight > most:
            best, most = offered[code], weight
    return best


def _weight(text: str) -> float:
    digits = text.removeprefix("q=")
    if not text:
        return 1.0
    return float(digits) if digits.replace(".", "", 1).isdecimal() and digits.isascii() else 0.0
