"""Visitors of a site in the same process: clients that send what the browser of a signed-in person sends."""

from contextlib import contextmanager

from starlette.testclient import TestClient

from label_service.web.app import Site, build_app
from label_service.web.guard import COOKIE
from tests.certification.playing import Play

ORIGIN = "http://localhost:8000"
FROM_PAGE = {"Accept": "text/html", "Sec-Fetch-Site": "same-origin"}


@contextmanager
def opened(play, **options):
    """Give what makes clients of a scheme: `visit(actor)`, or `visit()` for somebody without an account."""
    app = build_app(Site(play.stage.scheme, play.stage.files, play.cast.accounts, **options))

    def visit(actor=None):
        client = TestClient(app, base_url=ORIGIN, headers=FROM_PAGE, follow_redirects=False)
        if actor:
            client.headers["Cookie"] = f"{COOKIE}={play.cast.accounts.sessions.open(actor.account_id)}"
        return client

    yield visit


def labelled(play, name="plate", actor=None):
    """Give the id of a label of the workshop, attested by the auditor."""
    found = play.declare(name, actor)
    play.stage.scheme.attestations.add(found.id, play.attest(found))
    return play.stage.scheme.labels.issue(found.id).id


__all__ = ["FROM_PAGE", "ORIGIN", "Play", "labelled", "opened"]
