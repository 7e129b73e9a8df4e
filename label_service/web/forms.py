"""Plain forms: fields with what was typed, and answers that are read with the reason at each field that is wrong."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Literal
from unicodedata import normalize

from label_service.declaration import Evidence
from label_service.errors import LabelServiceError

MOST_CHARACTERS = 300  # of a text in a document
_WRONG_NUMBER = "expected a number such as 253.8"

Choice = tuple[str, str]  # what the form sends, and what people read
Group = tuple[str, tuple[Choice, ...]]  # heading, empty for none, and choices
Hidden = tuple[tuple[str, str], ...]  # fields that people do not see, and their values
PaperKind = Literal["certificate", "delivery_note", "measurement", "scale_reading", "photo", "other"]


@dataclass(frozen=True, slots=True)
class Paper:
    """A file that is attached to a field: kept under its digest, with the name it was dropped under."""

    digest: str
    name: str
    size_bytes: int

    @property
    def field(self) -> str:
        """What the form carries from page to page."""
        return f"{self.digest}:{self.name}"

    def evidence(self, kind: PaperKind) -> Evidence:
        """Give the entry of the file in the evidence of profiles."""
        return Evidence(digest=self.digest, kind=kind, name=self.name, size_bytes=self.size_bytes)


@dataclass(frozen=True, slots=True)
class Field:
    """One question of a form with what was answered so far.

    Attributes:
        papers: of a field of kind `file`, what is attached already.
        problem: why the answer cannot be taken; empty when nothing is wrong.
    """

    name: str
    words: str
    kind: Literal["text", "number", "choice", "file"] = "text"
    hint: str = ""
    groups: tuple[Group, ...] = ()
    is_optional: bool = False
    value: str = ""
    papers: tuple[Paper, ...] = ()
    problem: str = ""


@dataclass(frozen=True, slots=True)
class FormView:
    """A page with one form.

    Attributes:
        action: where it is sent.
        hidden: what it carries unseen.
        problem: what is wrong with the whole of it.
    """

    scheme: str
    demo: bool
    title: str
    lead: str
    action: str
    button: str
    fields: tuple[Field, ...]
    hidden: Hidden = ()
    problem: LabelServiceError | None = None


@dataclass
class Answers:
    """What a form sent; reading a field that is wrong notes the reason and gives what can be gone on with.

    Attributes:
        values: texts by field, without white space around them.
        papers: files by field.
        problems: reasons by field.
    """

    values: Mapping[str, str]
    papers: Mapping[str, tuple[Paper, ...]] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)

    def text(self, name: str) -> str | None:
        """Give a text in the one spelling of documents; None where it is empty."""
        text = " ".join(normalize("NFC", self.values.get(name, "")).split())
        if any(not character.isprintable() for character in text):
            self.problems[name] = "expected text without control characters"
            return None
        if len(text) > MOST_CHARACTERS:
            self.problems[name] = f"expected at most {MOST_CHARACTERS} characters, found {len(text)}"
            return None
        return text or None

    def needed(self, name: str) -> str:
        """Give a text that must be there."""
        text = self.text(name)
        if text is None:
            self.problems.setdefault(name, "still to answer")
        return text or "-"

    def choice(self, name: str, known: Mapping[str, str]) -> str | None:
        """Give one of the known keys; None where nothing was chosen."""
        key = self.values.get(name, "")
        if key and key not in known:
            self.problems[name] = "choose one of the list"
        return key if key in known else None

    def number(self, name: str, largest: Decimal) -> Decimal | None:
        """Give a number above 0, with a point or a comma before the decimals; None where it is empty."""
        text = self.values.get(name, "").replace(",", ".")
        if not text:
            return None
        try:
            value = Decimal(text)
        except InvalidOperation:
            self.problems[name] = _WRONG_NUMBER
            return None
        if not value.is_finite() or not 0 < value <= largest:
            self.problems[name] = f"expected a number above 0, at most {largest}"
            return None
        return value

    def digests(self, name: str) -> tuple[str, ...]:
        """Give the digests of the files attached to a field."""
        return tuple(dict.fromkeys(paper.digest for paper in self.papers.get(name, ())))
