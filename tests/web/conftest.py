"""Fixtures of the web tests: a demo and a scheme, each served by a real server."""

import pytest

from tests.certification.playing import Play
from tests.serving import served
from tests.web.browser_verifier import BrowserVerifier
from tests.web.site import open_browser
from tests.web.visiting import labelled, opened


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


@pytest.fixture
def visit(play):
    """Give what makes clients of a scheme, of its people and of strangers."""
    with opened(play) as visit:
        yield visit


@pytest.fixture(scope="session")
def begun_with_label(begun, tmp_path_factory):
    """Give the folder of a closed scheme with a label of the workshop, and its id."""
    play = Play.reopen(begun, tmp_path_factory.mktemp("scheme") / "labelled")
    label = labelled(play)
    play.stage.scheme.close()
    return play.stage.folder, label


@pytest.fixture
def play_with_label(begun_with_label, tmp_path):
    """Give a scheme of one's own in which the workshop has a label for a plate."""
    folder, label = begun_with_label
    own = Play.reopen(folder, tmp_path / "play")
    own.stage.labels["plate"] = label
    yield own
    own.stage.scheme.close()
