import pytest

from label_service.errors import Conflict, InvalidDocument, NotFound
from label_service.label.credential import read_label
from label_service.label.statement import read_statement
from label_service.label.status import read_status_list
from label_service.verify import inspect_bundle
from label_service.verify.statements import check_statement
from tests.issuance.test_register import entries
from tests.stage import open_stage
from tests.verify.reports import failed, reason
from tests.workshop import Workshop


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


@pytest.fixture
def workshop(own_stage):
    """Give a workshop that an auditor may visit."""
    return Workshop(own_stage)


def change(stage, about, action, reason_code="precaution", **members):
    """Let the operator decide."""
    stage.scheme.states.change(about, action, reason=reason_code, text=f"To {action} it was decided.", **members)


def test_a_decision_is_said_signed_and_logged(own_stage):
    """What was decided can be read in public words under the scheme's key, and the log names them."""
    label_id, size = own_stage.labels["hook"], len(entries(own_stage))
    change(own_stage, label_id, "suspend")
    said, leaf = entries(own_stage, size)
    (kept,) = own_stage.scheme.statements.about(label_id)
    assert (said.type, said.kind, said.digest) == ("statement", "suspension", kept.digest)
    assert (leaf.type, leaf.label_id, leaf.reason, leaf.actor) == ("status", label_id, "precaution", "operator")
    assert leaf.statement_digest == kept.digest
    assert kept.statement.text == "To suspend it was decided."
    token, statement = read_statement(kept.token)
    trust_list = own_stage.scheme.register.current()
    assert check_statement(token, statement, trust_list, kept.log_index) == trust_list.issuers[0].name
    label = own_stage.scheme.labels.get(label_id)
    assert (label.status_reason, label.status_at) == ("precaution", own_stage.clock())


def test_a_scope_passes_its_state_on(workshop):
    """Suspending a scope sets the bit of every label in it at once, in one entry, and lifting it clears them."""
    scope, stage = workshop.scope(), workshop.stage
    labels = [workshop.declare().label_id for _ in range(3)]
    size = len(entries(stage))
    change(stage, scope.digest, "suspend")
    assert len(entries(stage)) == size + 2
    assert all(stage.scheme.labels.get(label_id).is_suspended for label_id in labels)
    assert all(failed(verdict(stage, label_id)) == "status" for label_id in labels)
    assert verdict(stage, stage.labels["hook"]).exit_code == 0
    assert stage.scheme.labels.get(labels[0]).status_reason == "precaution"
    change(stage, scope.digest, "reinstate", "unfounded")
    assert all(verdict(stage, label_id).exit_code == 0 for label_id in labels)


def test_a_label_keeps_its_own_suspension(workshop):
    """Reinstating the scope does not lift what was found about one label, and the other way round."""
    scope, stage = workshop.scope(), workshop.stage
    first, second = (workshop.declare().label_id for _ in range(2))
    change(stage, first, "suspend")
    change(stage, scope.digest, "suspend")
    with pytest.raises(Conflict, match="not suspended itself"):
        change(stage, second, "reinstate", "unfounded")
    change(stage, scope.digest, "reinstate", "unfounded")
    assert failed(verdict(stage, first)) == "status"
    assert verdict(stage, second).exit_code == 0
    change(stage, first, "reinstate", "unfounded")
    assert verdict(stage, first).exit_code == 0


def test_a_revoked_scope_ends_for_good(workshop):
    """Every label of it is revoked, and nobody takes that back."""
    scope, stage = workshop.scope(), workshop.stage
    label_id = workshop.declare().label_id
    change(stage, scope.digest, "revoke", "fraud")
    assert stage.scheme.labels.get(label_id).is_revoked
    for action in ("suspend", "reinstate", "revoke"):
        with pytest.raises(Conflict, match="never taken back"):
            change(stage, scope.digest, action, "unfounded")


def test_a_superseded_label_names_its_successor(own_stage):
    """Whoever scans the old label is led to the new one; the old one counts no longer."""
    old, new = own_stage.labels["hook"], own_stage.labels["plate"]
    size = len(entries(own_stage))
    change(own_stage, old, "supersede", "superseded", successor=new)
    label = own_stage.scheme.labels.get(old)
    assert (label.is_revoked, label.successor, label.status_reason) == (True, new, "superseded")
    leaf = entries(own_stage, size)[1]
    assert (leaf.successor, leaf.purpose, leaf.value) == (new, "revocation", True)
    assert failed(verdict(own_stage, old)) == "status"


def test_a_successor_is_a_label_in_force_of_the_same_producer(own_stage, workshop):
    """Nobody is led to goods of others, to itself, or to what was revoked."""
    old, new = own_stage.labels["hook"], own_stage.labels["plate"]
    scope = workshop.scope()
    with pytest.raises(NotFound):
        change(own_stage, old, "supersede", "superseded", successor="ABCDEFGHIJKLM")
    with pytest.raises(Conflict):
        change(own_stage, old, "supersede", "superseded", successor=old)
    with pytest.raises(Conflict, match="not superseded"):
        change(own_stage, scope.digest, "supersede", "superseded", successor=new)
    producer = {"id": "https://other.example", "name": "Other", "country": "DEU"}
    other = own_stage.issue("plate", salt="9" * 32, producer=producer)
    with pytest.raises(Conflict, match="same producer"):
        change(own_stage, old, "supersede", "superseded", successor=other.id)
    change(own_stage, new, "revoke", "fraud")
    with pytest.raises(Conflict, match="revoked"):
        change(own_stage, old, "supersede", "superseded", successor=new)


def test_nothing_is_half_decided(own_stage):
    """State, statement and log entry are one unit of work: where one cannot be written, none is."""
    label_id, size = own_stage.labels["hook"], len(entries(own_stage))
    with pytest.raises(InvalidDocument):
        change(own_stage, label_id, "suspend", actor="Jane Doe")
    assert len(entries(own_stage)) == size
    assert own_stage.scheme.statements.about(label_id) == []


def test_another_process_sees_a_change_at_once(own_stage):
    """The list that a service keeps is given up when a command changed a state."""
    service = open_stage(own_stage.folder, own_stage.clock)
    label_id = own_stage.labels["hook"]
    assert verdict(service, label_id).exit_code == 0
    change(own_stage, label_id, "suspend")
    assert failed(verdict(service, label_id)) == "status"
    change(service, label_id, "reinstate", "unfounded")
    assert verdict(own_stage, label_id).exit_code == 0
    service.scheme.close()


def test_lists_are_renewed_before_anybody_asks(own_stage):
    """What is due is signed by the clock of the service, so that no reader waits for it."""
    states = own_stage.scheme.states
    first = states.status_list("suspension", 0)
    own_stage.clock.forward(hours=25)
    states.renew()
    assert states._status_lists["suspension", 0].text != first
