"""Markdown of the operator: whatever stands in it, a page gets text, lists, tables and careful links."""

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from label_service.web.markdown import render

TAGS = {
    *("h2", "h3", "h4", "h5", "h6", "p", "a", "em", "strong", "code", "pre", "blockquote", "hr", "br"),
    *("ul", "ol", "li", "table", "thead", "tbody", "tr", "th", "td"),
}
ATTRIBUTES = {("a", "href"), ("a", "rel"), ("a", "title"), ("ol", "start"), ("code", "class")}
PIECES = st.sampled_from(
    [
        *("# ", "\n\n", "[x](", ")", "javascript:alert(1)", "https://a.example", "<script>", "</script>"),
        *("<img src=x>", "![y](", "| a | b |\n|:-:|--|\n| 1 | 2 |\n", "<a href='x' onclick=1>", "`", "```\n"),
        *("&#106;avascript:", "1. ", "<!--", "-->", "[r]: ", '"onmouseover="', "data:text/html,x"),
        *("//evil.example", "\x00", "&lt;", "<svg/onload=1>"),
    ]
)


class Reader(HTMLParser):
    """Notes tags and attributes."""

    def __init__(self):
        super().__init__()
        self.tags, self.attributes, self.links = set(), set(), []

    def handle_starttag(self, tag, attributes):
        """Note a tag."""
        self.tags.add(tag)
        self.attributes |= {(tag, name) for name, _ in attributes}
        self.links += [value for name, value in attributes if name == "href"]


def read(text):
    """Give what a browser would see of a text."""
    reader = Reader()
    reader.feed(str(render(text)))
    return reader


@given(st.lists(st.one_of(PIECES, st.text(max_size=20)), max_size=30).map("".join))
def test_no_text_becomes_anything_that_runs(text):
    """Only harmless tags and attributes, and only links to the web, mail and this site."""
    found = read(text)
    assert found.tags <= TAGS
    assert found.attributes <= ATTRIBUTES
    assert all(
        not link or link.lower().startswith(("https://", "http://", "mailto:", "#", "/")) for link in found.links
    )
    assert not any(link.startswith(("//", "/\\")) for link in found.links)


@pytest.mark.parametrize(
    ("text", "tag"),
    [("# a", "h2"), ("###### a", "h6"), ("* a", "ul"), ("| a |\n|--|\n| 1 |", "table"), ("**a**", "strong")],
)
def test_what_rules_are_written_with_is_there(text, tag):
    """Headings one step down, lists, tables and emphasis."""
    assert tag in read(text).tags
    assert "h1" not in read(text).tags


def test_links_lead_out_carefully():
    """No link passes on where the reader came from or the window she reads in."""
    assert 'rel="nofollow noopener"' in str(render("[a](https://a.example)"))
