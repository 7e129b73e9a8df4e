import pytest

from label_service.errors import (
    Conflict,
    InvalidDocument,
    NotAttested,
    NotFound,
    Refused,
    VerificationError,
)
from label_service.issuance.keys import create_key
from label_service.label.attestation import attest
from label_service.label.credential import read_label
from label_service.tlog.sampling import chain_value
from label_service.trust.keys import did_key
from label_service.trust.trust_list import Accreditation
from tests.certification.playing import OTHER_BODY, SEED, WEEKS
from tests.signers import signer
from tests.stage import ACCREDITATION

NUMBER = 4  # of the clock's week in a scope that begins on 1 November


def take(play, token, actor=None):
    """Hand a token in."""
    return play.desk.intake.take(actor or play.auditor, token)


def told(play, actor):
    """Give what is open for a party."""
    return " ".join(item.text for item in play.desk.notices.of(actor, is_open_only=True))


def state(play, found):
    """Give the state of a declaration."""
    return play.stage.scheme.declarations.get(found.id).state


def signed_by(play, found, key, name):
    """Attest a declaration with another key."""
    return attest(play.stage.attestation(found, auditor={"id": did_key(key.public_key), "name": name}), key)


@pytest.fixture
def asked(play):
    """Give a declaration that the auditor was asked to look at, and the request."""
    found = play.declare("hook")
    return found, play.ask(found)


@pytest.fixture
def scope(play):
    """Give the digest of a scope around boxes, and the goods it was attested around."""
    found = play.declare("box")
    play.propose(found)
    return take(play, play.scope_token(found)).digest, found


@pytest.fixture
def drawn(play, scope):
    """Give the digest of a scope and a label that was drawn from it."""
    digest, found = scope
    label_id = play.again(found, 1).label_id
    play.clock.forward(days=4)
    play.stage.scheme.sampling.close_weeks()
    value = chain_value(SEED, WEEKS, NUMBER).hex()
    take(play, play.say("reveal", "week-closed", scope_digest=digest, week="2026-W47", value=value))
    return digest, label_id


def test_an_attestation_answers_its_request(play, asked):
    """The declaration is attested, the request closed, the producer told and the auditor's notice settled."""
    found, request = asked
    taken = take(play, play.attest(found))
    assert (taken.kind, taken.link) == ("attestation", f"/audit/requests/{request.id}")
    assert state(play, found) == "attested"
    closed = play.desk.audits.get(play.auditor, request.id)
    assert (closed.state, closed.result_digest) == ("attested", taken.digest)
    assert "attested Wall hook" in told(play, play.producer)
    assert "asks for an audit" not in told(play, play.auditor)
    assert play.stage.scheme.labels.issue(found.id).id


def test_the_same_token_twice_is_one(play, asked):
    """A replay changes nothing, tells nobody again, and gives the same answer."""
    token = play.attest(asked[0])
    first = take(play, token)
    size = play.stage.scheme.bench.sequencer.size
    assert take(play, token) == first
    assert play.stage.scheme.bench.sequencer.size == size
    assert told(play, play.producer).count("attested") == 1


def test_nobody_is_attested_unasked(play):
    """Without a request neither an attestation nor a refusal is taken, though key and signature are good."""
    found = play.declare("hook")
    for token in (
        play.attest(found),
        play.say("refusal", "implausible", declaration_digest=found.declaration.digest),
    ):
        with pytest.raises(NotFound, match="no producer asked"):
            take(play, token)
    assert state(play, found) == "assessed"


def test_a_request_that_was_cancelled_is_none(play, asked):
    """Who took the request back gets neither attestation nor refusal of that auditor."""
    found, request = asked
    play.desk.audits.cancel(play.producer, request.id)
    with pytest.raises(NotFound):
        take(play, play.attest(found))


def test_a_forwarded_token_is_not_taken_from_others(play, asked):
    """A producer or another body who got hold of a signed token cannot hand it in as theirs."""
    token = play.attest(asked[0])
    with pytest.raises(Refused):
        take(play, token, play.producer)
    with pytest.raises(Refused, match="another organisation"):
        take(play, token, play.other_auditor)
    assert state(play, asked[0]) == "assessed"


def test_a_re_signed_attestation_is_not_taken(play, asked):
    """The same words under another key, listed or not, or with another signature, attest nothing."""
    found, _ = asked
    stranger = create_key(play.stage.folder / "other" / "key.pem")
    body = play.lead(OTHER_BODY)
    record = Accreditation.model_validate(ACCREDITATION)
    play.stage.scheme.register.add_auditor("Other", OTHER_BODY, body.party_id, record, stranger.public_key)
    honest = play.attest(found)
    other = attest(
        play.stage.attestation(found, auditor={"id": did_key(stranger.public_key), "name": "Other"}), stranger
    )
    with pytest.raises(NotFound):
        take(play, other, play.other_auditor)
    mixed = f"{honest.rpartition('.')[0]}.{other.rpartition('.')[2]}"
    with pytest.raises(VerificationError):
        take(play, mixed)
    unlisted = attest(
        play.stage.attestation(found, auditor={"id": did_key(signer(9).public_key), "name": "Nobody"}), signer(9)
    )
    with pytest.raises(VerificationError):
        take(play, unlisted)
    assert state(play, found) == "assessed"


def test_an_attestation_over_another_digest_is_not_taken(play, asked):
    """Documents that were not those assessed are not attested, nor is another declaration of the producer."""
    found, request = asked
    with pytest.raises(NotAttested):
        take(play, play.attest(found, inventory_digest="0" * 64))
    with pytest.raises(NotFound):
        take(play, play.attest(found, declaration_digest="0" * 64))
    other = play.declare("plate")
    with pytest.raises(NotFound):
        take(play, play.attest(other))
    assert play.desk.audits.get(play.auditor, request.id).is_open


def test_findings_have_to_be_released_by_name(play, asked):
    """An attestation that leaves a finding open is refused and the request stays."""
    found, request = asked
    with pytest.raises(NotAttested, match="F05"):
        take(play, play.attest(found, findings_released=()))
    assert play.desk.audits.get(play.auditor, request.id).is_open


def test_a_refusal_is_signed_and_closes_the_request(play, asked):
    """The producer reads the reasons; the declaration cannot be attested any more."""
    found, request = asked
    text = "The meter reading is of another day."
    token = play.say("refusal", "evidence-refuted", text, declaration_digest=found.declaration.digest)
    assert take(play, token).kind == "refusal"
    assert take(play, token).kind == "refusal"
    assert play.desk.audits.get(play.auditor, request.id).state == "refused"
    assert state(play, found) == "refused"
    assert text in told(play, play.producer)
    with pytest.raises((Conflict, NotFound)):
        take(play, play.attest(found))
    with pytest.raises(Conflict, match="refused already"):
        play.ask(found)


def test_a_scope_that_was_asked_for_is_opened(play, scope):
    """Goods inside it are labelled at once; the request is closed and the producer told."""
    digest, found = scope
    assert play.again(found, 1).state == "labelled"
    (request,) = [item for item in play.desk.audits.of(play.auditor) if item.kind == "scope"]
    assert (request.state, request.result_digest) == ("attested", digest)
    assert "goods inside the scope are labelled" in told(play, play.producer)
    assert [item.digest for item in play.desk.duties.of(play.auditor).scopes] == [digest]
    assert play.desk.duties.of(play.other_auditor).scopes == ()
    with pytest.raises(NotFound):
        play.desk.duties.scope(play.other_auditor, digest)


@pytest.mark.parametrize("changes", [{"site": "elsewhere"}, {"producer": "http://localhost:8000/parties/AAAAAAAA"}])
def test_a_scope_of_something_else_is_not_taken(play, changes):
    """What is attested is the workshop that asked, at the site it proposed."""
    found = play.declare("box")
    request = play.propose(found)
    with pytest.raises(NotFound):
        take(play, play.scope_token(found, **changes))
    assert play.desk.audits.get(play.auditor, request.id).is_open


def test_a_scope_is_refused_by_its_request(play):
    """There is no declaration yet; the refusal names the request."""
    request = play.propose(play.declare("box"))
    take(play, play.say("refusal", "no-access", "Nobody opened the door.", request=request.id))
    assert play.desk.audits.get(play.producer, request.id).state == "refused"
    assert "Nobody opened the door." in told(play, play.producer)
    with pytest.raises(NotFound):
        take(play, play.say("refusal", "no-access", "Again.", request=request.id))


def test_a_draw_tells_both_sides_and_opens_the_evidence(play, drawn):
    """Auditor and producer are told once for a week; the evidence is open to the auditor without another request."""
    _, label_id = drawn
    for actor in (play.auditor, play.producer):
        assert told(play, actor).count("1 label of 2026-W47 is audited again") == 1
    row, found = play.desk.duties.sample(play.auditor, label_id)
    assert (row.state, found.label_id) == ("open", label_id)
    with pytest.raises(NotFound):
        play.desk.duties.sample(play.other_auditor, label_id)


def test_a_drawn_label_that_was_issued_again_is_still_audited(play, drawn):
    """A compromised key of the scheme takes no sample away: what was declared is open to the auditor as before."""
    digest, label_id = drawn
    scheme = play.stage.scheme
    found = play.desk.duties.sample(play.auditor, label_id)[1]
    kid = read_label(scheme.labels.get(label_id).token)[0].kid
    scheme.register.compromise(kid, scheme.labels.get(label_id).log_index)
    new = scheme.labels.reissue(label_id)
    assert play.desk.duties.sample(play.auditor, label_id)[1].id == found.id
    assert play.desk.holdings.declaration(play.auditor, found.id).label_id == new.id
    subject = {"label_id": label_id, "scope_digest": digest, "outcome": "confirmed"}
    take(play, play.say("sample_result", "as-declared", **subject))
    assert play.desk.duties.of(play.auditor).samples == ()


def test_a_wrong_value_draws_nothing(play, scope):
    """A value of another week or chain is refused, and so is one for a week that is not over."""
    digest, found = scope
    play.again(found, 1)
    early = chain_value(SEED, WEEKS, NUMBER).hex()
    with pytest.raises(NotFound):
        take(play, play.say("reveal", "week-closed", scope_digest=digest, week="2026-W47", value=early))
    play.clock.forward(days=4)
    play.stage.scheme.sampling.close_weeks()
    for value in (chain_value(SEED, WEEKS, NUMBER + 1).hex(), "0" * 64):
        with pytest.raises(Refused):
            take(play, play.say("reveal", "week-closed", scope_digest=digest, week="2026-W47", value=value))


def test_a_confirmed_sample_settles_the_duty(play, drawn):
    """The producer is told that nothing is due any more, and so is the auditor; each had one notice for the week."""
    digest, label_id = drawn
    subject = {"label_id": label_id, "scope_digest": digest, "outcome": "confirmed"}
    take(play, play.say("sample_result", "as-declared", **subject))
    assert "has looked at every label that was drawn" in told(play, play.producer)
    assert play.desk.duties.of(play.auditor).samples == ()
    for actor in (play.producer, play.auditor):
        assert "audited again" not in told(play, actor)


def test_a_finding_suspends_and_says_why(play, drawn):
    """Label and scope are suspended at once, with the auditor's words for the producer."""
    digest, label_id = drawn
    subject = {"label_id": label_id, "scope_digest": digest, "outcome": "finding"}
    take(play, play.say("sample_result", "evidence-refuted", "The meter shows twice as much.", **subject))
    assert play.stage.scheme.scopes.get(digest).is_suspended
    assert play.stage.scheme.labels.get(label_id).is_suspended
    assert "The meter shows twice as much." in told(play, play.producer)


def test_a_withdrawal_suspends_what_rests_on_it(play, asked):
    """A label under a withdrawn attestation is suspended; the producer reads why."""
    found, _ = asked
    digest = take(play, play.attest(found)).digest
    label = play.stage.scheme.labels.issue(found.id)
    take(play, play.say("withdrawal", "error-in-declaration", "I mixed up two files.", attestation_digest=digest))
    assert play.stage.scheme.labels.get(label.id).is_suspended
    assert "I mixed up two files." in told(play, play.producer)


@pytest.mark.parametrize("text", ["", "x", "a.b.c", "é", "eyJ0eXAiOiJKV1QifQ.e30.AA", "x" * 300_000])
def test_nonsense_is_named(play, text):
    """Whatever is pasted ends in an error with a name."""
    with pytest.raises(InvalidDocument):
        take(play, text)
