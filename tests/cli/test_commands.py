import json
import shutil

import pytest

from label_service import canonical
from label_service.examples import FOLDER
from label_service.issuance.keys import create_key, write_public
from label_service.label.attestation import read_attestation
from tests import databases
from tests.commands import command
from tests.examples import changed
from tests.issuance.releasing import dearer_plastic
from tests.stage import AUDITOR, CRITERIA, ORIGIN, example


@pytest.fixture
def write(tmp_path):
    """Write a document to a file and give its path."""

    def write(document, name="declaration.json"):
        file = tmp_path / name
        file.write_bytes(document if isinstance(document, bytes) else json.dumps(document).encode())
        return file

    return write


@pytest.mark.parametrize("name", ["hook", "hook-unproven", "box", "panel", "plate"])
def test_assess_tells_the_result_of_every_example(call, name):
    """A table for people: stages, references, ratio, score and why; or why there is no grade."""
    done = call("assess", FOLDER / name / "declaration.json")
    assert done.code == 0
    assert "Compared with mass production" in done.out
    expected = "No grade, so no label" if name == "panel" else "score "
    assert expected in done.out


def test_assess_for_programs_is_the_assessment(call, own_stage):
    """`--json` gives the document itself, the same from the declaration and from its inventory."""
    found = own_stage.submit("hook")
    from_declaration = call("assess", FOLDER / "hook" / "declaration.json", "--json")
    assert from_declaration.out.encode().strip() == found.assessment.to_bytes()
    file = own_stage.folder / "inventory.json"
    file.write_bytes(found.inventory.to_bytes())
    assert call("assess", file, "--json").out == from_declaration.out


def test_assess_takes_another_release(call, tmp_path):
    """Whoever declares in a scheme with a later release sees on her own machine what the scheme will compute."""
    folder, file = tmp_path / "later", FOLDER / "hook" / "declaration.json"
    newer = dearer_plastic(folder)
    (tmp_path / "later.jsonl").write_bytes(newer.to_bytes())
    shown = json.loads(call("assess", file, "--release", folder, "--json").out)
    assert shown["release_digest"] == newer.digest
    assert json.loads(call("assess", file, "--release", tmp_path / "later.jsonl", "--json").out) == shown
    assert call("assess", file, "--release", "1999.1.0").code == 2


BAD = {
    "negative": ("/materials/0/gross/value", "-1"),
    "another spelling": ("/materials/0/gross/value", "0.2630"),
    "a number": ("/materials/0/gross/value", 0.263),
    "wrong unit": ("/materials/0/gross/unit", "kWh"),
    "unknown unit": ("/materials/0/gross/unit", "pound"),
    "unknown material": ("/materials/0/material", "unobtainium"),
    "net above gross": ("/materials/0/net/value", "0.3"),
    "energy beyond the nameplate": ("/steps/0/energy/value", "50000"),
    "hours beyond the calendar": ("/steps/0/duration/value", "100"),
    "unknown member": ("/extra", 1),
    "another version": ("/version", "2"),
    "another type": ("/type", "label"),
    "unknown machine": ("/steps/0/machine", "other"),
    "a day that does not exist": ("/made/last", "2026-02-30"),
    "evidence that is not listed": ("/evidence", []),
    "a lone surrogate": ("/product/name", "\ud800"),
    "a huge integer": ("/quantity", 10**30),
}


@pytest.mark.parametrize("case", BAD)
def test_assess_says_what_is_wrong(call, write, case):
    """Every bad declaration is named with what was expected and found, on standard error, with exit code 2."""
    done = call("assess", write(changed(example("hook"), *BAD[case])))
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("error: ")
    assert "Traceback" not in done.err


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"\xff",
        b"[]",
        b"null",
        b'{"type":"declaration","type":"x"}',
        b"NaN",
        b"[1e400]",
        b"[" * 5000,
        b"x" * (5 * 1024 * 1024),
    ],
)
def test_assess_reads_documents_only(call, write, data):
    """What is no document is refused in one sentence."""
    done = call("assess", write(data))
    assert done.code == 2
    assert done.err.startswith("error: ")


@pytest.mark.parametrize("subject", ["nowhere.json", "."])
def test_what_is_not_there_is_named(call, tmp_path, monkeypatch, subject):
    """Every command that reads a file says which one it cannot read."""
    monkeypatch.chdir(tmp_path)
    for name in ("assess", "recompute", "import"):
        done = call(name, subject)
        assert done.code == 2
        assert "error: " in done.out + done.err
    assert call("attest", subject, "--key", "k.pem", "--name", "n", "--scheme", ORIGIN).code == 2
    assert call("keys", "show", subject).code == 2
    assert call("audit-log", "elsewhere").code == 2


def test_import_tells_the_facts_of_files(call):
    """Quantity, value, unit, basis and source of each fact, for people and for programs."""
    files = [FOLDER / "hook" / "hook.gcode", FOLDER / "hook" / "meter.json"]
    done = call("import", *files)
    assert done.code == 0
    assert "kWh" in done.out
    assert "metered" in done.out
    document = json.loads(call("import", *files, "--json").out)
    assert [item["file"] for item in document] == ["hook.gcode", "meter.json"]
    assert all(fact["source"]["key"] for item in document for fact in item["facts"])


@pytest.mark.parametrize("data", [b"", b"\x00\xff" * 500, b"hello", b"; filament used [g] = 0.0\n"])
def test_import_names_what_it_cannot_read(call, write, data):
    """A file that is empty, binary, cut off or says 0.0 g is an error of that file, and the others are still read."""
    bad = write(data, "bad.gcode")
    good = FOLDER / "hook" / "meter.json"
    done = call("import", bad, good)
    assert done.code == 2
    assert "error: " in done.out
    assert "kWh" in done.out
    document = json.loads(call("import", bad, good, "--json").out)
    assert document[0]["error"]["detail"]
    assert document[1]["facts"]


@pytest.fixture
def dossier(own_stage, tmp_path):
    """Give the folder an auditor gets, and the options she signs with."""
    own_stage.dossier("box", tmp_path / "dossier")
    options = ["--key", own_stage.folder / "auditor" / "auditor.pem", "--name", AUDITOR, "--scheme", ORIGIN]
    for criterion in CRITERIA:
        options += ["--criteria", criterion]
    return tmp_path / "dossier", options


def test_attest_signs_to_a_file_or_to_standard_output(call, dossier):
    """The token goes where the auditor wants it, and she sees what she signed."""
    folder, options = dossier
    out = folder / "attestation.jwt"
    done = call("attest", folder, *options, "--out", out)
    assert done.code == 0
    assert "recomputed to the digit" in done.out
    assert read_attestation(out.read_text().strip())[1].subject.criteria == CRITERIA
    printed = call("attest", folder, *options, "--days", "10")
    assert read_attestation(printed.out.strip())[1].auditor.name == AUDITOR


def test_attest_signs_nothing_that_does_not_hold(call, dossier):
    """Changed evidence, missing criteria, a place that cannot be written: exit code 2 and no file."""
    folder, options = dossier
    out = folder / "attestation.jwt"
    assert call("attest", folder, *options[:6], "--out", out).code == 2
    assert call("attest", folder, *options, "--level", "glance", "--out", out).code == 2
    lost = call("attest", folder, *options, "--out", folder / "nowhere" / "a.jwt")
    assert (lost.code, "Traceback" in lost.err) == (2, False)
    (folder / "evidence" / "meter.json").write_bytes(b"{}")
    done = call("attest", folder, *options, "--out", out)
    assert done.code == 2
    assert "meter.json" in done.err
    assert not out.exists()


def test_an_auditor_sees_with_which_answers_a_file_was_read(call, own_stage, tmp_path):
    """Unit, zone and time of a file are the maker's word; whoever signs is told."""
    options = {"rated_power_w": "5000", "zone": "Europe/Berlin"}
    evidence = [item | ({"options": options} if "importer" in item else {}) for item in example("box")["evidence"]]
    own_stage.dossier("box", tmp_path / "dossier", evidence=evidence)
    key = ["--key", own_stage.folder / "auditor" / "auditor.pem", "--name", AUDITOR, "--scheme", ORIGIN]
    criteria = [word for criterion in CRITERIA for word in ("--criteria", criterion)]
    done = call("attest", tmp_path / "dossier", *key, *criteria, "--out", tmp_path / "attestation.jwt")
    assert done.code == 0
    assert "meter.json read again, as the maker says with zone Europe/Berlin, rated_power_w 5000: energy" in done.out


def test_recompute_names_the_first_difference(call, stage, write):
    """The score follows from the bundle, or the first figure that does not is named."""
    bundle = stage.bundle("plate")
    file = write(canonical.encode(bundle), "bundle.json")
    done = call("recompute", file)
    assert done.code == 0
    assert done.out.startswith("The same to the digit: score ")
    bundle["assessment"]["product"]["kgco2e"]["median"] = "0.5"
    write(canonical.encode(bundle), "bundle.json")
    done = call("recompute", file)
    assert done.code == 1
    assert "/product/kgco2e/median: computed" in done.out
    write(b"{}", "bundle.json")
    assert call("recompute", file).code == 2


@pytest.fixture
def log(own_stage, tmp_path):
    """Give the public folder of a log with the files to audit it, and the options."""
    public = own_stage.folder / "data" / "public"
    (tmp_path / "list.jwt").write_text(own_stage.scheme.register.text())
    return public, ["--root", own_stage.root_file, "--trust-list", tmp_path / "list.jwt"]


def test_audit_log_rebuilds_everything(call, log):
    """A sound log says how much was proven; its folder may be named with or without its last part."""
    public, options = log
    for folder in (public, public / "log"):
        done = call("audit-log", folder, *options)
        assert done.code == 0
        assert "3 labels proven from the tiles" in done.out
        assert "SOUND" in done.out


def test_audit_log_without_a_pinned_root_is_three(call, log):
    """The log is sound, but nobody knows whose it is."""
    public, options = log
    done = call("audit-log", public, *options[2:])
    assert done.code == 3
    assert "pin it with --root" in done.out


def test_audit_log_finds_any_changed_file(call, log):
    """Whatever public file is changed or gone, the audit says which and is not sound."""
    public, options = log
    for file in sorted(path for path in (public / "log").rglob("*") if path.is_file()):
        data = file.read_bytes()
        for changed_data in (data[:-2] + bytes([data[-2] ^ 1]) + data[-1:], b"", None):
            file.unlink() if changed_data is None else file.write_bytes(changed_data)
            done = call("audit-log", public, *options)
            is_index = changed_data is None and file.parent.name == "checkpoints"  # the folder is its own index
            assert done.code in ({0} if is_index else {1, 2}), (file, changed_data, done.out)
            assert "Traceback" not in done.err
        file.write_bytes(data)
    assert call("audit-log", public, *options).code == 0


def test_audit_log_needs_a_list_for_a_folder(call, log):
    """A folder does not bring its own trust."""
    public, options = log
    done = call("audit-log", public, *options[:2])
    assert done.code == 2
    assert "--trust-list" in done.err


@pytest.fixture
def settings(tmp_path):
    """Give the environment of an installation of its own."""
    return {
        **databases.environment(tmp_path),
        "LABEL_SERVICE_ORIGIN": "https://labels.example",
        "LABEL_SERVICE_NAME": "Scheme of a city",
    }


def test_an_operator_sets_up_a_scheme(call, settings, tmp_path):
    """init, migrate, an auditor on the list: each command says what it did, and the second time what is there."""
    done = call("init", "--root", tmp_path / "root", **settings)
    assert done.code == 0
    assert "did:web:labels.example" in done.out
    assert "offline" in done.out
    assert call("init", "--root", tmp_path / "root", **settings).code == 2
    assert call("migrate", **settings).code == 0
    key = create_key(tmp_path / "auditor.pem")
    write_public(tmp_path / "auditor.pub", "Jane Doe", key.public_key)
    record = [
        "--organisation",
        "Body",
        "--organisation-id",
        "https://body.example",
        "--standard",
        "ISO/IEC 17065",
        "--body",
        "Accreditation body",
    ]
    record += ["--number", "D-1", "--valid-from", "2026-01-01", "--valid-until", "2027-12-31"]
    done = call("keys", "add-auditor", tmp_path / "auditor.pub", *record, **settings)
    assert done.code == 0
    assert "Jane Doe is on the trust list" in done.out
    assert call("keys", "add-auditor", tmp_path / "auditor.pub", *record, **settings).code == 2
    bad = [part if part != "2026-01-01" else "2026-02-30" for part in record]
    assert call("keys", "add-auditor", tmp_path / "auditor.pub", *bad, **settings).code == 2


def test_the_operator_gets_a_link_and_makes_more(call, settings, tmp_path):
    """Init gives the first lead a link; at the machine more people are invited, listed, and helped."""
    done = call("init", "--root", tmp_path / "root", "--owner", "City", "--email", "lead@city.example", **settings)
    link = done.out.splitlines()[-1]
    assert link.startswith("https://labels.example/join/")
    listed = call("accounts", "list", **settings).out
    assert "operator  active  City (DEU, https://labels.example)" in listed
    done = call("accounts", "invite", "second@city.example", "--role", "member", **settings)
    assert done.out.startswith("https://labels.example/join/")
    assert done.out.splitlines()[0] != link
    assert call("accounts", "invite", "second@city.example", "--role", "queen", **settings).code == 2
    assert call("accounts", "invite", "lab@lab.example", "--party", "AAAAAAAA", **settings).code == 2
    done = call("accounts", "recover", "nobody@city.example", **settings)
    assert done.code == 2
    assert "nobody has an account" in done.err


@pytest.mark.parametrize("wrong", [("--email", "nobody"), ("--country", "Germany"), ("--registration", "-")])
def test_a_wrong_owner_is_named_before_keys_are_made(call, settings, tmp_path, wrong):
    """Init can be called again with the mistake corrected."""
    assert call("init", "--root", tmp_path / "root", *wrong, **settings).code == 2
    assert call("init", "--root", tmp_path / "root", **settings).code == 0


def test_a_demo_has_no_accounts(call, settings, tmp_path):
    """Nobody signs in to a demo, so it makes no link."""
    done = call("init", "--root", tmp_path / "root", **settings | {"LABEL_SERVICE_MODE": "demo"})
    assert "/join/" not in done.out


def test_settings_of_a_provider_belong_together(call, settings, tmp_path):
    """An issuer without a client, or a secret file that is not there, ends with what is missing."""
    settings |= {"LABEL_SERVICE_OIDC_ISSUER": "https://login.example"}
    call("init", "--root", tmp_path / "root", **settings)
    assert "LABEL_SERVICE_OIDC_CLIENT_ID" in call("serve", **settings).err
    settings |= {"LABEL_SERVICE_OIDC_CLIENT_ID": "labels", "LABEL_SERVICE_OIDC_CLIENT_SECRET": tmp_path / "no-file"}
    assert "no-file" in call("serve", **settings).err


@pytest.mark.parametrize("change", ["LABEL_SERVICE_ORIGIN", "LABEL_SERVICE_MODE", "LABEL_SERVICE_MAX_BODY_BYTES"])
def test_a_wrong_setting_is_named(call, settings, tmp_path, change):
    """A setting that cannot be used ends with its name, before anything is made."""
    done = call("init", "--root", tmp_path / "root", **settings | {change: "nonsense /"})
    assert done.code == 2
    assert change.removeprefix("LABEL_SERVICE_").lower() in done.err.lower()
    assert "Traceback" not in done.err
    assert not (tmp_path / "data").exists()


def test_serving_nothing_says_what_to_do_first(call, settings):
    """Without keys there is nothing to serve, and the way to get them is named."""
    done = call("serve", **settings)
    assert done.code == 2
    assert "label-service init" in done.err


def test_help_is_there_for_every_command():
    """A stranger finds the commands of the design and what they are for."""
    done = command("--help")
    assert done.returncode == 0
    for name in ("demo", "serve", "init", "migrate", "keys", "assess", "import", "attest", "recompute", "audit-log"):
        assert name in done.stdout
    assert command("frobnicate").returncode == 2
    assert command("verify", "--help").returncode == 0


def test_documents_cannot_write_to_the_terminal(call, write):
    """Control characters in a file's name or content do not reach the terminal."""
    file = write(example("hook") | {"type": "\x1b[31mred\x07"}, "a\x1b[2Jb.json")
    done = call("assess", file)
    assert done.code == 2
    assert "\x1b" not in done.out + done.err
    shutil.copy(FOLDER / "hook" / "meter.json", file)
    done = call("import", file)
    assert "\x1b" not in done.out + done.err
