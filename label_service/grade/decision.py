"""Which reference counts, which letter follows and what limits it: the part of the method that the grade rests on.

`assess` writes a decision down with all its figures; who only wants to know what a grade would be stops here.
Method page: docs/method.md, sections 5 and 6.
"""

from typing import Literal, NamedTuple

from label_service.errors import MissingFactor
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
from label_service.impact.closed_form import Ratio, Term, ratio
from label_service.impact.reference import MIN_WEIGHED_SAMPLES, SAME_DESIGN, market, same_design
from label_service.inventory import Inventory
from label_service.quantity import figure

Contributions = tuple[Contribution, ...]
Reason = Literal["no_reference", "bought_parts_dominate", "outside_proven_range"]
Kind = Literal["market", "same_design"]


class Bounds(NamedTuple):
    """The ratio to a reference, quantised: what score and letter are decided on."""

    median: str
    p05: str
    p95: str


class Compared(NamedTuple):
    """The product against one reference; `missing` says why there are no figures, and is empty otherwise."""

    reference: str
    kind: Kind
    provisional: bool
    missing: str
    side: Contributions = ()
    ratio: Ratio | None = None
    bounds: Bounds | None = None
    score: int | None = None


class Decision(NamedTuple):
    """What the method decides about an inventory.

    Attributes:
        product: contributions of the product, per item.
        against: the comparison the grade rests on.
        reasons: why there is no grade.
    """

    product: Contributions
    comparisons: tuple[Compared, ...]
    against: Compared | None
    caps: tuple[Cap, ...]
    reasons: tuple[Reason, ...]
    grade: Grade | None

    @property
    def score(self) -> int | None:
        """The score that is shown: none without a grade."""
        return self.against.score if self.against and self.grade else None


def decide(inventory: Inventory, rows: Rows) -> Decision:
    """Weigh an inventory, compare it with its references and give the letter.

    Raises:
        MissingFactor: a flow of the product has no factor; it is never taken as zero.
    """
    product = impact.characterize(inventory, rows)
    comparisons = tuple(_ratio_to(product, side) for side in _references(inventory, rows, product))
    against = _graded_against(comparisons)
    caps = _caps(product, comparisons, against)
    reasons = _reasons(product, against)
    letter = None
    if against and not reasons and against.score is not None and against.bounds:
        letter = capped(grade_of(against.score, against.bounds.p05), caps)
    return Decision(product, comparisons, against, caps, reasons, letter)


def terms(contributions: Contributions) -> list[Term]:
    """Give the log-normal terms of contributions."""
    return [item.term for item in contributions]


def share(whole: Contributions, part: list[Contribution]) -> float:
    """Give the share of a part in a whole at the medians, 0 to 1."""
    total = impact.total(whole)
    return impact.total(part) / total if total else 0.0


def _references(inventory: Inventory, rows: Rows, product: Contributions) -> list[Compared]:
    """Give every reference that could count, with its contributions or what is missing."""
    found: list[Compared] = []
    category = rows.row("categories", inventory.category) if inventory.category else {}
    for ref_id in filter(None, category.get("market_reference_ids", "").split(";")):
        if category["status"] == "no reference":
            found.append(Compared(ref_id, "market", True, category.get("why", "no reference")))
            continue
        samples = int(rows.row("references", ref_id).get("weighed_samples", "0"))
        side = market(ref_id, inventory, rows)
        found.append(Compared(ref_id, "market", samples < MIN_WEIGHED_SAMPLES, "", side))
    try:
        found.append(Compared(SAME_DESIGN, "same_design", False, "", same_design(inventory, rows, product)))
    except MissingFactor as error:
        found.append(Compared(SAME_DESIGN, "same_design", False, error.detail))
    return found


def _ratio_to(product: Contributions, reference: Compared) -> Compared:
    if reference.missing:
        return reference
    result = ratio(terms(product), terms(reference.side))
    bounds = Bounds(figure(result.median), figure(result.p05), figure(result.p95))
    return reference._replace(ratio=result, bounds=bounds, score=score_of(bounds.p95))


def _graded_against(comparisons: tuple[Compared, ...]) -> Compared | None:
    """Give the least favourable market record, else `same_design`; none when nothing could be computed."""
    computed = [item for item in comparisons if item.score is not None]
    records = [item for item in computed if item.kind == "market"] or computed
    return max(records, key=lambda item: (item.score or 0, float(item.bounds.p95 if item.bounds else 0)), default=None)


def _caps(product: Contributions, comparisons: tuple[Compared, ...], against: Compared | None) -> tuple[Cap, ...]:
    caps: list[Cap] = []
    if impact.share(product, [item.proxy_share for item in product]) > PROXY_SHARE_LIMIT:
        caps.append("proxy_share")
    if against and against.kind == "market":
        design = next(item for item in comparisons if item.kind == "same_design")
        if design.bounds and float(design.bounds.p05) > 1:
            caps.append("same_design_worse")
    return tuple(caps)


def _reasons(product: Contributions, against: Compared | None) -> tuple[Reason, ...]:
    """Give why there is no grade."""
    if against is None:
        return ("no_reference",)
    reasons: list[Reason] = []
    bought = [item for item in product if item.is_bought_part]
    if bought and max(share(product, bought), share(against.side, bought)) > BOUGHT_PART_LIMIT:
        reasons.append("bought_parts_dominate")
    if against.ratio and not against.ratio.is_proven:
        reasons.append("outside_proven_range")
    return tuple(reasons)
