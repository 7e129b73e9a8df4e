"""The label page in Chromium: complete without JavaScript, and with it a reader sees the proof checked before her."""

import json
import re

import pytest

from label_service.trust.keys import thumbprint
from tests.web.site import open_browser


@pytest.fixture(scope="module")
def browser():
    """Share the browser."""
    with open_browser() as found:
        yield found


@pytest.fixture
def address(site):
    """Give the address of a label."""
    return f"{site.origin}/L/{site.stage.labels['plate']}"


@pytest.fixture
def open_page(browser):
    """Open a page in a context of its own, which remembers what it asked for and what went wrong."""
    contexts = []

    def visit(address, *, roots=(), prepare=lambda page: None, **options):
        context = browser.new_context(**options)
        contexts.append(context)
        context.add_init_script(f"localStorage.setItem('pinned-roots', {json.dumps(json.dumps(list(roots)))})")
        page = context.new_page()
        page.asked, page.problems = [], []
        page.on("request", lambda request: page.asked.append(request.url))
        page.on("console", lambda message: page.problems.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: page.problems.append(str(error)))
        prepare(page)
        page.goto(address)
        return page

    yield visit
    for context in contexts:
        context.close()


def said(page):
    """Wait for the result and give it."""
    place = page.locator("#checked .said")
    page.wait_for_function("() => !/…$|^$/.test(document.querySelector('#checked .said').textContent)")
    return place.text_content()


def steps(page):
    """Give outcome and name of each step shown."""
    items = page.locator("#checked li")
    return [(item.get_attribute("class"), item.locator("strong").text_content()) for item in items.all()]


def test_with_the_pinned_root_every_step_is_shown_to_hold(open_page, address, site):
    """Whoever pinned the root sees twelve steps hold, computed in front of her; only the bundle is fetched for it."""
    page = open_page(address, roots=[site.stage.root_file.read_text()])
    assert said(page).startswith("Every step holds")
    assert [outcome for outcome, _ in steps(page)] == ["holds"] * 12
    assert page.locator("#checked .root").is_hidden()
    assert page.locator("#warning").count() == 0
    assert page.problems == []
    label = address.removeprefix(site.origin)
    asked = {re.sub(r"\?.*", "", url.removeprefix(site.origin)) for url in page.asked if not url.startswith("data:")}
    own = {label, f"{label}.json", "/static/style.css", "/static/label.js"}
    own |= {"/static/verify/basis.js", "/static/verify/page.js"}
    assert asked - {f"{label}/qr.svg"} == own


def test_without_a_pinned_root_the_page_does_not_vouch_for_itself(open_page, address, site):
    """The page names the root its lists stand under, says that it cannot vouch for it, and leads to where to pin it."""
    page = open_page(address)
    assert "11" in said(page)
    assert ("unsure", "Trust list") in steps(page)
    (raw,) = site.stage.roots
    assert page.locator("#checked .root code").text_content() == thumbprint(raw)
    assert page.locator("#checked .root a").get_attribute("href") == "/scan#roots"


def test_without_javascript_the_page_is_whole(open_page, address):
    """Grade, figure, verdict and commands stand there; the empty place of the check is not shown."""
    page = open_page(address, java_script_enabled=False)
    assert page.locator("h1").is_visible()
    assert page.locator(".verdict").is_visible()
    assert page.get_by_text("label-service verify").is_visible()
    assert page.locator("#checked").is_hidden()


def swap(pattern, change):
    """Answer requests with a changed text, as a server that lies would."""

    def prepare(page):
        def answer(route):
            found = route.fetch()
            route.fulfill(response=found, body=change(found.text()))

        page.route(pattern, answer)

    return prepare


def test_a_bundle_that_does_not_hold_is_said_at_the_top(open_page, address, site):
    """A changed figure fails at the step that holds it, and the warning stands before everything else."""
    change = swap("**/*.json", lambda text: re.sub('"score":[0-9]+', '"score":1', text))
    page = open_page(address, roots=[site.stage.root_file.read_text()], prepare=change)
    assert "do not hold up" in said(page)
    assert ("fails", "Documents") in steps(page)
    assert page.locator("main > :first-child").get_attribute("id") == "warning"
    assert "Documents" in page.locator("#warning").text_content()


def test_the_bundle_of_another_label_is_not_the_proof_of_this_page(open_page, address, site):
    """A page that shows one label beside the valid bundle of another is found out."""
    other = site.client.get(f"/L/{site.stage.labels['box']}.json").text
    change = swap("**/*.json", lambda _: other)
    page = open_page(address, roots=[site.stage.root_file.read_text()], prepare=change)
    assert "do not hold up" in said(page)
    assert ("fails", "Page") in steps(page)


def test_a_page_that_shows_a_better_letter_is_found_out(open_page, address, site):
    """The letter on the page is held against the letter that was signed."""
    change = swap(re.compile(r"/L/[A-Z2-7]{13}$"), lambda text: re.sub('data-grade="."', 'data-grade="-"', text))
    page = open_page(address, roots=[site.stage.root_file.read_text()], prepare=change)
    assert ("fails", "Page") in steps(page) or (said(page) and ("fails", "Page") in steps(page))


def test_a_bundle_that_does_not_come_is_said(open_page, address):
    """A network that breaks off leaves the page as it is, and says that nothing was checked."""
    page = open_page(address, prepare=lambda page: page.route("**/*.json", lambda route: route.abort()))
    assert said(page).startswith("This browser could not check the label")
    assert steps(page) == []
    assert page.locator(".verdict").is_visible()


@pytest.mark.parametrize(
    "lack",
    [
        "Object.defineProperty(crypto, 'subtle', { value: undefined })",
        "SubtleCrypto.prototype.importKey = async () => { throw new DOMException('no', 'NotSupportedError') }",
        "delete globalThis.DecompressionStream",
    ],
)
def test_a_browser_that_cannot_verify_raises_no_alarm(open_page, address, lack):
    """Old browsers, and pages over plain HTTP, say that they cannot check; they never call a label false for it."""
    page = open_page(address, prepare=lambda page: page.add_init_script(lack))
    assert said(page).startswith("This browser could not check the label")
    assert page.locator("#warning").count() == 0


def test_a_withdrawn_label_is_no_forgery(open_page, address, site):
    """A page that says itself that its label is suspended agrees with the proof; a page that hides it is found out."""
    plate = site.stage.labels["plate"]
    label = site.stage.issue("plate", salt="5a" * 16)
    site.stage.labels["plate"] = plate
    site.stage.scheme.states.change(label.id, "suspend", reason="precaution", text="It is looked into.")
    root = site.stage.root_file.read_text()
    page = open_page(f"{site.origin}/L/{label.id}", roots=[root])
    assert "the label does not count now" in said(page)
    assert ("fails", "Status") in steps(page)
    assert page.locator("#warning").count() == 0
    hide = swap(
        re.compile(r"/L/[A-Z2-7]{13}$"), lambda text: text.replace('data-status="suspended"', 'data-status="valid"')
    )
    page = open_page(f"{site.origin}/L/{label.id}", roots=[root], prepare=hide)
    assert "do not hold up" in said(page)
    assert "suspended" in page.locator("#warning").text_content()


def test_a_clock_that_is_a_year_off_is_said(open_page, address):
    """Dates judged by a wrong clock come with a word about the clock."""
    late = "const now = Date.now; Date.now = () => now() + 366 * 86400000;"
    page = open_page(address, prepare=lambda page: page.add_init_script(late))
    said(page)
    assert page.locator("#checked .clock").is_visible()


def test_a_hostile_name_stays_text(open_page, address, site):
    """What documents say is shown as text, never run."""
    change = swap("**/*.json", lambda text: text.replace('"label":"', '"label":"<img src=x onerror=alert(1)>'))
    page = open_page(address, prepare=change)
    said(page)
    assert page.locator("#checked img").count() == 0


def test_the_button_checks_again_by_keyboard(open_page, address, site):
    """Who pins a root meanwhile checks again without loading the page."""
    page = open_page(address)
    assert "11" in said(page)
    page.evaluate(
        "(text) => localStorage.setItem('pinned-roots', JSON.stringify([text]))", site.stage.root_file.read_text()
    )
    page.locator("#checked button").focus()
    page.keyboard.press("Enter")
    page.wait_for_function("() => document.querySelector('#checked .said').textContent.startsWith('Every')")
