"""`label-service contribute`: several parties make one product, each signs its own steps.

The producer begins a batch and hands its file to the others; each signs the steps of its own declaration; the producer
puts them together. Keys stay where they are; nothing here needs a service.
"""
# ruff: noqa: PLC0415 - a command imports what it needs when it is called

import re
import secrets
import unicodedata
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from label_service import canonical
from label_service.cli import show
from label_service.cli.installation import read_file

if TYPE_CHECKING:
    from label_service.declaration import Declaration
    from label_service.document import Document

app = typer.Typer(help="Make a product together: each party signs its own steps of one declaration.")

Own = Annotated[Path, typer.Argument(help="declaration.json of your own part")]


@app.command()
def begin(
    file: Own,
    scheme: Annotated[str, typer.Option(help="origin of the scheme, such as https://labels.example")],
    out: Annotated[Path, typer.Option(help="file for the batch")] = Path("batch.json"),
) -> None:
    """Begin a product made together: write what you hand to the parties you invite."""
    from label_service.declaration.contribution import Batch
    from label_service.document import validate

    own = _declaration(file)
    members = {
        "demo": own.demo,
        "origin": scheme,
        "name": secrets.token_hex(16),
        "producer": own.producer,
        "product": own.product.name,
        "quantity": own.quantity,
    }
    _write(out, validate(Batch, members))
    show.line(f"{out.name} is written; hand it to whoever makes {own.product.name} with you.")


@app.command()
def sign(
    file: Own,
    batch: Annotated[Path, typer.Option(help="batch.json of the producer")],
    key: Annotated[Path, typer.Option(help="your private key file")],
    prefix: Annotated[str, typer.Option(help="put before your ids; made from your name when left out")] = "",
    out: Annotated[Path, typer.Option(help="file for the signed steps")] = Path("contribution.json"),
) -> None:
    """Sign the steps of your own declaration as your part of a batch; transport and packaging stay the producer's."""
    from label_service.declaration.contributed import renamed, steps_from
    from label_service.declaration.contribution import Batch, SignedSteps, contribution_for, sign_contribution
    from label_service.issuance.keys import load_key
    from label_service.issuance.setup import timestamp

    own, asked, signer = _declaration(file), Batch.from_bytes(read_file(batch).strip()), load_key(key)
    steps = renamed(steps_from(own, secrets.token_hex(16)), prefix or slug(own.producer.name))
    at = timestamp(datetime.now(UTC))
    said = contribution_for(asked, own.producer, own.made, steps, key=signer.public_key, at=at)
    _write(out, SignedSteps(token=sign_contribution(said, signer), steps=steps))
    show.line(f"Signed as {own.producer.name}, for {asked.quantity} × {asked.product} of {asked.producer.name}:")
    for run in said.runs:
        show.line(f"  {run.step}: {run.process} on {run.machine}")
    show.line(f"Hand {out.name} back; your suppliers and files are in it, as in a declaration.")


@app.command()
def combine(
    file: Own,
    contributions: Annotated[list[Path], typer.Argument(help="contribution.json of each party")],
    out: Annotated[Path, typer.Option(help="file for the one declaration")] = Path("together.json"),
) -> None:
    """Put your declaration and the signed steps of the others together; the same files give the same bytes."""
    from label_service.declaration.contribution import SignedSteps, combined

    signed = [SignedSteps.from_bytes(read_file(item).strip()) for item in contributions]
    whole = combined(_declaration(file), signed)
    _write(out, whole)
    names = ", ".join(partner.name for partner in whole.partners)
    show.line(f"{out.name} is written, with steps of {names}: digest {whole.digest}.")


def slug(name: str) -> str:
    """Give a name as the beginning of ids."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub("[^a-z0-9]+", "-", plain).strip("-")[:20].strip("-") or "partner"


def _declaration(file: Path) -> "Declaration":
    from label_service.declaration import Declaration

    return Declaration.from_json(canonical.decode_lenient(read_file(file)))


def _write(file: Path, document: "Document") -> None:
    file.write_bytes(document.to_bytes() + b"\n")
