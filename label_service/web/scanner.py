"""The scanner: a page that verifies codes without a network, kept on the phone by a service worker.

Where a browser cannot read codes itself, a decoder is loaded that comes through npm when the assets are built; without
it, that browser scans nothing but still checks text.
"""

import io
from functools import cache, lru_cache
from hashlib import sha256
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from label_service import canonical
from label_service.errors import NotFound
from label_service.issuance.scheme import Scheme
from label_service.trust.keys import jwk
from label_service.trust.trust_list import Root
from label_service.web import pages
from label_service.web.headers import PERMISSIONS_TO_SCAN
from label_service.web.languages import Language, language_headers, language_of, languages, spoken
from label_service.web.scripts import script_href, style_href

POLICY: Final = (
    pages.SECURITY_POLICY.replace("img-src 'self' data:", "img-src 'self' data: blob:")
    + "; script-src 'self'; connect-src 'self'; worker-src 'self'; manifest-src 'self'"
)
ICON_SIZES: Final = (180, 192, 512)
_STATIC: Final = files("label_service.web") / "static"
_DECODER: Final = ("decode.js", "index.js", "LICENSE-MIT")
_INK, _PAPER = "#1d3b53", "#ffffff"
_HEADERS: Final = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"}
_SHORT: Final = "public, max-age=60"
_JAVASCRIPT: Final = "text/javascript; charset=utf-8"


def scanner_routes(scheme: Scheme) -> list[Route]:
    """Give the routes of the scanner."""

    def page(request: Request) -> Response:
        language = language_of(request)
        headers = {"Content-Security-Policy": POLICY, "Permissions-Policy": PERMISSIONS_TO_SCAN}
        return _answer(_page(scheme, language), "text/html; charset=utf-8", headers | language_headers(language))

    return [
        Route("/scan", page),
        Route("/scan.webmanifest", lambda _: _answer(_manifest(scheme), "application/manifest+json")),
        Route("/scan-worker.js", lambda _: _answer(_worker(scheme), _JAVASCRIPT, {"Cache-Control": "no-cache"})),
        Route("/root.pub", lambda _: _answer(_root(scheme), "application/json", {"Access-Control-Allow-Origin": "*"})),
        Route("/static/icon-{size:int}.png", lambda request: _answer(_icon_of(request), "image/png")),
        Route("/static/third-party/qr/{name:str}", _decoder),
    ]


def decoder_file(name: str) -> Traversable | None:
    """Give a file of the decoder; None where the assets were not built."""
    file = _STATIC / "third-party" / "qr" / name
    return file if name in _DECODER and file.is_file() else None


def _answer(body: bytes, media_type: str, headers: dict[str, str] | None = None) -> Response:
    sent = {"Cache-Control": _SHORT, **_HEADERS, "Content-Type": media_type, **(headers or {})}
    return Response(body, headers=sent)


def _page(scheme: Scheme, language: Language) -> bytes:
    identity = scheme.identity
    return _page_text(identity.display_name, identity.is_demo, language)


def _pages(scheme: Scheme) -> bytes:
    """Give the page in all languages."""
    return b"".join(_page(scheme, language) for language in languages())


@lru_cache(maxsize=64)
def _page_text(name: str, is_demo: bool, language: Language) -> bytes:
    context = {"scheme": name, "demo": is_demo, "script": script_href("scan.js")}
    return spoken(language, lambda: pages.render("scan.html", **context)).encode()


def _manifest(scheme: Scheme) -> bytes:
    name = f"Label scanner of {scheme.identity.display_name}"
    icons = [
        {"src": f"/static/icon-{size}.png", "sizes": f"{size}x{size}", "type": "image/png", "purpose": "any maskable"}
        for size in ICON_SIZES[1:]
    ]
    return canonical.encode(
        {
            "name": name[:120],
            "short_name": "Label scanner",
            "start_url": "/scan",
            "id": "/scan",
            "scope": "/scan",
            "display": "standalone",
            "background_color": _PAPER,
            "theme_color": _INK,
            "icons": icons,
        }
    )


def _worker(scheme: Scheme) -> bytes:
    """Give the service worker with the files it keeps; its text changes whenever one of them does."""
    kept = ["/scan", style_href("style.css"), style_href("site.css"), script_href("scan.js"), "/scan.webmanifest"]
    kept += [f"/static/third-party/qr/{name}" for name in _DECODER[:2] if decoder_file(name)]
    source = (_STATIC / "scan-worker.js").read_text("utf-8")
    version = sha256(_pages(scheme) + source.encode() + canonical.encode(kept)).hexdigest()[:12]
    head = f'const CACHE = "scanner-{version}";\nconst FILES = {canonical.encode(kept).decode()};\n'
    return (head + source).encode()


def _root(scheme: Scheme) -> bytes:
    """Give the root this installation names; a reader compares it with another source before she pins it."""
    ((raw, name),) = scheme.bench.keyring.roots().items()
    return Root.from_json({"type": "root", "version": "1", "name": name, "jwk": jwk(raw)}).to_bytes()


def _icon_of(request: Request) -> bytes:
    size = request.path_params["size"]
    if size not in ICON_SIZES:
        raise NotFound(f"there are icons of {', '.join(map(str, ICON_SIZES))} pixels")
    return _icon(size)


@cache
def _icon(size: int) -> bytes:
    """Draw the check mark of the service."""
    from PIL import Image, ImageDraw  # noqa: PLC0415 - once for each size

    large = size * 4
    picture = Image.new("RGB", (large, large), _INK)
    points = [(x / 24 * large, y / 24 * large) for x, y in ((7, 12), (10.5, 15.5), (17, 8.5))]
    ImageDraw.Draw(picture).line(points, fill=_PAPER, width=large // 9, joint="curve")
    target = io.BytesIO()
    picture.resize((size, size), Image.Resampling.LANCZOS).save(target, "PNG", optimize=True)
    return target.getvalue()


def _decoder(request: Request) -> Response:
    file = decoder_file(request.path_params["name"])
    if file is None:
        raise NotFound("the decoder of QR codes is not part of this installation", hint="`make assets` fetches it")
    is_script = file.name.endswith(".js")
    return _answer(file.read_bytes(), _JAVASCRIPT if is_script else "text/plain; charset=utf-8")
