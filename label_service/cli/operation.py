"""`label-service backup`, `restore` and `doctor`: keeping an installation, and looking it over."""
# ruff: noqa: PLC0415 - a command imports what it needs when it is called

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from label_service import canonical
from label_service.cli import print_error, show
from label_service.errors import BackupTooOld, InvalidDocument, LogFault

if TYPE_CHECKING:
    from label_service.operation.doctor import Finding

_STYLES = {"ok": "green", "warning": "yellow", "problem": "bold red"}


def backup(
    target: Annotated[Path, typer.Argument(metavar="FOLDER", help="folder of all backups, on another disk")],
    with_keys: Annotated[
        Path | None,
        typer.Option(help="file with the passphrase under which the private keys come along; else they stay out"),
    ] = None,
    keep: Annotated[int | None, typer.Option(min=1, help="remove all but so many of the newest backups")] = None,
) -> None:
    """Back up an installation, which may be running: database, public files, evidence, with a manifest."""
    from label_service.issuance.clock import now
    from label_service.operation.backup import back_up, prune
    from label_service.operation.manifest import read_manifest
    from label_service.operation.place import place_of
    from label_service.settings import read_settings

    folder = back_up(place_of(read_settings()), target, now(), with_keys)
    manifest = read_manifest(folder)
    keys = "with the private keys, encrypted" if manifest.has_keys else "without private keys"
    show.line(f"{folder}: {manifest.entries} log entries, {len(manifest.files)} files, {keys}")
    for name in prune(target, keep, now()) if keep else ():
        show.line(f"{name} was removed.")


def restore(
    folder: Annotated[Path, typer.Argument(metavar="BACKUP", help="folder of one backup")],
    *,
    checkpoint: Annotated[
        Path | None, typer.Option(help="file with the newest checkpoint that anybody has of this log")
    ] = None,
    newest: Annotated[bool, typer.Option("--newest", help="nothing was signed after this backup")] = False,
    with_keys: Annotated[
        Path | None, typer.Option(help="file with the passphrase of the keys in the backup; they are unpacked too")
    ] = None,
) -> None:
    """Restore a backup where there is no database; it is verified first. Exit code 1: it does not fit the log."""
    from label_service.operation.place import place_of
    from label_service.operation.restore import restore as run
    from label_service.operation.restore import restore_keys
    from label_service.settings import read_settings

    place = place_of(read_settings())
    try:
        manifest = run(place, folder, checkpoint, is_newest=newest)
    except (BackupTooOld, LogFault, InvalidDocument) as error:
        print_error(error)
        raise typer.Exit(1) from error
    show.line(f"The backup of {manifest.made_at} is in place: {manifest.entries} log entries, roots and digests hold.")
    if with_keys:
        show.line(f"Keys: {', '.join(restore_keys(place, folder, with_keys))}")
    show.line("Look it over with `label-service doctor`, then start the service.")


def doctor(*, as_json: Annotated[bool, typer.Option("--json", help="print JSON for programs")] = False) -> None:
    """Look an installation over; nothing is changed. Exit code 0: all well, 1: a problem, 3: warnings only."""
    from label_service.issuance.clock import now
    from label_service.operation.doctor import examine, worst
    from label_service.settings import read_settings

    findings = [*examine(read_settings(), now()), _scripts()]
    state = worst(findings)
    if as_json:
        document = {"state": state, "findings": [finding._asdict() for finding in findings]}
        sys.stdout.write(canonical.encode(document).decode() + "\n")
    else:
        for finding in findings:
            show.line(f"{finding.state:8} {finding.about}: {finding.found}", _STYLES[finding.state])
            if finding.to_do:
                show.line(f"         {finding.to_do}")
    raise typer.Exit({"ok": 0, "problem": 1, "warning": 3}[state])


def _scripts() -> "Finding":
    from label_service.operation.doctor import Finding
    from label_service.web.scanner import decoder_file
    from label_service.web.scripts import are_built

    if are_built() and decoder_file("decode.js"):
        return Finding("scripts", "ok", "built")
    found = "not built: browsers that cannot read codes cannot scan, and pages weigh more"
    return Finding("scripts", "warning", found, "call `make assets` where the source lies, install again, restart")
