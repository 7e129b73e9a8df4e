"""Pages in other languages and directions in Chromium: German takes more room, and right to left turns everything."""

import pytest

from label_service.web.guard import COOKIE
from tests.web.scenery import BY_VISITOR, all_pages, built
from tests.web.site import open_browser, serving
from tests.web.test_accessibility import LARGE_TEXT, NARROW, PHONE, TOO_WIDE

LONG = "\u05e9\u05dc\u05d5\u05dd \u0645\u0631\u062d\u0628\u0627 <b>&amp;</b> \u0e2a\u0e27\u0e31\u0e2a\u0e14\u0e35 " * 12
TURNED = "document.documentElement.dir = 'rtl'"
RENAMED = (
    """(name) => { for (const item of document.querySelectorAll("h1 bdi, .maker bdi")) item.textContent = name; }"""
)


@pytest.fixture(scope="module")
def scenery(tmp_path_factory):
    """Give a scheme with something on every page."""
    found = built(tmp_path_factory.mktemp("scenery") / "scheme")
    yield found
    found.play.stage.scheme.close()


@pytest.fixture(scope="module")
def visit(scenery):
    """Open pages in a browser whose reader likes German best, as everybody who uses the service."""
    with serving(scenery.site()) as origin, open_browser() as browser:
        contexts = {name: browser.new_context(viewport=NARROW, locale="de-DE") for name in BY_VISITOR}
        for name, context in contexts.items():
            if actor := scenery.visitor(name):
                secret = scenery.play.cast.accounts.sessions.open(actor.account_id)
                context.add_cookies([{"name": COOKIE, "value": secret, "url": "https://127.0.0.1", "secure": True}])
        tabs = {name: context.new_page() for name, context in contexts.items()}

        def opened(visitor, address):
            tabs[visitor].set_viewport_size(NARROW)
            tabs[visitor].goto(origin + scenery.address(address))
            return tabs[visitor]

        yield opened


@pytest.mark.parametrize(("visitor", "address"), all_pages())
def test_german_fits(visit, visitor, address):
    """Every page is German to who likes German, and its longer words fit 320 px and text of 200 %."""
    page = visit(visitor, address)
    assert page.evaluate("document.documentElement.lang") == "de"
    assert page.evaluate(TOO_WIDE) == [], "wider than 320 px"
    page.set_viewport_size(PHONE)
    page.evaluate(LARGE_TEXT)
    assert page.evaluate(TOO_WIDE) == [], "wider than the telephone with text of 200 %"


@pytest.mark.parametrize(("visitor", "address"), [("", "/L/{plate}"), ("", "/scan"), ("", "/register")])
def test_right_to_left_holds(visit, visitor, address):
    """Turned from right to left nothing sticks out at 320 px: the layout names start and end, not left and right."""
    page = visit(visitor, address)
    page.evaluate(TURNED)
    assert page.evaluate(TOO_WIDE) == []


@pytest.mark.parametrize("direction", ["ltr", "rtl"])
def test_long_names_in_any_script_fit(visit, direction):
    """A name of 300 characters in mixed scripts, with markup in it, breaks neither layout nor page."""
    page = visit("", "/L/{plate}")
    page.evaluate(f"document.documentElement.dir = '{direction}'")
    page.evaluate(RENAMED, LONG[:300])
    assert page.evaluate(TOO_WIDE) == []
    assert page.locator("h1 b").count() == 0
