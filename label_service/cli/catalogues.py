"""`label-service catalogue`: many products from one sheet. Exit codes: 0 every row, 1 rows with errors, 2 unreadable.

`check` and `result` change nothing. `submit` can be stopped and started again: a row that was submitted is recognised
by the digest of its declaration, which is the same for the same row under the same key.
"""
# ruff: noqa: PLC0415 - a command imports what it needs when it is called

import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeVar

import typer

from label_service import canonical
from label_service.cli import show
from label_service.cli.installation import open_installation
from label_service.cli.releases import ChosenOption, chosen
from label_service.errors import Conflict, LabelServiceError, NotFound, Refused

if TYPE_CHECKING:
    from label_service.catalogue import CatalogueRead, CatalogueRow, EvidenceFiles, Outcome, RowError
    from label_service.declaration.profiles import Profiles
    from label_service.factors.release import Release
    from label_service.issuance.scheme import Scheme
    from label_service.settings import Settings

app = typer.Typer(help="Declare many products from one sheet, and write the labels back for the shop.")

_AT_ONCE = 200  # rows between two questions to the database
_LISTED = 20  # rows of a table people see

FileArgument = Annotated[Path, typer.Argument(help="catalogue as .csv or .xlsx")]
ProfilesOption = Annotated[Path, typer.Option(help="profiles.json of the producer")]
EvidenceOption = Annotated[Path | None, typer.Option(help="folder or .zip with the files that rows name as evidence")]
LanguageOption = Annotated[Literal["en", "de"], typer.Option(help="language of the header")]
ShopOption = Annotated[Literal["woocommerce", "shopify"], typer.Option(help="whose columns are written")]
DraftsOption = Annotated[
    Path | None, typer.Option("--from", help="product export of Shopify or WooCommerce to start from")
]
JsonOption = Annotated[bool, typer.Option("--json", help="print canonical JSON instead of a table")]
OutOption = Annotated[Path | None, typer.Option(help="file to write; FILE.result.csv when left out")]
Item = TypeVar("Item")


@app.command()
def template(
    file: FileArgument, drafts: DraftsOption = None, language: LanguageOption = "en", release: ChosenOption = None
) -> None:
    """Write a template to fill in; with --from it lists the products of a shop."""
    from label_service.catalogue import template_csv, template_xlsx

    rows: tuple[CatalogueRow, ...] = ()
    if drafts:
        found = _read(drafts)
        rows = found.rows
        _show_errors(found.errors)
    is_sheet = file.suffix.lower() == ".xlsx"
    data = template_xlsx(chosen(release), rows, language) if is_sheet else template_csv(rows, language)
    _write(file, data)
    show.line(f"{file.name}: {len(rows)} products to fill in; docs/catalogues.md explains the columns.")


@app.command()
def check(
    file: FileArgument,
    profiles: ProfilesOption,
    evidence: EvidenceOption = None,
    release: ChosenOption = None,
    *,
    as_json: JsonOption = False,
) -> None:
    """Make and assess every declaration without keeping it: score and letter of each row, and what is wrong."""
    from label_service.catalogue import dry_run

    found, known = _read(file), read_profiles(profiles)
    outcomes = dry_run(found.rows, known, chosen(release), files=_files(evidence))
    shown, grades, errors = [], Counter[str](), list(found.errors)
    for outcome in _progress(outcomes, len(found.rows), "checked"):
        if outcome.error:
            errors.append(outcome.error)
        elif outcome.assessment:
            grades[outcome.assessment.grade or "no grade"] += 1
            shown.append(_told(outcome))
    errors.sort(key=lambda error: error.number)
    if as_json:
        document = {"rows": shown, "errors": [_as_json(error) for error in errors], "warnings": list(found.warnings)}
        sys.stdout.write(canonical.encode(document).decode() + "\n")
    else:
        _show_check(found, shown, grades, errors)
    if errors:
        raise typer.Exit(1)


@app.command()
def submit(file: FileArgument, profiles: ProfilesOption, evidence: EvidenceOption = None) -> None:
    """Submit every row that is a declaration to this installation; rows that were submitted before stay as they are."""
    from label_service.settings import read_settings

    settings, found, known = read_settings(), _read(file), read_profiles(profiles)
    if known.demo != (settings.mode == "demo"):
        raise Refused(
            f"this installation runs in {settings.mode} mode, the profiles are of the other",
            hint=f"set demo to {str(settings.mode == 'demo').lower()} in {profiles.name}",
        )
    errors, counts = list(found.errors), Counter[str]()
    with open_installation() as scheme:
        outcomes = _declared(found, known, settings, evidence)
        for part in _parts(_progress(outcomes, len(found.rows), "submitted")):
            errors += _submit(part, scheme, settings, counts)
    _show_errors(sorted(errors, key=lambda error: error.number))
    show.line(f"{counts['new']} submitted, {counts['kept']} were there already, {len(errors)} errors.")
    if errors:
        raise typer.Exit(1)


@app.command()
def result(
    file: FileArgument,
    profiles: ProfilesOption,
    evidence: EvidenceOption = None,
    out: OutOption = None,
    shop: ShopOption = "woocommerce",
) -> None:
    """Write a CSV that the shop imports: sku to label page, QR code and badge, with the state of every row."""
    from label_service.catalogue import Result, result_csv
    from label_service.settings import read_settings

    settings, found, known = read_settings(), _read(file), read_profiles(profiles)
    results = [Result.of_error(error) for error in found.errors if error.sku]
    for part in _parts(_progress(_declared(found, known, settings, evidence), len(found.rows), "looked up")):
        kept = _kept(part, settings)
        for outcome in part:
            of = kept.get(outcome.declaration.digest) if outcome.declaration else None
            url = f"{settings.origin}/L/{of.label_id}" if of and of.label_id else ""
            results.append(Result.of(outcome, of.state if of else "new", url))
    results.sort(key=lambda item: item.number)
    target = out or file.with_suffix(".result.csv")
    _write(target, result_csv(results, shop))
    labels = sum(1 for item in results if item.label_url)
    show.line(f"{target.name}: {len(results)} products, {labels} of them with a label.")
    if found.errors or any(item.error for item in results):
        raise typer.Exit(1)


def read_profiles(path: Path) -> "Profiles":
    """Read profiles as people write them: any white space and order of members.

    Raises:
        NotFound, InvalidDocument: unreadable, or no profiles.
    """
    from label_service.declaration.profiles import Profiles

    return Profiles.from_json(canonical.decode_lenient(_bytes(path)))


def _declared(
    found: "CatalogueRead", profiles: "Profiles", settings: "Settings", evidence: Path | None
) -> "Iterator[Outcome]":
    from label_service.catalogue import declare_rows
    from label_service.issuance.salts import salt_key

    key = salt_key(settings.keys_folder)
    return declare_rows(found.rows, profiles, _in_use(), salt_key=key, files=_files(evidence))


def _submit(part: "list[Outcome]", scheme: "Scheme", settings: "Settings", counts: Counter[str]) -> "list[RowError]":
    """Submit the rows of a part that are not there yet, and give the errors."""
    from label_service.catalogue import row_error

    kept = _kept(part, settings)
    errors = [outcome.error for outcome in part if outcome.error]
    new = [item for item in part if item.declaration and item.declaration.digest not in kept]
    counts["kept"] += len(part) - len(errors) - len(new)
    declarations = [item.declaration for item in new if item.declaration]
    party = declarations[0].producer.id if declarations else None
    for outcome, taken in zip(new, scheme.declarations.submit_all(declarations, party=party), strict=True):
        if isinstance(taken, LabelServiceError):
            errors.append(row_error(outcome.row, taken))
        else:
            counts["new"] += 1
    return errors


def _kept(part: "list[Outcome]", settings: "Settings") -> Any:
    from label_service.issuance.kept import kept_declarations
    from label_service.store.database import open_engine

    engine = open_engine(settings.url)
    try:
        return kept_declarations(engine, [item.declaration.digest for item in part if item.declaration])
    finally:
        engine.dispose()


def _in_use() -> "Release":
    """Give the release that the installation declares with."""
    with open_installation() as scheme:
        return scheme.releases.current()


def _read(file: Path) -> "CatalogueRead":
    from label_service.catalogue import read_catalogue

    return read_catalogue(_bytes(file), file.name)


def _files(evidence: Path | None) -> "EvidenceFiles":
    from label_service.catalogue import Files, Folder, NoFiles

    if evidence is None:
        return NoFiles()
    return Folder(evidence) if evidence.is_dir() else Files.of_zip(_bytes(evidence))


def _bytes(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise NotFound(f"cannot read {file.name}: {error.strerror}") from error


def _write(file: Path, data: bytes) -> None:
    try:
        file.write_bytes(data)
    except OSError as error:
        raise Conflict(f"cannot write {file.name}: {error.strerror}") from error


def _progress(items: Iterable[Item], total: int, words: str) -> Iterator[Item]:
    """Show how far it is on standard error, where that is a terminal."""
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        yield from progress.track(items, total=total, description=words)


def _parts(items: Iterable[Item]) -> Iterator[list[Item]]:
    waiting = iter(items)
    while part := list(islice(waiting, _AT_ONCE)):
        yield part


def _told(outcome: "Outcome") -> dict[str, Any]:
    found = outcome.assessment
    told: dict[str, Any] = {"row": outcome.row.number, "sku": outcome.row.sku}
    if found:
        told |= {"grade": found.grade, "score": found.score, "kgco2e": found.product.kgco2e.as_json()}
    told["findings"] = [item.as_json() for item in outcome.findings]
    told["warnings"] = list(outcome.warnings)
    return {name: value for name, value in told.items() if value is not None}


def _as_json(error: "RowError") -> dict[str, Any]:
    named = ("row", error.number), ("sku", error.sku), ("column", error.column), ("code", error.code)
    return dict((*named, ("detail", error.detail), ("hint", error.hint)))


def _show_check(
    found: "CatalogueRead", shown: list[dict[str, Any]], grades: Counter[str], errors: "list[RowError]"
) -> None:
    if found.kind != "template":
        show.line(f"An export of {found.kind}: {len(found.rows)} drafts.")
    for warning in found.warnings:
        show.line(f"warning: {warning}", "yellow")
    show.table(
        "Calculated from the maker's own data, not verified",
        ("row", "sku", "grade", "score", "kg CO2e per item", "to look at"),
        (
            [str(row["row"]), row["sku"], row.get("grade", "none"), str(row.get("score", "")), *_figures(row)]
            for row in shown[:_LISTED]
        ),
    )
    if len(shown) > _LISTED:
        show.line(f"and {len(shown) - _LISTED} more rows; --json prints all of them")
    _show_errors(errors)
    told = ", ".join(f"{number} × {grade}" for grade, number in sorted(grades.items()))
    show.line(f"{len(shown)} rows can be submitted ({told or 'none'}), {len(errors)} errors.")


def _figures(row: dict[str, Any]) -> list[str]:
    from label_service.quantity import display

    questioned = [finding["rule"] for finding in row["findings"]]
    return [display(row["kgco2e"]["median"]), "; ".join([*questioned, *row["warnings"]])]


def _show_errors(errors: "Iterable[RowError]") -> None:
    for error in errors:
        show.line(f"✗ {error.words}", "red")
