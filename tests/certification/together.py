"""Two workshops that make a batch of hooks together: what each declares, signs and hands in."""

import io

from label_service import canonical
from label_service.accounts.rights import Actor
from label_service.declaration import Declaration
from label_service.declaration.contributed import ContributedSteps, renamed, steps_from
from label_service.declaration.contribution import Batch, SignedSteps, combined, contribution_for, sign_contribution
from label_service.document import Party, validate
from label_service.examples import FOLDER
from tests.certification import files
from tests.certification.playing import Play
from tests.signers import signer

KEY = signer(161)
AT = "2026-11-20T09:00:00Z"


def own_part(play: Play) -> Declaration:
    """Give what the workshop declares alone."""
    return Declaration.from_json(play.document("hook", play.producer))


def partners_part(play: Play, partner: Actor | None = None) -> ContributedSteps:
    """Give the steps of the partner, who makes as much again: the rival, or somebody else."""
    alone = Declaration.from_json(play.document("hook", partner or play.rival))
    return renamed(steps_from(alone, "d" * 32), "rival")


def invited(play: Play, partner: Actor | None = None) -> Batch:
    """Begin a batch of the workshop's hooks; the partner has a key."""
    own, together, partner = own_part(play), play.stage.scheme.together, partner or play.rival
    if not together.keys(partner.party_id):
        together.add_key(partner.party_id, "office", KEY.public_key)
    return together.begin(play.producer.party_id, own.product.name, own.quantity)


def signed(
    play: Play, batch: Batch, key=KEY, steps: ContributedSteps | None = None, partner: Actor | None = None
) -> SignedSteps:
    """Let the partner sign its steps."""
    steps, actor = steps or partners_part(play, partner), partner or play.rival
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


def with_paper(play: Play) -> tuple[ContributedSteps, str]:
    """Give the steps of the rival with a paper beside the files of the example, and the digest of the paper."""
    digest = canonical.digest(files.TEXT)
    paper = {"digest": digest, "kind": "other", "name": "scale.txt", "size_bytes": len(files.TEXT)}
    steps = partners_part(play).as_json()
    return validate(ContributedSteps, steps | {"evidence": [*steps["evidence"], paper]}), digest


def hand_in(play: Play) -> None:
    """Upload the files of the example for the workshop, and the paper for the rival."""
    for item in own_part(play).evidence:
        data = (FOLDER / "hook" / item.name).read_bytes()
        play.desk.evidence.add(play.producer, io.BytesIO(data), item.name)
    play.desk.evidence.add(play.rival, io.BytesIO(files.TEXT), "scale.txt")
