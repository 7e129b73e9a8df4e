"""What an export is made from: the documents in a bundle, read, and the impact of parts of its life cycle."""

from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any

from babel.core import get_global

from label_service import canonical
from label_service.assessment import Assessment, Range
from label_service.document import Stage
from label_service.errors import InvalidDocument
from label_service.factors.rows import ProvenRow, ProvenRows
from label_service.impact.characterize import Contribution, characterize
from label_service.impact.closed_form import Term, distribution
from label_service.inventory import Inventory
from label_service.label.bundle import Bundle, ReleaseHead
from label_service.label.content import LabelContent
from label_service.label.credential import label_url, read_label
from label_service.label.vocabulary import titled
from label_service.quantity import figure


@dataclass(frozen=True)
class Source:
    """The documents of one label.

    Attributes:
        content: what the label says.
        token_digest: SHA-256 of the signed label, which is also what the log holds.
        inventory: the flows behind it.
        assessment: its figures.
        release: where the factors come from.
        contributions: each flow weighed with its factor, kg CO2e of one item.
    """

    content: LabelContent
    token_digest: str
    inventory: Inventory
    assessment: Assessment
    release: ReleaseHead
    contributions: tuple[Contribution, ...]

    @property
    def url(self) -> str:
        """The page of the label."""
        return label_url(self.content)

    @property
    def name(self) -> str:
        """The name of the product; that of a demo says so first."""
        return titled(self.content.name, demo=self.content.demo)

    @property
    def mass_kg(self) -> str | None:
        """Mass of one item without packaging; none where a bought-in part is counted by the piece."""
        if any(flow.unit == "piece" for flow in self.inventory.flows):
            return None
        whole = sum((Decimal(line.amount) for line in self.inventory.net_masses), Decimal(0))
        return figure(float(whole / self.inventory.quantity))

    def terms(self, *stages: Stage) -> tuple[Term, ...]:
        """Give the log-normal terms of some stages."""
        return tuple(item.term for item in self.contributions if item.stage in stages)

    def kgco2e(self, *stages: Stage) -> Range | None:
        """Give median and range of some stages together, in kg CO2e of one item; none where nothing flows in them.

        A median of a sum is not the sum of the medians, so it is computed as the assessment computes the whole.
        """
        return _range(self.terms(*stages))

    def in_words(self) -> str:
        """Say in sentences what the label says, in its own digits, and where it is."""
        content, impact = self.content, self.content.kgco2e
        demo = "DEMO, not a certificate. " if content.demo else ""
        return (
            f"{demo}Made from the signed label {self.url}, SHA-256 {self.token_digest}, which alone counts; "
            f"this document is not signed. The label says: {impact.median} kg CO2e for one item (median; 5 % "
            f"{impact.p05}, 95 % {impact.p95}) from materials to end of life without use, grade {content.grade} "
            f"against {content.graded_against}, attested by {content.auditor.name}."
        )


def open_bundle(data: bytes) -> Source:
    """Read the documents of a bundle; signatures, log and status are the verifier's work.

    Raises:
        InvalidDocument: not a bundle, or its label, inventory, assessment and rows do not belong together.
    """
    bundle = Bundle.from_json(canonical.decode(data))
    token, content = read_label(bundle.label)
    inventory, assessment = Inventory.from_json(bundle.inventory), Assessment.from_json(bundle.assessment)
    found = (inventory.digest, assessment.digest, bundle.release.digest)
    if found != (content.inventory_digest, content.assessment_digest, content.release_digest):
        raise InvalidDocument("expected the inventory, assessment and release that the label names, found others")
    rows = [ProvenRow.from_document(row) for row in bundle.rows]
    proven = ProvenRows(bundle.release.digest, bundle.release.size, rows)
    return Source(content, token.digest, inventory, assessment, bundle.release, characterize(inventory, proven))


def two_letters(country: str) -> str:
    """Give the two letters of a country of three (ISO 3166-1, from the aliases of the CLDR).

    Raises:
        InvalidDocument: there is no such country.
    """
    found: Any = get_global("territory_aliases").get(country)
    if not found:
        raise InvalidDocument(f"expected a country of ISO 3166-1, found {country}")
    return str(found[0])


@lru_cache(maxsize=64)
def _range(terms: tuple[Term, ...]) -> Range | None:
    if not terms:
        return None
    found = distribution(terms)
    return Range(median=figure(found.median), p05=figure(found.p05), p95=figure(found.p95))
