"""A scheme in which every page has something to show, and where each page is found: by the routes of the app."""

import re
from dataclasses import dataclass
from pathlib import Path

from starlette.applications import Starlette
from starlette.routing import Route

from label_service.accounts.rights import Actor
from label_service.tlog.sampling import chain_value
from label_service.web.app import Site, build_app
from tests.certification.playing import SEED, WEEKS, Play, begin
from tests.certification.test_intake import NUMBER, take
from tests.certification.together import invited, signed
from tests.web.visiting import labelled, opened

DESIGN = {"name": "Open plate", "digest": "ab" * 32, "licence": "CERN-OHL-S-2.0"}
RULES = "# Scope\n\nWho may certify what.\n\n| step | days |\n|:--|--:|\n| answer | 14 |\n"

# Who opens a page, and where: places in braces are filled with what the scenery holds.
PUBLIC = {
    "/": "/",
    "/L/{id:label_id}": "/L/{plate}",
    "/L/{id:label_id}/method": "/L/{plate}/method",
    "/L/{id:label_id}/print": "/L/{plate}/print",
    "/L/{id:label_id}/embed": "/L/{plate}/embed",
    "/L/{id:label_id}/badge": "/L/{plate}/badge",
    "/L/{id:label_id}/complaint": "/L/{plate}/complaint",
    "/accessibility": "/accessibility",
    "/complaints/{secret:str}": "/complaints/{complaint}",
    "/designs/{digest:str}": "/designs/{design}",
    "/imprint": "/imprint",
    "/join/{secret:str}": "/join/{invitation}",
    "/method": "/method",
    "/parties/{code:str}": "/parties/{party}",
    "/privacy": "/privacy",
    "/register": "/register",
    "/register/scopes/{digest:str}": "/register/scopes/{scope}",
    "/register/withdrawals": "/register/withdrawals",
    "/scan": "/scan",
    "/scheme": "/scheme",
    "/scheme/{kind:str}/{version:str}": "/scheme/rule_book/2026-2",
    "/sign-in": "/sign-in",
    "/stats": "/stats",
}
PRODUCER = {
    "/D/{id:str}": "/D/{declaration}",
    "/D/{id:str}/method": "/D/{declaration}/method",
    "/account": "/account",
    "/cases": "/cases",
    "/cases/{id:str}": "/cases/{case}",
    "/declare": "/declare",
    "/declare/catalogue": "/declare/catalogue",
    "/declare/catalogue/{job:uuid}": "/declare/catalogue/{job}",
    "/evidence": "/evidence",
    "/export": "/export",
    "/notices": "/notices",
    "/people": "/people",
    "/profiles": "/profiles",
    "/profiles/{section}/{item}": "/profiles/sites/new",
    "/tokens": "/tokens",
    "/workshop": "/workshop",
    "/workshop/audits": "/workshop/audits",
    "/workshop/audits/scope": "/workshop/audits/scope",
    "/workshop/declarations": "/workshop/declarations",
    "/workshop/history": "/workshop/history",
    "/workshop/labels": "/workshop/labels",
    "/workshop/labels/{id:str}": "/workshop/labels/{plate}",
    "/workshop/scopes": "/workshop/scopes",
    "/workshop/together": "/workshop/together",
    "/workshop/together/{name:str}": "/workshop/together/{batch}",
}
AUDITOR = {
    "/audit": "/audit",
    "/audit/keys": "/audit/keys",
    "/audit/requests/{id:str}": "/audit/requests/{request}",
    "/audit/samples/{id:str}": "/audit/samples/{sample}",
    "/audit/scopes/{digest:str}": "/audit/scopes/{scope}",
}
OPERATOR = {
    "/operate": "/operate",
    "/operate/acts": "/operate/acts",
    "/operate/auditors": "/operate/auditors",
    "/operate/evidence": "/operate/evidence",
    "/operate/export": "/operate/export",
    "/operate/health": "/operate/health",
    "/operate/keys": "/operate/keys",
    "/operate/keys/rotation/{use:str}": "/operate/keys/rotation/label",
    "/operate/markets": "/operate/markets",
    "/operate/parties": "/operate/parties",
    "/operate/parties/{code:str}": "/operate/parties/{party}",
    "/operate/publications": "/operate/publications",
    "/operate/states": "/operate/states",
    "/operate/states/{about:str}": "/operate/states/{plate}",
}
BY_VISITOR = {"": PUBLIC, "producer": PRODUCER, "auditor": AUDITOR, "operator": OPERATOR}
# Pages that no route stands for: errors, and the same route in another state.
MORE = (
    ("", "/nothing"),
    ("", "/L/AAAAAAAAAAAAA"),
    ("", "/L/{revoked}"),
    ("", "/L/{plate}?lang=de"),
    ("producer", "/operate"),
    ("producer", "/D/{labelled}"),
    ("operator", "/cases/{case}"),
    ("auditor", "/audit/requests/{proposal}"),
)
# Answers that are no pages: files, pictures, feeds, programs, and steps that lead to another page.
FILES = re.compile(
    r"/static/.*|/api/.*|/feeds/.*|/log/.*|/status/.*|/releases.*|/schemas/.*|/contexts/.*|/\.well-known/.*"
    r"|.*\.(csv|parquet|xlsx|xml|zip|jwt|json|svg|png|pdf|js|pub|webmanifest)|/healthz|/readyz|/metrics|/oembed"
    r"|.*/credential|.*/token|/scheme/.*/text|/evidence/\{.*|.*/openid(/callback)?"
)


@dataclass
class Scenery:
    """A scheme with something on every page, and the places in the addresses of its pages."""

    play: Play
    places: dict[str, str]

    def address(self, template: str) -> str:
        """Fill the places of an address."""
        return template.format(**self.places)

    def visitor(self, name: str) -> Actor | None:
        """Give who opens a page: nobody, or somebody signed in."""
        found: Actor | None = {"": None, "operator": self.play.cast.operator}.get(name) or (
            getattr(self.play, name) if name else None
        )
        return found

    def site(self) -> Site:
        """Give what serves it."""
        return Site(self.play.stage.scheme, self.play.stage.files, self.play.cast.accounts)


def all_pages() -> list[tuple[str, str]]:
    """Give every page as visitor and address with open places."""
    found = [(visitor, address) for visitor, pages in BY_VISITOR.items() for address in pages.values()]
    return [*found, *MORE]


def page_routes(app: Starlette) -> set[str]:
    """Give the paths of all routes that answer with a page."""
    routes = [route for route in app.routes if isinstance(route, Route)]
    readable = [route for route in routes if route.methods is None or "GET" in route.methods]
    return {route.path for route in readable if not FILES.fullmatch(route.path)}


def built(folder: Path) -> Scenery:
    """Found the scheme and play it until every page has something to show."""
    play = begin(folder)
    places = _labels(play) | _audits(play) | _people(play) | {"design": DESIGN["digest"], "job": _catalogue(play)}
    places["batch"] = _together(play)
    return Scenery(play, places)


def _labels(play: Play) -> dict[str, str]:
    product = play.document("plate", play.producer)["product"] | {"design": DESIGN}
    found = play.declare("plate", product=product)
    play.stage.scheme.attestations.add(found.id, play.attest(found))
    label = play.stage.scheme.labels.issue(found.id)
    revoked = labelled(play, "hook")
    play.stage.scheme.states.change(revoked, "revoke", reason="precaution", text="The filament was another one.")
    return {"plate": label.id, "revoked": revoked, "labelled": found.id}


def _audits(play: Play) -> dict[str, str]:
    found = play.declare("box")
    play.propose(found)
    scope = take(play, play.scope_token(found)).digest
    sample = play.again(found, 1).label_id
    play.clock.forward(days=4)
    play.stage.scheme.sampling.close_weeks()
    value = chain_value(SEED, WEEKS, NUMBER).hex()
    take(play, play.say("reveal", "week-closed", scope_digest=scope, week="2026-W47", value=value))
    assert sample
    proposal = play.propose(play.declare("plate", quantity=3))
    return {
        "scope": scope,
        "sample": sample,
        "proposal": proposal.id,
        "declaration": found.id,
        "request": play.ask(play.declare("plate", quantity=2)).id,
    }


def _together(play: Play) -> str:
    batch = invited(play)
    play.stage.scheme.together.give(play.rival.party_id, signed(play, batch))
    return batch.name


def _people(play: Play) -> dict[str, str]:
    accounts, owner = play.cast.accounts, play.cast.operator
    play.desk.publications.publish(owner, "rule_book", "2026-2", "Rule book", RULES)
    invited = accounts.invitations.invite(play.producer, "new@mail.example", "member")
    label = play.stage.scheme.labels.recent(1)[0].id
    complaint = play.desk.cases.complain(label, "It is of another colour.\n\nAnd it bends.")
    return {
        "invitation": invited.rpartition("/")[2],
        "party": play.producer.party_id.rpartition("/")[2],
        "complaint": complaint,
        "case": play.desk.cases.by_secret(complaint).id,
    }


def _catalogue(play: Play) -> str:
    """Send a small catalogue, as a browser without JavaScript does."""
    rows = "sku,name,quantity,net_g\nH-1,Hook one,4,253.8\nH-2,Hook two,four,253.8\n"
    with opened(play) as visit:
        answer = visit(play.producer).post("/declare/catalogue", files={"catalogue": ("shop.csv", rows.encode())})
    return str(answer.headers["location"]).rpartition("/")[2]


def app_of(scenery: Scenery) -> Starlette:
    """Give the app of the scenery."""
    return build_app(scenery.site())
