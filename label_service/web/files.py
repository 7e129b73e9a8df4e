"""Files machines read: tokens, bundles, codes, lists, log, releases, schemas. Public, cacheable, by checked names."""

import re
from collections.abc import Callable
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from label_service import canonical
from label_service.artwork.qr import qr_png, qr_svg
from label_service.errors import NotFound
from label_service.issuance.scheme import Scheme
from label_service.label.credential import enveloped
from label_service.label.did import did_document
from label_service.store.public_files import PublicFiles
from label_service.web.published import read_published
from label_service.web.scripts import SCRIPTS, STYLES, script, script_href, source, sources, style, style_href

JSON = "application/json"
VC_JWT = "application/vc+jwt"
JAVASCRIPT = "text/javascript; charset=utf-8"
IMMUTABLE = "public, max-age=31536000, immutable"
SHORT = "public, max-age=60"
FRESH = "no-cache"
_PURPOSES = ("revocation", "suspension")
_TOKENS_KEPT = 256
_NUMBER = re.compile(r"0|[1-9][0-9]{0,5}")
_Make = Callable[[Request], tuple[bytes, str, str]]


def file_routes(scheme: Scheme, files: PublicFiles) -> list[Route]:
    """Give the routes of everything that is not a page."""
    makers: dict[str, _Make] = {
        "/L/{id:label_id}.json": lambda request: (scheme.labels.bundle(_id(request)), JSON, SHORT),
        "/L/{id:label_id}/credential": lambda request: (_enveloped(scheme, _id(request)), "application/vc", IMMUTABLE),
        "/L/{id:label_id}/qr.svg": lambda request: (_qr_svg(scheme, _id(request)), "image/svg+xml", IMMUTABLE),
        "/L/{id:label_id}/qr.png": lambda request: (
            qr_png(scheme.labels.get(_id(request)).qr_text),
            "image/png",
            IMMUTABLE,
        ),
        "/.well-known/did.json": lambda _: (_did(scheme), "application/did+json", SHORT),
        "/trust-list.jwt": lambda _: (scheme.register.text().encode(), "application/jwt", SHORT),
        "/status/{purpose:str}/{number:str}": lambda request: (_status(scheme, request), VC_JWT, SHORT),
        "/log/checkpoint": lambda _: (files.read("log/checkpoint"), "text/plain; charset=utf-8", FRESH),
        "/log/checkpoints/index": lambda _: (scheme.checkpoint_index(), "text/plain; charset=utf-8", FRESH),
        "/log/checkpoints/{name:str}": lambda request: (
            _checkpoint(files, request),
            "text/plain; charset=utf-8",
            SHORT,
        ),
        "/log/{name:path}": lambda request: (_log_file(files, request), "application/octet-stream", IMMUTABLE),
        "/releases": lambda _: (_releases(scheme), JSON, SHORT),
        "/releases/{digest:str}": lambda request: (_release(scheme, request), JSON, IMMUTABLE),
        "/releases/{digest:str}/rows": lambda request: (_rows(scheme, request), "application/jsonl", IMMUTABLE),
        "/schemas/{name:str}": lambda request: (
            _published("schemas", request),
            "application/schema+json",
            IMMUTABLE,
        ),
        "/contexts/{name:str}": lambda request: (
            _published("contexts", request),
            "application/ld+json",
            IMMUTABLE,
        ),
        "/static/source/{name:path}": _source,
    }
    makers |= {f"/static/{entry}": _script(entry) for entry in SCRIPTS}
    makers |= {f"/static/{name}": _style(name) for name in STYLES}
    routes = [Route(path, _endpoint(make)) for path, make in makers.items()]
    return [
        Route("/L/{id:label_id}.jwt", _token(scheme)),
        *routes,
        Route("/healthz", _healthy),
        Route("/readyz", _ready(scheme)),
    ]


def _endpoint(make: _Make) -> Callable[[Request], Any]:
    async def endpoint(request: Request) -> Response:
        return _file(*await run_in_threadpool(make, request))

    return endpoint


def _token(scheme: Scheme) -> Callable[[Request], Any]:
    """Give the endpoint of tokens, which never change: those asked for of late are sent without a thread."""
    kept: dict[str, bytes] = {}

    async def endpoint(request: Request) -> Response:
        label_id = _id(request)
        body = kept.get(label_id)
        if body is None:
            body = await run_in_threadpool(scheme.labels.token, label_id)
            kept[label_id] = body
            if len(kept) > _TOKENS_KEPT:
                del kept[next(iter(kept))]
        return _file(body, VC_JWT, IMMUTABLE)

    return endpoint


def _file(body: bytes, media_type: str, cache: str) -> Response:
    headers = {
        "Content-Type": media_type,
        "Cache-Control": cache,
        "X-Content-Type-Options": "nosniff",
        "Access-Control-Allow-Origin": "*",
    }
    return Response(body, headers=headers)


def _script(entry: str) -> _Make:
    return lambda request: (script(entry), JAVASCRIPT, _kept(request, script_href(entry)))


def _style(name: str) -> _Make:
    return lambda request: (style(name), "text/css; charset=utf-8", _kept(request, style_href(name)))


def _kept(request: Request, href: str) -> str:
    """Give how long a file may be kept: for ever under the address that names its digest, shortly under any other."""
    return IMMUTABLE if href.endswith(f"?{request.url.query}") else SHORT


def _source(request: Request) -> tuple[bytes, str, str]:
    name = request.path_params["name"]
    if name not in sources():
        raise NotFound(f"there is no script {name}", hint=f"the scripts are {', '.join(sorted(sources()))}")
    return source(name).encode(), JAVASCRIPT, SHORT


def _id(request: Request) -> str:
    return str(request.path_params["id"])


def _qr_svg(scheme: Scheme, label_id: str) -> bytes:
    return qr_svg(scheme.labels.get(label_id).qr_text).encode()


def _enveloped(scheme: Scheme, label_id: str) -> bytes:
    return canonical.encode(enveloped(scheme.labels.get(label_id).token))


def _did(scheme: Scheme) -> bytes:
    issuer = scheme.register.current().issuer(scheme.identity.did)
    return canonical.encode(did_document(issuer.id, issuer.keys))


def _status(scheme: Scheme, request: Request) -> bytes:
    purpose = request.path_params["purpose"]
    number = request.path_params["number"]
    if purpose not in _PURPOSES or not _NUMBER.fullmatch(number):
        raise NotFound(f"there are status lists for {' and '.join(_PURPOSES)}, numbered from 0")
    return scheme.states.status_list(purpose, int(number)).encode()


def _log_file(files: PublicFiles, request: Request) -> bytes:
    return files.read(f"log/{request.path_params['name']}")


def _checkpoint(files: PublicFiles, request: Request) -> bytes:
    """Give an archived checkpoint, below which witnesses may still sign."""
    return files.read(f"log/checkpoints/{request.path_params['name']}")


def _releases(scheme: Scheme) -> bytes:
    return canonical.encode([scheme.releases.find(item.digest).header() for item in reversed(scheme.releases.all())])


def _release(scheme: Scheme, request: Request) -> bytes:
    return canonical.encode(scheme.releases.find(request.path_params["digest"]).header())


def _rows(scheme: Scheme, request: Request) -> bytes:
    return scheme.releases.find(request.path_params["digest"]).lines()


def _published(folder: str, request: Request) -> bytes:
    return read_published(folder, request.path_params["name"])


async def _healthy(_: Request) -> Response:
    return PlainTextResponse("ok\n")


def _ready(scheme: Scheme) -> Callable[[Request], Any]:
    async def ready(_: Request) -> Response:
        await run_in_threadpool(scheme.declarations.recent, 1)
        return PlainTextResponse("ready\n")

    return ready
