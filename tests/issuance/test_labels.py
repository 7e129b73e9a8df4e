import json
from contextlib import suppress
from threading import Thread

import pytest

from label_service.document import validate
from label_service.errors import NotAttested, NotFound, NotGradable, VerificationError
from label_service.issuance.labels import IssuedLabel
from label_service.issuance.log import append_leaves
from label_service.issuance.submission import declaration_row
from label_service.label.attestation import attest
from label_service.label.credential import read_label
from label_service.label.qr import parse_qr
from label_service.store.database import transaction
from label_service.store.tables import StoredDocument
from label_service.tlog.leaf import StatusLeaf
from label_service.trust.keys import did_key
from label_service.trust.trust_list import Accreditation
from label_service.verify import inspect_bundle
from tests.signers import signer
from tests.stage import ACCREDITATION, BODY


def admit(stage, name, **record):
    """Put another auditor on the trust list."""
    auditor = signer(68)
    accreditation = validate(Accreditation, ACCREDITATION | {"valid_until": "2039-01-01"} | record)
    stage.scheme.register.add_auditor(name, "Body", BODY, accreditation, auditor.public_key)
    return auditor


def attested_by(stage, found, auditor, name):
    """Let this auditor attest."""
    return attest(stage.attestation(found, auditor={"id": did_key(auditor.public_key), "name": name}), auditor)


def attested(stage, salt):
    """Give the id of an attested declaration."""
    found = stage.submit("hook", salt=salt)
    stage.scheme.attestations.add(found.id, stage.attest(found))
    return found.id


def verdict(stage, label_id):
    """Verify a label as a buyer would."""
    return inspect_bundle(stage.scheme.labels.bundle(label_id), stage.roots, stage.at)


def test_a_label_says_what_its_documents_say(own_stage):
    """Label, code, log entry and status places belong together, and the bundle verifies for everybody."""
    label = own_stage.issue("hook", salt="9" * 32)
    _, content = read_label(label.token)
    claims = parse_qr(label.qr_text).claims
    assert (content.grade, content.score) == (label.assessment.grade, label.assessment.score)
    assert (claims.grade, claims.score, claims.log_index) == (content.grade, content.score, label.log_index)
    assert claims.label_digest == read_label(label.token)[0].digest
    assert content.demo
    assert "DEMO" in content.issuer.name
    assert verdict(own_stage, label.id).exit_code == 0


def test_a_label_is_given_out_when_it_is_in_the_log(own_stage):
    """The answer comes after the checkpoint that covers the label."""
    label = own_stage.issue("hook", salt="9" * 32)
    last = own_stage.scheme._bench.sequencer._checkpoints.last()
    assert last.size == label.log_index + 1


def test_issuing_twice_gives_the_same_label(own_stage):
    """A repeated request makes no second label."""
    found = own_stage.submit("hook", salt="9" * 32)
    own_stage.scheme.attestations.add(found.id, own_stage.attest(found))
    first = own_stage.scheme.labels.issue(found.id)
    size = own_stage.scheme._bench.sequencer.size
    assert own_stage.scheme.labels.issue(found.id) == first
    assert own_stage.scheme._bench.sequencer.size == size
    assert own_stage.scheme.declarations.get(found.id).state == "labelled"


def test_many_ask_for_the_label_at_once(own_stage):
    """One declaration has one label, however many ask for it together."""
    found = own_stage.submit("hook", salt="9" * 32)
    own_stage.scheme.attestations.add(found.id, own_stage.attest(found))
    labels = []
    threads = [Thread(target=lambda: labels.append(own_stage.scheme.labels.issue(found.id).id)) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(labels) == 6
    assert len(set(labels)) == 1


def test_many_labels_at_once(own_stage):
    """Labels issued together all verify, each at its own place in log and status lists."""
    salts = "23456789"
    labels = []
    threads = [
        Thread(target=lambda salt=salt: labels.append(own_stage.issue("hook-unproven", salt=salt * 32)))
        for salt in salts
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({label.log_index for label in labels}) == len(salts)
    assert [verdict(own_stage, label.id).exit_code for label in labels] == [0] * len(salts)


def test_what_is_refused_takes_no_other_label_with_it(own_stage):
    """In one group each request has its own answer, and what is refused leaves nothing in the log."""
    scheme = own_stage.scheme
    good = [attested(own_stage, salt * 32) for salt in "234"]
    waiting = own_stage.submit("hook", salt="9" * 32).id
    without_grade = own_stage.submit("panel").id
    size = scheme.bench.sequencer.size
    asked = [good[0], waiting, good[1], "0" * 36, good[0], without_grade, good[2]]
    outcomes = scheme.labels._issue(asked)
    assert [type(outcome) for outcome in outcomes] == [
        IssuedLabel,
        NotAttested,
        IssuedLabel,
        NotFound,
        IssuedLabel,
        NotGradable,
        IssuedLabel,
    ]
    assert outcomes[0] == outcomes[4]
    assert scheme.bench.sequencer.size == size + 3
    assert [verdict(own_stage, outcomes[place].id).exit_code for place in (0, 2, 6)] == [0, 0, 0]


def test_a_group_has_one_checkpoint(own_stage):
    """Labels that are issued together stand under one signed checkpoint, so that they cost one sync."""
    scheme = own_stage.scheme
    asked = [attested(own_stage, salt * 32) for salt in "2345"]
    before = scheme.bench.sequencer.archive_index().splitlines()
    scheme.labels._issue(asked)
    after = scheme.bench.sequencer.archive_index().splitlines()
    assert len(after) == len(before) + 1
    assert int(after[-1]) == int(before[-1]) + 4


def test_an_attestation_that_was_exchanged_in_the_store_gives_no_label(own_stage):
    """A token under the digest of another one is not taken for it, although its signature holds."""
    first, second = attested(own_stage, "2" * 32), attested(own_stage, "3" * 32)
    with transaction(own_stage.scheme.bench.engine) as session:
        rows = [declaration_row(session, name) for name in (first, second)]
        tokens = [session.get(StoredDocument, row.attestation_digest) for row in rows]
        tokens[0].body = tokens[1].body
        session.add(tokens[0])
    with pytest.raises(VerificationError, match="not the one that was taken in"):
        own_stage.scheme.labels.issue(first)
    assert own_stage.scheme.labels.issue(second).id


def test_without_an_auditor_there_is_no_label(own_stage):
    """Two keys for one label: the scheme alone cannot issue."""
    found = own_stage.submit("hook", salt="9" * 32)
    with pytest.raises(NotAttested) as refused:
        own_stage.scheme.labels.issue(found.id)
    assert "attest" in refused.value.hint


def test_without_a_grade_there_is_no_label(own_stage):
    """Figures without a reference are a data sheet, attested or not."""
    found = own_stage.submit("panel")
    with pytest.raises(NotGradable, match="no_reference"):
        own_stage.scheme.labels.issue(found.id)
    own_stage.scheme.attestations.add(found.id, own_stage.attest(found))
    with pytest.raises(NotGradable) as refused:
        own_stage.scheme.labels.issue(found.id)
    assert "data sheet" in refused.value.hint


def test_an_attestation_that_ran_out_gives_no_label(own_stage):
    """Between attestation and label no more than its validity may pass."""
    found = own_stage.submit("hook", salt="9" * 32)
    own_stage.scheme.attestations.add(found.id, own_stage.attest(found))
    own_stage.clock.forward(days=366)
    with pytest.raises(NotAttested, match="counts from"):
        own_stage.scheme.labels.issue(found.id)


def test_an_auditor_who_lost_her_accreditation_gives_no_label(own_stage):
    """Accreditation counts on the day of the label, too."""
    found = own_stage.submit("hook", salt="9" * 32)
    auditor = admit(own_stage, "Short auditor", valid_until="2026-11-30")
    own_stage.scheme.attestations.add(found.id, attested_by(own_stage, found, auditor, "Short auditor"))
    own_stage.clock.forward(days=20)
    with pytest.raises(VerificationError, match="accredited"):
        own_stage.scheme.labels.issue(found.id)


def test_a_key_past_its_time_signs_no_label(own_stage):
    """The service does not issue what no verifier would accept."""
    own_stage.clock.forward(days=100)
    auditor = admit(own_stage, "Later auditor")
    own_stage.clock.forward(days=365 * 3 - 60)
    found = own_stage.submit("hook", salt="9" * 32)
    own_stage.scheme.attestations.add(found.id, attested_by(own_stage, found, auditor, "Later auditor"))
    with pytest.raises(VerificationError, match="label-1 counts from"):
        own_stage.scheme.labels.issue(found.id)


def test_a_label_never_outlives_its_attestation_or_three_years(own_stage):
    """Validity is the shorter of the two."""
    found = own_stage.submit("hook", salt="9" * 32)
    own_stage.scheme.attestations.add(found.id, own_stage.attest(found, valid_until="2031-01-01T00:00:00Z"))
    long = read_label(own_stage.scheme.labels.issue(found.id).token)[1]
    assert long.valid_until == "2029-11-19T12:00:00Z"
    short = read_label(own_stage.issue("hook", salt="8" * 32).token)[1]
    assert short.valid_until == "2027-11-20T12:00:00Z"


@pytest.mark.parametrize("label_id", ["", "ABCDEFGHIJKLM", "abc", "' or 1=1", "é"])
def test_unknown_labels_are_not_found(own_stage, label_id):
    """No id but an issued one opens anything."""
    for ask in (own_stage.scheme.labels.get, own_stage.scheme.labels.bundle):
        with pytest.raises(NotFound):
            ask(label_id)


def test_a_label_without_a_checkpoint_is_not_there_yet(own_stage):
    """What is not durably in the log is shown to nobody, and asking again brings it out."""
    found = own_stage.submit("hook", salt="9" * 32)
    own_stage.scheme.attestations.add(found.id, own_stage.attest(found))
    (issued,) = own_stage.scheme.labels._issuing.issue([found.id])  # the process was stopped right after the commit
    label_id = issued.written.label_id
    with pytest.raises(NotFound):
        own_stage.scheme.labels.get(label_id)
    assert own_stage.scheme.labels.issue(found.id).id == label_id
    assert verdict(own_stage, label_id).exit_code == 0


def test_there_are_no_other_status_lists(own_stage):
    """A list that no label is in is not signed for anybody."""
    assert own_stage.scheme.states.status_list("revocation", 0)
    with pytest.raises(NotFound):
        own_stage.scheme.states.status_list("revocation", 1)


def test_places_in_status_lists_are_scattered(own_stage):
    """Nobody reads from a label's place how many were issued before it."""
    places = [json.loads(own_stage.scheme.labels.bundle(label))["status"] for label in own_stage.labels.values()]
    assert len({tuple(lists) for lists in places}) == 1
    indices = {
        read_label(own_stage.scheme.labels.get(label).token)[1].status.revocation.index
        for label in own_stage.labels.values()
    }
    assert len(indices) == 3
    assert max(indices) > 10


def test_a_bundle_is_as_of_now(own_stage):
    """A label shown a month later comes with the lists of that day, and still verifies."""
    own_stage.clock.forward(days=40)
    assert verdict(own_stage, own_stage.labels["hook"]).exit_code == 0


def test_leaves_outside_a_label_do_not_count(own_stage):
    """A rolled-back unit of work leaves neither label nor log entry."""
    size = own_stage.scheme._bench.sequencer.size
    bench = own_stage.scheme._bench
    leaf = StatusLeaf(
        label_id=own_stage.labels["hook"],
        purpose="revocation",
        value=True,
        reason="withdrawn",
        at=own_stage.at,
        actor="operator",
    )
    with suppress(ZeroDivisionError), transaction(bench.engine) as session:
        append_leaves(session, [leaf], own_stage.clock())
        session.flush()
        raise ZeroDivisionError
    bench.sequencer.catch_up()
    assert bench.sequencer.size == size


def test_a_token_is_given_when_it_is_in_the_log(own_stage):
    """The token alone is the one of the label, and one that no checkpoint covers yet is not given."""
    label = own_stage.issue("hook", salt="9" * 32)
    assert own_stage.scheme.labels.token(label.id).decode() == label.token
    name = attested(own_stage, "8" * 32)
    (issued,) = own_stage.scheme.labels._issuing.issue([name])
    with pytest.raises(NotFound):
        own_stage.scheme.labels.token(issued.written.label_id)
    with pytest.raises(NotFound):
        own_stage.scheme.labels.token("A" * 13)
