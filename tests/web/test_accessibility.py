"""Every page of the service against WCAG 2.2 AA, by axe-core in Chromium: telephone and desktop, light and dark."""

import pytest
from axe_playwright_python.base import AXE_SCRIPT

from label_service.web.guard import COOKIE
from tests.web.scenery import BY_VISITOR, all_pages, app_of, built, page_routes
from tests.web.site import open_browser, serving

PHONE, WIDE, NARROW = {"width": 390, "height": 844}, {"width": 1280, "height": 800}, {"width": 320, "height": 640}
RULES = {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
FIND = """async (rules) => {
  const found = await axe.run(document, {
    runOnly: rules, rules: { "target-size": { enabled: true } }, resultTypes: ["violations"], elementRef: false,
  });
  return found.violations.flatMap(({ id, nodes }) => nodes.map(({ target, html }) => [id, target.join(" "), html]));
}"""
CONTRAST = {"type": "rule", "values": ["color-contrast"]}
TOO_WIDE = """() => {
  const { scrollWidth, clientWidth } = document.documentElement;
  if (scrollWidth <= clientWidth) return [];
  const isWide = (item) => item.getBoundingClientRect().right > clientWidth;
  return [scrollWidth, ...[...document.body.querySelectorAll("*")].filter(isWide).map((item) => item.outerHTML)];
}"""
LARGE_TEXT = "document.documentElement.style.fontSize = '200%'"


@pytest.fixture(scope="module")
def scenery(tmp_path_factory):
    """Give a scheme with something on every page."""
    found = built(tmp_path_factory.mktemp("scenery") / "scheme")
    yield found
    found.play.stage.scheme.close()


@pytest.fixture(scope="module")
def visit(scenery):
    """Open pages in one browser, as everybody who uses the service."""
    with serving(scenery.site()) as origin, open_browser() as browser:
        contexts = {name: browser.new_context(viewport=PHONE) for name in BY_VISITOR}
        for name, context in contexts.items():
            context.add_init_script(AXE_SCRIPT)
            if actor := scenery.visitor(name):
                secret = scenery.play.cast.accounts.sessions.open(actor.account_id)
                context.add_cookies([{"name": COOKIE, "value": secret, "url": "https://127.0.0.1", "secure": True}])
        tabs = {name: context.new_page() for name, context in contexts.items()}

        def opened(visitor, address):
            page = tabs[visitor]
            page.emulate_media(color_scheme="light")
            page.set_viewport_size(PHONE)
            page.goto(origin + scenery.address(address))
            return page

        yield opened


def test_no_page_is_forgotten(scenery):
    """Each route that answers with a page is in the list of what is looked at here."""
    listed = {route for pages in BY_VISITOR.values() for route in pages}
    assert page_routes(app_of(scenery)) == listed


@pytest.mark.parametrize(("visitor", "address"), all_pages())
def test_page_is_accessible(visit, visitor, address):
    """Nobody is kept out: no violation of WCAG 2.2 AA by size of screen or by theme; nothing is cut off at 320 px."""
    page = visit(visitor, address)
    found = page.evaluate(FIND, RULES)
    page.emulate_media(color_scheme="dark")
    page.set_viewport_size(WIDE)
    found += page.evaluate(FIND, CONTRAST)
    assert found == []
    page.set_viewport_size(NARROW)
    assert page.evaluate(TOO_WIDE) == [], "wider than 320 px"
    page.set_viewport_size(PHONE)
    page.evaluate(LARGE_TEXT)
    assert page.evaluate(TOO_WIDE) == [], "wider than the telephone with text of 200 %"
