"""The archive in Chromium: pages open from a plain file server, links lead to files, labels are checked there."""

import pytest

from label_service.cli.archiving import write_installation
from tests.serving import plain_server

_ADDRESSES = "(found) => found.map((item) => item.getAttribute('href') ?? item.getAttribute('src'))"


@pytest.fixture
def served(own_stage, tmp_path):
    """Serve the archive of an installation with a label, and give the address of its page."""
    folder = tmp_path / "files"
    write_installation(own_stage.scheme, folder)
    with plain_server(folder) as origin:
        yield origin, own_stage.labels["hook"]


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
