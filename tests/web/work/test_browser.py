"""A producer in a real browser, without JavaScript: every step of the workspace is a plain form."""

import pytest

from label_service.examples import FOLDER
from label_service.web.app import Site
from label_service.web.guard import COOKIE
from tests.web.site import open_browser, serving


@pytest.fixture(scope="module")
def chromium():
    """Start one browser for all tests of this file."""
    with open_browser() as found:
        yield found


@pytest.fixture
def page(chromium, play, accounts):
    """Give a telephone on which the producer is signed in and scripts are switched off."""
    secret = accounts.sessions.open(play.producer.account_id)
    with serving(Site(play.stage.scheme, play.stage.files, accounts)) as address:
        context = chromium.new_context(
            viewport={"width": 390, "height": 844},
            base_url=address.replace("127.0.0.1", "localhost"),  # where browsers keep secure cookies without https
            java_script_enabled=False,
        )
        context.add_cookies([{"name": COOKIE, "value": secret, "url": "https://localhost", "secure": True}])
        yield context.new_page()
        context.close()


def fits(page):
    """Tell whether nothing sticks out at the side of the telephone."""
    boxes = page.locator("main > *, nav.places").all()
    return all(box.bounding_box() is None or box.bounding_box()["width"] <= 390 for box in boxes)


def test_from_a_declaration_to_a_label_and_its_correction(page, play):
    """Hand in files, ask, issue, take back: forms and links alone, on a telephone, nothing sticks out."""
    found = play.submit("plate")
    page.goto("/workshop")
    page.click("text=Adapter plate")
    assert "Not handed in yet" in page.inner_text("main")
    assert fits(page)
    page.click("text=Hand in the files")
    page.set_input_files("input[type=file]", [FOLDER / "plate" / item.name for item in found.declaration.evidence])
    page.click("main button")
    page.goto(f"/D/{found.id}")
    page.click("text=Ask for an audit")
    play.desk.intake.take(play.auditor, play.attest(found))
    page.goto("/workshop")
    page.click("text=you can issue its label")
    page.click("text=Issue the label")
    page.click("text=print, state, corrections")
    assert "Valid" in page.inner_text("main .lead")
    assert fits(page)
    page.click("text=Revoke this label for good")
    page.select_option("#reason", "recall")
    page.fill("#why", "The plate bends.")
    page.check("[name=sure]")
    page.click("main button.bad")
    assert "Revoked" in page.inner_text("main .lead")
    page.click("text=Page behind the code")
    assert "The plate bends." in page.inner_text("main")


def test_pages_fit_a_telephone_with_long_names(page, play):
    """Names of 300 characters break, tables scroll in themselves."""
    document = play.document("box", play.producer)
    name = "W" * 300
    play.submit("box", product=document["product"] | {"name": name})
    box = play.declare("box")
    play.propose(box)
    play.desk.intake.take(play.auditor, play.scope_token(box, quantity=3))
    for path in (
        "/workshop",
        "/workshop/declarations",
        "/workshop/scopes",
        "/workshop/labels",
        "/account",
        "/people",
        "/tokens",
        "/export",
    ):
        page.goto(path)
        assert fits(page), path
