"""The small languages in the attributes of SVG: path data, lists of numbers, steps of a transform.

Source: Scalable Vector Graphics (SVG) 2, section 9.3 (path data); CSS Transforms 1, section 9 (two-dimensional steps).
"""

import math
import re

from label_service.errors import UnreadableFile
from label_service.readers.drawings.outline import Matrix, Pen
from label_service.readers.facts import clean

_NUMBER = re.compile(r"[\s,]*([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d{1,3})?)")
_FLAG = re.compile(r"[\s,]*([01])")
_COMMAND = re.compile(r"[\s,]*([MmZzLlHhVvCcSsQqTtAa])")
_REST = re.compile(r"[\s,]*")


def draw(data: str, pen: Pen, where: str) -> None:
    """Draw path data.

    Raises:
        UnreadableFile: not path data.
    """
    path = _Path(data, pen, where)
    while path.command():
        pass


def numbers(text: str, where: str) -> list[float]:
    """Give a list of numbers, separated by white space or commas.

    Raises:
        UnreadableFile: something else stands in it.
    """
    scanner = _Scanner(text, where)
    found = []
    while not scanner.is_done():
        found.append(scanner.number())
    return found


def step(name: str, n: list[float]) -> Matrix | None:
    """Give one step of a transform, None for the wrong count of numbers."""
    if name == "matrix" and len(n) == 6:
        return Matrix(*n)
    if name == "translate" and len(n) in {1, 2}:
        return Matrix(e=n[0], f=n[1] if len(n) == 2 else 0.0)
    if name == "scale" and len(n) in {1, 2}:
        return Matrix.scale(*n)
    if name == "rotate" and len(n) in {1, 3}:
        cos, sin = math.cos(math.radians(n[0])), math.sin(math.radians(n[0]))
        x, y = n[1:] if len(n) == 3 else (0.0, 0.0)
        return Matrix(e=x, f=y) @ Matrix(cos, sin, -sin, cos) @ Matrix(e=-x, f=-y)
    if name in {"skewX", "skewY"} and len(n) == 1:
        slope = math.tan(math.radians(n[0]))
        return Matrix(c=slope) if name == "skewX" else Matrix(b=slope)
    return None


class _Scanner:
    """Reads a text from left to right, each character once."""

    def __init__(self, text: str, where: str) -> None:
        self._text = text
        self._where = where
        self._position = 0

    def is_done(self) -> bool:
        """Tell whether only separators are left."""
        return _REST.fullmatch(self._text, self._position) is not None

    def number(self) -> float:
        """Take a number."""
        return float(self._take(_NUMBER, "a number"))

    def has_number(self) -> bool:
        """Tell whether a number comes next."""
        return _NUMBER.match(self._text, self._position) is not None

    def flag(self) -> bool:
        """Take a single digit, 0 or 1, behind which none needs to separate."""
        return self._take(_FLAG, "a flag, 0 or 1") == "1"

    def point(self) -> complex:
        """Take two numbers."""
        return complex(self.number(), self.number())

    def word(self, pattern: re.Pattern[str], what: str) -> str:
        """Take what fits a pattern."""
        return self._take(pattern, what)

    def _take(self, pattern: re.Pattern[str], what: str) -> str:
        found = pattern.match(self._text, self._position)
        if not found:
            shown = repr(clean(self._text[self._position : self._position + 40]))
            raise UnreadableFile(
                f"expected {what} in the shape, found {shown}",
                hint="save the drawing again as plain SVG",
                where=self._where,
            )
        self._position = found.end()
        return found[1]


class _Path:
    """Draws path data command by command."""

    def __init__(self, data: str, pen: Pen, where: str) -> None:
        self._scanner = _Scanner(data, where)
        self._pen = pen
        self._last = ""  # the letter before, in upper case
        self._control = 0j  # the last control point, for smooth curves

    def command(self) -> bool:
        """Draw one letter and all numbers behind it; tell whether there was one."""
        scanner = self._scanner
        if scanner.is_done():
            return False
        letter = scanner.word(_COMMAND, "M first" if not self._last else "a letter of path data")
        if not self._last and letter not in "Mm":
            raise UnreadableFile("expected a shape that begins with M", hint="save the drawing again as plain SVG")
        if letter in "Zz":
            self._pen.close()
            self._last = "Z"
            return True
        self._draw(letter)
        while scanner.has_number():
            self._draw({"M": "L", "m": "l"}.get(letter, letter))
        return True

    def _draw(self, letter: str) -> None:
        pen, kind = self._pen, letter.upper()
        origin = pen.at if letter.islower() else 0j
        if kind in "ML":
            (pen.move if kind == "M" else pen.line)(origin + self._scanner.point())
        elif kind == "H":
            pen.line(complex(origin.real + self._scanner.number(), pen.at.imag))
        elif kind == "V":
            pen.line(complex(pen.at.real, origin.imag + self._scanner.number()))
        elif kind == "A":
            self._arc(origin)
        else:
            self._curve(kind, origin)
        self._last = kind

    def _curve(self, kind: str, origin: complex) -> None:
        """Draw a cubic (C, S) or quadratic (Q, T) curve; S and T mirror the last control point of their kind."""
        pen, scanner = self._pen, self._scanner
        is_smooth = kind in "ST" and self._last in ("CS" if kind == "S" else "QT")
        mirrored = 2 * pen.at - self._control if is_smooth else pen.at
        first = mirrored if kind in "ST" else origin + scanner.point()
        if kind in "CS":
            self._control = origin + scanner.point()
            pen.cubic(first, self._control, origin + scanner.point())
        else:
            self._control = first
            pen.quadratic(first, origin + scanner.point())

    def _arc(self, origin: complex) -> None:
        scanner = self._scanner
        radii, rotation = scanner.point(), math.radians(scanner.number())
        is_large, is_sweep = scanner.flag(), scanner.flag()
        self._pen.arc(radii, rotation, origin + scanner.point(), is_large=is_large, is_sweep=is_sweep)
