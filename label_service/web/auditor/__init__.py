"""Pages of auditors: what waits for them, the desk of each request, scopes and samples, signing, keys."""

from starlette.routing import Route

from label_service.certification.desk import Certification
from label_service.web.auditor.keys import KeyDesk
from label_service.web.auditor.queue import QueueDesk
from label_service.web.auditor.requests import RequestDesk
from label_service.web.auditor.scopes import ScopeDesk
from label_service.web.auditor.signing import SigningDesk
from label_service.web.guard import Guard
from label_service.web.workspace import Workspace


def auditor_routes(certification: Certification, workspace: Workspace, guard: Guard) -> list[Route]:
    """Give the routes of all pages of auditors."""
    signing = SigningDesk(certification, workspace, guard)
    requests = RequestDesk(certification, workspace, guard, signing)
    return [
        *QueueDesk(certification, workspace, guard).routes(),
        *KeyDesk(certification.auditor_keys, workspace, guard).routes(),
        *requests.routes(),
        *ScopeDesk(certification, workspace, guard, signing, requests).routes(),
        *signing.routes(),
    ]
