"""What anybody may read of a scheme: register, withdrawals, rules, and the texts of the operator."""

from xml.etree import ElementTree as ET

import pytest
from starlette.testclient import TestClient

from label_service.certification.publications import KINDS
from label_service.web.app import Site, build_app
from label_service.web.guard import COOKIE
from label_service.web.house import House
from tests.certification.playing import BODY, VERA, WORKSHOP, begin
from tests.parties import gather
from tests.stage import found_stage

ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture(scope="module")
def play(tmp_path_factory):
    """Give a scheme with a label that was suspended, and one that counts."""
    play = begin(tmp_path_factory.mktemp("public") / "scheme")
    for name in ("plate", "hook"):
        found = play.declare(name)
        play.stage.scheme.attestations.add(found.id, play.attest(found))
        play.stage.labels[name] = play.stage.scheme.labels.issue(found.id).id
    words = "The plate is of <another> material."
    play.desk.sanctions.decide(
        play.cast.operator, play.stage.labels["plate"], "suspend", reason="precaution", words=words
    )
    yield play
    play.stage.scheme.close()


@pytest.fixture(scope="module")
def client(play):
    """Give a client of the scheme without an account."""
    house = House(imprint="Example scheme, Example street 1 <script>")
    site = Site(play.stage.scheme, play.stage.files, play.cast.accounts, house=house)
    with TestClient(build_app(site), base_url="http://localhost:8000") as client:
        yield client


def test_the_register_names_who_is_who(client, play):
    """Producers with their labels, auditors with body, standard, number and end of accreditation."""
    page = client.get("/register").text
    assert WORKSHOP in page
    assert "labels: 1 · withdrawn: 1" in page
    assert VERA in page
    assert BODY in page
    assert "ISO/IEC 17065 (DEMO)" in page
    assert "31 December 2029" in page
    code = play.producer.party_id.rpartition("/")[2]
    assert f'href="/parties/{code}"' in page


def test_a_party_has_a_page(client, play):
    """A producer's page shows its labels with their states, a body's page its auditors; unknown codes are not found."""
    page = client.get(f"/parties/{play.producer.party_id.rpartition('/')[2]}").text
    assert "Wall hook" in page
    assert "suspended" in page
    assert play.stage.labels["plate"] in page
    assert VERA in client.get(f"/parties/{play.auditor.party_id.rpartition('/')[2]}").text
    assert client.get("/parties/AAAAAAAA").status_code == 404
    assert "lead@" not in page


def test_withdrawn_labels_are_shown_with_reason_date_and_words(client, play):
    """The page of withdrawals says what does not count, why, since when, in the words of the decision."""
    page = client.get("/register/withdrawals").text
    assert play.stage.labels["plate"] in page
    assert play.stage.labels["hook"] not in page
    assert "it is being looked into" in page
    assert "20 November 2026" in page
    assert "The plate is of &lt;another&gt; material." in page


def test_recalls_can_be_watched(client, play):
    """The feed is Atom, each change of state one entry with an id that stays."""
    answer = client.get("/recalls.xml")
    assert answer.headers["content-type"].startswith("application/atom+xml")
    feed = ET.fromstring(answer.content)
    (entry,) = feed.findall(f"{ATOM}entry")
    label = play.stage.labels["plate"]
    assert entry.findtext(f"{ATOM}title") == f"Label {label}: suspended"
    assert "The plate is of <another> material." in entry.findtext(f"{ATOM}content")
    assert entry.find(f"{ATOM}link").get("href") == f"http://localhost:8000/L/{label}"
    assert entry.findtext(f"{ATOM}id").startswith("urn:sha256:")
    assert entry.findtext(f"{ATOM}updated") == feed.findtext(f"{ATOM}updated") == "2026-11-20T12:00:00Z"


def test_few_cases_are_not_counted_in_public(client, play):
    """Small numbers of complaints are not told, because the people behind them could be recognised; larger ones are."""
    label = play.stage.labels["hook"]
    for number in range(1, 6):
        play.desk.cases.complain(label, f"Complaint {number}")
        play.stage.scheme.bench.mark_changed()
        page = client.get("/register").text
        assert f"Complaint (Open): {'5' if number == 5 else '&lt;5'}" in page
    assert "2, of which 1 do not count" in page


def test_rules_are_published_in_versions(client, play):
    """Each version has a page without anything of its author but text, and says when a newer one is in force."""
    text = "# One\n\n<script>alert(1)</script>\n\n| a | b |\n|:--|--:|\n| 1 | 2 |\n"
    play.desk.publications.publish(play.cast.operator, "rule_book", "2026-1", "Rule book of Test", text)
    page = client.get("/scheme").text
    assert "may not certify yet" not in page
    assert "Rule book of Test" in page
    shown = client.get("/scheme/rule_book/2026-1").text
    assert "<h2>One</h2>" in shown
    assert "<script" not in shown
    assert "style=" not in shown
    assert "<td>1</td>" in shown
    raw = client.get("/scheme/rule_book/2026-1/text")
    assert raw.text.startswith("# One")
    assert raw.headers["content-type"] == "text/markdown; charset=utf-8"
    play.desk.publications.publish(play.cast.operator, "rule_book", "2026-2", "Rules", "# Two")
    assert "A newer version is in force" in client.get("/scheme/rule_book/2026-1").text
    assert client.get("/scheme/rule_book/9").status_code == 404
    assert client.get("/scheme/law/2026-1").status_code == 404


def test_a_scheme_says_what_it_still_needs(tmp_path):
    """Before rule book, terms and consultation are published, pages say that the scheme may not certify, and why."""
    stage = found_stage(tmp_path / "new", is_demo=False, is_ready=False)
    cast = gather(stage.scheme)
    with TestClient(build_app(Site(stage.scheme, stage.files, cast.accounts)), base_url="http://localhost:8000") as new:
        page = new.get("/scheme").text
        assert "may not certify yet" in page
        assert "Record of the consultation" in page
        secret = cast.accounts.sessions.open(cast.operator.account_id)
        assert "may not certify yet" in new.get("/operate", headers={"Cookie": f"{COOKIE}={secret}"}).text
        for kind, title in KINDS.items():
            stage.certification.publications.publish(cast.operator, kind, "2026-1", title, "# One")
        assert "may not certify yet" not in new.get("/scheme").text
    stage.scheme.close()


def test_every_page_leads_to_imprint_privacy_and_accessibility(client):
    """The operator's own texts where given, else what the software does; each linked from the foot of every page."""
    start = client.get("/").text
    for name in ("imprint", "privacy", "accessibility"):
        assert f'href="/{name}"' in start
        assert client.get(f"/{name}").status_code == 200
    imprint = client.get("/imprint").text
    assert "Example street 1 &lt;script&gt;" in imprint
    assert "count nobody" in client.get("/privacy").text


@pytest.mark.parametrize("query", ["?page=0", "?page=-1", "?page=x", "?page=99999999999", "?page=2", "?scopes=٣"])
def test_parts_of_lists_that_are_not_there_are_empty(client, query):
    """Odd numbers in an address are never an error."""
    assert client.get(f"/register{query}").status_code == 200


@pytest.mark.parametrize("path", ["/register/scopes/" + "0" * 64, "/register/scopes/x/token", "/parties/x%00"])
def test_what_is_not_there_is_not_found(client, path):
    """Unknown scopes and parties are 404."""
    assert client.get(path).status_code == 404


def test_public_pages_are_careful(client):
    """They set no cookie, run no script, and may be kept for seconds."""
    for path in ("/register", "/register/withdrawals", "/scheme", "/privacy"):
        answer = client.get(path)
        assert "set-cookie" not in answer.headers
        assert "script-src" not in answer.headers["content-security-policy"]
        assert "<script" not in answer.text
        assert "public" in answer.headers["cache-control"]
