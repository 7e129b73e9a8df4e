"""A scope is withdrawn: every label of it shows that, whoever looks where; those outside stay as they are."""

import hashlib
from contextlib import contextmanager
from xml.etree import ElementTree as ET

import pytest

from label_service.verify import inspect_bundle
from tests.certification.playing import begin
from tests.certification.test_intake import take
from tests.web.visiting import labelled, opened

ATOM = "{http://www.w3.org/2005/Atom}"
WORDS = "Two boxes broke when they were stacked. Do not stack them."


@contextmanager
def recalled(folder):
    """Certify a workshop by a scope, label three batches in it and one outside, then suspend the scope."""
    play = begin(folder)
    found = play.declare("box")
    play.propose(found)
    digest = take(play, play.scope_token(found)).digest
    inside = [play.again(found, number).label_id for number in range(1, 4)]
    outside = labelled(play, "hook")
    before = {label: play.stage.scheme.labels.bundle(label) for label in (*inside, outside)}
    with opened(play) as visit:
        form = {"action": "suspend", "reason": "recall", "words": WORDS}
        assert visit(play.cast.operator).post(f"/operate/states/{digest}", data=form).status_code == 303
        yield play, visit, digest, inside, outside, before
    play.stage.scheme.close()


@pytest.fixture(scope="module")
def story(tmp_path_factory):
    """Give a recalled scope to read from."""
    with recalled(tmp_path_factory.mktemp("recall") / "scheme") as story:
        yield story


def test_every_label_page_carries_the_recall(story):
    """State, reason, date and words are on each page of the scope; the label outside stays valid."""
    _, visit, digest, inside, outside, _ = story
    for label in inside:
        page = visit().get(f"/L/{label}").text
        assert "Suspended" in page
        assert "the goods were recalled" in page
        assert WORDS in page
        assert "20 November 2026" in page
        assert f'href="/register/scopes/{digest}"' in page
        assert "copied sticker" in page
    assert "Suspended" not in visit().get(f"/L/{outside}").text


def test_the_scope_says_so_in_public(story):
    """Its page, the list of withdrawals, the producer's page and the feed name the scope with the words."""
    play, visit, digest, inside, _, _ = story
    page = visit().get(f"/register/scopes/{digest}").text
    assert WORDS in page
    assert "suspended" in page
    assert "1 November 2026 – 31 October 2027" in page
    assert all(label in page for label in inside)
    assert WORDS in visit().get("/register/withdrawals").text
    assert "suspended" in visit().get(f"/parties/{play.producer.party_id.rpartition('/')[2]}").text
    feed = ET.fromstring(visit().get("/recalls.xml").content)
    (entry,) = feed.findall(f"{ATOM}entry")
    assert entry.findtext(f"{ATOM}title") == f"Scope {digest[:12]}: suspended"
    assert WORDS in entry.findtext(f"{ATOM}content")


def test_an_offline_check_finds_it_with_a_fresh_list(story):
    """A bundle of today fails at the status; one saved before keeps its proof and held when it was made."""
    play, _, _, inside, outside, before = story
    for label in (*inside, outside):
        saved = inspect_bundle(before[label], play.stage.roots, play.stage.at)
        assert saved.exit_code == 0, saved.verdict
    for label in inside:
        fresh = inspect_bundle(play.stage.scheme.labels.bundle(label), play.stage.roots, play.stage.at)
        assert "status" in fresh.verdict
        assert fresh.exit_code == 1
    assert inspect_bundle(play.stage.scheme.labels.bundle(outside), play.stage.roots, play.stage.at).exit_code == 0


def test_the_scopes_token_is_there_for_everybody(story):
    """The auditor's signed words can be fetched and hashed by anybody."""
    _, visit, digest, _, _, _ = story
    token = visit().get(f"/register/scopes/{digest}/token")
    assert hashlib.sha256(token.content).hexdigest() == digest
    assert token.headers["content-type"] == "application/vc+jwt"


def test_it_returns_when_the_matter_is_settled(tmp_path):
    """Reinstated, all of its labels count again, and the feed says so."""
    with recalled(tmp_path / "scheme") as (play, visit, digest, inside, _, _):
        form = {"action": "reinstate", "reason": "remedied", "words": "The boxes were exchanged."}
        assert visit(play.cast.operator).post(f"/operate/states/{digest}", data=form).status_code == 303
        for label in inside:
            assert "Suspended" not in visit().get(f"/L/{label}").text
        feed = ET.fromstring(visit().get("/recalls.xml").content)
    titles = [entry.findtext(f"{ATOM}title") for entry in feed.findall(f"{ATOM}entry")]
    assert titles == [f"Scope {digest[:12]}: counts again", f"Scope {digest[:12]}: suspended"]
