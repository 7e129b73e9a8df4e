"""`label-service declare`: one batch from dropped files, profiles and the few answers that are left."""

import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from label_service import canonical
from label_service.cli import show
from label_service.cli.catalogues import read_profiles
from label_service.cli.releases import ChosenOption, chosen
from label_service.errors import Conflict, InvalidDocument
from label_service.quantity import display

if TYPE_CHECKING:
    from label_service.proposal import Proposal, Question, SourceFile
    from label_service.proposal.values import Total

_MOST_CHOICES = 40  # of a question, such as the jobs of a history


def declare_command(  # noqa: PLR0917 - typer gives them by name
    files: Annotated[
        list[Path] | None, typer.Argument(help="files of slicers, meters, printers; photos of the scale")
    ] = None,
    profiles: Annotated[Path, typer.Option(help="profiles.json of the producer")] = Path("profiles.json"),
    answer: Annotated[list[str] | None, typer.Option(help="answer to a question, such as net=253.8; repeat it")] = None,
    paper: Annotated[
        list[Path] | None, typer.Option(help="paper that no reader reads, such as a delivery note")
    ] = None,
    out: Annotated[Path, typer.Option(help="file for the declaration")] = Path("declaration.json"),
    release: ChosenOption = None,
) -> None:
    """Show what files and profiles say, what disagrees and what is left to answer; write the declaration when complete.

    Exit code 0: the declaration is written; 1: answers are missing; 2: something is unreadable.
    """
    from label_service.proposal import declare, open_source, open_sources, propose  # noqa: PLC0415 - loaded when called

    known, factors = read_profiles(profiles), chosen(release)
    answers = _answers(answer or [])
    dropped = [*open_sources(((file.name, file) for file in files or []), answers)]
    dropped += [open_source(file, is_paper=True) for file in paper or []]
    proposal = propose(dropped, known, answers, factors)
    _show(proposal, dropped)
    if not proposal.is_complete:
        show.line("Answer what is open with --answer NAME=VALUE, then the declaration is written.")
        raise typer.Exit(1)
    declaration = declare(proposal, known, factors, salt=secrets.token_hex(16))
    try:
        out.write_bytes(canonical.encode(declaration.as_json()) + b"\n")
    except OSError as error:
        raise Conflict(f"cannot write {out.name}: {error.strerror}") from error
    show.line(f"{out.name} is written: digest {declaration.digest}. See it with `label-service assess {out.name}`.")


def _answers(texts: list[str]) -> dict[str, str]:
    """Read `name=value`.

    Raises:
        InvalidDocument: no equals sign.
    """
    found = {}
    for text in texts:
        name, sign, value = text.partition("=")
        if not sign:
            raise InvalidDocument(f"expected an answer such as net=253.8, found {text[:40]!r}")
        found[name.strip()] = value.strip()
    return found


def _show(proposal: "Proposal", dropped: "list[SourceFile]") -> None:
    show.table("Files", ("file", "is", "SHA-256"), ((item.name, _kind(item), item.digest) for item in dropped))
    said = (("material taken", proposal.gross), ("energy", proposal.energy), ("machine time", proposal.duration))
    show.table("What they say", ("", "amount", "from"), ((name, *_amount(total)) for name, total in said))
    for conflict in proposal.conflicts:
        show.line(f"disagrees: {conflict.words}", "yellow")
    for warning in proposal.warnings:
        show.line(f"warning: {warning}", "yellow")
    show.table("What they do not say", ("name", "question", "answer"), (_question(item) for item in proposal.questions))
    for missing in proposal.missing:
        show.line(f"not proven yet: {missing}")


def _kind(item: "SourceFile") -> str:
    return f"not read yet: {item.problem}" if item.problem else item.kind.replace("_", " ")


def _amount(total: "Total | None") -> tuple[str, str]:
    return (f"{display(total.text, 5)} {total.unit}", total.words) if total else ("no file says it", "")


def _choice(key: str, name: str) -> str:
    return key if key == name else f"{key} ({name})"


def _question(question: "Question") -> tuple[str, str, str]:
    about = f"{question.file}: " if question.file else ""
    words = about + question.words + (" (may stay empty)" if question.is_optional else "")
    names = dict(question.choices)
    answer = names.get(question.value, question.value)
    if question.problem:
        answer = f"{question.value}: {question.problem}"
    elif not question.value and question.choices:
        state = "may be" if question.is_optional else "open"
        answer = f"{state}: {', '.join(_choice(key, name) for key, name in question.choices[:_MOST_CHOICES])}"
    return question.field, words, answer or ("" if question.is_optional else "open")
