"""Complaints without an account: the form, the private link, and what holds back floods and guessing."""

import re

import httpx
import pytest

from label_service.certification.cases import MAX_TEXT
from tests.serving import served
from tests.web.test_bad_input import without_id

PAGE = {"Accept": "text/html", "Sec-Fetch-Site": "same-origin"}
TEXT = "The hook I bought is of metal.\n\nThe page says plastic."


@pytest.fixture
def shop(tmp_path):
    """Give a served demo with one label, of its own, because floods are counted per site."""
    with served(tmp_path / "demo") as site:
        site.stage.issue("plate")
        yield site


@pytest.fixture
def form(shop):
    """Give the address of the complaint form of the label."""
    return f"/L/{shop.stage.labels['plate']}/complaint"


def send(shop, form, text=TEXT, **fields):
    """Send the form as a browser does."""
    return shop.client.post(form, data={"text": text, **fields}, headers=PAGE)


def test_anyone_complains_and_comes_back_by_the_private_link(shop, form):
    """From the label page to the form to a page with a link that leads back to what was said, without an account."""
    label_page = shop.client.get(form.removesuffix("/complaint")).text
    assert f'href="{form}"' in label_page
    asked = shop.client.get(form)
    assert asked.status_code == 200
    assert "set-cookie" not in asked.headers
    sent = send(shop, form, contact="me@example.org")
    assert sent.status_code == 303
    link = sent.headers["location"]
    assert re.fullmatch(r"/complaints/[A-Za-z0-9_-]{43}", link)
    page = shop.client.get(link)
    assert "of metal.\n\nThe page" in page.text
    assert shop.origin + link in page.text
    assert "me@example.org" not in page.text
    assert page.headers["cache-control"] == "no-store"
    assert page.headers["x-robots-tag"] == "noindex"
    assert "set-cookie" not in page.headers
    shop.client.post(link, data={"text": "A photo can be sent."}, headers=PAGE)
    assert "A photo can be sent." in shop.client.get(link).text


def test_text_of_a_stranger_is_shown_as_text(shop, form):
    """What somebody types is never markup on a page."""
    link = send(shop, form, text="<script>alert(1)</script><img src=x onerror=1>").headers["location"]
    page = shop.client.get(link).text
    assert "<script" not in page
    assert "&lt;script&gt;" in page


@pytest.mark.parametrize("text", ["", " \n ", "x" * (MAX_TEXT + 1), "a\x00b"])
def test_what_is_not_taken_stays_in_the_form(shop, form, text):
    """Empty, too long or broken text is answered with the reason, and nothing typed is lost."""
    answer = send(shop, form, text=text, contact="the contact I typed")
    assert answer.status_code == 422
    assert "the contact I typed" in answer.text
    assert "Not taken" in answer.text
    program = shop.client.post(form, data={"text": text}, headers={"Sec-Fetch-Site": "same-origin"})
    assert program.json()["type"] == "/problems/invalid-document"


def test_a_flood_is_held_back(shop, form):
    """After five complaints of one sender in an hour, the next is answered 429 with when to come back."""
    answers = [send(shop, form, text=f"number {number}") for number in range(7)]
    assert [answer.status_code for answer in answers] == [303] * 5 + [429] * 2
    assert 0 < int(answers[-1].headers["retry-after"]) <= 3600
    assert "number 6" in answers[-1].text
    program = shop.client.post(form, data={"text": TEXT}, headers={"Sec-Fetch-Site": "same-origin"})
    assert program.headers["content-type"] == "application/problem+json"
    assert program.json()["status"] == 429
    assert int(program.headers["retry-after"]) > 0
    assert shop.client.get(form).status_code == 200


def test_other_sites_cannot_make_visitors_complain(shop, form):
    """A form on another site is refused, whatever it sends."""
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}, {}):
        assert shop.client.post(form, data={"text": TEXT}, headers=headers).status_code == 403


def test_large_and_odd_bodies_are_refused(shop, form):
    """A body beyond the form's size, or with a file, is refused before it is read."""
    headers = {"Sec-Fetch-Site": "same-origin"}
    assert shop.client.post(form, data={"text": "x" * 70_000}, headers=headers).status_code == 403
    files = {"text": ("a.txt", b"x")}
    assert shop.client.post(form, files=files, headers=headers).status_code in {400, 422}


def test_cases_cannot_be_found_by_guessing(shop, form):
    """A wrong link, an id of a case and no case at all look the same."""
    link = send(shop, form).headers["location"]
    case_id = shop.stage.certification.cases.by_secret(link.rpartition("/")[2]).id
    guesses = [link[:-1] + ("A" if link[-1] != "A" else "B"), f"/complaints/{case_id}", "/complaints/x", link + "x"]
    answers = [shop.client.get(guess) for guess in guesses]
    assert {answer.status_code for answer in answers} == {404}
    assert all(without_id(answer) == without_id(answers[0]) for answer in answers)


def test_a_label_that_is_not_there_has_no_form(shop):
    """Complaints are about labels of this scheme."""
    answer: httpx.Response = shop.client.get("/L/ABCDEFGHIJKLM/complaint")
    assert answer.status_code == 404
    assert send(shop, "/L/ABCDEFGHIJKLM/complaint").status_code == 404
