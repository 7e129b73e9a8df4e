"""The health of the installation on one page: log, calendar, long work, mail, disk, what ends."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from label_service.accounts.rights import Actor
from label_service.operation.doctor import worst
from label_service.operation.health import standing
from label_service.web.operator.console import Console


class HealthDesk:
    """Shows how the installation stands now."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def routes(self) -> list[Route]:
        """Give the route of the page."""
        return [self._console.get("/operate/health", self._page)]

    def _page(self, _: Request, actor: Actor) -> Response:
        console = self._console
        findings = standing(console.scheme, console.alarm_days, is_mailing=console.is_mailing)
        return console.page(
            "operate_health.html", actor, findings=findings, state=worst(findings), now=console.scheme.bench.clock()
        )
