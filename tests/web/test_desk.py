"""The desk where makers drop files: in the browser, without JavaScript, and with everything that goes wrong."""

import base64
import hashlib
import io
import json
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


# what files leave open

TABLE = b"Zeit;Stand\n02.11.2026 08:00;100,5\n02.11.2026 09:00;200,5\n02.11.2026 10:00;300,5\n"


def field(option, data):
    """Give the field of a question about a file."""
    return f"{option}:{hashlib.sha256(data).hexdigest()[:8]}"


def history(*jobs):
    """Give a printer's history: name and end of each job, an hour apart, half an hour and 3 g each."""
    listed = [
        {
            "job_id": str(place),
            "filename": name,
            "status": "completed" if is_good else "cancelled",
            "start_time": 1_793_606_400 + 3600 * place,
            "end_time": 1_793_608_200 + 3600 * place,
            "print_duration": 1800.0,
            "total_duration": 1800.0,
            "filament_used": 1000.0,
            "metadata": {"filament_total": 1000.0, "filament_weight_total": 3.0, "filament_type": "PLA"},
        }
        for place, (name, is_good) in enumerate(jobs)
    ]
    return json.dumps({"jobs": listed}).encode()


HISTORY = history(("vase.gcode", True), ("hook.gcode", False), ("hook.gcode", True), ("box.gcode", True))


def test_what_a_file_leaves_open_is_asked_on_the_page(address):
    """Columns, then unit and zone: each answer is a choice or a word about this file, and stays as it was given."""
    first = post(address, {"meter.csv": TABLE}, action="read")
    kept = carried(first.text)
    assert len(kept) == 1, "a file that only needs an answer is kept"
    assert "not read yet" in first.text
    assert f'name="{field("at_column", TABLE)}"' in first.text
    answers = {field("at_column", TABLE): "zeit", field("value_column", TABLE): "stand"}
    second = post(address, kept=kept, **answers, action="read")
    assert '<option value="Wh">' in second.text
    answers |= {field("unit", TABLE): "Wh", field("zone", TABLE): "Europe/Berlin"}
    third = post(address, kept=kept, **answers, action="read")
    assert "0.2 kWh" in third.text
    assert '<option value="Wh" selected>' in third.text
    assert 'value="Europe/Berlin"' in third.text


def test_a_wrong_answer_about_a_file_is_named_at_its_question(address):
    """A zone that does not exist is asked again, and nothing is guessed."""
    kept = carried(post(address, {"meter.csv": TABLE}, action="read").text)
    answers = {"at_column": "zeit", "value_column": "stand", "unit": "Wh", "zone": "<Mars>"}
    fields = {field(option, TABLE): text for option, text in answers.items()}
    answer = post(address, kept=kept, **fields, action="check")
    assert re.search(r'class="problem"[^>]*>expected a time zone, found &#39;&lt;Mars&gt;&#39;', answer.text)
    assert "0.2 kWh" not in answer.text


def test_the_jobs_of_a_batch_are_ticked(address):
    """Jobs of several files are chosen with boxes; failed tries before them count until somebody says otherwise."""
    first = post(address, {"history.json": HISTORY}, action="read")
    kept, jobs, elsewhere = carried(first.text), field("jobs", HISTORY), field("failed_elsewhere", HISTORY)
    assert first.text.count(f'name="{jobs}"') == 3
    assert "Still to answer" in first.text
    second = post(address, kept=kept, **{jobs: ["2", "3"]}, action="read")
    assert "0.009 kg" in second.text, "two prints and the failed try of 3 g each"
    assert second.text.count("checked") == 2
    third = post(address, kept=kept, **{jobs: ["2", "3"], elsewhere: "1"}, action="read")
    assert "0.006 kg" in third.text
    assert "job 2 failed among the jobs of this batch" in third.text


def test_answers_about_files_survive_the_way_to_a_profile_and_into_the_declaration(site, address):
    """What was ticked and typed goes along when a machine is added, and stands in the declaration in the end."""
    files = {"meter.csv": TABLE, "history.json": HISTORY, "scale.png": FILES["scale.png"]}
    kept = carried(post(address, files, action="read").text)
    answers = {"at_column": "zeit", "value_column": "stand", "unit": "Wh", "zone": "Europe/Berlin"}
    fields = {field(option, TABLE): text for option, text in answers.items()} | {field("jobs", HISTORY): ["2", "3"]}
    way = post(address, kept=kept, **fields, action="add:machines")
    assert f'value="{field("jobs", HISTORY)}=2,3"' in way.text
    fields[field("jobs", HISTORY)] = "2,3"
    batch = {"name": "Hook", "quantity": "2", "net": "6", "day": "2026-11-02", "machine": "printer", "lot": "pla"}
    done = post(address, kept=kept, **fields, **batch, action="submit")
    assert done.status_code == 303, done.text
    found = site.scheme.declarations.get(done.headers["location"].removeprefix("/D/"))
    options = {item.name: item.options for item in found.declaration.evidence}
    assert options["history.json"].jobs == (2, 3)
    assert options["meter.csv"].as_json() == answers
    assert options["scale.png"] is None


def test_a_dropped_file_can_be_taken_back(address):
    """A wrong file does not block the batch: it is removed, and the others stay."""
    kept = carried(post(address, FILES, action="read").text)
    (wrong,) = [text for text in kept if text.endswith("meter.json")]
    answer = post(address, kept=kept, remove=wrong)
    assert carried(answer.text) == [text for text in kept if text != wrong]


def test_programs_answer_for_their_files(address):
    """The API takes reading options as fields, and names them in the errors of files that lack one."""
    uploads = [("files", ("meter.csv", TABLE))]
    (open_,) = httpx.post(f"{address}/api/v1/imports", files=uploads).json()
    assert [item["option"] for item in open_["error"]["unsaid"]] == ["at_column", "value_column"]
    said = {"at_column": "zeit", "value_column": "stand", "unit": "Wh", "zone": "+01:00"}
    (read,) = httpx.post(f"{address}/api/v1/imports", files=uploads, data=said).json()
    assert read["facts"][0]["value"] == "0.2"
    jobs = [("files", ("history.json", HISTORY))]
    (chosen,) = httpx.post(f"{address}/api/v1/imports", files=jobs, data={"jobs": ["2"]}).json()
    assert {fact["quantity"]: fact["value"] for fact in chosen["facts"]}["filament_mass"] == "0.003"
    for wrong in ({"jobs": "x"}, {"mood": "good"}, {"rated_power_w": "-1"}):
        answer = httpx.post(f"{address}/api/v1/imports", files=jobs, data=wrong)
        assert answer.status_code == 422
        assert answer.json()["type"] == "/problems/invalid-document"


def test_jobs_are_chosen_in_the_browser(browser, address):
    """On a phone: drop a history and a sliced file, see its jobs ticked, tick another, and read what it changes."""
    page = browser.new_page(viewport=PHONE, timezone_id="Europe/Berlin")
    problems = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.goto(f"{address}/declare")
    drop(page, {"hook.gcode": FILES["hook.gcode"], "history.json": HISTORY, "meter.csv": TABLE})
    page.wait_for_selector("text=Which jobs made this batch?")
    boxes = page.locator(f'input[name="{field("jobs", HISTORY)}"]')
    assert [boxes.nth(place).is_checked() for place in range(3)] == [False, True, False]
    page.locator("label", has_text="box.gcode").locator("input").check()
    page.select_option(f'[name="{field("at_column", TABLE)}"]', "zeit")
    page.select_option(f'[name="{field("value_column", TABLE)}"]', "stand")
    page.click("text=Read the files with these answers")
    page.wait_for_selector(f'[name="{field("unit", TABLE)}"]')
    assert "0.009 kg" in page.inner_text("main")
    page.select_option(f'[name="{field("unit", TABLE)}"]', "Wh")
    page.click("text=Read the files with these answers")
    page.wait_for_selector(f'[name="{field("zone", TABLE)}"]')
    assert page.input_value(f'[name="{field("zone", TABLE)}"]') == "Europe/Berlin"
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert not problems
    page.close()
