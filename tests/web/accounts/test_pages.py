"""The pages of account, people and tokens: what they show and change, and that names run nothing."""

import html
import json
import re

import pytest

from label_service.accounts.people import ERASED
from label_service.accounts.rights import Right
from tests.authenticator import Authenticator
from tests.parties import secret_of
from tests.stage import ORIGIN

EVIL = "<script>alert(1)</script>"


def shown(answer):
    """Give the secret that a page shows once."""
    return html.unescape(re.search(r'<code class="secret">([^<]+)</code>', answer.text)[1])


@pytest.fixture
def client(browser, play):
    """Give the browser of the producer's lead."""
    return browser(play.producer)


def test_the_account_says_who_one_is(client, play):
    """Name, address, organisation with its public id, role, and the browser one sits at."""
    text = client.get("/account").text
    for words in ("Lead of Test workshop", "lead@testworkshop.example", play.producer.party_id, "This browser"):
        assert words in text


def test_a_name_is_changed_and_runs_nothing(client, play, accounts):
    """Whatever somebody calls herself is text."""
    assert client.post("/account/name", data={"name": EVIL}).status_code == 303
    assert EVIL not in client.get("/account").text + client.get("/people").text
    assert accounts.people.me(play.producer).name == EVIL
    refused = client.post("/account/name", data={"name": ""})
    assert refused.status_code == 422
    assert "Not done" in refused.text


def test_passkeys_are_added_renamed_and_removed(client, play, accounts):
    """Each step on the page; the last way in stays."""
    for name in ("telephone", "laptop"):
        options = client.post("/account/passkeys/options").json()
        credential = json.dumps(Authenticator(ORIGIN).create(options))
        assert client.post("/account/passkeys", data={"name": name, "credential": credential}).status_code == 303
    keys = accounts.passkeys.of(play.producer)
    assert [key.name for key in keys] == ["telephone", "laptop"]
    client.post("/account/passkeys/name", data={"id": keys[0].id, "name": "old telephone"})
    assert "old telephone" in client.get("/account").text
    client.post("/account/passkeys/remove", data={"id": keys[0].id})
    last = client.post("/account/passkeys/remove", data={"id": keys[1].id})
    assert last.status_code == 409
    assert "last passkey" in last.text
    assert len(accounts.passkeys.of(play.producer)) == 1


def test_other_browsers_are_signed_out(client, browser, play, accounts):
    """One by one, or everywhere; a rival's session is out of reach."""
    other, rival = browser(play.producer), browser(play.rival)
    ids = re.findall(r'/account/sessions/end".*?name="id" value="([0-9a-f]{64})"', client.get("/account").text)
    assert ids
    for identifier in ids:
        client.post("/account/sessions/end", data={"id": identifier})
    assert accounts.sessions.actor(other.secret) is None
    assert accounts.sessions.actor(client.secret)
    client.post("/account/sessions/end-all")
    assert accounts.sessions.actor(client.secret) is None
    assert accounts.sessions.actor(rival.secret)


def test_a_feed_address_is_made_and_replaced(client, visitor):
    """Shown once; a new one ends the old one."""
    first = shown(client.post("/account/feed"))
    assert visitor.get(first.removeprefix(ORIGIN)).status_code == 200
    second = shown(client.post("/account/feed"))
    assert visitor.get(first.removeprefix(ORIGIN)).status_code == 404
    assert visitor.get(second.removeprefix(ORIGIN)).status_code == 200
    assert second not in client.get("/account").text


def test_a_person_erases_herself_when_she_is_sure(browser, play, accounts):
    """Without the tick nothing happens; with it she is signed out and nameless."""
    member = play.cast.colleague(play.producer)
    client = browser(member)
    assert client.post("/account/erase").status_code == 403
    done = client.post("/account/erase", data={"sure": "yes"})
    assert done.headers["location"] == "/sign-in"
    assert accounts.sessions.actor(client.secret) is None
    assert play.cast.row(member).name == ERASED


def test_a_lead_invites_and_takes_back(client, visitor, accounts, play):
    """The link is shown once, works, and is gone when taken back."""
    link = shown(client.post("/people/invite", data={"email": "jo@mail.example", "role": "reader"}))
    assert accounts.invitations.read(secret_of(link)).role == "reader"
    assert link not in client.get("/people").text
    waiting = accounts.invitations.open(play.producer)[0]
    client.post("/people/take-back", data={"id": waiting.id})
    assert visitor.get(link.removeprefix(ORIGIN)).status_code == 404


@pytest.mark.parametrize(
    ("email", "role", "status"), [("nobody", "member", 422), ("a@b.example", "queen", 422), ("", "", 422)]
)
def test_a_wrong_invitation_is_told_with_what_was_typed(client, email, role, status):
    """The page says what is wrong and keeps the address."""
    answer = client.post("/people/invite", data={"email": email, "role": role})
    assert answer.status_code == status
    assert f'value="{email}"' in answer.text


def test_a_lead_changes_roles_and_lets_people_go(client, play, accounts):
    """Role, new passkey, leaving, erasing: each with its button, the last lead stays."""
    member = play.cast.colleague(play.producer)
    client.post("/people/role", data={"id": member.account_id, "role": "reader"})
    assert accounts.people.me(member).role == "reader"
    assert client.post("/people/role", data={"id": member.account_id, "role": "queen"}).status_code == 403
    link = shown(client.post("/people/recover", data={"id": member.account_id, "name": "x"}))
    assert accounts.invitations.read(secret_of(link)).account_id == member.account_id
    client.post("/people/deactivate", data={"id": member.account_id})
    assert "Who left" in client.get("/people").text
    client.post("/people/erase", data={"id": member.account_id})
    assert ERASED in client.get("/people").text
    last = client.post("/people/erase", data={"id": play.producer.account_id})
    assert last.status_code == 409
    assert "last lead" in last.text


def test_people_of_others_are_out_of_reach(client, play, accounts):
    """Ids of a rival's people are not found by any form."""
    for path in ("role", "recover", "deactivate", "erase"):
        answer = client.post(f"/people/{path}", data={"id": play.rival.account_id, "role": "reader"})
        assert answer.status_code == 404
    assert accounts.people.me(play.rival).role == "lead"


def test_a_token_is_shown_once_and_listed_without_its_secret(client, visitor, play):
    """It works from then on; the page shows what it may do and when it was used."""
    made = client.post("/tokens", data={"name": EVIL, "right": ["read", "declare"], "days": "30"})
    token = shown(made)
    answer = visitor.get("/api/v1/declarations", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 200
    text = client.get("/tokens").text
    assert token not in text
    assert EVIL not in text
    assert "Last used" in text


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"name": "", "right": "read", "days": "30"}, 422),
        ({"name": "shop", "days": "30"}, 403),
        ({"name": "shop", "right": "manage-people", "days": "30"}, 403),
        ({"name": "shop", "right": "audit", "days": "30"}, 403),
        ({"name": "shop", "right": "read", "days": "366"}, 422),
        ({"name": "shop", "right": "read", "days": "-1"}, 422),
        ({"name": "shop", "right": "read", "days": "9" * 5000}, 422),
        ({"name": "shop", "right": "read", "days": "٣٠"}, 422),
    ],
)
def test_a_token_nobody_may_have_is_not_made(client, play, accounts, fields, status):
    """The page says why, and keeps what was typed."""
    answer = client.post("/tokens", data=fields)
    assert answer.status_code == status
    assert accounts.tokens.of(play.producer) == []


def test_choices_are_those_one_has(browser, play):
    """A reader is offered reading, an auditor auditing, nobody people or keys."""
    reader = play.cast.colleague(play.producer, "reader")
    offered = {
        name: set(re.findall(r'name="right" value="([\w-]+)"', browser(actor).get("/tokens").text))
        for name, actor in (("reader", reader), ("auditor", play.auditor), ("operator", play.cast.operator))
    }
    assert offered == {"reader": {"read"}, "auditor": {"read", "audit", "answer"}, "operator": {"read", "run-scheme"}}
    assert Right.MANAGE_KEYS in play.cast.operator.rights


def test_a_lead_agrees_to_the_terms_in_force(browser, play, accounts):
    """The version that was read, for the whole party; a member cannot, and the operator has none to agree to."""
    desk = play.desk.publications
    for version in ("2026-1", "2026-2"):
        desk.publish(play.cast.operator, "terms", version, "Terms and fees", "Pay what is due.")
        play.clock.forward(days=1)
    member = browser(play.cast.colleague(play.producer))
    client = browser(play.producer)
    assert "has not agreed" in client.get("/account").text
    assert "Agree for the organisation" not in member.get("/account").text
    assert member.post("/account/terms", data={"version": "2026-2"}).status_code == 403
    for version in ("2026-1", "", "x" * 100):
        assert client.post("/account/terms", data={"version": version}).status_code == 409
    assert "agree to them" in client.get("/workshop").text
    assert "agree to them" not in member.get("/workshop").text
    assert client.post("/account/terms", data={"version": "2026-2"}).status_code == 303
    assert "agree to them" not in client.get("/workshop").text
    assert accounts.parties.get(play.producer.party_id).terms_version == "2026-2"
    assert "agreed to it" in client.get("/account").text
    assert 'id="terms"' not in browser(play.cast.operator).get("/account").text
