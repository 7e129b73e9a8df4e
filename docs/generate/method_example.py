"""Writes the worked example of docs/method.md: the shipped hook, step by step, from rows of the release.

It is plain arithmetic, written apart from the package: whoever has a calculator and the rows gets the same numbers.
`worked()` gives them to the tests, which hold them against `assess`.
"""

# ruff: noqa: E501 - one sentence per line in Markdown
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from math import asinh, ceil, erf, exp, log, sinh, sqrt

import page
import section

from label_service.declaration import Declaration
from label_service.examples import FOLDER
from label_service.factors import Release, load_release
from label_service.inventory import Inventory
from label_service.inventory.build import build_inventory

Z95 = 1.6448536269514722
EXAMPLE = "hook"
MATERIAL, BOX = "pla", "corrugated-board"


@dataclass(frozen=True)
class Term:
    """One product of amount and factor for one item, in kg CO2e, with ln(GSD) per variable."""

    stage: str
    flow: str
    amount: float
    unit: str
    factor: float
    gsd: float
    loads: dict[str, float] = field(default_factory=dict)

    @property
    def value(self) -> float:
        """Median in kg CO2e."""
        return self.amount * self.factor


@dataclass(frozen=True)
class Point:
    """ln R at one point along the gradient: at the medians of all else, and its mean and variance across."""

    weight: float
    log_ratio: float
    mean: float
    variance: float


@dataclass(frozen=True)
class Worked:
    """Everything the page prints."""

    product: list[Term]
    reference: list[Term]
    slopes: dict[str, float]
    points: list[Point]
    mean: float
    deviation: float
    skewness: float
    bend: float
    width: float
    p05: float
    median: float
    p95: float
    p_better: float
    score: int


def main() -> None:
    section.main("method.md", "worked example", (re.sub(r"(?<!\w)-(?=\d)", "−", line) for line in lines()))


def worked() -> Worked:
    """Compute the example."""
    release = load_release()
    inventory = inventory_of_example(release)
    product = [term for term in product_terms(release, inventory) if term.value > 0]
    reference = [term for term in reference_terms(release, inventory) if term.value > 0]
    slopes = slopes_of(product)
    for variable, slope in slopes_of(reference).items():
        slopes[variable] = slopes.get(variable, 0.0) - slope
    points = [
        point(product, reference, slopes, weight, z) for weight, z in ((1 / 6, -sqrt(3)), (2 / 3, 0), (1 / 6, sqrt(3)))
    ]
    return finish(product, reference, slopes, points)


def inventory_of_example(release: Release) -> Inventory:
    declaration = Declaration.from_bytes((FOLDER / EXAMPLE / "declaration.json").read_bytes().strip())
    return build_inventory(declaration, release, release.digest)


def product_terms(release: Release, inventory: Inventory) -> Iterator[Term]:
    for flow in inventory.flows:
        factor, gsd = factor_of(release, flow.flow)
        loads = {load.variable: log(float(load.gsd)) for load in flow.loads} | {f"factor:{flow.flow}": log(gsd)}
        yield Term(flow.stage, flow.flow, float(flow.amount) / inventory.quantity, flow.unit, factor, gsd, loads)


def factor_of(release: Release, flow: str) -> tuple[float, float]:
    """Read kg CO2e per unit and GSD of the flows that the example has."""
    table, _, key = flow.partition("/")
    if table == "materials":
        key, _, variant = key.rpartition("/")
        row = release.row(table, key)
        return float(row[f"kgco2e_per_kg_{variant}"]), float(row["gsd_recommended"])
    row = release.row(table, key)
    if table == "electricity":
        return float(row["years"][0]["gco2e_per_kwh"]) / 1000, float(row["gsd"])
    return float(row["kgco2e_per_tkm_total" if table == "transport" else "kgco2e_per_kg"]), float(row["gsd"])


def reference_terms(release: Release, inventory: Inventory) -> Iterator[Term]:
    """Walk the mass process backwards from the net mass of one item."""
    family, process = release.row("families", "fdm"), release.row("processes", "injection_moulding")
    net = float(inventory.net_masses[0].amount) / inventory.quantity
    own = {load.variable: log(float(load.gsd)) for load in inventory.net_masses[0].loads}
    box = net * float(family["packaging_kg_per_kg"])
    boxed = own | {"reference_packaging": log(float(family["packaging_gsd"]))}
    granulate = net / (1 - float(family["last_scrap_fraction"]))

    def term(stage: str, flow: str, amount: float, unit: str, loads: dict[str, float]) -> Term:
        factor, gsd = factor_of(release, flow)
        return Term(stage, flow, amount, unit, factor, gsd, loads | {f"factor:{flow}": log(gsd)})

    power = own | {"process:injection_moulding": log(float(process["kwh_gsd"]))}
    yield term(
        "making", f"electricity/grid/{family['making_iso3']}", net * float(process["kwh_per_kg_typ"]), "kWh", power
    )
    yield term("materials", f"materials/{MATERIAL}/virgin", granulate, "kg", own)
    yield term("making", f"end_of_life/{MATERIAL}/incineration-gross", granulate - net, "kg", own)
    yield term("end_of_life", f"end_of_life/{MATERIAL}/incineration-gross", net, "kg", own)
    yield term("packaging", f"materials/{BOX}/virgin", box, "kg", boxed)
    yield term("end_of_life", f"end_of_life/{BOX}/incineration-gross", box, "kg", boxed)
    for mode, km in (leg.split(":") for leg in family["legs"].split(";")):
        yield term("distribution", f"transport/{mode}", net * float(km) / 1000, "t.km", own)
        yield term("distribution", f"transport/{mode}", box * float(km) / 1000, "t.km", boxed)


def slopes_of(terms: list[Term]) -> dict[str, float]:
    """Give the slope of ln(sum) in each variable: loads weighted with the shares of the terms."""
    return mean_load([term.value for term in terms], [term.loads for term in terms])


def mean_load(values: list[float], loads: list[dict[str, float]]) -> dict[str, float]:
    total = sum(values)
    mean: dict[str, float] = {}
    for value, of_term in zip(values, loads, strict=True):
        for variable, load in of_term.items():
            mean[variable] = mean.get(variable, 0.0) + value / total * load
    return mean


def point(product: list[Term], reference: list[Term], slopes: dict[str, float], weight: float, z: float) -> Point:
    """Move all terms along the gradient by z; across it, expand to the second order."""
    length = sqrt(sum(slope * slope for slope in slopes.values()))
    direction = {variable: slope / length for variable, slope in slopes.items()}
    names = list(direction)
    above, below = Side(product, direction, names, z), Side(reference, direction, names, z)
    drift = sum((p - q) ** 2 for p, q in zip(above.mean, below.mean, strict=True))
    curvature = sum((p - q) ** 2 for p, q in zip(above.spread, below.spread, strict=True))
    return Point(
        weight,
        log(above.total / below.total),
        log(above.total / below.total) + above.lift - below.lift,
        drift + curvature / 2,
    )


class Side:
    """One side moved along the gradient, with the moments of its loads across, under the shares of its terms."""

    def __init__(self, terms: list[Term], direction: dict[str, float], names: list[str], z: float) -> None:
        along = [sum(load * direction[name] for name, load in term.loads.items()) for term in terms]
        values = [term.value * exp(z * step) for term, step in zip(terms, along, strict=True)]
        self.total = sum(values)
        shares = [value / self.total for value in values]
        across = [
            [term.loads.get(name, 0.0) - step * direction[name] for name in names]
            for term, step in zip(terms, along, strict=True)
        ]
        self.mean = [sum(share * row[i] for share, row in zip(shares, across, strict=True)) for i in range(len(names))]
        centred = [[cell - middle for cell, middle in zip(row, self.mean, strict=True)] for row in across]
        self.spread = [
            sum(share * row[i] * row[j] for share, row in zip(shares, centred, strict=True))
            for i in range(len(names))
            for j in range(len(names))
        ]
        trace = sum(self.spread[i * len(names) + i] for i in range(len(names)))
        square = sum(cell * cell for cell in self.spread)
        fourth = sum(share * sum(cell * cell for cell in row) ** 2 for share, row in zip(shares, centred, strict=True))
        self.lift = trace / 2 + (fourth - trace * trace - 2 * square) / 8


def finish(product: list[Term], reference: list[Term], slopes: dict[str, float], points: list[Point]) -> Worked:
    """Put the points together, and read the quantiles off the shifted log-normal with these three cumulants."""
    mean = sum(p.weight * p.mean for p in points)
    within = sum(p.weight * p.variance for p in points)
    variance = within + sum(p.weight * (p.mean - mean) ** 2 for p in points)
    third = sum(p.weight * (p.mean - mean) * ((p.mean - mean) ** 2 + 3 * (p.variance - within)) for p in points)
    deviation, skewness = sqrt(variance), third / variance**1.5
    bend = 2 * sinh(asinh(skewness / 2) / 3)
    width = sqrt(log(1 + bend * bend)) * (1 if bend > 0 else -1)

    def quantile(z: float) -> float:
        return exp(mean + deviation / bend * (exp(width * z - width * width / 2) - 1))

    z_of_one = (log(1 - bend * mean / deviation) + width * width / 2) / width
    p_better = (1 + erf(z_of_one / sqrt(2))) / 2
    p95 = quantile(Z95)
    return Worked(
        product, reference, slopes, points, mean, deviation, skewness, bend, width,
        quantile(-Z95), quantile(0), p95, p_better, ceil(100 * p95 - 1e-9),
    )  # fmt: skip


def lines() -> Iterator[str]:
    found = worked()
    above, below = (sum(term.value for term in terms) for terms in (found.product, found.reference))
    yield "### Step 1: the product\n"
    yield "Four hooks on one plate weigh 0.2538 kg; 0.263 kg of filament were taken; the meter says 0.256 kWh; the supplier says 0.25 kWh per kg of filament, made in Germany."
    yield "The inventory counts for the batch; divided by 4 it is one hook, and times the factor it is a term.\n"
    yield from terms_table(found.product)
    yield f"Disposal of PLA has the factor 0, so its two flows give no term.\nSum at the medians: P = {number(above)} kg CO2e.\n"
    yield from reference_part(found, below)
    yield from ratio_part(found, above, below)
    yield from cumulant_part(found)
    yield from score_part(found)


def reference_part(found: Worked, below: float) -> Iterator[str]:
    net, granulate, box = (next(t.amount for t in found.reference if t.flow == flow and t.stage == stage) for flow, stage in (
        ("electricity/grid/CHN", "making"), (f"materials/{MATERIAL}/virgin", "materials"), (f"materials/{BOX}/virgin", "packaging")
    ))  # fmt: skip
    yield "### Step 2: the reference, walked backwards\n"
    yield "The family `fdm` names `injection_moulding` in China, a scrap of 0.006, three legs (500 km by lorry, 22,240 km by ship, 500 km by lorry) and 0.15873 kg of box per kg."
    yield f"One hook weighs 0.2538 / 4 = 0.06345 kg; moulding takes 0.06345 × 1.1 = {number(net)} kWh; the granulate before it is 0.06345 / (1 − 0.006) = {number(granulate)} kg; the box is 0.06345 × 0.15873 = {number(box)} kg.\n"
    yield from terms_table(found.reference)
    yield f"Sum at the medians: Q = {number(below)} kg CO2e.\n"


def terms_table(terms: list[Term]) -> list[str]:
    rows = [
        (
            term.stage,
            f"`{term.flow}`",
            f"{number(term.amount)} {term.unit}",
            number(term.factor),
            number(term.value),
            loads_text(term),
        )
        for term in terms
    ]
    return page.table(("stage", "flow", "amount per item", "factor", "kg CO2e", "uncertain by"), rows)


def loads_text(term: Term) -> str:
    others = [f"{name} {exp(load):.4g}" for name, load in term.loads.items() if not name.startswith("factor:")]
    return ", ".join([*others, f"factor {term.gsd:.4g}"])


def ratio_part(found: Worked, above: float, below: float) -> Iterator[str]:
    length = sqrt(sum(slope * slope for slope in found.slopes.values()))
    yield "### Step 3: what moves the ratio\n"
    yield f"At the medians R = P / Q = {number(above / below)}, ln R = {number(log(above / below))}."
    yield "The slope of ln R in a variable is ln GSD times the share of P that depends on it, minus the same for Q."
    pla = f"factor:materials/{MATERIAL}/virgin"
    shares = [
        sum(t.value for t in terms if pla in t.loads) / sum(t.value for t in terms)
        for terms in (found.product, found.reference)
    ]
    yield f"PLA for instance: ln 1.358 × ({shares[0]:.5f} − {shares[1]:.5f}) = {found.slopes[pla]:.6f}; most of it cancels, because the granulate is the same on both sides.\n"
    ordered = sorted(found.slopes.items(), key=lambda pair: -abs(pair[1]))
    rows = [(f"`{name}`", f"{slope:.6f}", f"{slope * slope / length**2:.1%}") for name, slope in ordered]
    yield from page.table(("variable", "slope b", "share of b²"), rows)
    first = above / below * exp(Z95 * length)
    yield f"The root of the sum of b² is {length:.6f}; taken alone it would give U95 = {above / below:.6f} · exp(1.644854 × {length:.6f}) = {first:.4f}, which is the first order and ignores that ln of a sum is curved.\n"


def cumulant_part(found: Worked) -> Iterator[str]:
    length = sqrt(sum(slope * slope for slope in found.slopes.values()))
    yield "### Step 4: mean, deviation and skewness of ln R\n"
    yield f"Every term is multiplied by exp(t · α) with α = (sum of its loads times b) / {length:.6f}, at t = −√3, 0 and √3."
    yield "c then follows from the two sums; m and s are mean and variance across this direction, by the formulas of [uncertainty.md](method/uncertainty.md), sections 2 and 3, which also works them out for a smaller case.\n"
    rows = [
        (z, f"{p.weight:.4f}", f"{p.log_ratio:.6f}", f"{p.mean:.6f}", f"{p.variance:.8f}")
        for z, p in zip(("−√3", "0", "√3"), found.points, strict=True)
    ]
    yield from page.table(("t", "weight w", "c = ln R", "mean m", "variance s"), rows)
    yield f"Mean κ₁ = Σ w m = {found.mean:.7f}."
    yield f"Variance κ₂ = Σ w s + Σ w (m − κ₁)² = {found.deviation**2:.8f}, so σ = {found.deviation:.7f}."
    yield f"Skewness γ = Σ w (m − κ₁) ((m − κ₁)² + 3 (s − Σ w s)) / σ³ = {found.skewness:.6f}.\n"


def score_part(found: Worked) -> Iterator[str]:
    yield "### Step 5: bounds, score, letter\n"
    yield f"h = 2 sinh(asinh(γ / 2) / 3) = {found.bend:.7f}; δ = {found.width:.7f}, with the sign of h and δ² = ln(1 + h²)."
    yield "The quantile at ζ is exp(κ₁ + (σ / h) · (exp(δ ζ − δ² / 2) − 1)).\n"
    rows = [
        ("5 %", "−1.644854", f"{found.p05:.6f}"),
        ("50 %", "0", f"{found.median:.6f}"),
        ("95 %", "1.644854", f"{found.p95:.6f}"),
    ]
    yield from page.table(("quantile", "ζ", "R"), rows)
    letter = next(letter for letter, limit in (("A", 64), ("B", 80), ("C", 100)) if found.score <= limit)
    yield f"P(better) = P(R < 1) = {found.p_better:.6f}."
    yield f"Score = ⌈100 × {found.p95:.6f}⌉ = **{found.score}**, letter **{letter}**: at most {found.score} % of the mass-produced reference, with 95 % certainty.\n"


def number(value: float) -> str:
    """Write six significant digits without exponent."""
    return format(Decimal(f"{value:.6g}"), "f")


if __name__ == "__main__":
    main()
