"""`label-service federation`: other schemes on the trust list, and handing over when this one closes."""
# ruff: noqa: PLC0415 - a command imports what it needs when it is called

from pathlib import Path
from typing import Annotated

import typer

from label_service.cli import show
from label_service.cli.installation import open_installation, read_file

app = typer.Typer(help="List other schemes, end them, hand over and take over.", no_args_is_help=True)

IssuerArgument = Annotated[str, typer.Argument(metavar="DID", help="issuer, such as did:web:labels.example")]
ArchiveOption = Annotated[Path, typer.Option(help="folder that `label-service archive` wrote")]


@app.command("add")
def add(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="trust list of the other scheme, trust-list.jwt")],
    root: Annotated[Path, typer.Option(help="its root file, compared over another channel")],
) -> None:
    """Put another scheme with its log on the trust list, or bring it up to date; run it again when its keys change."""
    from label_service.trust.trust_list import read_root

    pinned = dict([read_root(read_file(root))])
    with open_installation() as scheme:
        issuer = scheme.federation.add(_token(file), pinned)
    admits = issuer.admits.auditors if issuer.admits else ()
    show.line(f"{issuer.name} ({issuer.id}) is on the trust list, with its log {issuer.log}.")
    show.line(f"Its labels rest on {len(admits)} auditors whom it admitted itself; ours are not theirs.")


@app.command("end")
def end(
    issuer: IssuerArgument,
    size: Annotated[int, typer.Option(min=0, help="how many entries of its log count: those of a checkpoint you hold")],
    *,
    compromised: Annotated[bool, typer.Option(help="its label keys may be somebody else's")] = False,
) -> None:
    """Believe another scheme no longer; labels in the entries before keep verifying."""
    with open_installation() as scheme:
        scheme.federation.end(issuer, size, is_compromised=compromised)
    show.line(f"Of {issuer} {size} log entries count, and no more.")


@app.command("revoke")
def revoke(issuer: IssuerArgument, label: Annotated[str, typer.Argument(help="id of the label")]) -> None:
    """Withdraw a label of a scheme that ended; never taken back."""
    with open_installation() as scheme:
        scheme.federation.revoke(issuer, label)
    show.line(f"The label {label} of {issuer} is withdrawn.")


@app.command("close")
def close(
    to: Annotated[str, typer.Option(metavar="DID", help="issuer that follows; it must be on the trust list")],
    archive: ArchiveOption,
    out: Annotated[Path, typer.Option(help="file for the hand-over, to give to who follows")] = Path("hand-over.jwt"),
) -> None:
    """Close this scheme for ever: the last log entry, the last lists, the archive, and the signed hand-over."""
    from label_service.cli.archiving import write_installation

    with open_installation() as scheme:
        scheme.federation.close(to)
        scheme.witnessing.ask()  # nobody asks once the service is gone
        seen, count = scheme.witnessing.seen_over(scheme.bench.sequencer.size - 1)
        digest = write_installation(scheme, archive)
        out.write_text(scheme.federation.hand_over(digest) + "\n", encoding="ascii")
    if count:
        show.line(f"{seen} of {count} witnesses have seen its last tree; with too few, call again with a new folder.")
    show.line(f"Closed. Give {out.name}, {archive.name} and your newest trust list to {to}.")


@app.command("take-over")
def take_over(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="hand-over.jwt of the scheme that closed")],
    archive: ArchiveOption,
) -> None:
    """List a scheme that closed as ended, with its last tree and who follows; its archive is checked first."""
    from label_service.label.hand_over import read_hand_over
    from label_service.store.archive import check_archive

    text = _token(file)
    check_archive(archive, read_hand_over(text)[1].archive)
    with open_installation() as scheme:
        document = scheme.federation.take_over(text)
    show.line(f"{document.issuer} ended at {document.at} with {document.final.size} log entries.")
    show.line(f"{document.successor} follows. Audit the archive: label-service audit-log {archive.name}")


def _token(file: Path) -> str:
    return read_file(file).decode("ascii", "replace").strip()
