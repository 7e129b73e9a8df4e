import pytest

from label_service.document import validate
from label_service.errors import Conflict, InvalidDocument, NotAttested, NotFound, VerificationError
from label_service.label.attestation import Attestation, attest, read_attestation
from label_service.trust.keys import did_key
from label_service.trust.trust_list import Accreditation
from tests.signers import signer
from tests.stage import ACCREDITATION, AUDITOR, BODY
from tests.verify.forging import other_digit


@pytest.fixture
def found(own_stage):
    """Give a declaration that waits for its auditor."""
    return own_stage.submit("hook", salt="9" * 32)


def leaves(stage):
    """Count the entries under the last checkpoint."""
    return stage.scheme._bench.sequencer.size


def refuse(stage, found, token, error, words):
    """Check that an attestation is refused with these words, and changes nothing."""
    size = leaves(stage)
    with pytest.raises(error) as refused:
        stage.scheme.attestations.add(found.id, token)
    assert words in refused.value.detail
    kept = stage.scheme.declarations.get(found.id)
    assert (kept.state, kept.attestation, leaves(stage)) == ("assessed", None, size)


def test_an_honest_attestation_counts_and_is_logged(own_stage, found):
    """What the auditor signed is kept with the declaration, and stands in the log before the answer comes."""
    size = leaves(own_stage)
    token = own_stage.attest(found)
    own_stage.scheme.attestations.add(found.id, token)
    kept = own_stage.scheme.declarations.get(found.id)
    assert (kept.state, kept.attestation) == ("attested", token)
    assert leaves(own_stage) == size + 1
    own_stage.scheme.attestations.add(found.id, token)
    assert leaves(own_stage) == size + 1


def test_a_second_attestation_is_a_conflict(own_stage, found):
    """One declaration has one attestation; another one needs a new declaration."""
    own_stage.scheme.attestations.add(found.id, own_stage.attest(found))
    with pytest.raises(Conflict, match="attested already"):
        own_stage.scheme.attestations.add(found.id, own_stage.attest(found, level="site_visit"))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"declaration_digest": "ab" * 32}, "another declaration"),
        ({"inventory_digest": "ab" * 32}, "attestation of the inventory"),
        ({"assessment_digest": "ab" * 32}, "attestation of the assessment"),
        ({"producer": "https://other.example"}, "attestation of the producer"),
        ({"demo": False}, "attestation of the demo flag"),
        ({"category": "storage_box_dry", "criteria": ["45 L"]}, "attestation of the category"),
        ({"origin": "https://labels.example"}, "expected an attestation for"),
        ({"valid_from": "2026-11-20T13:00:00Z"}, "the attestation counts from"),
        ({"valid_from": "2026-11-19T12:00:00Z", "valid_until": "2026-11-20T12:00:00Z"}, "the attestation counts from"),
    ],
)
def test_an_attestation_of_something_else_does_not_count(own_stage, found, changes, words):
    """Another document, producer, scheme or time: the auditor did not vouch for this."""
    refuse(own_stage, found, own_stage.attest(found, **changes), NotAttested, words)


def test_the_attestation_of_another_batch_does_not_count(own_stage, found):
    """Two batches with the same figures are still two; each is attested on its own."""
    other = own_stage.submit("hook", salt="8" * 32)
    assert other.inventory.digest == found.inventory.digest
    refuse(own_stage, found, own_stage.attest(other), NotAttested, "another declaration")


def test_open_findings_are_released_by_name_or_refused(own_stage, found):
    """What asked for a look was looked at, or there is no attestation."""
    asked = {item.rule for item in found.findings if item.severity == "evidence"}
    assert asked
    refuse(own_stage, found, own_stage.attest(found, findings_released=()), NotAttested, "not released")


def test_a_stranger_attests_nothing(own_stage, found):
    """A key that is not on the trust list is not an auditor's."""
    stranger = signer(66)
    content = own_stage.attestation(found, auditor={"id": did_key(stranger.public_key), "name": AUDITOR})
    refuse(own_stage, found, attest(content, stranger), VerificationError, "no auditor on the trust list")


def test_an_auditor_writes_the_name_under_which_she_is_listed(own_stage, found):
    """Nobody borrows the name of a better known body."""
    auditor = {"id": did_key(own_stage.auditor.public_key), "name": "TÜV"}
    refuse(own_stage, found, own_stage.attest(found, auditor=auditor), NotAttested, "name")


def test_a_forged_signature_does_not_count(own_stage, found):
    """A changed token is refused before anything is kept."""
    refuse(own_stage, found, other_digit(own_stage.attest(found)), VerificationError, "signature")


@pytest.mark.parametrize("token", ["", "a.b.c", "é", "x" * 2_000_000])
def test_no_token_is_no_attestation(own_stage, found, token):
    """Whatever else is handed in is named as what it is not."""
    refuse(own_stage, found, token, InvalidDocument, "")


def test_an_auditor_whose_accreditation_ended_does_not_count(own_stage, found):
    """The day counts on which the attestation is handed in."""
    retired = signer(67)
    record = validate(Accreditation, ACCREDITATION | {"valid_until": "2026-11-19"})
    own_stage.scheme.register.add_auditor("Former auditor", "Body", BODY, record, retired.public_key)
    content = own_stage.attestation(found, auditor={"id": did_key(retired.public_key), "name": "Former auditor"})
    refuse(own_stage, found, attest(content, retired), VerificationError, "accredited")


def test_the_producer_cannot_attest_herself(own_stage):
    """A producer who is her own auditor is found out by her identity."""
    own = did_key(own_stage.auditor.public_key)
    found = own_stage.submit("hook", producer={"id": own, "name": "Self-made", "country": "DEU"})
    refuse(own_stage, found, own_stage.attest(found), VerificationError, "three different parties")


def test_unknown_declarations_cannot_be_attested(own_stage, found):
    """There is nothing to vouch for."""
    with pytest.raises(NotFound):
        own_stage.scheme.attestations.add("0" * 36, own_stage.attest(found))


def test_the_auditor_signs_only_in_her_own_name(own_stage, found):
    """Her tool refuses to sign what names another key."""
    content = own_stage.attestation(found).as_json()
    content["auditor"]["id"] = did_key(signer(5).public_key)
    with pytest.raises(Exception, match="expected the attestation to name"):
        attest(validate(Attestation, content), own_stage.auditor)
    assert read_attestation(own_stage.attest(found))[1].auditor.name == AUDITOR
