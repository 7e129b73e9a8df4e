"""assess(inventory, rows) -> Assessment: characterize, compare, grade. Format page: docs/formats/assessment.md.

The same function runs in the service, at the auditor's and in every verifier; its result is compared byte for byte.
"""

from functools import lru_cache
from typing import Annotated, ClassVar, Literal

from pydantic import Field, StrictBool, StrictInt

from label_service.document import Country, Digest, Document, Identifier, Model, RowKey, Stage
from label_service.factors import lookup
from label_service.factors.lookup import Rows
from label_service.grade import Cap, Grade
from label_service.grade.decision import Compared, Reason, decide, terms
from label_service.impact import characterize as impact
from label_service.impact.characterize import Contribution
from label_service.impact.closed_form import Term, distribution
from label_service.inventory import Inventory
from label_service.quantity import Figure, figure

METHOD = "1"
LISTED = 3  # contributions and uncertain inputs named in an assessment


class Range(Model):
    """Median and the 5 % and 95 % quantiles; kg CO2e per item, or the ratio to the reference."""

    median: Figure
    p05: Figure
    p95: Figure


class StageImpact(Model):
    """Impact of one stage in kg CO2e per item."""

    stage: Stage
    kgco2e: Range


class NamedShare(Model):
    """A flow, input or variable with its share of a whole, 0 to 1."""

    name: Annotated[str, Field(max_length=200)]
    share: Figure


class Side(Model):
    """One side of a comparison, in kg CO2e per item."""

    kgco2e: Range
    stages: tuple[StageImpact, ...]


class Comparison(Model):
    """The product against one reference: ratio below 1 is better than mass production.

    When something is missing only `missing` says what; figures are never guessed.
    """

    reference: RowKey
    kind: Literal["market", "same_design"]
    provisional: StrictBool
    missing: Annotated[str, Field(max_length=500)] | None = None
    side: Side | None = None
    ratio: Range | None = None
    p_better: Figure | None = None
    score: StrictInt | None = None
    uncertain: tuple[NamedShare, ...] = ()
    is_proven: StrictBool = True


class GridYear(Model):
    """The year of the grid factor that was used for a country, printed beside the result."""

    country: Country
    year: StrictInt


class Unavailable(Model):
    """An indicator that is not shown because flows above 1 % of the climate total lack its factor."""

    indicator: Identifier
    missing: tuple[RowKey, ...]


class Assessment(Document):
    """The result of the method for one item: climate impact, comparisons, score, grade and what limits it."""

    TYPE: ClassVar[str] = "assessment"

    type: Literal["assessment"]
    version: Literal["1"]
    demo: StrictBool
    method: Literal["1"]
    inventory_digest: Digest
    release_digest: Digest
    product: Side
    contributions: tuple[NamedShare, ...]
    unavailable: tuple[Unavailable, ...]
    grid_years: tuple[GridYear, ...]
    comparisons: tuple[Comparison, ...]
    graded_against: RowKey | None = None
    score: StrictInt | None = None
    grade: Grade | None = None
    caps: tuple[Cap, ...]
    reasons: tuple[Reason, ...]
    default_share: Figure

    def graded(self) -> Comparison | None:
        """Give the comparison the grade rests on."""
        return next((item for item in self.comparisons if item.reference == self.graded_against), None)


def assess(inventory: Inventory, rows: Rows) -> Assessment:
    """Compute the assessment of an inventory with the rows of its release.

    Raises:
        MissingFactor: a flow of the product has no factor; it is never taken as zero.
    """
    found = decide(inventory, rows)
    product = found.product
    return Assessment(
        type="assessment",
        version="1",
        demo=inventory.demo,
        method=METHOD,
        inventory_digest=inventory.digest,
        release_digest=inventory.release_digest,
        product=_side(product),
        contributions=_largest(product),
        unavailable=_unavailable(product, rows),
        grid_years=_grid_years(inventory, rows),
        comparisons=tuple(_comparison(item) for item in found.comparisons),
        graded_against=found.against.reference if found.against else None,
        score=found.score,
        grade=found.grade,
        caps=found.caps,
        reasons=found.reasons,
        default_share=figure(impact.share(product, [item.default_share for item in product])),
    )


def _comparison(found: Compared) -> Comparison:
    ref_id, kind, provisional = found.reference, found.kind, found.provisional
    if found.ratio is None or found.bounds is None:
        return Comparison(reference=ref_id, kind=kind, provisional=provisional, missing=found.missing[:500])
    narrow = found.ratio.narrow[:LISTED]
    return Comparison(
        reference=ref_id,
        kind=kind,
        provisional=provisional,
        side=_side(found.side),
        ratio=Range(median=found.bounds.median, p05=found.bounds.p05, p95=found.bounds.p95),
        p_better=figure(found.ratio.p_better),
        score=found.score,
        uncertain=tuple(NamedShare(name=name, share=figure(part)) for name, part in narrow),
        is_proven=found.ratio.is_proven,
    )


def _side(contributions: tuple[Contribution, ...]) -> Side:
    stages = tuple(
        StageImpact(stage=stage, kgco2e=_range(tuple(found)))
        for stage, found in impact.by_stage(contributions).items()
        if found
    )
    return Side(kgco2e=_range(tuple(terms(contributions))), stages=stages)


@lru_cache(maxsize=256)
def _range(summands: tuple[Term, ...]) -> Range:
    """Give the quantiles of a sum; kept, because references and stages repeat from row to row of a catalogue."""
    result = distribution(summands)
    return Range(median=figure(result.median), p05=figure(result.p05), p95=figure(result.p95))


def _largest(product: tuple[Contribution, ...]) -> tuple[NamedShare, ...]:
    """Give the three largest flows of the product; amounts of one flow in one stage are added."""
    sums: dict[str, float] = {}
    for item in product:
        name = f"{item.stage}:{item.flow}"
        sums[name] = sums.get(name, 0.0) + item.term.value
    whole = impact.total(product)
    ordered = sorted(sums.items(), key=lambda pair: (-pair[1], pair[0]))
    return tuple(NamedShare(name=name, share=figure(value / whole)) for name, value in ordered[:LISTED])


# Column of the release that a further indicator would need; no table of electricity, transport or disposal has one.
_INDICATOR_COLUMNS = {
    "cumulative_energy_demand": "ced_mj_per_kg",
    "fresh_water": "fresh_water_m3_per_kg",
    "abiotic_depletion": "adpe_kgsbe_per_kg",
}
_CUT_OFF_SHARE = 0.01


def _unavailable(product: tuple[Contribution, ...], rows: Rows) -> tuple[Unavailable, ...]:
    whole = impact.total(product)
    large = sorted({item.flow for item in product if item.term.value > _CUT_OFF_SHARE * whole})
    found = []
    for indicator, column in _INDICATOR_COLUMNS.items():
        missing = tuple(flow for flow in large if not _has_column(rows, flow, column))
        if missing:
            found.append(Unavailable(indicator=indicator, missing=missing[:LISTED]))
    return tuple(found)


def _grid_years(inventory: Inventory, rows: Rows) -> tuple[GridYear, ...]:
    grids = sorted(
        {flow.flow.rpartition("/")[2] for flow in inventory.flows if flow.flow.startswith("electricity/grid/")}
    )
    return tuple(GridYear(country=iso3, year=lookup.grid_factor(rows, iso3, inventory.year).year) for iso3 in grids)


def _has_column(rows: Rows, flow: str, column: str) -> bool:
    table, _, key = flow.partition("/")
    return table == "materials" and bool(rows.row(table, key.rpartition("/")[0]).get(column))
