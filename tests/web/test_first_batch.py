"""In the browser, from nothing: what a workshop types and chooses, on a phone and on a desk, without scripts too."""

import re

import pytest

from label_service.declaration.profiles import Profiles
from label_service.examples import FOLDER, shipped_profiles
from tests.serving import served
from tests.web.site import open_browser
from tests.web.test_catalogue_pages import HEADER, ROWS, archive
from tests.web.test_desk import FILES, drop, photo

SIZES = {"phone": {"width": 320, "height": 640}, "desk": {"width": 1280, "height": 900}}
WOO = b"ID,Type,SKU,Name,Published,Weight (kg)\n1,simple,H-1,Hook one,1,0.07\n2,simple,H-2,Hook two,1,0\n"


@pytest.fixture(scope="module")
def browser():
    """Start one browser for all tests of this file."""
    with open_browser() as found:
        yield found


@pytest.fixture
def workshop(tmp_path):
    """Give a served demo of its own, whose producer has told nothing yet."""
    with served(tmp_path / "demo") as site:
        producer = shipped_profiles().producer
        empty = Profiles(type="profiles", version="1", demo=True, producer=producer)
        site.stage.scheme.profiles.change(producer, lambda _: empty)
        yield site


class Hand:
    """A person at a page, who counts what she types and chooses, and meets nothing that is wrong with the page."""

    def __init__(self, browser, origin, size, *, scripts=True):
        self.page = browser.new_page(viewport=SIZES[size], java_script_enabled=scripts)
        self.origin = origin
        self.count = 0
        self.problems = []
        self.page.on("pageerror", lambda error: self.problems.append(str(error)))
        self.page.on("console", lambda said: self.problems.append(said.text) if said.type == "error" else None)

    def open(self, path):
        """Go to a page."""
        self.page.goto(self.origin + path)

    def type(self, **fields):
        """Type into fields."""
        for name, text in fields.items():
            self.page.fill(f"#{name}", text)
            self.count += 1

    def choose(self, **fields):
        """Choose from lists."""
        for name, value in fields.items():
            self.page.select_option(f"#{name}", value)
            self.count += 1

    def press(self, words):
        """Press a button."""
        self.page.get_by_role("button", name=words).click()
        self.page.wait_for_load_state()

    def sees(self, words):
        """Wait until the page says something."""
        self.page.wait_for_selector(f"text={words}")

    def fits(self):
        """Check that nothing stands beside the screen, and that every field has its label."""
        wide = self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, f"{self.page.url} is {wide} px too wide"
        nameless = self.page.evaluate(
            "[...document.querySelectorAll('input:not([type=hidden]), select')].filter(f => !f.labels.length).length"
        )
        assert nameless == 0
        assert not self.problems

    def close(self):
        """Leave."""
        self.page.close()


@pytest.mark.parametrize("size", SIZES)
def test_a_new_workshop_declares_its_first_print(browser, workshop, size):
    """From an empty account to a submitted declaration: two choices for the workshop, three values for the batch."""
    hand = Hand(browser, workshop.origin, size)
    hand.open("/declare")
    drop(hand.page, FILES)
    hand.sees("None yet; add: a machine")
    hand.fits()
    hand.type(name="Wall hook", quantity="4", net="253,8")
    hand.press("None yet; add: a machine")
    hand.sees("Add a site")
    hand.fits()
    hand.press("Save")
    hand.sees("Add a machine")
    hand.fits()
    hand.choose(known="Prusa MK4")
    hand.press("Save")
    hand.sees("None yet; add: a material")
    hand.press("None yet; add: a material")
    hand.choose(material="pla")
    hand.fits()
    hand.press("Save")
    hand.press("Show the result")
    hand.sees("Result, not verified")
    hand.fits()
    hand.press("Submit the declaration")
    hand.page.wait_for_url("**/D/*")
    assert "Wall hook" in hand.page.inner_text("main")
    assert hand.count == 2 + 3
    found = workshop.stage.scheme.declarations.get(hand.page.url.rpartition("/")[2]).declaration
    assert (found.quantity, found.machines[0].model, found.made.first) == (4, "Prusa MK4", "2026-11-02")
    hand.close()


def test_a_laser_cut_batch_of_a_known_product_takes_four_values(browser, tmp_path):
    """Product, number, weight and material taken; machine, material, day, energy and packaging are known."""
    with served(tmp_path / "demo") as site:
        hand = Hand(browser, site.origin, "phone")
        hand.open("/declare")
        drop(hand.page, {"meter.json": (FOLDER / "box" / "meter.json").read_bytes(), "scale.png": photo()})
        hand.sees("What did you make?")
        hand.choose(product="box")
        hand.type(quantity="10", net="26800", gross="33600")
        hand.press("Show the result")
        hand.sees("Result, not verified")
        hand.fits()
        assert hand.count == 4
        hand.press("Submit the declaration")
        hand.page.wait_for_url("**/D/*")
        hand.close()


@pytest.mark.parametrize("scripts", [True, False], ids=["with-scripts", "without-scripts"])
def test_a_shop_sends_its_catalogue(browser, tmp_path, scripts):
    """From the shop's export to the template, and from the sheet to declarations and the result, in any browser."""
    with served(tmp_path / "demo") as site:
        hand = Hand(browser, site.origin, "desk" if scripts else "phone", scripts=scripts)
        hand.open("/declare")
        hand.page.get_by_role("link", name=re.compile("catalogue", re.IGNORECASE)).first.click()
        hand.page.set_input_files("#catalogue", {"name": "shop.csv", "mimeType": "text/csv", "buffer": WOO})
        hand.press("Check it")
        hand.sees("product export of a shop")
        hand.page.get_by_role("link", name="Send the corrected catalogue").click()
        sheet = (HEADER + ROWS).encode()
        hand.page.set_input_files("#catalogue", {"name": "sheet.csv", "mimeType": "text/csv", "buffer": sheet})
        proofs = {"name": "proofs.zip", "mimeType": "application/zip", "buffer": archive("H-1", "H-2")}
        hand.page.set_input_files("#files", proofs)
        hand.press("Check it")
        hand.sees("2 products can be submitted, 0 errors")
        hand.press("Submit 2 products")
        hand.sees("2 products submitted, 2 of them new")
        with hand.page.expect_download() as started:
            hand.page.get_by_role("link", name="result for WooCommerce").click()
        assert b"H-2" in started.value.path().read_bytes()
        if scripts:
            hand.fits()
        hand.close()


def test_profiles_are_changed_and_undone_on_a_phone(browser, tmp_path):
    """A material is renamed, the change is told, and one button brings the earlier name back."""
    with served(tmp_path / "demo") as site:
        hand = Hand(browser, site.origin, "phone")
        hand.open("/profiles")
        hand.fits()
        hand.page.get_by_role("link", name="PLA, lot PLA-2026-31").click()
        hand.type(name="Renamed spool")
        hand.fits()
        hand.press("Save")
        hand.sees("material changed: Renamed spool")
        hand.press("Undo it")
        hand.sees("material changed: PLA, lot PLA-2026-31")
        hand.fits()
        hand.close()
