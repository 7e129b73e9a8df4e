"""Nothing that a request says decides where people are led, what other sites may read, or what a cache keeps."""

import itertools
import re

import pytest
from starlette.testclient import TestClient

from label_service.web.app import Site, build_app
from tests.hostile.test_corpus import taking

EVIL = "evil.example"
SAID = {
    "Host": EVIL,
    "X-Forwarded-Host": EVIL,
    "X-Forwarded-Proto": "javascript",
    "X-Forwarded-Prefix": f"//{EVIL}",
    "X-Original-URL": "/operate",
    "X-Rewrite-URL": "/operate",
    "X-HTTP-Method-Override": "DELETE",
    "Forwarded": f"for=127.0.0.1;host={EVIL};proto=https",
}
PUBLIC = re.compile(r"public|max-age=[1-9]")
ELSEWHERE = (
    f"https://{EVIL}",
    f"//{EVIL}",
    f"/\\{EVIL}",
    f"\\/{EVIL}",
    f"/%09/{EVIL}",
    f"///{EVIL}",
    f"/{EVIL}/../..//{EVIL}",
    f"https:{EVIL}",
    f"http:///{EVIL}",
    f"//{EVIL}@localhost:8000",
    f"javascript:alert('{EVIL}')",
    f"data:text/html,{EVIL}",
    f"/\t/{EVIL}",
    f"/\n/{EVIL}",
    f"\u2028//{EVIL}",
)


NAMES = ("next", "url", "return", "redirect", "redirect_uri", "back", "to", "state", "path")


def test_another_host_changes_nothing(victim):
    """The origin is a setting: no answer repeats a host or path out of a header, so no cache can be poisoned."""
    client = victim.browser()
    for _, pattern in taking(victim, "GET"):
        address = victim.address(pattern)
        answer, said = client.get(address), client.get(address, headers=SAID)
        assert said.status_code == answer.status_code, pattern
        assert EVIL not in said.text + str(said.headers), pattern
        if PUBLIC.search(answer.headers.get("cache-control", "")):
            assert said.content == answer.content, pattern


@pytest.mark.parametrize("who", [None, "producer"])
def test_no_other_site_reads_with_somebodys_cookie(victim, who):
    """An origin is never repeated, and what is open to all sites is the same for all."""
    client = victim.browser(who)
    client.headers |= {"Origin": f"https://{EVIL}", "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "cors"}
    for _, pattern in taking(victim, "GET"):
        headers = client.get(victim.address(pattern)).headers
        assert headers.get("access-control-allow-origin", "*") == "*", pattern
        assert "access-control-allow-credentials" not in headers
        if who and headers.get("access-control-allow-origin"):
            assert "no-store" not in headers.get("cache-control", ""), pattern


@pytest.mark.parametrize("who", [None, "producer"])
def test_no_address_leads_away(victim, who):
    """Whatever stands behind `next` and its likes, and in whichever spelling, people stay on this site."""
    client = victim.browser(who)
    places = itertools.cycle(ELSEWHERE)
    for _, pattern in taking(victim, "GET"):
        answer = client.get(victim.address(pattern), params=dict.fromkeys(NAMES, next(places)))
        check_stays(answer, pattern)


@pytest.mark.parametrize("place", ELSEWHERE)
def test_no_form_leads_away(victim, place):
    """A form that carries an address leads to a page of this site, or nowhere."""
    client = victim.browser("producer")
    fields = dict.fromkeys(("next", "url", "back", "return", "action", "path"), place)
    for path in ("/sign-in", "/sign-out", "/declare", "/account/name", "/profiles/sites"):
        check_stays(client.post(path, data=fields), path)


def check_stays(answer, told):
    """Hold an answer against what leads away."""
    location = answer.headers.get("location", "/")
    assert re.match(r"/(?![/\\\s])|/$|\?", location), (told, location)
    for link in re.findall(r'(?:href|action|src|content)="([^"]*)"', answer.text):
        is_led = EVIL in link and not link.startswith(("/", "?"))
        assert not is_led, (told, link)


def test_a_page_asks_for_nothing_elsewhere(victim):
    """Scripts, styles, pictures and forms of all pages are of this site."""
    for who in (None, "producer", "auditor", "operator"):
        client = victim.browser(who)
        for _, pattern in taking(victim, "GET"):
            answer = client.get(victim.address(pattern))
            if answer.headers.get("content-type", "").startswith("text/html"):
                used = re.findall(r'<(?:script|img|iframe|source)[^>]* src="([^"]+)"', answer.text)
                used += re.findall(r'<form[^>]* action="([^"]+)"', answer.text)
                assert [item for item in used if not re.match(r"/(?!/)|\?|data:image/", item)] == [], pattern


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost:8000", 200),
        ("127.0.0.1:9000", 200),
        ("[::1]:8000", 200),
        ("192.168.1.20", 200),
        ("workshop-laptop:8000", 200),
        ("evil.example", 421),
        ("evil.example:8000", 421),
        ("127.0.0.1.evil.example:8000", 421),
        ("localhost.evil.example", 421),
        ("evil.example:localhost", 421),
    ],
)
def test_a_demo_answers_under_its_own_names(stage, host, status):
    """A stranger's name that points to one's own machine does not open a demo, which asks for no account."""
    app = build_app(Site(stage.scheme, stage.files, needs_account=False))
    for path in ("/", "/api/v1/declarations"):
        assert TestClient(app).get(path, headers={"Host": host}).status_code == status
