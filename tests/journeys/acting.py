"""What a journey is played with: a scheme as `init` and `serve` make it, a clock that we move, people at browsers."""

import json
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from playwright.sync_api import Browser, Locator, Page, Response

from label_service.accounts.opening import Owner
from label_service.cli.founding import found
from label_service.issuance.setup import Identity, timestamp
from label_service.issuance.ticking import tick
from label_service.settings import Settings
from label_service.web.app import Site, build_app
from label_service.web.server import calendar_of, site_of
from tests.commands import Ended
from tests.databases import url_of
from tests.stage import Clock
from tests.web.site import AUTHENTICATOR, open_browser

PHONE = {"width": 390, "height": 844}
SERVER_ERROR = 500


class RunningClock(Clock):
    """Goes on by itself, and ahead when somebody moves it."""

    _START = time.monotonic()

    def __call__(self) -> datetime:
        """Give the time."""
        return self.at + timedelta(seconds=time.monotonic() - self._START)


@dataclass
class World:
    """A running scheme, whoever plays in it, and the command line of anybody.

    Attributes:
        link: with which the operator's first lead joins.
        visitor: reads what anybody can.
        run: runs a command of `label-service` in this process.
    """

    folder: Path
    site: Site
    origin: str
    link: str
    clock: Clock
    browser: Browser
    visitor: httpx.Client
    run: Callable[..., Ended]
    stage: ExitStack
    people: list["Person"] = field(default_factory=list)

    @property
    def at(self) -> str:
        """The present time."""
        return timestamp(self.clock())

    @property
    def root(self) -> Path:
        """The public root that people pin."""
        return self.folder / "root" / "root.pub"

    def person(self, name: str) -> "Person":
        """Give somebody with a browser of her own, in which she keeps passkeys and keys."""
        context = self.browser.new_context(viewport=PHONE, accept_downloads=True)
        self.stage.callback(context.close)
        person = Person(name, self, context.new_page())
        self.people.append(person)
        return person

    def anybody(self) -> "Person":
        """Give somebody without an account, whose browser remembers nothing."""
        return self.person("Anybody")

    def forward(self, **delta: float) -> None:
        """Let time pass, for the service as for all browsers, and keep the calendar of the service."""
        self.clock.forward(**delta)
        for person in self.people:
            person.page.context.clock.set_system_time(self.clock())
        assert tick(calendar_of(self.site)) == []

    def program(self, token: str) -> httpx.Client:
        """Give a program that shows an API token."""
        client = httpx.Client(base_url=self.origin, headers={"Authorization": f"Bearer {token}"}, timeout=60)
        self.stage.enter_context(client)
        return client

    def get(self, path: str) -> httpx.Response:
        """Read something as anybody can."""
        answer = self.visitor.get(path)
        assert answer.status_code < SERVER_ERROR, path
        return answer

    def save(self, path: str, name: str) -> Path:
        """Save a public file, as anybody can."""
        answer = self.get(path)
        assert answer.status_code == httpx.codes.OK, path
        file = self.folder / "saved" / name
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(answer.content)
        return file

    def verify(self, file: Path, **newer: Path) -> dict[str, Any]:
        """Verify a bundle offline, with newer files where they are named, and give the report."""
        options = [part for name, path in newer.items() for part in (f"--{name.replace('_', '-')}", path)]
        done = self.run("verify", file, "--root", self.root, "--at", self.at, "--json", *options)
        assert done.code in {0, 1, 3}, done.err
        return json.loads(done.out)  # type: ignore[no-any-return]


@dataclass
class Person:
    """Somebody at a browser with a device that holds passkeys; scripts that fail and answers of 500 end the journey."""

    name: str
    world: World
    page: Page

    def __post_init__(self) -> None:
        session = self.page.context.new_cdp_session(self.page)
        session.send("WebAuthn.enable")
        session.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
        self.page.context.clock.install(time=self.world.clock())
        self.page.on("pageerror", lambda error: self._stop(str(error)))
        self.page.on("response", self._see)
        self.problems: list[str] = []

    def open(self, path: str, *words: str) -> str:
        """Open an address, check that words stand on the page, and give its text."""
        self.page.goto(path if "://" in path else f"{self.world.origin}{path}")
        return self.sees(*words)

    @property
    def text(self) -> str:
        """What she sees on the page, in one line."""
        assert not self.problems, self.problems
        return " ".join(self.page.inner_text("main").split())

    @property
    def path(self) -> str:
        """Where she is."""
        return self.page.url.removeprefix(self.world.origin)

    def sees(self, *words: str) -> str:
        """Check that words stand on the page, and give its text."""
        text = self.text
        missing = [part for part in words if part not in text]
        assert not missing, f"{self.name} at {self.path} misses {missing}:\n{text}"
        return text

    def follow(self, name: str, *words: str) -> str:
        """Follow a link, check that words stand where it leads, and give that text."""
        with self.page.expect_navigation():
            self.page.get_by_role("link", name=name).first.click()
        return self.sees(*words)

    def send(self, action: str, button: str, /, about: str = "", **answers: str | list[str] | Path) -> str:
        """Fill in the form of an address, press its button, and give the page that follows.

        Args:
            action: where the form goes; `about` is the end of what it carries along, where the page has several.
            button: its name.
            about: see there.
            answers: by the names of the fields; `__` stands for a colon.
        """
        named = self.page.get_by_role("button", name=button, include_hidden=True)
        form = self.page.locator(f'form[action="{action}"]').filter(has=named)
        if about:
            form = form.filter(has=self.page.locator(f'input[type="hidden"][value$="{about}"]'))
        for name, answer in answers.items():
            _fill(form.locator(f'[name="{name.replace("__", ":")}"]'), answer)
        self.press(form.get_by_role("button", name=button, include_hidden=True))
        return self.text

    def press(self, button: Locator) -> None:
        """Press a button that may be folded away, and wait for the page that follows."""
        button.evaluate("item => { const fold = item.closest('details'); if (fold) fold.open = true; }")
        with self.page.expect_navigation():
            button.click()

    def join(self, link: str) -> str:
        """Join with a passkey, and give the first page."""
        self.open(link)
        self.page.fill("#name", self.name)
        self.press(self.page.get_by_role("button", name="Join with a passkey"))
        return self.text

    def come_back(self, path: str) -> str:
        """Open a page after the session has ended: sign in with the passkey and be led there."""
        self.open(path)
        assert self.path.startswith("/sign-in?next="), self.path
        self.press(self.page.get_by_role("button", name="Sign in with a passkey"))
        assert self.path == path
        return self.text

    def find(self, pattern: str) -> str:
        """Give the first group of a pattern in the source of the page."""
        found = re.search(pattern, self.page.content())
        assert found, f"{self.name} at {self.path} finds no {pattern}:\n{self.text}"
        return found[1]

    def _see(self, response: Response) -> None:
        if response.status >= SERVER_ERROR:
            self._stop(f"{response.status} at {response.url}")

    def _stop(self, problem: str) -> None:
        self.problems.append(problem)


@contextmanager
def playing(folder: Path, run: Callable[..., Ended]) -> Iterator[World]:
    """Found a scheme and serve it until the end."""
    clock = RunningClock()
    with socket.socket() as listening, ExitStack() as stage:
        listening.bind(("127.0.0.1", 0))
        listening.listen(64)
        settings = Settings(
            data=folder / "data",
            database_url=url_of(folder),
            origin=f"http://localhost:{listening.getsockname()[1]}",
            name="Label of the region",
        )
        identity = Identity(settings.origin, settings.name, is_demo=False)
        owner = Owner("Chamber of crafts", "DEU", "VR 1 Leipzig", "olga@chamber.example")
        link = found(settings, identity, folder / "root", owner, clock)
        site = site_of(settings, clock)
        stage.callback(site.scheme.close)
        stage.enter_context(_running(site, listening))
        browser = stage.enter_context(open_browser())
        visitor = stage.enter_context(httpx.Client(base_url=settings.origin, timeout=20))
        yield World(folder, site, settings.origin, link, clock, browser, visitor, run, stage)


@contextmanager
def _running(site: Site, listening: socket.socket) -> Iterator[None]:
    server = uvicorn.Server(uvicorn.Config(build_app(site), log_level="critical", server_header=False, lifespan="off"))
    thread = threading.Thread(target=server.run, args=([listening],))
    thread.start()
    try:
        yield
    finally:
        server.should_exit = True
        thread.join()


def _fill(fields: Locator, answer: str | list[str] | Path) -> None:
    """Fill in what a form calls by one name: text, a choice, boxes to tick, or a file."""
    kind = fields.first.evaluate("item => item.localName === 'input' ? item.type : item.localName")
    fields.first.evaluate("item => { const fold = item.closest('details'); if (fold) fold.open = true; }")
    if isinstance(answer, Path):
        fields.set_input_files(answer)
    elif kind == "select":
        fields.select_option(answer)
    elif kind in {"checkbox", "radio"}:
        for value in [answer] if isinstance(answer, str) else answer:
            fields.and_(fields.page.locator(f'[value="{value}"]')).check()
    else:
        assert isinstance(answer, str)
        fields.fill(answer)
