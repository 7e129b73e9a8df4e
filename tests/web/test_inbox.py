"""Notices and cases of who is signed in: seen, answered and decided in a browser, and watched by a feed."""

from xml.etree import ElementTree as ET

import pytest

ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture
def play(play_with_label):
    """Give a scheme of one's own, with a label."""
    return play_with_label


@pytest.fixture
def link(play, visit):
    """Let somebody complain, and give the private link."""
    label = play.stage.labels["plate"]
    text = {"text": "It is <b>metal</b>.", "contact": "me@mail.example"}
    return visit().post(f"/L/{label}/complaint", data=text).headers["location"]


def case_of(client):
    """Give the address of the one case on the page of cases."""
    return client.get("/cases").text.partition('<a href="/cases/')[2].partition('"')[0]


def test_a_complaint_is_played_through_in_the_browser(play, visit, link):
    """Complaint, answer, decision with suspension: every side sees its part, and the label page says the outcome."""
    label = play.stage.labels["plate"]
    producer, operator = visit(play.producer), visit(play.cast.operator)
    assert "There is a complaint about label" in producer.get("/notices").text
    case = f"/cases/{case_of(producer)}"
    seen = producer.get(case).text
    assert "It is &lt;b&gt;metal&lt;/b&gt;." in seen
    assert "me@mail.example" not in seen
    assert "me@mail.example" in operator.get(case).text
    assert "suspend the label as a precaution" in operator.get(case).text
    assert producer.post(f"{case}/answer", data={"text": "It is not."}).status_code == 303
    assert "It is not." in visit().get(link).text
    decision = {"outcome": "upheld", "action": "suspend", "words": "It is of metal."}
    assert operator.post(f"{case}/decision", data=decision).status_code == 303
    assert "It is of metal." in visit().get(link).text
    page = visit().get(f"/L/{label}").text
    assert "Suspended" in page
    assert "a complaint was upheld" in page
    assert "It is of metal." in visit().get("/register/withdrawals").text
    assert "upheld" in producer.get("/cases").text


def test_a_producer_appeals_and_a_colleague_decides(play, visit):
    """The first decider is not even asked, and refused when she sends a decision; the colleague lifts it."""
    label = play.stage.labels["plate"]
    second = play.cast.colleague(play.cast.operator, "lead", "second@scheme.example")
    play.desk.sanctions.decide(play.cast.operator, label, "suspend", reason="precaution", words="Under review.")
    producer = visit(play.producer)
    assert f'<option value="{label}">' in producer.get("/cases").text
    sent = producer.post("/cases/appeal", data={"about": label, "text": "There is no reason."})
    case = sent.headers["location"]
    decision = {"outcome": "upheld", "words": "The doubt is cleared."}
    shown = visit(play.cast.operator).get(case).text
    assert "You decided the first time" in shown
    assert f"{case}/decision" not in shown
    assert f"{case}/decision" in visit(second).get(case).text
    refused = visit(play.cast.operator).post(f"{case}/decision", data=decision)
    assert refused.status_code == 403
    assert "somebody else than the first time" in refused.text
    assert visit(second).post(f"{case}/decision", data=decision).status_code == 303
    assert "Suspended" not in visit().get(f"/L/{label}").text


def test_nothing_typed_is_lost(play, visit):
    """An appeal that is not taken comes back with its text."""
    label = play.stage.labels["plate"]
    play.desk.sanctions.decide(play.cast.operator, label, "suspend", reason="precaution", words="Under review.")
    answer = visit(play.producer).post("/cases/appeal", data={"about": "ABCDEFGHIJKLM", "text": "My reasons"})
    assert answer.status_code == 404
    assert "Nothing of yours" in answer.text
    assert "My reasons" in answer.text


def test_cases_of_others_are_not_found(play, visit, link):
    """A stranger with an account reads, answers and decides nothing; without one she is asked to sign in."""
    case = f"/cases/{case_of(visit(play.producer))}"
    rival = visit(play.rival)
    missing = rival.get("/cases/" + "0" * 36)
    foreign = rival.get(case)
    assert (foreign.status_code, foreign.text) == (404, missing.text)
    assert rival.post(f"{case}/answer", data={"text": "x"}).status_code == 404
    assert rival.post(f"{case}/decision", data={"outcome": "upheld", "words": "x"}).status_code == 403
    assert visit().get(case).headers["location"].startswith("/sign-in?next=%2Fcases%2F")
    assert visit().post(f"{case}/answer", data={"text": "x"}).status_code == 401


@pytest.mark.parametrize("site", ["cross-site", "same-site", "none"])
def test_other_sites_decide_nothing(play, visit, link, site):
    """A form on another site does not answer, decide or appeal for who is signed in."""
    client = visit(play.cast.operator)
    client.headers["Sec-Fetch-Site"] = site
    for path in ("/cases/appeal", "/cases/x/answer", "/cases/x/decision", "/notices/done"):
        assert client.post(path, data={"words": "x", "outcome": "upheld"}).status_code in {401, 403}


def test_a_notice_is_settled(play, visit, link):
    """What is done is marked as done, by the party itself only."""
    producer, rival = visit(play.producer), visit(play.rival)
    number = producer.get("/notices").text.partition('name="id" value="')[2].partition('"')[0]
    assert rival.post("/notices/done", data={"id": number}).status_code == 404
    for wrong in ("x", "-1", "", "9" * 30):
        assert producer.post("/notices/done", data={"id": wrong}).status_code == 422
    assert producer.post("/notices/done", data={"id": number}).status_code == 303
    assert "· done" in producer.get("/notices").text
    assert play.desk.notices.count_open(play.producer) == 0


def test_a_feed_is_private_and_can_be_renewed(play, visit, link):
    """Its address is the secret: without cookie, never kept by caches, and dead once a new one was made or she left."""
    secret = play.desk.notices.renew_feed(play.producer)
    answer = visit().get(f"/feeds/{secret}.xml")
    assert answer.status_code == 200
    assert "no-store" in answer.headers["cache-control"]
    feed = ET.fromstring(answer.content)
    (entry,) = feed.findall(f"{ATOM}entry")
    assert "complaint about label" in entry.findtext(f"{ATOM}title")
    assert "metal" not in answer.text
    assert secret not in answer.text
    assert visit().get(f"/feeds/{secret[:-1]}.xml").status_code == 404
    renewed = play.desk.notices.renew_feed(play.producer)
    assert visit().get(f"/feeds/{secret}.xml").status_code == 404
    assert visit().get(f"/feeds/{renewed}.xml").status_code == 200
    play.cast.accounts.parties.change_state(play.cast.operator, play.producer.party_id, "closed")
    assert visit().get(f"/feeds/{renewed}.xml").status_code == 404
