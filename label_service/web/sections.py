"""What the label page, the data sheet and the method page say about one assessment, worked out once."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import get_args

from label_service.assessment import Assessment, Range
from label_service.document import Basis
from label_service.factors.rows import Rows
from label_service.grade import Grade
from label_service.impact.characterize import Contribution, characterize, total
from label_service.inventory import Inventory
from label_service.plausibility import Finding
from label_service.quantity import figure
from label_service.verify.contributed import Share, shares
from label_service.web import numbers, pictures, telling
from label_service.web.languages import plural, say
from label_service.web.numbers import Unit
from label_service.web.pictures import Picture, StageRow
from label_service.web.references import Compared, Facts, compared, meaning
from label_service.web.words import BASES, CAPS, INDICATORS, REASONS, SEVERITIES, STAGES, Words, letter_text

_LISTED_DEFAULTS = 6


@dataclass(frozen=True, slots=True)
class Step:
    """One letter of the scale with what it says; `is_result` marks the product's own."""

    letter: Grade
    text: str
    is_result: bool


@dataclass(frozen=True, slots=True)
class Part:
    """A share of the impact in words."""

    share: str
    text: str


@dataclass(frozen=True, slots=True)
class Noted:
    """A finding of the plausibility check in words."""

    title: str
    kind: str
    message: str
    rule: str
    where: str
    found: str
    expected: str


@dataclass(frozen=True, slots=True)
class Result:
    """One assessment in words and pictures.

    Attributes:
        figure, median, spread: impact per item with and without unit, and its 5 % and 95 % quantiles.
        graded: the comparison the grade rests on; None where there is none.
        others: the further comparisons.
        defaults: what counts with a fixed unfavourable value.
        bases: how the impact divides over the kinds of evidence.
    """

    figure: str
    median: str
    spread: str
    unit: Unit
    grade: Grade | None
    meaning: str
    scale: tuple[Step, ...]
    graded: Compared | None
    others: tuple[Compared, ...]
    caps: tuple[str, ...]
    reasons: tuple[str, ...]
    picture: Picture
    stages: tuple[StageRow, ...]
    largest: tuple[Part, ...]
    bases: tuple[Part, ...]
    defaults: tuple[Part, ...]
    default_share: str
    made: Facts
    unavailable: str


def result(assessment: Assessment, inventory: Inventory, rows: Rows) -> Result:
    """Put an assessment and its inventory into words, with the names of the release."""
    words = Words(rows, inventory.year, inventory.parts)
    unit = page_unit(assessment)
    impact = assessment.product.kgco2e
    flows = characterize(inventory, rows)
    graded = assessment.graded()
    return Result(
        figure=unit.text(impact.median),
        median=unit.amount(impact.median),
        spread=unit.spread(impact),
        unit=unit,
        grade=assessment.grade,
        meaning=meaning(assessment),
        scale=tuple(Step(letter, letter_text(letter), letter == assessment.grade) for letter in get_args(Grade)),
        graded=compared(graded, inventory, words) if graded else None,
        others=tuple(compared(item, inventory, words) for item in assessment.comparisons if item is not graded),
        caps=tuple(say(CAPS[cap]) for cap in assessment.caps),
        reasons=tuple(say(REASONS[reason]) for reason in assessment.reasons),
        picture=pictures.ranges(_sides(assessment), unit),
        stages=pictures.stages(assessment.product, unit),
        largest=tuple(_contribution(item.name, item.share, words) for item in assessment.contributions),
        bases=_bases(flows),
        defaults=_defaults(flows, words),
        default_share=numbers.share(assessment.default_share),
        made=_made(assessment, inventory, words),
        unavailable=", ".join(say(INDICATORS.get(item.indicator, item.indicator)) for item in assessment.unavailable),
    )


def findings(found: Iterable[Finding]) -> tuple[Noted, ...]:
    """Put findings into words; a plain number has no unit."""
    return tuple(
        Noted(
            telling.measured(item.quantity),
            SEVERITIES[item.severity],
            item.message,
            item.rule,
            item.where,
            item.value.removesuffix(" 1"),
            item.expected.removesuffix(" 1"),
        )
        for item in found
    )


def page_unit(assessment: Assessment) -> Unit:
    """Choose the one unit of a page by the product and the reference it is graded against."""
    graded = assessment.graded()
    sides = [assessment.product, *([graded.side] if graded and graded.side else [])]
    return numbers.unit_of(side.kgco2e.p95 for side in sides)


def _sides(assessment: Assessment) -> list[tuple[str, str, Range]]:
    sides = [("product", say("This product"), assessment.product.kgco2e)]
    graded = assessment.graded()
    if graded and graded.side:
        sides.append(("reference", say("Mass-produced"), graded.side.kgco2e))
    return sides


def _contribution(name: str, share: str, words: Words) -> Part:
    stage, _, flow = name.partition(":")
    stages = {str(key): say(text) for key, text in STAGES.items()}
    return Part(numbers.share(share), f"{words.flow(flow)} ({stages.get(stage, stage)})")


def _bases(flows: tuple[Contribution, ...]) -> tuple[Part, ...]:
    whole = total(flows) or 1.0
    sums: dict[Basis, float] = {}
    for basis in BASES:
        value = total(item for item in flows if item.basis == basis)
        if value:
            sums[basis] = value
    ordered = sorted(sums.items(), key=lambda pair: -pair[1])
    return tuple(Part(numbers.share(figure(value / whole)), say(BASES[basis])) for basis, value in ordered)


def _defaults(flows: tuple[Contribution, ...], words: Words) -> tuple[Part, ...]:
    """Name what counts with a fixed unfavourable value, largest first; one flow in one stage once."""
    sums: dict[tuple[str, str], float] = {}
    for item in flows:
        if item.basis == "default":
            key = (say(STAGES[item.stage]), item.flow)
            sums[key] = sums.get(key, 0.0) + item.term.value
    whole = total(flows) or 1.0
    ordered = sorted(sums.items(), key=lambda pair: -pair[1])[:_LISTED_DEFAULTS]
    return tuple(
        Part(numbers.share(figure(value / whole)), f"{words.flow(flow)} ({stage})") for (stage, flow), value in ordered
    )


def _made(assessment: Assessment, inventory: Inventory, words: Words) -> Facts:
    facts = [
        *_parties(inventory, words),
        (say("How"), ", ".join(words.name("processes", process) for process in inventory.processes)),
        (say("Where"), words.countries(inventory.countries)),
        (say("When"), str(inventory.year)),
        (say("Batch"), _items(inventory.quantity)),
        (say("Materials"), _materials(inventory, words)),
        (say("Electricity data"), _grids(assessment, words)),
    ]
    return tuple((term, text) for term, text in facts if text)


def _parties(inventory: Inventory, words: Words) -> Facts:
    """Say who did what: of a product made together each party with its place and processes."""
    own, *others = shares(inventory)
    signed = {share.party.id: share for share in others}
    found = [(say("Made by"), inventory.producer.name + _country(inventory.producer.country, words))]
    if signed and own.runs:
        found = [(term, f"{text}: {_processes(own, words)}") for term, text in found]
    for partner in inventory.partners:
        text = partner.name + _country(partner.country, words)
        if share := signed.get(partner.id):
            regions = ", ".join(dict.fromkeys(place.region for place in share.places if place.region))
            text += f"{f' ({regions})' if regions else ''}: {_processes(share, words)}"
        found.append((say("With"), text))
    return tuple(found)


def _processes(share: Share, words: Words) -> str:
    return ", ".join(dict.fromkeys(words.name("processes", run.process) for run in share.runs))


def _country(iso3: str, words: Words) -> str:
    return f", {words.country(iso3)}"


def _items(quantity: int) -> str:
    return plural("%(count)s item", "%(count)s items of the same kind", quantity)


def _materials(inventory: Inventory, words: Words) -> str:
    masses = (
        f"{numbers.mass(Decimal(line.amount) / inventory.quantity)} {words.material(line.material)}"
        for line in inventory.net_masses
    )
    return say("%(masses)s in each item", masses="; ".join(masses))


def _grids(assessment: Assessment, words: Words) -> str:
    return ", ".join(f"{words.country(item.country)} {item.year}" for item in assessment.grid_years)
