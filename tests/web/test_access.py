"""Who sees what: a scheme denies by default; public files and pages are careful with browsers."""

import re

import pytest

from label_service.canonical import encode
from tests.stage import example
from tests.web.test_bad_input import problem, rows, without_id

DECLARATIONS = "/api/v1/declarations"
HTML = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


@pytest.fixture
def label(closed):
    """Give the path of the scheme's label."""
    return f"/L/{closed.stage.labels['plate']}"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", DECLARATIONS),
        ("GET", DECLARATIONS),
        ("GET", f"{DECLARATIONS}/{{id}}"),
        ("GET", f"{DECLARATIONS}/{{id}}/declaration"),
        ("GET", f"{DECLARATIONS}/{{id}}/inventory"),
        ("GET", f"{DECLARATIONS}/{{id}}/assessment"),
        ("POST", f"{DECLARATIONS}/{{id}}/attestation"),
        ("POST", f"{DECLARATIONS}/{{id}}/label"),
        ("GET", "/D/{id}"),
        ("GET", "/D/{id}/method"),
        ("GET", "/D/nothing"),
        ("GET", "/declare"),
    ],
)
def test_a_scheme_denies_everything_that_is_not_public(closed, method, path):
    """Without an account nobody writes, and nobody reads what makers declared; nobody learns what exists."""
    identifier = closed.stage.scheme.declarations.recent()[0].id
    before = rows(closed)
    body = encode(example("hook") | {"demo": False}) if method == "POST" else None
    answers = [closed.client.request(method, path.format(id=name), content=body) for name in (identifier, "0" * 36)]
    for answer in answers:
        assert problem(answer, 401)["type"] == "/problems/account-needed"
    assert without_id(answers[0]) == without_id(answers[1])
    assert rows(closed) == before


@pytest.mark.parametrize(
    "header", [{"Authorization": "Bearer x"}, {"Cookie": "session=1"}, {"X-Forwarded-User": "root"}]
)
def test_no_header_opens_a_scheme(closed, header):
    """There are no accounts yet, so nothing a client sends makes one."""
    problem(closed.client.get(DECLARATIONS, headers=header), 401)


@pytest.mark.parametrize("path", ["/declare", "/api/v1/imports"])
def test_a_scheme_takes_no_files_of_strangers(closed, path):
    """Without an account nothing is read, let alone kept."""
    problem(closed.client.post(path, files={"files": ("meter.json", b"{}")}), 401)


def test_what_is_public_stays_public(closed, label):
    """Labels, keys, lists, log, releases, schemas and pages need no account."""
    for path in (
        "/",
        "/method",
        label,
        f"{label}/method",
        f"{label}.jwt",
        f"{label}.json",
        f"{label}/qr.svg",
        f"{label}/qr.png",
        "/.well-known/did.json",
        "/trust-list.jwt",
        "/status/revocation/0",
        "/status/suspension/0",
        "/log/checkpoint",
        "/releases",
        "/contexts/v1.jsonld",
        "/healthz",
    ):
        assert closed.client.get(path).status_code == 200, path


def test_a_scheme_shows_no_unlabelled_product(closed):
    """The start page lists labels only; declarations without one are nobody's business."""
    closed.stage.submit("panel", demo=False)
    assert "Wall relief" not in closed.client.get("/").text
    assert "Adapter plate" in closed.client.get("/").text


def pages(site):
    """Give the paths of all pages of the demo."""
    label = f"/L/{site.stage.labels['plate']}"
    sheet = f"/D/{site.stage.submit('panel').id}"
    return ["/", "/method", label, f"{label}/method", sheet, f"{sheet}/method", "/L/ABCDEFGHIJKLM", "/nothing"]


def test_pages_run_nothing_and_leak_nothing(site):
    """No frame, no foreign content, no address handed on, no cookie, and no script but that of a label, on any page."""
    for path in pages(site):
        answer = site.client.get(path, headers=HTML)
        assert answer.headers["content-type"].startswith("text/html"), path
        policy = answer.headers["content-security-policy"]
        for rule in ("default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "form-action"):
            assert rule in policy, path
        assert "unsafe" not in policy
        scripts = re.findall("<script.*?</script>", answer.text)
        if path == f"/L/{site.stage.labels['plate']}":
            assert "script-src 'self'; connect-src 'self'" in policy
            data, script = scripts
            assert data.count("<") == 2  # what machines read of the label: text that no browser runs
            assert data.startswith('<script type="application/ld+json">')
            assert re.fullmatch(r'<script type="module" src="/static/label\.js\?v=[0-9a-f]{12}"></script>', script)
        else:
            assert "script-src" not in policy
            assert scripts == []
        assert answer.headers["x-content-type-options"] == "nosniff", path
        assert answer.headers["referrer-policy"] == "no-referrer", path


def every(site):
    """Give a request of each kind of answer."""
    label = f"/L/{site.stage.labels['plate']}"
    files = [f"{label}.jwt", f"{label}.json", f"{label}/qr.png", "/trust-list.jwt", "/log/checkpoint", "/healthz"]
    return [*pages(site), *files, DECLARATIONS, f"{DECLARATIONS}/0", "/static/style.css", "/log/nothing"]


def test_no_answer_sets_a_cookie_or_names_the_server(site):
    """A buyer's scan leaves nothing in her browser, and an attacker learns no version."""
    for path in every(site):
        for accept in (HTML, {"Accept": "application/json"}):
            headers = site.client.get(path, headers=accept).headers
            assert "set-cookie" not in headers, path
            assert "server" not in headers, path
            assert "x-powered-by" not in headers, path


def test_every_answer_is_taken_for_what_it_is(site):
    """No browser guesses a type: files, API answers and problems say not to."""
    for path in every(site):
        headers = site.client.get(path).headers
        if path != "/healthz":
            assert headers.get("x-content-type-options") == "nosniff", path


@pytest.mark.parametrize(
    "path",
    [
        "/L/ABCDEFGHIJKLM",
        "/L/ABCDEFGHIJKLM.json",
        "/L/ABCDEFGHIJKLM.jwt",
        "/L/ABCDEFGHIJKLM/qr.png",
        "/L/ABCDEFGHIJKLM/method",
        "/L/abcdefghijklm",
        "/L/..%2f..%2fkeys",
        "/D/nothing",
        "/status/other/0",
        "/status/revocation/1",
        "/status/revocation/01",
        "/status/revocation/-1",
        "/status/revocation/" + "9" * 30,
        "/status/revocation/" + "9" * 5000,
        "/log/nothing",
        "/log/tile/0/999",
        "/log/../../keys/label-1.pem",
        "/log/%2e%2e/%2e%2e/label.db",
        "/log/..%2f..%2flabel.db",
        "/log/%00",
        "/log/.checkpoint.1",
        "/log/" + "x" * 3000,
        "/log/%ff%fe",
        "/log/",
        "/releases/nothing",
        "/releases/" + "0" * 64,
        "/schemas/nothing.json",
        "/schemas/..%2fpyproject.toml",
        "/schemas/%2e%2e%2fREADME.md",
        "/contexts/v2.jsonld",
        "/static/../api.py",
        "/static/%2e%2e/app.py",
        "/nothing",
        "/api/v1/nothing",
    ],
)
def test_what_is_not_there_is_a_problem_for_programs_and_a_page_for_people(site, path):
    """The same error in two forms, never cached, with what to do next where something helps."""
    found = problem(site.client.get(path), 404)
    assert len(found["detail"]) < 300
    page = site.client.get(path, headers=HTML)
    assert page.status_code == 404
    assert page.headers["cache-control"] == "no-store"
    if path.startswith("/api/"):
        assert without_id(page) == {name: value for name, value in found.items() if name != "request_id"}
    else:
        assert page.headers["content-type"].startswith("text/html")
        assert "default-src 'none'" in page.headers["content-security-policy"]


def test_head_is_answered_like_get(site):
    """Caches and link checkers may ask for the headers alone."""
    label = f"/L/{site.stage.labels['plate']}"
    for path in (label, f"{label}.json", "/healthz", "/log/checkpoint"):
        answer = site.client.head(path)
        assert answer.status_code == 200, path
        assert answer.content == b""


def test_cross_origin_reading_is_for_public_files_only(site):
    """Any page may read label files and lists; nothing of the API is shared with other sites."""
    headers = {"Origin": "https://other.example"}
    assert site.client.get("/trust-list.jwt", headers=headers).headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-origin" not in site.client.get(DECLARATIONS, headers=headers).headers
