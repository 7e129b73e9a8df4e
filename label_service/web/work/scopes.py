"""Scopes of a producer: how many items are left, within which limits, and which labels were drawn."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from label_service.accounts.rights import Actor
from label_service.document import Party
from label_service.issuance.reasons import REASONS
from label_service.issuance.setup import timestamp
from label_service.web.work.desk import Work


class ScopeDesk:
    """Shows scopes and samples."""

    def __init__(self, work: Work) -> None:
        self._work = work

    def routes(self) -> list[Route]:
        """Give the route of the page."""
        return [self._work.get("/workshop/scopes", self._page)]

    def _page(self, _: Request, actor: Actor) -> Response:
        producer = Party(id=actor.party_id, name=actor.party_name, country=actor.country)
        profiles = self._work.scheme.profiles.of(producer)
        return self._work.page(
            "work_scopes.html",
            actor,
            scopes=self._work.scheme.scopes.of(actor.party_id),
            machines={machine.id: machine.model for machine in profiles.machines},
            samples=self._work.certification.holdings.samples(actor),
            reasons=REASONS,
            today=timestamp(self._work.scheme.bench.clock()),
        )
