"""Lay the facts of dropped files side by side with profiles and answers, and find the questions that are left."""

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Literal

from label_service.declaration import Machine
from label_service.declaration.profiles import MaterialLot, ProductProfile, Profiles
from label_service.errors import MissingInput
from label_service.factors import lookup
from label_service.factors.release import Release
from label_service.proposal.agreement import (
    ENERGY_TOLERANCE,
    MASS_TOLERANCE,
    TIME_TOLERANCE,
    Disagreement,
    disagreements,
)
from label_service.proposal.opening import JOBS, field_of
from label_service.proposal.values import SourceFile, Total, best, counter_pairs
from label_service.readers import Unsaid
from label_service.workshop import process_of

NEW = "new"  # answer that names a product without a profile
_GRAMS_PER_KILOGRAM = 1000
_MOMENTS = frozenset({"start", "end"})

Choice = tuple[str, str]  # id and name


@dataclass(frozen=True, slots=True)
class Question:
    """Something neither a file nor a profile says; `value` is what was answered so far, or a suggestion.

    Of the kind `several` the value is a list of choices with commas between. `file` is the file it is about.
    """

    field: str
    words: str
    kind: Literal["text", "count", "grams", "kwh", "day", "moment", "choice", "several"]
    choices: tuple[Choice, ...] = ()
    hint: str = ""
    value: str = ""
    problem: str = ""
    is_optional: bool = False
    file: str = ""

    @property
    def is_open(self) -> bool:
        """Whether it keeps the batch from being declared."""
        return bool(self.problem or not (self.value or self.is_optional))

    @property
    def chosen(self) -> frozenset[str]:
        """The choices that are taken, of the kind `several`."""
        return frozenset(self.value.split(","))


@dataclass(frozen=True, slots=True)
class Proposal:
    """What is known about a batch. It can be declared when no question has a problem or lacks its answer."""

    files: tuple[SourceFile, ...]
    questions: tuple[Question, ...]
    product: ProductProfile | None
    machine: Machine | None
    lot: MaterialLot | None
    quantity: int | None
    day: str | None
    net_kg: Decimal | None
    gross: Total | None
    gross_kg: Decimal | None
    duration: Total | None
    energy: Total | None
    conflicts: tuple[Disagreement, ...]
    warnings: tuple[str, ...]

    @property
    def is_complete(self) -> bool:
        """Whether a declaration can be made of it."""
        return not any(question.is_open for question in self.questions)

    @property
    def photos(self) -> tuple[SourceFile, ...]:
        """The files that no reader reads: photos of the scale, papers."""
        return tuple(file for file in self.files if file.is_picture_or_paper)

    @property
    def missing(self) -> tuple[str, ...]:
        """What is not proven yet, and what it costs: the fixed default counts instead."""
        found = []
        if not self.photos:
            found.append("a photo of the scale with the finished items: without it nothing can be assessed")
        if self.energy is None:
            found.append("two readings of a plug meter: without them the largest known energy counts")
        if self.gross is None and not self.photos:
            found.append("the material taken, weighed: without it the largest known scrap counts")
        return tuple(found)


def propose(files: Iterable[SourceFile], profiles: Profiles, answers: Mapping[str, str], release: Release) -> Proposal:
    """Give what files, profiles and answers say about one batch, and every question with its present answer."""
    dropped = tuple(files)
    gross, _ = best(dropped, "filament_mass", MASS_TOLERANCE)
    duration, _ = best(dropped, "print_duration", TIME_TOLERANCE)
    energy, _ = best(dropped, "energy", ENERGY_TOLERANCE)
    product = _choose("product", "What did you make?", _products(profiles), {"product": NEW, **answers})
    known = next((item for item in profiles.products if item.id == product.value), None)
    machine = _choose("machine", "On which machine was it made?", _machines(dropped, profiles, known, release), answers)
    chosen_machine = next((item for item in profiles.machines if item.id == machine.value), None)
    families = _families(chosen_machine, release) if known is None else ((known.family, ""),)
    lot = _choose("lot", "Which material did you take?", _lots(dropped, profiles, families, release), answers)
    asked = [
        *(question for file in dropped for question in file_questions(file)),
        *_product_questions(product, families, answers),
        _count(dropped, answers),
        _grams("net", "What do all finished items weigh together, in g?", answers),
        machine,
        lot,
        _day(dropped, answers),
    ]
    if gross is None:
        asked.append(_grams("gross", "How much material did you take for them, in g?", answers, is_optional=True))
    by_field = {question.field: question for question in asked}
    return Proposal(
        files=dropped,
        questions=tuple(asked),
        product=known,
        machine=chosen_machine,
        lot=next((item for item in profiles.lots if item.id == lot.value), None),
        quantity=_number_of(by_field["quantity"]),
        day=by_field["day"].value or None,
        net_kg=_kilograms(by_field["net"]),
        gross=gross,
        gross_kg=_kilograms(by_field["gross"]) if "gross" in by_field else None,
        duration=duration,
        energy=energy,
        conflicts=disagreements(dropped, _kilograms(by_field["net"])),
        warnings=_warnings(dropped),
    )


def _warnings(files: tuple[SourceFile, ...]) -> tuple[str, ...]:
    """Give what readers found odd; the two readings of a counter need no word about the other one."""
    paired = {file.digest for pair in counter_pairs(files) for file in pair}
    read = [(file, file.reading) for file in files if file.reading and file.digest not in paired]
    return tuple(f"{file.name}: {text}" for file, reading in read for text in reading.warnings)


# questions


def file_questions(file: SourceFile) -> list[Question]:
    """Ask what a file leaves open; an answer with which it cannot be read is asked again."""
    questions = [_file_question(file, unsaid) for unsaid in file.unsaid]
    if file.problem and not any(question.is_open for question in questions):
        last = max(number for number, question in enumerate(questions) if question.value or not number)
        questions[last] = replace(questions[last], problem=file.problem)
    return questions


def _file_question(file: SourceFile, unsaid: Unsaid) -> Question:
    said = getattr(file.options, unsaid.option)
    is_list = unsaid.option in JOBS
    choices = tuple((choice.value, choice.words) for choice in unsaid.choices)
    value = ",".join(map(str, said or ())) if is_list else said or ""
    value = next((key for key, _ in choices if _same(key, value)), value)
    if unsaid.option == "jobs" and not value and not unsaid.is_needed:
        value = ",".join(key for key, _ in choices)  # all of them count as long as nothing else is said
    return Question(
        field=field_of(unsaid.option, file.digest),
        words=unsaid.words,
        kind="several" if is_list else "moment" if unsaid.option in _MOMENTS else "choice" if choices else "text",
        choices=choices,
        value=value,
        is_optional=not unsaid.is_needed,
        file=file.name,
    )


def _choose(field: str, words: str, choices: tuple[Choice, ...], answers: Mapping[str, str]) -> Question:
    """Ask for one of several; where there is only one, it is the suggestion."""
    value = answers.get(field, choices[0][0] if len(choices) == 1 else "")
    problem = "" if not value or value in {key for key, _ in choices} else "choose one of the list"
    return Question(field, words, "choice", choices, value=value, problem=problem)


def _products(profiles: Profiles) -> tuple[Choice, ...]:
    return (*((item.id, item.name) for item in profiles.products), (NEW, "a new product"))


def _product_questions(product: Question, families: tuple[Choice, ...], answers: Mapping[str, str]) -> list[Question]:
    """Ask which product it is; a new one needs a name, and a family where its machine leaves a choice."""
    if product.value != NEW:
        return [product]
    asked = [product] if len(product.choices) > 1 else []
    asked.append(Question("name", "What is it called?", "text", value=answers.get("name", "").strip()))
    if len(families) > 1:
        asked.append(_choose("family", "How was it made?", families, answers))
    return asked


def _families(machine: Machine | None, release: Release) -> tuple[Choice, ...]:
    """Give the families a machine can make goods of; none while the machine is open."""
    rows = ((key, release.row("families", key)) for key in release.keys("families"))
    process = machine.process if machine else ""
    return tuple((key, row["name_en"]) for key, row in rows if process in _processes(row))


def _processes(family: Mapping[str, str]) -> list[str]:
    return family.get("process_ids", "").split(";")


def _machines(
    files: tuple[SourceFile, ...], profiles: Profiles, product: ProductProfile | None, release: Release
) -> tuple[Choice, ...]:
    """Give the machines the files name by their model, else those of that kind, else those that make the product."""
    words = _texts(files, "printer_model")
    named = [item for item in profiles.machines if any(_same(item.model, word) for word in words)]
    if not named:
        able: Container[str | None] = {process_of(word) for word in words} - {None}
        if not able and product:
            able = _processes(release.row("families", product.family))
        named = [item for item in profiles.machines if item.process in able]
    return tuple((item.id, item.model) for item in named or profiles.machines)


def _lots(
    files: tuple[SourceFile, ...], profiles: Profiles, families: tuple[Choice, ...], release: Release
) -> tuple[Choice, ...]:
    """Give the lots whose words the files use for their material, else those that are worked this way, else all."""
    words = _texts(files, "material_name")
    named = [item for item in profiles.lots if any(_same(own, word) for own in item.words for word in words)]
    if not named:
        rows = [release.row("families", key) for key, _ in families]
        named = [item for item in profiles.lots if any(_admits(row, item, release) for row in rows)]
    return tuple((item.id, item.name) for item in named or profiles.lots)


def _admits(family: Mapping[str, str], lot: MaterialLot, release: Release) -> bool:
    return release.has("materials", lot.material) and lookup.admits(family, release.row("materials", lot.material))


def _count(files: tuple[SourceFile, ...], answers: Mapping[str, str]) -> Question:
    objects, _ = best(files, "object_count", MASS_TOLERANCE)
    suggested = str(int(objects.value)) if objects else ""
    value = answers.get("quantity", suggested).strip()
    is_count = value.isascii() and value.isdigit() and 0 < int(value[:9]) <= 1_000_000
    problem = "" if not value or is_count else "expected a whole number from 1 on"
    return Question("quantity", "How many items are they?", "count", value=value, problem=problem)


def _grams(field: str, words: str, answers: Mapping[str, str], *, is_optional: bool = False) -> Question:
    value = answers.get(field, "").strip().replace(",", ".")
    problem = ""
    try:
        if value and not 0 < Decimal(value) < 10_000_000:
            problem = "expected a mass above 0 g"
    except InvalidOperation:
        problem = "expected a number such as 253.8"
    return Question(field, words, "grams", value=value, problem=problem, is_optional=is_optional)


def _day(files: tuple[SourceFile, ...], answers: Mapping[str, str]) -> Question:
    """Ask for the day of making; the meter's or the job's time stamp is the suggestion."""
    starts = _texts(files, "interval_start") + _texts(files, "job_start")
    value = answers.get("day", min(starts)[:10] if starts else "").strip()
    problem = "" if not value or _is_day(value) else "expected a day such as 2026-11-23"
    return Question("day", "When were they made?", "day", value=value, problem=problem)


def _is_day(value: str) -> bool:
    try:
        return date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


def _texts(files: tuple[SourceFile, ...], quantity: str) -> list[str]:
    return [text.value for file in files if file.reading for text in file.reading.texts if text.quantity == quantity]


def _same(own: str, word: str) -> bool:
    """Compare names as people do: case and spaces aside, and `PLA` is meant by `PLA+` of a profile only if listed."""
    return "".join(own.casefold().split()) == "".join(word.casefold().split())


# answers


def _number_of(question: Question) -> int | None:
    return int(question.value) if question.value and not question.problem else None


def _kilograms(question: Question) -> Decimal | None:
    if not question.value or question.problem:
        return None
    return Decimal(question.value) / _GRAMS_PER_KILOGRAM


def family_of(proposal: Proposal, release: Release) -> str:
    """Give the family a new product belongs to: the answer, or the only one its machine can be in.

    Raises:
        MissingInput: no machine was chosen, or the release has no family for its process.
    """
    if proposal.product:
        return proposal.product.family
    answered = next((question.value for question in proposal.questions if question.field == "family"), "")
    families = _families(proposal.machine, release)
    if not answered and not families:
        raise MissingInput(
            "expected a machine whose process belongs to a family of the release",
            hint="choose another machine, or correct its process in the profiles",
            where="/machine",
        )
    return answered or families[0][0]
