"""Texts of the operator, written in Markdown, as safe HTML: no HTML of the author, no scripts, no pictures."""

from collections.abc import Sequence
from functools import cache

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

_DEEPEST_HEADING = 6


def render(text: str) -> Markup:
    """Give a text as HTML whose headings stand below the one heading of a page.

    HTML in the text is shown as it was typed; links lead to http, https, mailto or this site only; pictures stay text.
    """
    parser = _parser()
    tokens = parser.parse(text)
    for token in tokens:
        token.attrs.pop("style", None)  # alignment of table cells, which the pages' policy forbids
        if token.type in {"heading_open", "heading_close"}:
            token.tag = f"h{min(int(token.tag[1:]) + 1, _DEEPEST_HEADING)}"
        _make_links_careful(token.children or ())
    return Markup(parser.renderer.render(tokens, parser.options, {}))  # noqa: S704 - the parser escapes what it renders


class _Careful(MarkdownIt):
    def validateLink(self, url: str) -> bool:  # noqa: N802 - the parser's own name
        """Take addresses people may follow from here."""
        address = url.strip().lower()
        is_local = address.startswith("/") and not address.startswith(("//", "/\\"))
        return is_local or address.startswith(("https://", "http://", "mailto:", "#"))


@cache
def _parser() -> MarkdownIt:
    return _Careful("commonmark", {"html": False}).enable("table").disable("image")


def _make_links_careful(children: Sequence[Token]) -> None:
    for child in children:
        if child.type == "link_open":
            child.attrSet("rel", "nofollow noopener")
