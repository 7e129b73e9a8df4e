"""What a product is compared with, and what came of it, in words."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from label_service.assessment import Assessment, Comparison, NamedShare
from label_service.grade import SCALE, Grade
from label_service.impact.reference import MIN_WEIGHED_SAMPLES, SAME_DESIGN
from label_service.inventory import Inventory
from label_service.web import numbers
from label_service.web.languages import message, say
from label_service.web.numbers import per_cent
from label_service.web.words import Words

Facts = tuple[tuple[str, str], ...]  # term and description


@dataclass(frozen=True, slots=True)
class Compared:
    """One reference with what came of the comparison; texts are empty where nothing could be computed.

    Attributes:
        title: what the product is compared with, short.
        facts: function, masses, making, transport, packaging and samples of the reference.
        provisional: why the record is provisional; empty when it is not.
        statement: what holds with 95 % certainty.
    """

    title: str
    facts: Facts
    provisional: str
    missing: str
    statement: str
    median: str
    spread: str
    p_better: str
    score: int | None
    narrowing: tuple[str, ...]


def compared(comparison: Comparison, inventory: Inventory, words: Words) -> Compared:
    """Put one comparison into words."""
    record = words.row("references", comparison.reference)
    found = comparison.ratio
    is_design = comparison.kind == "same_design"
    return Compared(
        title=title(comparison.reference, words),
        facts=_design_facts(inventory, words) if is_design else _market_facts(record, inventory, words),
        provisional=_provisional(record) if comparison.provisional else "",
        missing=_missing(comparison),
        statement=statement(comparison),
        median=numbers.ratio(found.median) if found else "",
        spread=f"{numbers.ratio(found.p05)}\u2013{numbers.ratio(found.p95)}" if found else "",
        p_better=numbers.probability(comparison.p_better) if comparison.p_better else "",
        score=comparison.score,
        narrowing=tuple(_narrowing(item, words) for item in comparison.uncertain),
    )


def title(reference: str, words: Words) -> str:
    """Name a reference in a few words."""
    if reference == SAME_DESIGN:
        return say("the same design, mass-produced")
    return say("%(name)s, mass-produced", name=words.name("references", reference))


def statement(comparison: Comparison) -> str:
    """Say what is shown at 95 %: an upper bound up to 100 %, a lower bound above it, else only the range."""
    found = comparison.ratio
    if found is None or comparison.score is None:
        return ""
    if comparison.score <= 100:
        return say(
            "at most %(share)s of the mass-produced reference, with 95 %% certainty", share=per_cent(comparison.score)
        )
    if Decimal(found.p05) > 1:
        return say(
            "at least %(share)s of the mass-produced reference, with 95 %% certainty",
            share=numbers.at_least(found.p05),
        )
    return say(
        "between %(low)s and %(high)s of the mass-produced reference",
        low=numbers.ratio(found.p05),
        high=numbers.ratio(found.p95),
    )


def meaning(assessment: Assessment) -> str:
    """Say in a few words what the letter means; what rests on defaults is not called shown."""
    texts: Mapping[Grade, str] = {
        "A": message("less climate impact than the mass-produced reference"),
        "B": message("less climate impact than the mass-produced reference"),
        "C": message("no more climate impact than the mass-produced reference"),
        "D": message("no advantage shown over the mass-produced reference"),
        "E": message("shown to be worse than the mass-produced reference"),
    }
    if assessment.grade == "E" and Decimal(assessment.default_share) > 0:
        return say("worse when what is not evidenced counts with its fixed value")
    if assessment.caps and assessment.score is not None and assessment.score <= SCALE[1][1]:
        return say("held at C, see \u201cWhat limits the grade\u201d")
    return say(texts[assessment.grade]) if assessment.grade else ""


def _provisional(record: Mapping[str, Any]) -> str:
    return say(
        "Provisional: the reference rests on fewer than %(least)s weighed samples (%(found)s).",
        least=MIN_WEIGHED_SAMPLES,
        found=record.get("weighed_samples", "0"),
    )


def _missing(comparison: Comparison) -> str:
    prefix, colon, rest = (comparison.missing or "").partition(": ")
    return rest if colon and prefix.startswith((SAME_DESIGN, comparison.reference)) else comparison.missing or ""


def _narrowing(item: NamedShare, words: Words) -> str:
    return say(
        "%(name)s (%(share)s of the uncertainty)", name=words.variable(item.name), share=numbers.share(item.share)
    )


def _market_facts(record: Mapping[str, Any], inventory: Inventory, words: Words) -> Facts:
    if not record.get("mass_kg"):
        return ()
    scale = Decimal(inventory.function or "1") / Decimal(record["function_quantity"])
    facts = [
        (say("Function"), _function(record, inventory, scale)),
        (say("Weight"), "; ".join(_part(part, scale, words) for part in record["parts"])),
        (say("Made in"), words.country(record["making_iso3"])),
        (say("Made by"), _route([part["route"] for part in record["parts"]], words)),
        (say("Transport"), words.legs(record["legs"])),
        (say("Packaging"), _packaging(record, scale, words)),
        (say("Weighed samples"), record["weighed_samples"]),
    ]
    return tuple(facts)


def _function(record: Mapping[str, Any], inventory: Inventory, scale: Decimal) -> str:
    text = str(record["functional_unit"])
    amount = f"{inventory.function} {record['function_unit']}"
    return text if scale == 1 else say("%(name)s, scaled to %(amount)s", name=text, amount=amount)


def _part(part: Mapping[str, Any], scale: Decimal, words: Words) -> str:
    return f"{numbers.mass(Decimal(part['mass_kg']) * scale)} {words.material(part['material_id'])}"


def _route(routes: list[str], words: Words) -> str:
    steps = dict.fromkeys(step for route in routes for step in route.split(">"))
    return ", ".join(words.name("processes", step) for step in steps)


def _packaging(record: Mapping[str, Any], scale: Decimal, words: Words) -> str:
    if not record.get("packaging_material_id"):
        return str(record.get("packaging_basis", "none"))
    mass = numbers.mass(Decimal(record["packaging_kg"]) * scale)
    return f"{mass} {words.material(record['packaging_material_id'])}"


def _design_facts(inventory: Inventory, words: Words) -> Facts:
    family = words.row("families", inventory.family)
    if not family.get("mass_route"):
        return ()
    facts = [
        (say("Function"), say("the same product")),
        (
            say("Weight"),
            "; ".join(_net(line.material, line.amount, inventory.quantity, words) for line in inventory.net_masses),
        ),
        (say("Made in"), words.country(family["making_iso3"])),
        (say("Made by"), _route([family["mass_route"]], words)),
        (say("Transport"), words.legs(family["legs"])),
    ]
    if family.get("packaging_kg_per_kg"):
        material, share = words.material(family["packaging_material_id"]), numbers.share(family["packaging_kg_per_kg"])
        facts.append((say("Packaging"), say("%(name)s, %(share)s of the net weight", name=material, share=share)))
    return tuple(facts)


def _net(material: str, amount: str, quantity: int, words: Words) -> str:
    row = words.row("materials", material)
    text = f"{numbers.mass(Decimal(amount) / quantity)} {words.material(material)}"
    if not row.get("kgco2e_per_kg_recycled"):
        return text
    share = row.get("market_recycled_share")
    if not share:
        return text
    return say("%(name)s, %(share)s of it recycled as on the market", name=text, share=numbers.share(share))
