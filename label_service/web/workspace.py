"""Pages of people who are signed in: one frame with their places, what waits for them, and who they are."""

from typing import Any, Final

from starlette.responses import Response

from label_service.accounts.rights import Actor, Kind, Right
from label_service.certification.desk import Certification
from label_service.certification.publications import Publication
from label_service.issuance.scheme import Scheme
from label_service.web import pages
from label_service.web.languages import message
from label_service.web.pages import Place
from label_service.web.uploads import page

HOMES: Final[dict[Kind, str]] = {"producer": "/workshop", "verifier": "/audit", "operator": "/operate"}
_PLACES: Final[dict[Kind, tuple[Place, ...]]] = {
    "producer": pages.PRODUCER_PLACES,
    "verifier": (("/audit", message("Audits")), ("/audit/keys", message("Keys"))),
    "operator": (("/operate", message("Scheme")),),
}
_OWN: Final[tuple[Place, ...]] = (("/tokens", message("Tokens")), ("/account", message("Account")))


class Workspace:
    """Renders the pages of one installation for who is signed in.

    Attributes:
        scheme: the installation.
    """

    def __init__(self, scheme: Scheme, certification: Certification) -> None:
        self.scheme = scheme
        self._certification = certification
        self._notices = certification.notices

    def page(self, template: str, actor: Actor | None, status: int = 200, **context: Any) -> Response:
        """Answer with a page that extends `workspace.html`; without an actor it has no places."""
        identity = self.scheme.identity
        named = {"scheme": identity.display_name, "demo": identity.is_demo}
        return page(pages.render(template, **named, **self.frame(actor), **context), status)

    def frame(self, actor: Actor | None) -> dict[str, Any]:
        """Give what `workspace.html` shows of who is signed in."""
        return {
            "actor": actor,
            "places": places_of(actor) if actor else (),
            "open_notices": self._notices.count_open(actor) if actor else 0,
        }

    def terms_to_accept(self, actor: Actor) -> Publication | None:
        """Give the terms in force, to a lead whose party has not agreed to them; None to others."""
        newest = self._certification.publications.newest("terms")
        if newest is None or Right.MANAGE_PEOPLE not in actor.rights:
            return None
        return newest if self._certification.holdings.party(actor).terms_version != newest.version else None


def places_of(actor: Actor) -> tuple[Place, ...]:
    """Give where somebody can go, by the kind of her party and her rights."""
    cases = (("/cases", message("Cases")),) if actor.kind != "verifier" else ()
    people = (("/people", message("People")),) if Right.MANAGE_PEOPLE in actor.rights else ()
    return (*_PLACES[actor.kind], *cases, ("/notices", message("Notices")), *people, *_OWN)
