import io
import json
from hashlib import sha256

import pytest

from label_service.certification import audits
from label_service.certification.proposals import Wish, propose_scope
from label_service.declaration.profiles import Profiles
from label_service.document import Party, validate
from label_service.errors import Conflict, MissingInput, NotFound, Refused
from label_service.examples import FOLDER, shipped_profiles
from tests.certification.playing import BODY, OTHER_BODY
from tests.certification.together import invited, signed


def party_of(actor):
    """Give a producer as her documents name her."""
    return Party(id=actor.party_id, name=actor.party_name, country=actor.country)


def profiles_of(play, actor=None):
    """Give the shipped profiles as those of a producer of the scheme."""
    shipped = shipped_profiles().as_json() | {"demo": False, "producer": party_of(actor or play.producer).as_json()}
    return Profiles.from_json(json.loads(json.dumps(shipped)))


def wish_of(profiles, **members):
    """Ask for a scope over what the profiles have."""
    site = profiles.machines[0].site
    product = profiles.products[0]
    found = {
        "site": site,
        "machines": [item.id for item in profiles.machines if item.site == site],
        "products": [item.id for item in profiles.products if (item.family, item.category) == _kind(product)],
        "lots": [item.id for item in profiles.lots],
        "quantity": 100,
        "period": {"first": "2026-11-01", "last": "2027-10-31"},
    }
    return validate(Wish, found | members)


def _kind(product):
    return product.family, product.category


def notices(play, actor):
    """Give what a party was told."""
    return [item.text for item in play.desk.notices.of(actor, is_open_only=True)]


def test_only_bodies_with_an_accredited_auditor_can_be_asked(play):
    """A body without a listed key, or after its accreditation, is not offered and cannot be asked."""
    assert [(item.name, [auditor.name for auditor in item.auditors]) for item in play.desk.audits.verifiers()] == [
        (BODY, ["Dr. Vera Test"])
    ]
    found = play.declare()
    with pytest.raises(NotFound):
        play.desk.audits.request_declaration(play.producer, found.id, play.lead(OTHER_BODY).party_id)
    play.clock.forward(days=365 * 4)
    assert play.desk.audits.verifiers() == []


def test_a_request_stands_in_the_queue_and_opens_the_evidence(play):
    """From the request on the verifier is told, has it in her queue and may open the files."""
    found = play.declare()
    made = play.desk.audits.request_declaration(play.producer, found.id, play.auditor.party_id)
    assert [item.id for item in play.desk.audits.of(play.auditor, is_open_only=True)] == [made.id]
    assert (made.about, made.producer, made.verifier) == (found.declaration.product.name, "Test workshop", BODY)
    assert any("asks for an audit" in text for text in notices(play, play.auditor))
    play.desk.evidence.open(play.auditor, found.declaration.evidence[0].digest)


def test_others_learn_nothing_of_a_request(play):
    """A rival and another body see neither the request nor whether it exists."""
    made = play.desk.audits.request_declaration(play.producer, play.declare().id, play.auditor.party_id)
    for actor in (play.rival, play.other_auditor):
        assert play.desk.audits.of(actor) == []
        with pytest.raises(NotFound) as refused:
            play.desk.audits.get(actor, made.id)
        with pytest.raises(NotFound) as unknown:
            play.desk.audits.get(actor, "no-such-request")
        assert refused.value.as_problem() == unknown.value.as_problem()
        with pytest.raises(NotFound):
            play.desk.audits.cancel(actor, made.id)
    assert play.desk.audits.get(play.cast.operator, made.id).is_open


def test_nobody_asks_for_anothers_goods(play):
    """The declaration of a rival is not there for a request."""
    found = play.declare("hook", play.rival)
    with pytest.raises(NotFound):
        play.desk.audits.request_declaration(play.producer, found.id, play.auditor.party_id)
    with pytest.raises(Refused):
        play.desk.audits.request_declaration(play.auditor, found.id, play.auditor.party_id)


def test_one_verifier_looks_at_a_declaration_at_a_time(play):
    """Asking several until one agrees needs taking the request back, which the verifier sees."""
    found = play.declare()
    made = play.desk.audits.request_declaration(play.producer, found.id, play.auditor.party_id)
    with pytest.raises(Conflict, match="looking at"):
        play.desk.audits.request_declaration(play.producer, found.id, play.auditor.party_id)
    play.desk.audits.cancel(play.producer, made.id)
    assert play.desk.audits.get(play.producer, made.id).state == "cancelled"
    assert any("took an audit request back" in text for text in notices(play, play.auditor))
    assert not any("asks for an audit" in text for text in notices(play, play.auditor))
    with pytest.raises(Conflict, match="cancelled already"):
        play.desk.audits.cancel(play.producer, made.id)
    play.desk.audits.request_declaration(play.producer, found.id, play.auditor.party_id)


def test_a_verifier_can_give_a_request_back(play):
    """Who has no time says so, and the producer is told to ask somebody else."""
    found = play.declare()
    made = play.desk.audits.request_declaration(play.producer, found.id, play.auditor.party_id)
    play.desk.audits.cancel(play.auditor, made.id)
    assert any("ask somebody else" in text for text in notices(play, play.producer))
    with pytest.raises(NotFound):
        play.desk.evidence.open(play.auditor, found.declaration.evidence[0].digest)


def test_an_attested_declaration_needs_no_request(play):
    """What was attested is not asked for again."""
    found = play.declare()
    play.stage.scheme.attestations.add(found.id, play.attest(found))
    with pytest.raises(Conflict, match="attested"):
        play.desk.audits.request_declaration(play.producer, found.id, play.auditor.party_id)


def test_a_verifier_cannot_take_part_in_making_goods(play):
    """A body that made steps of a product is no third party for it, so that none can sign steps."""
    batch = invited(play)
    with pytest.raises(Refused, match="takes no part in this scheme"):
        play.stage.scheme.together.give(play.auditor.party_id, signed(play, batch, partner=play.auditor))


def test_requests_of_a_producer_are_bounded(play, monkeypatch):
    """Nobody fills the queue of a verifier."""
    monkeypatch.setattr(audits, "MAX_OPEN", 1)
    play.desk.audits.request_declaration(play.producer, play.declare().id, play.auditor.party_id)
    with pytest.raises(Conflict, match="wait for an answer"):
        play.desk.audits.request_declaration(play.producer, play.declare("box").id, play.auditor.party_id)


def test_a_scope_is_proposed_from_profiles(play):
    """Site, machines, products and lots come from what the producer entered once, with the files they rest on."""
    profiles = profiles_of(play)
    proposal = propose_scope(profiles, wish_of(profiles))
    assert proposal.processes == tuple(dict.fromkeys(item.process for item in proposal.machines))
    assert {item.site for item in proposal.machines} == {proposal.site.id}
    assert type(proposal).from_bytes(proposal.to_bytes()) == proposal
    made = play.desk.audits.request_scope(play.producer, proposal, play.auditor.party_id)
    assert play.desk.audits.proposal(play.auditor, made.id) == proposal
    assert made.about == proposal.site.name
    with pytest.raises(NotFound):
        play.desk.audits.proposal(play.rival, made.id)


def test_evidence_of_a_proposal_is_open_to_the_verifier(play):
    """Delivery notes behind a lot can be looked at before the visit, other files cannot."""
    profiles = profiles_of(play)
    proposal = propose_scope(profiles, wish_of(profiles))
    files = {sha256(file.read_bytes()).hexdigest(): file for file in FOLDER.glob("*/*.json")}
    digest = next(item.digest for item in proposal.evidence if item.digest in files)
    play.desk.evidence.add(play.producer, io.BytesIO(files[digest].read_bytes()), "delivery.json")
    with pytest.raises(NotFound):
        play.desk.evidence.open(play.auditor, digest)
    play.desk.audits.request_scope(play.producer, proposal, play.auditor.party_id)
    assert play.desk.evidence.open(play.auditor, digest)[0].name == "delivery.json"


@pytest.mark.parametrize(
    ("members", "error"),
    [
        ({"site": "nowhere"}, NotFound),
        ({"machines": ["nothing"]}, NotFound),
        ({"machines": []}, MissingInput),
        ({"products": []}, MissingInput),
    ],
)
def test_a_proposal_without_substance_is_refused(play, members, error):
    """A scope is for machines at a site and products that are there."""
    profiles = profiles_of(play)
    with pytest.raises(error):
        propose_scope(profiles, wish_of(profiles, **members))


def test_a_scope_has_one_category(play):
    """Products of several families or categories are several scopes."""
    profiles = profiles_of(play)
    kinds = {_kind(item) for item in profiles.products}
    if len(kinds) == 1:
        other = profiles.products[0].model_copy(update={"id": "other", "family": "textile", "sku": None})
        profiles = profiles.model_copy(update={"products": (*profiles.products, other)})
    with pytest.raises(Refused, match="one family and one category"):
        propose_scope(profiles, wish_of(profiles, products=[item.id for item in profiles.products]))


def test_nobody_proposes_anothers_workshop(play):
    """A proposal names the workshop of whoever sends it."""
    profiles = profiles_of(play, play.rival)
    with pytest.raises(Refused, match="own workshop"):
        play.desk.audits.request_scope(play.producer, propose_scope(profiles, wish_of(profiles)), play.auditor.party_id)
