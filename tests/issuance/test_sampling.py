"""Weeks, revealed values, draws and their results; what is overdue suspends by itself."""

import pytest

from label_service.errors import Conflict, NotFound, Refused, VerificationError
from label_service.store.database import reading
from label_service.store.scheme_tables import RevealRow
from label_service.tlog.sampling import Labelled, draw
from label_service.verify import inspect_bundle
from tests.issuance.test_register import entries
from tests.verify.reports import failed
from tests.workshop import Workshop

WEEK = "2026-W47"  # of the stage's clock
NUMBER = 3  # of this week in a scope that begins on 3 November


@pytest.fixture
def workshop(own_stage):
    """Give a workshop that an auditor may visit."""
    return Workshop(own_stage)


@pytest.fixture
def closed(workshop):
    """Give a scope with three labels whose week is over, and their ids."""
    scope = workshop.scope()
    labels = [workshop.declare().label_id for _ in range(3)]
    workshop.stage.clock.forward(days=4)
    assert workshop.stage.scheme.sampling.close_weeks() == WEEK
    return scope, labels


def kids(workshop):
    """Give the names of the auditor's keys."""
    return [key.kid for key in workshop.stage.scheme.register.current().auditors[0].keys]


def open_samples(workshop):
    """Give what the auditor has to audit again."""
    return workshop.stage.scheme.sampling.open_for(kids(workshop))


def state(workshop, scope):
    """Give whether a scope is suspended, and why."""
    found = workshop.stage.scheme.scopes.get(scope.digest)
    return found.is_suspended, found.status_reason


def verdict(stage, label_id):
    """Verify a label as a buyer would."""
    return inspect_bundle(stage.scheme.labels.bundle(label_id), stage.roots, stage.at)


def test_a_week_is_closed_once_and_when_it_is_over(workshop):
    """Not before Monday in UTC, not without labels in a scope, and not twice."""
    sampling = workshop.stage.scheme.sampling
    workshop.scope()
    workshop.stage.clock.forward(days=7)
    assert sampling.close_weeks() is None
    workshop.declare()
    assert sampling.close_weeks() is None
    workshop.stage.clock.forward(days=2, hours=11)
    assert sampling.close_weeks() is None
    workshop.stage.clock.forward(hours=1)
    size = len(entries(workshop.stage))
    assert sampling.close_weeks() == "2026-W48"
    assert sampling.close_weeks() is None
    (leaf,) = entries(workshop.stage, size)
    assert (leaf.type, leaf.week, leaf.at) == ("week", "2026-W48", "2026-11-30T00:00:00Z")
    assert workshop.books() == []


def test_labels_outside_of_scopes_close_no_week(workshop):
    """Only labels in scopes are drawn."""
    workshop.stage.issue("hook", salt="9" * 32)
    workshop.stage.clock.forward(days=7)
    assert workshop.stage.scheme.sampling.close_weeks() is None


def test_the_auditor_is_told_what_she_owes(workshop, closed):
    """The value of a week is due fourteen days after its entry."""
    scope, _ = closed
    (owed,) = workshop.stage.scheme.sampling.owed_by(kids(workshop))
    assert (owed.scope_digest, owed.week, owed.number) == (scope.digest, WEEK, NUMBER)
    assert owed.due_at.isoformat() == "2026-12-08T12:00:00+00:00"
    assert workshop.stage.scheme.sampling.owed_by(["did:key:z6Mk#other"]) == []


def test_a_revealed_value_draws_what_the_log_dictates(workshop, closed):
    """The sample follows from the root after the week and the value; anybody draws the same."""
    scope, labels = closed
    kept = workshop.reveal(scope, WEEK, NUMBER)
    drawn = [item.label_id for item in open_samples(workshop)]
    assert sorted(drawn) == sorted(labels)
    assert {item.due_at.isoformat() for item in open_samples(workshop)} == {"2026-12-24T12:00:00+00:00"}
    assert workshop.stage.scheme.sampling.owed_by(kids(workshop)) == []
    leaves = [leaf.type for leaf in entries(workshop.stage, kept.log_index)]
    assert leaves == ["statement", "reveal"]
    assert workshop.books() == []


def test_a_rate_between_draws_as_the_core_does(workshop):
    """A share of the labels is drawn by the public rule, no other."""
    scope = workshop.scope(sampling_rate="0.5", quantity=12)
    labels = [workshop.declare().label_id for _ in range(12)]
    workshop.stage.clock.forward(days=4)
    workshop.stage.scheme.sampling.close_weeks()
    sequencer = workshop.stage.scheme.bench.sequencer
    head = sequencer._checkpoints.last()
    workshop.declare()  # a later checkpoint changes nothing
    workshop.reveal(scope, WEEK, NUMBER)
    found = [workshop.stage.scheme.labels.get(label_id) for label_id in labels]
    everything = [Labelled(label.log_index, label.id) for label in found]
    expected = draw(everything, head.root, bytes.fromhex(workshop.value(scope, NUMBER)), "0.5")
    assert sorted(item.label_id for item in open_samples(workshop)) == sorted(expected)


def test_each_week_draws_from_its_own_labels(workshop, closed):
    """What was closed by an earlier week is not drawn again."""
    scope, first = closed
    second = [workshop.declare().label_id for _ in range(2)]
    workshop.stage.clock.forward(days=7)
    assert workshop.stage.scheme.sampling.close_weeks() == "2026-W48"
    workshop.reveal(scope, "2026-W48", NUMBER + 1)
    assert {item.label_id for item in open_samples(workshop)} == set(second)
    workshop.reveal(scope, WEEK, NUMBER)
    assert {item.label_id for item in open_samples(workshop)} == {*first, *second}
    assert workshop.books() == []


def test_a_value_that_is_not_of_the_chain_draws_nothing(workshop, closed):
    """The auditor cannot choose a value that spares a label; nothing of the attempt is kept."""
    scope, _ = closed
    size = len(entries(workshop.stage))
    for value in ("ab" * 32, workshop.value(scope, NUMBER + 1)):
        with pytest.raises(Refused, match="not that of"):
            workshop.say("reveal", {"scope_digest": scope.digest, "week": WEEK, "value": value})
    assert len(entries(workshop.stage)) == size
    assert open_samples(workshop) == []


@pytest.mark.parametrize(("week", "number"), [("2026-W48", NUMBER + 1), ("2026-W46", NUMBER - 1)])
def test_a_value_before_its_time_is_refused(workshop, closed, week, number):
    """A value counts for a week that closed labels of the scope: given earlier, the operator could try roots."""
    scope, _ = closed
    with pytest.raises(NotFound, match="owed"):
        workshop.reveal(scope, week, number)


def test_a_value_is_revealed_once(workshop, closed):
    """The same statement again is the same; another one is a conflict."""
    scope, _ = closed
    subject = {"scope_digest": scope.digest, "week": WEEK, "value": workshop.value(scope, NUMBER)}
    token = workshop.statement("reveal", subject)
    first = workshop.stage.scheme.statements.add(token)
    assert workshop.stage.scheme.statements.add(token) == first
    with pytest.raises(Conflict, match="revealed already"):
        workshop.say("reveal", subject, text="Once more.")


def test_a_value_that_is_not_revealed_suspends_the_scope(workshop, closed):
    """Silence cannot spare a label from the draw: the scope and all its labels are suspended, by rule."""
    scope, labels = closed
    sampling = workshop.stage.scheme.sampling
    workshop.stage.clock.forward(days=14)
    assert sampling.suspend_overdue() == []
    workshop.stage.clock.forward(hours=1)
    assert sampling.suspend_overdue() == [scope.digest]
    assert sampling.suspend_overdue() == []
    assert state(workshop, scope) == (True, "reveal-overdue")
    assert failed(verdict(workshop.stage, labels[0])) == "status"
    assert workshop.declare().state == "waiting"
    assert workshop.books() == []


def test_nothing_is_labelled_between_the_day_and_the_suspension(workshop, closed):
    """The goods wait from the moment the value is overdue, whether the calendar was looked at or not."""
    workshop.stage.clock.forward(days=15)
    found = workshop.declare()
    assert found.state == "waiting"
    assert any("has not revealed" in reason for reason in found.waits_for)
    workshop.stage.scheme.tick()
    assert workshop.books() == []


def test_a_late_value_is_taken_and_the_operator_reinstates(workshop, closed):
    """The draw is made up for; without the value the scope would be suspended again by itself."""
    scope, labels = closed
    states, sampling = workshop.stage.scheme.states, workshop.stage.scheme.sampling
    workshop.stage.clock.forward(days=15)
    sampling.suspend_overdue()
    workshop.stage.clock.forward(hours=1)
    states.change(scope.digest, "reinstate", reason="remedied", text="Too early.")
    assert sampling.suspend_overdue() == [scope.digest]
    workshop.reveal(scope, WEEK, NUMBER)
    assert len(open_samples(workshop)) == 3
    states.change(scope.digest, "reinstate", reason="remedied", text="The value is there.")
    assert sampling.suspend_overdue() == []
    assert verdict(workshop.stage, labels[0]).exit_code == 0
    assert workshop.declare().state == "labelled"
    assert workshop.books() == []


def result(workshop, scope, label_id, outcome, **members):
    """Let the auditor report a sample."""
    subject = {"label_id": label_id, "scope_digest": scope.digest, "outcome": outcome}
    return workshop.say("sample_result", subject, **members)


def test_a_sample_that_agrees_is_done(workshop, closed):
    """What was confirmed is no longer open, and the result is in the log."""
    scope, labels = closed
    workshop.reveal(scope, WEEK, NUMBER)
    kept = result(workshop, scope, labels[0], "confirmed")
    assert {item.label_id for item in open_samples(workshop)} == set(labels[1:])
    (leaf,) = entries(workshop.stage, kept.log_index)
    assert (leaf.kind, leaf.label_id, leaf.digest) == ("sample_result", labels[0], kept.digest)
    assert state(workshop, scope) == (False, "")
    with pytest.raises(Conflict, match="result already"):
        result(workshop, scope, labels[0], "finding")


def test_a_finding_suspends_label_and_scope_at_once(workshop, closed):
    """One sample that does not agree stops the scope; reinstating it leaves the label suspended."""
    scope, labels = closed
    workshop.reveal(scope, WEEK, NUMBER)
    result(workshop, scope, labels[0], "finding", text="The meter showed twice as much.")
    assert state(workshop, scope) == (True, "sample-finding")
    assert all(failed(verdict(workshop.stage, label_id)) == "status" for label_id in labels)
    assert workshop.declare().state == "waiting"
    workshop.stage.scheme.states.change(scope.digest, "reinstate", reason="remedied", text="The meter was replaced.")
    assert failed(verdict(workshop.stage, labels[0])) == "status"
    assert verdict(workshop.stage, labels[1]).exit_code == 0
    suspension = workshop.stage.scheme.statements.about(labels[0])[-1]
    assert suspension.statement.kind == "suspension"
    assert suspension.statement.text == "The meter showed twice as much."
    assert workshop.books() == []


def test_a_label_that_was_not_drawn_has_no_result(workshop, closed):
    """Results are of samples, in their own scope."""
    scope, labels = closed
    with pytest.raises(NotFound, match="not drawn"):
        result(workshop, scope, labels[0], "confirmed")
    workshop.reveal(scope, WEEK, NUMBER)
    other = workshop.scope()
    with pytest.raises(NotFound, match="not drawn"):
        result(workshop, other, labels[0], "confirmed")


def test_a_sample_that_is_not_audited_suspends_the_scope(workshop, closed):
    """Thirty days after the draw the scope stops; a late result is taken, and the operator's word then holds."""
    scope, labels = closed
    sampling = workshop.stage.scheme.sampling
    workshop.reveal(scope, WEEK, NUMBER)
    workshop.stage.clock.forward(days=30, hours=1)
    assert sampling.suspend_overdue() == [scope.digest]
    assert state(workshop, scope) == (True, "sample-overdue")
    assert {item.state for item in open_samples(workshop)} == {"overdue"}
    for label_id in labels:
        result(workshop, scope, label_id, "confirmed")
    workshop.stage.scheme.states.change(scope.digest, "reinstate", reason="remedied", text="All were audited.")
    assert sampling.suspend_overdue() == []
    assert state(workshop, scope)[0] is False


def test_another_body_says_nothing_about_the_scope(workshop, closed):
    """Values and results are the word of the body that attested the scope."""
    scope, _ = closed
    stranger = workshop.stranger()
    subject = {"scope_digest": scope.digest, "week": WEEK, "value": workshop.value(scope, NUMBER)}
    with pytest.raises(Refused, match="another organisation"):
        workshop.stage.scheme.statements.add(workshop.statement("reveal", subject, by=stranger))
    with pytest.raises(VerificationError):
        workshop.stage.scheme.statements.add(workshop.forged("reveal", subject))


def test_what_is_owed_stands_in_the_index(workshop, closed):
    """The calendar survives a restart."""
    scope, _ = closed
    workshop.stage.reopen()
    with reading(workshop.stage.scheme.bench.engine) as session:
        assert session.get(RevealRow, (scope.digest, WEEK)).value == ""
    workshop.stage.clock.forward(days=15)
    assert workshop.stage.scheme.sampling.suspend_overdue() == [scope.digest]
