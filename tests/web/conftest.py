"""Fixtures of the web tests: a demo and a scheme, each served by a real server."""

import pytest

from tests.serving import served
from tests.web.browser_verifier import BrowserVerifier
from tests.web.site import open_browser


@pytest.fixture(scope="session")
def site(tmp_path_factory):
    """Give a served demo with labels of two examples, shared by all tests."""
    with served(tmp_path_factory.mktemp("site") / "demo") as site:
        for name in ("plate", "box"):
            site.stage.issue(name)
        yield site


@pytest.fixture(scope="session")
def client(site):
    """Give a client of the demo."""
    return site.client


@pytest.fixture(scope="session")
def closed(tmp_path_factory):
    """Give a served scheme, in which everything needs an account, with one label."""
    with served(tmp_path_factory.mktemp("site") / "scheme", is_demo=False) as site:
        site.stage.issue("plate", demo=False)
        yield site


@pytest.fixture(scope="session")
def verifier():
    """Give the verifier of the pages, running in Chromium."""
    with open_browser() as browser:
        page = browser.new_page()
        yield BrowserVerifier(page)
        page.close()
