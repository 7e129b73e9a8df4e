"""The web component in Chromium, on the page of a shop at another origin."""

import json
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from label_service.trust.keys import thumbprint
from tests.serving import served
from tests.web.site import open_browser

SHOP_POLICY = "default-src 'self'; script-src {origin}; connect-src {origin}; frame-src {origin}; img-src {origin}"


@contextmanager
def shop(page: str, policy: str):
    """Serve one page of a shop on a port of its own."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Security-Policy", policy)
            self.end_headers()
            self.wfile.write(page.encode())

        def log_message(self, *_):
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture(scope="module")
def browser():
    """Share the browser."""
    with open_browser() as found:
        yield found


@pytest.fixture(scope="module")
def root(site):
    """Give the thumbprint of the root, as a shop gets it from the scheme."""
    (raw,) = site.stage.roots
    return thumbprint(raw)


@pytest.fixture
def visit(browser):
    """Open the page of a shop that holds some markup; it remembers what it asked for and what went wrong."""
    contexts = []

    @contextmanager
    def opened(origin, markup, prepare=lambda page: None, lang="en"):
        script = f'<script type="module" src="{origin}/static/embed/label-badge.js" crossorigin="anonymous"></script>'
        text = f'<!doctype html><html lang="{lang}"><title>Shop</title>{script}{markup}</html>'
        context = browser.new_context()
        contexts.append(context)
        page = context.new_page()
        page.asked, page.problems = [], []
        page.on("request", lambda request: page.asked.append(request))  # noqa: PLW0108 - no builtin is taken
        page.on("console", lambda message: page.problems.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: page.problems.append(str(error)))
        prepare(page)
        with shop(text, SHOP_POLICY.format(origin=origin)) as address:
            page.goto(address)
            yield page

    yield opened
    for context in contexts:
        context.close()


def element(origin, label_id, root=""):
    """Give the markup a shop copies."""
    address = f"{origin}/L/{label_id}"
    return f'<label-badge src="{address}" root="{root}"><a href="{address}">Climate label</a></label-badge>'


def shown(page):
    """Wait for the badge; give its kind and its words."""
    badge = page.locator("label-badge .badge")
    badge.wait_for()
    return badge.get_attribute("class").removeprefix("badge "), badge.inner_text().replace("\u202f", " ")


def test_a_shop_shows_a_label_that_its_visitor_checked(visit, site, root):
    """On a strict foreign page every step holds under the pinned root; only the label's service is asked."""
    label_id = site.stage.labels["plate"]
    with visit(site.origin, element(site.origin, label_id, root)) as page:
        kind, words = shown(page)
        assert kind == "valid"
        for said in (
            "A is best",
            "1.08 kg CO\u2082e per item",
            "Valid, checked in this browser.",
            "DEMO, not a certificate",
        ):
            assert said in words
        assert page.locator("label-badge .is").inner_text() == "A"
        assert page.locator("label-badge .badge").get_attribute("href") == f"{site.origin}/L/{label_id}"
        asked = [request for request in page.asked if request.url.startswith(site.origin)]
        assert {request.url.removeprefix(site.origin).partition("?")[0] for request in asked} == {
            "/static/embed/label-badge.js",
            "/static/verify/basis.js",
            "/static/verify/page.js",
            "/embed/words.json",
            "/root.pub",
            f"/L/{label_id}.json",
        }
        assert all("cookie" not in request.all_headers() for request in asked)
        fetched = [request for request in asked if request.resource_type == "fetch"]
        assert all("referer" not in request.all_headers() for request in fetched)
        assert page.context.cookies() == []
        assert page.evaluate("localStorage.length") == 0
        assert page.problems == []


def test_a_badge_speaks_the_language_of_the_page(visit, site, root):
    """Words and figures are in the language of the shop's page."""
    with visit(site.origin, element(site.origin, site.stage.labels["plate"], root), lang="de-AT") as page:
        assert "1,08 kg CO\u2082e" in shown(page)[1]


@pytest.mark.parametrize("pinned", ["", "A" * 43])
def test_without_its_root_a_label_is_not_called_valid(visit, site, pinned):
    """Where the shop pins no root, or another than the service names, the badge says that not all could be checked."""
    with visit(site.origin, element(site.origin, site.stage.labels["plate"], pinned)) as page:
        kind, words = shown(page)
        assert kind == "proven"
        assert "not everything could be checked" in words


def forged(page, change):
    """Let a thief on the way change the bundle."""

    def answer(route):
        reply = route.fetch()
        bundle = change(json.loads(reply.body()))
        headers = {name: value for name, value in reply.headers.items() if name != "content-encoding"}
        route.fulfill(status=200, headers=headers, body=json.dumps(bundle, separators=(",", ":"), sort_keys=True))

    page.route("**/L/*.json", answer)


def test_a_forged_bundle_gets_no_letter(visit, site, root):
    """A better letter on the way to the visitor is found: the badge shows none at all and says so."""

    def better(bundle):
        return {**bundle, "assessment": {**bundle["assessment"], "score": 1}}

    with visit(
        site.origin, element(site.origin, site.stage.labels["box"], root), prepare=lambda page: forged(page, better)
    ) as page:
        kind, words = shown(page)
        assert kind == "fails"
        assert "do not rely on it" in words
        assert page.locator("label-badge .scale").count() == 0


def test_the_bundle_of_another_label_gets_no_letter(visit, site, root):
    """A genuine bundle of better goods in the place of this label's is found."""
    other = json.loads(site.stage.scheme.labels.bundle(site.stage.labels["plate"]))
    with visit(
        site.origin,
        element(site.origin, site.stage.labels["box"], root),
        prepare=lambda page: forged(page, lambda _: other),
    ) as page:
        assert shown(page)[0] == "fails"


@pytest.mark.parametrize(
    "source", ["https://labels.example/x", "javascript:alert(1)//L/AAAAAAAAAAAAA", "//x/L/AAAAAAAAAAAAA", ""]
)
def test_what_is_no_label_stays_the_link_it_was(visit, site, source):
    """An address that is none of a label, or cannot be reached, leaves what the shop wrote; nothing breaks."""
    with visit(site.origin, f'<label-badge src="{source}"><a href="/x">Our link</a></label-badge>') as page:
        page.wait_for_function("Boolean(customElements.get('label-badge'))")
        page.wait_for_timeout(200)
        assert page.locator("label-badge .badge").count() == 0
        assert page.locator("label-badge a").is_visible()
        assert page.problems == []


def test_a_badge_out_of_sight_asks_for_nothing(visit, site, root):
    """A long list of goods costs nothing until a badge comes into view."""
    markup = "<br>" * 400 + element(site.origin, site.stage.labels["plate"], root)
    with visit(site.origin, markup) as page:
        page.wait_for_function("Boolean(customElements.get('label-badge'))")
        page.wait_for_timeout(200)
        before = [request.url for request in page.asked if ".json" in request.url]
        page.locator("label-badge").scroll_into_view_if_needed()
        assert shown(page)[0] == "valid"
        assert len(before) == 0


def test_only_the_badge_shows_in_a_frame(visit, site):
    """In frames of a shop the badge appears, and the label page does not."""
    label_id = site.stage.labels["plate"]
    frames = "".join(f'<iframe src="{site.origin}/L/{label_id}{path}"></iframe>' for path in ("/badge", ""))
    with visit(site.origin, frames) as page:
        page.frame_locator("iframe >> nth=0").locator("svg[role=img]").wait_for()
        assert page.frame_locator("iframe >> nth=1").locator(".verdict").count() == 0
        assert any("frame-ancestors" in problem for problem in page.problems)


def test_a_withdrawn_label_is_struck_out(visit, tmp_path):
    """From the moment it is suspended the badge in every shop says that the label does not count."""
    with served(tmp_path / "site") as site:
        label = site.stage.issue("plate")
        site.stage.scheme.states.change(label.id, "suspend", reason="precaution", text="It is looked into.")
        (raw,) = site.stage.roots
        with visit(site.origin, element(site.origin, label.id, thumbprint(raw))) as page:
            kind, words = shown(page)
            assert kind == "void"
            assert "Does not count now." in words
            struck = page.locator("label-badge .is").evaluate("(place) => getComputedStyle(place).textDecorationLine")
            assert struck == "line-through"
