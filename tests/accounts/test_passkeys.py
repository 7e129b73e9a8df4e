"""Passkeys: made once with an invitation, used for this origin only, each challenge answered once and in time."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from label_service.accounts.passkeys import MAX_PASSKEYS, Passkeys
from label_service.errors import AccountNeeded, Conflict, InvalidDocument, LabelServiceError, NotFound, Refused
from tests.authenticator import Authenticator
from tests.parties import secret_of
from tests.stage import ORIGIN

SCHEME = "Test scheme"


@pytest.fixture
def passkeys(accounts) -> Passkeys:
    """Give the use cases."""
    return accounts.passkeys


@pytest.fixture
def link(cast, accounts):
    """Give the secret of an invitation."""
    return secret_of(accounts.invitations.invite(cast.operator, "person@scheme.example", "member"))


@pytest.fixture
def key():
    """Give a passkey of this installation."""
    return Authenticator(ORIGIN, count=1)


@pytest.fixture
def joined(passkeys, link, key):
    """Give the account of somebody who joined with the passkey."""
    return passkeys.join(link, "Mira Example", key.create(passkeys.options_to_join(link, SCHEME)))


def test_an_invited_person_joins_with_a_passkey_and_signs_in_with_it(cast, passkeys, joined, key):
    """No name, no password: the passkey says who she is."""
    person = cast.accounts.people.me(cast.actor(joined))
    assert (person.name, person.email, person.role) == ("Mira Example", "person@scheme.example", "member")
    assert passkeys.sign_in(key.get(passkeys.options_to_sign_in())) == joined
    assert [item.name for item in passkeys.of(cast.actor(joined))] == ["first passkey"]


def test_what_the_browser_is_asked_for(passkeys, link):
    """A discoverable passkey of this host, user verification preferred, no attestation, an id that says nothing."""
    options = passkeys.options_to_join(link, SCHEME)
    assert options["rp"] == {"name": SCHEME, "id": "localhost"}
    assert options["authenticatorSelection"]["residentKey"] == "required"
    assert options["authenticatorSelection"]["userVerification"] == "preferred"
    assert options["attestation"] == "none"
    assert "person" not in options["user"]["id"]
    sign_in = passkeys.options_to_sign_in()
    assert sign_in["rpId"] == "localhost"
    assert sign_in["userVerification"] == "preferred"
    assert not sign_in.get("allowCredentials")


def test_an_answer_counts_once(passkeys, joined, key):
    """A recorded answer does not sign in a second time."""
    answer = key.get(passkeys.options_to_sign_in())
    passkeys.sign_in(answer)
    with pytest.raises(Refused, match="is over"):
        passkeys.sign_in(answer)


def test_a_failed_answer_uses_the_challenge_up(passkeys, joined, key):
    """Nobody tries signatures against one challenge."""
    options = passkeys.options_to_sign_in()
    with pytest.raises(AccountNeeded):
        passkeys.sign_in(Authenticator(ORIGIN, credential_id=key.credential_id).get(options))
    with pytest.raises(Refused, match="is over"):
        passkeys.sign_in(key.get(options))


def test_a_challenge_lives_five_minutes(passkeys, joined, key, clock):
    """To the second."""
    early, late = passkeys.options_to_sign_in(), passkeys.options_to_sign_in()
    clock.forward(minutes=5, seconds=-1)
    assert passkeys.sign_in(key.get(early))
    clock.forward(seconds=1)
    with pytest.raises(Refused, match="is over"):
        passkeys.sign_in(key.get(late))


@pytest.mark.parametrize(
    "lies",
    [
        {"origin": "https://labels.example.evil"},
        {"origin": "http://localhost:8001"},
        {"host": "evil.example"},
        {"type": "webauthn.create"},
        {"flags": 0},
        {"count": 0},
    ],
    ids=str,
)
def test_only_a_true_answer_signs_in(passkeys, joined, key, lies):
    """An answer made on another site, for another purpose, without the person, or by a copy of the key: refused."""
    with pytest.raises(AccountNeeded):
        passkeys.sign_in(key.get(passkeys.options_to_sign_in(), **lies))


def test_a_counter_that_does_not_rise_is_refused(passkeys, joined, key):
    """A second device with a copy of the key is found out; the true one goes on."""
    passkeys.sign_in(key.get(passkeys.options_to_sign_in()))
    copy = Authenticator(ORIGIN, key.count - 1, key.key, key.credential_id)
    with pytest.raises(AccountNeeded):
        passkeys.sign_in(copy.get(passkeys.options_to_sign_in()))
    assert passkeys.sign_in(key.get(passkeys.options_to_sign_in()))


def test_a_passkey_without_a_counter_signs_in(passkeys, link):
    """Passkeys that are kept in a cloud count nothing; that is allowed."""
    key = Authenticator(ORIGIN)
    joined = passkeys.join(link, "Mira", key.create(passkeys.options_to_join(link, SCHEME)))
    for _ in range(2):
        assert passkeys.sign_in(key.get(passkeys.options_to_sign_in())) == joined


def test_unknown_keys_and_people_who_left_look_the_same(cast, passkeys, joined, key):
    """Nobody learns from a sign-in who has an account."""
    cast.accounts.people.deactivate(cast.operator, joined)
    answers = []
    for passkey in (key, Authenticator(ORIGIN)):
        with pytest.raises(AccountNeeded) as error:
            passkeys.sign_in(passkey.get(passkeys.options_to_sign_in()))
        answers.append(error.value.as_problem())
    assert answers[0] == answers[1]


@pytest.mark.parametrize(
    "lies", [{"origin": "https://evil.example"}, {"host": "evil.example"}, {"type": "webauthn.get"}, {"flags": 0x40}]
)
def test_nobody_joins_with_a_passkey_of_another_site(cast, passkeys, link, key, lies):
    """The invitation is not used up by an attempt that failed."""
    with pytest.raises(Refused, match="does not hold"):
        passkeys.join(link, "Mira", key.create(passkeys.options_to_join(link, SCHEME), **lies))
    assert passkeys.join(link, "Mira", key.create(passkeys.options_to_join(link, SCHEME)))


def test_a_passkey_made_for_one_invitation_does_not_use_another(cast, passkeys, link, key):
    """Challenge and link belong together."""
    other = secret_of(cast.accounts.invitations.invite(cast.operator, "lead@scheme.example", "lead"))
    options = passkeys.options_to_join(link, SCHEME)
    with pytest.raises(Refused, match="another invitation"):
        passkeys.join(other, "Mira", key.create(options))


def test_two_browsers_with_one_link_make_one_account(passkeys, link):
    """Whoever finishes first joins; the other attempt finds the link used."""
    first, second = Authenticator(ORIGIN), Authenticator(ORIGIN)
    options = [passkeys.options_to_join(link, SCHEME) for _ in range(2)]
    passkeys.join(link, "First", first.create(options[0]))
    with pytest.raises(NotFound):
        passkeys.join(link, "Second", second.create(options[1]))


def test_an_answer_to_another_kind_of_question_is_refused(cast, passkeys, joined, key, link):
    """A challenge to sign in registers nothing, and one of somebody else adds nothing."""
    actor = cast.actor(joined)
    with pytest.raises(Refused, match="is over"):
        passkeys.add(actor, "phone", key.create(passkeys.options_to_sign_in()))
    with pytest.raises(Refused, match="another account"):
        passkeys.add(cast.operator, "phone", Authenticator(ORIGIN).create(passkeys.options_to_add(actor, SCHEME)))


def test_passkeys_are_added_named_and_removed_but_never_the_last(cast, passkeys, joined, key):
    """A second device first, then the lost one goes."""
    actor = cast.actor(joined)
    with pytest.raises(Conflict, match="last passkey"):
        passkeys.remove(actor, key.id)
    phone = Authenticator(ORIGIN)
    options = passkeys.options_to_add(actor, SCHEME)
    assert [item["id"] for item in options["excludeCredentials"]] == [key.id]
    passkeys.add(actor, "phone", phone.create(options))
    passkeys.rename(actor, phone.id, "telephone")
    assert [item.name for item in passkeys.of(actor)] == ["first passkey", "telephone"]
    passkeys.remove(actor, key.id)
    with pytest.raises(AccountNeeded):
        passkeys.sign_in(key.get(passkeys.options_to_sign_in()))
    assert passkeys.sign_in(phone.get(passkeys.options_to_sign_in())) == joined


def test_a_passkey_belongs_to_one_person(cast, passkeys, joined, key):
    """Registered twice, it would leave open who signs in."""
    with pytest.raises(Conflict):
        passkeys.add(cast.operator, "mine", key.create(passkeys.options_to_add(cast.operator, SCHEME)))


def test_passkeys_of_others_are_not_found(cast, passkeys, joined, key):
    """Nobody renames or removes what is not hers."""
    for step in (
        lambda: passkeys.rename(cast.operator, key.id, "x"),
        lambda: passkeys.remove(cast.operator, key.id),
        lambda: passkeys.remove(cast.operator, "nothing"),
    ):
        with pytest.raises(NotFound):
            step()


def test_passkeys_of_one_person_are_few(cast, passkeys, joined):
    """A script that adds one each time is stopped."""
    actor = cast.actor(joined)
    for number in range(1, MAX_PASSKEYS):
        passkeys.add(actor, f"key {number}", Authenticator(ORIGIN).create(passkeys.options_to_add(actor, SCHEME)))
    with pytest.raises(Refused, match="at most"):
        passkeys.options_to_add(actor, SCHEME)


def test_a_renewed_account_has_the_new_passkey_only(cast, passkeys, joined, key):
    """Who lost her passkey gets in with a new one, and the lost one opens nothing."""
    link = secret_of(cast.accounts.invitations.recover(cast.operator, joined))
    new = Authenticator(ORIGIN)
    assert passkeys.join(link, "", new.create(passkeys.options_to_join(link, SCHEME))) == joined
    assert cast.accounts.people.me(cast.actor(joined)).name == "Mira Example"
    with pytest.raises(AccountNeeded):
        passkeys.sign_in(key.get(passkeys.options_to_sign_in()))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
)


@given(st.dictionaries(st.sampled_from(["id", "rawId", "type", "response", "x"]), JSON))
def test_whatever_a_client_sends_is_a_named_error(answer):
    """Hostile answers end in an error of ours before anything is asked of the database."""
    with pytest.raises(InvalidDocument):
        Passkeys(None, None, ORIGIN).sign_in(answer)


@pytest.mark.parametrize("part", ["attestationObject", "clientDataJSON"])
@pytest.mark.parametrize("value", ["", "AAAA", "oWNmbXRkbm9uZQ", "v", "é"])
def test_broken_answers_are_named_errors(passkeys, link, key, part, value):
    """Truncated CBOR, other JSON, no base64url: refused, never a crash."""
    answer = key.create(passkeys.options_to_join(link, SCHEME))
    answer["response"][part] = value
    with pytest.raises(LabelServiceError):
        passkeys.join(link, "Mira", answer)
