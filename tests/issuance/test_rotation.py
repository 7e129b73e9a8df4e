"""Keys come and go: overlap, retirement, compromise, delegation; what was signed before keeps its proof."""

from datetime import timedelta

import pytest

from label_service.errors import Conflict, InvalidDocument, InvalidKey, NotFound, VerificationError
from label_service.issuance.keys import create_key, load_key
from label_service.issuance.setup import timestamp
from label_service.label.attestation import attest
from label_service.label.credential import read_label
from label_service.label.status import read_status_list
from label_service.tlog.checkpoint import Checkpoint, verify_checkpoint
from label_service.tlog.note import VerifierKey
from label_service.trust.keys import did_key, thumbprint
from label_service.trust.trust_list import open_trust_list, sign_delegation
from label_service.verify import inspect_bundle
from tests.issuance.test_register import entries
from tests.signers import signer
from tests.stage import AUDITOR, open_stage
from tests.verify.reports import failed, reason
from tests.workshop import Workshop

DID = "did:web:localhost%3A8000"


def verdict(stage, label_id):
    """Verify a label as a buyer would."""
    return inspect_bundle(stage.scheme.labels.bundle(label_id), stage.roots, stage.at)


def listed(stage, kid):
    """Give a key as the newest list has it."""
    content = stage.scheme.register.current()
    keys = [key for party in (*content.issuers, *content.logs, *content.auditors) for key in party.keys]
    return next(key for key in keys if key.kid == kid)


def another(stage, number=8):
    """Issue another label."""
    return stage.issue("hook", salt=f"{number}" * 32)


def test_a_new_label_key_signs_and_the_old_one_keeps_verifying(own_stage):
    """Rotation overlaps: labels of both keys verify, and each names its key."""
    size = len(entries(own_stage))
    assert own_stage.scheme.register.rotate("label") == f"{DID}#label-2"
    (leaf,) = entries(own_stage, size)
    assert (leaf.kid, leaf.use, leaf.state) == (f"{DID}#label-2", "label", "active")
    assert leaf.thumbprint == thumbprint(load_key(own_stage.folder / "keys" / "label-2.pem").public_key)
    label = another(own_stage)
    assert read_label(label.token)[0].kid == f"{DID}#label-2"
    assert verdict(own_stage, label.id).exit_code == 0
    assert verdict(own_stage, own_stage.labels["plate"]).exit_code == 0


def test_a_retired_key_signs_no_more_and_keeps_what_it_signed(own_stage):
    """After retirement its labels verify, a later one under it would not."""
    register = own_stage.scheme.register
    with pytest.raises(Conflict, match="only active"):
        register.retire(f"{DID}#label-1")
    register.rotate("label")
    own_stage.clock.forward(hours=1)
    size = len(entries(own_stage))
    register.retire(f"{DID}#label-1")
    key = listed(own_stage, f"{DID}#label-1")
    assert (key.state, key.since, key.since_index) == ("retired", own_stage.at, size)
    assert verdict(own_stage, own_stage.labels["plate"]).exit_code == 0
    with pytest.raises(Conflict, match="retired already"):
        register.retire(f"{DID}#label-1")


def test_the_status_key_rotates(own_stage):
    """Lists are signed anew by the new key at once."""
    register, states = own_stage.scheme.register, own_stage.scheme.states
    before = read_status_list(states.status_list("revocation", 0))[0].kid
    register.rotate("status")
    assert before == f"{DID}#status-1"
    assert read_status_list(states.status_list("revocation", 0))[0].kid == f"{DID}#status-2"
    register.compromise(f"{DID}#status-1")
    assert verdict(own_stage, own_stage.labels["plate"]).exit_code == 0


def newest_note(stage):
    """Give the public checkpoint."""
    return stage.files.read("log/checkpoint").decode()


def test_the_log_key_rotates(own_stage):
    """The checkpoint over the new key is signed by it; who knows both keys reads the whole archive."""
    old = VerifierKey(own_stage.scheme.identity.log, own_stage.signers.log.public_key)
    own_stage.scheme.register.rotate("log")
    new = VerifierKey(old.name, load_key(own_stage.folder / "keys" / "log-2.pem").public_key)
    assert verify_checkpoint(newest_note(own_stage), new).size == len(entries(own_stage))
    assert verdict(own_stage, own_stage.labels["plate"]).exit_code == 0
    assert Workshop(own_stage).books() == []
    own_stage.reopen()
    another(own_stage)
    assert verify_checkpoint(newest_note(own_stage), new)


def test_a_compromised_label_key_is_cut_off(own_stage):
    """What was logged from the index on no longer verifies, what was before does; a new key signs at once."""
    lost = another(own_stage)
    size = len(entries(own_stage))
    own_stage.scheme.register.compromise(f"{DID}#label-1", lost.log_index)
    assert [(leaf.state, leaf.since_index) for leaf in entries(own_stage, size)] == [
        ("compromised", lost.log_index),
        ("active", None),
    ]
    report = verdict(own_stage, lost.id)
    assert failed(report) == "label signature"
    assert "compromised" in reason(report)
    assert verdict(own_stage, own_stage.labels["plate"]).exit_code == 0
    fresh = another(own_stage, 7)
    assert read_label(fresh.token)[0].kid == f"{DID}#label-2"
    assert verdict(own_stage, fresh.id).exit_code == 0


def test_a_compromise_reaches_back_but_never_forward(own_stage):
    """A later finding may cut off more, never give back what was cut off."""
    label = another(own_stage)
    compromise = own_stage.scheme.register.compromise
    with pytest.raises(Conflict, match="expected a log index"):
        compromise(f"{DID}#label-1", 10_000)
    compromise(f"{DID}#label-1")
    assert verdict(own_stage, label.id).exit_code == 0
    for index in (None, len(entries(own_stage)), -1):
        with pytest.raises(Conflict, match="expected a log index"):
            compromise(f"{DID}#label-1", index)
    compromise(f"{DID}#label-1", label.log_index)
    assert failed(verdict(own_stage, label.id)) == "label signature"


def test_labels_that_were_cut_off_are_issued_again(own_stage):
    """The goods are still what they are: each gets a new label, and the old one leads to it."""
    lost = another(own_stage)
    register, labels = own_stage.scheme.register, own_stage.scheme.labels
    assert labels.cut_off() == []
    with pytest.raises(Conflict, match="not cut off"):
        labels.reissue(lost.id)
    register.compromise(f"{DID}#label-1", lost.log_index)
    assert labels.cut_off() == [lost.id]
    new = labels.reissue(lost.id)
    assert verdict(own_stage, new.id).exit_code == 0
    assert labels.get(lost.id).successor == new.id
    assert labels.get(lost.id).status_reason == "superseded"
    assert labels.cut_off() == []
    with pytest.raises(Conflict):
        labels.reissue(lost.id)
    found = own_stage.scheme.declarations.get(own_stage.submit("hook", salt="8" * 32).id)
    assert (found.state, found.label_id) == ("labelled", new.id)


def test_labels_of_a_scope_are_issued_again_while_it_has_places(own_stage):
    """The log counts every label, so a scope that is used up takes none again until the auditor attests another."""
    workshop = Workshop(own_stage)
    workshop.scope(quantity=3)
    first, second = (workshop.declare().label_id for _ in range(2))
    labels = own_stage.scheme.labels
    own_stage.scheme.register.compromise(f"{DID}#label-1", labels.get(first).log_index)
    new = labels.reissue(first)
    assert read_label(new.token)[1].scope.position == 3
    assert verdict(own_stage, new.id).exit_code == 0
    with pytest.raises(Conflict, match="no scope takes"):
        labels.reissue(second)
    assert labels.cut_off() == [second]
    assert not labels.get(second).is_revoked
    workshop.scope(quantity=1)
    assert verdict(own_stage, labels.reissue(second).id).exit_code == 0
    assert workshop.books() == []


def test_a_second_key_of_an_auditor(own_stage):
    """She attests with either; when one is lost it is retired, and what it vouched for stays."""
    register = own_stage.scheme.register
    auditor = register.current().auditors[0]
    spare = signer(75)
    register.add_auditor_key(auditor.id, spare.public_key)
    with pytest.raises(Conflict, match="on the trust list already"):
        register.add_auditor_key(auditor.id, spare.public_key)
    found = own_stage.submit("hook", salt="8" * 32)
    who = {"id": did_key(spare.public_key), "name": AUDITOR}
    own_stage.scheme.attestations.add(found.id, attest(own_stage.attestation(found, auditor=who), spare))
    label = own_stage.scheme.labels.issue(found.id)
    assert verdict(own_stage, label.id).exit_code == 0
    own_stage.clock.forward(hours=1)
    register.retire(auditor.keys[0].kid)
    assert verdict(own_stage, own_stage.labels["plate"]).exit_code == 0
    own_stage.clock.forward(hours=1)
    late = own_stage.submit("hook", salt="7" * 32)
    with pytest.raises(VerificationError, match="retired"):
        own_stage.scheme.attestations.add(late.id, own_stage.attest(late))
    backdated = own_stage.attest(late, valid_from="2026-11-20T12:00:00Z")
    with pytest.raises(VerificationError, match="retired"):
        own_stage.scheme.attestations.add(late.id, backdated)


def test_a_scope_survives_the_retirement_of_its_key_but_not_its_compromise(own_stage):
    """A lost key vouched honestly for what it signed; a stolen one ends what rests on it from now on."""
    workshop, register = Workshop(own_stage), own_stage.scheme.register
    workshop.scope()
    kid = register.current().auditors[0].keys[0].kid
    register.add_auditor_key(kid, signer(75).public_key)
    own_stage.clock.forward(hours=1)
    register.retire(kid)
    before = workshop.declare()
    assert verdict(own_stage, before.label_id).exit_code == 0
    register.compromise(kid)
    found = workshop.declare()
    assert found.state == "waiting"
    assert any("compromised" in text for text in found.waits_for)
    assert verdict(own_stage, before.label_id).exit_code == 0


def test_no_party_has_the_key_of_another(own_stage):
    """A key of the scheme is nobody's attestation key."""
    register, record = own_stage.scheme.register, own_stage.scheme.register.current().auditors[0].accreditation
    for key in (own_stage.signers.label, own_stage.signers.log, own_stage.auditor):
        with pytest.raises(Conflict, match="on the trust list already"):
            register.add_auditor("Other", "Body", "https://other.example", record, key.public_key)


def test_accreditations_change_and_old_labels_stay(own_stage):
    """A new accreditation counts from its day; labels that name the former one verify for ever."""
    register = own_stage.scheme.register
    auditor = register.current().auditors[0]
    fields = {"number": "DEMO-0002", "valid_from": "2026-11-21", "valid_until": "2031-12-31"}
    size = len(entries(own_stage))
    register.set_accreditation(auditor.id, auditor.accreditation.model_copy(update=fields))
    (leaf,) = entries(own_stage, size)
    assert (leaf.kid, leaf.state) == (auditor.keys[0].kid, "active")
    register.end_accreditation(auditor.id, "2026-11-22")
    now = register.current().auditors[0]
    assert [item.number for item in now.accreditations] == ["DEMO-0001", "DEMO-0002"]
    assert now.accreditation.valid_until == "2026-11-22"
    own_stage.clock.forward(days=1)
    own_stage.scheme.labels.get(own_stage.labels["plate"])
    assert verdict(own_stage, own_stage.labels["plate"]).exit_code == 0
    label = another(own_stage)
    assert verdict(own_stage, label.id).exit_code == 0
    register.end_accreditation(auditor.id, "2026-11-21")
    assert verdict(own_stage, label.id).exit_code == 0
    with pytest.raises(Conflict, match="begins on"):
        register.end_accreditation(auditor.id, "2026-11-20")


def test_who_is_not_on_the_list_cannot_be_changed(own_stage):
    """A wrong name changes nothing."""
    register, before = own_stage.scheme.register, own_stage.scheme.register.text()
    for step in (
        lambda: register.retire("nobody"),
        lambda: register.compromise("nobody"),
        lambda: register.add_auditor_key("nobody", signer(75).public_key),
        lambda: register.end_accreditation("nobody", "2027-01-01"),
    ):
        with pytest.raises(NotFound):
            step()
    with pytest.raises(Conflict, match="not for witness"):
        register.rotate("witness")
    assert register.text() == before


def delegated(stage, key, **window):
    """Let the root delegate a key for a year from now."""
    root = load_key(stage.folder / "root" / "root.pem")
    start = stage.clock() + window.get("after", timedelta(0))
    return sign_delegation(root, key, timestamp(start), timestamp(start + window.get("for_", timedelta(days=365))))


def test_the_delegation_is_renewed(own_stage):
    """After a year the root signs again, for the same key or for a new one; lists are under it at once."""
    register = own_stage.scheme.register
    own_stage.clock.forward(days=400)
    assert not open_trust_list(register.text(), own_stage.roots, own_stage.at).is_fresh
    register.install_delegation(delegated(own_stage, own_stage.signers.delegated.public_key))
    assert open_trust_list(register.text(), own_stage.roots, own_stage.at).is_fresh
    name, public = register.new_list_key()
    assert name == "trust-list-2"
    size = len(entries(own_stage))
    register.install_delegation(delegated(own_stage, public))
    opened = open_trust_list(register.text(), own_stage.roots, own_stage.at)
    assert (opened.token.kid, opened.is_fresh) == (thumbprint(public), True)
    (leaf,) = entries(own_stage, size)
    assert (leaf.use, leaf.kid) == ("trust-list", thumbprint(public))
    own_stage.reopen()
    assert own_stage.scheme.register.delegation().jwk.raw == public


def test_a_delegation_that_nobody_would_accept_is_not_installed(own_stage):
    """Of another root, for another key, too long, or out of its time: the one before stays."""
    register, key = own_stage.scheme.register, own_stage.signers.delegated.public_key
    before = register.text(), (own_stage.folder / "keys" / "delegation.jwt").read_bytes()
    start, end = own_stage.at, timestamp(own_stage.clock() + timedelta(days=300))
    cases = [
        (sign_delegation(signer(76), key, start, end), Conflict),
        (delegated(own_stage, signer(77).public_key), InvalidKey),
        (delegated(own_stage, key, for_=timedelta(days=400)), VerificationError),
        (delegated(own_stage, key, after=timedelta(days=2)), Conflict),
        (delegated(own_stage, key, after=timedelta(days=-400)), Conflict),
        ("a.b.c", InvalidDocument),
    ]
    for token, error in cases:
        with pytest.raises(error):
            register.install_delegation(token)
    assert (register.text(), (own_stage.folder / "keys" / "delegation.jwt").read_bytes()) == before


def test_a_key_left_by_a_broken_attempt_is_taken_up(own_stage):
    """A crash between the key file and the list leaves no gap and no second key."""
    left = create_key(own_stage.folder / "keys" / "label-2.pem")
    own_stage.reopen()
    assert read_label(another(own_stage).token)[0].kid == f"{DID}#label-1"
    own_stage.scheme.register.rotate("label")
    assert listed(own_stage, f"{DID}#label-2").jwk.raw == left.public_key


def test_a_key_file_that_was_exchanged_is_refused(own_stage):
    """The list says which key it is; another one in its file signs nothing."""
    file = own_stage.folder / "keys" / "label-1.pem"
    file.unlink()
    create_key(file)
    with pytest.raises(InvalidKey, match="another key than the trust list"):
        own_stage.reopen()


def test_a_service_that_runs_follows_what_a_command_did(own_stage):
    """Rotation by a command: the service signs with the new key, serves the new list, and both write on in turns."""
    service = open_stage(own_stage.folder, own_stage.clock)
    assert read_label(another(service).token)[0].kid == f"{DID}#label-1"
    for use in ("label", "status", "log"):
        own_stage.scheme.register.rotate(use)
    assert service.scheme.register.text() == own_stage.scheme.register.text()
    label = another(service, 7)
    assert read_label(label.token)[0].kid == f"{DID}#label-2"
    assert read_status_list(service.scheme.states.status_list("revocation", 0))[0].kid == f"{DID}#status-2"
    assert verdict(own_stage, label.id).exit_code == 0
    key = VerifierKey(own_stage.scheme.identity.log, load_key(own_stage.folder / "keys" / "log-2.pem").public_key)
    assert verify_checkpoint(newest_note(own_stage), key).size == Checkpoint.parse(newest_note(service)).size
    service.scheme.register.rotate("label")
    assert read_label(another(own_stage, 6).token)[0].kid == f"{DID}#label-3"
    assert Workshop(own_stage).books() == []
    service.scheme.close()
