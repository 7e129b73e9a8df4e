"""Custody of evidence: who opened what, and what is removed when its time is over."""

import pytest

from label_service.errors import Conflict, NotFound, Refused

YEARS = 5


@pytest.fixture
def labelled(play):
    """Give the id of a label, with its evidence uploaded."""
    found = play.declare("plate")
    play.stage.scheme.attestations.add(found.id, play.attest(found))
    return play.stage.scheme.labels.issue(found.id).id


def due(play):
    """Give the digests whose time is over."""
    return {item.digest for item in play.desk.custody.due(play.cast.operator, YEARS)}


def uploaded(play):
    """Give the digests of the workshop's files."""
    return {item.digest for item in play.desk.evidence.of(play.producer)}


def test_evidence_stays_for_years_after_the_end_of_the_label(play, labelled):
    """Files are needed until so many years after the label ran out."""
    play.clock.forward(days=365 * YEARS)
    assert due(play) == set()
    play.clock.forward(days=365 * 2)
    assert due(play) == uploaded(play)


def test_a_revoked_label_ends_on_the_day_it_was_revoked(play, labelled):
    """The years count from the revocation."""
    revoke = {"reason": "on-request", "words": "No longer made."}
    play.desk.sanctions.decide(play.cast.operator, labelled, "revoke", **revoke)
    play.clock.forward(days=366 * YEARS)
    assert due(play) == uploaded(play)


def test_an_open_case_keeps_the_evidence(play, labelled):
    """What a complaint is about is not removed while it is open."""
    play.desk.cases.complain(labelled, "Look at the evidence again.")
    play.clock.forward(days=366 * 10)
    assert due(play) == set()


def test_removed_bytes_are_gone_and_the_digest_stays(play, labelled):
    """After the removal nobody opens the file; its row says when, and the act is noted."""
    play.clock.forward(days=366 * 10)
    digest = min(due(play))
    chosen = [(digest, play.producer.party_id)]
    assert play.desk.custody.remove(play.cast.operator, chosen, YEARS) == 1
    with pytest.raises(NotFound, match="was removed on"):
        play.desk.evidence.open(play.producer, digest)
    with pytest.raises(NotFound):
        play.stage.scheme.evidence.path(digest)
    assert digest in uploaded(play)
    assert digest not in due(play)
    (act,) = play.desk.acts.newest(play.cast.operator, digest)
    assert act.kind == "removal"


def test_a_file_of_two_parties_stays_until_both_times_are_over(play, labelled):
    """The bytes are kept while another party's file is the same."""
    digest = min(uploaded(play))
    name = next(item.name for item in play.desk.evidence.of(play.producer) if item.digest == digest)
    play.clock.forward(days=366 * 10)
    with play.stage.scheme.evidence.path(digest).open("rb") as stream:
        play.desk.evidence.add(play.rival, stream, name)
    play.desk.custody.remove(play.cast.operator, [(digest, play.producer.party_id)], YEARS)
    assert play.desk.evidence.open(play.rival, digest)[1].exists()


def test_nothing_is_removed_before_its_time(play, labelled):
    """A list of files of which one is still needed removes none; only the operator removes."""
    chosen = [(digest, play.producer.party_id) for digest in uploaded(play)]
    with pytest.raises(Conflict, match="not over"):
        play.desk.custody.remove(play.cast.operator, chosen, YEARS)
    with pytest.raises(Refused):
        play.desk.custody.remove(play.producer, chosen, YEARS)
    assert all(play.stage.scheme.evidence.path(digest) for digest, _ in chosen)


def test_every_opening_is_listed(play, labelled):
    """The operator sees who opened which file of whom."""
    digest = min(uploaded(play))
    play.desk.evidence.open(play.producer, digest)
    (opened,) = play.desk.custody.opened(play.cast.operator)
    assert (opened.digest, opened.person) == (digest, "Lead of Test workshop")
    assert play.desk.custody.opened(play.cast.operator, play.rival.party_id) == []
    with pytest.raises(Refused):
        play.desk.custody.opened(play.producer)
