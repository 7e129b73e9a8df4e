"""assess(inventory, rows) -> Assessment: characterize, compare, grade. Format page: docs/formats/assessment.md.

The same function runs in the service, at the auditor's and in every verifier; its result is compared byte for byte.
"""

from functools import lru_cache
from typing import Annotated, ClassVar, Literal

from pydantic import Field, StrictBool, StrictInt

from label_service.document import Country, Digest, Document, Identifier, Model, RowKey, Stage
from label_service.errors import MissingFactor
from label_service.factors import lookup
from label_service.factors.lookup import Rows
from label_service.grade import (
    BOUGHT_PART_LIMIT,
    PROXY_SHARE_LIMIT,
    Cap,
    Grade,
    capped,
    grade_of,
    score_of,
)
from label_service.impact import characterize as impact
from label_service.impact.characterize import Contribution
from label_service.impact.closed_form import Term, distribution, ratio
from label_service.impact.reference import MIN_WEIGHED_SAMPLES, SAME_DESIGN, market, same_design
from label_service.inventory import Inventory
from label_service.quantity import Figure, figure

METHOD = "1"
LISTED = 3  # contributions and uncertain inputs named in an assessment

Reason = Literal["no_reference", "bought_parts_dominate", "outside_proven_range"]


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
    product = impact.characterize(inventory, rows)
    sides = _references(inventory, rows, product)
    comparisons = tuple(_compare(product, side) for side in sides)
    against = _graded_against(comparisons)
    caps = _caps(product, comparisons, against)
    reasons = _reasons(product, sides, against)
    letter = None
    if against and not reasons and against.score is not None and against.ratio:
        letter = capped(grade_of(against.score, against.ratio.p05), caps)
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
        comparisons=comparisons,
        graded_against=against.reference if against else None,
        score=against.score if against and letter else None,
        grade=letter,
        caps=caps,
        reasons=reasons,
        default_share=figure(_share(product, [item for item in product if item.basis == "default"])),
    )


_Reference = tuple[str, Literal["market", "same_design"], bool, str, tuple[Contribution, ...]]


def _references(inventory: Inventory, rows: Rows, product: tuple[Contribution, ...]) -> list[_Reference]:
    """Give (id, kind, provisional, what is missing, contributions) of every reference that could count."""
    found: list[_Reference] = []
    category = rows.row("categories", inventory.category) if inventory.category else {}
    for ref_id in filter(None, category.get("market_reference_ids", "").split(";")):
        if category["status"] == "no reference":
            found.append((ref_id, "market", True, category.get("why", "no reference"), ()))
            continue
        samples = int(rows.row("references", ref_id).get("weighed_samples", "0"))
        side = market(ref_id, inventory, rows)
        found.append((ref_id, "market", samples < MIN_WEIGHED_SAMPLES, "", side))
    try:
        found.append((SAME_DESIGN, "same_design", False, "", same_design(inventory, rows, product)))
    except MissingFactor as error:
        found.append((SAME_DESIGN, "same_design", False, error.detail, ()))
    return found


def _compare(product: tuple[Contribution, ...], reference: _Reference) -> Comparison:
    ref_id, kind, provisional, missing, side = reference
    if missing:
        return Comparison(reference=ref_id, kind=kind, provisional=provisional, missing=missing[:500])
    result = ratio(_terms(product), _terms(side))
    bounds = Range(median=figure(result.median), p05=figure(result.p05), p95=figure(result.p95))
    return Comparison(
        reference=ref_id,
        kind=kind,
        provisional=provisional,
        side=_side(side),
        ratio=bounds,
        p_better=figure(result.p_better),
        score=score_of(bounds.p95),
        uncertain=tuple(NamedShare(name=name, share=figure(share)) for name, share in result.narrow[:LISTED]),
        is_proven=result.is_proven,
    )


def _graded_against(comparisons: tuple[Comparison, ...]) -> Comparison | None:
    """Give the least favourable market record, else `same_design`; none when nothing could be computed."""
    computed = [item for item in comparisons if item.score is not None]
    records = [item for item in computed if item.kind == "market"] or computed
    return max(records, key=lambda item: (item.score or 0, float(item.ratio.p95 if item.ratio else 0)), default=None)


def _caps(
    product: tuple[Contribution, ...], comparisons: tuple[Comparison, ...], against: Comparison | None
) -> tuple[Cap, ...]:
    caps: list[Cap] = []
    if _share(product, [item for item in product if item.is_proxy]) > PROXY_SHARE_LIMIT:
        caps.append("proxy_share")
    if against and against.kind == "market":
        design = next(item for item in comparisons if item.kind == "same_design")
        if design.ratio and float(design.ratio.p05) > 1:
            caps.append("same_design_worse")
    return tuple(caps)


def _reasons(
    product: tuple[Contribution, ...], sides: list[_Reference], against: Comparison | None
) -> tuple[Reason, ...]:
    """Give why there is no grade."""
    if against is None:
        return ("no_reference",)
    reasons: list[Reason] = []
    other = next(side for ref_id, _, _, _, side in sides if ref_id == against.reference)
    bought = [item for item in product if item.is_bought_part]
    if bought and max(_share(product, bought), _share(other, bought)) > BOUGHT_PART_LIMIT:
        reasons.append("bought_parts_dominate")
    if not against.is_proven:
        reasons.append("outside_proven_range")
    return tuple(reasons)


def _side(contributions: tuple[Contribution, ...]) -> Side:
    stages = tuple(
        StageImpact(stage=stage, kgco2e=_range(tuple(terms)))
        for stage, terms in impact.by_stage(contributions).items()
        if terms
    )
    return Side(kgco2e=_range(tuple(_terms(contributions))), stages=stages)


@lru_cache(maxsize=256)
def _range(terms: tuple[Term, ...]) -> Range:
    """Give the quantiles of a sum; kept, because references and stages repeat from row to row of a catalogue."""
    result = distribution(terms)
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


def _terms(contributions: tuple[Contribution, ...]) -> list[Term]:
    return [item.term for item in contributions]


def _share(whole: tuple[Contribution, ...], part: list[Contribution]) -> float:
    total = impact.total(whole)
    return impact.total(part) / total if total else 0.0
