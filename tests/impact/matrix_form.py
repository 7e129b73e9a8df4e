"""A second, independent reading of docs/method/uncertainty.md: vectors and matrices over all variables, with numpy.

It shares no code with the package and none of its short cuts (scalar products instead of matrices).
"""

import numpy as np

Side = tuple[np.ndarray, np.ndarray]  # medians of the terms, loads by term and variable


def sides_of(product, reference) -> tuple[Side, Side]:
    """Write terms as arrays over the variables of both sides."""
    names = sorted({name for term in (*product, *reference) for name, _ in term.loads})

    def side(terms) -> Side:
        loads = [[dict(term.loads).get(name, 0.0) for name in names] for term in terms]
        return np.array([term.value for term in terms]), np.array(loads).reshape(len(terms), len(names))

    return side(product), side(reference)


def log_quantiles(product, reference) -> list[float]:
    """Give the logarithms of the 5 %, 50 % and 95 % quantiles of the ratio (of the product, without a reference)."""
    (values, loads), (other_values, other_loads) = sides_of(product, reference)
    slope = mean_load(values, loads) - mean_load(other_values, other_loads)
    direction = slope / np.linalg.norm(slope)
    points = []
    for z in (-np.sqrt(3), 0, np.sqrt(3)):
        sides = []
        for v, a in ((values, loads), (other_values, other_loads)):
            along = a @ direction
            sides.append((v * np.exp(z * along), a - np.outer(along, direction)))
        points.append(across(*sides))
    return shifted_log_normal(*cumulants(points))


def mean_load(values, loads):
    """Gradient of the logarithm of a sum at the medians."""
    return (values / values.sum()) @ loads if len(values) else 0


def across(product: Side, reference: Side) -> tuple[float, float]:
    """Mean and variance across the gradient at one point."""
    c, b, h, q = derivatives(*product)
    c2, b2, h2, q2 = derivatives(*reference)
    b, h = b - b2, h - h2
    return c - c2 + np.trace(h) / 2 + (q - q2) / 8, b @ b + np.trace(h @ h) / 2


def derivatives(values, loads):
    """Logarithm of the sum, gradient, Hessian, and the fourth derivative contracted over both pairs of indices."""
    if not len(values):
        size = loads.shape[1]
        return 0.0, np.zeros(size), np.zeros((size, size)), 0.0
    shares = values / values.sum()
    mean = shares @ loads
    away = loads - mean
    fourth = np.einsum("m,mi,mi,mj,mj->", shares, away, away, away, away)
    hessian = np.einsum("m,mi,mj->ij", shares, away, away)
    return (
        np.log(values.sum()),
        mean,
        hessian,
        fourth - np.trace(hessian) ** 2 - 2 * np.trace(hessian @ hessian),
    )


def cumulants(points) -> tuple[float, float, float]:
    """Mean, standard deviation and skewness by the law of total cumulance."""
    weights = np.array([1, 4, 1]) / 6
    means, variances = np.array(points).T
    mean, within = weights @ means, weights @ variances
    away = means - mean
    variance = weights @ away**2 + within
    third = weights @ away**3 + 3 * weights @ (away * (variances - within))
    return mean, np.sqrt(variance), third / variance**1.5


def shifted_log_normal(mean, deviation, skewness) -> list[float]:
    """Quantiles of the shifted log-normal with these moments; h solves h³ + 3h = skewness by Cardano."""
    root = np.cbrt(skewness / 2 + np.sqrt(1 + skewness**2 / 4))
    h = root - 1 / root
    if abs(h) < 1e-4:  # both ends of the difference agree here: expand instead
        return [mean + deviation * (z + h * (z * z - 1) / 2) for z in (-1.6448536269514722, 0, 1.6448536269514722)]
    width = np.sign(h) * np.sqrt(np.log(1 + h * h))
    return [
        mean + deviation / h * (np.exp(width * z - width**2 / 2) - 1)
        for z in (-1.6448536269514722, 0, 1.6448536269514722)
    ]
