"""Products made together, on a scheme with parties: who may sign what, and until when consent stands."""

import pytest

from label_service.declaration import Declaration
from label_service.declaration.contributed import ContributedSteps, renamed, steps_from
from label_service.declaration.contribution import Batch, SignedSteps, combined, contribution_for, sign_contribution
from label_service.document import Party
from label_service.errors import Conflict, ConsentMissing, NotFound, Refused
from label_service.verify import verify_bundle
from tests.certification.playing import Play
from tests.signers import signer

KEY = signer(161)
AT = "2026-11-20T09:00:00Z"


def own_part(play: Play) -> Declaration:
    """Give what the workshop declares alone."""
    return Declaration.from_json(play.document("hook", play.producer))


def partners_part(play: Play) -> ContributedSteps:
    """Give the steps of the rival, who makes as much again."""
    alone = Declaration.from_json(play.document("hook", play.rival))
    return renamed(steps_from(alone, "d" * 32), "rival")


def invited(play: Play) -> Batch:
    """Begin a batch of the workshop's hooks; the rival has a key."""
    own, together = own_part(play), play.stage.scheme.together
    if not together.keys(play.rival.party_id):
        together.add_key(play.rival.party_id, "office", KEY.public_key)
    return together.begin(play.producer.party_id, own.product.name, own.quantity)


def signed(play: Play, batch: Batch, key=KEY, steps: ContributedSteps | None = None) -> SignedSteps:
    """Let the rival sign its steps."""
    steps, actor = steps or partners_part(play), play.rival
    party = Party(id=actor.party_id, name=actor.party_name, country=actor.country)
    said = contribution_for(batch, party, own_part(play).made, steps, key=key.public_key, at=AT)
    return SignedSteps(token=sign_contribution(said, key), steps=steps)


def submitted(play: Play, batch: Batch):
    """Submit the one declaration of both."""
    contributions = play.stage.scheme.together.signed(play.producer.party_id, batch.name)
    whole = combined(own_part(play), contributions)
    return play.stage.scheme.declarations.submit(whole, party=play.producer.party_id)


def attested(play: Play, batch: Batch):
    """Submit it, and let the auditor attest it."""
    found = submitted(play, batch)
    play.stage.scheme.attestations.add(found.id, play.attest(found))
    return found


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
