"""What is attacked: the whole application in scheme mode, with one user of each kind and one thing of each kind."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from starlette.applications import Starlette
from starlette.routing import Mount, Route
from starlette.testclient import TestClient

from label_service.accounts.rights import FOR_PROGRAMS, Actor
from label_service.web.app import Site, build_app
from label_service.web.guard import COOKIE
from tests.certification.playing import Play
from tests.web.visiting import labelled

ORIGIN = "http://localhost:8000"
OF_PAGE = {"Accept": "text/html,*/*;q=0.8", "Sec-Fetch-Site": "same-origin", "Origin": ORIGIN}
_PARAMETER = re.compile(r"\{(\w+)(?::(\w+))?\}")


@dataclass
class Victim:
    """The application, its users by name, and values that its addresses take."""

    app: Starlette
    play: Play
    actors: dict[str, Actor]
    values: dict[str, str]

    @classmethod
    @contextmanager
    def of(cls, play: Play) -> Iterator["Victim"]:
        """Fill a scheme and open it."""
        accounts = play.cast.accounts
        app = build_app(Site(play.stage.scheme, play.stage.files, accounts))
        actors = {"producer": play.producer, "auditor": play.auditor, "operator": play.cast.operator}
        found = play.declare("hook")
        label = labelled(play)
        secret = play.desk.cases.complain(label, "It broke at once.", "")
        values = {
            "id": label,
            "label_id": label,
            "identifier": found.id,
            "secret": secret,
            "digest": found.declaration.evidence[0].digest,
            "code": play.producer.party_id.rpartition("/")[2],
        }
        yield cls(app, play, actors, values)

    def browser(self, name: str | None = None) -> TestClient:
        """Give the browser of a user, or of a stranger."""
        client = TestClient(
            self.app, base_url=ORIGIN, headers=OF_PAGE, follow_redirects=False, raise_server_exceptions=False
        )
        if name:
            secret = self.play.cast.accounts.sessions.open(self.actors[name].account_id)
            client.headers["Cookie"] = f"{COOKIE}={secret}"
        return client

    def token(self, name: str) -> str:
        """Give a token with all that a program of a user may have."""
        actor = self.actors[name]
        return self.play.cast.accounts.tokens.issue(actor, "attack", actor.rights & FOR_PROGRAMS, 30)

    def program(self, name: str | None = None) -> TestClient:
        """Give a program with such a token, or without one."""
        client = TestClient(self.app, base_url=ORIGIN, follow_redirects=False, raise_server_exceptions=False)
        if name:
            client.headers["Authorization"] = f"Bearer {self.token(name)}"
        return client

    def routes(self) -> list[tuple[str, str]]:
        """Give method and pattern of every route."""
        return sorted(set(_routes(self.app.routes)))

    def address(self, pattern: str, **others: str) -> str:
        """Fill a pattern with what is there."""
        values = {**self.values, **others}
        return _PARAMETER.sub(lambda found: values.get(found[1]) or _EXAMPLES.get(found[2] or "", "x"), pattern)


_EXAMPLES = {"int": "1", "uuid": "00000000-0000-0000-0000-000000000000", "label_id": "A" * 13}


def _routes(routes: list[object], before: str = "") -> Iterator[tuple[str, str]]:
    for route in routes:
        if isinstance(route, Mount):
            yield from _routes(route.app._app.routes, before + route.path)
        elif isinstance(route, Route):
            yield from ((method, before + route.path) for method in route.methods or () if method != "HEAD")
