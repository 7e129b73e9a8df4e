"""`label-service keys`: make keys, list, rotate, retire and cut them off, and renew the delegation."""
# ruff: noqa: PLC0415 - a command imports what it needs when it is called

from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from label_service.cli import show
from label_service.cli.installation import open_installation, read_file
from label_service.errors import Conflict, NotFound

if TYPE_CHECKING:
    from label_service.issuance.scheme import Scheme
    from label_service.trust.trust_list import Accreditation, KeyUse, ListedKey

app = typer.Typer(help="Make and list keys, and say which of them count.", no_args_is_help=True)

PublicFile = Annotated[Path, typer.Argument(metavar="FILE", help="a public .pub file")]
KidArgument = Annotated[str, typer.Argument(metavar="KID", help="name of the key, as `keys list` shows it")]
AuditorArgument = Annotated[str, typer.Argument(metavar="AUDITOR", help="did:key of the auditor, or one of her keys")]
StandardOption = Annotated[str, typer.Option(help="standard of the accreditation, such as ISO/IEC 17065")]
BodyOption = Annotated[str, typer.Option(help="accreditation body")]
NumberOption = Annotated[str, typer.Option(help="accreditation number")]
FromOption = Annotated[str, typer.Option(help="first day, YYYY-MM-DD")]
UntilOption = Annotated[str, typer.Option(help="last day, YYYY-MM-DD")]


@app.command("new")
def new(
    file: Annotated[Path, typer.Argument(help="where the private key goes, such as auditor.pem")],
    name: Annotated[str, typer.Option(help="whose key it is; written into the public file")] = "",
) -> None:
    """Make an Ed25519 key: a private file only you can read, and a public file beside it to hand over."""
    from label_service.issuance.keys import create_key, write_public

    public = file.with_suffix(".pub")
    if public == file or public.exists():
        raise Conflict(
            f"{public.name} is the public file beside the key", hint="name another file, such as auditor.pem"
        )
    signer = create_key(file)
    write_public(public, name or file.stem, signer.public_key)
    _print_key(signer.public_key)


@app.command("show")
def show_key(file: Annotated[Path, typer.Argument(help="a private .pem or public .pub file")]) -> None:
    """Show did:key and thumbprint of a key, to compare over another channel."""
    from label_service.issuance.keys import load_key

    _print_key(_public(file)[0] if file.suffix == ".pub" else load_key(file).public_key)


@app.command("list")
def list_all() -> None:
    """List every key on the trust list with its state, and until when delegation and list count."""
    with open_installation() as scheme:
        content, delegation = scheme.register.current(), scheme.register.delegation()
        show.line(f"delegation until {delegation.not_after}, list number {content.sequence} until {content.expires_at}")
        for issuer in content.issuers:
            _print_keys(issuer.name, issuer.keys)
        for log in content.logs:
            _print_keys(log.origin, log.keys)
        for witness in content.witnesses:
            _print_keys(f"{witness.name}, witness at {witness.url or 'no known address'}", witness.keys)
        for supplier in content.suppliers or ():
            _print_keys(f"{supplier.name}, supplier {supplier.id}", supplier.keys)
        for auditor in content.auditors:
            until = auditor.accreditation.valid_until
            _print_keys(f"{auditor.name}, {auditor.organisation}, accredited until {until}", auditor.keys)


@app.command("add-auditor")
def add_auditor(  # noqa: PLR0917 - typer gives them by name
    file: PublicFile,
    organisation: Annotated[str, typer.Option(help="body the auditor works for")],
    organisation_id: Annotated[str, typer.Option(help="its public address, such as https://verifier.example")],
    standard: StandardOption,
    body: BodyOption,
    number: NumberOption,
    valid_from: FromOption,
    valid_until: UntilOption,
) -> None:
    """Put an accredited auditor with her key on the trust list of this installation."""
    raw, name = _public(file)
    record = _accreditation(standard, body, number, valid_from, valid_until)
    with open_installation() as scheme:
        scheme.register.add_auditor(name, organisation, organisation_id, record, raw)
    show.line(f"{name} is on the trust list.")


@app.command("add-auditor-key")
def add_auditor_key(auditor: AuditorArgument, file: PublicFile) -> None:
    """Put another key of an auditor on the trust list, so that the loss of one does not stop her."""
    with open_installation() as scheme:
        scheme.register.add_auditor_key(auditor, _public(file)[0])
    show.line("The key is on the trust list.")


@app.command("accreditation")
def accreditation(  # noqa: PLR0917 - typer gives them by name
    auditor: AuditorArgument,
    standard: StandardOption,
    body: BodyOption,
    number: NumberOption,
    valid_from: FromOption,
    valid_until: UntilOption,
) -> None:
    """Change an auditor's accreditation: prolonged where all else is the same, else a new one beside the former."""
    record = _accreditation(standard, body, number, valid_from, valid_until)
    with open_installation() as scheme:
        scheme.register.set_accreditation(auditor, record)
    show.line(f"Accredited from {valid_from} to {valid_until}.")


@app.command("end-accreditation")
def end_accreditation(
    auditor: AuditorArgument, last_day: Annotated[str, typer.Option(help="last day it counts, YYYY-MM-DD")]
) -> None:
    """End the accreditation of an auditor on a day; labels from the day after do not count."""
    with open_installation() as scheme:
        scheme.register.end_accreditation(auditor, last_day)
    show.line(f"The accreditation ends on {last_day}.")


@app.command("add-witness")
def add_witness(
    file: PublicFile, url: Annotated[str, typer.Argument(help="where it takes checkpoints: https://witness.example")]
) -> None:
    """Put a witness on the trust list; the service asks it about every checkpoint from now on."""
    raw, name = _public(file)
    with open_installation() as scheme:
        scheme.witnesses.add(name, url, raw)
    show.line(f"The witness {name} is on the trust list.")


@app.command("remove-witness")
def remove_witness(name: Annotated[str, typer.Argument(help="its name, as `keys list` shows it")]) -> None:
    """Ask a witness no more; what it cosigned until now keeps counting."""
    with open_installation() as scheme:
        scheme.witnesses.remove(name)
    show.line(f"{name} is asked no more.")


@app.command("witness-quorum")
def witness_quorum(
    quorum: Annotated[int, typer.Argument(min=0, max=50, help="how many witnesses; 0 asks for none")],
) -> None:
    """Say how many witnesses must have seen the log before verifiers call a label valid without doubt."""
    with open_installation() as scheme:
        scheme.witnesses.set_quorum(quorum)
    show.line(f"Verifiers ask for {quorum} witnesses.")


@app.command("add-supplier")
def add_supplier(
    identifier: Annotated[str, typer.Argument(metavar="ID", help="its address, as its records name it")],
    file: PublicFile,
    name: Annotated[str, typer.Option(help="its name")],
) -> None:
    """Put a supplier on the trust list, whose signed records may stand behind parts of products."""
    raw, _ = _public(file)
    with open_installation() as scheme:
        scheme.suppliers.add(identifier, name, raw)
    show.line(f"{name} is on the trust list.")


@app.command("withdraw-record")
def withdraw_record(
    identifier: Annotated[str, typer.Argument(metavar="ID", help="the supplier")],
    digest: Annotated[str, typer.Argument(help="SHA-256 of the record")],
) -> None:
    """Say that a supplier took a record back; products made with it show so at once."""
    with open_installation() as scheme:
        scheme.suppliers.withdraw(identifier, digest)
    show.line("The record does not count any more.")


@app.command("rotate")
def rotate(use: Annotated[str, typer.Argument(help="label, status, log or trust-list")]) -> None:
    """Make the next key of a use; it signs at once, older ones keep verifying until you retire or cut them off."""
    from label_service.issuance.keyring import DELEGATED
    from label_service.issuance.keys import write_public

    with open_installation() as scheme:
        if use == DELEGATED:
            name, public_key = scheme.register.new_list_key()
            file = scheme.bench.keyring.folder / f"{name}.pub"
            write_public(file, f"{name} of {scheme.identity.display_name}", public_key)
            show.line(
                f"Take {file.name} to where the root is: label-service keys delegate {file.name} --root root.pem …"
            )
            return
        show.line(f"{scheme.register.rotate(_use(use))} signs from now on.")


@app.command("retire")
def retire(kid: KidArgument) -> None:
    """Take a key out of use, such as one that was replaced or lost; what it signed until now keeps verifying."""
    with open_installation() as scheme:
        scheme.register.retire(_full(scheme, kid))
        show.line(f"{kid} is retired.")


@app.command("compromised")
def compromised(
    kid: KidArgument,
    since_index: Annotated[
        int | None, typer.Option(help="first log entry that no longer counts; the end of the log when left out")
    ] = None,
) -> None:
    """Cut off a key somebody else may have: what stands in the log from an entry on no longer verifies."""
    with open_installation() as scheme:
        scheme.register.compromise(_full(scheme, kid), since_index)
        lost = scheme.labels.cut_off()
        show.line(f"{kid} is cut off; {len(lost)} labels no longer verify.")
        if lost:
            show.line("Issue them again under the new key: label-service reissue")


@app.command("delegate")
def delegate(
    file: PublicFile,
    root: Annotated[Path, typer.Option(help="the root's private key file, where the root is kept")],
    out: Annotated[Path, typer.Option(help="file for the delegation, to carry back")] = Path("delegation.jwt"),
    days: Annotated[int, typer.Option(min=1, max=366, help="how long it counts")] = 365,
) -> None:
    """Let the root sign for the key that signs trust lists; runs without the installation, where the root is."""
    from label_service.issuance.clock import now
    from label_service.issuance.keys import load_key
    from label_service.issuance.setup import timestamp
    from label_service.trust.trust_list import sign_delegation

    start: datetime = now()
    raw, name = _public(file)
    end = timestamp(start + timedelta(days=days))
    out.write_text(sign_delegation(load_key(root), raw, timestamp(start), end) + "\n", encoding="ascii")
    show.line(f"{name} may sign trust lists until {end}.")
    show.line(f"Carry {out.name} back: label-service keys install-delegation {out.name}")


@app.command("install-delegation")
def install_delegation(
    file: Annotated[Path, typer.Argument(help="delegation.jwt, as the root signed it")],
) -> None:
    """Take a new delegation into use and publish a trust list under it."""
    token = read_file(file).decode("ascii", "replace").strip()
    with open_installation() as scheme:
        delegation = scheme.register.install_delegation(token)
    show.line(f"Trust lists may be signed until {delegation.not_after}.")


def _use(text: str) -> "KeyUse":
    from label_service.issuance.keyring import ONLINE_USES

    for use in ONLINE_USES:
        if use == text:
            return use
    raise NotFound(f"expected one of {', '.join(ONLINE_USES)} or trust-list, found {text[:40]!a}")


def _full(scheme: "Scheme", kid: str) -> str:
    """Give the whole kid of a key of ours that was named by its end, such as `label-1`."""
    return kid if ":" in kid else f"{scheme.identity.did}#{kid}"


def _accreditation(standard: str, body: str, number: str, valid_from: str, valid_until: str) -> "Accreditation":
    from label_service.document import validate
    from label_service.trust.trust_list import Accreditation

    members = {"standard": standard, "body": body, "number": number}
    return validate(Accreditation, members | {"valid_from": valid_from, "valid_until": valid_until})


def _public(file: Path) -> tuple[bytes, str]:
    from label_service.trust.trust_list import read_root

    return read_root(read_file(file))


def _print_keys(owner: str, keys: "tuple[ListedKey, ...]") -> None:
    show.line(owner)
    for key in keys:
        cut = "" if key.since_index is None else f" from log entry {key.since_index}"
        show.line(f"  {key.kid}  {key.use}  {key.state}{cut}")


def _print_key(raw: bytes) -> None:
    from label_service.trust.keys import did_key, thumbprint

    show.line(did_key(raw))
    show.line(f"thumbprint {thumbprint(raw)}")
