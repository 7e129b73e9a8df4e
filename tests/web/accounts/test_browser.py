"""Passkeys in a real browser, with a virtual authenticator; and what people see when something is missing."""

import re

import pytest

from label_service.accounts.openid import Provider
from label_service.web.guard import COOKIE
from tests.openid_provider import CLIENT_ID, CLIENT_SECRET, provider_on_loopback
from tests.serving import served
from tests.web.site import AUTHENTICATOR, open_browser


@pytest.fixture(scope="module")
def provider():
    """Run an OpenID provider."""
    with provider_on_loopback() as found:
        yield found


@pytest.fixture(scope="module")
def site(tmp_path_factory, provider):
    """Serve a scheme on localhost, with the provider."""
    settings = Provider(provider.issuer, CLIENT_ID, CLIENT_SECRET)
    with served(tmp_path_factory.mktemp("browser") / "scheme", is_demo=False, provider=settings) as found:
        yield found


@pytest.fixture(scope="module")
def chromium():
    """Start one browser for all tests of this file."""
    with open_browser() as found:
        yield found


@pytest.fixture
def page(chromium):
    """Give a page of a fresh profile; it fails on errors of the script."""
    context = chromium.new_context(viewport={"width": 390, "height": 844})
    page = context.new_page()
    problems = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    yield page
    context.close()
    assert not problems


@pytest.fixture
def devtools(page):
    """Give the page a virtual authenticator, and the protocol to steer it."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    session.authenticator = session.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})[
        "authenticatorId"
    ]
    return session


@pytest.fixture
def link(site, request):
    """Give an invitation to a new producer."""
    party = site.cast.party("producer", f"Lab {re.sub(r'[^a-z]', '', request.node.name)}")
    address = f"{party.code.lower()}@lab.example"
    return site.cast.accounts.invitations.invite(site.cast.operator, address, "lead", party.id)


def join(page, link):
    """Join with a passkey."""
    page.goto(link)
    page.fill("#name", "Mira Example")
    page.click("text=Join with a passkey")
    page.wait_for_url(lambda url: "/join/" not in url)


def test_join_sign_out_and_sign_in_with_a_passkey(page, devtools, site, link):
    """From a link to a session with one typed value, and back in with none; the cookie is out of any script's reach."""
    join(page, link)
    assert page.url == f"{site.origin}/workshop"
    cookies = {cookie["name"]: cookie for cookie in page.context.cookies()}
    assert set(cookies) == {COOKIE}
    assert (cookies[COOKIE]["secure"], cookies[COOKIE]["httpOnly"], cookies[COOKIE]["sameSite"]) == (True, True, "Lax")
    assert page.evaluate("document.cookie") == ""
    page.goto(f"{site.origin}/account")
    assert "Mira Example" in page.inner_text("main")
    page.click("text=Sign out")
    page.wait_for_url("**/sign-in")
    assert page.context.cookies() == []
    page.goto(f"{site.origin}/tokens")
    page.wait_for_url("**/sign-in?next=%2Ftokens")
    page.click("text=Sign in with a passkey")
    page.wait_for_url("**/tokens")


def test_a_second_passkey_is_added_and_the_same_one_is_not(page, devtools, site, link):
    """A device that holds a passkey of the account is told so; another device adds one."""
    join(page, link)
    page.goto(f"{site.origin}/account")
    page.fill("#passkey-name", "again")
    page.click("text=Add a passkey")
    page.wait_for_selector("text=holds a passkey for this account already")
    devtools.send("WebAuthn.removeVirtualAuthenticator", {"authenticatorId": devtools.authenticator})
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
    page.fill("#passkey-name", "telephone")
    page.click("text=Add a passkey")
    page.wait_for_selector("strong:has-text('telephone')")


def test_who_cancels_can_try_again(page, devtools, site, link):
    """Nothing is lost when the device is not unlocked: the page says so, and the next try works."""
    page.goto(link)
    page.fill("#name", "Mira Example")
    devtools.send("WebAuthn.setUserVerified", {"authenticatorId": devtools.authenticator, "isUserVerified": False})
    page.click("text=Join with a passkey")
    page.wait_for_selector(".passkey-problem:not([hidden])")
    assert page.input_value("#name") == "Mira Example"
    devtools.send("WebAuthn.setUserVerified", {"authenticatorId": devtools.authenticator, "isUserVerified": True})
    page.click("text=Join with a passkey")
    page.wait_for_url("**/workshop")


def test_an_unknown_passkey_is_told_on_the_page(page, devtools, site, link):
    """A passkey whose account was renewed signs nobody in, and the page says what to do."""
    join(page, link)
    account = site.cast.accounts.people.active(
        next(party.id for party in site.cast.accounts.parties.all() if party.name.startswith("Lab testanunknown"))
    )[0]
    lead = site.cast.actor(account.id)
    site.cast.join(site.cast.accounts.invitations.recover(lead, account.id))
    page.goto(f"{site.origin}/sign-in")
    page.click("text=Sign in with a passkey")
    page.wait_for_selector("text=does not sign anybody in here")


def test_a_browser_without_passkeys_is_told_so(page, site, link):
    """The button is off and the page says what helps."""
    page.add_init_script("delete window.PublicKeyCredential")
    for address in (f"{site.origin}/sign-in", link):
        page.goto(address)
        assert "This browser offers no passkeys" in page.inner_text(".passkey-problem")
        assert page.is_disabled("form[data-passkey] button")


def test_without_javascript_the_page_says_what_is_missing(chromium, site):
    """Passkeys need a script; whoever switched it off learns that, and nothing is sent."""
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{site.origin}/sign-in")
    assert "need JavaScript" in page.content()
    page.click("text=Sign in with a passkey")
    assert "Not done" in page.inner_text("main")
    context.close()


def test_join_and_sign_in_through_the_provider(page, site, link, provider):
    """Links lead to the provider and back; no passkey and no script is needed."""
    provider.subject = "person in the browser"
    page.goto(link)
    page.click("text=Join through localhost")
    page.wait_for_url("**/workshop")
    page.goto(f"{site.origin}/account")
    assert "Mira of the provider" in page.inner_text("main")
    page.click("text=Sign out")
    page.goto(f"{site.origin}/people")
    page.click("text=Go to localhost")
    page.wait_for_url("**/people")
