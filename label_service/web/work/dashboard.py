"""The first page of a producer: what needs her, how far declarations and audits are, what to print, her scopes."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from label_service.accounts.rights import Actor
from label_service.web.work.desk import Work

_SHOWN = 8


class Dashboard:
    """Shows a producer where she stands."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._desk = work.certification

    def routes(self) -> list[Route]:
        """Give the route of the page."""
        return [self._work.get("/workshop", self._page)]

    def _page(self, _: Request, actor: Actor) -> Response:
        desk = self._desk
        declarations, has_more = desk.holdings.declarations(actor)
        return self._work.page(
            "work.html",
            actor,
            party=desk.holdings.party(actor),
            terms=self._work.workspace.terms_to_accept(actor),
            notices=desk.notices.of(actor, is_open_only=True)[:_SHOWN],
            counts=desk.holdings.counts(actor),
            declarations=declarations[:_SHOWN],
            has_more=has_more or len(declarations) > _SHOWN,
            scopes=desk.register.scopes(1, producer_id=actor.party_id).items,
            requests=desk.audits.of(actor)[:_SHOWN],
            labels=[label for label in desk.holdings.labels(actor)[0] if label.state == "valid"][:_SHOWN],
            samples=desk.holdings.samples(actor, is_open_only=True),
        )
