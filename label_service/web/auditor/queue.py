"""The auditor's queue: who asks for an audit, which samples and which values of chains are due, which scopes stand."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from label_service.accounts.rights import Actor, Right
from label_service.certification.desk import Certification
from label_service.web.auditor.signing import done_words
from label_service.web.guard import Guard
from label_service.web.workspace import Workspace


class QueueDesk:
    """Shows an auditor what waits for her."""

    def __init__(self, certification: Certification, workspace: Workspace, guard: Guard) -> None:
        self._certification = certification
        self._workspace = workspace
        self._guard = guard

    def routes(self) -> list[Route]:
        """Give the route of the queue."""
        return [Route("/audit", self._guard.page(Right.AUDIT, self._show), methods=["GET"])]

    def _show(self, request: Request, actor: Actor) -> Response:
        requests = self._certification.audits.of(actor)
        return self._workspace.page(
            "audit_queue.html",
            actor,
            waiting=[item for item in requests if item.is_open],
            answered=[item for item in requests if item.state in {"attested", "refused"}],
            duties=self._certification.duties.of(actor),
            terms=self._workspace.terms_to_accept(actor),
            keys=self._certification.auditor_keys.signing(actor),
            done=done_words(request),
        )
