"""News: what happens by itself is told, once, to those whom it concerns."""

import pytest

from tests.certification.test_intake import take


@pytest.fixture
def scope(play):
    """Give the digest of a scope around boxes, with one label in it."""
    found = play.declare("box")
    play.propose(found)
    digest = take(play, play.scope_token(found)).digest
    assert play.again(found, 1).label_id
    return digest


def told(play, actor):
    """Give what is open for a party, newest first."""
    return [item.text for item in play.desk.notices.of(actor, is_open_only=True)]


def test_an_auditor_is_reminded_of_what_she_has_to_reveal(play, scope):
    """When a week was closed, her body learns which value is due until when, once."""
    play.desk.news.tell()
    play.clock.forward(days=4)
    play.stage.scheme.tick()
    assert play.desk.news.tell() == 1
    assert play.desk.news.tell() == 0
    assert told(play, play.auditor)[0] == f"Reveal the value of week 2026-W47 for scope {scope[:12]} by 2026-12-08."


def test_a_scope_that_suspends_itself_is_told(play, scope):
    """Nothing revealed in time: producer and auditor are told once that the scope was suspended, and why."""
    play.clock.forward(days=4)
    play.stage.scheme.tick()
    play.desk.news.tell()
    play.clock.forward(days=15)
    play.stage.scheme.tick()
    assert play.desk.news.tell() == 2
    for actor in (play.producer, play.auditor):
        assert told(play, actor)[0].startswith(f"The scope {scope[:12]} was suspended: the auditor did not reveal")
    assert play.desk.news.tell() == 0


def test_what_people_decided_is_not_told_twice(play, scope):
    """A decision of the operator was told with the decision; the body of the auditor learns of it here."""
    decide = play.desk.sanctions.decide
    decide(play.cast.operator, scope, "suspend", reason="precaution", words="Under review.")
    before = len(told(play, play.producer))
    assert play.desk.news.tell() == 1
    assert len(told(play, play.producer)) == before
    assert "it is being looked into" in told(play, play.auditor)[0]
