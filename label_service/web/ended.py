"""Nobody valid was shown: a person is led to the page where she signs in, and what she just sent is not lost.

A form that arrives after its session ended comes back as fields that nobody sees, with a button that sends them again.
"""

from urllib.parse import urlencode

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from label_service.errors import AccountNeeded, LabelServiceError
from label_service.web import pages, problems
from label_service.web.guard import check_same_site
from label_service.web.uploads import MAX_FORM_BYTES, page, refuse_large

_MOST_FIELDS = 500  # of a form that is carried; a job record has many boxes
_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


async def on_account_needed(request: Request, error: Exception) -> Response:
    """Send a person to the page where she signs in and back, with what she sent; tell a program what to show."""
    assert isinstance(error, AccountNeeded)  # noqa: S101 - registered for this class only
    if not problems.wants_page(request):
        return problems.problem_response(request, error.as_problem())
    if request.method == "GET":
        query = f"?{request.url.query}" if request.url.query else ""
        target = "/sign-in?" + urlencode({"next": request.url.path + query})
        return RedirectResponse(target, 303, headers={"Cache-Control": "no-store"})
    return await _again(request) or problems.problem_response(request, error.as_problem())


async def _again(request: Request) -> Response | None:
    """Give a page that holds a form without its files; None for what is no form of ours, or too large to hold."""
    if not request.headers.get("content-type", "").startswith(_FORMS):
        return None
    try:
        check_same_site(request)
        refuse_large(request, MAX_FORM_BYTES)
        async with request.form(max_files=_MOST_FIELDS, max_fields=_MOST_FIELDS) as form:
            return await run_in_threadpool(_page, request.url.path, form)
    except LabelServiceError:
        return None


def _page(path: str, form: FormData) -> Response:
    fields = [(name, text) for name, text in form.multi_items() if isinstance(text, str)]
    files = [item.filename for _, item in form.multi_items() if not isinstance(item, str) and item.filename]
    answer = page(pages.render("session_ended.html", path=path, fields=fields, files=files, demo=False), 401)
    answer.headers["WWW-Authenticate"] = "Bearer"  # RFC 9110, section 11.6.1
    return answer
