"""Products made together, on a scheme with parties: who may sign what, and until when consent stands."""

import io
from functools import partial

import pytest

from label_service.certification.checking import check_declaration
from label_service.declaration import Declaration
from label_service.declaration.contribution import combined
from label_service.errors import Conflict, ConsentMissing, NotFound, Refused
from label_service.verify import verify_bundle
from tests.certification import files
from tests.certification.together import KEY, attested, hand_in, invited, own_part, signed, submitted, with_paper
from tests.signers import signer


def test_a_label_of_two_workshops_verifies_to_the_root(play):
    """From the invitation to the bundle: both declare, both sign, the auditor attests, anyone sees who did what."""
    scheme, batch = play.stage.scheme, invited(play)
    given = scheme.together.give(play.rival.party_id, signed(play, batch))
    assert scheme.together.give(play.rival.party_id, signed(play, batch)) == given
    (begun_batch,) = scheme.together.begun(play.producer.party_id)
    assert [item.said.party.name for item in begun_batch.given] == [play.rival.party_name]
    label = scheme.labels.issue(attested(play, batch).id)
    report = verify_bundle(scheme.labels.bundle(label.id), play.stage.roots, play.stage.at)
    (parties,) = [step for step in report.steps if step.name == "three parties"]
    assert f"{play.rival.party_name} signed its own steps" in parties.detail
    with pytest.raises(Conflict, match="a label rests on"):
        scheme.together.take_back(play.rival.party_id, given.digest)
    assert scheme.together.given_by(play.rival.party_id)[0].is_used
    again = play.submit(partners=[], salt="e" * 32)
    assert again.state == "assessed"


def test_what_was_taken_back_gets_no_label(play):
    """Consent stands until the label is issued; taken back before, neither declaration nor label is made."""
    scheme, batch = play.stage.scheme, invited(play)
    given = scheme.together.give(play.rival.party_id, signed(play, batch))
    found = attested(play, batch)
    contributions = scheme.together.signed(play.producer.party_id, batch.name)
    scheme.together.take_back(play.rival.party_id, given.digest)
    with pytest.raises(ConsentMissing, match="took its steps back"):
        scheme.labels.issue(found.id)
    assert scheme.together.signed(play.producer.party_id, batch.name) == []
    other = Declaration.from_json(own_part(play).as_json() | {"salt": "f" * 32})
    with pytest.raises(ConsentMissing, match="took its steps back"):
        scheme.declarations.submit(combined(other, contributions), party=play.producer.party_id)


def test_one_contribution_counts_for_one_label(play):
    """What was signed for one batch is not labelled twice, and never without having been handed in."""
    scheme, batch = play.stage.scheme, invited(play)
    contribution = signed(play, batch)
    with pytest.raises(ConsentMissing, match="has not handed in"):
        scheme.declarations.submit(combined(own_part(play), [contribution]), party=play.producer.party_id)
    scheme.together.give(play.rival.party_id, contribution)
    scheme.labels.issue(attested(play, batch).id)
    other = Declaration.from_json(own_part(play).as_json() | {"salt": "f" * 32})
    with pytest.raises(ConsentMissing, match="issued already"):
        scheme.declarations.submit(combined(other, [contribution]), party=play.producer.party_id)


def test_only_a_registered_key_of_the_party_counts(play):
    """Nobody signs for another party, with a key that was given up, or for another batch."""
    together, batch = play.stage.scheme.together, invited(play)
    with pytest.raises(Refused, match="not one of yours"):
        together.give(play.rival.party_id, signed(play, batch, signer(162)))
    with pytest.raises(ConsentMissing, match="another party"):
        together.give(play.producer.party_id, signed(play, batch))
    with pytest.raises(ConsentMissing, match="another quantity"):
        together.give(play.rival.party_id, signed(play, batch.model_copy(update={"quantity": 9})))
    with pytest.raises(NotFound):
        together.give(play.rival.party_id, signed(play, batch.model_copy(update={"name": "0" * 32})))
    with pytest.raises(Conflict, match="known already"):
        together.add_key(play.producer.party_id, "theirs", KEY.public_key)
    with pytest.raises(NotFound):
        together.signed(play.rival.party_id, batch.name)
    together.end_key(play.rival.party_id, together.keys(play.rival.party_id)[0].thumbprint)
    with pytest.raises(Refused, match="not one of yours"):
        together.give(play.rival.party_id, signed(play, batch))


def test_files_of_a_partner_are_seen_by_who_audits_the_product_and_by_no_other_maker(play):
    """A partner's own file counts as handed in and opens for the auditor of the product while the steps stand."""
    together, evidence, batch = play.stage.scheme.together, play.desk.evidence, invited(play)
    steps, digest = with_paper(play)
    given = together.give(play.rival.party_id, signed(play, batch, steps=steps))
    found = submitted(play, batch)
    assert "scale.txt" in play.desk.holdings.missing_evidence(found)
    hand_in(play)
    assert play.desk.holdings.missing_evidence(found) == []
    assert check_declaration(found, evidence.of_goods(found.declaration)).missing == ()
    for actor in (play.auditor, play.other_auditor, play.producer):
        with pytest.raises(NotFound):
            evidence.open(actor, digest)
    play.ask(found)
    assert evidence.open(play.auditor, digest)[0].party_id == play.rival.party_id
    assert [item.party for item in evidence.opened(play.rival)] == [play.auditor.party_name]
    for actor in (play.other_auditor, play.producer, play.cast.colleague(play.auditor, "reader")):
        with pytest.raises(NotFound):
            evidence.open(actor, digest)
    together.take_back(play.rival.party_id, given.digest)
    with pytest.raises(NotFound):
        evidence.open(play.auditor, digest)


def test_a_partner_opens_no_file_of_others_by_signing_for_it(play):
    """A file that neither maker uploaded stays closed and missing, whoever signed its digest and has it elsewhere."""
    batch, (steps, digest) = invited(play), with_paper(play)
    play.stage.scheme.together.give(play.rival.party_id, signed(play, batch, steps=steps))
    found = submitted(play, batch)
    play.ask(found)
    third = play.cast.lead("producer", "Third workshop")
    play.desk.evidence.add(third, io.BytesIO(files.TEXT), "scale.txt")
    assert "scale.txt" in play.desk.holdings.missing_evidence(found)
    for attempt in (
        partial(play.desk.evidence.open, play.auditor),
        play.desk.evidence.of_goods(found.declaration).path,
    ):
        with pytest.raises(NotFound):
            attempt(digest)
