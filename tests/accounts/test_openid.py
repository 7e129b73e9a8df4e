"""Signing in with an OpenID provider: only whom an invitation linked, and only when all the provider says holds."""

from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from joserfc.jwk import RSAKey

from label_service.accounts.openid import CALLBACK, OpenId, Provider
from label_service.errors import AccountNeeded, NotFound, Refused
from tests.openid_provider import CLIENT_ID, CLIENT_SECRET, provider_on_loopback
from tests.parties import secret_of
from tests.stage import ORIGIN


@pytest.fixture
def provider(clock):
    """Run a provider whose clock is ours."""
    with provider_on_loopback() as found:
        found.clock = lambda: clock().timestamp()
        yield found


@pytest.fixture
def openid(cast, clock, provider):
    """Give the use cases, registered at the provider."""
    return OpenId(cast.engine, clock, ORIGIN, Provider(provider.issuer, CLIENT_ID, CLIENT_SECRET))


@pytest.fixture
def link(cast):
    """Give the secret of an invitation."""
    return secret_of(cast.accounts.invitations.invite(cast.operator, "person@scheme.example", "member"))


def go(url):
    """Follow the browser to the provider, and give what it brings back."""
    back = httpx.get(url).headers["location"]
    assert back.startswith(ORIGIN + CALLBACK)
    return {name: values[0] for name, values in parse_qs(urlsplit(back).query).items()}


def sign_in(openid, invitation=""):
    """Go there and back."""
    departure = openid.depart(invitation)
    return openid.arrive(departure.state, go(departure.url))


def test_who_joined_through_the_provider_signs_in_with_it(cast, openid, link):
    """The invitation links the identity; from then on it opens that account."""
    joined = sign_in(openid, link)
    person = cast.accounts.people.me(cast.actor(joined))
    assert (person.name, person.email) == ("Mira of the provider", "person@scheme.example")
    assert sign_in(openid) == joined


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        (" Mira \x00\nE\u0301xample ", "Mira \u00c9xample"),
        ("", "person@scheme.example"),
        (7, "7"),
        ("x" * 999, "x" * 300),
    ],
)
def test_a_strange_name_keeps_nobody_out(cast, openid, link, said, kept, provider):  # noqa: PLR0917 - fixtures
    """Whatever the provider calls her, she joins with a name that documents take."""
    provider.lies = {"name": said}
    assert cast.accounts.people.me(cast.actor(sign_in(openid, link))).name == kept


def test_an_identity_that_no_invitation_linked_opens_nothing(openid, provider, link):
    """Having an account at the provider is not enough, whatever its name or address."""
    with pytest.raises(AccountNeeded, match="linked to no account"):
        sign_in(openid)
    sign_in(openid, link)
    provider.subject = "person-2"
    with pytest.raises(AccountNeeded, match="linked to no account"):
        sign_in(openid)


def test_an_identity_opens_one_account(cast, openid, link):
    """Joining a second party, or a second time, with the same identity is refused."""
    sign_in(openid, link)
    second = secret_of(cast.accounts.invitations.invite(cast.operator, "other@scheme.example", "member"))
    with pytest.raises(Refused, match="another account already"):
        sign_in(openid, second)


def test_who_left_does_not_come_back_through_the_provider(cast, openid, link):
    """The provider may still know her; the scheme does not."""
    joined = sign_in(openid, link)
    cast.accounts.people.deactivate(cast.operator, joined)
    with pytest.raises(AccountNeeded):
        sign_in(openid)


def test_what_the_provider_is_asked_for(openid):
    """Code flow with PKCE, a nonce, and no more of the person than her name."""
    departure = openid.depart()
    query = parse_qs(urlsplit(departure.url).query)
    assert query["scope"] == ["openid profile"]
    assert query["redirect_uri"] == [ORIGIN + CALLBACK]
    assert len(query["nonce"][0]) == 64
    assert departure.state == query["state"][0]
    assert departure.state not in query["code_challenge"][0]
    assert CLIENT_SECRET not in departure.url


def test_an_answer_counts_for_the_browser_that_departed(openid, link):
    """A link with a stranger's code signs nobody in as the stranger."""
    departure, other = openid.depart(link), openid.depart(link)
    answer = go(departure.url)
    for kept in ("", other.state):
        with pytest.raises(Refused, match="another browser"):
            openid.arrive(kept, answer)
    assert openid.arrive(departure.state, answer)


def test_an_answer_counts_once_and_five_minutes(openid, link, clock):
    """A recorded or late address opens nothing."""
    departure = openid.depart(link)
    answer = go(departure.url)
    openid.arrive(departure.state, answer)
    with pytest.raises(Refused, match="is over"):
        openid.arrive(departure.state, answer)
    late = openid.depart()
    answer = go(late.url)
    clock.forward(minutes=5)
    with pytest.raises(Refused, match="is over"):
        openid.arrive(late.state, answer)


@pytest.mark.parametrize(
    "lies",
    [
        {"iss": "https://evil.example"},
        {"aud": "another program"},
        {"aud": [CLIENT_ID, "another program"]},
        {"aud": [CLIENT_ID, "another program"], "azp": "another program"},
        {"nonce": "0" * 64},
        {"nonce": None},
        {"sub": None},
        {"sub": 5},
        {"sub": "x" * 256},
        {"exp": 1_000},
        {"exp": None},
        {"iat": 4_000_000_000},
        {"iat": None},
    ],
    ids=str,
)
def test_every_claim_has_to_hold(openid, provider, link, lies):
    """Another issuer, audience, attempt or time, or no subject: nobody is signed in and the invitation stays."""
    provider.lies = lies
    with pytest.raises(Refused, match="does not hold"):
        sign_in(openid, link)
    provider.lies = {"aud": [CLIENT_ID]}
    assert sign_in(openid, link)


def test_only_keys_of_the_provider_sign(openid, provider, link):
    """A token under another key with the same name is refused."""
    provider.listed = RSAKey.generate_key(2048, {"kid": "one", "use": "sig"})
    with pytest.raises(Refused, match="does not hold"):
        sign_in(openid, link)


def test_a_code_of_another_attempt_is_refused(openid, link):
    """PKCE: a code that was caught is worth nothing without what only we know."""
    departure, other = openid.depart(link), openid.depart(link)
    stolen = go(other.url)["code"]
    with pytest.raises(Refused, match="cannot be asked"):
        openid.arrive(departure.state, go(departure.url) | {"code": stolen})


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ({"error": "access_denied", "code": None}, "access_denied"),
        ({"error": "<b>\u202e", "code": None}, r"<b>\u202e"),
        ({"code": None}, "no code"),
        ({"iss": "https://evil.example"}, "another provider"),
    ],
)
def test_a_refusal_of_the_provider_is_told(openid, answer, words):
    """What it said is shown, in plain characters."""
    departure = openid.depart()
    merged = {name: value for name, value in (go(departure.url) | answer).items() if value is not None}
    with pytest.raises(Refused) as error:
        openid.arrive(departure.state, merged)
    assert words in error.value.detail


@pytest.mark.parametrize(
    "described",
    [
        {"issuer": "https://evil.example"},
        {"token_endpoint": None},
        {"token_endpoint": "http://169.254.169.254/latest"},
        {"jwks_uri": "http://10.0.0.1/keys"},
        {"jwks_uri": "file:///etc/passwd"},
        {"authorization_endpoint": "javascript:alert(1)"},
    ],
    ids=str,
)
def test_a_provider_that_describes_itself_strangely_is_not_asked(openid, provider, described):
    """It cannot pose as another one, and cannot send the service or the browser where it wants."""
    provider.described = described
    with pytest.raises(Refused):
        openid.depart()


@pytest.mark.parametrize(
    "issuer", ["http://localhost:9", "https://localhost:9", "http://127.0.0.1:9", "https://[::1]:9"]
)
def test_a_public_installation_never_asks_itself(cast, clock, issuer):
    """Only an installation on a laptop may have its provider there."""
    with pytest.raises(Refused):
        OpenId(cast.engine, clock, "https://labels.example", Provider(issuer, CLIENT_ID))


def test_a_provider_without_tls_is_refused(cast, clock):
    """Plain http is for the loopback address alone."""
    with pytest.raises(Refused, match="https"):
        OpenId(cast.engine, clock, ORIGIN, Provider("http://login.example", CLIENT_ID))


def test_a_used_invitation_does_not_depart(cast, openid, link):
    """The person is told before she goes to the provider."""
    sign_in(openid, link)
    with pytest.raises(NotFound):
        openid.depart(link)


def test_a_provider_that_is_down_is_named(cast, clock):
    """Sign-in with a passkey still works; the page says so."""
    openid = OpenId(cast.engine, clock, ORIGIN, Provider("http://localhost:9", CLIENT_ID))
    with pytest.raises(Refused, match="cannot be asked"):
        openid.depart()


def test_the_secret_of_the_client_is_not_shown():
    """Neither in logs nor in errors."""
    assert CLIENT_SECRET not in repr(Provider("https://login.example", CLIENT_ID, CLIENT_SECRET))
