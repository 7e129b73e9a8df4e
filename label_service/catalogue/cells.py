"""Cells of sheets as people and programs write them: decimal commas, German days, formulas, and what may be written.

A number is never guessed: `1.234` is one and a bit, or more than a thousand. It is read only where the rest of the
file shows which sign stands before the decimals.
"""

import re
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import NoReturn
from unicodedata import normalize

from label_service.errors import InvalidAmount, InvalidDocument, LabelServiceError, Refused

Cell = str | Decimal | date  # a sheet of a spreadsheet program knows numbers and days, a text file only text

MOST_CHARACTERS = 300  # of one text, as documents allow
_NUMBER = re.compile(r"[0-9]{1,12}(?:([.,])([0-9]{1,24}))?")
_GERMAN_DAY = re.compile(r"([0-9]{1,2})\.([0-9]{1,2})\.(20[0-9]{2})")
_ESCAPED = re.compile(r"'[=+\-@\t\r]")
_ACTIVE = ("=", "+", "-", "@", "\t", "\r")  # first characters that spreadsheet programs take for a formula
_LARGEST = Decimal(10) ** 12


def is_formula(cell: Cell) -> bool:
    """Tell whether a spreadsheet program would compute the cell; a number or a name never starts like this."""
    return isinstance(cell, str) and cell.lstrip().startswith(("=", "@"))


def inert(text: str) -> str:
    """Give a text that no spreadsheet program takes for a formula, as the exporters of shops write it."""
    return f"'{text}" if text.startswith(_ACTIVE) else text


def text_of(cell: Cell, most: int = MOST_CHARACTERS) -> str:
    """Give a text in the one spelling of documents, of at most so many characters.

    Raises:
        Refused: a formula.
        InvalidDocument: longer than a text may be.
    """
    if is_formula(cell):
        _refuse_formula()
    if isinstance(cell, Decimal):
        return format(cell, "f")
    if isinstance(cell, date):
        return cell.isoformat()
    text = cell[1:] if _ESCAPED.match(cell) else cell
    shown = "".join(character if character.isprintable() else " " for character in normalize("NFC", text))
    shown = normalize("NFC", " ".join(shown.split()))
    if len(shown) > most:
        raise InvalidDocument(f"expected at most {most} characters, found {len(shown)}", hint="shorten it")
    return shown


def number_of(cell: Cell, decimal_sign: str) -> Decimal:
    """Give a number; `decimal_sign` is what the file shows, empty where it shows nothing.

    Raises:
        Refused: a formula.
        InvalidAmount: no number, a negative one, or one that can be read in two ways.
    """
    if isinstance(cell, Decimal):
        return _in_range(cell)
    if is_formula(cell):
        _refuse_formula()
    text = str(cell).strip()
    parts = _NUMBER.fullmatch(text)
    if not parts:
        raise InvalidAmount(
            f"expected a number such as 253.8 or 253,8, found {text[:40]!r}",
            hint="write it without unit, sign and separators of thousands",
        )
    if parts[1] and parts[1] != decimal_sign and (decimal_sign or _could_be_thousands(text)):
        raise InvalidAmount(
            f"expected a number that can be read in one way, found {text!r}",
            hint="write thousands without a separator, and the same decimal sign in the whole file",
        )
    return _in_range(Decimal(text.replace(",", ".")))


def count_of(cell: Cell) -> int:
    """Give a whole number from 1 on.

    Raises:
        Refused: a formula.
        InvalidAmount: anything else.
    """
    value = number_of(cell, "")
    if value != value.to_integral_value() or not 1 <= value <= 1_000_000:
        raise InvalidAmount(f"expected a whole number from 1 to 1000000, found {value}", hint="count the items")
    return int(value)


def day_of(cell: Cell) -> str:
    """Give a day as 2026-11-23, from that spelling or from 23.11.2026.

    Raises:
        Refused: a formula.
        InvalidAmount: no day, or a spelling that could be two days.
    """
    if isinstance(cell, datetime):
        cell = cell.date()
    if isinstance(cell, date):
        return cell.isoformat()
    text = text_of(cell)
    german = _GERMAN_DAY.fullmatch(text)
    if german:
        text = f"{german[3]}-{int(german[2]):02}-{int(german[1]):02}"
    try:
        if date.fromisoformat(text).isoformat() == text:
            return text
    except ValueError:
        pass
    raise InvalidAmount(
        f"expected a day such as 2026-11-23 or 23.11.2026, found {text[:40]!r}",
        hint="11/23/2026 and 23/11/2026 are not read, for many days could be two",
    )


def decimal_sign_of(cells: Iterable[Cell]) -> str:
    """Give the sign before decimals that the numbers of a file show without doubt: `.`, `,`, or nothing.

    Where both are shown, neither is: then only numbers that can be read in one way are read.
    """
    shown = {
        parts[1]
        for cell in cells
        if isinstance(cell, str)
        and (parts := _NUMBER.fullmatch(cell.strip()))
        and parts[1]
        and not _could_be_thousands(cell.strip())
    }
    return shown.pop() if len(shown) == 1 else ""


def error_in(column: str, error: LabelServiceError) -> LabelServiceError:
    """Give the error with the column it is in."""
    error.where = column
    return error


def _could_be_thousands(text: str) -> bool:
    """Tell whether the sign could stand between thousands: 1.234, but not 0.123, 12.34 or 1234.567."""
    whole, _, rest = text.replace(",", ".").partition(".")
    return len(rest) == 3 and 1 <= len(whole) <= 3 and not whole.startswith("0")


def _in_range(value: Decimal) -> Decimal:
    if not value.is_finite() or not 0 <= value < _LARGEST:
        raise InvalidAmount(f"expected a number from 0 to below 10^12, found {value}", hint="check the cell")
    return value


def _refuse_formula() -> NoReturn:
    raise Refused(
        "expected a value, found a formula",
        hint="copy the column and insert it again as values only; formulas are never computed here",
    )
