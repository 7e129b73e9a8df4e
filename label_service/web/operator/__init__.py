"""The console of who runs the scheme: what waits, parties, auditors, keys, states, publications, markets, records."""

from starlette.routing import Route

from label_service.web.operator.auditors import AuditorDesk
from label_service.web.operator.console import Console
from label_service.web.operator.health import HealthDesk
from label_service.web.operator.keys import KeyDesk
from label_service.web.operator.overview import OverviewDesk
from label_service.web.operator.parties import PartyDesk
from label_service.web.operator.records import RecordDesk
from label_service.web.operator.rules import RuleDesk
from label_service.web.operator.states import StateDesk

__all__ = ["Console", "operator_routes"]


def operator_routes(console: Console) -> list[Route]:
    """Give the routes of all pages of the operator."""
    desks = (OverviewDesk, PartyDesk, AuditorDesk, KeyDesk, StateDesk, RuleDesk, RecordDesk, HealthDesk)
    return [route for desk in desks for route in desk(console).routes()]
