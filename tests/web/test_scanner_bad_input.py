"""The scanner when things are missing or wrong: no camera, a wrong clock, old lists, a page that came in half."""

import pytest

from tests.verify.forging import Forger
from tests.web.site import open_browser
from tests.web.test_scanner import camera, check, code_of, go_offline, kind, root, scanner

__all__ = ["camera", "root", "scanner"]
YEAR_MS = 366 * 86_400_000
NO_CAMERA = "navigator.mediaDevices.getUserMedia = async () => { throw new DOMException('gone', '%s') }"


def outcomes(found):
    """Give name and outcome of each step of a card."""
    return {
        item.locator("strong").text_content(): item.get_attribute("class")
        for item in found.locator("ol.steps li").all()
    }


def late(by_ms):
    """Give what sets the clock of a page wrong."""
    return lambda page: page.add_init_script(
        f"""const Real = Date, now = Date.now;
        globalThis.Date = class extends Real {{
          constructor(...given) {{ super(...(given.length ? given : [now() + {by_ms}])); }}
          static now() {{ return now() + {by_ms}; }}
        }};"""
    )


@pytest.mark.parametrize(
    ("error", "word"),
    [("NotFoundError", "no camera"), ("NotReadableError", "another program"), ("TypeError", "no camera")],
)
def test_without_a_camera_the_other_ways_stay(scanner, error, word):
    """A device without a camera, or whose camera is taken, leads to photo and text; the button can be tried again."""
    page = scanner(prepare=lambda page: page.add_init_script(NO_CAMERA % error))
    page.click("#start")
    page.wait_for_function("(word) => document.querySelector('#said').textContent.includes(word)", arg=word)
    assert page.locator("#start").is_visible()
    assert page.locator("#stop").is_hidden()
    assert page.locator("#camera").is_hidden()


def test_a_browser_without_any_camera_at_all(site, root):
    """The same in a browser that has no video device, as most desktops."""
    with open_browser("--use-fake-ui-for-media-stream", "--disable-features=UseFakeDevice") as browser:
        page = browser.new_page()
        page.goto(f"{site.origin}/scan")
        page.wait_for_selector("#scanner:not([hidden])")
        page.click("#start")
        page.wait_for_function("() => document.querySelector('#said').textContent.includes('no camera')")


@pytest.mark.parametrize("by_ms", [YEAR_MS, -YEAR_MS])
def test_a_clock_that_is_a_year_off_is_said(scanner, site, root, by_ms):
    """Dates judged by a wrong clock never make a label valid, and the page says that the clock is the reason."""
    page = scanner(roots=[root], prepare=late(by_ms))
    found = check(page, code_of(site))
    assert kind(found) != "valid"
    assert page.locator("#clock").is_visible()


def test_a_right_clock_is_not_spoken_of(scanner, site, root):
    """Nobody is told about a clock that is right, with and without a network."""
    page = scanner(roots=[root])
    check(page, code_of(site))
    assert page.locator("#clock").is_hidden()
    go_offline(page)
    check(page, code_of(site))
    assert page.locator("#clock").is_hidden()


def test_a_bundle_kept_too_long_is_not_fresh(scanner, site, root):
    """A status that ended meanwhile is named as unsure; what cannot have changed still holds."""
    page = scanner(roots=[root], prepare=late(40 * 86_400_000))
    outcome = outcomes(check(page, code_of(site)))
    assert outcome["Status"] == "unsure"
    assert [name for name, found in outcome.items() if found == "fails"] == []
    assert "holds" in outcome.values()


def test_a_forged_bundle_behind_a_true_code_is_found_out(scanner, site, root):
    """A server that hands out a bundle with a better figure is caught by the phone, whatever the code says."""
    label_id = site.stage.labels["plate"]
    text = site.client.get(f"/L/{label_id}.json").text
    forged = text.replace('"score":', '"score":1')
    assert forged != text

    def prepare(page):
        page.route(f"**/L/{label_id}.json", lambda route: route.fulfill(body=forged, content_type="application/json"))

    found = check(scanner(roots=[root], prepare=prepare, service_workers="block"), code_of(site))
    assert kind(found) == "fails"


def test_a_list_that_was_tampered_with_makes_nothing_valid(scanner, site, root):
    """A trust list whose signature does not hold makes no label valid, and does not hide the true one for ever."""
    true = Forger(site.stage).trust_list(lambda content: content.update(sequence=9))
    broken = true[:-30] + ("A" if true[-30] != "A" else "B") + true[-29:]

    def prepare(page):
        page.route("**/trust-list.jwt", lambda route: route.fulfill(body=broken, content_type="application/jwt"))

    page = scanner(roots=[root], prepare=prepare, service_workers="block")
    assert kind(check(page, code_of(site))) == "proven"
    page.unroute("**/trust-list.jwt")
    assert kind(check(page, code_of(site))) == "valid"


# a page that came in half


def test_a_script_that_does_not_come_leaves_a_way(site):
    """Whoever gets the page without its script reads what to do instead, and no button that does nothing."""
    with open_browser() as browser:
        page = browser.new_page()
        page.route("**/static/scan.js*", lambda route: route.abort())
        page.goto(f"{site.origin}/scan")
        assert page.locator("#plain").is_visible()
        assert page.locator("#scanner").is_hidden()


def test_a_bundle_that_breaks_off_leaves_the_code(scanner, site, root):
    """When the network goes between code and bundle, the code alone is judged, and the card says what is missing."""
    prepare = lambda page: page.route("**/L/*.json", lambda route: route.abort())  # noqa: E731
    found = check(scanner(roots=[root], prepare=prepare, service_workers="block"), code_of(site))
    assert kind(found) == "signed"
    assert "Not checked" in found.locator(".said").text_content()


def test_the_scanner_is_used_by_keyboard(scanner, site, root):
    """Without a pointer: to the field, the code, Enter, and on to the steps of the card."""
    page = scanner(roots=[root])
    page.focus("#photo")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "text"
    page.keyboard.insert_text(code_of(site))
    page.keyboard.press("Enter")
    page.wait_for_selector("#results .card.valid")
    page.focus("#results summary")
    page.keyboard.press("Enter")
    assert page.locator("#results ol.steps li").first.is_visible()
