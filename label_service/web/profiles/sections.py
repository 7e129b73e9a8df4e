"""What the four forms have in common: the questions of a section, and how answers become an item of the profiles.

Pure functions of profiles, release and answers; pages and storage are in `desk`.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from label_service.declaration.profiles import Profiles
from label_service.document import Design, Model, validate
from label_service.factors.release import Release
from label_service.quantity import UNITS, amount, plain
from label_service.web.forms import Answers, Choice, Field, Group, PaperKind
from label_service.web.words import Words

GRAMS = Decimal(1000)  # in a kilogram


@dataclass(frozen=True, slots=True)
class Workshop:
    """What the forms know.

    Attributes:
        profiles: as they are so far.
        year: of making, which chooses the electricity.
        item_id: of the item that is edited; empty on the overview.
        designs: that the form names, by digest.
    """

    profiles: Profiles
    release: Release
    year: int
    item_id: str = ""
    designs: Mapping[str, Design] = field(default_factory=dict)

    def names(self, table: str) -> dict[str, str]:
        """Give the names of all rows of a table by their key."""
        named = Words(self.release, self.year)
        return {key: named.name(table, key) for key in self.release.keys(table)}

    def sites(self) -> dict[str, str]:
        """Give the names of the sites by their id."""
        return {site.id: site.name for site in self.profiles.sites}


@dataclass(frozen=True, slots=True)
class Section:
    """One kind of profile: a member of the document and a part of the address.

    Attributes:
        fields: the questions, still without answers.
        start: answers that a new item begins with.
        values: an item as its maker typed it.
        evidence: digests that are attached to each field of an item.
        papers: kind of evidence of each field with files.
        read: answers to the members of an item; problems are noted in the answers.
        words: one line that tells an item from the others, and a second that says more.
    """

    name: str
    title: str
    one: str
    lead: str
    model: type[Model]
    fields: Callable[[Workshop], tuple[Field, ...]]
    start: Callable[[Workshop], dict[str, str]]
    values: Callable[[Any], dict[str, str | None]]
    evidence: Callable[[Any], dict[str, tuple[str, ...]]]
    papers: Mapping[str, PaperKind]
    read: Callable[[Answers, Workshop], dict[str, Any]]
    words: Callable[[Any, Workshop], tuple[str, str]]

    def items(self, profiles: Profiles) -> tuple[Any, ...]:
        """Give the items of this kind."""
        return tuple(getattr(profiles, self.name))

    def item(self, profiles: Profiles, item_id: str) -> Any | None:
        """Give the item with an id, or None where there is none."""
        return next((item for item in self.items(profiles) if item.id == item_id), None)


def read_item(section: Section, item_id: str, answers: Answers, workshop: Workshop, before: Any | None) -> Any | None:
    """Give the item that answers make, with what no form asks taken from the one before; None when one is wrong.

    Raises:
        InvalidDocument: a value breaks the format in a way no field foresaw.
    """
    members = section.read(answers, workshop)
    if answers.problems:
        return None
    kept = before.as_json() if before else {}
    asked = {question.name for question in section.fields(workshop)}
    unasked = {name: value for name, value in kept.items() if name not in asked}
    present = {name: _as_before(value, kept.get(name)) for name, value in members.items() if value is not None}
    return validate(section.model, unasked | present | {"id": item_id})


def _as_before(value: Any, before: Any) -> Any:
    """Keep an amount as it was, with its basis and unit, where neither number nor papers were changed."""
    if not isinstance(value, dict) or not isinstance(before, dict) or "unit" not in value:
        return value
    return before if _measure(value) == _measure(before) else value


def _measure(entry: Mapping[str, Any]) -> tuple[str, Decimal, set[str]]:
    base, factor = UNITS[entry["unit"]]
    return base, Decimal(entry["value"]) * factor, set(entry["evidence"])


def material_groups(release: Release) -> tuple[Group, ...]:
    """Give all materials of the release to choose from, by their category."""
    groups: dict[str, list[Choice]] = {}
    for key in release.keys("materials"):
        row = release.row("materials", key)
        groups.setdefault(row["category"], []).append((key, row["name_en"]))
    return tuple((category, tuple(sorted(rows, key=lambda row: row[1]))) for category, rows in sorted(groups.items()))


def one_group(choices: Mapping[str, str]) -> tuple[Group, ...]:
    """Give choices in one list, in the order of their names."""
    return (("", tuple(sorted(choices.items(), key=lambda choice: choice[1]))),)


def chosen(answers: Answers, name: str, known: Mapping[str, str]) -> str:
    """Give one of the known keys, which must be chosen."""
    key = answers.choice(name, known)
    if key is None:
        answers.problems.setdefault(name, "still to choose")
    return key or "-"


def entry_of(value: Decimal | None, unit: str, basis: str, digests: Iterable[str]) -> dict[str, Any] | None:
    """Give an amount; without a paper that proves it, it is asserted."""
    evidence = list(digests)
    if value is None:
        return None
    return {"value": amount(value), "unit": unit, "basis": basis if evidence else "asserted", "evidence": evidence}


_FACTORS: Final = {("kg", "g"): GRAMS, ("g", "kg"): 1 / GRAMS, ("kW", "W"): GRAMS}


def in_unit(value: str, unit: str, wanted: str) -> str:
    """Give an amount in the unit a form asks for."""
    return plain(Decimal(value) * _FACTORS.get((unit, wanted), Decimal(1)))
