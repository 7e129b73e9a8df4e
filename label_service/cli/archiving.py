"""`label-service archive`: everything public of an installation as plain files."""
# ruff: noqa: PLC0415 - a command imports what it needs when it is called

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from label_service.cli import show
from label_service.cli.installation import open_installation

if TYPE_CHECKING:
    from label_service.issuance.scheme import Scheme


def archive_command(
    folder: Annotated[Path, typer.Argument(help="an empty or new folder for the files")],
) -> None:
    """Write all labels, pages, lists, the log and its releases as files that any web server can serve."""
    with open_installation() as scheme:
        digest = write_installation(scheme, folder)
    show.line(f"{folder.name} is written; SHA-256 of its SHA256SUMS: {digest}")
    show.line("Its README.md says how to serve and how to check it.")


def write_installation(scheme: "Scheme", folder: Path) -> str:
    """Audit the log of an open installation, write its archive, and give the digest of its file of sums.

    Raises:
        LogFault: the log is not sound, so that its copy would not be either.
        Conflict: there is something in the folder already.
    """
    from label_service.cli.audit import ARCHIVE_INDEX, log_keys, rebuild
    from label_service.errors import LogFault
    from label_service.issuance.setup import timestamp
    from label_service.web.archive import write_archive

    files = scheme.bench.sequencer.files
    taken: dict[str, bytes] = {}

    def read(name: str) -> bytes:
        found = scheme.checkpoint_index() if name == ARCHIVE_INDEX else files.read(f"log/{name}")
        return taken.setdefault(name, found)

    keys = log_keys(scheme.register.current(), read)
    audited = rebuild(read, keys, None, timestamp(scheme.bench.clock()))
    if audited.findings:
        raise LogFault(f"the log is not sound: {audited.findings[0].where}: {audited.findings[0].detail}")
    return write_archive(scheme, files, folder, taken)
