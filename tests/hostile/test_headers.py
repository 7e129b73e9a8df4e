"""Every route of the application, asked by everybody, answers with the headers that make a browser careful."""

import re

import pytest
from starlette.testclient import TestClient

from label_service.web.app import Site, build_app
from tests.stage import found_stage

ASKING = (None, "producer", "auditor", "operator")
FRAMED = {"/L/{id:label_id}/badge", "/L/{id:label_id}/badge.svg"}  # what shops put into their pages
STYLED = {"/L/{id:label_id}.svg", "/L/{id:label_id}.png", "/L/{id:label_id}.pdf"}  # drawings carry their look inside
WORKERS = re.compile(r"text/javascript")
SCAN = "/scan"


def policy_of(answer):
    """Give the directives of a content security policy."""
    text = answer.headers["content-security-policy"]
    return {name: rest for name, _, rest in (part.strip().partition(" ") for part in text.split(";"))}


def check(answer, pattern):
    """Hold the headers of one answer against what all must have."""
    headers, policy = answer.headers, policy_of(answer)
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] in {"no-referrer", "same-origin"}
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert ("camera=(self)" in headers["permissions-policy"]) == (pattern == SCAN and answer.status_code == 200)
    is_script = WORKERS.match(headers.get("content-type", "")) is not None
    assert policy["default-src"] == ("'self'" if is_script else "'none'")
    assert "unsafe" not in headers["content-security-policy"] or pattern in STYLED
    assert policy.get("script-src", "'self'") in {"'self'", "'self' 'wasm-unsafe-eval'"}
    if "sandbox" not in policy:
        assert policy["frame-ancestors"] == ("*" if pattern in FRAMED and answer.status_code == 200 else "'none'")
    is_open = headers.get("access-control-allow-origin") == "*"
    assert headers["cross-origin-resource-policy"] == ("cross-origin" if is_open else "same-origin")
    assert "access-control-allow-credentials" not in headers
    assert not (is_open and "set-cookie" in headers)
    assert "server" not in headers
    if answer.content:
        assert re.search(r"charset=utf-8|octet|json|jwt|vc|image/|pdf|zip|csv|sheet|font", headers["content-type"])


@pytest.mark.parametrize("who", ASKING)
def test_every_answer_has_safe_headers(victim, who):
    """Whatever is asked, by whomever, read or sent, found or not: no route and no error was forgotten."""
    client = victim.browser(who)
    assert len(victim.routes()) > 200
    for method, pattern in victim.routes():
        answer = client.request(method, victim.address(pattern))
        assert answer.status_code < 500, (method, pattern)
        try:
            check(answer, pattern)
        except (AssertionError, KeyError) as error:
            raise AssertionError(f"{method} {pattern} {answer.status_code}: {error}") from error


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/nothing"),
        ("PUT", "/"),
        ("DELETE", "/L/x"),
        ("GET", "/api/v1/nothing"),
        ("OPTIONS", "/sign-in"),
        ("TRACE", "/"),
    ],
)
@pytest.mark.parametrize("accept", ["text/html", "application/json"])
def test_errors_have_them_too(victim, method, path, accept):
    """What the router refuses is careful in both its shapes."""
    answer = victim.browser().request(method, path, headers={"Accept": accept})
    assert answer.status_code in {404, 405}
    check(answer, path)


def test_what_nobody_foresaw_has_them_too(own_stage):
    """An error of ours inside, answered outside of everything, is as careful as the rest."""
    app = build_app(Site(own_stage.scheme, own_stage.files, needs_account=False))
    app.router.routes.clear()
    app.add_route("/broken", lambda _: 1 / 0)
    answer = TestClient(app, raise_server_exceptions=False).get("/broken")
    assert answer.status_code == 500
    check(answer, "/broken")


@pytest.mark.parametrize(
    ("origin", "said"), [("https://labels.example", "max-age=31536000"), ("http://localhost:8000", None)]
)
def test_a_site_of_https_stays_one(tmp_path, origin, said):
    """Browsers that came by HTTPS once come by nothing else; the demo on one's own machine says nothing of it."""
    stage = found_stage(tmp_path / "stage", origin=origin)
    with TestClient(build_app(Site(stage.scheme, stage.files, needs_account=False))) as client:
        assert {client.get(path).headers.get("strict-transport-security") for path in ("/", "/nothing")} == {said}
    stage.scheme.close()
