"""Writes tests/vectors/closed-form.json: quantiles of sums, and of ratios with what makes them uncertain."""

import json
from math import log
from pathlib import Path
from typing import Any

from docs.method import closed_form_study as study
from label_service.impact.closed_form import Term, distribution, ratio
from label_service.quantity import figure

PATH = Path(__file__).parent / "closed-form.json"
ROUNDING = 4e-14  # relative; a figure that changes within it lies at a rounding edge and makes no vector


def term(value: float, **gsds: float) -> Term:
    """Give a term by its GSDs."""
    return Term(value, tuple(sorted((name, log(gsd)) for name, gsd in gsds.items())))


EXAMPLE = (
    [Term(0.6, (("material", 0.4),)), Term(0.4, (("electricity", 0.3),))],
    [Term(1.25, (("mass", 0.2), ("material", 0.4)))],
)
PART = [
    term(0.1523, gross=1.02, resin=1.318),
    term(0.0211, grid=1.32, meter=1.02),
    term(0.0044, gross=1.02, lorry=1.414),
    term(0.0092, board=1.318, box=1.02),
    term(0.0017),
]
MOULDED = [
    term(0.1502, net=1.02, resin=1.318),
    term(0.0373, grid_far=1.32, moulding=1.318, net=1.02),
    term(0.0391, net=1.02, ship=1.414),
    term(0.0089, board=1.318, net=1.02, packing=1.3),
]
RATIOS = {
    "worked example of docs/method/uncertainty.md": EXAMPLE,
    "printed part against moulded part": (PART, MOULDED),
    "moulded part against printed part": (MOULDED, PART),
    "one term each: log-normal": ([term(2, a=1.5, b=1.2)], [term(4, a=1.3)]),
    "a side against itself, in another order": (PART, PART[::-1]),
    "constants": ([term(1), term(2)], [term(4)]),
    "equal shares are listed by name": ([term(1, z=1.3), term(1, a=1.3)], [term(2, m=1.0)]),
    "vanishing gradient": ([term(0.5, energy=2.0), term(0.5)], [Term(1, (("energy", log(2) / 2),))]),
    "a GSD of exactly 2": ([term(1, a=2.0), term(1, b=1.1)], [term(2.5, c=1.4)]),
    "a GSD above 2: not proven": ([term(1, a=2.1), term(1, b=1.1)], [term(2.5, c=1.4)]),
    "strongly skewed: not proven": ([term(1), term(0.02, a=2, b=2, c=2)], [term(2)]),
    "far better than the reference": ([term(1, a=1.02)], [term(1000, b=1.02)]),
    **{
        f"{family} system at GSD {gsd:g}": next(study.systems(family, gsd, 1))
        for family in study.FAMILIES
        for gsd in (1.35, 2.0)
    },
}
SUMS = {
    "no terms": [],
    "one term": [term(3, a=1.5, b=1.2)],
    "constants": [term(1), term(2)],
    "product of the worked example": EXAMPLE[0],
    "printed part": PART,
    "moulded part": MOULDED,
}


def written(terms: list[Term]) -> list[dict[str, Any]]:
    """Write numbers as the shortest decimals that read back as the same binary64."""
    return [{"value": repr(float(v)), "loads": {name: repr(load) for name, load in loads}} for v, loads in terms]


def figures(**values: float) -> dict[str, str]:
    """Quantise results, and make sure that none of them lies at a rounding edge."""
    found = {name: figure(value) for name, value in values.items()}
    for name, value in values.items():
        assert figure(value * (1 + ROUNDING)) == figure(value * (1 - ROUNDING)) or value == 1, name
    return found


def of_ratio(name: str, sides: tuple[list[Term], list[Term]]) -> dict[str, Any]:
    """Give the vector of one ratio."""
    result = ratio(*sides)
    return {
        "name": name,
        "product": written(sides[0]),
        "reference": written(sides[1]),
        **figures(p05=result.p05, median=result.median, p95=result.p95, p_better=result.p_better),
        "narrow": [{"variable": name, **figures(share=share)} for name, share in result.narrow],
        "is_proven": result.is_proven,
    }


def vectors() -> dict[str, Any]:
    """Give all vectors."""
    return {
        "ratios": [of_ratio(name, sides) for name, sides in RATIOS.items()],
        "sums": [
            {"name": name, "terms": written(terms), **figures(**distribution(terms)._asdict())}
            for name, terms in SUMS.items()
        ],
    }


if __name__ == "__main__":
    PATH.write_text(json.dumps(vectors(), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
