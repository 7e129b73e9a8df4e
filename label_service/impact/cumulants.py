"""Cumulants of the logarithm of a sum of log-normal terms, and of a ratio of two such sums that share variables.

The logarithm of a sum is a log-sum-exp function of independent standard normals. Along the gradient of the whole it
is evaluated at the three points of a Gauss-Hermite rule; across the gradient, mean and variance at each point follow
from derivatives, which are moments of the loads under the shares of the terms. The law of total cumulance puts the
points together. Formulas, their reasons and their error: docs/method/uncertainty.md.

Plain loops in a fixed order: the built-in sum of floats is compensated from Python 3.12 on, and math.fsum has no twin
in the browser.
"""

from collections.abc import Iterable
from math import exp, log, sqrt
from typing import NamedTuple

_Loads = list[tuple[int, float]]  # of one variable: (number of the term, ln GSD)
_Squares = list[tuple[int, int, float]]  # numbers of two terms, squared scalar product of their loads across

_NODE = sqrt(3)  # points -sqrt(3), 0, sqrt(3) with weights 1/6, 2/3, 1/6 are exact up to the fifth power of z
_CONSTANT = 1e-12  # variance; rounding leaves up to 1e-15, so below the logarithm counts as constant
_SMALLEST_GRADIENT = 1e-12  # squared; below, rounding would decide where the gradient points


class Cumulants(NamedTuple):
    """Mean, standard deviation and skewness of a logarithm."""

    mean: float
    deviation: float
    skewness: float


class Summands(NamedTuple):
    """Log-normal terms: their medians in kg CO2e and, by variable, which of them depend on it and how much."""

    values: list[float]
    loads: dict[str, _Loads]


class _Side(NamedTuple):
    """Terms as seen from the gradient: what a load has along it, and products of what is left across it."""

    alone: list[float]  # squared length of each term's load on variables of its own
    loads: list[_Loads]  # on variables of several terms
    along: list[float]
    norms: list[float]  # squared length of each term's load across
    squares: _Squares  # a pair of two different terms counts twice


class _Between(NamedTuple):
    """What connects the two sides of a ratio: the loads of shared variables, and products across the gradient."""

    loads: list[tuple[_Loads, _Loads]]
    squares: _Squares


class _Point(NamedTuple):
    """Mean and variance across the gradient of the logarithm of one side, at one point along the gradient."""

    mean: float
    variance: float
    shares: list[float]  # of the terms
    mean_along: float  # mean load along the gradient


def of_sum(terms: Summands) -> Cumulants:
    """Give the cumulants of the logarithm of a sum."""
    along = _along(terms, gradient(terms))
    side = _side(terms, along)
    return _total([_point(side, values)[:2] for values in _moved(terms.values, along)])


def of_ratio(product: Summands, reference: Summands, slopes: dict[str, float]) -> Cumulants:
    """Give the cumulants of the logarithm of a ratio of sums, whose gradient at the medians is given by variable."""
    direction = slopes if square(slopes.values()) > _SMALLEST_GRADIENT else {**slopes, **gradient(product)}
    p_along, q_along = _along(product, direction), _along(reference, direction)
    p_side, q_side = _side(product, p_along), _side(reference, q_along)
    between = _between(product, reference, p_along, q_along)
    points = []
    for above, below in zip(_moved(product.values, p_along), _moved(reference.values, q_along), strict=True):
        p, q = _point(p_side, above), _point(q_side, below)
        variance = p.variance + q.variance - 2 * _covariance(between, p_side, q_side, p, q)
        points.append((p.mean - q.mean, max(0.0, variance)))
    return _total(points)


def gradient(terms: Summands) -> dict[str, float]:
    """Give the slope of the logarithm of a sum in each variable: the mean load under the shares of the terms."""
    _, shares = _shares(terms.values)
    return {variable: _mean(shares, loads) for variable, loads in terms.loads.items()}


def square(slopes: Iterable[float]) -> float:
    """Give the squared length of a vector."""
    total = 0.0
    for slope in slopes:
        total += slope * slope
    return total


def _shares(values: list[float]) -> tuple[float, list[float]]:
    total = 0.0
    for value in values:
        total += value
    return total, [value / total for value in values]


def _mean(shares: list[float], loads: _Loads) -> float:
    mean = 0.0
    for number, load in loads:
        mean += shares[number] * load
    return mean


def _along(terms: Summands, slopes: dict[str, float]) -> list[float]:
    """Give the load of each term along the gradient."""
    along = [0.0] * len(terms.values)
    length = sqrt(square(slopes.values())) or 1.0
    for variable, loads in terms.loads.items():
        direction = slopes[variable] / length
        for number, load in loads:
            along[number] += load * direction
    return along


def _moved(values: list[float], along: list[float]) -> tuple[list[float], list[float], list[float]]:
    """Give the terms at the three points along the gradient."""
    steps = [exp(_NODE * load) for load in along]
    low = [value / step for value, step in zip(values, steps, strict=True)]
    return low, values, [value * step for value, step in zip(values, steps, strict=True)]


def _side(terms: Summands, along: list[float]) -> _Side:
    alone = [0.0] * len(along)
    common = []
    for loads in terms.loads.values():
        if len(loads) == 1:
            ((number, load),) = loads
            alone[number] += load * load
        else:
            common.append(loads)
    rows = [[-left * right for right in along[:number]] for number, left in enumerate(along)]
    norms = [part - load * load for part, load in zip(alone, along, strict=True)]
    for loads in common:
        for count, (number, load) in enumerate(loads):
            norms[number] += load * load
            row = rows[number]
            for other, other_load in loads[:count]:
                row[other] += load * other_load
    squares = [(i, i, norm * norm) for i, norm in enumerate(norms)]
    squares += [(i, j, 2 * g * g) for i, row in enumerate(rows) for j, g in enumerate(row)]
    return _Side(alone, common, along, norms, squares)


def _between(product: Summands, reference: Summands, p_along: list[float], q_along: list[float]) -> _Between:
    rows = [[-left * right for right in q_along] for left in p_along]
    shared = [(loads, reference.loads[name]) for name, loads in product.loads.items() if name in reference.loads]
    for p_loads, q_loads in shared:
        for number, load in p_loads:
            row = rows[number]
            for other, other_load in q_loads:
                row[other] += load * other_load
    return _Between(shared, [(i, j, g * g) for i, row in enumerate(rows) for j, g in enumerate(row)])


def _point(side: _Side, values: list[float]) -> _Point:
    total, shares = _shares(values)
    mean_along, onto = _onto_mean(side, shares)
    mean_square = onto_square = spread = 0.0
    for share, own, norm in zip(shares, onto, side.norms, strict=True):
        part = share * own
        mean_square += part
        onto_square += part * own
        spread += share * norm
    spread -= mean_square  # trace of the covariance of the loads; next, the trace of its square
    spread_square = _weigh(side.squares, shares, shares) - 2 * onto_square + mean_square * mean_square
    fourth = 0.0
    for share, own, norm in zip(shares, onto, side.norms, strict=True):
        distance = norm - 2 * own + mean_square
        fourth += share * distance * distance
    mean = log(total) + spread / 2 + (fourth - spread * spread - 2 * spread_square) / 8
    return _Point(mean, mean_square + spread_square / 2, shares, mean_along)


def _onto_mean(side: _Side, shares: list[float]) -> tuple[float, list[float]]:
    """Give the mean load along the gradient, and across it the scalar product of each load with the mean load."""
    mean_along = 0.0
    for share, load in zip(shares, side.along, strict=True):
        mean_along += share * load
    onto = [s * part - load * mean_along for s, part, load in zip(shares, side.alone, side.along, strict=True)]
    for loads in side.loads:
        mean = 0.0
        for number, load in loads:
            mean += shares[number] * load
        for number, load in loads:
            onto[number] += load * mean
    return mean_along, onto


def _weigh(squares: _Squares, left: list[float], right: list[float]) -> float:
    total = 0.0
    for i, j, part in squares:
        total += left[i] * right[j] * part
    return total


def _covariance(between: _Between, p_side: _Side, q_side: _Side, p: _Point, q: _Point) -> float:
    """Give the covariance of the logarithms of both sides across the gradient."""
    p_onto = [-load * q.mean_along for load in p_side.along]  # scalar products with the mean load of the other side
    q_onto = [-load * p.mean_along for load in q_side.along]
    for p_loads, q_loads in between.loads:
        p_mean, q_mean = _mean(p.shares, p_loads), _mean(q.shares, q_loads)
        for number, load in p_loads:
            p_onto[number] += load * q_mean
        for number, load in q_loads:
            q_onto[number] += load * p_mean
    p_product, p_square = _mean_and_square(p.shares, p_onto)
    _, q_square = _mean_and_square(q.shares, q_onto)
    spread = _weigh(between.squares, p.shares, q.shares) - p_square - q_square + p_product * p_product
    return p_product + spread / 2


def _mean_and_square(shares: list[float], parts: list[float]) -> tuple[float, float]:
    mean = mean_square = 0.0
    for share, part in zip(shares, parts, strict=True):
        mean += share * part
        mean_square += share * part * part
    return mean, mean_square


def _total(points: list[tuple[float, float]]) -> Cumulants:
    """Put mean and variance at the three points together by the law of total cumulance."""
    (low, low_variance), (middle, middle_variance), (high, high_variance) = points
    mean = (low + 4 * middle + high) / 6
    within = (low_variance + 4 * middle_variance + high_variance) / 6
    second = third = 0.0
    for weight, m, v in ((1, low, low_variance), (4, middle, middle_variance), (1, high, high_variance)):
        d = m - mean
        second += weight * d * d / 6
        third += weight * d * (d * d + 3 * (v - within)) / 6
    variance = second + within
    if variance < _CONSTANT:
        return Cumulants(mean, 0.0, 0.0)
    return Cumulants(mean, sqrt(variance), third / (variance * sqrt(variance)))
