"""How far is the closed form from Monte Carlo? Random systems, the errors by family and GSD, a table and a plot.

    python docs/method/closed_form_study.py              writes closed_form_study.csv and .png beside itself
    python docs/method/closed_form_study.py --family tangled --gsd 2 --systems 4000      prints one larger cell

The first takes about two minutes on one core and prints the tables of uncertainty.md. Seeds are fixed.
"""

import argparse
import csv
from collections.abc import Callable, Iterator
from math import exp, log, sqrt
from pathlib import Path
from typing import NamedTuple

import numpy as np

from label_service.impact.closed_form import Z95, Term, distribution, ratio

HERE = Path(__file__).parent
TABLE = HERE / "closed_form_study.csv"
DRAWS = 400_000  # every second draw is the mirror image of the one before
CHUNK = 20_000
MOST_VARIABLES = 36
SYSTEMS = {1.35: 100, 1.6: 250, 2.0: 250, 2.5: 50}  # per family, by the largest GSD
FAMILIES = ("usual", "dominant", "limit", "tangled")
COLUMNS = ("family", "gsd", "systems", "unproven", "form", "rms", "low", "high")
FORMS = {
    "p95": "U95",
    "p05": "5 % bound",
    "median": "median",
    "P(better)": "P(better), percentage points",
    "sum p95": "95 % bound of a sum",
    "second order": "U95, second order at the medians",
    "Fenton-Wilkinson": "U95, Fenton–Wilkinson",
    "first order": "U95, first order",
}

System = tuple[list[Term], list[Term]]
Matrices = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]  # values and loads of product and reference


# Random systems. Every family draws 2 to 7 terms a side; `largest` is the largest ln GSD.


def usual(random: np.random.Generator, largest: float) -> System:
    """Each term has a factor, half of them from a pool that both sides share, and mostly an amount."""
    return _drawn(random, lambda: largest if random.random() < 0.25 else random.uniform(0, largest), 0)


def dominant(random: np.random.Generator, largest: float) -> System:
    """As usual, but one term of each side is 2 to 30 times all the others."""
    return _drawn(random, lambda: largest if random.random() < 0.25 else random.uniform(0, largest), 30)


def limit(random: np.random.Generator, largest: float) -> System:
    """As usual, but every single GSD is the largest: the hardest that is still graded."""
    return _drawn(random, lambda: largest, 0)


def tangled(random: np.random.Generator, largest: float) -> System:
    """Constants, and terms of up to three variables from one small pool: nothing a product looks like."""
    pool = random.integers(2, 12)
    loads = [largest if random.random() < 0.5 else random.uniform(0, largest) for _ in range(pool)]
    return _side_of(random, loads), _side_of(random, loads)


def _side_of(random: np.random.Generator, loads: list[float]) -> list[Term]:
    spread, terms = random.uniform(0, 3), []
    for _ in range(random.integers(2, 8)):
        count = min(random.choice([0, 1, 1, 2, 2, 2, 3]), len(loads))
        chosen = sorted(random.choice(len(loads), count, replace=False))
        terms.append(_term(random.normal(0, spread), {f"v{i:02}": loads[i] for i in chosen}))
    return terms


def _drawn(random: np.random.Generator, load: Callable[[], float], largest_share: float) -> System:
    loads: dict[str, float] = {}
    sides = []
    for side in ("product", "reference"):
        count = random.integers(2, 8)
        logs = random.normal(0, 1.2, count)
        if largest_share:
            logs[0] = log(np.exp(logs).sum() * random.uniform(2, largest_share))
        names = [_names(random, side, number) for number in range(count)]
        sides.append(
            [_term(v, {n: loads.setdefault(n, load()) for n in ns}) for v, ns in zip(logs, names, strict=True)]
        )
    return sides[0], sides[1]


def _names(random: np.random.Generator, side: str, number: int) -> list[str]:
    own = f"{side} factor {number}"
    names = [own if random.random() < 0.5 else f"factor {random.integers(8)}"]
    kind = random.random()
    if kind < 0.8:
        names.append(f"{side} mass" if kind < 0.45 else f"{side} amount {number}")
    if random.random() < 0.15:
        names.append(f"{side} energy {number % 2}")
    return names


def _term(log_value: float, loads: dict[str, float]) -> Term:
    return Term(exp(log_value), tuple(sorted(loads.items())))


def systems(family: str, gsd: float, count: int) -> Iterator[System]:
    """Give the systems of one cell of the table, always the same; those without any uncertainty are left out."""
    random = np.random.default_rng([FAMILIES.index(family), round(100 * gsd)])
    while count:
        system = globals()[family](random, log(gsd))
        result = ratio(*system)
        if result.p05 < result.p95:
            count -= 1
            yield system


# The oracle and the other closed forms.


class MonteCarlo:
    """Quantiles from draws that are the same for every system."""

    def __init__(self, draws: int = DRAWS) -> None:
        self.half = np.random.default_rng(1).standard_normal((MOST_VARIABLES, draws // 2))

    def __call__(self, system: System) -> tuple[np.ndarray, float, float]:
        """Give ln of the quantiles 5, 50, 95 % of R, P(R < 1), and ln of the 95 % quantile of the product."""
        values, loads, other_values, other_loads = matrices(system)
        tops, bottoms = [], []
        for start in range(0, self.half.shape[1], CHUNK):
            normal = self.half[: loads.shape[1], start : start + CHUNK]
            for sums, v, a in ((tops, values, loads), (bottoms, other_values, other_loads)):
                factors = np.exp(a @ normal)
                sums += [v @ factors, v @ (1 / factors)]
        top, bottom = np.log(np.concatenate(tops)), np.log(np.concatenate(bottoms))
        return _quantiles(top - bottom), float((top < bottom).mean()), float(_quantiles(top)[2])


def _quantiles(draws: np.ndarray) -> np.ndarray:
    ranks = [int(len(draws) * p) for p in (0.05, 0.5, 0.95)]
    return np.partition(draws, ranks)[ranks]


def matrices(system: System) -> Matrices:
    """Write a system as values and matrices of loads over all its variables."""
    names = sorted({name for side in system for term in side for name, _ in term.loads})
    sides = []
    for side in system:
        sides.append(np.array([term.value for term in side]))
        sides.append(np.array([[dict(term.loads).get(name, 0.0) for name in names] for term in side]))
    return tuple(sides)


def slopes(values: np.ndarray, loads: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
    """Give ln of a sum at the medians, its gradient and its Hessian: mean and covariance of the loads."""
    shares = values / values.sum()
    mean = shares @ loads
    away = loads - mean
    return log(values.sum()), mean, (away.T * shares) @ away


def second_order(system: System) -> float:
    """Give ln U95 from the cumulants of the second-order expansion at the medians, by Cornish and Fisher."""
    values, loads, other_values, other_loads = matrices(system)
    (c, b, h), (c2, b2, h2) = slopes(values, loads), slopes(other_values, other_loads)
    b, h = b - b2, h - h2
    hh = h @ h
    variance = b @ b + np.trace(hh) / 2
    skew = (3 * b @ h @ b + np.trace(hh @ h)) / variance**1.5
    kurtosis = (12 * b @ hh @ b + 3 * np.trace(hh @ hh)) / variance**2
    z = Z95
    shape = (z**2 - 1) * skew / 6 + (z**3 - 3 * z) * kurtosis / 24 - (2 * z**3 - 5 * z) * skew**2 / 36
    return c - c2 + np.trace(h) / 2 + sqrt(variance) * (z + shape)


def fenton_wilkinson(system: System) -> float:
    """Give ln U95 of the log-normal ratio whose two sums have the exact means, variances and covariance."""
    values, loads, other_values, other_loads = matrices(system)
    top, bottom = values * np.exp((loads**2).sum(1) / 2), other_values * np.exp((other_loads**2).sum(1) / 2)
    total, other_total = top.sum(), bottom.sum()
    top, bottom = top / total, bottom / other_total
    var, other_var = (log(s @ np.exp(a @ a.T) @ s) for s, a in ((top, loads), (bottom, other_loads)))
    covariance = log(top @ np.exp(loads @ other_loads.T) @ bottom)
    median = log(total / other_total) - (var - other_var) / 2
    return median + Z95 * sqrt(max(var + other_var - 2 * covariance, 0.0))


def first_order(system: System) -> float:
    """Give ln U95 of the log-normal ratio with the gradient at the medians."""
    values, loads, other_values, other_loads = matrices(system)
    (c, b, _), (c2, b2, _) = slopes(values, loads), slopes(other_values, other_loads)
    return c - c2 + Z95 * sqrt((b - b2) @ (b - b2))


# Errors, table and plot.


class Cell(NamedTuple):
    """Errors of one family and GSD, in per cent by form; of P(better) in percentage points."""

    family: str
    gsd: float
    count: int
    spreads: list[float]  # standard deviation of ln R, from its 5 % and 95 % quantiles
    errors: dict[str, list[float]]

    def row(self, form: str) -> list[str]:
        """Give one line of the table."""
        errors = np.array(self.errors[form])
        rms, low, high = sqrt((errors**2).mean()), errors.min(), errors.max()
        unproven = self.count - len(errors)
        return [
            self.family,
            f"{self.gsd:g}",
            str(self.count),
            str(unproven),
            form,
            *(f"{x:.2f}" for x in (rms, low, high)),
        ]


def measure(family: str, gsd: float, count: int, oracle: MonteCarlo) -> Cell:
    """Compare the closed forms with the oracle where the method would grade (at a GSD above 2: everywhere)."""
    cell = Cell(family, gsd, count, [], {form: [] for form in FORMS})
    for system in systems(family, gsd, count):
        result = ratio(*system)
        if not result.is_proven and gsd <= 2:
            continue
        (p05, median, p95), p_better, sum_p95 = oracle(system)
        estimates = (
            ("p95", log(result.p95), p95),
            ("p05", log(result.p05), p05),
            ("median", log(result.median), median),
            ("sum p95", log(distribution(system[0]).p95), sum_p95),
            ("second order", second_order(system), p95),
            ("Fenton-Wilkinson", fenton_wilkinson(system), p95),
            ("first order", first_order(system), p95),
        )
        for form, estimate, truth in estimates:
            cell.errors[form].append(100 * (exp(estimate - truth) - 1))
        cell.errors["P(better)"].append(100 * (result.p_better - p_better))
        cell.spreads.append((p95 - p05) / (2 * Z95))
    return cell


def together(cells: list[Cell]) -> list[Cell]:
    """Put the families of each GSD together."""
    merged = []
    for gsd in SYSTEMS:
        chosen = [cell for cell in cells if cell.gsd == gsd]
        errors = {form: [error for cell in chosen for error in cell.errors[form]] for form in FORMS}
        spreads = [spread for cell in chosen for spread in cell.spreads]
        merged.append(Cell("all", gsd, sum(cell.count for cell in chosen), spreads, errors))
    return merged


def write_table(cells: list[Cell]) -> None:
    """Write all errors as CSV."""
    with TABLE.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(cell.row(form) for form in FORMS for cell in [*cells, *together(cells)])


def rows() -> list[dict[str, str]]:
    """Read the table of the last full run."""
    with TABLE.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def markdown() -> str:
    """Render the CSV as the two tables of uncertainty.md: U95 by family, all figures and forms together."""
    found = {(row["form"], row["family"], float(row["gsd"])): row for row in rows()}
    first = [[family, *(_shown(found["p95", family, gsd]) for gsd in SYSTEMS)] for family in (*FAMILIES, "all")]
    second = [[FORMS[form], *(_shown(found[form, "all", gsd]) for gsd in SYSTEMS)] for form in FORMS]
    return _table("family", first) + "\n" + _table("figure", second)


def _shown(row: dict[str, str]) -> str:
    low = row["low"].replace("-", "−")
    return f"{row['rms']} ({low} … {row['high']})"


def _table(head: str, lines: list[list[str]]) -> str:
    above = [[head, *(f"GSD ≤ {gsd:g}" for gsd in SYSTEMS)], ["---"] * (len(SYSTEMS) + 1)]
    return "".join(f"| {' | '.join(row)} |\n" for row in [*above, *lines])


def plot(cells: list[Cell]) -> None:
    """Draw the error of U95 against the spread of ln R, this method beside the second-order expansion."""
    from matplotlib.figure import Figure  # noqa: PLC0415 - the tests use this module without drawing

    figure = Figure(figsize=(9, 4), layout="constrained")
    panels = figure.subplots(1, 2, sharex=True, sharey=True)
    for panel, form, title in zip(
        panels, ("p95", "second order"), ("this method", "second order at the medians"), strict=True
    ):
        for gsd, colour in ((2.0, "tab:red"), (1.6, "tab:orange"), (1.35, "tab:blue")):
            chosen = [cell for cell in cells if cell.gsd == gsd]
            x = [spread for cell in chosen for spread in cell.spreads]
            y = [error for cell in chosen for error in cell.errors[form]]
            panel.plot(x, y, ".", color=colour, markersize=3, label=f"GSD up to {gsd:g}")
        panel.axhline(-3, color="black", linewidth=0.8, linestyle="--")
        panel.set(title=title, xlabel="standard deviation of ln R")
    panels[0].set(ylabel="error of U95 against Monte Carlo, %", ylim=(-10, 25))
    panels[0].legend(loc="upper left")
    figure.savefig(HERE / "closed_form_study.png", dpi=90, metadata={"Software": None})


def main() -> None:
    """Run the study, or one larger cell of it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--family", choices=FAMILIES)
    parser.add_argument("--gsd", type=float, default=2.0)
    parser.add_argument("--systems", type=int, default=1000)
    chosen = parser.parse_args()
    oracle = MonteCarlo()
    if chosen.family:
        cell = measure(chosen.family, chosen.gsd, chosen.systems, oracle)
        print("\n".join(" | ".join(cell.row(form)) for form in FORMS))
        print("lowest p95:", ", ".join(f"{error:.2f}" for error in sorted(cell.errors["p95"])[:5]))
        return
    cells = [measure(family, gsd, count, oracle) for gsd, count in SYSTEMS.items() for family in FAMILIES]
    write_table(cells)
    plot(cells)
    print(markdown())


if __name__ == "__main__":
    main()
