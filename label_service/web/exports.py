"""Labels in the formats of other systems, as files; only of labels that count."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from label_service import canonical, exports
from label_service.errors import Conflict
from label_service.issuance.scheme import Scheme
from label_service.web.reading import ReadingRoom
from label_service.web.views import LabelView

_MEDIA_TYPES = {"linkset": "application/linkset+json"}  # RFC 9264, section 4.2
_KEPT = 256


class ExportDesk:
    """Gives labels in other formats; what was made is kept, because the documents of a label never change."""

    def __init__(self, scheme: Scheme, room: ReadingRoom) -> None:
        self._scheme = scheme
        self._room = room
        self._made = lru_cache(maxsize=_KEPT)(self._make)

    def routes(self) -> list[Route]:
        """Give one route for each format."""
        return [Route(f"/L/{{id:label_id}}/{name}.json", self._answering(name)) for name in exports.FORMATS]

    def _answering(self, name: str) -> Callable[[Request], Any]:
        headers = {
            "Content-Type": _MEDIA_TYPES.get(name, "application/json"),
            "Cache-Control": "public, max-age=60",
            "X-Content-Type-Options": "nosniff",
            "Access-Control-Allow-Origin": "*",
        }

        async def answer(request: Request) -> Response:
            return Response(await run_in_threadpool(self._given, request.path_params["id"], name), headers=headers)

        return answer

    def _given(self, label_id: str, name: str) -> bytes:
        _check_counts(self._room.label_view(label_id))
        return self._made(label_id, name)

    def _make(self, label_id: str, name: str) -> bytes:
        return canonical.encode_checked(exports.export(self._scheme.labels.bundle(label_id), name))


def _check_counts(view: LabelView) -> None:
    """Check that a label counts: most formats have no place for its state.

    Raises:
        Conflict: it is suspended, revoked, expired or superseded.
    """
    if view.status != "valid":
        why = f" ({view.reason})" if view.reason else ""
        newer = f"take the label {view.successor} in its place" if view.successor else "its page says more"
        raise Conflict(f"the label {view.label_id} is {view.status}{why}: it is not given to other systems", hint=newer)
