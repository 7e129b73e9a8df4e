"""All data of a party to take along, in one archive of open formats."""

from tempfile import TemporaryFile
from typing import Final

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from label_service.accounts.rights import Actor, Right
from label_service.certification.exports import Exports
from label_service.web.guard import Guard
from label_service.web.uploads import archive
from label_service.web.workspace import Workspace

PATH: Final = "/export"


class ExportDesk:
    """Hands a party its data; for leads at a browser."""

    def __init__(self, exports: Exports, workspace: Workspace, guard: Guard) -> None:
        self._exports = exports
        self._workspace = workspace
        self._guard = guard

    def routes(self) -> list[Route]:
        """Give the routes of page and archive."""
        guard, right = self._guard, Right.MANAGE_PEOPLE
        return [
            Route(PATH, guard.page(right, self._page, by_person=True), methods=["GET"]),
            Route(PATH, guard.action(right, self._write, by_person=True), methods=["POST"]),
        ]

    def _page(self, _: Request, actor: Actor) -> Response:
        return self._workspace.page("export.html", actor)

    def _write(self, _: Request, actor: Actor, __: FormData) -> Response:
        target = TemporaryFile()  # noqa: SIM115 - closed when it was sent
        self._exports.write(actor, target)
        return archive(target, f"{actor.party_id.rpartition('/')[2]}.zip")
