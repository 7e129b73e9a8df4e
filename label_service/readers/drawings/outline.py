"""Lengths and bounds of lines, arcs and curves in the plane; points are complex numbers, x + yj.

Every curve is measured as a cubic Bezier curve: it is halved until chord and control polygon, between which its length
lies, agree to 0.2 %; their mean is then right to 0.1 %, and usually to a millionth.
Source: Gravesen, "Adaptive subdivision and the length and energy of Bezier curves", Computational Geometry 8 (1997).
"""

import math
from cmath import phase, rect
from collections.abc import Iterator
from dataclasses import dataclass, field

from label_service.errors import UnreadableFile

MOST_LINES = 200_000  # of one file; a lace of a square metre has some ten thousand curves
_LINES_PER_CURVE = 4  # what measuring a curve costs, about
LARGEST_MM = 100_000.0  # no machine of a workshop reaches 100 m
_FLAT = 1.002
_MOST_HALVINGS = 10
_EIGHTH = math.pi / 4  # of a circle; drawn as one curve it is right to 4 millionths
_HINT = "check the units of the drawing, and remove what lies far away from it"


@dataclass(frozen=True, slots=True)
class Matrix:
    """An affine map: x' = ax + cy + e, y' = bx + dy + f."""

    a: float = 1.0
    b: float = 0.0
    c: float = 0.0
    d: float = 1.0
    e: float = 0.0
    f: float = 0.0

    def __call__(self, p: complex) -> complex:
        """Map a point."""
        x, y = p.real, p.imag
        return complex(self.a * x + self.c * y + self.e, self.b * x + self.d * y + self.f)

    def __matmul__(self, first: "Matrix") -> "Matrix":
        """Give the map that does `first` before this one."""
        x, y = complex(self.a, self.b), complex(self.c, self.d)
        one, two, origin = x * first.a + y * first.b, x * first.c + y * first.d, self(complex(first.e, first.f))
        return Matrix(one.real, one.imag, two.real, two.imag, origin.real, origin.imag)

    @staticmethod
    def scale(x: float, y: float | None = None) -> "Matrix":
        """Give a map that stretches."""
        return Matrix(a=x, d=x if y is None else y)


@dataclass
class Budget:
    """Counts what a file may draw, so that references to references cannot multiply without end."""

    most: int = MOST_LINES
    spent: int = 0

    def spend(self, count: int = 1) -> None:
        """Take lines from the budget.

        Raises:
            UnreadableFile: it is used up.
        """
        self.spent += count
        if self.spent > self.most:
            raise UnreadableFile(
                f"expected at most {self.most} lines in a drawing, a curve counted as {_LINES_PER_CURVE}, found more",
                hint="simplify the paths, or split the drawing",
            )


@dataclass
class Outline:
    """What has been drawn on one layer, in mm: its length and its bounds."""

    budget: Budget
    length_mm: float = 0.0
    left: float = field(default=math.inf)
    top: float = field(default=math.inf)
    right: float = field(default=-math.inf)
    bottom: float = field(default=-math.inf)

    def line(self, start: complex, end: complex) -> None:
        """Add a straight line."""
        self.budget.spend()
        self._reach(start)
        self._reach(end)
        self.length_mm += abs(end - start)

    def cubic(self, a: complex, b: complex, c: complex, d: complex) -> None:
        """Add a cubic Bezier curve."""
        self.budget.spend(_LINES_PER_CURVE)
        for p in (a, b, c, d):
            _refuse_far(p)
        self._reach(a)
        self._reach(d)
        if not (self._holds(b) and self._holds(c)):
            for t in _turns(a, b, c, d):
                self._reach(_point(a, b, c, d, t))
        self.length_mm += cubic_length(a, b, c, d)

    def _holds(self, p: complex) -> bool:
        return self.left <= p.real <= self.right and self.top <= p.imag <= self.bottom

    def _reach(self, p: complex) -> None:
        _refuse_far(p)
        self.left, self.right = min(self.left, p.real), max(self.right, p.real)
        self.top, self.bottom = min(self.top, p.imag), max(self.bottom, p.imag)


class Pen:
    """Draws on an outline in the coordinates of a shape."""

    def __init__(self, outline: Outline, matrix: Matrix) -> None:
        """Take the map from the shape's coordinates to mm."""
        self._outline = outline
        self._matrix = matrix
        self.at = self._start = 0j

    def move(self, end: complex) -> None:
        """Begin a new line."""
        self.at = self._start = end

    def line(self, end: complex) -> None:
        """Draw a straight line."""
        self._outline.line(self._matrix(self.at), self._matrix(end))
        self.at = end

    def close(self) -> None:
        """Draw back to where the line began."""
        if self.at != self._start:
            self.line(self._start)

    def cubic(self, first: complex, second: complex, end: complex) -> None:
        """Draw a cubic curve with two control points."""
        matrix = self._matrix
        self._outline.cubic(matrix(self.at), matrix(first), matrix(second), matrix(end))
        self.at = end

    def quadratic(self, control: complex, end: complex) -> None:
        """Draw a quadratic curve with one control point."""
        self.cubic(self.at + (control - self.at) * 2 / 3, end + (control - end) * 2 / 3, end)

    def arc(self, radii: complex, rotation: float, end: complex, *, is_large: bool, is_sweep: bool) -> None:
        """Draw an arc of an ellipse; radii that do not reach are stretched.

        Source: Scalable Vector Graphics (SVG) 2, appendix B.2.4 and B.2.5.
        """
        start = self.at
        rx, ry, turn = abs(radii.real), abs(radii.imag), rect(1, rotation)
        if start == end:
            return
        if not rx or not ry:
            self.line(end)
            return
        half = (start - end) / 2 / turn
        unit = complex(half.real / rx, half.imag / ry)
        if (stretch := abs(unit)) > 1:
            rx, ry, unit = rx * stretch, ry * stretch, unit / stretch
        away = math.sqrt(max(0.0, 1 / abs(unit) ** 2 - 1)) if unit else 0.0
        center = unit * (-1j if is_large != is_sweep else 1j) * away
        sweep = phase((-unit - center) / (unit - center))
        if is_sweep != (sweep > 0):
            sweep += math.tau if is_sweep else -math.tau
        middle = (start + end) / 2
        for first, second, corner in _arc_curves(phase(unit - center), sweep):
            points = (center + p for p in (first, second, corner))
            self.cubic(*(middle + complex(p.real * rx, p.imag * ry) * turn for p in points))
        self.at = end

    def ellipse(self, center: complex, rx: float, ry: float) -> None:
        """Draw a whole ellipse along the axes."""
        self.move(center + rx)
        for first, second, corner in _arc_curves(0, math.tau):
            self.cubic(*(center + complex(p.real * rx, p.imag * ry) for p in (first, second, corner)))

    def rectangle(self, corner: complex, size: complex, radii: complex = 0j) -> None:
        """Draw a rectangle, with rounded corners where there are radii; they end at half of a side."""
        x, y, width, height = corner.real, corner.imag, size.real, size.imag
        rx, ry = min(radii.real, width / 2), min(radii.imag, height / 2)
        sides = (
            (complex(x + rx, y), complex(x + width - rx, y), complex(x + width, y + ry)),
            (complex(x + width, y + ry), complex(x + width, y + height - ry), complex(x + width - rx, y + height)),
            (complex(x + width - rx, y + height), complex(x + rx, y + height), complex(x, y + height - ry)),
            (complex(x, y + height - ry), complex(x, y + ry), complex(x + rx, y)),
        )
        for start, end, around in sides:
            self.move(start)
            self.line(end)
            if rx > 0 and ry > 0:
                self.arc(complex(rx, ry), 0, around, is_large=False, is_sweep=True)


def cubic_length(a: complex, b: complex, c: complex, d: complex) -> float:
    """Give the length of a cubic Bezier curve."""
    total, open_ = 0.0, [(a, b, c, d, _MOST_HALVINGS)]
    while open_:
        a, b, c, d, halvings = open_.pop()
        chord, polygon = abs(d - a), abs(b - a) + abs(c - b) + abs(d - c)
        if polygon <= _FLAT * chord or not halvings or polygon < 1e-6:
            total += (chord + polygon) / 2
            continue
        ab, bc, cd = (a + b) / 2, (b + c) / 2, (c + d) / 2
        abc, bcd = (ab + bc) / 2, (bc + cd) / 2
        middle = (abc + bcd) / 2
        open_ += ((a, ab, abc, middle, halvings - 1), (middle, bcd, cd, d, halvings - 1))
    return total


def _arc_curves(start: float, sweep: float) -> Iterator[tuple[complex, complex, complex]]:
    """Give the curves along an arc of the unit circle: two control points and the end of each."""
    count = max(1, math.ceil(abs(sweep) / _EIGHTH - 1e-9))
    step = sweep / count
    reach = 4 / 3 * math.tan(step / 4)
    for place in range(count):
        p, q = rect(1, start + place * step), rect(1, start + (place + 1) * step)
        yield p + p * 1j * reach, q - q * 1j * reach, q


def _point(a: complex, b: complex, c: complex, d: complex, t: float) -> complex:
    s = 1 - t
    return s * s * s * a + 3 * s * s * t * b + 3 * s * t * t * c + t * t * t * d


def _turns(a: complex, b: complex, c: complex, d: complex) -> list[float]:
    """Give the parameters at which the curve turns back in x or in y."""
    square, half, constant = d - 3 * c + 3 * b - a, c - 2 * b + a, b - a
    return [
        t
        for parts in ((square.real, half.real, constant.real), (square.imag, half.imag, constant.imag))
        for t in _roots(*parts)
        if 0 < t < 1
    ]


def _roots(square: float, half: float, constant: float) -> list[float]:
    """Solve square t^2 + 2 half t + constant = 0, without the loss of digits of the schoolbook formula."""
    under = half * half - square * constant
    if under < 0:
        return []
    sum_ = -(half + math.copysign(math.sqrt(under), half))
    return [top / bottom for top, bottom in ((sum_, square), (constant, sum_)) if bottom]


def _refuse_far(p: complex) -> None:
    if not (-LARGEST_MM < p.real < LARGEST_MM and -LARGEST_MM < p.imag < LARGEST_MM):
        raise UnreadableFile(f"expected coordinates below {LARGEST_MM / 1000:.0f} m, found larger ones", hint=_HINT)
