"""Complaints and appeals: who is heard when, who decides, and what follows from it."""

import pytest
from sqlmodel import col, select

from label_service.certification.cases import (
    ANSWER_DAYS,
    APPEAL_DAYS,
    CONTACT_DAYS,
    DECISION_DAYS,
    MAX_MESSAGES,
    MAX_OPEN_PER_LABEL,
    MAX_TEXT,
)
from label_service.errors import Conflict, InvalidDocument, NotFound, Refused
from label_service.label.attestation import read_attestation
from label_service.label.statement import read_statement
from label_service.store.database import reading
from label_service.store.documents import body
from label_service.store.scheme_tables import CaseRow, StatementRow
from tests import databases


@pytest.fixture
def label(play):
    """Give the id of a label of the workshop."""
    found = play.declare("plate")
    play.stage.scheme.attestations.add(found.id, play.attest(found))
    return play.stage.scheme.labels.issue(found.id).id


@pytest.fixture
def complaint(play, label):
    """Give the secret and the id of a complaint about the label."""
    secret = play.desk.cases.complain(label, "The plate is of another material.", "me@mail.example")
    return secret, play.desk.cases.by_secret(secret).id


@pytest.fixture
def second(play):
    """Give another person of the operator."""
    return play.cast.colleague(play.cast.operator, "lead", "second@scheme.example")


def statement(play, kind):
    """Give the newest signed statement of a kind."""
    with reading(play.stage.scheme.bench.engine) as session:
        query = select(StatementRow).where(StatementRow.kind == kind).order_by(col(StatementRow.log_index).desc())
        row = session.exec(query).first()
        assert row.log_index < play.stage.scheme.bench.sequencer.size
        return read_statement(body(session, row.digest).decode())[1]


def notices(play, actor):
    """Give what a party has to do still."""
    return [notice.text for notice in play.desk.notices.of(actor, is_open_only=True)]


def test_both_sides_are_told_and_heard(play, complaint):
    """The producer reads the text, not the contact; the complainant reads the answer; the operator reads all."""
    secret, case_id = complaint
    cases, operator = play.desk.cases, play.cast.operator
    seen = cases.get(play.producer, case_id)
    assert (seen.state, seen.contact) == ("open", "")
    assert seen.messages[0].text == "The plate is of another material."
    assert cases.get(operator, case_id).contact == "me@mail.example"
    assert len(notices(play, play.producer)) == len(notices(play, operator)) == 1
    cases.answer(play.producer, case_id, "It is not; here is the invoice.")
    answered = cases.by_secret(secret)
    assert (answered.state, answered.contact) == ("answered", "")
    assert [message.side for message in answered.messages] == ["complainant", "producer"]
    assert notices(play, play.producer) == []
    cases.answer(operator, case_id, "Which invoice?")
    cases.reply(secret, "I have none.")
    assert [message.side for message in cases.get(play.producer, case_id).messages][2:] == ["operator", "complainant"]


def test_what_is_kept_leads_to_nobody(play, label, complaint):
    """The secret of the private link is nowhere in the database."""
    secret, _ = complaint
    held = databases.content(play.stage.folder)
    assert secret.encode() not in held
    assert label.encode() in held


def test_a_complaint_is_decided_after_the_answer(play, complaint):
    """The producer is heard first: there is no decision before she answered or let the time pass."""
    _, case_id = complaint
    decide = play.desk.cases.decide
    with pytest.raises(Conflict, match="may answer until"):
        decide(play.cast.operator, case_id, "dismissed", words="Nothing to it.")
    play.clock.forward(days=ANSWER_DAYS, minutes=1)
    decide(play.cast.operator, case_id, "dismissed", words="Nothing to it.")
    assert play.desk.cases.get(play.producer, case_id).state == "dismissed"


def test_an_upheld_complaint_is_public_and_suspends(play, label, complaint):
    """The decision is signed and logged with its words, and the label is suspended in the same step."""
    secret, case_id = complaint
    play.desk.cases.answer(play.producer, case_id, "Oh.")
    due = play.desk.cases.get(play.producer, case_id).due_at
    assert (due - play.clock()).days == DECISION_DAYS
    play.desk.cases.decide(play.cast.operator, case_id, "upheld", words="It is of another material.", action="suspend")
    said = statement(play, "complaint_decision")
    assert (said.subject.case, said.subject.outcome, said.subject.label_id) == (case_id, "upheld", label)
    assert said.text == "It is of another material."
    issued = play.stage.scheme.labels.get(label)
    assert (issued.is_suspended, issued.status_reason) == (True, "complaint-upheld")
    seen = play.desk.cases.by_secret(secret)
    assert (seen.state, seen.words) == ("upheld", "It is of another material.")
    with pytest.raises(Conflict, match="was decided"):
        play.desk.cases.reply(secret, "Thank you.")
    with pytest.raises(Conflict, match="decided already"):
        play.desk.cases.decide(play.cast.operator, case_id, "dismissed", words="Or not.")
    (event, *_) = play.desk.register.events()
    assert event.statement.subject.label_id == label


def test_cases_of_others_are_not_there(play, complaint):
    """Another producer and an auditor find no such case, as if it did not exist."""
    _, case_id = complaint
    for stranger in (play.rival, play.auditor):
        with pytest.raises(NotFound) as foreign:
            play.desk.cases.get(stranger, case_id)
        with pytest.raises(NotFound) as missing:
            play.desk.cases.get(stranger, "0" * 36)
        assert foreign.value.as_problem() == missing.value.as_problem()
        with pytest.raises(NotFound):
            play.desk.cases.answer(stranger, case_id, "Me too.")
        assert play.desk.cases.of(stranger) == []


def test_only_the_operator_decides(play, complaint):
    """Neither producer nor auditor decides a case."""
    _, case_id = complaint
    for actor in (play.producer, play.auditor):
        with pytest.raises(Refused):
            play.desk.cases.decide(actor, case_id, "dismissed", words="No.")


def test_a_flood_about_one_label_ends(play, label):
    """When many complaints about a label wait, no more are taken until some were answered."""
    for number in range(MAX_OPEN_PER_LABEL):
        play.desk.cases.complain(label, f"Complaint {number}")
    with pytest.raises(Conflict, match="wait for an answer already"):
        play.desk.cases.complain(label, "One more")
    play.desk.cases.answer(play.producer, play.desk.cases.of(play.producer)[0].id, "Well.")
    play.desk.cases.complain(label, "One more")


def test_a_case_does_not_grow_without_end(play, complaint):
    """One case holds so many messages and no more."""
    secret, _ = complaint
    for number in range(MAX_MESSAGES - 1):
        play.desk.cases.reply(secret, f"And {number}")
    with pytest.raises(Conflict, match="at most"):
        play.desk.cases.reply(secret, "And more")


@pytest.mark.parametrize("text", ["", "\n\t ", "x" * (MAX_TEXT + 1), "a\x07b"])
def test_texts_are_checked(play, label, text):
    """No text, too much of it and control characters are refused; nothing is kept."""
    with pytest.raises(InvalidDocument):
        play.desk.cases.complain(label, text)
    with reading(play.stage.scheme.bench.engine) as session:
        assert session.exec(select(CaseRow)).all() == []


def test_another_person_decides_an_appeal(play, label, second):
    """Who suspended a label does not decide the appeal; a colleague does, and the label counts again."""
    play.desk.sanctions.decide(play.cast.operator, label, "suspend", reason="precaution", words="Under review.")
    (found,) = play.desk.cases.appealable(play.producer)
    assert found.id == label
    case_id = play.desk.cases.appeal(play.producer, label, "There is no reason for it.")
    assert play.desk.cases.appealable(play.producer) == []
    with pytest.raises(Refused, match="somebody else"):
        play.desk.cases.decide(play.cast.operator, case_id, "upheld", words="Right.")
    play.desk.cases.decide(second, case_id, "upheld", words="The doubt is cleared.")
    issued = play.stage.scheme.labels.get(label)
    assert (issued.is_suspended, issued.status_reason) == (False, "appeal-upheld")
    assert statement(play, "appeal_decision").subject.label_id == label


def test_the_console_of_the_machine_decides_no_appeal(play, label):
    """Who works at the machine without an account cannot be told apart from who decided first."""
    play.desk.sanctions.decide(play.cast.operator, label, "suspend", reason="precaution", words="Under review.")
    case_id = play.desk.cases.appeal(play.producer, label, "Why?")
    console = play.cast.accounts.parties.console()
    with pytest.raises(Refused, match="person with an account"):
        play.desk.cases.decide(console, case_id, "dismissed", words="So.")


def test_a_dismissed_appeal_changes_nothing_and_is_the_last(play, label, second):
    """The label stays suspended, and the same decision is not appealed twice; a new decision is."""
    suspend = {"reason": "precaution", "words": "Under review."}
    play.desk.sanctions.decide(play.cast.operator, label, "suspend", **suspend)
    case_id = play.desk.cases.appeal(play.producer, label, "Why?")
    play.clock.forward(days=1)
    play.desk.cases.decide(second, case_id, "dismissed", words="It is still being looked into.")
    assert play.stage.scheme.labels.get(label).is_suspended
    with pytest.raises(Conflict, match="appealed already"):
        play.desk.cases.appeal(play.producer, label, "Why still?")
    play.desk.sanctions.decide(play.cast.operator, label, "revoke", reason="fraud", words="Forged.")
    play.desk.cases.appeal(play.producer, label, "That is not so.")


def test_a_revocation_stays_whatever_the_appeal_says(play, label, second):
    """An upheld appeal against a revocation is public, and the label stays revoked."""
    play.desk.sanctions.decide(play.cast.operator, label, "revoke", reason="fraud", words="Forged.")
    case_id = play.desk.cases.appeal(play.producer, label, "It was not.")
    play.desk.cases.decide(second, case_id, "upheld", words="It was not forged; a new label may be issued.")
    assert play.stage.scheme.labels.get(label).is_revoked
    assert statement(play, "appeal_decision").subject.outcome == "upheld"


def test_an_appeal_does_not_bring_back_what_the_auditor_withdrew(play, label, second):
    """It is upheld in public words, and the label stays suspended until its auditor attests again."""
    digest = read_attestation(play.stage.scheme.labels.get(label).attestation)[0].digest
    withdrawal = play.say("withdrawal", "error-in-declaration", attestation_digest=digest)
    play.stage.scheme.statements.add(withdrawal)
    case_id = play.desk.cases.appeal(play.producer, label, "The meter was right.")
    play.desk.cases.decide(second, case_id, "upheld", words="The auditor is asked to look again.")
    assert play.stage.scheme.labels.get(label).is_suspended
    assert statement(play, "appeal_decision").subject.outcome == "upheld"


def test_an_appeal_has_its_time(play, label):
    """After sixty days a decision stands."""
    play.desk.sanctions.decide(play.cast.operator, label, "suspend", reason="precaution", words="Under review.")
    play.clock.forward(days=APPEAL_DAYS, minutes=1)
    with pytest.raises(Conflict, match="are over"):
        play.desk.cases.appeal(play.producer, label, "Why?")


def test_only_what_was_decided_against_oneself_is_appealed(play, label):
    """A label that counts, that of another producer, and none at all look the same."""
    for actor, about in ((play.producer, label), (play.rival, label), (play.producer, "ABCDEFGHIJKLM")):
        with pytest.raises(NotFound, match="nothing of yours"):
            play.desk.cases.appeal(actor, about, "Why?")


def test_a_suspended_party_appeals_and_returns(play, second):
    """A party that may do nothing else may still appeal, and takes part again when it is upheld."""
    party, change = play.producer.party_id, play.desk.sanctions.change_party
    change(play.cast.operator, party, "suspended", reason="terms-breached", words="No answer to complaints.")
    case_id = play.desk.cases.appeal(play.producer, party, "We were ill.")
    with pytest.raises(Refused):
        play.desk.cases.decide(play.cast.operator, case_id, "upheld", words="Well.")
    play.desk.cases.decide(second, case_id, "upheld", words="They were.")
    assert play.cast.accounts.parties.get(party).state == "active"


def test_a_contact_is_forgotten(play, complaint):
    """How to reach the complainant is removed some time after the decision; what was said stays."""
    _, case_id = complaint
    cases, operator = play.desk.cases, play.cast.operator
    cases.answer(play.producer, case_id, "No.")
    assert cases.forget_contacts() == 0
    cases.decide(operator, case_id, "dismissed", words="Nothing to it.")
    play.clock.forward(days=CONTACT_DAYS - 1)
    assert cases.forget_contacts() == 0
    play.clock.forward(days=2)
    assert cases.forget_contacts() == 1
    assert cases.get(play.cast.operator, case_id).contact == ""
    assert len(cases.get(play.cast.operator, case_id).messages) == 2


def test_an_appeal_against_a_refusal_opens_the_declaration_again(play):
    """Any person of the operator decides it, because an auditor decided first; upheld, it may be attested after all."""
    found = play.declare("hook")
    play.ask(found)
    play.desk.intake.take(play.auditor, play.say("refusal", "implausible", declaration_digest=found.declaration.digest))
    assert play.stage.scheme.declarations.get(found.id).state == "refused"
    (item,) = play.desk.cases.appealable(play.producer)
    assert item.name == "declaration of Wall hook (DEMO): refused by the auditor"
    case_id = play.desk.cases.appeal(play.producer, found.id, "The meter was read twice.")
    play.desk.cases.decide(play.cast.operator, case_id, "upheld", words="The reading was overlooked.")
    assert play.stage.scheme.declarations.get(found.id).state == "waiting"
    said = statement(play, "appeal_decision")
    assert said.subject.declaration_digest == found.declaration.digest
    play.ask(found)
    play.desk.intake.take(play.auditor, play.attest(found))
    assert play.stage.scheme.labels.issue(found.id).id


def test_an_appeal_that_is_settled_meanwhile_is_still_decided(play, label, second):
    """A label that was reinstated before the decision stays as it is; the case is closed all the same."""
    play.desk.sanctions.decide(play.cast.operator, label, "suspend", reason="precaution", words="Under review.")
    case_id = play.desk.cases.appeal(play.producer, label, "Why?")
    play.desk.sanctions.decide(play.cast.operator, label, "reinstate", reason="unfounded", words="Nothing found.")
    play.desk.cases.decide(second, case_id, "upheld", words="It was settled.")
    assert not play.stage.scheme.labels.get(label).is_suspended
    assert play.desk.cases.get(play.producer, case_id).state == "upheld"
