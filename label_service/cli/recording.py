"""`label-service record`: a supplier signs what one unit of a part weighs; anybody looks at such a record."""
# ruff: noqa: PLC0415 - a command imports what it needs when it is called

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from label_service.cli import show
from label_service.cli.installation import moment, read_file
from label_service.errors import InvalidAmount

if TYPE_CHECKING:
    from label_service.label.record import SupplierRecord

app = typer.Typer(help="A supplier's signed record of what one unit of a part weighs in CO2e.")

_QUANTILE = 1.645  # of the normal distribution, at 95 %


@app.command()
def sign(  # noqa: PLR0917 - typer gives them by name
    name: Annotated[str, typer.Argument(help="name of the part, as everybody will read it")],
    key: Annotated[Path, typer.Option(help="your private key file")],
    supplier: Annotated[str, typer.Option(help="your name")],
    supplier_id: Annotated[str, typer.Option(help="your public address, such as https://smith.example")],
    country: Annotated[str, typer.Option(help="where you are, such as AUT")],
    kgco2e: Annotated[str, typer.Option(help="kg CO2e of one unit, from its materials to your gate: the median")],
    gsd: Annotated[str, typer.Option(help="its geometric standard deviation, 1.05 or more")],
    valid_until: Annotated[str, typer.Option(help="last day, such as 2027-12-31")],
    mass_kg: Annotated[str, typer.Option(help="mass of one unit; leave it out for a kilogram")] = "1",
    unit: Annotated[str, typer.Option(help="piece or kg")] = "piece",
    source: Annotated[str | None, typer.Option(help="where it is published, such as the number of an EPD")] = None,
    valid_from: Annotated[str | None, typer.Option(help="first day; now when left out")] = None,
    *,
    demo: Annotated[bool, typer.Option("--demo", help="for a demonstration")] = False,
    out: Annotated[Path, typer.Option(help="file for the record")] = Path("record.jwt"),
) -> None:
    """Sign a record; it counts in schemes that have you as a supplier on their trust list."""
    from label_service.document import validate
    from label_service.issuance.keys import load_key
    from label_service.label.record import SupplierRecord, sign_record
    from label_service.trust.keys import did_key
    from label_service.verify.parts import BOUNDARY, METHOD

    members = {
        "type": SupplierRecord.TYPE,
        "version": "1",
        "demo": demo,
        "supplier": {"id": supplier_id, "name": supplier, "country": country},
        "name": name,
        "unit": unit,
        "mass_kg": _figure(mass_kg),
        "kgco2e": _figure(kgco2e),
        "gsd": _figure(gsd),
        "boundary": BOUNDARY,
        "method": METHOD,
        "valid_from": moment(valid_from and f"{valid_from}T00:00:00Z"),
        "valid_until": moment(f"{valid_until}T23:59:59Z"),
        "source": source,
    }
    record, signer = validate(SupplierRecord, members), load_key(key)
    token = sign_record(record, kid=did_key(signer.public_key), signer=signer)
    out.write_text(token + "\n", encoding="ascii")
    show.line(f"Signed: {_said(record)}")
    show.line(f"{out.name} is written; hand it to makers who build your part in. Everybody will read it with a label.")


@app.command("show")
def show_record(file: Annotated[Path, typer.Argument(help="record.jwt of a supplier")]) -> None:
    """Print what a record says, and whether its signature holds; a trust list says whether its supplier counts."""
    from label_service.errors import VerificationError
    from label_service.label.record import read_record
    from label_service.trust.keys import raw_from_did_key

    token, record = read_record(read_file(file).strip().decode("ascii", "replace"))
    if not token.is_signed_by(raw_from_did_key(token.kid)):
        raise VerificationError(f"the signature does not hold under the key the record names, {token.kid}")
    show.line(_said(record))
    show.line(f"boundary {record.boundary}, method {record.method}, source {record.source or 'not named'}")
    show.line(f"counts from {record.valid_from} to {record.valid_until}")
    if moment(None) > record.valid_until:
        show.line("It has run out: ask the supplier for a new one.", style="yellow")
    show.line(f"signed with {token.kid}; digest {token.digest}")


def _said(record: "SupplierRecord") -> str:
    from label_service.quantity import display, figure

    unit = "1 kg" if record.unit == "kg" else f"1 piece of {display(record.mass_kg)} kg"
    median, spread = float(record.kgco2e), float(record.gsd) ** _QUANTILE
    low, high = (display(figure(value)) for value in (median / spread, median * spread))
    weighed = f"{display(record.kgco2e)} kg CO2e ({low} to {high})"
    return f"{record.name} of {record.supplier.name}, {unit}: {weighed}"


def _figure(text: str) -> str:
    from label_service.quantity import figure

    try:
        return figure(float(text))
    except ValueError as error:
        raise InvalidAmount(f"expected a number such as 0.021, found {ascii(text)[:40]}") from error
