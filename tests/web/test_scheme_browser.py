"""The scheme in Chromium, without scripts: a complaint from the label page to the decision, on telephone and screen."""

import socket

import pytest

from label_service.web.app import Site
from label_service.web.guard import COOKIE
from tests.certification.playing import begin
from tests.certification.test_intake import take
from tests.serving import running
from tests.web.site import open_browser
from tests.web.visiting import labelled

PHONE, WIDE, NARROW = (390, 844), (1280, 800), (320, 640)


@pytest.fixture(scope="module")
def play(tmp_path_factory):
    """Give a scheme with a scope, a label in it, and a label outside."""
    play = begin(tmp_path_factory.mktemp("browser") / "scheme")
    found = play.declare("box")
    play.propose(found)
    play.stage.labels["scope"] = take(play, play.scope_token(found)).digest
    play.stage.labels["box"] = play.again(found, 1).label_id
    play.stage.labels["plate"] = labelled(play, "plate")
    yield play
    play.stage.scheme.close()


@pytest.fixture(scope="module")
def origin(play):
    """Give the address of the scheme, served on the loopback address."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(64)
        site = Site(play.stage.scheme, play.stage.files, play.cast.accounts)
        with running(site, listening):
            yield f"http://localhost:{listening.getsockname()[1]}"


@pytest.fixture(scope="module")
def tab(play, origin):
    """Give what opens a page as somebody, without scripts; what the browser complains about fails the test."""
    complaints = []
    with open_browser() as browser:

        def opened(path, actor=None, size=PHONE):
            context = browser.new_context(viewport={"width": size[0], "height": size[1]}, java_script_enabled=False)
            if actor:
                secret = play.cast.accounts.sessions.open(actor.account_id)
                context.add_cookies([{"name": COOKIE, "value": secret, "url": "https://localhost", "secure": True}])
            page = context.new_page()
            page.on("console", lambda message: complaints.append(message.text))
            page.goto(origin + path)
            return page

        yield opened
    assert complaints == []


def test_a_complaint_from_the_label_to_its_end(play, tab):
    """A buyer complains from the page of the label, the producer answers, the operator decides; each in a browser."""
    label = play.stage.labels["plate"]
    buyer = tab(f"/L/{label}")
    buyer.get_by_role("link", name="Complain about this label").click()
    buyer.get_by_label("What is wrong, and how do you know?").fill("It is of steel.\nI have a magnet.")
    buyer.get_by_role("button", name="Send the complaint").click()
    assert buyer.get_by_role("heading", level=1).inner_text() == "Thank you, your complaint is here"
    private = buyer.url
    producer = tab("/cases", play.producer)
    producer.get_by_role("link", name="Complaint about").click()
    producer.get_by_label("Your answer").fill("The magnet sticks to the screw.")
    producer.get_by_role("button", name="Send").click()
    operator = tab("/operate", play.cast.operator, WIDE)
    operator.get_by_role("link", name="Complaint about").click()
    assert "The magnet sticks to the screw." in operator.locator("main").inner_text()
    operator.get_by_role("radio", name="Upheld").check()
    operator.get_by_label("If upheld, the label is").select_option("suspend")
    operator.get_by_label("Public words").fill("The plate is of steel; the page says aluminium.")
    operator.get_by_role("button", name="Decide, in public and for good").click()
    assert operator.get_by_role("heading", name="Upheld").is_visible()
    buyer.goto(private)
    assert "The plate is of steel" in buyer.locator("main").inner_text()
    buyer.goto(private.partition("/complaints")[0] + f"/L/{label}")
    buyer.reload()  # a browser may show for ten seconds the page it has
    verdict = buyer.get_by_label("Verdict").inner_text()
    assert "Suspended" in verdict
    assert "a complaint was upheld" in verdict
    assert "The plate is of steel" in verdict


def test_an_organisation_is_admitted_and_rules_are_published(play, tab):
    """The operator admits a workshop and publishes a version, with nothing but forms."""
    page = tab("/operate/parties", play.cast.operator)
    page.get_by_label("producer", exact=True).check()
    for name, value in (("Name", "New workshop"), ("Country", "AUT"), ("Entry in a public register", "FN 1 Wien")):
        page.get_by_label(name, exact=True).fill(value)
    page.get_by_label("E-mail address of its first lead").fill("new@workshop.example")
    page.get_by_role("button", name="Admit and make a link").click()
    assert "/join/" in page.locator("code.secret").inner_text()
    page = tab("/operate/publications", play.cast.operator, WIDE)
    page.get_by_label("Version").fill("2026-7")
    page.get_by_label("Title").fill("Rule book of the test")
    page.get_by_label("or its text").fill("# First\n\nBe honest.")
    page.get_by_role("button", name="Show what it looks like").click()
    assert page.get_by_role("heading", name="First").is_visible()
    page.get_by_role("button", name="Publish, for good").click()
    page.get_by_role("link", name="Rule book of the test").click()
    assert "Be honest." in page.locator("main").inner_text()


def test_no_page_is_wider_than_a_narrow_telephone(play, tab, origin):
    """At 320 pixels nothing has to be pushed sideways, public or signed in."""
    labels, code = play.stage.labels, play.producer.party_id.rpartition("/")[2]
    public = (
        "/register",
        "/register/withdrawals",
        f"/register/scopes/{labels['scope']}",
        f"/parties/{code}",
        "/scheme",
    )
    public += ("/scheme/rule_book/demo-1", f"/L/{labels['box']}/complaint", "/imprint", "/privacy", "/accessibility")
    operate = [f"/operate{part}" for part in ("", "/acts", "/parties", f"/parties/{code}", "/auditors", "/keys")]
    operate += [f"/operate/{part}" for part in ("states", f"states/{labels['box']}", "publications", "markets")]
    operate += ["/operate/evidence", "/operate/export", "/cases", "/notices"]
    operate += ["/operate/health", "/operate/keys/rotation/label"]
    workshop = ["/workshop", "/workshop/labels", "/workshop/history", "/declare", "/workshop/audits"]
    for actor, paths in ((None, public), (play.cast.operator, operate), (play.producer, workshop)):
        page = tab("/", actor, NARROW)
        for path in paths:
            assert page.goto(origin + path).status == 200, path
            width = page.locator("html").evaluate("element => element.scrollWidth")
            assert width <= NARROW[0], (path, width)
