"""Evidence files over the web: uploaded as a stream, shown as plain text or a picture drawn again, sent to be saved.

No browser runs anything of them: files are attachments without a type, and everything has a policy that allows nothing.
"""

from typing import Any, Final

from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from label_service import canonical
from label_service.accounts.rights import Actor, Right
from label_service.certification.evidence import Evidence, EvidenceFile
from label_service.errors import LabelServiceError
from label_service.web.guard import Guard
from label_service.web.uploads import files_of, plain_name
from label_service.web.workspace import Workspace

MAX_FILES: Final = 20  # of one upload
_HEADERS: Final = {
    "Cache-Control": "private, no-store",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


class EvidenceDesk:
    """Takes evidence of producers, and shows it to those whom it concerns."""

    def __init__(self, evidence: Evidence, workspace: Workspace, guard: Guard) -> None:
        self._evidence = evidence
        self._workspace = workspace
        self._guard = guard

    def routes(self) -> list[Route]:
        """Give the routes of pages and files, and the upload for programs."""
        page, action = self._guard.page, self._guard.action
        return [
            Route("/api/v1/evidence", action(Right.DECLARE, self._take, max_files=MAX_FILES), methods=["POST"]),
            Route("/evidence", page(Right.DECLARE, self._list), methods=["GET"]),
            Route("/evidence", action(Right.DECLARE, self._upload, max_files=MAX_FILES), methods=["POST"]),
            Route("/evidence/{digest:str}", page(Right.READ_OWN, self._file), methods=["GET"]),
            Route("/evidence/{digest:str}/text", page(Right.READ_OWN, self._text), methods=["GET"]),
            Route("/evidence/{digest:str}/picture", page(Right.READ_OWN, self._picture), methods=["GET"]),
        ]

    def _take(self, _: Request, actor: Actor, form: FormData) -> Response:
        """Take files of a program: what each became, or why it was refused."""
        found = [self._kept(actor, item) for item in files_of(form)]
        members = [_as_json(name, item) for name, item in found]
        return Response(canonical.encode(members), media_type="application/json", headers=_HEADERS)

    def _list(self, _: Request, actor: Actor, refused: tuple[tuple[str, LabelServiceError], ...] = ()) -> Response:
        return self._workspace.page(
            "evidence.html",
            actor,
            422 if refused else 200,
            files=self._evidence.of(actor),
            opened=self._evidence.opened(actor),
            refused=refused,
        )

    def _upload(self, request: Request, actor: Actor, form: FormData) -> Response:
        found = [self._kept(actor, item) for item in _uploads(form)]
        refused = tuple((name, item) for name, item in found if isinstance(item, LabelServiceError))
        return self._list(request, actor, refused)

    def _file(self, request: Request, actor: Actor) -> Response:
        found, path = self._evidence.open(actor, request.path_params["digest"])
        name = {"Content-Disposition": f'attachment; filename="{found.safe_name}"'}
        return FileResponse(path, headers={**_HEADERS, **name}, media_type="application/octet-stream")

    def _picture(self, request: Request, actor: Actor) -> Response:
        drawn = self._evidence.picture(actor, request.path_params["digest"])
        return Response(drawn, headers=_HEADERS, media_type="image/jpeg")

    def _text(self, request: Request, actor: Actor) -> Response:
        text = self._evidence.text(actor, request.path_params["digest"])
        return Response(text.encode(), headers=_HEADERS, media_type="text/plain")

    def _kept(self, actor: Actor, upload: UploadFile) -> tuple[str, EvidenceFile | LabelServiceError]:
        name = plain_name(upload.filename or "")
        try:
            return name, self._evidence.add(actor, upload.file, name)
        except LabelServiceError as error:
            return name, error


def _uploads(form: FormData) -> list[UploadFile]:
    return [item for item in form.getlist("files") if isinstance(item, UploadFile) and item.filename]


def _as_json(name: str, found: EvidenceFile | LabelServiceError) -> dict[str, Any]:
    if isinstance(found, LabelServiceError):
        return {"file": name, "error": found.as_problem()}
    return {"file": name, "digest": found.digest, "kind": found.kind.name, "size_bytes": found.size_bytes}
