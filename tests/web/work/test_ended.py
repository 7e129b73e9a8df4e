"""A session that ends while somebody types: what she sent comes back to be sent again, to her own pages only."""

import re
from html import unescape

import pytest

from tests.web.accounts.conftest import FORM

WORDS = "Line one\n\n  <b>and & more</b>\n"


@pytest.fixture
def ended(browser, play):
    """Give the browser of the producer after her session ended."""
    client = browser(play.producer)
    client.headers["Cookie"] = ""
    return client


def fields(text):
    """Give the fields that a page holds for later, as a browser would send them."""
    found = re.findall(r'<textarea name="([^"]+)" hidden>\n(.*?)</textarea>', text, re.DOTALL)
    return {name: unescape(value) for name, value in found}


def test_nothing_typed_is_lost_when_the_session_ends(ended, browser, play):
    """The form comes back with every word as it was typed; after signing in it is sent again and taken."""
    found = play.declare("plate")
    sent = {"declaration": found.id, "verifier": play.auditor.party_id, "remarks": WORDS}
    answer = ended.post("/workshop/audits", data=sent)
    assert answer.status_code == 401
    assert "Nothing is lost" in answer.text
    assert 'action="/workshop/audits"' in answer.text
    kept = fields(answer.text)
    assert kept == sent
    assert browser(play.producer).post("/workshop/audits", data=kept).status_code == 303


def test_files_are_named_that_have_to_be_added_again(ended):
    """A batch comes back with its answers; a file that came with it is asked for once more."""
    answer = ended.post("/declare", data={"name": WORDS, "net": "253.8"}, files={"files": ("<x>.gcode", b"G1")})
    assert answer.status_code == 401
    assert fields(answer.text) == {"name": WORDS, "net": "253.8"}
    assert "&lt;x&gt;.gcode" in answer.text


@pytest.mark.parametrize(
    "headers", [{"Sec-Fetch-Site": "cross-site"}, {"Content-Type": "application/json"}, {"Accept": "application/json"}]
)
def test_nobody_else_is_given_a_form_back(visitor, headers):
    """A form of another site, a program, another body: a plain refusal that repeats nothing."""
    sent = {**FORM, "Content-Type": "application/x-www-form-urlencoded", **headers}
    answer = visitor.post("/workshop/audits", content=b"declaration=abcdefgh", headers=sent)
    assert answer.status_code in {401, 403}
    assert "abcdefgh" not in answer.text


def test_a_form_that_is_too_large_or_broken_is_refused_as_before(visitor):
    """No form is held that nobody could have typed."""
    for body in (b"a=" + b"x" * 1_100_000, b"&".join(b"a%d=1" % number for number in range(600))):
        sent = {**FORM, "Content-Type": "application/x-www-form-urlencoded"}
        answer = visitor.post("/workshop/audits", content=body, headers=sent)
        assert answer.status_code in {400, 401}
        assert "textarea" not in answer.text
