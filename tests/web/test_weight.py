"""What a phone has to fetch for a label, in bytes as they come over the wire: a budget, not a timing."""

import pytest

from label_service.web.scripts import BADGE, BUILT, SCRIPTS, STYLES, built_name, joined, script_href, source, style_href
from tests.web.site import open_browser

FIRST_VIEW_BYTES, FIRST_VIEW_REQUESTS = 30_000, 4
AFTERWARDS_BYTES = 25_000
LONGEST_LANGUAGE_BYTES = 32_000  # letters of two bytes


@pytest.fixture(scope="module")
def fetched(site):
    """Give what Chromium fetches for a label page in a language: path and bytes of each answer, once it has checked."""
    with open_browser() as browser:

        def fetch(label_id, language):
            page = browser.new_page(locale=language, viewport={"width": 390, "height": 844})
            finished = []
            page.on("requestfinished", lambda request: finished.append(request))  # noqa: PLW0108 - must be a function
            page.goto(f"{site.origin}/L/{label_id}")
            page.wait_for_function("() => document.querySelectorAll('#checked li').length > 9")
            asked = [request for request in finished if request.url.startswith(site.origin)]
            sizes = {item.url.removeprefix(site.origin): item.sizes()["responseBodySize"] for item in asked}
            page.close()
            return {path.partition("?")[0]: size for path, size in sizes.items()}

        yield fetch


def test_our_scripts_were_shortened():
    """What is measured here is what `make assets` makes of the sources of today."""
    from label_service.web import scripts

    for entry in (*SCRIPTS, BADGE):
        assert (scripts._FOLDER / BUILT / built_name(joined(entry))).is_file(), f"make assets: {entry}"


@pytest.mark.parametrize(("language", "most"), [("en", FIRST_VIEW_BYTES), ("el", LONGEST_LANGUAGE_BYTES)])
def test_a_label_page_is_light(site, fetched, language, most):
    """Page, style sheet, script and verifier come in four requests and 30 kB; proofs in 25 kB more, after that."""
    label_id = site.stage.labels["plate"]
    found = fetched(label_id, language)
    later = {path: size for path, size in found.items() if path.endswith((".json", "/qr.svg"))}
    first = {path: size for path, size in found.items() if path not in later}
    assert len(first) <= FIRST_VIEW_REQUESTS, first
    assert sum(first.values()) <= most, first
    assert sum(later.values()) <= AFTERWARDS_BYTES, later
    assert f"/L/{label_id}.json" in later


@pytest.mark.parametrize("href", [style_href, script_href])
def test_files_are_kept_for_ever_under_their_digest_only(client, href):
    """A script or style sheet may be kept for a year where its address changes with it, else for a minute."""
    name = "style.css" if href is style_href else "label.js"
    assert "immutable" in client.get(href(name)).headers["cache-control"]
    for query in ("", "?v=000000000000"):
        assert client.get(f"/static/{name}{query}").headers["cache-control"] == "public, max-age=60"


def test_scripts_can_be_read_as_they_were_written(client):
    """Everybody reads the modules with their comments, beside what is sent; other files are not given out there."""
    assert client.get("/static/source/verify/bundle.js").text == source("verify/bundle.js")
    assert client.get("/static/source/verify/shapes.js").status_code == 200
    for name in (*STYLES, "scan-worker.js", "..%2f..%2fapp.py", "verify/"):
        assert client.get(f"/static/source/{name}").status_code == 404
