"""Work without a mouse, in Chromium: a maker declares, an operator admits and decides; and declaring without scripts.

The auditor's way from queue to signature is in `audits/test_auditor_browser.py`.
"""

import pytest
from playwright.sync_api import expect

from label_service.web.app import Site
from label_service.web.guard import COOKIE
from tests.certification.playing import begin
from tests.web.site import demo_site, open_browser, serving
from tests.web.test_desk import FILES
from tests.web.visiting import labelled

PHONE, WIDE = {"width": 390, "height": 844}, {"width": 1280, "height": 800}
MOST_STEPS = 80
ANSWERS = {"name": "Wall hook", "quantity": "4", "net": "253.8"}
_FOCUSED = """() => {
  const at = document.activeElement;
  const { outlineStyle, outlineWidth } = getComputedStyle(at);
  const { top, bottom } = at.getBoundingClientRect();
  return {
    id: at.id,
    words: (at.labels?.[0] ?? at).innerText ?? "",
    isOnPage: at !== document.body,
    isMarked: outlineStyle !== "none" && parseFloat(outlineWidth) >= 2,
    isSeen: bottom > 0 && top < innerHeight,
  };
}"""


@pytest.fixture(scope="module")
def browser():
    """Start one browser for all tests of this file."""
    with open_browser() as found:
        yield found


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """Serve a demo that takes files."""
    site = demo_site(tmp_path_factory.mktemp("keyboard"))
    with serving(site) as address:
        yield address
    site.scheme.close()


@pytest.fixture(scope="module")
def play(tmp_path_factory):
    """Give a scheme with a label."""
    play = begin(tmp_path_factory.mktemp("keyboard") / "scheme")
    play.stage.labels["plate"] = labelled(play)
    yield play
    play.stage.scheme.close()


@pytest.fixture
def opened(browser):
    """Open a page of a fresh profile; errors of scripts fail the test."""
    contexts, errors = [], []

    def visit(address, secret=None, **options):
        context = browser.new_context(**options)
        contexts.append(context)
        if secret:
            context.add_cookies([{"name": COOKIE, "value": secret, "url": "https://localhost", "secure": True}])
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(address)
        return page

    yield visit
    for context in contexts:
        context.close()
    assert errors == []


def reach(page, wanted):
    """Press Tab until `#id`, or something with these words, has the focus; the focus must be seen wherever it stops."""
    for _ in range(MOST_STEPS):
        page.keyboard.press("Tab")
        at = page.evaluate(_FOCUSED)
        assert not at["isOnPage"] or (at["isMarked"] and at["isSeen"]), at
        if f"#{at['id']}" == wanted or wanted in at["words"]:
            return
    raise AssertionError(f"{wanted!r} cannot be reached by keyboard")


def choose_files(page, files):
    """Open the dialog for files by a key, and choose."""
    with page.expect_file_chooser() as dialog:  # around all of it: what listens for the dialog is there late otherwise
        reach(page, "#files")
        page.keyboard.press("Space")
    dialog.value.set_files(
        [{"name": name, "mimeType": "application/octet-stream", "buffer": data} for name, data in files.items()]
    )


def test_a_maker_declares_by_keyboard_alone(demo, opened):
    """Files, answers, result, declaration: Tab, letters and Enter are enough, and the focus is always visible."""
    page = opened(f"{demo}/declare", viewport=PHONE)
    choose_files(page, FILES)
    page.wait_for_selector("#net")
    for field, value in ANSWERS.items():
        reach(page, f"#{field}")
        page.keyboard.type(value)
    page.wait_for_selector("#declare-now")
    reach(page, "#declare-now")
    page.keyboard.press("Enter")
    page.wait_for_url("**/D/*")
    assert "not verified" in page.inner_text("main")


def test_a_batch_is_declared_without_scripts(demo, opened):
    """A browser without JavaScript comes from files to the result and the declaration by buttons."""
    page = opened(f"{demo}/declare", viewport=PHONE, java_script_enabled=False)
    page.set_input_files(
        "#files",
        [{"name": name, "mimeType": "application/octet-stream", "buffer": data} for name, data in FILES.items()],
    )
    page.get_by_role("button", name="Read files").click()
    for field, value in ANSWERS.items():
        page.fill(f"#{field}", value)
    page.locator("#check").click()
    expect(page.locator("#result")).to_contain_text("kg CO₂e")
    assert page.input_value("#name") == ANSWERS["name"]
    page.locator("#declare-now").click()
    page.wait_for_url("**/D/*")
    assert "not verified" in page.inner_text("main")


def test_an_operator_works_by_keyboard_alone(play, opened):
    """An organisation is admitted and invited, and a label suspended in public, with keys only."""
    secret = play.cast.accounts.sessions.open(play.cast.operator.account_id)
    with serving(Site(play.stage.scheme, play.stage.files, play.cast.accounts)) as served:
        address = served.replace("127.0.0.1", "localhost")
        page = opened(f"{address}/operate/parties", secret, viewport=WIDE)
        reach(page, "producer")
        page.keyboard.press("Space")
        values = {"name": "New workshop", "country": "AUT", "registration": "FN 1 Wien", "email": "new@shop.example"}
        for field, value in values.items():
            reach(page, f"#{field}")
            page.keyboard.type(value)
        page.keyboard.press("Enter")
        expect(page.locator("code.secret")).to_contain_text("/join/")
        label = play.stage.labels["plate"]
        page.goto(f"{address}/operate/states")
        reach(page, "#id")
        page.keyboard.type(label)
        page.keyboard.press("Enter")
        page.wait_for_url(f"**/operate/states/{label}")
        reach(page, "suspend")
        page.keyboard.press("Space")
        reach(page, "#reason")
        page.keyboard.press("ArrowDown")
        reach(page, "#words")
        page.keyboard.type("The plate is of steel; the page says aluminium.")
        reach(page, "Decide, in public")
        page.keyboard.press("Enter")
        expect(page.locator("main")).to_contain_text("The plate is of steel")
    assert play.stage.scheme.labels.get(label).id == label
