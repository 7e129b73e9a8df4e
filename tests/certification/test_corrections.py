"""Corrections by producers: a wrong label is replaced by a later one or taken back, in public words, but not evaded."""

import pytest

from label_service.errors import Conflict, InvalidDocument, NotFound, Refused


@pytest.fixture
def labels(play):
    """Give two labels of the producer, the older first."""
    return tuple(label_of(play, salt) for salt in ("a" * 32, "b" * 32))


def label_of(play, salt):
    """Bring a declaration the whole way to its label."""
    found = play.declare("plate", salt=salt)
    play.stage.scheme.attestations.add(found.id, play.attest(found))
    return play.stage.scheme.labels.issue(found.id).id


def told(play, actor):
    """Give the texts of somebody's open notices."""
    return [item.text for item in play.desk.notices.of(actor, is_open_only=True)]


def test_a_wrong_label_is_replaced_by_a_later_one(play, labels):
    """The old one is revoked for good, names its successor, and the operator is told."""
    old, new = labels
    play.desk.corrections.supersede(play.producer, old, new, "The mass was that of another batch.")
    found = play.stage.scheme.labels.get(old)
    assert (found.is_revoked, found.status_reason, found.successor) == (True, "superseded", new)
    assert not play.stage.scheme.labels.get(new).is_revoked
    assert any(f"replaced its label {old}" in text for text in told(play, play.cast.operator))
    with pytest.raises(Conflict, match="revoked"):
        play.desk.corrections.supersede(play.producer, old, new, "Again.")


def test_an_older_label_replaces_nothing(play, labels):
    """Otherwise a finding in the newer one could be answered with the old one."""
    old, new = labels
    with pytest.raises(Conflict, match="the later one"):
        play.desk.corrections.supersede(play.producer, new, old, "Words.")
    with pytest.raises(Conflict, match="the later one"):
        play.desk.corrections.supersede(play.producer, new, new, "Words.")


@pytest.mark.parametrize("reason", ["error-in-declaration", "recall", "on-request"])
def test_a_label_is_taken_back_for_good(play, labels, reason):
    """With one of the reasons a producer can have; nobody brings it back."""
    play.desk.corrections.withdraw(play.producer, labels[0], reason, "The hooks break.")
    found = play.stage.scheme.labels.get(labels[0])
    assert (found.is_revoked, found.status_reason) == (True, reason)


@pytest.mark.parametrize("reason", ["sample-finding", "method-error", "superseded", "", "x" * 100])
def test_other_reasons_are_not_hers(play, labels, reason):
    """She cannot put her mistake on the method, or pretend a replacement."""
    with pytest.raises(InvalidDocument):
        play.desk.corrections.withdraw(play.producer, labels[0], reason, "Words.")


def test_a_suspended_label_is_not_evaded(play, labels):
    """Who suspended it decides first; replacing or taking back would hide the finding behind a kinder reason."""
    old, new = labels
    play.desk.sanctions.decide(play.cast.operator, old, "suspend", reason="precaution", words="Looked into.")
    for step in (
        lambda: play.desk.corrections.supersede(play.producer, old, new, "Words."),
        lambda: play.desk.corrections.withdraw(play.producer, old, "on-request", "Words."),
    ):
        with pytest.raises(Conflict, match="decided first"):
            step()
    assert play.stage.scheme.labels.get(old).status_reason == "precaution"


def test_labels_of_others_are_not_hers(play, labels):
    """A rival neither withdraws them nor replaces hers with them; a reader of the party does neither."""
    old, new = labels
    reader = play.cast.colleague(play.producer, "reader")
    for actor, error in ((play.rival, NotFound), (reader, Refused), (play.auditor, Refused)):
        with pytest.raises(error):
            play.desk.corrections.withdraw(actor, old, "on-request", "Words.")
        with pytest.raises(error):
            play.desk.corrections.supersede(actor, old, new, "Words.")
    with pytest.raises(NotFound):
        play.desk.corrections.supersede(play.producer, old, "A" * 13, "Words.")


@pytest.mark.parametrize("words", ["", " ", "x" * 2001, "a\x00b"])
def test_a_correction_says_why(play, labels, words):
    """In public words of reasonable length; nothing is changed without."""
    with pytest.raises(InvalidDocument):
        play.desk.corrections.withdraw(play.producer, labels[0], "on-request", words)
    assert not play.stage.scheme.labels.get(labels[0]).is_revoked
