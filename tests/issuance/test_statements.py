"""What auditors say: verified, kept, logged, and done."""

import pytest

from label_service.errors import Conflict, InvalidDocument, NotAttested, NotFound, Refused, VerificationError
from label_service.label.attestation import read_attestation
from label_service.verify import inspect_bundle
from tests.issuance.test_register import entries
from tests.verify.reports import failed
from tests.workshop import Workshop


@pytest.fixture
def workshop(own_stage):
    """Give a workshop that an auditor may visit."""
    return Workshop(own_stage)


def verdict(stage, label_id):
    """Verify a label as a buyer would."""
    return inspect_bundle(stage.scheme.labels.bundle(label_id), stage.roots, stage.at)


def attestation_of(stage, label_id):
    """Give the digest of the attestation behind a label."""
    return read_attestation(stage.scheme.labels.get(label_id).attestation)[0].digest


def test_a_refusal_closes_the_declaration_with_its_reasons(workshop):
    """The producer reads what was missing, in the auditor's words, and the log has them."""
    found = workshop.declare()
    subject = {"declaration_digest": found.declaration.digest}
    size = len(entries(workshop.stage))
    kept = workshop.say("refusal", subject, text="The scale was not shown.", findings=("No photo of the scale.",))
    again = workshop.stage.scheme.declarations.get(found.id)
    assert (again.state, again.waits_for) == ("refused", ("The scale was not shown.", "No photo of the scale."))
    (leaf,) = entries(workshop.stage, size)
    assert (leaf.type, leaf.kind, leaf.digest) == ("statement", "refusal", kept.digest)
    assert workshop.stage.scheme.statements.about(found.declaration.digest) == [kept]


def test_what_was_refused_is_not_attested_by_somebody_else(workshop):
    """Nobody looks for a milder auditor; handing the same in again changes nothing, and no scope labels it."""
    declaration = workshop.goods()
    workshop.hand_in(declaration)
    submit = workshop.stage.scheme.declarations.submit
    found = submit(declaration)
    workshop.say("refusal", {"declaration_digest": found.declaration.digest})
    with pytest.raises(Conflict, match="refused"):
        workshop.stage.scheme.attestations.add(found.id, workshop.stage.attest(found))
    workshop.scope()
    assert submit(declaration).state == "refused"
    with pytest.raises(Conflict, match="refused already"):
        workshop.say("refusal", {"declaration_digest": found.declaration.digest}, text="Again.")


def test_what_is_labelled_is_not_refused(workshop):
    """A refusal after the label is a withdrawal."""
    workshop.scope()
    found = workshop.declare()
    with pytest.raises(Conflict, match="labelled already"):
        workshop.say("refusal", {"declaration_digest": found.declaration.digest})


def test_a_withdrawn_attestation_suspends_what_rests_on_it(own_stage, workshop):
    """The label shows it at once; others stay."""
    label_id = own_stage.labels["hook"]
    digest = attestation_of(own_stage, label_id)
    workshop.say("withdrawal", {"attestation_digest": digest}, text="I was shown another meter.")
    assert failed(verdict(own_stage, label_id)) == "status"
    assert own_stage.scheme.labels.get(label_id).status_reason == "attestation-withdrawn"
    assert verdict(own_stage, own_stage.labels["plate"]).exit_code == 0


def test_a_withdrawn_attestation_without_a_label_is_gone(workshop):
    """What was attested and not labelled yet waits again, and may be attested anew."""
    found = workshop.declare()
    attestations = workshop.stage.scheme.attestations
    token = workshop.stage.attest(found)
    attestations.add(found.id, token)
    workshop.say("withdrawal", {"attestation_digest": read_attestation(token)[0].digest})
    again = workshop.stage.scheme.declarations.get(found.id)
    assert (again.state, again.attestation) == ("waiting", None)
    with pytest.raises(Conflict, match="withdrew"):
        attestations.add(found.id, token)
    workshop.stage.clock.forward(hours=1)
    attestations.add(found.id, workshop.stage.attest(found))
    assert workshop.stage.scheme.labels.issue(found.id).id


def test_a_withdrawn_scope_is_suspended_with_its_labels(workshop):
    """The auditor ends her word for a whole workshop."""
    scope = workshop.scope()
    found = workshop.declare()
    with pytest.raises(NotFound, match="expected scope_digest"):
        workshop.say("withdrawal", {"attestation_digest": scope.digest})
    workshop.say("withdrawal", {"scope_digest": scope.digest}, text="The workshop moved.")
    kept = workshop.stage.scheme.scopes.get(scope.digest)
    assert (kept.is_suspended, kept.status_reason) == (True, "scope-withdrawn")
    assert failed(verdict(workshop.stage, found.label_id)) == "status"
    assert workshop.declare().state == "waiting"
    assert workshop.books() == []


@pytest.mark.parametrize("is_suspended", [False, True])
def test_the_operator_does_not_bring_back_what_an_auditor_withdrew(workshop, is_suspended):
    """Also a scope that was suspended for another reason labels nothing after its auditor took her word back."""
    states = workshop.stage.scheme.states
    scope = workshop.scope()
    label_id = workshop.declare().label_id
    if is_suspended:
        states.change(scope.digest, "suspend", reason="precaution", text="It is looked into.")
    workshop.say("withdrawal", {"scope_digest": scope.digest})
    with pytest.raises(Conflict, match="withdrew"):
        states.change(scope.digest, "reinstate", reason="remedied", text="All is well.")
    assert failed(verdict(workshop.stage, label_id)) == "status"
    assert workshop.declare().state == "waiting"


def test_no_label_is_issued_while_its_attestation_is_being_withdrawn(workshop):
    """What was read before the withdrawal counts for nothing after it."""
    found = workshop.declare()
    token = workshop.stage.attest(found)
    workshop.stage.scheme.attestations.add(found.id, token)
    workshop.say("withdrawal", {"attestation_digest": read_attestation(token)[0].digest})
    with pytest.raises(NotAttested):
        workshop.stage.scheme.labels.issue(found.id)


def test_another_auditor_withdraws_nothing(own_stage, workshop):
    """An attestation is withdrawn by the body that made it."""
    subject = {"attestation_digest": attestation_of(own_stage, own_stage.labels["hook"])}
    token = workshop.statement("withdrawal", subject, by=workshop.stranger())
    with pytest.raises(Refused, match="another organisation"):
        own_stage.scheme.statements.add(token)
    assert verdict(own_stage, own_stage.labels["hook"]).exit_code == 0


def test_an_auditor_whose_accreditation_ended_can_still_withdraw(own_stage, workshop):
    """She no longer refuses or audits, but nobody keeps her from taking her word back."""
    auditor = own_stage.scheme.register.current().auditors[0]
    found = workshop.declare()
    own_stage.scheme.register.end_accreditation(auditor.id, "2026-11-20")
    own_stage.clock.forward(days=1)
    with pytest.raises(VerificationError, match="is accredited"):
        workshop.say("refusal", {"declaration_digest": found.declaration.digest})
    workshop.say("withdrawal", {"attestation_digest": attestation_of(own_stage, own_stage.labels["hook"])})
    assert failed(verdict(own_stage, own_stage.labels["hook"])) == "status"


BAD = {
    "another scheme": ({"origin": "https://other.example"}, Refused, "statement for"),
    "to come": ({"at": "2026-11-20T13:00:00Z"}, Refused, "to come"),
}


@pytest.mark.parametrize("case", BAD)
def test_a_statement_for_others_or_of_the_future_is_refused(workshop, case):
    """What was said elsewhere, or will be said, does nothing here."""
    members, error, words = BAD[case]
    found, size = workshop.declare(), len(entries(workshop.stage))
    with pytest.raises(error, match=words):
        workshop.say("refusal", {"declaration_digest": found.declaration.digest}, **members)
    assert workshop.stage.scheme.declarations.get(found.id).state == "assessed"
    assert len(entries(workshop.stage)) == size


def test_nobody_speaks_as_another(workshop):
    """A forged signature, a stranger's key, and kinds that only the scheme signs."""
    subject = {"declaration_digest": workshop.declare().declaration.digest}
    add = workshop.stage.scheme.statements.add
    with pytest.raises(VerificationError, match="signature"):
        add(workshop.forged("refusal", subject))
    with pytest.raises(VerificationError, match="no auditor"):
        add(workshop.statement("refusal", subject, by=workshop.stage.signers.status))
    label_id = workshop.stage.labels["hook"]
    with pytest.raises(Refused, match="by the scheme alone"):
        add(workshop.statement("revocation", {"label_id": label_id}))
    with pytest.raises(InvalidDocument):
        add("a.b.c")
    assert verdict(workshop.stage, label_id).exit_code == 0


def test_a_statement_about_nothing_is_not_kept(workshop):
    """What is not there cannot be refused or withdrawn."""
    size = len(entries(workshop.stage))
    for kind, name in (("refusal", "declaration_digest"), ("withdrawal", "attestation_digest")):
        with pytest.raises(NotFound):
            workshop.say(kind, {name: "ab" * 32})
    with pytest.raises(NotFound):
        workshop.say("withdrawal", {"scope_digest": "ab" * 32})
    with pytest.raises(NotFound):
        workshop.stage.scheme.statements.get("ab" * 32)
    assert len(entries(workshop.stage)) == size


def test_a_refused_request_is_kept_for_the_desk_of_audits(workshop):
    """A request for an audit has no declaration; its refusal is said and logged all the same."""
    kept = workshop.say("refusal", {"request": "7a53f0e9"})
    assert (kept.about, kept.statement.kind) == ("7a53f0e9", "refusal")
