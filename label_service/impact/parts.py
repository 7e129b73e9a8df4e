"""What a labelled product weighs as a part of another one: taken over from its inventory, so that all can do it again.

Its impact up to the gate, and that of its end of life, each become one log-normal weight. What the part has in common
with others, factors and processes, keeps its name and its slope, so that it moves with the product it is built into
and with its reference; all that is left moves with the part alone. Method page: docs/method.md, section 4.
"""

from collections.abc import Mapping, Sequence
from math import exp, log, sqrt

from label_service.document import Stage
from label_service.errors import MissingFactor
from label_service.factors.lookup import Rows
from label_service.impact.characterize import Contribution, characterize, share
from label_service.impact.closed_form import Z95, distribution, slopes_of
from label_service.impact.reference import bought_kg, made_alike
from label_service.inventory import Inventory
from label_service.inventory.parts import Part, PartWeights, Weight, WeightLoad
from label_service.quantity import figure

GATE: frozenset[Stage] = frozenset({"materials", "inbound", "making", "packaging"})
_MOST_COMMON = 7  # variables that keep their name; an eighth load is what is left
_STEPS = 1e9  # slopes that agree to nine digits are ties


def part_of_label(inventory: Inventory, rows: Rows, label_digest: str) -> Part:
    """Give one item of a labelled product as a part of another.

    Raises:
        MissingFactor: a flow has no factor; it is never taken as zero.
    """
    product = characterize(inventory, rows)
    own = _weights(product, f"part:{label_digest}")
    return Part(
        kind="label",
        digest=label_digest,
        name=inventory.name,
        maker=inventory.producer.name,
        unit="piece",
        mass_kg=figure(_mass_kg(inventory)),
        own=own,
        reference=_reference(inventory, rows, product, label_digest),
    )


def part_of_record(digest: str, *, name: str, maker: str, unit: str, mass_kg: str, kgco2e: str, gsd: str) -> Part:
    """Give one unit of what a supplier's signed record is about as a part."""
    loads = (WeightLoad(variable=f"part:{digest}", gsd=gsd),) if float(gsd) > 1 else ()
    gate = Weight(kgco2e=kgco2e, loads=loads, default_share="0", proxy_share="0")
    members = {"digest": digest, "name": name, "maker": maker, "mass_kg": mass_kg, "own": PartWeights(gate=gate)}
    return Part.model_validate({"kind": "record", "unit": unit} | members)


def _reference(
    inventory: Inventory, rows: Rows, product: tuple[Contribution, ...], label_digest: str
) -> PartWeights | None:
    """Weigh the same part made by the mass process; without one it is equal on both sides."""
    try:
        found = _weights(made_alike(inventory, rows, product), f"reference:{label_digest}")
    except MissingFactor:
        return None
    is_disposed = any(item.stage == "end_of_life" for item in product)
    return found if is_disposed else PartWeights(gate=found.gate)


def _weights(contributions: tuple[Contribution, ...], own: str) -> PartWeights:
    gate = [item for item in contributions if item.stage in GATE]
    disposal = [item for item in contributions if item.stage == "end_of_life"]
    return PartWeights(gate=_weight(gate, own), end_of_life=_weight(disposal, own) if disposal else None)


def _weight(contributions: Sequence[Contribution], own: str) -> Weight:
    """Take contributions together: their median, and loads that give the wider of both halves of their range."""
    terms = [item.term for item in contributions]
    found = distribution(terms)
    load = max(log(found.p95 / found.median), log(found.median / found.p05)) / Z95
    common = _common(slopes_of(terms))
    left = load * load
    for _, slope in common:
        left -= slope * slope
    loads = [*common, (own, sqrt(max(0.0, left)))]
    spread = [WeightLoad(variable=name, gsd=gsd) for name, slope in sorted(loads) if (gsd := figure(exp(slope))) != "1"]
    return Weight(
        kgco2e=figure(found.median),
        loads=tuple(spread),
        default_share=figure(share(contributions, (item.default_share for item in contributions))),
        proxy_share=figure(share(contributions, (item.proxy_share for item in contributions))),
    )


def _common(slopes: Mapping[str, float]) -> list[tuple[str, float]]:
    """Give the steepest slopes in variables that others can have too; measurements of the part are its own."""
    shared = [pair for pair in slopes.items() if ":" in pair[0]]
    return sorted(shared, key=lambda pair: (-int(pair[1] * _STEPS + 0.5), pair[0]))[:_MOST_COMMON]


def _mass_kg(inventory: Inventory) -> float:
    made = 0.0  # a plain loop, see `cumulants`
    for line in inventory.net_masses:
        made += float(line.amount)
    return (made + bought_kg(inventory)) / inventory.quantity
