"""`label-service witness`: cosign the checkpoints of logs, and show what was refused."""
# ruff: noqa: PLC0415 - a command imports what it needs when it is called

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from label_service.cli import show
from label_service.cli.installation import moment, read_file
from label_service.errors import NotFound

if TYPE_CHECKING:
    from label_service.tlog.note import VerifierKey

app = typer.Typer(help="Run a witness of logs: it cosigns what only grew.", no_args_is_help=True)

FolderOption = Annotated[Path, typer.Option(help="folder of the witness")]
HERE = Path("witness")


@app.command("init")
def init(
    name: Annotated[str, typer.Argument(help="name of the witness, such as witness.lab.example")],
    folder: FolderOption = HERE,
) -> None:
    """Make a folder with the key of a new witness, and a public file to hand to operators of logs."""
    from label_service.witness.house import PUBLIC_FILE, House

    key = House(folder).found(name)
    show.line(f"{key}")
    show.line(f"Hand {folder.name}/{PUBLIC_FILE} and your address to operators; keep the rest to yourself.")


@app.command("add-log")
def add_log(
    log: Annotated[str, typer.Argument(metavar="VKEY|ORIGIN", help="verifier key, or origin on the trust list")],
    trust_list: Annotated[Path | None, typer.Option(help="trust list that names the log's keys")] = None,
    root: Annotated[Path | None, typer.Option(help="root file under which the trust list must stand")] = None,
    folder: FolderOption = HERE,
) -> None:
    """Know a log from now on: by a verifier key you got from its operator, or by a trust list."""
    from label_service.tlog.note import VerifierKey
    from label_service.witness.house import House

    keys = [VerifierKey.parse(log)] if trust_list is None else _listed(log, trust_list, root)
    added = [key for key in keys if House(folder).add_log(key)]
    show.line(f"{len(added)} new keys of {keys[0].name}; restart the witness to use them.")


@app.command("serve")
def serve(
    folder: FolderOption = HERE,
    host: Annotated[str, typer.Option(help="address to listen on")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="port to listen on")] = 8001,
    proxy: Annotated[list[str] | None, typer.Option(help="address of a proxy whose X-Forwarded-For counts")] = None,
) -> None:
    """Take checkpoints at /add-checkpoint and cosign those that continue what was seen before."""
    from datetime import UTC, datetime

    from label_service.tlog.note import COSIGNATURE, VerifierKey
    from label_service.witness.house import House
    from label_service.witness.site import serve as run
    from label_service.witness.site import witness_app
    from label_service.witness.witness import Witness

    house = House(folder)
    config, signer = house.config(), house.signer()
    witness = Witness(config.name, signer, config.keys(), house.memory(), lambda: datetime.now(UTC))
    key = VerifierKey(config.name, signer.public_key, COSIGNATURE)
    run(witness_app(witness, key), host, port, tuple(proxy or ()))


@app.command("show")
def show_all(
    folder: FolderOption = HERE,
    evidence: Annotated[Path | None, typer.Option(help="folder to write the evidence of split views to")] = None,
) -> None:
    """Show how far each log has come, and what was refused; exit code 1 when a log showed two trees of one size."""
    from label_service.witness.house import House
    from label_service.witness.witness import evidence as proof_of

    memory = House(folder).memory()
    for origin, size in memory.all_seen():
        show.line(f"{origin}: {size} entries")
    proofs = []
    for refused in memory.all_refused():
        show.line(f"✗ {refused.at} {refused.origin}: {refused.why}")
        proofs += [proof] if (proof := proof_of(refused)) else []
    for number, proof in enumerate(proofs if evidence else [], start=1):
        file = (evidence or folder) / f"split-view-{number}.json"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(proof.to_bytes() + b"\n")
        show.line(f"evidence for anybody to check: {file.name}")
    raise typer.Exit(1 if proofs else 0)


def _listed(origin: str, file: Path, root: Path | None) -> "list[VerifierKey]":
    from label_service.tlog.note import VerifierKey
    from label_service.trust.trust_list import open_trust_list, read_root

    if root is None:
        raise NotFound("expected the root of the trust list", hint="name it with --root")
    text = read_file(file).decode("ascii", "replace").strip()
    opened = open_trust_list(text, dict([read_root(read_file(root))]), moment(None))
    if opened.root is None:
        raise NotFound("this root does not stand behind the trust list", hint="get both from the same scheme")
    keys = [key for key in opened.trust_list.log(origin).keys if key.use == "log" and key.state == "active"]
    return [VerifierKey(origin, key.jwk.raw) for key in keys]
