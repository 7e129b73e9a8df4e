"""Alarms: told once, in time, to whom they concern."""

from label_service.tlog.sampling import chain_value
from tests.certification.playing import SEED, VERA, WEEKS
from tests.certification.test_intake import NUMBER, take


def texts(play, days=30):
    """Give what is alarming now."""
    return [alarm.text for alarm in play.desk.alarms.now(days)]


def test_a_fresh_scheme_is_quiet(play):
    """Right after the start nothing ends soon."""
    assert texts(play) == []


def test_ends_are_seen_in_time(play):
    """Delegation, keys and accreditations are alarming from so many days before their end."""
    play.clock.forward(days=365 - 60)
    play.stage.scheme.register.text()  # as any reader would ask for it
    assert texts(play, days=30) == []
    assert [text for text in texts(play, days=60) if "delegation" in text]
    play.clock.forward(days=2 * 365 + 50)
    found = texts(play, days=60)
    assert [text for text in found if text.startswith(f"The accreditation of {VERA}")]
    assert [text for text in found if text.startswith("The label key")]
    assert [text for text in found if text.startswith("The trust list ends")]


def test_an_overdue_case_is_alarming(play):
    """A complaint nobody answered in time waits for the operator."""
    found = play.declare("plate")
    play.stage.scheme.attestations.add(found.id, play.attest(found))
    label = play.stage.scheme.labels.issue(found.id).id
    play.desk.cases.complain(label, "It is not a plate.")
    assert texts(play) == []
    play.clock.forward(days=15)
    (text,) = texts(play)
    assert text.startswith(f"The complaint about {label} waits for an answer")


def test_everybody_is_told_once(play):
    """The operator is told of each alarm once, the body of an auditor of the end of her accreditation."""
    play.clock.forward(days=365 * 3 + 20)
    assert play.desk.alarms.tell(60) > 0
    assert play.desk.alarms.tell(60) == 0
    (told,) = [item.text for item in play.desk.notices.of(play.auditor) if item.kind == "alarm"]
    assert VERA in told
    assert any(item.text == told for item in play.desk.notices.of(play.cast.operator))
    assert not [item for item in play.desk.notices.of(play.producer) if item.kind == "alarm"]


def test_what_an_auditor_owes_is_alarming(play):
    """A value that was not revealed in time, and a drawn label that nobody looked at, are seen by the operator."""
    found = play.declare("box")
    play.propose(found)
    digest = take(play, play.scope_token(found)).digest
    label = play.again(found, 1).label_id
    play.clock.forward(days=4)
    play.stage.scheme.tick()
    play.clock.forward(days=15)
    play.stage.scheme.tick()
    assert texts(play) == [f"The value of week 2026-W47 for scope {digest[:12]} was not revealed by 2026-12-08."]
    value = chain_value(SEED, WEEKS, NUMBER).hex()
    take(play, play.say("reveal", "week-closed", scope_digest=digest, week="2026-W47", value=value))
    assert texts(play) == []
    play.clock.forward(days=31)
    play.stage.scheme.tick()
    (text,) = [text for text in texts(play) if "sample" in text]
    assert text.startswith(f"The sample of label {label} from week 2026-W47 is overdue")
