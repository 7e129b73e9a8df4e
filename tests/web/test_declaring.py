"""Declaring with a result that follows what is typed, in Chromium: live, by keyboard, and when something breaks."""

import pytest

from tests.web.site import demo_site, open_browser, serving
from tests.web.test_desk import FILES, carried, drop, post

PHONE = {"width": 390, "height": 844}
UNPROVEN = {"scale.png": FILES["scale.png"]}  # no sliced file, no meter: energy and scrap are missing proofs
TYPED = {"name": "Wall hook", "quantity": "4", "net": "253.8", "day": "2026-11-02"}
CHOSEN = {"lot": "pla", "machine": "printer"}


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """Serve a demo that takes files."""
    site = demo_site(tmp_path_factory.mktemp("declaring"))
    with serving(site) as url:
        yield url
    site.scheme.close()


@pytest.fixture(scope="module")
def browser():
    """Start one browser for all tests of this file."""
    with open_browser() as found:
        yield found


@pytest.fixture
def page(browser, address):
    """Give the page for a batch on a telephone; what the browser complains about fails the test."""
    problems = []
    context = browser.new_context(viewport=PHONE)
    page = context.new_page()
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.goto(f"{address}/declare")
    yield page
    context.close()
    assert not problems


def typed(page, **values):
    """Type into fields as a hand would."""
    for field, value in values.items():
        page.fill(f"#{field}", value)


def begun(page, files=UNPROVEN):
    """Drop files and wait for what is left to answer."""
    drop(page, files)
    page.wait_for_selector("#net")
    for field, value in CHOSEN.items():
        page.select_option(f"#{field}", value)


def test_the_result_follows_what_is_typed(page):
    """Figure, grade and what each proof would give stand on the page while it is filled in, without a reload."""
    begun(page)
    page.evaluate("window.same = true")
    typed(page, quantity="4")
    page.wait_for_selector("#result >> text=Still to answer")
    assert page.locator("#result a[href='#net']").is_visible()
    typed(page, **TYPED)
    figure = page.locator("#result .now strong")
    figure.wait_for()
    first = figure.inner_text()
    assert "kg CO₂e" in first
    rows = page.locator("#result table.better tbody tr")
    assert rows.nth(0).locator("th").inner_text() == "as it is now"
    assert "meter the energy" in rows.nth(1).inner_text()
    scores = [int(rows.nth(place).locator("td").first.inner_text()) for place in range(rows.count())]
    assert scores[-1] < scores[1] < scores[0]
    assert "best this product can reach" in page.inner_text("#result")
    typed(page, net="500")
    page.wait_for_function("old => document.querySelector('#result .now strong').innerText !== old", arg=first)
    assert first.split()[0] not in page.inner_text("#said")
    typed(page, net="heavy")
    page.wait_for_selector("#result >> text=expected a number such as 253.8")
    assert not figure.is_visible(), "a figure never stands beside an input it does not follow from"
    assert page.evaluate("window.same"), "the page was never loaded again"


def test_fields_are_marked_only_while_they_are_open(page):
    """Nothing is red before somebody asks for the result; what is answered then loses its mark while typing."""
    begun(page)
    assert not page.locator(".ask.open").count()
    page.click("#check")
    page.wait_for_selector("#net[aria-invalid]")
    typed(page, net="253.8")
    page.wait_for_selector("#net:not([aria-invalid])")
    assert page.locator("#name[aria-invalid]").count() == 1
    typed(page, **TYPED)
    page.wait_for_selector("#result .now")
    assert not page.locator(".ask.open, .ask .problem").count()


def test_the_same_without_scripts(address):
    """By button: the outlook with its best grade, and what is missing instead of a number."""
    kept = carried(post(address, UNPROVEN, action="read").text)
    answer = post(address, kept=kept, **TYPED, **CHOSEN, action="check")
    assert answer.status_code == 200
    assert "meter the energy of step make" in answer.text
    assert "best this product can reach" in answer.text
    wrong = post(address, kept=kept, **TYPED | {"net": "-1"}, **CHOSEN, action="check").text
    assert "There is no figure yet" in wrong
    assert "kg CO₂e</strong> per item" not in wrong


def test_a_reload_loses_nothing(page, address):
    """What was dropped and typed in this tab is offered again after a reload, and gone once it is declared."""
    begun(page)
    typed(page, **TYPED)
    page.wait_for_selector("#declare-now")
    page.goto(f"{address}/declare")
    page.click('button:has-text("Go on with the batch you began")')
    page.wait_for_selector("#declare-now")
    assert page.input_value("#name") == "Wall hook"
    assert page.locator("input[name=kept]").count() == len(UNPROVEN)
    page.click("#declare-now")
    page.wait_for_url("**/D/*")
    page.goto(f"{address}/declare")
    assert not page.locator('button:has-text("Go on with the batch you began")').count()


def test_an_upload_that_breaks_off_loses_nothing(page):
    """The page says so and keeps every answer; the same files go through the second time."""
    begun(page)
    typed(page, **TYPED)
    page.route("**/declare", lambda route: route.abort())
    drop(page, {"meter.json": FILES["meter.json"]})
    page.wait_for_selector("text=The connection broke off")
    assert page.input_value("#name") == "Wall hook"
    page.unroute("**/declare")
    drop(page, {"meter.json": FILES["meter.json"]})
    page.wait_for_selector(".dropped >> text=meter.json")
    assert page.input_value("#name") == "Wall hook"


def test_a_result_that_cannot_be_asked_for_is_not_left_standing(page):
    """Without a connection, or after the session ended, no old figure stands beside new input; it says what to do."""
    begun(page)
    typed(page, **TYPED)
    page.wait_for_selector("#result .now")
    page.route("**/declare/result", lambda route: route.abort())
    typed(page, net="300")
    page.wait_for_selector("#result >> text=The connection broke off")
    page.unroute("**/declare/result")
    page.route("**/declare/result", lambda route: route.fulfill(status=401, json={"detail": "this needs an account"}))
    typed(page, net="301")
    page.wait_for_selector("#result >> text=Your session ended")
    assert page.locator("#result a[href='/sign-in'][target='_blank']").is_visible()
    page.unroute("**/declare/result")
    typed(page, net="302")
    page.wait_for_selector("#result .now")


def test_a_batch_is_declared_by_keyboard_alone(page):
    """From the dropped files to the declaration with nothing but keys, in the order of the page."""
    begun(page, FILES)
    page.focus("#name")
    for text in ("Wall hook", "4", "253.8"):
        page.keyboard.type(text)
        page.keyboard.press("Tab")
    page.wait_for_selector("#declare-now")
    page.focus("#check")
    for _ in range(3):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id") == "declare-now":
            break
    page.keyboard.press("Enter")
    page.wait_for_url("**/D/*")
