"""The distribution of an impact, and of the ratio of two impacts, in closed form instead of Monte Carlo.

Each term is log-normal and terms share variables. `cumulants` gives mean, standard deviation and skewness of the
logarithm; the distribution of the logarithm is taken as the shifted log-normal that has these three. IEEE binary64
in a fixed order; the caller quantises to ten digits. Every formula, its error and a worked example:
docs/method/uncertainty.md.
"""

from collections.abc import Sequence
from math import asinh, copysign, erfc, exp, expm1, inf, log, log1p, sinh, sqrt
from typing import NamedTuple

from label_service.errors import InvalidAmount
from label_service.impact.cumulants import Cumulants, Summands, gradient, of_ratio, of_sum, square

Z95 = 1.6448536269514722  # 95 % quantile of the standard normal distribution
Z_LIMIT = 4.0  # P(better) stays within 0.00003 and 0.99997: the study in docs/method resolves no more
LARGEST_PROVEN_LOAD = log(2) * (1 + 1e-12)  # a GSD of 2; the study covers no larger one
LARGEST_PROVEN_SKEWNESS = 1.0  # of the logarithm; beyond, three cumulants do not fix the quantiles well enough
_NORMAL = 1e-12  # skewness below which the logarithm is taken as normal
_SAME = 5e-11  # a constant ratio this close to 1 is written as 1 in ten digits
_SHARE_STEPS = 1e9  # shares that agree to nine digits are ties
_BEYOND = "expected uncertainties whose range can be computed, found GSDs that exceed binary64"
_HINT = "a geometric standard deviation is seldom above 3; check the GSDs of amounts and factors"
_CANCELLED = 1e-24  # squared gradient; rounding leaves up to 1e-30


class Term(NamedTuple):
    """One log-normal summand of an impact.

    Attributes:
        value: median in kg CO2e, greater than 0.
        loads: (variable, ln GSD >= 0), each variable once; none for a constant. A variable that two terms name is one
            and the same quantity or factor in both.
    """

    value: float
    loads: tuple[tuple[str, float], ...]


class Distribution(NamedTuple):
    """Quantiles of a sum of terms, in kg CO2e."""

    p05: float
    median: float
    p95: float


class Ratio(NamedTuple):
    """The ratio R of product to reference; below 1 the product is better.

    Attributes:
        p05: 5 % quantile of R.
        median: median of R.
        p95: 95 % quantile of R, the bound U95 that the score rests on.
        p_better: P(R < 1).
        narrow: (variable, its share of the first-order variance of ln R), largest first, ties by name; a variable
            that cancels is left out.
        is_proven: every GSD is at most 2 and the logarithm is at most moderately skewed, so the error is the one
            stated in docs/method/uncertainty.md.
    """

    p05: float
    median: float
    p95: float
    p_better: float
    narrow: tuple[tuple[str, float], ...]
    is_proven: bool


def distribution(terms: Sequence[Term]) -> Distribution:
    """Give the quantiles of a sum of terms, in kg CO2e; of no terms, zero.

    Raises:
        InvalidAmount: a value is not a positive finite number, or the GSDs are beyond all measure.
    """
    if not terms:
        return Distribution(0.0, 0.0, 0.0)
    summands = _summands(terms)
    try:
        return Distribution(*_quantiles(_of_term(terms[0]) if len(terms) == 1 else of_sum(summands)))
    except ArithmeticError as error:
        raise InvalidAmount(_BEYOND, hint=_HINT) from error


def ratio(product: Sequence[Term], reference: Sequence[Term]) -> Ratio:
    """Compare the impact of a product with that of its reference; a variable on both sides is one variable.

    Raises:
        InvalidAmount: a side has no terms, a value is not a positive finite number, or the GSDs are beyond all
            measure.
    """
    if not product or not reference:
        raise InvalidAmount("expected at least one term on each side of a ratio, found none")
    above, below = _summands(product), _summands(reference)
    slopes = gradient(above)
    for variable, slope in gradient(below).items():
        slopes[variable] = slopes.get(variable, 0.0) - slope
    try:
        cumulants = of_ratio(above, below, slopes)
        quantiles = _quantiles(cumulants)
    except ArithmeticError as error:
        raise InvalidAmount(_BEYOND, hint=_HINT) from error
    largest_load = max(_largest_load(above), _largest_load(below))
    return Ratio(
        *quantiles,
        _p_below_one(cumulants),
        _narrow(slopes),
        largest_load <= LARGEST_PROVEN_LOAD and abs(cumulants.skewness) <= LARGEST_PROVEN_SKEWNESS,
    )


def slopes_of(terms: Sequence[Term]) -> dict[str, float]:
    """Give the slope of the logarithm of a sum of terms in each variable, at the medians."""
    return gradient(_summands(terms))


def _of_term(term: Term) -> Cumulants:
    """Give the cumulants of the logarithm of a single term: what `of_sum` gives, the short way."""
    return Cumulants(log(term.value), sqrt(square(load for _, load in term.loads)), 0.0)


def _summands(terms: Sequence[Term]) -> Summands:
    loads: dict[str, list[tuple[int, float]]] = {}
    values = []
    for number, (value, loads_of_term) in enumerate(terms):
        if not 0 < value < inf:
            raise InvalidAmount(f"expected a term with a positive finite value in kg CO2e, found {value}")
        values.append(value)
        for variable, load in loads_of_term:
            if variable in loads:
                loads[variable].append((number, load))
            else:
                loads[variable] = [(number, load)]
    return Summands(values, loads)


def _largest_load(terms: Summands) -> float:
    return max((load for loads in terms.loads.values() for _, load in loads), default=0.0)


def _shape(skewness: float) -> tuple[float, float]:
    """Give h with h³ + 3h = skewness, and the signed width of a log-normal as skewed: its square is ln(1 + h²)."""
    h = 2 * sinh(asinh(skewness / 2) / 3)
    return h, copysign(sqrt(log1p(h * h)), h)


def _quantiles(c: Cumulants) -> tuple[float, float, float]:
    """Give the quantiles at 5 %, 50 % and 95 %, at the standard normal quantiles -Z95, 0 and Z95.

    Raises:
        OverflowError: one of them is beyond binary64.
    """
    low, median, high = -c.deviation * Z95, 0.0, c.deviation * Z95
    if abs(c.skewness) >= _NORMAL:
        h, width = _shape(c.skewness)
        scale, shift = c.deviation / h, width * width / 2
        low, median, high = (scale * expm1(z - shift) for z in (-width * Z95, 0.0, width * Z95))
    quantiles = exp(c.mean + low), exp(c.mean + median), exp(c.mean + high)
    if not quantiles[2] < inf:
        raise OverflowError
    return quantiles


def _p_below_one(c: Cumulants) -> float:
    """Give the probability that the logarithm is below 0."""
    if c.deviation == 0:
        return 1.0 if c.mean < -_SAME else 0.0
    z = min(max(_z_of_zero(c), -Z_LIMIT), Z_LIMIT)
    return erfc(-z / sqrt(2)) / 2


def _z_of_zero(c: Cumulants) -> float:
    """Give the standard normal quantile at which the logarithm is 0; infinite where it never is."""
    distance = -c.mean / c.deviation
    if abs(c.skewness) < _NORMAL:
        return distance
    h, width = _shape(c.skewness)
    if h * distance <= -1:
        return copysign(inf, distance)
    return (log1p(h * distance) + width * width / 2) / width


def _narrow(slopes: dict[str, float]) -> tuple[tuple[str, float], ...]:
    """Share out the first-order variance of ln R."""
    total = square(slopes.values())
    if total < _CANCELLED:
        return ()
    shares = [(variable, slope * slope / total) for variable, slope in slopes.items()]
    shares = [pair for pair in shares if pair[1] * _SHARE_STEPS >= 1]
    return tuple(sorted(shares, key=lambda pair: (-int(pair[1] * _SHARE_STEPS + 0.5), pair[0])))
