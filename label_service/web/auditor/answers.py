"""What auditors type into forms, in the one spelling that documents need."""

from decimal import Decimal, InvalidOperation
from unicodedata import normalize

from starlette.datastructures import FormData

from label_service.errors import InvalidAmount
from label_service.quantity import amount
from label_service.web.uploads import text_of


def words_of(form: FormData, name: str) -> str:
    """Give a text of several lines."""
    lines = normalize("NFC", text_of(form, name)).replace("\r\n", "\n").split("\n")
    return "\n".join(line.strip() for line in lines).strip()


def lines_of(form: FormData, name: str) -> tuple[str, ...]:
    """Give the lines of a text, each once, without empty ones."""
    return tuple(dict.fromkeys(" ".join(line.split()) for line in words_of(form, name).split("\n") if line.strip()))


def chosen(form: FormData, name: str) -> tuple[str, ...]:
    """Give what was ticked, each once."""
    return tuple(dict.fromkeys(text for text in form.getlist(name) if isinstance(text, str) and text))


def amount_of(text: str, where: str) -> str | None:
    """Give an amount as documents write it; None where nothing was typed.

    Raises:
        InvalidAmount: not a number, or below 0; `where` names the field.
    """
    plain = text.strip().replace(",", ".")
    if not plain:
        return None
    try:
        return amount(Decimal(plain))
    except (InvalidOperation, InvalidAmount) as error:
        raise InvalidAmount(
            f"expected a number from 0 on, found {ascii(text)[:40]}", hint="such as 0.8", where=where
        ) from error


def whole_of(form: FormData, name: str) -> int | None:
    """Give a whole number; None where nothing was typed.

    Raises:
        InvalidAmount: not a whole number; `where` names the field.
    """
    text = text_of(form, name).strip()
    if not text:
        return None
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise InvalidAmount(f"expected a whole number, found {ascii(text)[:40]}", hint="such as 50", where=name)
    return int(text)
