"""A label that a compromised key cut off looks valid nowhere: not to its producer, not in the register."""

import pytest

from tests.web.visiting import labelled


@pytest.fixture
def label(play):
    """Give a label of the workshop."""
    return labelled(play)


def states(play, label):
    """Give what the producer's list, her page and the register say of a label."""
    desk, actor = play.desk, play.producer
    listed = {item.id: item.state for item in desk.holdings.labels(actor)[0]}
    register = {item.id: item.state for item in desk.register.labels(producer_id=actor.party_id).items}
    return listed[label], desk.holdings.label(actor, label).state, register[label]


def keys(play):
    """Give the kids of the key that signs labels and of the auditor's."""
    listed = play.stage.scheme.register.current()
    issuer = next(key.kid for key in listed.issuer(play.stage.scheme.identity.did).keys if key.use == "label")
    return issuer, play.signing.auditor.keys[0].kid


@pytest.mark.parametrize("which", [0, 1])
def test_a_label_that_a_compromised_key_cut_off_is_shown_as_suspended(play, label, which):
    """Whether the scheme's key was stolen or the auditor's: from its log entry on no list calls the label valid."""
    assert set(states(play, label)) == {"valid"}
    index = play.stage.scheme.labels.get(label).log_index
    play.stage.scheme.register.compromise(keys(play)[which], index)
    assert set(states(play, label)) == {"suspended"}
    assert play.desk.holdings.label(play.producer, label).status_reason == "key-compromised"


def test_a_label_from_before_the_theft_stays_valid(play, label):
    """What was logged earlier keeps its proof, and its state."""
    index = play.stage.scheme.labels.get(label).log_index
    play.stage.scheme.register.compromise(keys(play)[0], index + 1)
    assert set(states(play, label)) == {"valid"}


def test_a_label_issued_anew_is_superseded_not_suspended(play, label):
    """The old one leads to the new one; only the new one is valid."""
    index = play.stage.scheme.labels.get(label).log_index
    play.stage.scheme.register.compromise(keys(play)[0], index)
    new = play.desk.keys.reissue(play.cast.operator, label)
    assert play.desk.holdings.label(play.producer, label).state == "superseded"
    assert set(states(play, new.id)) == {"valid"}
