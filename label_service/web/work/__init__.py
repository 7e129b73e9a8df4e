"""The workspace of producers: what needs them, declarations, labels, scopes."""

from starlette.routing import Route

from label_service.certification.desk import Certification
from label_service.web.guard import Guard
from label_service.web.reading import ReadingRoom
from label_service.web.work.dashboard import Dashboard
from label_service.web.work.declarations import DeclarationDesk
from label_service.web.work.desk import Work
from label_service.web.work.history import HistoryDesk
from label_service.web.work.labels import LabelDesk
from label_service.web.work.scopes import ScopeDesk
from label_service.web.work.together import TogetherDesk
from label_service.web.workspace import Workspace

__all__ = ["work_routes"]


def work_routes(certification: Certification, workspace: Workspace, guard: Guard, room: ReadingRoom) -> list[Route]:
    """Give the routes of the workspace, and of the data sheets it shares with auditors and the operator."""
    work = Work(certification, workspace, guard)
    return [
        *Dashboard(work).routes(),
        *DeclarationDesk(work, room).routes(),
        *HistoryDesk(work).routes(),
        *LabelDesk(work, room).routes(),
        *ScopeDesk(work).routes(),
        *TogetherDesk(work).routes(),
    ]
