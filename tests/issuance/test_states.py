import pytest

from label_service.errors import Conflict, InvalidDocument, NotFound
from label_service.label.credential import read_label
from label_service.label.status import read_status_list
from label_service.verify import inspect_bundle
from tests.verify.reports import failed, reason


def verdict(stage, label_id):
    """Verify a label as a buyer would."""
    return inspect_bundle(stage.scheme.labels.bundle(label_id), stage.roots, stage.at)


def test_states_reach_the_buyer(own_stage):
    """A suspension shows in the next bundle and is lifted again; a revocation stays."""
    label_id = own_stage.labels["hook"]
    change = own_stage.scheme.states.change
    assert verdict(own_stage, label_id).exit_code == 0
    change(label_id, "suspend", reason="precaution", text="It is looked into.")
    assert "suspended" in reason(verdict(own_stage, label_id))
    assert own_stage.scheme.labels.get(label_id).is_suspended
    change(label_id, "reinstate", reason="unfounded", text="Nothing was found.")
    assert verdict(own_stage, label_id).exit_code == 0
    change(label_id, "revoke", reason="fraud", text="The meter was not hers.")
    report = verdict(own_stage, label_id)
    assert failed(report) == "status"
    assert "revoked" in reason(report)
    assert own_stage.scheme.labels.get(label_id).status_reason == "fraud"
    assert verdict(own_stage, own_stage.labels["plate"]).exit_code == 0


def test_a_revocation_is_never_taken_back(own_stage):
    """Once revoked always revoked, and saying so twice is a conflict."""
    label_id = own_stage.labels["hook"]
    change = own_stage.scheme.states.change
    change(label_id, "revoke", reason="fraud", text="The meter was not hers.")
    size = own_stage.scheme._bench.sequencer.size
    for action in ("revoke", "suspend", "reinstate"):
        with pytest.raises(Conflict):
            change(label_id, action, reason="fraud", text="Again.")
    assert own_stage.scheme._bench.sequencer.size == size
    own_stage.reopen()
    assert own_stage.scheme.labels.get(label_id).is_revoked


@pytest.mark.parametrize(
    "members",
    [
        {"reason": "Because I say so"},
        {"reason": "because"},
        {"reason": ""},
        {"actor": "Jane Doe"},
        {"text": ""},
        {"text": "x" * 2001},
    ],
)
def test_a_change_of_state_is_well_formed_or_refused(own_stage, members):
    """Reason and actor are codes the log can carry, never a person's name; the words are there and short."""
    label_id = own_stage.labels["hook"]
    said = {"reason": "fraud", "text": "The meter was not hers.", "actor": "operator"} | members
    with pytest.raises(InvalidDocument):
        own_stage.scheme.states.change(label_id, "revoke", **said)
    assert not own_stage.scheme.labels.get(label_id).is_revoked


def test_what_is_not_there_has_no_state(own_stage):
    """A state is changed of a label or scope that exists."""
    for about in ("ABCDEFGHIJKLM", "ab" * 32, ""):
        with pytest.raises(NotFound):
            own_stage.scheme.states.change(about, "revoke", reason="fraud", text="Nobody.")


def test_status_lists_are_kept_for_a_day_and_made_anew(own_stage):
    """A list is signed again when half its life is over, and at once when a state changes."""
    states = own_stage.scheme.states
    first = states.status_list("revocation", 0)
    own_stage.clock.forward(hours=23)
    assert states.status_list("revocation", 0) == first
    own_stage.clock.forward(hours=2)
    second = states.status_list("revocation", 0)
    assert read_status_list(second)[1].valid_from == "2026-11-21T13:00:00Z"
    label_id = own_stage.labels["hook"]
    index = read_label(own_stage.scheme.labels.get(label_id).token)[1].status.revocation.index
    states.change(label_id, "revoke", reason="fraud", text="The meter was not hers.")
    assert read_status_list(states.status_list("revocation", 0))[1].is_set(index)
    assert not read_status_list(states.status_list("suspension", 0))[1].is_set(index)
    own_stage.clock.forward(days=-3)
    assert read_status_list(states.status_list("revocation", 0))[1].valid_from == "2026-11-18T13:00:00Z"
