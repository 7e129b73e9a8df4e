"""From the ratio to the reference to a score and a letter on a versioned scale. Method page: docs/method.md, section 6.

Score = ⌈100 × U95(R) − 10⁻⁹⌉: "at most 64 % of the mass-produced reference, with 95 % certainty".
"""

from decimal import ROUND_CEILING, Decimal
from typing import Literal

Grade = Literal["A", "B", "C", "D", "E"]
Cap = Literal["proxy_share", "same_design_worse"]

# Steps of 1.25 as in Regulation (EU) 2019/2016, Annex II; the letters and the reference at 100 are ours.
SCALE: tuple[tuple[Grade, int], ...] = (("A", 64), ("B", 80), ("C", 100))
PROXY_SHARE_LIMIT = 0.25  # of the product's impact; above, a letter better than C is not shown
BOUGHT_PART_LIMIT = 0.5  # of either side; above, no grade
_TOLERANCE = Decimal("1e-9")


def score_of(u95: str) -> int:
    """Give the score of the 95 % upper bound of the ratio, a figure of 10 digits."""
    return int((100 * Decimal(u95) - _TOLERANCE).to_integral_value(rounding=ROUND_CEILING))


def grade_of(score: int, p05: str) -> Grade:
    """Give the letter: A, B, C by the score; E when the 5 % bound shows the product worse; D when nothing is shown."""
    for letter, limit in SCALE:
        if score <= limit:
            return letter
    return "E" if Decimal(p05) > 1 else "D"


def capped(letter: Grade, caps: tuple[Cap, ...]) -> Grade:
    """Give the letter after the caps: never better than C when one applies."""
    return max(letter, "C") if caps else letter
