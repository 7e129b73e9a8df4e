"""One shape for all errors (RFC 9457), as JSON for programs and as a page for people; never a trace, never an echo."""

import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from label_service import canonical
from label_service.errors import LabelServiceError, Overloaded, TooManyRequests, TooSlow
from label_service.operation.logs import REQUEST_ID
from label_service.store.unavailable import StoreUnavailable
from label_service.web.events import note_problem
from label_service.web.headers import NOTHING, SAFE
from label_service.web.languages import Language, language_headers, language_of, spoken
from label_service.web.pages import SECURITY_POLICY, problem_page

_LOG = logging.getLogger("label_service.web")
PROBLEM_TYPE = "application/problem+json"
_HEADERS = {"Cache-Control": "no-store", **SAFE}


def problem_response(
    request: Request, problem: Mapping[str, Any], headers: Mapping[str, str] | None = None
) -> Response:
    """Answer a problem: a page where the client asks for HTML outside the API, else a problem document."""
    status = int(problem["status"])
    note_problem(status, str(problem["type"]), with_token="authorization" in request.headers)
    problem = {**problem, "request_id": REQUEST_ID.get()} if REQUEST_ID.get() else problem
    asks = {"WWW-Authenticate": "Bearer"} if status == 401 else {}  # RFC 9110, section 11.6.1
    sent = {**_HEADERS, **asks, **(headers or {})}
    if wants_page(request):
        language = Language(language_of(request).code)
        page = spoken(language, lambda: problem_page(dict(problem)))
        sent |= {"Content-Security-Policy": SECURITY_POLICY, **language_headers(language)}
        return HTMLResponse(page, status, headers=sent)
    sent.setdefault("Content-Security-Policy", NOTHING)
    return Response(canonical.encode(dict(problem)), status, headers=sent, media_type=PROBLEM_TYPE)


def wants_page(request: Request) -> bool:
    """Tell whether a person asks, who reads a page, or a program."""
    return "text/html" in request.headers.get("accept", "") and not request.url.path.startswith("/api/")


async def on_label_service_error(request: Request, error: Exception) -> Response:
    """Answer an error of ours with its own status, detail and hint."""
    assert isinstance(error, LabelServiceError)  # noqa: S101 - registered for this class only
    return error_response(request, error)


def error_response(request: Request, error: LabelServiceError, headers: Mapping[str, str] | None = None) -> Response:
    """Answer an error of ours, with when to come back, and on a line that trickles not to go on."""
    sent = dict(headers or {})
    if isinstance(error, (TooManyRequests, Overloaded, StoreUnavailable)):
        sent["Retry-After"] = str(error.retry_after_s)
    if isinstance(error, TooSlow):
        sent["Connection"] = "close"
    return problem_response(request, error.as_problem(), sent)


async def on_validation_error(request: Request, error: Exception) -> Response:
    """Answer a request that does not fit its route; the input is not echoed, it may not even be encodable."""
    assert isinstance(error, RequestValidationError)  # noqa: S101
    first = error.errors()[0]
    where = "/" + "/".join(str(part) for part in first["loc"])
    return problem_response(
        request,
        {
            "type": "/problems/invalid-request",
            "title": "Invalid request",
            "status": 422,
            "detail": str(first["msg"]),
            "hint": "correct what `where` points to; the API is described at /api/v1/openapi.json",
            "where": where.encode("ascii", "replace").decode(),
        },
    )


async def on_http_error(request: Request, error: Exception) -> Response:
    """Answer what the router refuses: no such path, another method, a body that is too large."""
    assert isinstance(error, HTTPException)  # noqa: S101
    is_missing = error.status_code == HTTPStatus.NOT_FOUND
    problem = {
        "type": f"/problems/http-{error.status_code}",
        "title": "Not found" if is_missing else str(error.detail),
        "status": error.status_code,
        "detail": "there is nothing at this address"
        if is_missing
        else f"{request.method} is not possible here: {error.detail}",
        "hint": "check the address; the API is described at /api/v1/openapi.json",
    }
    return problem_response(request, problem, error.headers)


async def on_unexpected(request: Request, error: Exception) -> Response:
    """Log what nobody foresaw and say nothing of it outside."""
    _LOG.error("unexpected %s at %s", type(error).__name__, request.url.path, exc_info=error)
    problem = {
        "type": "/problems/internal",
        "title": "Internal error",
        "status": 500,
        "detail": "something went wrong on our side; nothing was written",
        "hint": "try again, and tell the operator if it stays",
    }
    return problem_response(request, problem)
