"""The first page of the operator: what waits, what is alarming, what was decided last."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from label_service.accounts.rights import Actor
from label_service.web.operator.console import Console

_LATEST = 10


class OverviewDesk:
    """Shows what waits for the operator, and every act of her people."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def routes(self) -> list[Route]:
        """Give the routes of the pages."""
        return [self._console.get("/operate", self._page), self._console.get("/operate/acts", self._acts)]

    def _page(self, _: Request, actor: Actor) -> Response:
        desk = self._console.certification
        cases = [case for case in desk.cases.of(actor) if not case.is_closed]
        return self._console.page(
            "operate.html",
            actor,
            missing=desk.publications.missing(),
            alarms=desk.alarms.now(self._console.alarm_days),
            now=self._console.scheme.bench.clock(),
            cases=cases,
            keys=[key for key in desk.auditor_keys.of(actor) if key.state == "waiting"],
            requests=desk.audits.of(actor, is_open_only=True),
            cut_off=self._console.scheme.labels.cut_off(),
            acts=desk.acts.newest(actor)[:_LATEST],
        )

    def _acts(self, _: Request, actor: Actor) -> Response:
        return self._console.page("operate_acts.html", actor, acts=self._console.certification.acts.newest(actor))
