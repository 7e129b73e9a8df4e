"""The desk where makers drop files: in the browser, without JavaScript, and with everything that goes wrong."""

import base64
import io
import re

import httpx
import pytest
from PIL import Image

from label_service.catalogue import read_catalogue
from label_service.examples import FOLDER
from tests.web.site import demo_site, open_browser, serving

HOOK = FOLDER / "hook"
PHONE = {"width": 390, "height": 844}
DROP = """([zone, files]) => {
  const carrier = new DataTransfer();
  for (const [name, text] of files) {
    carrier.items.add(new File([Uint8Array.from(atob(text), (c) => c.charCodeAt(0))], name));
  }
  zone.dispatchEvent(new DragEvent("drop", {dataTransfer: carrier, bubbles: true, cancelable: true}));
}"""


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """Give a demo installation that takes files."""
    found = demo_site(tmp_path_factory.mktemp("desk"))
    yield found
    found.scheme.close()


@pytest.fixture(scope="module")
def address(site):
    """Serve it."""
    with serving(site) as url:
        yield url


@pytest.fixture(scope="module")
def browser():
    """Start one browser for all tests of this file."""
    with open_browser() as found:
        yield found


def photo() -> bytes:
    """Give a small picture, as a phone would of a scale."""
    target = io.BytesIO()
    Image.new("RGB", (60, 40), "white").save(target, "PNG")
    return target.getvalue()


FILES = {
    "hook.gcode": (HOOK / "hook.gcode").read_bytes(),
    "meter.json": (HOOK / "meter.json").read_bytes(),
    "scale.png": photo(),
}


def drop(page, files):
    """Drop files on the page as a hand would."""
    payload = [[name, base64.b64encode(data).decode()] for name, data in files.items()]
    page.evaluate(DROP, [page.query_selector("#drop"), payload])


def post(address, files=(), **fields):
    """Send the form as a browser without JavaScript does."""
    uploads = [("files", (name, data)) for name, data in dict(files).items()]
    return httpx.post(f"{address}/declare", data=fields, files=uploads or [("files", ("", b""))], timeout=30)


def carried(text):
    """Give the hidden fields by which the form carries the dropped files."""
    return re.findall(r'name="kept" value="([^"]+)"', text)


def test_three_files_and_three_typed_values_become_a_declaration(browser, address):
    """From a sliced file, a meter reading and a photo of the scale to a submitted declaration: three typed values."""
    page = browser.new_page(viewport=PHONE)
    problems = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    page.goto(f"{address}/declare")
    drop(page, FILES)
    page.wait_for_selector("#net")
    typed = {"name": "Wall hook", "quantity": "4", "net": "253,8"}
    for field, value in typed.items():
        page.fill(f"#{field}", value)
    assert page.eval_on_selector("#machine", "field => field.value") == "printer"
    assert page.eval_on_selector("#lot", "field => field.selectedOptions[0].text").startswith("PLA")
    assert page.eval_on_selector("#day", "field => field.value") == "2026-11-02"
    page.click("text=Show the result")
    page.wait_for_selector("text=Result, not verified")
    page.click("text=Submit the declaration")
    page.wait_for_url("**/D/*")
    assert "not verified" in page.inner_text("main")
    assert not problems
    page.close()


def test_the_desk_works_without_javascript(address):
    """Every step is a plain form; answers given and files dropped are carried on."""
    first = post(address, FILES, action="read")
    assert first.status_code == 200
    kept = carried(first.text)
    assert len(kept) == 3
    salt = re.search(r'name="salt" value="([0-9a-f]{32})"', first.text)[1]
    answers = {"salt": salt, "kept": kept, "name": "Hook", "quantity": "4", "net": "253.8", "lot": "pla"}
    answers |= {"machine": "printer", "day": "2026-11-02"}
    done = post(address, **answers, action="submit")
    assert done.status_code == 303
    again = post(address, **answers, action="submit")
    assert again.headers["location"] == done.headers["location"], "sending the form twice is one declaration"


def test_what_is_typed_is_not_lost_when_something_is_wrong(address):
    """A wrong value is named at its field, and everything else stands as it was typed."""
    kept = carried(post(address, FILES, action="read").text)
    answer = post(address, kept=kept, name="Häkchen <b>", quantity="four", net="253.8", action="check")
    assert answer.status_code == 200
    assert "expected a whole number from 1 on" in answer.text
    assert 'value="Häkchen &lt;b&gt;"' in answer.text
    assert 'value="253.8"' in answer.text
    assert len(carried(answer.text)) == 3


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("cnc.nc", b"G21\nG90\nM3 S12000\nG1 X10 Y10 F300\nM5\nM30\n", "CNC program"),
        ("tool.gcode", b"\x7fELF" + bytes(100), "program for Linux"),
        ("empty.gcode", b"", "empty"),
        ("notes.txt", b"printed it on Friday", "found text that is none of them"),
    ],
)
def test_a_file_that_says_nothing_is_named_and_not_kept(address, name, data, words):
    """A wrong file is refused with what it is; the others are taken."""
    answer = post(address, {name: data, "meter.json": FILES["meter.json"]}, action="read")
    assert words in answer.text
    assert len(carried(answer.text)) == 1


def test_two_meters_add_up_and_are_both_named(address):
    """Printer and dryer on two sockets: their energy is added, and the page says of what."""
    reading = (
        b'{"type":"meter-readings","meter":"dryer","unit":"kWh","readings":[{"at":"2026-11-02T08:00:00Z","value":"1"},'
    )
    other = reading + b'{"at":"2026-11-02T09:30:00Z","value":"1.5"}]}'
    answer = post(address, {"meter.json": FILES["meter.json"], "dryer.json": other}, action="read")
    assert "0.756" in answer.text
    assert re.search(
        r"0\.256 kWh \(metered\) from meter\.json.*0\.5 kWh \(metered\) from dryer\.json", answer.text, re.DOTALL
    )


def test_without_a_photo_the_missing_proof_is_named(address):
    """Net mass without evidence cannot be assessed; the page says what to add."""
    kept = carried(post(address, {"hook.gcode": FILES["hook.gcode"]}, action="read").text)
    answer = post(
        address,
        kept=kept,
        name="Hook",
        quantity="4",
        net="253.8",
        day="2026-11-02",
        lot="pla",
        machine="printer",
        action="check",
    )
    assert answer.status_code == 422
    assert "photo of the scale" in answer.text
    assert "Submit the declaration" not in answer.text


def test_a_forged_digest_is_not_found(address):
    """A digest that was never dropped here gives a clear error, not somebody's file."""
    answer = post(address, kept=f"{'0' * 64}:x.gcode", action="check")
    assert answer.status_code == 404


def test_a_form_of_another_site_is_refused(address):
    """Another site's page cannot send this form."""
    answer = httpx.post(f"{address}/declare", data={"action": "read"}, headers={"sec-fetch-site": "cross-site"})
    assert answer.status_code == 403


def test_programs_read_files_too(address):
    """The API gives for each file its facts, or its error, in the order sent."""
    uploads = [("files", ("meter.json", FILES["meter.json"])), ("files", ("x.gcode", b"\x7fELF" + bytes(9)))]
    first, second = httpx.post(f"{address}/api/v1/imports", files=uploads).json()
    assert first["kind"] == "meter-readings"
    assert first["facts"][0] == {
        "quantity": "energy",
        "value": "0.256",
        "unit": "kWh",
        "basis": "metered",
        "source": {"key": "/readings/1/value - /readings/0/value", "part": ""},
    }
    assert second["error"]["code"] == "unreadable-file"


def test_the_templates_of_a_catalogue_can_be_downloaded(address):
    """A shop with many products gets a sheet to fill in, in both formats, and what is downloaded is read back."""
    for name, start in (("template.csv", b"sku,name"), ("template.xlsx", b"PK")):
        answer = httpx.get(f"{address}/declare/{name}")
        assert answer.status_code == 200
        assert "attachment" in answer.headers["content-disposition"]
        assert answer.content.startswith(start)
        assert read_catalogue(answer.content, name).errors == ()
