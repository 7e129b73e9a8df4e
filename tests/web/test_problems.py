import asyncio
import json
from concurrent.futures import ThreadPoolExecutor

from starlette.requests import Request

from label_service.errors import Overloaded
from label_service.web.problems import PROBLEM_TYPE, on_label_service_error


def test_who_comes_to_a_full_line_is_told_when_to_come_back():
    """Overload is a problem document like any other, with the seconds to wait in its header."""
    request = Request({"type": "http", "method": "POST", "path": "/api/v1/x", "headers": [], "query_string": b""})
    error = Overloaded("too many wait", hint="later", retry_after_s=7)
    with ThreadPoolExecutor(1) as beside:  # a browser of another test may have left a loop that runs here
        answer = beside.submit(asyncio.run, on_label_service_error(request, error)).result()
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "7")
    assert answer.headers["content-type"] == PROBLEM_TYPE
    assert json.loads(answer.body)["type"] == "/problems/overloaded"
