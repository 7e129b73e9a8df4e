"""`label-service declare` and `label-service catalogue` as makers use them, with their exit codes."""

import csv
import hashlib
import io
import json
import shutil

import pytest

from label_service.catalogue import read_catalogue
from label_service.declaration import Declaration
from label_service.examples import FOLDER
from label_service.issuance.kept import kept_declarations
from label_service.issuance.salts import SALT_KEY_FILE
from label_service.store.database import open_engine
from tests import databases
from tests.catalogue.samples import BOX_ROW, HOOK_ROW, sheet
from tests.catalogue.test_shops import SHOPIFY, WOOCOMMERCE

PROFILES = FOLDER / "profiles.json"
PHOTO = b"\xff\xd8\xff\xe0" + bytes(100)
HOOKS, BOX = HOOK_ROW | {"evidence": ""}, BOX_ROW | {"evidence": ""}
BROKEN = HOOK_ROW | {"sku": "BROKEN", "quantity": "0"}
BY_HAND = {"product": "hook", "quantity": "4", "net": "253,8"}


@pytest.fixture
def files(tmp_path):
    """Give a folder of evidence with a folder per product, and a catalogue of two products."""
    evidence = tmp_path / "evidence"
    for sku, example in (("HOOK-4", "hook"), ("BOX-45", "box")):
        (evidence / sku).mkdir(parents=True)
        shutil.copy(FOLDER / example / "meter.json", evidence / sku)
        (evidence / sku / "scale.jpg").write_bytes(PHOTO)
    (tmp_path / "catalogue.csv").write_bytes(sheet(HOOKS, BOX))
    return tmp_path


@pytest.fixture
def run(call, files, own_stage):
    """Run a catalogue command on the two products in a demo installation that nobody else has open."""
    own_stage.scheme.close()

    def run(name, *arguments, file="catalogue.csv", evidence="evidence", **environment):
        return call(
            "catalogue", name, files / file, "--profiles", PROFILES, "--evidence", files / evidence, *arguments,
            **{
                "LABEL_SERVICE_MODE": "demo",
                "LABEL_SERVICE_NAME": "Test scheme",
                **databases.environment(own_stage.folder),
                "LABEL_SERVICE_KEYS": own_stage.folder / "keys",
                **environment,
            },
        )  # fmt: skip

    return run


def result(files, name="catalogue.result.csv"):
    """Give the rows of a result file."""
    return list(csv.DictReader(io.StringIO((files / name).read_text("utf-8"), newline="")))


# one batch


def test_a_batch_is_declared_from_dropped_files(call, files):
    """Sliced file, meter and photo, three answers: the declaration is written and can be assessed."""
    dropped = [
        FOLDER / "hook" / "hook.gcode",
        FOLDER / "hook" / "meter.json",
        files / "evidence" / "HOOK-4" / "scale.jpg",
    ]
    answers = [part for name, value in BY_HAND.items() for part in ("--answer", f"{name}={value}")]
    out = files / "declaration.json"
    done = call("declare", *dropped, "--profiles", PROFILES, *answers, "--out", out)
    assert done.code == 0
    found = Declaration.from_bytes(out.read_bytes().strip())
    assert found.quantity == 4
    assert found.digest in done.out
    assert call("assess", out).code == 0
    again = call("declare", *dropped, "--profiles", PROFILES, *answers, "--out", out)
    assert found.digest not in again.out, "the salt is fresh for every declaration"


def test_what_a_file_leaves_open_is_answered_by_its_name(call, files):
    """Questions of a file are shown with the name to answer under; the answers stand in the declaration."""
    meter, out = files / "meter.csv", files / "declaration.json"
    meter.write_text("Zeit;Stand\n02.11.2026 08:00;100,5\n02.11.2026 09:31;356,5\n")
    dropped = [FOLDER / "hook" / "hook.gcode", meter, files / "evidence" / "HOOK-4" / "scale.jpg"]
    digest = hashlib.sha256(meter.read_bytes()).hexdigest()[:8]
    said = {"at_column": "zeit", "value_column": "stand", "unit": "Wh", "zone": "Europe/Berlin"}
    known = BY_HAND | {f"{name}:{digest}": value for name, value in said.items()}
    answers = [part for name, value in known.items() for part in ("--answer", f"{name}={value}")]
    done = call("declare", *dropped, "--profiles", PROFILES, *answers[:-4], "--out", out)
    assert done.code == 1
    for part in (f"unit:{digest}", "meter.csv: In which unit does it count?", "not read yet", "open: MWh, kWh, Wh"):
        assert part in done.out
    done = call("declare", *dropped, "--profiles", PROFILES, *answers, "--out", out)
    assert done.code == 0, done.out
    kept = {item.name: item.options for item in Declaration.from_bytes(out.read_bytes().strip()).evidence}
    assert kept["meter.csv"].as_json() == said


def test_open_questions_are_shown_with_their_choices(call, files):
    """What files do not say is asked by name, with what can be answered, and nothing is written."""
    out = files / "declaration.json"
    done = call("declare", FOLDER / "box" / "meter.json", "--profiles", PROFILES, "--out", out)
    assert done.code == 1
    for part in ("net", "open", "printer (demo printer, 1.2 mm nozzle)", "not proven yet", "1.5 kWh"):
        assert part in done.out
    assert not out.exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["missing.gcode"], "cannot be opened"),
        ([FOLDER / "hook" / "scale.json"], "expected"),
        (["--answer", "net"], "expected an answer such as"),
        (["--profiles", FOLDER / "hook" / "declaration.json"], "profiles"),
        (["--profiles", "missing.json"], "cannot read"),
    ],
)
def test_what_cannot_be_read_is_named(call, files, arguments, words, monkeypatch):
    """Exit code 2 and one sentence for a wrong file, a wrong answer and wrong profiles."""
    monkeypatch.chdir(files)
    defaults = [] if "--profiles" in arguments else ["--profiles", PROFILES]
    done = call("declare", *arguments, *defaults)
    assert (done.code, done.out) == (2, "")
    assert words in done.err
    assert "Traceback" not in done.err


# many products


@pytest.mark.parametrize("name", ["template.csv", "template.xlsx"])
@pytest.mark.parametrize("language", ["en", "de"])
def test_a_template_is_written_from_a_shop(call, files, name, language):
    """The products of a shop stand in the template, in either language and kind of file."""
    (files / "shop.csv").write_bytes(SHOPIFY)
    done = call("catalogue", "template", files / name, "--from", files / "shop.csv", "--language", language)
    assert done.code == 0
    assert [row.sku for row in read_catalogue((files / name).read_bytes()).rows] == ["HOOK-4", "LAMP-S", "LAMP-L"]
    assert "row 6, sku" in done.out, "a variant without a number is named"


def test_a_check_previews_every_row_and_keeps_nothing(run, files):
    """Score and letter per row, errors with row and column, exit code 1 where one is wrong."""
    good = run("check")
    assert good.code == 0
    assert "2 rows can be submitted" in good.out
    assert "not verified" in good.out
    (files / "catalogue.csv").write_bytes(sheet(HOOKS, BROKEN, BOX))
    bad = run("check")
    assert bad.code == 1
    assert "row 3, quantity: expected a whole number" in bad.out
    assert "2 rows can be submitted" in bad.out
    assert run("result", "--out", files / "r.csv").code == 1
    assert {row["state"] for row in result(files, "r.csv")} == {"new", "error"}


def test_a_check_for_programs_is_json(run):
    """Every row with its figures, and nothing else on standard output."""
    found = json.loads(run("check", "--json").out)
    assert [row["sku"] for row in found["rows"]] == ["HOOK-4", "BOX-45"]
    assert found["rows"][0]["grade"] in "ABCDE"
    assert found["errors"] == []


def test_a_run_can_be_taken_up_again(run, files):
    """Sent twice, or after a stop, each row is one declaration; a changed row is a new one."""
    (files / "catalogue.csv").write_bytes(sheet(HOOKS))
    assert "1 submitted, 0 were there already" in run("submit").out
    (files / "catalogue.csv").write_bytes(sheet(BOX, HOOKS))
    assert "1 submitted, 1 were there already" in run("submit").out
    assert "0 submitted, 2 were there already" in run("submit").out
    (files / "catalogue.csv").write_bytes(sheet(HOOKS | {"net_g": "254"}, BOX))
    assert "1 submitted, 1 were there already" in run("submit").out


def test_an_archive_of_evidence_does_the_same(run, files):
    """A zip of the folder gives the same declarations."""
    run("submit")
    shutil.make_archive(str(files / "packed"), "zip", files / "evidence")
    assert "0 submitted, 2 were there already" in run("submit", evidence="packed.zip").out


def test_wrong_rows_do_not_stop_a_run(run, files):
    """What can be submitted is, the rest is named, and the exit code says so."""
    (files / "catalogue.csv").write_bytes(sheet(BROKEN, HOOKS, BOX))
    done = run("submit")
    assert done.code == 1
    assert "2 submitted, 0 were there already, 1 errors" in done.out


def test_the_result_leads_from_sku_to_label(run, files, own_stage):
    """Once a label is issued the result names its page, code and badge; before, it names the state."""
    run("submit")
    assert run("result").code == 0
    assert [row["state"] for row in result(files)] == ["assessed", "assessed"]
    own_stage.reopen()
    row = next(row for row in own_stage.scheme.declarations.recent() if row.name == "Wall hook")
    found = own_stage.scheme.declarations.get(row.id)
    own_stage.scheme.attestations.add(found.id, own_stage.attest(found))
    label = own_stage.scheme.labels.issue(found.id)
    own_stage.scheme.close()
    run("result", "--shop", "shopify")
    hook, box = result(files)
    assert hook["Label URL (product.metafields.custom.label_url)"] == f"http://localhost:8000/L/{label.id}"
    assert (hook["state"], box["state"]) == ("labelled", "assessed")
    engine = open_engine(databases.url_of(own_stage.folder))
    assert kept_declarations(engine, [found.declaration.digest])[found.declaration.digest].label_id == label.id
    assert kept_declarations(engine, ["0" * 64]) == {}
    engine.dispose()


def test_the_secret_of_the_salts_is_private_and_stays(run, own_stage):
    """It is made once, readable by its owner alone; a damaged one is named, never replaced."""
    run("submit")
    file = own_stage.folder / "keys" / SALT_KEY_FILE
    assert file.stat().st_mode & 0o077 == 0
    kept = file.read_text()
    run("submit")
    assert file.read_text() == kept
    for damaged in ("", "xyz", kept[:10]):
        file.write_text(damaged)
        done = run("submit")
        assert (done.code, file.read_text()) == (2, damaged)
        assert "damaged" in done.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"file": "missing.csv"}, "cannot read missing.csv"),
        ({"evidence": "missing.zip"}, "cannot read missing.zip"),
        ({"LABEL_SERVICE_MODE": "scheme"}, "set demo to false"),
        ({"LABEL_SERVICE_KEYS": "nowhere"}, "label-service init"),
    ],
)
def test_wrong_use_is_named(run, arguments, words):
    """Exit code 2 and what to do for a missing file, another mode and a missing installation."""
    done = run("submit", **arguments)
    assert done.code == 2
    assert words in done.err
    assert "Traceback" not in done.err


def test_an_export_of_a_shop_is_not_submitted(run, files):
    """Drafts are checked like rows and say what they lack."""
    (files / "shop.csv").write_bytes(WOOCOMMERCE)
    done = run("check", file="shop.csv")
    assert done.code == 1
    assert "drafts" in done.out
    assert "0 rows can be submitted" in done.out
