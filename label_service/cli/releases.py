"""`label-service release` and `reassess`: a new release of factors, from its tables to what it would change.

`reassess` publishes nothing and changes no label. Exit codes: 0, also when letters would change; 2 unreadable.
"""
# ruff: noqa: PLC0415 - a command imports what it needs when it is called

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from label_service import canonical
from label_service.cli import show
from label_service.cli.installation import open_installation
from label_service.errors import NotFound

if TYPE_CHECKING:
    from label_service.factors.release import Release

app = typer.Typer(help="Releases of factors: build, publish, withdraw.", no_args_is_help=True)

_LISTED = 10  # rows of the release shown to people
ReleaseOption = Annotated[
    str, typer.Option("--release", help="folder or file of a release, or a version of this package")
]
ChosenOption = Annotated[
    str | None,
    typer.Option(
        "--release",
        help="folder or file of a release, or a version of this package; its newest when left out",
    ),
]
DigestOption = Annotated[str, typer.Option("--digest", help="digest of the release, from who made it")]


@app.command()
def build(
    folder: Annotated[Path, typer.Argument(help="folder with the tables as CSV")],
    version: Annotated[str, typer.Option("--release", help="version, such as 2026.12.0")],
    *,
    name: Annotated[str, typer.Option(help="of the package")] = "label-factors",
) -> None:
    """Write `release.json` of a folder with tables; licences are those of the `release.json` that lies there."""
    from label_service.factors.release import build as made_of
    from label_service.factors.tables import read_rows

    header = folder / "release.json"
    licences = canonical.decode_lenient(header.read_bytes())["licences"] if header.exists() else []
    release = made_of(name, version, licences, read_rows(folder))
    header.write_bytes(canonical.encode(release.header()))
    show.line(f"{release.name} {release.version}: {release.size} rows, digest {release.digest}")


@app.command("list")
def list_() -> None:
    """List the releases on the trust list, the newest first."""
    with open_installation() as scheme:
        for item in scheme.releases.all():
            state = "in use" if item.is_in_use else f"withdrawn: {item.reason}" if item.withdrawn_at else "earlier"
            show.line(f"{item.version}  {item.digest}  {state}")


@app.command()
def publish(release: ReleaseOption, digest: DigestOption) -> None:
    """Put a release on the trust list and into use; labels keep the release they were made with."""
    found = read_any(release)
    with open_installation() as scheme:
        scheme.releases.publish(found, digest)
    show.line(f"{found.version} is in use; what is declared from now on is assessed with it.")


@app.command()
def withdraw(
    digest: Annotated[str, typer.Argument(help="digest of the release")],
    reason: Annotated[str, typer.Option(help="why, in words that everybody reads")],
) -> None:
    """Take a release out of use; decide about the labels that rest on it one by one, see docs/releases.md."""
    with open_installation() as scheme:
        scheme.releases.withdraw(digest, reason)
        show.line(f"It is withdrawn; {scheme.releases.current().version} is in use.")


def reassess(
    release: ReleaseOption,
    out: Annotated[Path | None, typer.Option(help="folder of the report; reassessment-VERSION when left out")] = None,
    processes: Annotated[int, typer.Option(min=1, max=256, help="how many work at a time")] = os.cpu_count() or 1,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="print the report instead of a summary")] = False,
) -> None:
    """Assess everything again under another release: which letters would change, by how much, and because of what."""
    from rich.console import Console
    from rich.progress import Progress

    from label_service.issuance.reassessment import reassess as run
    from label_service.settings import read_settings

    found = read_any(release)
    with open_installation() as scheme:
        in_use = scheme.releases.current()
    folder = out or Path(f"reassessment-{found.version}")
    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        bar = progress.add_task("assessed", total=None)

        def tell(done: int, total: int) -> bool:
            progress.update(bar, completed=done, total=total)
            return True

        report = run(read_settings().url, (in_use, found), folder, processes, tell)
    if as_json:
        sys.stdout.write(canonical.encode(report).decode() + "\n")
    else:
        _show(report, folder)


def chosen(text: str | None) -> "Release":
    """Give the release somebody named, else the newest of this package; everything of this command then finds it.

    Raises:
        NotFound, InvalidDocument, UnsupportedVersion: as for `read_any`.
    """
    from label_service.factors.release import load_release, mount

    return load_release() if text is None else mount(read_any(text))


def read_any(text: str) -> "Release":
    """Read a release from a folder, from a file, or by its version in this package.

    Raises:
        NotFound: neither.
        InvalidDocument, UnsupportedVersion: malformed.
    """
    from label_service.factors.release import load_folder, load_release, read_release, versions

    path = Path(text)
    if path.is_dir():
        return load_folder(path)
    if path.is_file():
        return read_release(path.read_bytes())
    if text in versions():
        return load_release(text)
    raise NotFound(f"expected a folder or file of a release, or one of {', '.join(versions())}, found {text[:80]!r}")


def _show(report: dict[str, Any], folder: Path) -> None:
    counts, steps = report["counts"], report["steps"]
    show.line(
        f"{report['release']['release']} against {report['in_use']['release']}: {counts['all']} declarations, "
        f"{counts['labels']} of them with a label that counts."
    )
    show.line(
        f"Another letter: {counts['letter']} ({counts['worse']} worse, {counts['better']} better, "
        f"{counts['not assessed']} could not be assessed), {counts['labels with another letter']} of them labels."
    )
    if steps["count"]:
        show.line(
            f"The score moves by {steps['median']:+d} points in the median, "
            f"{steps['p05']:+d} to {steps['p95']:+d} for nine in ten."
        )
    show.table("Letters", ("from", "to", "declarations"), _moves(report))
    show.table("Rows that changed", ("row", "used by", "other letters", "alone"), _rows(report))
    show.line(f"{folder}: report.json, changes.csv, changes.jsonl. Nothing was published or changed.")


def _moves(report: dict[str, Any]) -> list[tuple[str, str, str]]:
    moved = [move for move in report["moves"] if move["from"] != move["to"]]
    return [(move["from"], move["to"], str(move["count"])) for move in moved]


def _rows(report: dict[str, Any]) -> list[tuple[str, ...]]:
    found = report["rows"]
    shown = [(row["row"], str(row["all"]), str(row["letter"]), str(row["alone"])) for row in found[:_LISTED]]
    more = len(found) - _LISTED
    return [*shown, (f"and {more} more in report.json", "", "", "")] if more > 0 else [*shown]
