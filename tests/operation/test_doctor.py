"""Looking an installation over: what is well, what is not, and what to do."""

import json
import socket
from contextlib import contextmanager

import pytest
from aiosmtpd.controller import Controller
from sqlalchemy import text

from label_service.operation.doctor import examine, worst
from label_service.store.database import open_engine
from label_service.tlog.note import cosign
from tests.databases import damage, url_of
from tests.operation.conftest import settings_of
from tests.signers import signer


def seen(stage, about, **members):
    """Give what the doctor says about one thing."""
    findings = examine(settings_of(stage.folder, **members), stage.clock())
    return [(finding.state, finding.found) for finding in findings if finding.about == about]


def states(stage, about, **members):
    """Give only how it stands."""
    return {state for state, _ in seen(stage, about, **members)}


@contextmanager
def altering(stage):
    """Change the database behind the service's back."""
    stage.scheme.close()
    engine = open_engine(url_of(stage.folder))
    with engine.begin() as connection:
        yield connection
    engine.dispose()


def test_a_healthy_installation_has_no_problem(stage):
    """Everything is looked at, and all is well, but for the root that the tests keep beside it."""
    findings = examine(settings_of(stage.folder), stage.clock())
    assert [item.found for item in findings if item.state == "problem"] == ["the root key is on this machine"]
    wanted = {"settings", "disk", "mail", "database", "keys", "expiries", "clock", "log", "public files", "evidence"}
    assert {finding.about for finding in findings} == wanted


def test_looking_changes_nothing(own_stage):
    """No file is made or altered by looking; a place without an installation stays empty."""
    own_stage.scheme.close()
    before = {file: file.read_bytes() for file in own_stage.folder.rglob("*") if file.is_file()}
    examine(settings_of(own_stage.folder), own_stage.clock())
    after = {file: file.read_bytes() for file in own_stage.folder.rglob("*") if file.is_file()}
    assert {file.name for file in after} - {file.name for file in before} <= {"label.db-wal", "label.db-shm"}
    assert all(after[file] == content for file, content in before.items() if not file.name.endswith(("-shm", "-wal")))


def test_an_altered_document_is_found(own_stage):
    """A document that is not what its digest says is a problem."""
    with altering(own_stage) as connection:
        connection.execute(text("UPDATE document SET body = :body WHERE type = 'inventory'"), {"body": b"{}"})
    assert "problem" in states(own_stage, "database")


def test_an_altered_log_is_found(own_stage):
    """Entries that do not give what was signed are a problem, with the rule never to sign over it."""
    with altering(own_stage) as connection:
        connection.execute(text("UPDATE leaf SET entry = :entry WHERE position = 2"), {"entry": b"x"})
    assert seen(own_stage, "log")[0][0] == "problem"


def test_a_missing_checkpoint_store_is_a_problem(own_stage):
    """A start without it could sign a second history."""
    own_stage.scheme.close()
    for file in (own_stage.folder / "data").glob("checkpoints.db*"):
        file.unlink()
    assert states(own_stage, "log") == {"problem"}
    assert not (own_stage.folder / "data" / "checkpoints.db").exists()


@pytest.mark.parametrize("name", ["log/checkpoint", "log/tile/0/000.p/5", "log/checkpoints/3"])
def test_missing_public_files_are_named(own_stage, name):
    """Tiles and checkpoints that are gone or differ are found; the next start puts them back."""
    public = own_stage.folder / "data" / "public"
    file = public / name if (public / name).exists() else min(public.glob("log/tile/0/000.p/*"))
    file.write_bytes(b"x")
    assert states(own_stage, "public files") == {"problem"}


def test_keys_are_looked_at(own_stage):
    """A root that is still here, a folder open to others, and a key that is not the listed one are named."""
    assert "problem" in states(own_stage, "keys")  # the tests keep the root beside the keys
    (own_stage.folder / "root" / "root.pem").unlink()
    assert states(own_stage, "keys") == {"ok"}
    (own_stage.folder / "keys").chmod(0o755)
    assert "warning" in states(own_stage, "keys")
    (own_stage.folder / "keys" / "label-1.pem").chmod(0o644)
    assert "problem" in states(own_stage, "keys")


def test_what_ends_soon_is_a_warning_and_what_ended_a_problem(own_stage):
    """Accreditation, keys, delegation and list are told in time."""
    assert states(own_stage, "expiries") == {"ok"}
    own_stage.clock.forward(days=340)
    assert {"warning", "problem"} == states(own_stage, "expiries")


def test_a_clock_that_went_back_is_found(own_stage):
    """Before the newest log entry there is no present."""
    own_stage.clock.forward(days=-3)
    assert states(own_stage, "clock") == {"problem"}


def test_witnesses_that_lag_are_named(own_stage):
    """An operator learns whose cosignature is missing before buyers are left in doubt."""
    assert seen(own_stage, "witnesses") == []
    witnesses = own_stage.scheme.witnesses
    for number in (241, 242):
        witnesses.add(f"w{number}.example", f"https://w{number}.example", signer(number).public_key)
    assert states(own_stage, "witnesses") == {"ok"}
    witnesses.set_quorum(1)
    assert states(own_stage, "witnesses") == {"warning"}
    sequencer = own_stage.scheme.bench.sequencer
    newest = sequencer.newest()
    moment_s = int(own_stage.clock().timestamp())
    sequencer.cosign(newest.size, [cosign(newest.note.text, "w241.example", signer(241), moment_s)])
    ((state, found),) = seen(own_stage, "witnesses")
    assert state == "ok"
    assert f"w241.example {newest.size}, w242.example 0 (quorum 1)" in found
    assert states(own_stage, "public files") == {"ok"}


def test_lost_evidence_is_found(own_stage):
    """A file the database knows and the folder has not is named by its digest."""
    with altering(own_stage) as connection:
        connection.execute(
            text(
                "INSERT INTO evidence (digest, party_id, name, media_type, size_bytes, uploaded_at) "
                "VALUES (:digest, 'x', 'x', 'x', 1, '2026-11-20 12:00:00')"
            ),
            {"digest": "0" * 64},
        )
    assert states(own_stage, "evidence") == {"problem"}


def test_a_database_that_does_not_answer_is_a_problem(own_stage):
    """A broken disk or a lost server ends in a finding."""
    own_stage.scheme.close()
    damage(own_stage.folder)
    assert states(own_stage, "database") == {"problem"}


def test_the_mail_server_is_asked(stage):
    """One that takes the connection is fine, one that is not there is a problem; its password is not shown."""
    controller = Controller(object(), hostname="127.0.0.1", port=free_port())
    controller.start()
    try:
        url = f"smtp://127.0.0.1:{controller.port}"
        assert states(stage, "mail", smtp_url=url, mail_from="a@b.example") == {"ok"}
    finally:
        controller.stop()
    shown = seen(stage, "mail", smtp_url=f"smtp://u:secret@127.0.0.1:{free_port()}", mail_from="a@b.example")
    assert shown[0][0] == "problem"
    assert "secret" not in str(shown)


def free_port():
    """Give a port where nobody listens."""
    with socket.socket() as line:
        line.bind(("127.0.0.1", 0))
        return line.getsockname()[1]


def test_missing_pages_of_the_house_are_named(stage, tmp_path):
    """A file that a setting names and that is not there is a problem, the scheme's missing imprint a warning."""
    assert states(stage, "settings", imprint=tmp_path / "imprint.md") == {"problem", "ok"}
    assert "warning" in states(stage, "settings", mode="scheme")


def test_the_command_says_it_to_people_and_programs(call, own_stage):
    """Text and JSON say the same, and the exit code is the worst of it."""
    own_stage.scheme.close()
    (own_stage.folder / "root" / "root.pem").unlink()
    environment = {
        "LABEL_SERVICE_DATA": own_stage.folder / "data",
        "LABEL_SERVICE_KEYS": own_stage.folder / "keys",
        "LABEL_SERVICE_DATABASE_URL": url_of(own_stage.folder),
        "LABEL_SERVICE_NAME": "Test scheme",
        "LABEL_SERVICE_MODE": "demo",
    }
    shown = call("doctor", **environment)
    document = json.loads(call("doctor", "--json", **environment).out)
    assert shown.code == {"ok": 0, "warning": 3, "problem": 1}[document["state"]]
    assert {finding["about"] for finding in document["findings"]} >= {"log", "keys", "disk"}
    (own_stage.folder / "data" / "public" / "log" / "checkpoint").unlink()
    broken = call("doctor", **environment)
    assert broken.code == 1
    assert "move the public files below log/ away and start the service" in broken.out


def test_the_worst_finding_counts():
    """No finding is no problem."""
    assert worst([]) == "ok"


def test_missing_scripts_are_named(call, monkeypatch, tmp_path):
    """An installation whose scripts were never put together hears what to do."""
    environment = {"LABEL_SERVICE_DATA": tmp_path}
    assert {"about": "scripts", "state": "ok", "found": "built", "to_do": ""} in _findings(call, environment)
    monkeypatch.setattr("label_service.web.scripts.BUILT", "elsewhere")
    found = next(item for item in _findings(call, environment) if item["about"] == "scripts")
    assert found["state"] == "warning"
    assert "make assets" in found["to_do"]


def _findings(call, environment):
    return json.loads(call("doctor", "--json", **environment).out)["findings"]
