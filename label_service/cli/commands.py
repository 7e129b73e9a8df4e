"""The commands besides `verify`: each reads its input, calls the core or the use cases, and prints the result.

A command imports what it needs when it is called, so that one of them does not wait for the libraries of the others.
"""
# ruff: noqa: PLC0415 - see above

import sys
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import urlsplit

import typer

from label_service import canonical
from label_service.cli import (
    accounts,
    auditor,
    catalogues,
    contributing,
    federation,
    keys,
    operation,
    recording,
    releases,
    sample,
    show,
    states,
    witness,
    working,
)
from label_service.cli.archiving import archive_command
from label_service.cli.declaring import declare_command
from label_service.cli.exporting import export_command
from label_service.cli.importing import import_command
from label_service.cli.installation import moment, read_file
from label_service.errors import UnsupportedVersion

if TYPE_CHECKING:
    from label_service.factors.release import Release
    from label_service.inventory import Inventory
    from label_service.inventory.parts import Part
    from label_service.plausibility import Finding

app = typer.Typer(
    help="Trusted sustainability labels for things made in FabLabs, print hubs, workshops and ateliers.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(keys.app, name="keys")
app.add_typer(states.app, name="state")
app.add_typer(accounts.app, name="accounts")
app.add_typer(catalogues.app, name="catalogue", no_args_is_help=True)
app.add_typer(contributing.app, name="contribute", no_args_is_help=True)
app.add_typer(recording.app, name="record", no_args_is_help=True)
app.add_typer(sample.app, name="sample")
app.add_typer(auditor.app, name="auditor", no_args_is_help=True)
app.add_typer(witness.app, name="witness")
app.add_typer(federation.app, name="federation")
app.command("archive")(archive_command)
app.command("declare")(declare_command)
app.command("import")(import_command)
app.command("export")(export_command)
app.add_typer(releases.app, name="release")
app.command("reassess")(releases.reassess)
app.command("work")(working.work)
app.command("reissue")(states.reissue)
app.command("backup")(operation.backup)
app.command("restore")(operation.restore)
app.command("doctor")(operation.doctor)

JsonOption = Annotated[bool, typer.Option("--json", help="print canonical JSON instead of a table")]
PartOption = Annotated[
    list[Path] | None, typer.Option(help="bundle.json of a labelled part, or a supplier's record.jwt; may be repeated")
]
DemoOption = Annotated[bool, typer.Option("--once", help="stop after the chain, do not serve")]


@app.command()
def demo(
    *,
    once: DemoOption = False,
    port: Annotated[int, typer.Option(envvar="PORT", help="port to serve on")] = 8000,
    folder: Annotated[Path, typer.Option(help="where the demo's files go")] = Path("var/demo"),
) -> None:
    """Run the whole chain on the shipped examples, then serve the site. Everything says DEMO."""
    from label_service.cli.demo import run_demo

    run_demo(folder, port, is_served=not once)


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="address to listen on")] = "127.0.0.1",
    port: Annotated[int, typer.Option(envvar="PORT", help="port to listen on")] = 8000,
    workers: Annotated[int, typer.Option(min=1, max=64, help="processes that answer; one for each core")] = 1,
) -> None:
    """Serve an installation; its settings come from the environment (docs/operate.md)."""
    from label_service.settings import read_settings
    from label_service.web.server import serve_settings

    if workers > 1:
        from label_service.web.workers import serve_workers

        serve_workers(read_settings(), host, port, workers)
    else:
        serve_settings(read_settings(), host, port)


@app.command()
def init(
    root: Annotated[Path, typer.Option(help="folder for the root key; take it offline afterwards")] = Path("root"),
    owner: Annotated[
        str, typer.Option(help="organisation that owns the scheme; the name of the scheme when left out")
    ] = "",
    country: Annotated[str, typer.Option(help="its country, ISO 3166-1 alpha-3")] = "DEU",
    registration: Annotated[str, typer.Option(help="its entry in a public register; the origin when left out")] = "",
    email: Annotated[str, typer.Option(help="address of its first lead; operator@HOST when left out")] = "",
) -> None:
    """Set up an installation: keys, delegation, tables, first trust list, and a link for the operator."""
    from label_service.accounts.opening import Owner
    from label_service.cli.founding import found
    from label_service.issuance.clock import now
    from label_service.issuance.setup import Identity
    from label_service.settings import read_settings

    settings = read_settings()
    identity = Identity(settings.origin, settings.name, settings.mode == "demo")
    address = email or f"operator@{urlsplit(settings.origin).hostname}"
    operator = Owner(owner or settings.name, country, registration or settings.origin, address)
    link = found(settings, identity, root, operator, now)
    show.line(f"{identity.display_name} is set up as {identity.did}")
    show.line(f"Take the folder {root.name} offline now; publish {root.name}/root.pub for people to pin.")
    if link:
        show.line("Serve it, then open this link to make the operator's first passkey; it counts once and for 7 days:")
        sys.stdout.write(link + "\n")


@app.command()
def migrate() -> None:
    """Bring the tables to the newest revision."""
    from label_service.settings import read_settings
    from label_service.store.database import migrate as run
    from label_service.store.database import open_engine

    settings = read_settings()
    settings.data.mkdir(parents=True, exist_ok=True)
    engine = open_engine(settings.url)
    try:
        run(engine)
    finally:
        engine.dispose()
    show.line("The tables are at the newest revision.")


@app.command("assess")
def assess_command(
    file: Annotated[Path, typer.Argument(help="declaration.json or inventory.json")],
    *,
    release: releases.ChosenOption = None,
    part: PartOption = None,
    as_json: JsonOption = False,
) -> None:
    """Assess a declaration or an inventory: impact per stage, references, score, grade and why."""
    from label_service.assessment import assess
    from label_service.factors.release import find_release
    from label_service.verify.bundle import weigh_part

    parts = [weigh_part(read_file(item).strip()) for item in part or ()]
    inventory, findings = _inventory_of(canonical.decode_lenient(read_file(file)), releases.chosen(release), parts)
    assessment = assess(inventory, find_release(inventory.release_digest))
    if as_json:
        _print_json(assessment.as_json())
    else:
        show.assessment(inventory, assessment, findings)


@app.command()
def attest(  # noqa: PLR0917 - typer gives them by name
    folder: Annotated[
        Path, typer.Argument(help="dossier: declaration.json, inventory.json, assessment.json, evidence/")
    ],
    key: Annotated[Path, typer.Option(help="your private key file")],
    name: Annotated[str, typer.Option(help="your name as it stands on the trust list")],
    scheme: Annotated[str, typer.Option(help="origin of the scheme, such as https://labels.example")],
    criteria: Annotated[list[str] | None, typer.Option(help="functional-equivalence criterion you checked")] = None,
    release: Annotated[list[str] | None, typer.Option(help="finding you looked into and release, such as F05")] = None,
    level: Annotated[str, typer.Option(help="desk or site_visit")] = "desk",
    days: Annotated[int, typer.Option(min=1, max=1095, help="how long the attestation counts")] = 365,
    out: Annotated[Path | None, typer.Option(help="file for the attestation; standard output when left out")] = None,
) -> None:
    """Check a dossier on your own machine, recompute it to the digit, and sign the attestation with your key."""
    from label_service.issuance.attesting import sign_dossier

    dossier, token = sign_dossier(
        folder,
        key,
        name=name,
        origin=scheme,
        criteria=tuple(criteria or ()),
        released=tuple(release or ()),
        level=level,
        valid_from=datetime.now(UTC),
        valid_for=timedelta(days=days),
        identifier=uuid.uuid4(),
    )
    if out is None:
        sys.stdout.write(token + "\n")
        return
    out.write_text(token + "\n", encoding="ascii")
    show.dossier(dossier, out)


@app.command()
def recompute(bundle: Annotated[Path, typer.Argument(help="bundle.json of a label")]) -> None:
    """Recompute the score of a bundle from its inventory and proven rows; exit code 1 names the first difference."""
    from label_service.errors import VerificationError
    from label_service.verify.bundle import recompute as run

    try:
        result = run(read_file(bundle).strip())
    except VerificationError as error:
        show.line(f"NOT THE SAME: {error.detail}")
        raise typer.Exit(1) from error
    show.line(f"The same to the digit: score {result.score}, grade {result.grade}, digest {result.digest}")


@app.command("audit-log")
def audit_log_command(  # noqa: PLR0917 - typer gives them by name
    source: Annotated[
        str, typer.Argument(metavar="URL|DIR", help="origin of a service, or a folder with its public files")
    ],
    root: Annotated[list[Path] | None, typer.Option(help="root file to trust")] = None,
    trust_list: Annotated[Path | None, typer.Option(help="trust list; fetched from the URL when left out")] = None,
    at: Annotated[str | None, typer.Option(help="time to judge by, such as 2026-11-23T10:00:00Z; default now")] = None,
    against: Annotated[
        str | None, typer.Option(metavar="FILE|URL|DIR", help="another source of the same log, or evidence to check")
    ] = None,
    evidence: Annotated[Path, typer.Option(help="file for the evidence of a split view")] = Path("split-view.json"),
) -> None:
    """Rebuild every tile and root of a log, check all archived checkpoints and every label's inclusion."""
    from label_service.cli.against import compare
    from label_service.cli.audit import audit

    if against:
        raise typer.Exit(compare(source, against, root or [], trust_list, moment(at), evidence=evidence))
    raise typer.Exit(audit(source, root or [], trust_list, moment(at)))


def _inventory_of(document: Any, release: "Release", parts: "list[Part]") -> "tuple[Inventory, tuple[Finding, ...]]":
    from label_service.declaration import Declaration
    from label_service.inventory import Inventory
    from label_service.inventory.build import build_inventory
    from label_service.plausibility import check, reject

    kind = document.get("type") if isinstance(document, dict) else None
    if kind == Inventory.TYPE:
        return Inventory.from_json(document), ()
    if kind != Declaration.TYPE:
        raise UnsupportedVersion(f"expected a declaration or an inventory, found {str(kind)[:40]!r}")
    declaration = Declaration.from_json(document)
    findings = check(declaration, release, release.keys("bounds"))
    reject(findings)
    return build_inventory(declaration, release, release.digest, parts), findings


def _print_json(value: Any) -> None:
    sys.stdout.write(canonical.encode(value).decode() + "\n")
