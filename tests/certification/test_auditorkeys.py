import pytest

from label_service.document import validate
from label_service.errors import Conflict, InvalidKey, MissingInput, NotFound, Refused, VerificationError
from label_service.label.attestation import attest
from label_service.trust.keys import did_key, thumbprint
from label_service.trust.trust_list import Accreditation
from tests.certification.playing import VERA
from tests.signers import signer
from tests.stage import ACCREDITATION


def hand_in(play, number=101, actor=None, name="notebook"):
    """Hand in the public half of a key with a known seed."""
    return play.desk.auditor_keys.hand_in(actor or play.other_auditor, name, signer(number).public_key)


def confirm(play, print_, accreditation=ACCREDITATION):
    """Let the operator list a key."""
    listed = validate(Accreditation, accreditation) if accreditation else None
    play.desk.auditor_keys.confirm(play.cast.operator, print_, listed)


def states(play, actor):
    """Give the states of a party's keys by thumbprint."""
    return {item.thumbprint: item.state for item in play.desk.auditor_keys.of(actor)}


def test_a_key_counts_once_the_operator_compared_it(play):
    """Handing in a key gives nothing; the operator lists it with the accreditation, under the person's name."""
    print_ = hand_in(play)
    assert print_ == thumbprint(signer(101).public_key)
    assert states(play, play.other_auditor) == {print_: "waiting"}
    assert play.desk.auditor_keys.signing(play.other_auditor) == []
    assert any("handed in an auditor's key" in item.text for item in play.desk.notices.of(play.cast.operator))
    confirm(play, print_)
    (key,) = play.desk.auditor_keys.signing(play.other_auditor)
    assert (key.thumbprint, key.auditor.name) == (print_, "Lead of Other inspection body")
    assert key.auditor.organisation_id == play.other_auditor.party_id
    assert any("counts from now on" in item.text for item in play.desk.notices.of(play.other_auditor))
    assert play.desk.notices.of(play.cast.operator, is_open_only=True) == []


def test_a_second_key_is_of_the_same_auditor(play):
    """Another key of the same person needs no second accreditation, and the loss of one does not stop her."""
    first, second = hand_in(play), hand_in(play, 102, name="telephone")
    confirm(play, first)
    confirm(play, second, None)
    auditors = {item.auditor.id for item in play.desk.auditor_keys.signing(play.other_auditor)}
    assert len(auditors) == 1
    play.desk.auditor_keys.give_up(play.other_auditor, first, is_stolen=False)
    assert [item.thumbprint for item in play.desk.auditor_keys.signing(play.other_auditor)] == [second]


def test_an_auditor_listed_by_command_is_the_same_person(play):
    """Who was listed before she had an account hands in a second key, not a second self."""
    play.cast.accounts.people.rename(play.auditor, VERA)
    confirm(play, hand_in(play, actor=play.auditor), None)
    assert {item.auditor.name for item in play.desk.auditor_keys.signing(play.auditor)} == {VERA}
    assert len({item.auditor.id for item in play.desk.auditor_keys.signing(play.auditor)}) == 1


def test_the_first_key_needs_an_accreditation(play):
    """Nobody becomes an auditor without one."""
    with pytest.raises(MissingInput, match="accreditation"):
        confirm(play, hand_in(play), None)


def test_a_colleague_is_another_auditor(play):
    """Two people of a body sign under two names, each with keys of her own."""
    colleague = play.cast.colleague(play.other_auditor)
    confirm(play, hand_in(play))
    with pytest.raises(MissingInput):
        confirm(play, hand_in(play, 103, colleague), None)
    confirm(play, thumbprint(signer(103).public_key))
    names = {item.auditor.name for item in play.desk.auditor_keys.signing(colleague)}
    assert names == {"Lead of Other inspection body", "A colleague"}
    assert play.desk.auditor_keys.signing(colleague)[0].auditor.name == "A colleague"


def test_a_key_has_one_owner(play):
    """A key that is listed or handed in cannot be claimed by somebody else: not the scheme's, not an auditor's."""
    print_ = hand_in(play)
    for key in (play.key.public_key, play.stage.signers.label.public_key, signer(101).public_key):
        with pytest.raises(Conflict, match="one owner"):
            play.desk.auditor_keys.hand_in(play.auditor, "mine", key)
    assert states(play, play.auditor) == {}
    confirm(play, print_)


def test_unsafe_keys_are_refused(play):
    """Keys under which signatures prove nothing never reach the operator."""
    for raw in (bytes(32), b"\x01" + bytes(31), b"\xff" * 32, b"short"):
        with pytest.raises(InvalidKey):
            play.desk.auditor_keys.hand_in(play.auditor, "mine", raw)


def test_only_auditors_hand_in_and_only_the_operator_lists(play):
    """A producer has no key of an auditor, and nobody confirms her own."""
    with pytest.raises(Refused):
        hand_in(play, actor=play.producer)
    print_ = hand_in(play)
    for actor in (play.other_auditor, play.producer):
        for act in (play.desk.auditor_keys.confirm, play.desk.auditor_keys.decline):
            with pytest.raises(Refused):
                act(actor, print_)


def test_a_key_that_was_turned_down_stays_down(play):
    """Another thumbprint than the auditor named on the telephone: the key never counts."""
    print_ = hand_in(play)
    play.desk.auditor_keys.decline(play.cast.operator, print_)
    assert states(play, play.other_auditor) == {print_: "declined"}
    with pytest.raises(Conflict, match="declined"):
        confirm(play, print_)
    with pytest.raises(Conflict):
        hand_in(play)
    with pytest.raises(NotFound):
        confirm(play, "A" * 43)


@pytest.mark.parametrize("is_stolen", [False, True])
def test_a_key_given_up_signs_no_more(play, is_stolen):
    """From the report on nothing that the key signs is taken; only people of the body can report it."""
    found = play.declare()
    token = play.attest(found)
    print_ = thumbprint(play.key.public_key)
    with pytest.raises(NotFound):
        play.desk.auditor_keys.give_up(play.other_auditor, print_, is_stolen=is_stolen)
    play.desk.auditor_keys.give_up(play.auditor, print_, is_stolen=is_stolen)
    assert play.desk.auditor_keys.signing(play.auditor) == []
    play.clock.forward(hours=1)
    with pytest.raises(VerificationError, match=r"retired|compromised"):
        play.stage.scheme.attestations.add(found.id, token)
    word = "stolen" if is_stolen else "lost"
    assert any(word in item.text for item in play.desk.notices.of(play.cast.operator))


def test_a_confirmed_browser_key_attests(play):
    """What a listed key signs under its owner's name is taken like a signature from a file."""
    confirm(play, hand_in(play))
    found = play.declare()
    key = signer(101)
    auditor = {"id": did_key(key.public_key), "name": "Lead of Other inspection body"}
    play.stage.scheme.attestations.add(found.id, attest(play.stage.attestation(found, auditor=auditor), key))
    assert play.stage.scheme.declarations.get(found.id).state == "attested"
