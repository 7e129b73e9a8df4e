"""Whose goods a request is about: in a scheme the guard tells, in a demo it is always the same workshop."""

from collections.abc import Callable
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from label_service.document import Party
from label_service.examples import shipped_profiles
from label_service.web.uploads import MAX_UPLOAD_BYTES, refuse_large, refuse_other_sites

ProducerOf = Callable[[Request], Party]
Show = Callable[[Request, Party], Response]
Act = Callable[[Request, Party, FormData], Response]

MAX_FILES, MAX_FIELDS = 21, 400  # a catalogue with 20 files; a form that carries another


def demo_producer(_: Request) -> Party:
    """Give the workshop of the shipped examples, whoever asks: a demo is on one's own machine."""
    return shipped_profiles().producer


def shown(producer_of: ProducerOf, show: Show) -> Callable[[Request], Any]:
    """Give a route that reads for the producer of a request, away from the event loop."""

    async def answer(request: Request) -> Response:
        producer = await run_in_threadpool(producer_of, request)
        return await run_in_threadpool(show, request, producer)

    return answer


def sent(producer_of: ProducerOf, act: Act, *, most_bytes: int = MAX_UPLOAD_BYTES) -> Callable[[Request], Any]:
    """Give a route that takes a form for the producer of a request, after origin, account and size were checked."""

    async def answer(request: Request) -> Response:
        refuse_other_sites(request)
        producer = await run_in_threadpool(producer_of, request)
        refuse_large(request, most_bytes)
        async with request.form(max_files=MAX_FILES, max_fields=MAX_FIELDS) as form:
            return await run_in_threadpool(act, request, producer, form)

    return answer
