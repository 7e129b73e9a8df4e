"""The guard: who is let in, with what, from where; and that nobody learns what is not hers."""

import json
import re
from uuid import UUID

import pytest
from starlette.routing import Mount

from label_service.accounts.rights import Right
from label_service.canonical import encode
from label_service.web.guard import COOKIE, local_path
from tests.stage import ORIGIN
from tests.web.accounts.conftest import FORM, PAGE

DECLARATIONS = "/api/v1/declarations"
SIGNED_IN = ("/account", "/people", "/tokens", "/notices", "/cases")
POSTED = (
    "/account/name",
    "/account/passkeys",
    "/account/passkeys/options",
    "/account/passkeys/remove",
    "/account/sessions/end-all",
    "/account/feed",
    "/account/erase",
    "/people/invite",
    "/people/role",
    "/people/recover",
    "/people/erase",
    "/tokens",
    "/tokens/revoke",
    "/sign-out",
    "/notices/done",
)


def code(answer):
    """Give the code of a problem."""
    return json.loads(answer.content)["type"].rpartition("/")[2]


@pytest.mark.parametrize("path", SIGNED_IN)
def test_pages_lead_a_stranger_to_the_sign_in_and_back(visitor, path):
    """A person is sent to sign in; a program is told what to show."""
    answer = visitor.get(f"{path}?a=b", headers=PAGE)
    assert answer.status_code == 303
    assert answer.headers["location"] == f"/sign-in?next={path.replace('/', '%2F')}%3Fa%3Db"
    assert answer.headers["cache-control"] == "no-store"
    asked = visitor.get(path)
    assert (asked.status_code, code(asked)) == (401, "account-needed")
    assert asked.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("path", [path for path in POSTED if path != "/sign-out"])
def test_nothing_is_taken_of_a_stranger(visitor, path):
    """Without an account every form is refused, also one that says it is from a page of ours."""
    for headers in ({}, FORM):
        assert visitor.post(path, headers=headers).status_code == 401


@pytest.mark.parametrize("path", POSTED)
@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"},
        {"Sec-Fetch-Site": "same-site", "Origin": "http://evil.localhost:8000"},
        {"Sec-Fetch-Site": "none"},
        {"Sec-Fetch-Site": "", "Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": f"{ORIGIN}.evil.example"},
        {},
    ],
    ids=str,
)
def test_another_site_sends_nothing_in_her_name(browser, play, accounts, path, headers):
    """A form that does not come from a page of this origin is refused, and nothing changes."""
    client = browser(play.producer)
    for name in ("Sec-Fetch-Site", "Origin"):
        del client.headers[name]
    before = accounts.people.me(play.producer), accounts.tokens.of(play.producer)
    answer = client.post(path, headers=headers, data={"name": "Mallory", "sure": "yes", "right": "read", "days": "9"})
    assert answer.status_code in {401, 403}
    assert (accounts.people.me(play.producer), accounts.tokens.of(play.producer)) == before
    assert accounts.sessions.actor(client.secret)


def test_a_browser_without_fetch_metadata_is_known_by_its_origin(browser, play, accounts):
    """Older browsers say the origin of a form only; that is enough."""
    client = browser(play.producer)
    del client.headers["Sec-Fetch-Site"]
    assert client.post("/account/name", data={"name": "Mira"}).status_code == 303
    assert accounts.people.me(play.producer).name == "Mira"


def test_another_site_cannot_read_with_her_cookie(browser, play):
    """What a foreign page loads or frames in her browser is answered as to a stranger; a link from it opens a page."""
    client = browser(play.producer)
    del client.headers["Origin"]
    for mode in ("no-cors", "cors", "websocket"):
        headers = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": mode, "Accept": "*/*"}
        assert client.get("/account", headers=headers).status_code == 401
    assert client.get("/account", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 200


def test_no_answer_is_shared_with_other_sites_or_kept(browser, play):
    """Private pages are not stored, not framed, not readable across origins, and leak no address."""
    for path in SIGNED_IN:
        headers = browser(play.producer).get(path).headers
        assert headers["cache-control"] == "no-store", path
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert "unsafe" not in headers["content-security-policy"]
        assert "access-control-allow-origin" not in headers
        assert headers["referrer-policy"] in {"same-origin", "no-referrer"}


@pytest.mark.parametrize("place", ["query", "cookie", "form"])
def test_a_token_counts_in_its_header_only(visitor, play, accounts, place):
    """Addresses land in logs and cookies are sent by themselves, so neither carries a token."""
    token = accounts.tokens.issue(play.producer, "x", frozenset({Right.READ_OWN}), 30)
    cookies = {"Cookie": f"{COOKIE}={token}"} if place == "cookie" else {}
    query = {"access_token": token, "token": token, "authorization": f"Bearer {token}"} if place == "query" else {}
    assert visitor.get(DECLARATIONS, params=query, headers=cookies).status_code == 401
    if place == "form":
        assert visitor.post("/notices/done", data={"access_token": token}).status_code == 401


@pytest.mark.parametrize("path", ["/account", "/people", "/tokens"])
def test_a_token_opens_no_page_about_people(program, play, path):
    """A stolen token adds no passkey, invites nobody and makes no other token."""
    client = program(play.producer, Right.READ_OWN, Right.DECLARE)
    assert client.get(path).status_code == 401
    assert client.post(path, headers=FORM).status_code in {401, 405}


@pytest.mark.parametrize(
    "header", ["Bearer", "Bearer x", "Basic eDp4", "bearer label_", "Bearer  ", "Bearer \x7f", "x" * 5000]
)
def test_nothing_else_is_a_token(browser, play, header):
    """Whatever stands in the header instead is nobody, even beside a good cookie."""
    assert browser(play.producer).get(DECLARATIONS, headers={"Authorization": header}).status_code == 401


def test_a_stolen_token_is_over_when_it_is_revoked(program, browser, play, accounts):
    """From the next request on, in this process and every other."""
    client = program(play.producer)
    assert client.get(DECLARATIONS).status_code == 200
    identifier = accounts.tokens.of(play.producer)[0].id
    assert browser(play.producer).post("/tokens/revoke", data={"id": identifier}).status_code == 303
    assert client.get(DECLARATIONS).status_code == 401


def test_a_token_that_reads_submits_nothing(program, play):
    """Rights of a token hold, whatever its owner may."""
    body = encode(play.document("plate", play.producer))
    answer = program(play.producer).post(DECLARATIONS, content=body)
    assert (answer.status_code, code(answer)) == (403, "refused")
    assert program(play.producer, Right.DECLARE).post(DECLARATIONS, content=body).status_code == 201


def test_nobody_submits_for_another_producer(program, play):
    """A declaration has to name the party that hands it in, as the register names it."""
    client = program(play.producer, Right.DECLARE)
    for members in ({"id": play.rival.party_id}, {"name": "Another name"}, {"country": "AUT"}):
        document = play.document("plate", play.producer)
        document["producer"] |= members
        assert client.post(DECLARATIONS, content=encode(document)).status_code == 403, members


@pytest.mark.parametrize("part", ["", "/declaration", "/inventory", "/assessment"])
def test_declarations_of_others_are_not_there(program, play, part):
    """A rival, a verifier who was not asked, and everybody asking for nonsense get the same answer."""
    found = play.submit("plate")
    path = f"{DECLARATIONS}/{found.id}{part}"
    assert program(play.producer).get(path).status_code == 200
    assert program(play.cast.operator).get(path).status_code == 200
    unknown = program(play.rival).get(f"{DECLARATIONS}/{'0' * 36}{part}")
    for stranger in (play.rival, play.auditor, play.other_auditor):
        answer = program(stranger).get(path)
        assert answer.status_code == unknown.status_code == 404
        assert answer.text.replace(found.id, "0" * 36) == unknown.text


def test_everybody_lists_what_is_hers(program, play):
    """The list shows a producer's own, to a verifier what she was asked to look at, to the operator all."""
    found = play.submit("plate")
    ids = {name: [item["id"] for item in program(actor).get(DECLARATIONS).json()] for name, actor in parties(play)}
    assert ids == {"producer": [found.id], "rival": [], "auditor": [], "operator": [found.id]}
    play.desk.audits.request_declaration(play.producer, found.id, play.auditor.party_id)
    assert [item["id"] for item in program(play.auditor).get(DECLARATIONS).json()] == [found.id]
    assert program(play.other_auditor).get(DECLARATIONS).json() == []


def parties(play):
    """Give one actor of each kind, and a rival."""
    return (
        ("producer", play.producer),
        ("rival", play.rival),
        ("auditor", play.auditor),
        ("operator", play.cast.operator),
    )


def test_only_the_asked_auditor_attests_and_only_the_producer_issues(program, play):
    """Neither of them can do the other's step, and nobody else either."""
    found = play.declare("plate")
    play.desk.audits.request_declaration(play.producer, found.id, play.auditor.party_id)
    token = play.attest(found)
    path = f"{DECLARATIONS}/{found.id}"
    for actor, right, status in (
        (play.producer, Right.DECLARE, 403),
        (play.rival, Right.DECLARE, 403),
        (play.other_auditor, Right.AUDIT, 404),
        (play.cast.operator, Right.RUN_SCHEME, 403),
    ):
        assert program(actor, Right.READ_OWN, right).post(f"{path}/attestation", content=token).status_code == status
    auditor = program(play.auditor, Right.READ_OWN, Right.AUDIT)
    assert auditor.post(f"{path}/attestation", content=token).status_code == 200
    assert auditor.post(f"{path}/label").status_code == 403
    assert program(play.rival, Right.READ_OWN, Right.DECLARE).post(f"{path}/label").status_code == 404
    assert program(play.producer, Right.READ_OWN, Right.DECLARE).post(f"{path}/label").status_code == 201


def test_a_suspended_producer_reads_but_does_not_declare(program, browser, play, accounts):
    """Suspension stops programs and people with the next request."""
    client = program(play.producer, Right.READ_OWN, Right.DECLARE)
    accounts.parties.change_state(play.cast.operator, play.producer.party_id, "suspended")
    assert client.get(DECLARATIONS).status_code == 200
    assert client.post(DECLARATIONS, content=encode(play.document("plate", play.producer))).status_code == 403
    assert "suspended" in browser(play.producer).get("/account").text


@pytest.mark.parametrize("kind", ["producer", "auditor", "operator"])
def test_a_member_is_no_lead(browser, play, kind):
    """The page of people is for leads, of every kind of party."""
    lead = dict(parties(play))[kind]
    member = play.cast.colleague(lead)
    assert browser(lead).get("/people").status_code == 200
    assert browser(member).get("/people").status_code == 403
    assert "/people" not in browser(member).get("/account").text


@pytest.mark.parametrize(
    "text",
    [
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "javascript:alert(1)",
        "",
        "work",
        "/a\nb",
        "/\t/evil",
    ],
)
def test_signing_in_leads_to_this_site_only(text):
    """An address that somebody put behind `next` never leads away."""
    assert local_path(text) == "/account"


def test_signing_in_leads_back():
    """A path of this site with its query is kept."""
    assert local_path("/audit/requests/1?a=b#c") == "/audit/requests/1?a=b#c"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Content-Length": "0" * 15 + "9" * 9}, 403),
        ({"Content-Length": "10", "Transfer-Encoding": "chunked"}, 403),
        ({"Content-Length": "٣"}, 413),
        ({"Content-Length": "9" * 400}, 413),
    ],
    ids=lambda value: str(value)[:60],
)
def test_a_form_says_how_long_it_is(browser, play, headers, status):
    """No spelling of a length, and no form in pieces, gets round the limit on what is read."""
    client = browser(play.producer)
    sent = {name: value.encode() for name, value in headers.items()}
    answer = client.post("/account/name", content=b"name=Another", headers=sent)
    assert answer.status_code == status
    assert ("with its length" in answer.text) == (status == 403)
    assert 'value="Another"' not in client.get("/account").text


@pytest.mark.parametrize("charset", ["unicode_escape", "utf-7", "punycode", "undefined", "utf-16"])
def test_a_form_in_other_characters_is_refused(browser, play, charset):
    """What spells half a character, or cannot be read at all, is answered with what is expected."""
    client = browser(play.producer)
    part = b'--X\r\nContent-Disposition: form-data; name="name"\r\n\r\n\\ud800 +2AA-\r\n--X--\r\n'
    sent = {"Content-Type": f"multipart/form-data; boundary=X; charset={charset}"}
    answer = client.post("/account/name", content=part, headers=sent)
    assert answer.status_code == 403
    assert "UTF-8" in answer.text


PUBLIC_FORMS = {
    "/L/{id:label_id}/complaint",
    "/complaints/{secret:str}",
    "/join/{secret:str}",
    "/join/{secret:str}/options",
    "/sign-in",
    "/sign-in/options",
    "/sign-out",
}
EXAMPLES = {"label_id": "A" * 13, "identifier": str(UUID(int=0)), "job": str(UUID(int=0))}


def forms_of(routes, before=""):
    """Give every route that takes something, those of the API too."""
    for route in routes:
        if isinstance(route, Mount):
            yield from forms_of(route.app._app.routes, before + route.path)
        elif "POST" in route.methods:
            yield before + route.path


def test_every_form_asks_for_an_account_and_refuses_other_sites(visitor, browser, play):
    """No route that changes something was forgotten: public ones are listed here, all others are not for strangers."""
    client = browser(play.producer, **{"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"})
    paths = set(forms_of(visitor.app.routes))
    assert len(paths) > 80
    for path in paths:
        address = re.sub(r"\{(\w+)(?::(\w+))?\}", lambda m: EXAMPLES.get(m[2]) or EXAMPLES.get(m[1]) or "x", path)
        assert (path in PUBLIC_FORMS) == (visitor.post(address).status_code == 403), path
        assert client.post(address).status_code in {401, 403}, path
