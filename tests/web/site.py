"""A running site for browser tests: a real server on a free loopback port, and Debian's Chromium."""

import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import uvicorn
from playwright.sync_api import Browser, Playwright, sync_playwright

from label_service.issuance.clock import now
from label_service.issuance.opening import open_scheme
from label_service.issuance.setup import Identity, initialise
from label_service.web.app import Site, build_app
from tests.databases import url_of

CHROMIUM_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
# A device that holds passkeys and unlocks by itself, for `WebAuthn.addVirtualAuthenticator`.
AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


def chromium() -> str:
    """Give the browser's path; there is no test of pages without it."""
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    assert path, "the browser tests need Chromium: apt-get install chromium"
    return path


_shared = ExitStack()
_users: list[Playwright] = []


@contextmanager
def _playwright() -> Iterator[Playwright]:
    """Give Playwright, of which a process can run one: all share it, and the last to leave stops it."""
    _users.append(_users[0] if _users else _shared.enter_context(sync_playwright()))
    try:
        yield _users[0]
    finally:
        _users.pop()
        if not _users:
            _shared.close()


@contextmanager
def open_browser(*arguments: str) -> Iterator[Browser]:
    """Start a browser, with further arguments."""
    with _playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=[*CHROMIUM_ARGUMENTS, *arguments])
        try:
            yield browser
        finally:
            browser.close()


def demo_site(folder) -> Site:
    """Give a demo installation without labels, with the desk where files are dropped."""
    identity = Identity("http://localhost:8000", "Test scheme", is_demo=True)
    initialise(folder / "keys", folder / "root", identity, now())
    scheme, files = open_scheme(identity, folder / "keys", folder / "data", url_of(folder))
    return Site(scheme, files, needs_account=False)


@contextmanager
def serving(site: Site) -> Iterator[str]:
    """Serve a site on a free loopback port and give its address."""
    server = uvicorn.Server(uvicorn.Config(build_app(site), port=0, log_level="warning"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive(), "the server did not start"
        time.sleep(0.02)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(timeout=10)
