"""What a phone has to fetch for a label, in bytes as they come over the wire: a budget, not a timing."""

import http.client
from urllib.parse import urlsplit

import pytest

from label_service.web.languages import languages
from label_service.web.scripts import (
    BADGE,
    BUILT,
    SCRIPTS,
    STYLES,
    built_name,
    joined,
    script,
    script_href,
    source,
    style_href,
)
from tests.web.site import open_browser

FIRST_VIEW_BYTES, FIRST_VIEW_REQUESTS = 30_000, 4  # with headers
AFTERWARDS_BYTES = 25_000
LATER = (".json", "/page.js")  # proofs and what computes the score again, both fetched once the verifier is there
LABELS = ("plate", "box")


@pytest.fixture(scope="module")
def weighed(site):
    """Give a function that fetches a path as browsers do, and gives the bytes of its headers and of its body."""
    address = urlsplit(site.origin)
    connection = http.client.HTTPConnection(address.hostname, address.port)

    def weigh(path, language="en"):
        connection.request("GET", path, headers={"Accept-Encoding": "gzip, br", "Accept-Language": language})
        answer = connection.getresponse()
        assert answer.status == 200
        head = "".join(f"{name}: {value}\r\n" for name, value in answer.getheaders())
        return len(f"HTTP/1.1 200 OK\r\n{head}\r\n"), len(answer.read())

    yield weigh
    connection.close()


def test_our_scripts_were_shortened():
    """What is measured here is what `make assets` makes of the sources of today."""
    from label_service.web import scripts

    for entry in (*SCRIPTS, BADGE):
        assert (scripts._FOLDER / BUILT / built_name(joined(entry))).is_file(), f"make assets: {entry}"


def test_a_label_page_fetches_little_and_late(site):
    """Page, style sheet, script and verifier come in four requests; what comes after is named here."""
    label = f"/L/{site.stage.labels['plate']}"
    with open_browser() as browser:
        page = browser.new_page(viewport={"width": 390, "height": 844})
        asked = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto(site.origin + label)
        page.wait_for_function("() => document.querySelectorAll('#checked li').length > 9")
    paths = [url.removeprefix(site.origin).partition("?")[0] for url in asked if url.startswith(site.origin)]
    later = [path for path in paths if path.endswith((*LATER, "/qr.svg"))]
    first = [path for path in paths if path not in later]
    assert first == [label, "/static/style.css", "/static/label.js", "/static/verify/basis.js"]
    assert len(first) <= FIRST_VIEW_REQUESTS
    assert {f"{label}.json", "/static/verify/page.js"} == {path for path in later if path != f"{label}/qr.svg"}


@pytest.mark.parametrize("name", LABELS)
def test_a_label_page_is_light_in_every_language(site, weighed, name):
    """The first view, headers counted, stays below 30 kB in each alphabet."""
    files = [style_href("style.css"), script_href("label.js"), script_href("verify/basis.js")]
    beside = sum(sum(weighed(path)) for path in files)
    found = {item.code: sum(weighed(f"/L/{site.stage.labels[name]}", item.code)) for item in languages()}
    assert len(found) == 24
    assert beside + max(found.values()) <= FIRST_VIEW_BYTES, (beside, found)


@pytest.mark.parametrize("name", LABELS)
def test_proofs_are_light(site, weighed, name):
    """The bundle, in which trust list and status are, and the rest of the verifier come in 25 kB more."""
    paths = (f"/L/{site.stage.labels[name]}.json", script_href("verify/page.js"))
    found = {path: weighed(path)[1] for path in paths}
    assert sum(found.values()) <= AFTERWARDS_BYTES, found


def test_a_script_builds_on_another_as_it_is_sent():
    """`page.js` names the address under which browsers keep `basis.js`, and nothing is in both."""
    whole, basis = script("verify/page.js").decode(), script_href("verify/basis.js").rpartition("/")[2]
    assert f'from"./{basis}"' in whole.replace("from ", "from")
    assert "function inspectBundle" in joined("verify/page.js").decode()
    assert "function readLabel" not in joined("verify/page.js").decode()
    assert "function readLabel" in joined("verify/basis.js").decode()


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
