"""Keys and states at the machine: what an operator types, beside a service that runs."""

import pytest
from sqlmodel import select

from label_service.issuance.clock import now
from label_service.label.credential import read_label
from label_service.store.database import reading
from label_service.store.scheme_tables import NoticeRow
from label_service.tlog.checkpoint import sign_checkpoint
from label_service.trust.trust_list import open_trust_list
from label_service.verify import inspect_bundle
from tests import databases
from tests.stage import found_stage
from tests.workshop import Workshop

RECORD = ("--standard", "ISO/IEC 17065", "--body", "Example body", "--number", "7", "--valid-from", "2026-01-01")


@pytest.fixture
def running(tmp_path):
    """Give an installation that a service has open, by the clock on the wall."""
    stage = found_stage(tmp_path / "stage", clock=now)
    yield stage
    stage.scheme.close()


@pytest.fixture
def operate(call, running):
    """Run a command on it that must succeed, and give what it printed."""

    def run(*arguments, code=0):
        done = call(
            *arguments,
            **databases.environment(running.folder),
            LABEL_SERVICE_KEYS=running.folder / "keys",
            LABEL_SERVICE_NAME="Test scheme",
            LABEL_SERVICE_MODE="demo",
        )
        assert done.code == code, done.err
        return " ".join((done.out or done.err).split())

    return run


def verdict(stage, label_id):
    """Verify a label as a buyer would."""
    return inspect_bundle(stage.scheme.labels.bundle(label_id), stage.roots, stage.at).exit_code


def test_keys_are_rotated_beside_a_running_service(operate, running):
    """The service signs its next label with the key that a command made, without a restart."""
    before = running.issue("hook")
    assert operate("keys", "rotate", "label") == "did:web:localhost%3A8000#label-2 signs from now on."
    assert "label-1 is retired" in operate("keys", "retire", "label-1")
    label = running.issue("plate")
    assert read_label(label.token)[0].kid.endswith("#label-2")
    assert verdict(running, before.id) == verdict(running, label.id) == 0
    listed = operate("keys", "list")
    assert "#label-1 label retired from log entry" in listed
    assert "#label-2 label active" in listed
    assert "Dr. Test Auditor" in listed


def test_a_stolen_key_is_cut_off_and_its_labels_are_issued_again(operate, running):
    """What it signed from the theft on verifies no more; goods get labels under the new key, the producer is told."""
    before, lost = running.issue("hook"), running.issue("plate")
    told = operate("keys", "compromised", "label-1", "--since-index", str(lost.log_index))
    assert "1 labels no longer verify" in told
    assert "label-service reissue" in told
    assert (verdict(running, before.id), verdict(running, lost.id)) == (0, 1)
    told = operate("reissue")
    new = running.scheme.labels.get(lost.id).successor
    assert told == f"{lost.id} is superseded by {new}"
    assert verdict(running, new) == 0
    with reading(running.scheme.bench.engine) as session:
        told = session.exec(select(NoticeRow).where(NoticeRow.link == f"/workshop/labels/{new}")).one()
    assert (told.party_id, "replace its sticker" in told.text) == (lost.inventory.producer.id, True)
    assert operate("reissue") == ""
    assert "was not cut off" in operate("reissue", before.id, code=2)


def test_the_delegation_is_renewed_where_the_root_is(operate, call, running, tmp_path):
    """The root signs on another machine; the new delegation is carried back and counts at once."""
    operate("keys", "rotate", "trust-list")
    public = running.folder / "keys" / "trust-list-2.pub"
    out = tmp_path / "delegation.jwt"
    done = call("keys", "delegate", public, "--root", running.folder / "root" / "root.pem", "--out", out)
    assert done.code == 0, done.err
    assert "may be signed until" in operate("keys", "install-delegation", str(out))
    opened = open_trust_list(running.scheme.register.text(), running.roots, running.at)
    assert (opened.is_fresh, opened.trust_list.delegation) == (True, out.read_text().strip())
    foreign = call("keys", "delegate", public, "--root", running.folder / "auditor" / "auditor.pem", "--out", out)
    assert foreign.code == 0
    assert "expected a delegation by the root" in operate("keys", "install-delegation", str(out), code=2)


def test_auditors_come_lose_keys_and_leave(operate, call, running, tmp_path):
    """A second key, a new accreditation, and the end of it."""
    auditor = running.scheme.register.current().auditors[0]
    call("keys", "new", tmp_path / "spare.pem", "--name", "Spare")
    operate("keys", "add-auditor-key", auditor.id, str(tmp_path / "spare.pub"))
    operate("keys", "retire", auditor.keys[0].kid)
    operate("keys", "accreditation", auditor.id, *RECORD, "--valid-until", "2031-12-31")
    operate("keys", "end-accreditation", auditor.id, "--last-day", "2030-06-30")
    found = running.scheme.register.current().auditors[0]
    assert [key.state for key in found.keys] == ["retired", "active"]
    assert [item.valid_until for item in found.accreditations] == ["2029-12-31", "2030-06-30"]


@pytest.mark.parametrize(
    "arguments",
    [
        ("keys", "rotate", "witness"),
        ("keys", "retire", "label-9"),
        ("keys", "retire", "label-1"),
        ("keys", "compromised", "nobody"),
        ("keys", "install-delegation", "missing.jwt"),
        ("state", "suspend", "ABCDEFGHIJKLM", "--reason", "fraud", "--text", "Nobody."),
    ],
)
def test_a_mistake_changes_nothing(operate, running, arguments):
    """A wrong name ends with a message and exit code 2."""
    before, size = running.scheme.register.text(), running.scheme.bench.sequencer.size
    assert "error:" in operate(*arguments, code=2)
    assert (running.scheme.register.text(), running.scheme.bench.sequencer.size) == (before, size)


def test_states_are_changed_beside_a_running_service(operate, running):
    """What the operator decides at the machine is what the next reader of the service sees."""
    label = running.issue("hook")
    said = ("--reason", "precaution", "--text", "A buyer asked about the meter.")
    assert operate("state", "suspend", label.id, *said) == f"{label.id} is suspended."
    assert verdict(running, label.id) == 1
    assert "suspended already" in operate("state", "suspend", label.id, *said, code=2)
    operate("state", "reinstate", label.id, "--reason", "unfounded", "--text", "The meter is right.")
    assert verdict(running, label.id) == 0
    other = running.issue("plate")
    told = operate("state", "supersede", label.id, other.id, "--text", "The mass was wrong.")
    assert told == f"{label.id} is superseded by {other.id}."
    operate("state", "revoke", other.id, "--reason", "recall", "--text", "The plate is sharp.")
    assert verdict(running, other.id) == 1
    assert "expected a reason of the list" in operate(
        "state", "revoke", label.id, "--reason", "x", "--text", "y", code=2
    )


def test_a_scope_is_suspended_at_the_machine(operate, running):
    """One command, and every label of the workshop shows it."""
    workshop = Workshop(running)
    scope, found = workshop.scope(), workshop.declare()
    assert found.state == "labelled"
    operate("state", "suspend", scope.digest, "--reason", "precaution", "--text", "A visit is due.")
    assert verdict(running, found.label_id) == 1


def audited(call, running, tmp_path):
    """Audit the public files as anybody would, and give exit code and words."""
    trust_list = tmp_path / "trust-list.jwt"
    trust_list.write_text(running.scheme.register.text(), encoding="ascii")
    public = running.folder / "data" / "public"
    done = call("audit-log", public, "--root", running.root_file, "--trust-list", trust_list)
    return done.code, done.out


def test_a_log_whose_key_was_stolen_is_audited_to_its_beginning(operate, call, running, tmp_path):
    """Checkpoints of the old key count where they give the tree of the entries; what a thief signed does not."""
    running.issue("hook")
    operate("keys", "rotate", "log")
    operate("keys", "compromised", "log-1")
    running.issue("plate")
    assert audited(call, running, tmp_path)[0] == 0
    origin, size = running.scheme.identity.log, running.scheme.bench.sequencer.size
    forged = str(sign_checkpoint(origin, size - 1, bytes(32), running.signers.log)).encode()
    archived = running.folder / "data" / "public" / "log" / "checkpoints" / str(size - 1)
    honest = archived.read_bytes()
    archived.write_bytes(forged)
    code, words = audited(call, running, tmp_path)
    assert code == 1
    assert "the log signed another tree" in words
    archived.write_bytes(honest)
    (running.folder / "data" / "public" / "log" / "checkpoint").write_bytes(
        str(sign_checkpoint(origin, size, bytes(32), running.signers.log)).encode()
    )
    assert audited(call, running, tmp_path)[0] == 1
