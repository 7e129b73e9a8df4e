"""Joining, signing in and out over the web: a new session each time, and nothing learned from a failure."""

import json
import re
from urllib.parse import unquote_plus

import pytest
from starlette.testclient import TestClient

from label_service.accounts.openid import CALLBACK, Provider
from label_service.store.database import reading
from label_service.store.party_tables import AccountRow
from label_service.web.app import Site, build_app
from label_service.web.guard import COOKIE
from tests.authenticator import Authenticator
from tests.openid_provider import CLIENT_ID, CLIENT_SECRET, provider_on_loopback
from tests.parties import cast_in, secret_of
from tests.stage import ORIGIN
from tests.web.accounts.conftest import FORM, PAGE

SEALED = re.compile(rf"{COOKIE}=([\w-]{{43}}); HttpOnly; Max-Age=604800; Path=/; SameSite=lax; Secure")


@pytest.fixture
def link(play):
    """Give the path of an invitation to the producer."""
    return play.cast.accounts.invitations.invite(play.producer, "jo@mail.example", "member").removeprefix(ORIGIN)


def answered(client, path, key, method="get", **fields):
    """Do what the script of the page does: fetch options, let the passkey answer, send the form."""
    options = client.post(f"{path}/options", headers=FORM)
    assert options.status_code == 200, options.text
    credential = json.dumps(getattr(key, method)(options.json()))
    return client.post(path, data={"credential": credential, **fields}, headers=FORM)


def session_of(answer):
    """Give the secret of the session that an answer begins."""
    found = [SEALED.fullmatch(text) for text in answer.headers.get_list("set-cookie")]
    return next(item[1] for item in found if item)


def test_an_invited_person_joins_signs_out_and_in_again(visitor, accounts, link):
    """Link, passkey, session; the session ends on the server when she signs out."""
    key = Authenticator(ORIGIN, count=1)
    page = visitor.get(link, headers=PAGE)
    assert "jo@mail.example" in page.text
    joined = answered(visitor, link, key, "create", name="Jo Example")
    assert (joined.status_code, joined.headers["location"]) == (303, "/workshop")
    secret = session_of(joined)
    assert accounts.people.me(accounts.sessions.actor(secret)).name == "Jo Example"
    out = visitor.post("/sign-out", headers={**FORM, "Cookie": f"{COOKIE}={secret}"})
    assert f'{COOKIE}=""' in out.headers["set-cookie"]
    assert accounts.sessions.actor(secret) is None
    again = answered(visitor, "/sign-in", key, next="/tokens")
    assert again.headers["location"] == "/tokens"
    assert accounts.sessions.actor(session_of(again))


def test_signing_in_tells_the_language_of_mails(visitor, play, accounts, link):
    """A person is written to in the language of the pages with which she signed in last."""
    key = Authenticator(ORIGIN, count=1)
    account = accounts.sessions.actor(session_of(answered(visitor, link, key, "create", name="Jo"))).account_id
    for asked, code in (("de-AT,de", "de"), ("fr", "en")):
        visitor.headers["Accept-Language"] = asked
        answered(visitor, "/sign-in", key)
        with reading(play.stage.scheme.bench.engine) as session:
            assert session.get_one(AccountRow, account).language == code


def test_signing_in_begins_a_new_session(visitor, accounts, play, link):
    """A session that was put into the browser beforehand is ended, not signed in (session fixation)."""
    key = Authenticator(ORIGIN)
    planted = accounts.sessions.open(play.rival.account_id)
    visitor.headers["Cookie"] = f"{COOKIE}={planted}"
    joined = session_of(answered(visitor, link, key, "create", name="Jo"))
    assert joined != planted
    assert accounts.sessions.actor(planted) is None
    invented = "A" * 43
    visitor.headers["Cookie"] = f"{COOKIE}={invented}"
    assert session_of(answered(visitor, "/sign-in", key)) != invented
    assert accounts.sessions.actor(invented) is None


def test_a_failed_sign_in_is_told_on_the_page_and_signs_nobody_in(visitor, link):
    """Unknown passkeys, replays and nonsense: a page with what to do, no cookie."""
    stranger = answered(visitor, "/sign-in", Authenticator(ORIGIN), next="/tokens")
    assert stranger.status_code == 401
    assert "does not sign anybody in" in stranger.text
    assert 'value="/tokens"' in stranger.text
    for credential in ("", "{}", "[]", "nonsense", '{"id": 1}', "\x00", "9" * 5000):
        answer = visitor.post("/sign-in", data={"credential": credential}, headers=FORM)
        assert answer.status_code == 422, credential
        assert "set-cookie" not in answer.headers
    assert visitor.post("/sign-in", data={"credential": "x" * 2_000_000}, headers=FORM).status_code == 403


def test_nobody_is_named_by_the_sign_in(visitor, play):
    """The page and its options say nothing about who has an account."""
    options = visitor.post("/sign-in/options", headers=FORM).json()
    assert set(options) <= {"challenge", "timeout", "rpId", "allowCredentials", "userVerification"}
    assert not options.get("allowCredentials")
    assert play.producer.party_name not in visitor.get("/sign-in", headers=PAGE).text


@pytest.mark.parametrize("path", ["/sign-in", "/sign-in/options", "/join/x/options", "/sign-out"])
def test_another_site_starts_and_ends_no_session(visitor, path):
    """A foreign page can neither sign a visitor in as somebody else nor sign her out."""
    headers = {**PAGE, "Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"}
    answer = visitor.post(path, headers=headers, data={"credential": "{}"})
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("path", ["/join/nothing", "/join/" + "A" * 43, "/join/%00", "/join/" + "x" * 3000])
def test_links_that_are_none_look_like_used_ones(visitor, link, path):
    """Nobody finds out whether a link existed."""
    answered(visitor, link, Authenticator(ORIGIN), "create", name="Jo")
    assert visitor.get(path, headers=PAGE).text == visitor.get(link, headers=PAGE).text
    assert visitor.get(path).status_code == 404
    assert visitor.post(f"{path}/options", headers=FORM).status_code == 404


def test_what_was_typed_is_kept_when_joining_fails(visitor, link):
    """The name stands in the form again, with the reason above it."""
    options = visitor.post(f"{link}/options", headers=FORM).json()
    credential = json.dumps(Authenticator("https://evil.example").create(options))
    answer = visitor.post(link, data={"credential": credential, "name": "Jo <b>"}, headers=FORM)
    assert answer.status_code == 403
    assert 'value="Jo &lt;b&gt;"' in answer.text
    assert "does not hold" in answer.text


def test_a_new_passkey_for_a_lost_one(visitor, play, accounts):
    """The page says what ends; afterwards the old passkey signs nobody in."""
    invitation = accounts.invitations.invite(play.producer, "jo@mail.example", "member").removeprefix(ORIGIN)
    lost, new = Authenticator(ORIGIN), Authenticator(ORIGIN)
    account = accounts.sessions.actor(session_of(answered(visitor, invitation, lost, "create", name="Jo")))
    recovery = accounts.invitations.recover(play.producer, account.account_id).removeprefix(ORIGIN)
    assert "Everything that signed in before ends" in visitor.get(recovery, headers=PAGE).text
    renewed = session_of(answered(visitor, recovery, new, "create"))
    assert accounts.sessions.actor(renewed).account_id == account.account_id
    assert answered(visitor, "/sign-in", lost).status_code == 401


def test_attempts_are_limited(visitor):
    """A flood of attempts is held back with when to come again."""
    answers = [visitor.post("/sign-in/options", headers=FORM) for _ in range(61)]
    assert {answer.status_code for answer in answers[:60]} == {200}
    assert answers[60].status_code == 429
    assert int(answers[60].headers["retry-after"]) > 0


def test_without_a_provider_there_is_none(visitor, link):
    """No link leads to a provider that is not set."""
    assert visitor.get("/sign-in/openid", headers=PAGE).status_code == 404
    assert visitor.get(CALLBACK, headers=PAGE).status_code == 404
    assert "openid" not in visitor.get("/sign-in", headers=PAGE).text


@pytest.fixture
def with_provider(play):
    """Give a visitor of a site with an OpenID provider, and the provider."""
    bench = play.stage.scheme.bench
    with provider_on_loopback() as provider:
        provider.clock = lambda: bench.clock().timestamp()
        registered = Provider(provider.issuer, CLIENT_ID, CLIENT_SECRET)
        cast = cast_in(bench.engine, bench.clock, ORIGIN, registered)
        site = Site(play.stage.scheme, play.stage.files, cast.accounts)
        with TestClient(build_app(site), base_url=ORIGIN, follow_redirects=False) as client:
            yield client, provider


def around(client, provider, path):
    """Go to the provider and back as a browser would; give the last answer."""
    away = client.get(path, headers=PAGE)
    assert away.status_code == 303, away.text
    kept = re.search(r"__Host-openid=([^;]+); HttpOnly; Max-Age=300; Path=/; SameSite=lax; Secure", str(away.headers))
    query = dict(part.split("=", 1) for part in away.headers["location"].partition("?")[2].split("&"))
    back = provider.authorize({name: unquote_plus(value) for name, value in query.items()})
    headers = {
        **PAGE,
        "Cookie": f"__Host-openid={kept[1]}",
        "Sec-Fetch-Site": "cross-site",
        "Sec-Fetch-Mode": "navigate",
    }
    return client.get(back.removeprefix(ORIGIN), headers=headers)


def test_a_person_joins_and_signs_in_through_the_provider(with_provider, link, accounts):
    """Invitation first; then the provider alone signs her in and leads her back."""
    client, provider = with_provider
    assert around(client, provider, "/sign-in/openid").status_code == 401
    joined = around(client, provider, f"{link}/openid")
    assert joined.headers["location"] == "/workshop"
    assert accounts.people.me(accounts.sessions.actor(session_of(joined))).name == "Mira of the provider"
    again = around(client, provider, "/sign-in/openid?next=/tokens")
    assert again.headers["location"] == "/tokens"
    assert '__Host-openid=""' in str(again.headers)
    away = around(client, provider, "/sign-in/openid?next=//evil.example")
    assert away.headers["location"] == "/account"


def test_a_strangers_answer_of_the_provider_signs_nobody_in(with_provider, link):
    """A link with somebody else's code, sent to a victim, is refused: her browser never departed."""
    client, _ = with_provider
    away = client.get(f"{link}/openid", headers=PAGE)
    state = re.search(r"state=([\w-]+)", away.headers["location"])[1]
    for cookie in ("", f"__Host-openid={'B' * 43}"):
        answer = client.get(f"{CALLBACK}?code=x&state={state}", headers={**PAGE, "Cookie": cookie})
        assert answer.status_code == 403
        assert COOKIE not in str(answer.headers)
    assert secret_of(link)
