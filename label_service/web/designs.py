"""Goods of one open design side by side: who made them where, with which letter and which figure."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from label_service.document import Design
from label_service.factors.release import find_release
from label_service.grade import Grade
from label_service.issuance.labels import IssuedLabel
from label_service.issuance.scheme import Scheme
from label_service.web import pages
from label_service.web.languages import language_of
from label_service.web.numbers import KILOGRAMS, Unit, unit_of
from label_service.web.reading import ReadingRoom
from label_service.web.references import title
from label_service.web.words import Words


@dataclass(frozen=True, slots=True)
class DesignLine:
    """One valid label of the design, in words."""

    label_id: str
    name: str
    maker: str
    country: str
    grade: Grade | None
    figure: str
    spread: str
    materials: str
    reference: str
    made: str


@dataclass(frozen=True, slots=True)
class DesignView:
    """The page of a design; its name is that of the newest label, for a digest has none of its own.

    Attributes:
        unit: of all figures.
        is_one_release: whether all figures rest on the same factors.
    """

    scheme: str
    demo: bool
    digest: str
    design: Design | None
    lines: tuple[DesignLine, ...]
    unit: Unit
    is_one_release: bool


class DesignDesk:
    """Shows the valid labels of a design; pages are kept like those of labels."""

    def __init__(self, scheme: Scheme, room: ReadingRoom) -> None:
        self._scheme = scheme
        self._room = room

    def routes(self) -> list[Route]:
        """Give the route of the page."""
        return [Route("/designs/{digest:str}", self._show)]

    async def _show(self, request: Request) -> Response:
        digest: str = request.path_params["digest"]
        return await self._room.page(f"designs/{digest}", lambda: self._text(digest), language=language_of(request))

    def _text(self, digest: str) -> str:
        identity = self._scheme.identity
        labels = [self._scheme.labels.get(label_id) for label_id in self._scheme.designs.labels(digest)]
        valid = [label for label in labels if self._room.status(label) == "valid"]
        return design_page(digest, valid, identity.display_name, demo=identity.is_demo)


def design_page(digest: str, labels: Iterable[IssuedLabel], scheme: str, *, demo: bool) -> str:
    """Give the page that puts valid labels of a design side by side, the lowest figure first."""
    found = list(labels)
    ordered = sorted(found, key=lambda label: (Decimal(label.assessment.product.kgco2e.median), label.id))
    unit = unit_of(label.assessment.product.kgco2e.median for label in found) if found else KILOGRAMS
    view = DesignView(
        scheme=scheme,
        demo=demo,
        digest=digest,
        design=found[0].inventory.design if found else None,
        lines=tuple(_line(label, unit) for label in ordered),
        unit=unit,
        is_one_release=len({label.inventory.release_digest for label in found}) <= 1,
    )
    return pages.render("design.html", view=view, demo=demo)


def _line(label: IssuedLabel, unit: Unit) -> DesignLine:
    inventory, assessment = label.inventory, label.assessment
    words = Words(find_release(inventory.release_digest), inventory.year)
    materials = dict.fromkeys(words.material(line.material) for line in inventory.net_masses)
    return DesignLine(
        label_id=label.id,
        name=inventory.name,
        maker=inventory.producer.name,
        country=words.countries(inventory.countries),
        grade=assessment.grade,
        figure=unit.amount(assessment.product.kgco2e.median),
        spread=unit.spread(assessment.product.kgco2e),
        materials=", ".join(materials),
        reference=title(assessment.graded_against, words) if assessment.graded_against else "",
        made=str(inventory.year),
    )
