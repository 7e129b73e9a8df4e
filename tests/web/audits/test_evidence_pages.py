"""Evidence over the web: uploads, who may open what, and what browsers are kept from doing with it."""

import io
import re

import pytest
from PIL import Image

from tests.certification import files


def upload(client, *data, path="/api/v1/evidence"):
    """Send files as a browser does."""
    return client.post(path, files=[("files", (name, content)) for name, content in data])


def digest_of(client, data=files.TEXT, name="scale.txt"):
    """Upload a file and give its digest."""
    (found,) = upload(client, (name, data)).json()
    return found["digest"]


def test_files_are_taken_one_by_one(play, visit):
    """Of several files the good ones are kept, each other one has its own problem with advice."""
    client = visit(play.producer)
    answer = upload(client, ("scale.txt", files.TEXT), ("tool.exe", b"MZ\x90\x00"), ("site.jpg", files.photograph()))
    text, program, photograph = answer.json()
    assert (text["kind"], photograph["kind"]) == ("text", "JPEG picture")
    assert program["error"]["status"] == 422
    assert program["error"]["hint"]
    assert len(play.desk.evidence.of(play.producer)) == 2


def test_the_page_takes_files_and_shows_what_was_refused(play, visit):
    """A form without script takes files; what is refused is named, the rest is in the list."""
    page = upload(visit(play.producer), ("<b>scale.txt", files.TEXT), ("tool.exe", b"MZ\x90\x00"), path="/evidence")
    assert page.status_code == 422
    assert "tool.exe" in page.text
    assert "&lt;b&gt;scale" in page.text
    assert "<b>scale" not in page.text
    assert upload(visit(play.producer), ("a.txt", b"weighed 1 kg"), path="/evidence").status_code == 200


def test_a_file_is_sent_so_that_no_browser_runs_it(play, visit):
    """Octets to be saved under a harmless name, sandboxed, not sniffed, not kept, for this site only."""
    client = visit(play.producer)
    digest = digest_of(client, name='run.bat"; x="\r\nSet-Cookie: a=b')
    answer = client.get(f"/evidence/{digest}")
    assert answer.content == files.TEXT
    headers = answer.headers
    assert headers["content-type"] == "application/octet-stream"
    assert re.fullmatch(r'attachment; filename="[A-Za-z0-9._-]+\.txt"', headers["content-disposition"])
    assert "sandbox" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "private, no-store"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert "set-cookie" not in headers


def test_a_paper_is_never_opened_inside_the_browser(play, visit):
    """A PDF is an attachment, and neither picture nor text."""
    client = visit(play.producer)
    digest = digest_of(client, files.PDF, "note.pdf")
    assert client.get(f"/evidence/{digest}").headers["content-disposition"].startswith("attachment;")
    for form in ("picture", "text"):
        assert client.get(f"/evidence/{digest}/{form}").status_code == 404


def test_a_picture_is_drawn_again(play, visit):
    """What is shown is JPEG without place and camera, whatever was uploaded."""
    client = visit(play.producer)
    digest = digest_of(client, files.photograph_with_place(), "site.jpg")
    answer = client.get(f"/evidence/{digest}/picture")
    assert answer.headers["content-type"] == "image/jpeg"
    assert "sandbox" in answer.headers["content-security-policy"]
    assert not Image.open(io.BytesIO(answer.content)).getexif()
    assert b"SECRET" not in answer.content


def test_text_is_shown_as_text(play, visit):
    """A web page in a text file stays text."""
    client = visit(play.producer)
    digest = digest_of(client, files.TEXT * 30 + b"<script>alert(1)</script>", "note.txt")
    answer = client.get(f"/evidence/{digest}/text")
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("form", ["", "/picture", "/text"])
def test_evidence_cannot_be_enumerated(play, visit, form):
    """Strangers are sent to sign in; whom a file does not concern gets the same answer as for one that is not there."""
    digest = digest_of(visit(play.producer), files.photograph(), "site.jpg")
    assert visit().get(f"/evidence/{digest}{form}").status_code == 303
    for actor in (play.rival, play.auditor, play.other_auditor):
        theirs = visit(actor).get(f"/evidence/{digest}{form}")
        unknown = visit(actor).get(f"/evidence/{'0' * 64}{form}")
        assert theirs.status_code == unknown.status_code == 404
        assert theirs.text == unknown.text


@pytest.mark.parametrize("path", ["../label.db", "%2e%2e%2flabel.db", "A" * 64, "0" * 63, "x" * 5000])
def test_path_names_lead_nowhere(play, visit, path):
    """Nothing but a digest names a file."""
    assert visit(play.cast.operator).get(f"/evidence/{path}").status_code in {404, 405}


def test_openings_are_listed_for_the_owner(play, visit):
    """The producer reads who opened her file."""
    digest = digest_of(visit(play.producer))
    visit(play.cast.operator).get(f"/evidence/{digest}")
    assert "Test scheme owner" in visit(play.producer).get("/evidence").text
    assert "Test scheme owner" not in visit(play.rival).get("/evidence").text


def test_who_may_not_declare_uploads_nothing(play, visit):
    """Auditors, readers and people of other sites cannot put files into a workshop."""
    assert upload(visit(play.auditor), ("a.txt", files.TEXT)).status_code == 403
    assert upload(visit(), ("a.txt", files.TEXT)).status_code == 401
    client = visit(play.producer)
    client.headers["Sec-Fetch-Site"] = "cross-site"
    assert upload(client, ("a.txt", files.TEXT)).status_code in {401, 403}
    assert play.desk.evidence.of(play.producer) == []


def test_uploads_are_bounded(play, visit):
    """Too many files at once, or bytes beyond the limit by announcement, are refused before they are read."""
    client = visit(play.producer)
    assert upload(client, *((f"{number}.txt", b"x") for number in range(30))).status_code in {400, 413, 422}
    answer = client.post("/api/v1/evidence", content=b"x", headers={"Content-Length": str(10**12)})
    assert answer.status_code == 413
