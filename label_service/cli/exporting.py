"""`label-service export`: a label in the format of another system, from its bundle, without a network."""
# ruff: noqa: PLC0415 - what a command needs is loaded when it is called

import sys
from pathlib import Path
from typing import Annotated

import typer

from label_service.cli.installation import read_file
from label_service.errors import InvalidDocument


def export_command(
    bundle: Annotated[Path, typer.Argument(help="bundle.json of a label")],
    wanted: Annotated[str, typer.Option("--as", help="untp-dpp, pact, openepd or linkset")],
    gtin: Annotated[str | None, typer.Option(help="GTIN you own, for the linkset of your resolver")] = None,
) -> None:
    """Write a label in another format, unsigned, after its score was recomputed; `verify` tells whether it counts."""
    from label_service import exports
    from label_service.canonical import encode_checked
    from label_service.verify.bundle import recompute

    data = read_file(bundle).strip()
    recompute(data)
    if gtin is not None and wanted != "linkset":
        raise InvalidDocument("expected a GTIN with --as linkset only: the other formats say what the label says")
    document = exports.linkset(exports.open_bundle(data), gtin) if gtin else exports.export(data, wanted)
    sys.stdout.write(encode_checked(document).decode() + "\n")
