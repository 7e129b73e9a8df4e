"""The archive in Chromium: pages open from a plain file server, links lead to files, labels are checked there."""

import http.server
import threading
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest

from label_service.cli.archiving import write_installation

_ADDRESSES = "(found) => found.map((item) => item.getAttribute('href') ?? item.getAttribute('src'))"


@pytest.fixture
def served(own_stage, tmp_path):
    """Serve the archive of an installation with a label, and give the address of its page."""
    folder = tmp_path / "files"
    with ThreadPoolExecutor(1) as beside:  # Chromium has a loop of its own in this thread
        beside.submit(write_installation, own_stage.scheme, folder).result()
    quiet = type("Quiet", (http.server.SimpleHTTPRequestHandler,), {"log_message": lambda *_: None})
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(quiet, directory=folder)) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", own_stage.labels["hook"]
        server.shutdown()
        thread.join()


def test_pages_of_an_archive_open_from_a_plain_server(served, verifier):
    """Every page opens, no link leads nowhere, and the label's page checks its bundle in the browser."""
    origin, label = served
    page = verifier.page.context.browser.new_page()
    hrefs = set()
    for address in ("/", f"/L/{label}", "/register", "/method"):
        assert page.goto(origin + address).ok
        hrefs |= set(page.eval_on_selector_all("a[href^='/'], link[href^='/'], img[src^='/']", _ADDRESSES))
    assert {href for href in hrefs if not page.request.get(origin + href).ok} == set()
    page.goto(f"{origin}/L/{label}")
    page.wait_for_selector("#checked ol li:nth-child(12)")
    assert page.locator("#checked ol li.fails").count() == 0
    page.close()
