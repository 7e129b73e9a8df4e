"""Catalogues on the web: dry run, submission and result file, with progress that a reload does not lose."""

import csv
import io
import json
import re
import threading
import time
import zipfile
from contextlib import ExitStack

import pytest

from label_service.catalogue import read_catalogue
from label_service.errors import Conflict
from label_service.examples import FOLDER
from label_service.issuance import catalogue_runs, jobs
from label_service.issuance.background import Embedded
from tests.serving import served
from tests.stage import found_stage

HOOK = FOLDER / "hook"
PAGE = "/declare/catalogue"
API = "/api/v1/catalogues"
HEADER = "sku,name,quantity,net_g\n"
ROWS = "H-1,Hook one,4,253.8\nH-2,Hook two,4,253.8\n"
BAD = "H-3,Hook three,four,253.8\n"
WOO = b"ID,Type,SKU,Name,Published,Weight (kg)\n1,simple,H-1,Hook one,1,0.07\n2,simple,H-2,Hook two,1,0\n"


def archive(*skus, **more):
    """Give a zip archive with the evidence of a hook in a folder per SKU."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as found:
        for sku in skus:
            for name in ("hook.gcode", "scale.json"):
                found.writestr(f"{sku}/{name}", (HOOK / name).read_bytes())
            readings = json.loads((HOOK / "meter.json").read_bytes()) | {"meter": f"plug of {sku}"}
            found.writestr(f"{sku}/meter.json", json.dumps(readings))
        for name, data in more.items():
            found.writestr(name, data)
    return target.getvalue()


@pytest.fixture
def desk(tmp_path):
    """Give a served demo of its own."""
    with served(tmp_path / "demo") as site:
        yield site


def send(desk, catalogue, evidence=b"", name="shop.csv"):
    """Send a catalogue as a browser without JavaScript does, and give the address of its run."""
    files = {"catalogue": (name, catalogue)} | ({"files": ("evidence.zip", evidence)} if evidence else {})
    answer = desk.client.post(PAGE, files=files, follow_redirects=False)
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


def finished(desk, address):
    """Reload a page until its run is over, as the browser does by itself."""
    for _ in range(600):
        text = desk.client.get(address).text
        if 'http-equiv="refresh"' not in text:
            return text
        time.sleep(0.05)
    raise AssertionError(text)


def submitted(desk):
    """Count the declarations."""
    return len(desk.stage.scheme.declarations.recent())


def press(desk, text, action):
    """Press a button of a page, and give where it leads."""
    target = re.search(rf'action="([^"]+/{action})"', text)[1]
    answer = desk.client.post(target, files={"none": ("", b"")}, follow_redirects=False)
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


def result(desk, address, shop=""):
    """Give the rows of the result file."""
    answer = desk.client.get(f"{address}/result.csv{f'?shop={shop}' if shop else ''}")
    assert answer.status_code == 200
    return list(csv.DictReader(io.StringIO(answer.text)))


def test_a_shop_goes_from_sheet_to_labels_and_back(desk):
    """Check, submit, attest, issue; the result file has the label, QR code and badge of each SKU, for both shops."""
    checked = finished(desk, send(desk, (HEADER + ROWS + BAD).encode(), archive("H-1", "H-2")))
    assert "2 products can be submitted, 1 error" in checked
    assert "row 4, quantity" in checked
    assert submitted(desk) == 0, "a check declares nothing"
    address = press(desk, checked, "submission")
    assert "2 products submitted, 2 of them new, 1 error" in finished(desk, address)
    states = {row["SKU"]: row["state"] for row in result(desk, address)}
    assert states == {"H-1": "assessed", "H-2": "assessed", "H-3": "error"}
    stage = desk.stage
    found = stage.scheme.declarations.get(
        next(row.id for row in stage.scheme.declarations.recent() if row.name == "Hook one")
    )
    stage.scheme.attestations.add(found.id, stage.attest(found))
    label = stage.scheme.labels.issue(found.id)
    first, second, _ = result(desk, address)
    assert first["Meta: label_url"] == f"{desk.origin}/L/{label.id}"
    assert first["Meta: label_qr_url"] == f"{desk.origin}/L/{label.id}/qr.svg"
    assert f"/L/{label.id}" in first["Meta: label_badge_html"]
    assert second["Meta: label_url"] == ""
    assert "Handle" in result(desk, address, "shopify")[0]
    assert desk.client.get(first["Meta: label_qr_url"]).status_code == 200


def test_the_same_catalogue_again_is_the_same_declarations(desk):
    """A catalogue is idempotent by producer and SKU: sent again, longer and in another order, it adds what is new."""
    one = finished(desk, send(desk, (HEADER + ROWS).encode(), archive("H-1", "H-2")))
    finished(desk, press(desk, one, "submission"))
    reordered = HEADER + "H-4,Hook four,4,253.8\n" + "".join(reversed(ROWS.splitlines(keepends=True)))
    two = finished(desk, send(desk, reordered.encode(), archive("H-1", "H-2", "H-4")))
    done = finished(desk, press(desk, two, "submission"))
    assert "3 products submitted, 1 of them new" in done
    assert submitted(desk) == 3


def test_the_evidence_of_rows_is_kept_for_the_auditor(desk):
    """Files in a folder per SKU are evidence of the declarations, and the producer's own; what is not taken is said."""
    text = finished(desk, send(desk, (HEADER + ROWS).encode(), archive("H-1", "H-2", **{"note.exe": b"MZ\x90\0bad"})))
    assert "note.exe is not taken" in text
    finished(desk, press(desk, text, "submission"))
    scheme = desk.stage.scheme
    declared = scheme.declarations.get(scheme.declarations.recent()[0].id).declaration
    dropped = [item for item in declared.evidence if item.name in {"hook.gcode", "scale.json", "meter.json"}]
    assert len(dropped) == 3
    for item in dropped:
        assert scheme.evidence.path(item.digest).stat().st_size == item.size_bytes


def test_the_export_of_a_shop_becomes_a_template_with_its_products(desk):
    """Products are not typed again: the export leads to the template with SKU and name filled in, in both formats."""
    address = send(desk, WOO)
    text = finished(desk, address)
    assert "product export of a shop" in text
    for name in ("template.csv", "template.xlsx"):
        found = read_catalogue(desk.client.get(f"{address}/{name}").content)
        assert [(row.sku, row.get("name")) for row in found.rows] == [("H-1", "Hook one"), ("H-2", "Hook two")]


def test_programs_do_the_same(desk):
    """The API takes a catalogue, tells how far it is, gives the report, submits it and gives the result file."""
    files = {"catalogue": ("shop.csv", (HEADER + ROWS + BAD).encode()), "files": ("e.zip", archive("H-1", "H-2"))}
    answer = desk.client.post(API, files=files)
    assert answer.status_code == 202
    told = ended(desk, answer.json())
    assert (told["kind"], told["rows"], told["errors"]) == ("catalogue-check", 2, 1)
    report = desk.client.get(told["links"]["report"]).json()
    (error,) = report["errors"]
    assert (error["row"], error["sku"], error["column"]) == (4, "H-3", "quantity")
    assert [row["sku"] for row in report["rows"]] == ["H-1", "H-2"]
    for row in report["rows"]:
        assert row["grade"] in "ABCDE"
        assert float(row["kgco2e"]["p05"]) < float(row["kgco2e"]["median"]) < float(row["kgco2e"]["p95"])
    sent = desk.client.post(told["links"]["submission"], files={"none": ("", b"")})
    assert sent.status_code == 202
    done = ended(desk, sent.json())
    assert (done["kind"], done["state"], done["done"], done["total"]) == ("catalogue-submit", "done", 2, 2)
    assert b"H-2" in desk.client.get(done["links"]["result.csv"]).content


def ended(desk, told):
    """Ask until a run is over."""
    for _ in range(600):
        told = desk.client.get(told["links"]["self"]).json()
        if told["state"] not in {"waiting", "running"}:
            return told
        time.sleep(0.05)
    raise AssertionError(told)


@pytest.mark.parametrize(
    ("data", "name", "words"),
    [
        (b"", "empty.csv", "The catalogue is empty"),
        (b"\0\1\2", "x.csv", "binary data"),
        (b"a,b\n1,2\n", "x.csv", "Expected a header with sku"),
        (b"PK\3\4" + bytes(60), "x.xlsx", "damaged or cut off"),
    ],
)
def test_what_is_no_catalogue_is_said(desk, data, name, words):
    """A wrong file ends in a sentence that says what was expected."""
    text = finished(desk, send(desk, data, name=name))
    assert words in text
    assert "could not be done" in text


def test_no_file_is_a_problem_on_the_form(desk):
    """Nothing chosen is said on the page, with the form still there."""
    answer = desk.client.post(PAGE, files={"catalogue": ("", b"")})
    assert answer.status_code == 422
    assert "Expected a catalogue" in answer.text
    assert 'name="catalogue"' in answer.text


def test_a_damaged_archive_fails_the_run_with_its_reason(desk):
    """Evidence that cannot be opened is not silently left out."""
    assert "archive is damaged" in finished(desk, send(desk, (HEADER + ROWS).encode(), b"PK\3\4 broken"))


@pytest.fixture
def slow(desk, monkeypatch):
    """Make a run wait before its first row until it is let go."""
    gate = threading.Event()
    run = catalogue_runs.declare_rows

    def waiting(*arguments, **options):
        gate.wait(20)
        yield from run(*arguments, **options)

    monkeypatch.setattr(catalogue_runs, "declare_rows", waiting)
    monkeypatch.setattr(catalogue_runs, "_TELL_S", 0.0)
    yield gate
    gate.set()


def test_a_run_goes_on_without_its_page_and_can_be_stopped(desk, slow):
    """Progress is kept outside the page; a second catalogue waits for the first; a stopped run is taken up again."""
    address = send(desk, (HEADER + ROWS).encode(), archive("H-1", "H-2"))
    for _ in range(2):
        assert 'http-equiv="refresh"' in desk.client.get(address).text
    second = desk.client.post(PAGE, files={"catalogue": ("b.csv", (HEADER + ROWS[:20]).encode())})
    assert second.status_code == 422
    assert "still being worked on" in second.text
    assert len(list((desk.stage.folder / "data" / "jobs").iterdir())) == 1, "what is not taken leaves nothing behind"
    press(desk, desk.client.get(address).text, "stop")
    stopped = desk.client.get(address).text
    assert "It was stopped" in stopped
    slow.set()
    again = finished(desk, press(desk, stopped, "again"))
    assert "2 products can be submitted" in again
    assert "It was stopped" in desk.client.get(address).text, "a stopped run stays stopped"


def test_a_run_ends_when_it_takes_too_long(desk, monkeypatch):
    """A catalogue cannot keep the others waiting for ever; what to do is said."""
    monkeypatch.setattr(catalogue_runs, "MOST_S", -1.0)
    text = finished(desk, send(desk, (HEADER + ROWS).encode()))
    assert "took longer than" in text
    assert "split the catalogue" in text


def test_a_catalogue_of_too_many_products_is_refused(desk, monkeypatch):
    """Memory is bounded by the number of products."""
    monkeypatch.setattr(catalogue_runs, "MOST_ROWS", 1)
    assert "Expected at most 1 products, found 2" in finished(desk, send(desk, (HEADER + ROWS).encode()))


def idle(stage):
    """Give the jobs of an installation with nobody who does them."""
    bench = stage.scheme.bench
    background = Embedded(bench.engine, {}, stage.folder / "work.lock")
    stage.scheme.ending.callback(background.end)
    return jobs.Jobs(bench, background)


def test_old_runs_are_forgotten_with_their_files(tmp_path):
    """Disk use of a producer is bounded: the newest runs are kept, older ones go with what they were given."""
    stage = found_stage(tmp_path / "demo")
    kept = idle(stage)
    files = stage.scheme.bench.job_files
    digests = []
    for number in range(jobs.MOST_KEPT + 3):
        stage.clock.forward(minutes=1)
        digests.append(files.keep({"n": str(number)}, {"catalogue": ("a.csv", io.BytesIO(b"x"))}, 9))
        kept.finish(kept.add("https://a.example", "catalogue-check", digests[-1]).id, "done")
    assert len(kept.recent("https://a.example")) == jobs.MOST_KEPT
    assert {folder.name for folder in (stage.folder / "data" / "jobs").iterdir()} == set(digests[3:])
    stage.scheme.close()


def test_the_line_is_not_endless(tmp_path):
    """However many producers send at once, the line has an end, and it is said when it is reached."""
    stage = found_stage(tmp_path / "demo")
    line = idle(stage)
    for number in range(jobs.MOST_OPEN):
        line.add(f"https://{number}.example", "catalogue-check", "0" * 64)
    with pytest.raises(Conflict, match="still being worked on"):
        line.add("https://late.example", "catalogue-check", "0" * 64)
    stage.scheme.close()


def test_producers_of_a_scheme_do_not_see_each_other(tmp_path):
    """Each signed-in producer has her own profiles and runs; another's run is not found, whatever is asked of it."""
    with ExitStack() as open_:
        site = open_.enter_context(served(tmp_path / "scheme", is_demo=False))
        leads = [site.cast.lead(name="Atelier"), site.cast.lead(name="Rival"), site.cast.lead("verifier", "Auditors")]
        one, other, auditor = (open_.enter_context(site.cast.browser(lead, site.origin)) for lead in leads)
        added = one.post("/profiles/sites/site-1", files={"name": (None, "Atelier"), "country": (None, "DEU")})
        assert added.status_code == 303
        assert "Atelier, Germany" in one.get("/profiles").text
        assert "Atelier, Germany" not in other.get("/profiles").text
        run = one.post(PAGE, files={"catalogue": ("shop.csv", (HEADER + ROWS).encode())}).headers["location"]
        program = run.replace(PAGE, API)
        assert one.get(run).status_code == 200
        for path in (run, f"{run}/result.csv", f"{run}/template.csv", program, f"{program}/report"):
            assert other.get(path).status_code == 404, path
        for path in (f"{run}/submission", f"{run}/stop", f"{run}/again", f"{program}/submission"):
            assert other.post(path, files={"none": ("", b"")}).status_code == 404, path
        assert auditor.get(PAGE).status_code == 403, "only producers declare"


@pytest.mark.parametrize(("method", "path"), [("GET", PAGE), ("POST", PAGE), ("POST", API)])
def test_catalogues_need_an_account_in_a_scheme(closed, method, path):
    """Strangers neither send nor see catalogues."""
    answer = closed.client.request(method, path, headers={"sec-fetch-site": "same-origin"})
    assert answer.status_code == 401


def test_another_site_cannot_send_a_catalogue(desk):
    """A form that another site's page sends is refused."""
    answer = desk.client.post(PAGE, files={"catalogue": ("a.csv", b"x")}, headers={"sec-fetch-site": "cross-site"})
    assert answer.status_code == 403
