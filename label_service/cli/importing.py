"""`label-service import`: what makers' files say. Exit codes: 0 every file was read, 2 at least one was not."""

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from label_service import canonical, readers
from label_service.cli import show
from label_service.document import validate
from label_service.errors import UnreadableFile

UnitOption = Annotated[
    str, typer.Option(help="unit where a file has none: kWh, Wh of a meter; mm, in, px of a drawing")
]
ZoneOption = Annotated[str, typer.Option(help="zone of times without offset, Europe/Berlin or +01:00")]
ChannelOption = Annotated[str, typer.Option(help="which of several sockets, phases, entities or sensors counts")]
AtOption = Annotated[str, typer.Option(help="name of the column of times")]
ValueOption = Annotated[str, typer.Option(help="name of the column of totals")]
StartOption = Annotated[str, typer.Option(help="start of the job, 2026-11-02T08:00:00Z; needs --end")]
EndOption = Annotated[str, typer.Option(help="end of the job")]
JobOption = Annotated[list[int] | None, typer.Option(help="finished job of a history that counts, by its item; repeat")]
ElsewhereOption = Annotated[
    list[int] | None, typer.Option(help="failed job of a history that was for something else, by its item; repeat")
]
PowerOption = Annotated[str | None, typer.Option(help="rated power of the machine in W; more energy is refused")]


def import_command(
    files: Annotated[list[Path], typer.Argument(help="files of slicers, printers, cutters, meters and designs")],
    *,
    as_json: Annotated[bool, typer.Option("--json", help="print canonical JSON instead of a table")] = False,
    unit: UnitOption = "",
    zone: ZoneOption = "",
    channel: ChannelOption = "",
    at_column: AtOption = "",
    value_column: ValueOption = "",
    start: StartOption = "",
    end: EndOption = "",
    rated_power: PowerOption = None,
    job: JobOption = None,
    failed_elsewhere: ElsewhereOption = None,
) -> None:
    """Print the facts read from makers' files: unit, basis, source key, and what is missing."""
    said = {
        "unit": unit,
        "zone": zone,
        "channel": channel,
        "at_column": at_column,
        "value_column": value_column,
        "start": start,
        "end": end,
        "rated_power_w": rated_power,
        "jobs": tuple(job or ()),
        "failed_elsewhere": tuple(failed_elsewhere or ()),
    }
    options = validate(readers.ReadingOptions, {name: value for name, value in said.items() if value})
    results = [read_file(file, options) for file in files]
    if as_json:
        sys.stdout.write(canonical.encode(results).decode() + "\n")
    else:
        show.readings(results)
    if any("error" in result for result in results):
        raise typer.Exit(2)


def read_file(file: Path, options: readers.ReadingOptions) -> dict[str, Any]:
    """Give what a file says as plain JSON values, or its error.

    A file that is read has all of these members: file, sha256, kind, producer (null when it is not named), importer,
    importer_version, facts, texts, warnings, missing, unsaid. One that is not has file and error.
    """
    try:
        reading, digest = readers.read_path(file, options=options)
    except UnreadableFile as error:
        return {"file": file.name, "error": readers.error_as_json(error)}
    found = reading.model_dump(mode="json", exclude_none=True)
    return {"file": file.name, "sha256": digest, "producer": None, **found}
