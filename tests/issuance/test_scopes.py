"""Declarations inside a scope are labelled at once, and nothing else is."""

from threading import Thread

import pytest
from sqlmodel import select

from label_service.document import validate
from label_service.errors import InvalidDocument, NotAttested, NotFound, Refused, VerificationError
from label_service.issuance.holding import MAX_WAITS_FOR, in_words
from label_service.label.attestation import attest
from label_service.label.credential import read_label
from label_service.store.database import reading, transaction
from label_service.store.scheme_tables import EvidenceRow, ScopeRow, WeekRow
from label_service.store.tables import DeclarationRow, LabelRow
from label_service.trust.keys import did_key
from label_service.trust.trust_list import Accreditation
from label_service.verify import inspect_bundle
from tests.signers import signer
from tests.stage import ACCREDITATION, BODY, found_stage, open_stage
from tests.workshop import Workshop


@pytest.fixture
def workshop(own_stage):
    """Give a workshop that an auditor may visit."""
    return Workshop(own_stage)


def verdict(stage, label_id):
    """Verify a label as a buyer would."""
    return inspect_bundle(stage.scheme.labels.bundle(label_id), stage.roots, stage.at)


def used(workshop, scope):
    """Give the items of a scope that are used up."""
    return workshop.stage.scheme.scopes.get(scope.digest).used


def test_goods_inside_a_scope_are_labelled_at_once(workshop):
    """The declaration comes back with its label, which verifies offline and says its place in the scope."""
    scope = workshop.scope()
    for number in (1, 2, 3):
        found = workshop.declare()
        assert (found.state, found.waits_for, found.attestation) == ("labelled", (), scope.token)
        assert verdict(workshop.stage, found.label_id).exit_code == 0
        _, content = read_label(workshop.stage.scheme.labels.get(found.label_id).token)
        assert (content.scope.digest, content.scope.position, content.scope.of) == (scope.digest, number, 10)
    assert used(workshop, scope) == 3
    assert workshop.books() == []


def test_the_index_knows_whose_label_it_is(workshop):
    """Register and statistics find labels by producer and scope."""
    scope = workshop.scope()
    found = workshop.declare()
    with reading(workshop.stage.scheme.bench.engine) as session:
        row = session.get(LabelRow, found.label_id)
    assert (row.producer_id, row.scope_digest, row.scope_position) == (scope.subject.producer, scope.digest, 1)


def test_the_same_declaration_twice_is_one_label(workshop):
    """A declaration that is handed in again takes no second place of the scope."""
    scope = workshop.scope()
    declaration = workshop.goods()
    workshop.hand_in(declaration)
    first, second = (workshop.stage.scheme.declarations.submit(declaration) for _ in range(2))
    assert first == second
    assert used(workshop, scope) == 1


def test_without_a_scope_nothing_is_labelled_by_itself(workshop):
    """A producer without a scope waits for nobody: she asks for an audit."""
    found = workshop.declare()
    assert (found.state, found.waits_for, found.label_id) == ("assessed", (), None)


OUTSIDE = {
    "machine": ({"machines": ("another",)}, "the machine another"),
    "period before": ({"period": {"first": "2026-11-10", "last": "2027-06-30"}}, "goods made from"),
    "period after": ({"period": {"first": "2026-10-01", "last": "2026-10-31"}}, "goods made from"),
    "lots": ({"lots": ({"lot": "other", "material": "mdf", "mass_kg": "5"},)}, "the lots other of mdf, found none"),
}


@pytest.mark.parametrize("case", OUTSIDE)
def test_goods_outside_wait_with_the_reason(workshop, case):
    """Another machine, time or lot: a person has to look, and the producer reads why."""
    changes, words = OUTSIDE[case]
    scope = workshop.scope(**changes)
    found = workshop.declare()
    assert (found.state, found.label_id) == ("waiting", None)
    assert any(words in reason for reason in found.waits_for)
    assert used(workshop, scope) == 0
    assert found == workshop.stage.scheme.declarations.get(found.id)


def test_below_a_floor_waits(workshop):
    """Less energy than the auditor ever saw asks for her look."""
    inventory = workshop.inventory()
    floors = [{"process": process, "kwh_per_kg": "99999", "scrap_fraction": "0"} for process in inventory.processes]
    workshop.scope(floors=floors, ceilings=())
    found = workshop.declare()
    assert found.state == "waiting"
    assert any("at least 99999" in reason for reason in found.waits_for)


def test_what_waits_can_be_attested_by_itself(workshop):
    """Goods outside the scope get their label when the auditor attests them."""
    workshop.scope(machines=("another",))
    found = workshop.declare()
    workshop.stage.scheme.attestations.add(found.id, workshop.stage.attest(found))
    label = workshop.stage.scheme.labels.issue(found.id)
    kept = workshop.stage.scheme.declarations.get(found.id)
    assert (kept.state, kept.waits_for) == ("labelled", ())
    assert label.scope_digest is None
    assert verdict(workshop.stage, label.id).exit_code == 0


def test_handing_in_again_finds_the_new_scope(workshop):
    """Goods that waited are labelled once there is a scope that holds them."""
    workshop.scope(machines=("another",))
    declaration = workshop.goods()
    workshop.hand_in(declaration)
    assert workshop.stage.scheme.declarations.submit(declaration).state == "waiting"
    workshop.scope()
    assert workshop.stage.scheme.declarations.submit(declaration).state == "labelled"


def test_a_scope_ends_with_its_quantity(workshop):
    """Of N items N are labelled and not one more."""
    scope = workshop.scope(quantity=3)
    states = [workshop.declare().state for _ in range(5)]
    assert states == ["labelled"] * 3 + ["waiting"] * 2
    assert used(workshop, scope) == 3
    assert workshop.books() == []


def test_many_at_once_never_go_beyond_the_quantity(workshop):
    """However many declarations come in together, the places of the scope are given once."""
    scope = workshop.scope(quantity=5)
    goods = [workshop.goods() for _ in range(8)]
    for declaration in goods:
        workshop.hand_in(declaration)
    second = Workshop(open_stage(workshop.stage.folder, workshop.stage.clock))
    found = []

    def submit(scheme, declaration):
        found.append(scheme.declarations.submit(declaration))

    schemes = [workshop.stage.scheme, second.stage.scheme] * 4
    threads = [Thread(target=submit, args=pair) for pair in zip(schemes, goods, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(item.state for item in found) == ["labelled"] * 5 + ["waiting"] * 3
    assert used(workshop, scope) == 5
    with reading(workshop.stage.scheme.bench.engine) as session:
        rows = session.exec(select(LabelRow).where(LabelRow.scope_digest == scope.digest).order_by(LabelRow.log_index))
        assert [row.scope_position for row in rows] == [1, 2, 3, 4, 5]
    assert workshop.books() == []
    second.stage.scheme.close()


def test_of_several_that_fit_the_oldest_is_used(workshop):
    """Which scope a label uses is no matter of chance."""
    first, second = workshop.scope(quantity=2), workshop.scope(quantity=2)
    for _ in range(3):
        assert workshop.declare().state == "labelled"
    assert (used(workshop, first), used(workshop, second)) == (2, 1)
    assert [item.digest for item in workshop.stage.scheme.scopes.of(first.subject.producer)] == [
        second.digest,
        first.digest,
    ]


def test_evidence_that_was_not_handed_in_holds_back(workshop):
    """An auditor can draw any label, so every file behind it must be there; one of another party does not count."""
    workshop.scope()
    declaration = workshop.goods()
    found = workshop.stage.scheme.declarations.submit(declaration)
    assert found.state == "waiting"
    assert len(found.waits_for) == len(declaration.evidence)
    assert all("was not handed in" in reason for reason in found.waits_for)
    with transaction(workshop.stage.scheme.bench.engine) as session:
        for item in declaration.evidence:
            row = EvidenceRow(
                digest=item.digest,
                party_id="https://other.example",
                name=item.name,
                media_type="text/plain",
                size_bytes=1,
                uploaded_at=workshop.stage.clock(),
            )
            session.add(row)
    assert workshop.stage.scheme.declarations.submit(declaration).state == "waiting"
    workshop.hand_in(declaration)
    assert workshop.stage.scheme.declarations.submit(declaration).state == "labelled"


def test_the_same_proof_for_two_items_holds_back(workshop):
    """Two labels for one item: evidence that was counted before waits for a person."""
    workshop.scope()
    declaration = workshop.goods()
    workshop.hand_in(declaration)
    submit = workshop.stage.scheme.declarations.submit
    assert submit(declaration).state == "labelled"
    again = submit(declaration.model_copy(update={"salt": "9" * 32}))
    assert again.state == "waiting"
    assert any("earlier declarations" in reason for reason in again.waits_for)


def test_goods_of_the_future_wait(workshop):
    """A label says what was made, not what will be."""
    workshop.scope()
    found = workshop.declare(made={"first": "2026-11-25", "last": "2026-11-26"})
    assert found.state == "waiting"
    assert any("goods are made until" in reason for reason in found.waits_for)


def test_an_expired_scope_labels_nothing(workshop):
    """The auditor's word has an end."""
    workshop.scope({"valid_until": "2026-12-01T00:00:00Z"})
    assert workshop.declare().state == "labelled"
    workshop.stage.clock.forward(days=11)
    found = workshop.declare()
    assert found.state == "waiting"
    assert any("counts from" in reason for reason in found.waits_for)


def test_an_auditor_without_accreditation_no_longer_stands_behind_a_scope(workshop):
    """When her accreditation ended nothing more is labelled under it; what was labelled before stays."""
    workshop.scope()
    before = workshop.declare()
    auditor = workshop.stage.scheme.register.current().auditors[0]
    workshop.stage.scheme.register.end_accreditation(auditor.id, "2026-11-20")
    workshop.stage.clock.forward(days=1)
    found = workshop.declare()
    assert found.state == "waiting"
    assert any("is accredited" in reason for reason in found.waits_for)
    assert verdict(workshop.stage, before.label_id).exit_code == 0


@pytest.mark.parametrize(("action", "word"), [("suspend", "suspended"), ("revoke", "revoked")])
def test_a_scope_that_does_not_stand_labels_nothing(workshop, action, word):
    """Suspended or revoked: the goods wait, and the log shows no label meanwhile."""
    scope = workshop.scope()
    workshop.stage.scheme.states.change(scope.digest, action, reason="precaution", text="It is looked into.")
    found = workshop.declare()
    assert found.state == "waiting"
    assert any(word in reason for reason in found.waits_for)
    assert workshop.books() == []


def test_a_clock_that_goes_back_labels_nothing_in_a_closed_week(workshop):
    """A label of a week that was drawn from already would never be in a draw."""
    scope = workshop.scope()
    workshop.declare()
    workshop.stage.clock.forward(days=4)
    assert workshop.stage.scheme.sampling.close_weeks() == "2026-W47"
    workshop.stage.clock.forward(days=-4)
    found = workshop.declare()
    assert found.state == "waiting"
    assert any("clock" in reason for reason in found.waits_for)
    assert used(workshop, scope) == 1


def test_the_same_scope_twice_is_one(workshop):
    """A scope that is handed in again is the same one, with the places it has left."""
    token = workshop.token()
    first = workshop.stage.scheme.scopes.add(token)
    workshop.declare()
    size = workshop.stage.scheme.bench.sequencer.size
    again = workshop.stage.scheme.scopes.add(token)
    assert (again.digest, again.left) == (first.digest, 9)
    assert workshop.stage.scheme.bench.sequencer.size == size
    assert [item.digest for item in workshop.stage.scheme.scopes.recent()] == [first.digest]


BAD = {
    "another origin": ({"origin": "https://other.example"}, {}, NotAttested, "for https://other.example"),
    "not yet": ({"valid_from": "2026-12-01T00:00:00Z"}, {}, NotAttested, "counts from"),
    "over": (
        {"valid_from": "2026-01-01T00:00:00Z", "valid_until": "2026-11-01T00:00:00Z"},
        {},
        NotAttested,
        "counts from",
    ),
    "another mode": ({}, {"demo": False}, NotAttested, "demonstration"),
    "producer is scheme owner": ({}, {"producer": "http://localhost:8000"}, VerificationError, "different parties"),
}


@pytest.mark.parametrize("case", BAD)
def test_a_scope_of_something_else_is_refused(workshop, case):
    """Another scheme, time or mode, or a producer who is no third party."""
    envelope, changes, error, words = BAD[case]
    refuse(workshop, workshop.token(envelope, **changes), error, words)


def refuse(workshop, token, error, words):
    """Check that a scope is refused with these words, and changes nothing."""
    size = workshop.stage.scheme.bench.sequencer.size
    with pytest.raises(error) as refused:
        workshop.stage.scheme.scopes.add(token)
    assert words in refused.value.detail
    assert workshop.stage.scheme.scopes.recent() == []
    assert workshop.stage.scheme.bench.sequencer.size == size


def test_a_stranger_attests_no_scope(workshop):
    """A key that is not on the trust list vouches for nothing."""
    stranger = signer(71)
    auditor = {"id": did_key(stranger.public_key), "name": "Stranger"}
    refuse(workshop, attest(workshop.attestation({"auditor": auditor}), stranger), VerificationError, "no auditor")


def test_an_auditor_whose_accreditation_ended_attests_no_scope(workshop):
    """Accreditation counts on the day the scope comes in."""
    former = signer(72)
    record = validate(Accreditation, ACCREDITATION | {"valid_until": "2026-11-19"})
    workshop.stage.scheme.register.add_auditor("Former", "Body", BODY, record, former.public_key)
    token = attest(workshop.attestation({"auditor": {"id": did_key(former.public_key), "name": "Former"}}), former)
    refuse(workshop, token, VerificationError, "is accredited")


def test_the_attestation_of_a_declaration_is_no_scope(workshop):
    """One document cannot stand for the other."""
    found = workshop.declare()
    with pytest.raises(NotAttested, match="expected the attestation of a scope"):
        workshop.stage.scheme.scopes.add(workshop.stage.attest(found))
    with pytest.raises(NotAttested, match="expected the attestation of a declaration"):
        workshop.stage.scheme.attestations.add(found.id, workshop.token())


def test_a_hash_chain_serves_one_scope(workshop):
    """Values revealed for one scope would be known beforehand in another."""
    scope = workshop.scope()
    with pytest.raises(NotAttested, match="same hash chain"):
        workshop.scope(chain_commitment=scope.subject.chain_commitment)


def test_no_scope_under_a_wrong_digest(workshop):
    """What is not there is not found, whatever the name."""
    for digest in ("ab" * 32, "", "../x"):
        with pytest.raises(NotFound):
            workshop.stage.scheme.scopes.get(digest)


def test_garbage_is_no_scope(workshop):
    """A broken token is an error with a name."""
    for text in ("", "a.b.c", workshop.token()[:-4]):
        with pytest.raises(InvalidDocument):
            workshop.stage.scheme.scopes.add(text)


def test_only_registered_producers_take_part_in_a_scheme(tmp_path):
    """Outside the demo nobody hands in goods of others, or under another name; a suspended producer waits."""
    stage = found_stage(tmp_path, origin="https://labels.example", is_demo=False)
    workshop = Workshop(stage)
    goods = workshop.goods(demo=False)
    submit = stage.scheme.declarations.submit
    for party in (None, "https://other.example", goods.producer.id):
        with pytest.raises(Refused):
            submit(goods, party=party)
    stage.enrol(goods.producer)
    assert submit(goods, party=goods.producer.id).state == "assessed"
    renamed = goods.model_copy(update={"producer": goods.producer.model_copy(update={"name": "Other name"})})
    with pytest.raises(Refused, match="as registered"):
        submit(renamed, party=goods.producer.id)
    stage.enrol(goods.producer, state="suspended")
    with pytest.raises(Refused, match="takes no part"):
        submit(workshop.goods(demo=False), party=goods.producer.id)
    stage.scheme.close()


def test_words_fit_their_column():
    """Many long reasons are cut to what the column holds, each on a line of its own."""
    text = in_words([f"{number} " + "x " * 700 for number in range(20)])
    assert len(text) <= MAX_WAITS_FOR
    assert [line.partition(" ")[0] for line in text.splitlines()] == ["0", "1", "2"]


def test_a_week_is_closed_before_a_label_of_the_next(workshop):
    """Each closed week holds its own labels, also when nobody watched the calendar."""
    workshop.scope()
    workshop.declare()
    workshop.stage.clock.forward(days=7)
    workshop.declare()
    with reading(workshop.stage.scheme.bench.engine) as session:
        assert [row.week for row in session.exec(select(WeekRow))] == ["2026-W47"]
    assert workshop.books() == []


def test_rows_of_scopes_hold_what_the_token_says(workshop):
    """The index is made from the document."""
    scope = workshop.scope(quantity=7)
    with reading(workshop.stage.scheme.bench.engine) as session:
        row = session.get(ScopeRow, scope.digest)
    assert (row.quantity, row.producer_id, row.commitment) == (
        7,
        scope.subject.producer,
        scope.subject.chain_commitment,
    )
    assert scope.attestation.valid_until == row.valid_until


def test_documents_altered_in_the_database_get_no_label(workshop):
    """Nobody vouches for the digests of goods in a scope, so the figures are computed again before the label."""
    workshop.scope(machines=("another",))
    declaration = workshop.goods()
    workshop.hand_in(declaration)
    found = workshop.stage.scheme.declarations.submit(declaration)
    other = workshop.stage.scheme.declarations.submit(
        workshop.goods(made={"first": "2026-11-04", "last": "2026-11-04"})
    )
    with transaction(workshop.stage.scheme.bench.engine) as session:
        row, source = session.get(DeclarationRow, found.id), session.get(DeclarationRow, other.id)
        row.inventory_digest, row.assessment_digest = source.inventory_digest, source.assessment_digest
    workshop.scope()
    with pytest.raises(VerificationError, match="does not follow"):
        workshop.stage.scheme.declarations.submit(declaration)


def test_a_label_that_does_not_verify_is_not_issued(workshop, monkeypatch):
    """A broken signer is found before anything is logged."""
    workshop.scope()
    size = workshop.stage.scheme.bench.sequencer.size
    monkeypatch.setattr("label_service.issuance.keys.FileSigner.sign", lambda *_: bytes(64))
    with pytest.raises(VerificationError, match="does not verify"):
        workshop.declare()
    monkeypatch.undo()
    assert workshop.stage.scheme.bench.sequencer.size == size
    assert workshop.declare().state == "labelled"


def test_many_declarations_at_once_have_their_own_outcomes(workshop):
    """In a group each is labelled, waits or is refused for itself, under one checkpoint; places are given once."""
    scheme = workshop.stage.scheme
    scope = workshop.scope(quantity=3)
    goods = [workshop.goods() for _ in range(5)]
    for declaration in goods:
        workshop.hand_in(declaration)
    wrong = goods[0].model_copy(update={"demo": not goods[0].demo})
    before = len(scheme.checkpoint_index().splitlines())
    outcomes = scheme.declarations.submit_all([goods[0], wrong, *goods[1:], goods[0]], party=goods[0].producer.id)
    assert isinstance(outcomes[1], Refused)
    states = [found.state for place, found in enumerate(outcomes) if place != 1]
    assert states == ["labelled"] * 3 + ["waiting"] * 2 + ["labelled"]
    assert outcomes[-1].label_id == outcomes[0].label_id
    assert used(workshop, scope) == 3
    assert len(scheme.checkpoint_index().splitlines()) == before + 1
    for place in (0, 2, 3):
        report = inspect_bundle(scheme.labels.bundle(outcomes[place].label_id), workshop.stage.roots, workshop.stage.at)
        assert report.exit_code == 0


def test_what_is_handed_in_at_once_shares_a_checkpoint(workshop):
    """Requests that come while the database is busy are labelled together: one sync and one checkpoint for all."""
    scheme = workshop.stage.scheme
    workshop.scope(quantity=6)
    goods = [workshop.goods() for _ in range(6)]
    for declaration in goods:
        workshop.hand_in(declaration)
    before = scheme.bench.sequencer.checkpoint_count()
    with transaction(scheme.bench.engine):
        answers = [scheme.declarations.ask(item, party=item.producer.id) for item in goods]
    assert len({answer.result(30).label_id for answer in answers} - {None}) == 6
    assert scheme.bench.sequencer.checkpoint_count() <= before + 2
