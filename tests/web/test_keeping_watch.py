"""The operator's watch: the health of the installation on a page, and the next key step by step."""

from datetime import timedelta

import pytest

from label_service.operation.health import standing
from label_service.store.database import transaction
from label_service.store.scheme_tables import JobRow, NoticeRow
from label_service.web.operator.rotation import rotation_of

ROTATION = "/operate/keys/rotation/label"


@pytest.fixture
def operator(play, visit):
    """Give the browser of the operator's lead."""
    return visit(play.cast.operator)


def found(play, **options):
    """Look at the installation, by what is looked at."""
    return {item.about: item for item in standing(play.stage.scheme, 30, **{"is_mailing": True, **options})}


def keys(play):
    """Give the kids of the label keys by their state."""
    listed = play.stage.scheme.register.current().issuer(play.stage.scheme.identity.did).keys
    return {key.kid.partition("#")[2]: key.state for key in listed if key.use == "label"}


def test_a_sound_installation_is_well(operator, play):
    """Log, calendar, long work, mail, disk and expiries stand on the page, each with a word and a sign."""
    play.clock.forward(minutes=1)
    text = operator.get("/operate/health").text
    for words in ("Log", "Calendar", "Long work", "Mail", "Disk", "Expiries", "under the last checkpoint"):
        assert words in text
    assert {item.state for about, item in found(play).items() if about not in {"disk", "calendar"}} == {"ok"}


def test_what_waits_too_long_or_ends_soon_is_said(visit, play):
    """Mail and long work that wait for an hour, a delegation near its end: each says what to do."""
    now, party_id = play.stage.clock(), play.producer.party_id
    with transaction(play.stage.scheme.bench.engine) as session:
        notice = {"party_id": party_id, "kind": "label", "text": "x", "link": "/x", "created_at": now}
        session.add(NoticeRow(**notice))
        job = {"party_id": party_id, "kind": "check", "state": "waiting", "input_digest": "0" * 64}
        session.add(JobRow(id="job", created_at=now, **job))
    play.clock.forward(hours=2)
    assert (found(play)["mail"].state, found(play)["long work"].state) == ("warning", "warning")
    assert found(play, is_mailing=False)["mail"].state == "ok"
    play.clock.at += timedelta(days=370)
    assert found(play)["expiries"].state == "problem"
    text = visit(play.cast.operator).get("/operate/health").text
    assert "Something needs you now" in text
    assert "label-service work" in text


@pytest.mark.parametrize("path", ["/operate/health", ROTATION])
def test_only_the_operator_watches(visit, play, path):
    """Producers and verifiers are refused, strangers are asked who they are."""
    for actor in (play.producer, play.auditor):
        assert visit(actor).get(path).status_code == 403
    assert visit().get(path).status_code == 303


def test_a_key_is_rotated_step_by_step(visit, operator, play):
    """Make, published, signs, wait, retire: each step is read from the trust list, and says when the next is due."""
    text = operator.get(ROTATION).text
    assert 'class="next" aria-current="step"' in text
    assert "Make it" in text
    made = operator.post("/operate/keys/rotate", data={"use": "label", "then": "label"})
    assert made.headers["location"] == ROTATION
    text = operator.get(ROTATION).text
    assert "#label-2" in text
    assert "Wait until every reader has the new list" in text
    assert text.index('aria-current="step"') > text.index("The new key signs")
    play.clock.forward(days=31)
    operator = visit(play.cast.operator)  # a month later, or a colleague
    text = operator.get(ROTATION).text
    assert text.index('aria-current="step"') > text.index("Wait until every reader")
    old = f"{play.stage.scheme.identity.did}#label-1"
    assert operator.post("/operate/keys/retire", data={"kid": old, "then": "label"}).status_code == 403
    done = operator.post("/operate/keys/retire", data={"kid": old, "then": "label", "sure": "yes"})
    assert done.headers["location"] == ROTATION
    assert keys(play) == {"label-1": "retired", "label-2": "active"}
    assert "Retired last" in operator.get(ROTATION).text


def test_a_rotation_is_taken_back(operator, play):
    """Until the key before is retired the new one can go, and the old one signs again."""
    operator.post("/operate/keys/rotate", data={"use": "label", "then": "label"})
    new = f"{play.stage.scheme.identity.did}#label-2"
    assert "Take the new key back" in operator.get(ROTATION).text
    operator.post("/operate/keys/retire", data={"kid": new, "then": "label", "sure": "yes"})
    assert keys(play) == {"label-1": "active", "label-2": "retired"}
    assert "Take the new key back" not in operator.get(ROTATION).text
    listed = play.stage.scheme.register.current().issuer(play.stage.scheme.identity.did).keys
    assert rotation_of(listed, "label", play.stage.clock()).step == "make"


def test_a_rotation_of_nothing_is_not_found(operator):
    """There are steps for the keys that are online, for no others; a form leads to no other page."""
    assert operator.get("/operate/keys/rotation/root").status_code == 404
    sent = operator.post("/operate/keys/rotate", data={"use": "log", "then": "https://elsewhere.example"})
    assert sent.headers["location"] == "/operate/keys"
