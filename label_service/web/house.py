"""Whose house this is: imprint, privacy and accessibility, written by the operator, linked from every page."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from label_service.errors import Refused
from label_service.issuance.setup import Identity
from label_service.web import pages
from label_service.web.languages import language_headers, language_of, message, say, spoken
from label_service.web.markdown import render

_TITLES: Final = {
    "imprint": message("Imprint"),
    "privacy": message("Privacy"),
    "accessibility": message("Accessibility"),
}
MAX_BYTES: Final = 200_000
_HEADERS: Final = {
    "Content-Security-Policy": pages.SECURITY_POLICY,
    "Cache-Control": "public, max-age=60",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


@dataclass(frozen=True, slots=True)
class House:
    """Texts of the operator in Markdown; where one is missing, what can be said of the software alone."""

    imprint: str = ""
    privacy: str = ""
    accessibility: str = ""

    def routes(self, identity: Identity) -> list[Route]:
        """Give the routes of the three pages."""
        return [
            Route(f"/{name}", _page(name, self.text(name), identity, is_english=not getattr(self, name)))
            for name in _TITLES
        ]

    def text(self, name: str) -> str:
        """Give a text by its name."""
        default = files("label_service.web") / "texts" / f"{name}.md"
        return getattr(self, name) or default.read_text(encoding="utf-8")


def read_house(imprint: Path | None, privacy: Path | None, accessibility: Path | None) -> House:
    """Read the texts that settings name.

    Raises:
        Refused: a file cannot be read, or is no text of a reasonable size.
    """
    return House(*(_read(file) for file in (imprint, privacy, accessibility)))


def _read(file: Path | None) -> str:
    if file is None:
        return ""
    try:
        data = file.read_bytes()
        if len(data) > MAX_BYTES:
            raise Refused(f"expected at most {MAX_BYTES} bytes in {file.name}")
        return data.decode("utf-8")
    except (OSError, UnicodeError) as error:
        raise Refused(f"cannot read {file.name} as text", hint="name a Markdown file in UTF-8") from error


def _page(name: str, text: str, identity: Identity, *, is_english: bool) -> Callable[[Request], Any]:
    shared = {"scheme": identity.display_name, "demo": identity.is_demo, "is_english": is_english}
    body = render(text)

    async def answer(request: Request) -> Response:
        language = language_of(request)
        html = spoken(language, lambda: pages.render("text.html", title=say(_TITLES[name]), body=body, **shared))
        return Response(html, headers={**_HEADERS, **language_headers(language)}, media_type="text/html")

    return answer
