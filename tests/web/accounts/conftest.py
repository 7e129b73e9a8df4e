"""A scheme with people in it, answered in this process: a visitor, browsers and programs of who is signed in."""

import pytest
from starlette.testclient import TestClient

from label_service.accounts.rights import Right
from label_service.web.app import Site, build_app
from label_service.web.guard import COOKIE
from tests.stage import ORIGIN

PAGE = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
FORM = {**PAGE, "Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "navigate", "Origin": ORIGIN}


@pytest.fixture
def accounts(play):
    """Give its accounts."""
    return play.cast.accounts


@pytest.fixture
def visitor(play, accounts):
    """Give a client without an account."""
    with TestClient(
        build_app(Site(play.stage.scheme, play.stage.files, accounts)), base_url=ORIGIN, follow_redirects=False
    ) as client:
        yield client


@pytest.fixture
def browser(visitor, accounts):
    """Give the browser of somebody who is signed in, as it sends forms of this site."""

    def of(actor, **headers):
        client = TestClient(visitor.app, base_url=ORIGIN, follow_redirects=False)
        secret = accounts.sessions.open(actor.account_id)
        client.headers.update({**FORM, "Cookie": f"{COOKIE}={secret}", **headers})
        client.secret = secret
        return client

    return of


@pytest.fixture
def program(visitor, accounts):
    """Give a program with a token of somebody."""

    def of(actor, *rights):
        client = TestClient(visitor.app, base_url=ORIGIN, follow_redirects=False)
        token = accounts.tokens.issue(actor, "program", frozenset(rights or {Right.READ_OWN}), 30)
        client.headers.update({"Authorization": f"Bearer {token}"})
        return client

    return of
