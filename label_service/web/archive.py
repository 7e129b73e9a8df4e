"""The archive: everything public of a scheme as plain files: labels verify and pages open without the service.

Pages and files are those that the service itself answers with; what only the running service can do leads to one page
that says so.
"""

import asyncio
import re
from collections.abc import Iterator, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from html import escape
from pathlib import Path
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit

from starlette.applications import Starlette

from label_service.errors import Conflict, NotFound
from label_service.issuance.scheme import Scheme
from label_service.store.archive import write_sums
from label_service.store.public_files import PublicFiles
from label_service.web import pages
from label_service.web.app import Site, build_app
from label_service.web.published import published_names
from label_service.web.scripts import SCRIPTS

GONE: Final = "/gone/"
_KEPT: Final = re.compile(
    r"/(?:L/[A-Z2-7]{13}(?:/method|/credential|/qr\.(?:svg|png)|\.(?:json|jwt))?|register(?:/.+)?|parties/.+|scheme(?:/.+)?"
    r"|method|designs/.+|recalls\.xml|static/.+|root\.pub|trust-list\.jwt|log/checkpoint|releases/.+|schemas/.+"
    r"|contexts/.+|status/.+|\.well-known/did\.json)"
)
_LINK: Final = re.compile(r'\b(href|src|action|data-[a-z]+)="([/?][^"]*)"')
_STARTS: Final = ("/register", "/register/withdrawals", "/scheme", "/method", "/recalls.xml", "/root.pub")
_OF_LABEL: Final = ("", "/method", "/credential", "/qr.svg", "/qr.png", ".json", ".jwt")


class _Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def is_page(self) -> bool:
        return self.headers.get("content-type", "").startswith("text/html")


def write_archive(scheme: Scheme, files: PublicFiles, folder: Path, log_files: MutableMapping[str, bytes]) -> str:
    """Write the archive of a scheme and give the digest of its file of sums.

    Args:
        scheme: whose archive it is; a closed one has its last lists in it.
        files: its public files.
        folder: where it goes; new or empty.
        log_files: all files of the log by their names in it.

    Raises:
        Conflict: there is something in the folder already.
    """
    if folder.exists() and any(folder.iterdir()):
        raise Conflict(f"{folder.name} is not empty", hint="name a new folder for the archive")
    writer = _Writer(build_app(Site(scheme, files)), folder)
    for name, data in log_files.items():
        writer.put(f"log/{name}", data)
    labels = list(scheme.labels.all_ids())
    with ThreadPoolExecutor(1) as beside:  # whoever calls may have a loop that runs
        beside.submit(asyncio.run, writer.follow(_paths(scheme, labels))).result()
    identity = scheme.identity
    told = {"scheme": identity.display_name, "origin": identity.origin, "labels": labels, "log": identity.log}
    writer.put("index.html", pages.render("archive.html", **told).encode())
    writer.put("gone/index.html", pages.render("archive_gone.html", **told).encode())
    writer.put("README.md", pages.render("archive_readme.md", **told).encode())
    return write_sums(folder)


def _paths(scheme: Scheme, labels: list[str]) -> Iterator[str]:
    """Give what is archived though no page may link to it."""
    yield from _STARTS
    yield from ("/trust-list.jwt", "/.well-known/did.json")
    yield from (f"/static/{name}" for name in SCRIPTS if name.startswith("verify/"))
    for item in scheme.releases.all():
        yield f"/releases/{item.digest}"
        yield f"/releases/{item.digest}/rows"
    for kind in ("schemas", "contexts"):
        yield from (f"/{kind}/{name}" for name in published_names(kind))
    for number in range(scheme.states.last_list() + 1):
        yield from (f"/status/{purpose}/{number}" for purpose in ("revocation", "suspension"))
    for label_id in labels:
        yield from (f"/L/{label_id}{part}" for part in _OF_LABEL)


class _Writer:
    """Asks the application for paths, writes what it answers, and follows the links of its pages."""

    def __init__(self, app: Starlette, folder: Path) -> None:
        self._app = app
        self._folder = folder
        self._seen: set[str] = set()
        self._waiting: list[str] = []

    def put(self, name: str, data: bytes) -> None:
        path = self._folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)

    async def follow(self, paths: Iterator[str]) -> None:
        """Write these paths and all that their pages link to."""
        for path in paths:
            self._waiting.append(path)
            while self._waiting:
                await self._take(self._waiting.pop())

    async def _take(self, path: str) -> None:
        if path in self._seen:
            return
        self._seen.add(path)
        answer = await _get(self._app, path)
        if answer.status == 200:
            self.put(_name(path, answer), self._as_file(answer) if answer.is_page else answer.body)
        elif path.startswith("/L/"):
            raise NotFound(f"the service does not answer {path}: {answer.status}")

    def _as_file(self, answer: _Answer) -> bytes:
        """Give a page with its policy inside, and with links that lead somewhere."""
        policy = answer.headers.get("content-security-policy", "")
        inside = "; ".join(part for part in policy.split("; ") if not part.startswith(("frame-ancestors", "sandbox")))
        meta = f'<head>\n<meta http-equiv="Content-Security-Policy" content="{escape(inside)}">'
        return _LINK.sub(self._link, answer.body.decode().replace("<head>", meta, 1)).encode()

    def _link(self, found: re.Match[str]) -> str:
        name, target = found.groups()
        parts = urlsplit(target)
        if name.startswith("data-") and not target.startswith(("/static/", "/L/")):
            return found[0]
        if not _KEPT.fullmatch(parts.path):
            return f'{name}="{GONE}"'
        self._waiting.append(parts.path)
        query = f"?{parts.query}" if parts.path.startswith("/static/") else ""  # as scripts name each other
        fragment = f"#{parts.fragment}" if parts.fragment else ""
        return f'{name}="/{_address(parts.path)}{query}{fragment}"'


def _address(path: str) -> str:
    """Give where a path is served from: a header of a release has rows below it, so it is a file beside them."""
    return f"{path[1:]}.json" if re.fullmatch(r"/releases/[0-9a-f]{64}", path) else path[1:]


def _name(path: str, answer: _Answer) -> str:
    return f"{path[1:]}/index.html" if answer.is_page else _address(path)


async def _get(app: Starlette, path: str) -> _Answer:
    """Ask the application as a web server would, without one."""
    scope: dict[str, Any] = {"type": "http", "method": "GET", "path": path, "raw_path": path.encode()}
    scope |= {"query_string": b"", "headers": [], "http_version": "1.1", "scheme": "https", "root_path": ""}
    scope |= {"server": ("archive", 443), "client": ("archive", 0), "state": {}, "extensions": {}}
    sent: list[MutableMapping[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    await app(scope, receive, send)
    headers = {name.decode().lower(): value.decode() for name, value in sent[0]["headers"]}
    return _Answer(sent[0]["status"], headers, b"".join(part.get("body", b"") for part in sent[1:]))
