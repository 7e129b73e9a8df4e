"""The worked example of docs/method/uncertainty.md, step by step as a reader with a calculator would do it."""

from math import erfc, exp, log, sqrt
from pathlib import Path

import pytest

from label_service.impact.closed_form import ratio
from tests.vectors.make_closed_form import EXAMPLE

PAGE = Path(__file__).parents[2] / "docs" / "method" / "uncertainty.md"
AA, BB, CC, AB, AC, BC = 0.1088, 0.0738, 0.0648, 0.0288, 0.0768, 0.0468  # scalar products across the gradient
ALONG = (-0.16 * 0.4 / sqrt(0.08), 0.12 * 0.3 / sqrt(0.08), (-0.16 * 0.4 - 0.2 * 0.2) / sqrt(0.08))


def point(t: float) -> tuple[float, float, float, float]:
    """Give share of A, c, mean and variance at one of the three points."""
    a, b, c = (value * exp(t * load) for value, load in zip((0.6, 0.4, 1.25), ALONG, strict=True))
    w, other = a / (a + b), b / (a + b)
    spread = w * other * 0.125
    fourth = w * other * (w**3 + other**3) * 0.125**2 - 3 * spread**2
    slope = w * w * AA + other * other * BB + 2 * w * other * AB - 2 * w * AC - 2 * other * BC + CC
    log_ratio = log((a + b) / c)
    return w, log_ratio, log_ratio + spread / 2 + fourth / 8, slope + spread**2 / 2


def shown(number: float) -> str:
    """Write a number as the page does."""
    return f"{number:.6f}".replace("-", "−")


def test_the_page_can_be_followed_with_a_calculator() -> None:
    """Three points, three cumulants and three quantiles by hand are those of the code, and stand on the page."""
    text = PAGE.read_text(encoding="utf-8")
    points = [point(t) for t in (-sqrt(3), 0, sqrt(3))]
    for t, row in zip(("−√3 | 1/6", "0 | 2/3", "√3 | 1/6"), points, strict=True):
        assert f"| {t} | {' | '.join(shown(part) for part in row)} |" in text
    (_, _, m1, s1), (_, _, m2, s2), (_, _, m3, s3) = points
    mean, within = (m1 + 4 * m2 + m3) / 6, (s1 + 4 * s2 + s3) / 6
    d1, d2, d3 = m1 - mean, m2 - mean, m3 - mean
    variance = (d1**2 + 4 * d2**2 + d3**2) / 6 + within
    third = (d1**3 + 4 * d2**3 + d3**3) / 6 + (d1 * (s1 - within) + 4 * d2 * (s2 - within) + d3 * (s3 - within)) / 2
    skewness = third / variance**1.5
    h = 0.1
    for _ in range(20):  # Newton: h³ + 3h = skewness
        h -= (h**3 + 3 * h - skewness) / (3 * h * h + 3)
    delta = sqrt(log(1 + h * h))
    bounds = [exp(mean + sqrt(variance) / h * (exp(delta * z - delta**2 / 2) - 1)) for z in (-1.6448536, 0, 1.6448536)]
    zero = (log(1 - h * mean / sqrt(variance)) + delta**2 / 2) / delta
    better = erfc(-zero / sqrt(2)) / 2
    for number in (mean, variance, sqrt(variance), third, skewness, h, delta, *bounds, zero, better):
        assert shown(number) in text
    assert ratio(*EXAMPLE)[:4] == pytest.approx((*bounds, better), rel=1e-7)
