"""`label-service auditor`: what an auditor signs besides attestations of declarations, with a key file of her own.

Each command writes a token; hand it in with `POST /api/v1/intake`, or paste it where the service asks for it.
"""
# ruff: noqa: PLC0415 - a command imports what it needs when it is called

import sys
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from label_service.cli import show
from label_service.errors import NotFound, Refused

if TYPE_CHECKING:
    from label_service.issuance.saying import Scheme
    from label_service.tlog.leaf import StatementKind

app = typer.Typer(help="Sign what an auditor says: a scope, a refusal, a withdrawal, the result of a sample.")

Key = Annotated[Path, typer.Option(help="your private key file")]
Origin = Annotated[str, typer.Option("--scheme", help="origin of the scheme, such as https://labels.example")]
Demo = Annotated[bool, typer.Option("--demo", help="the scheme is a demonstration")]
Out = Annotated[Path | None, typer.Option(help="file for the token; standard output when left out")]
Reason = Annotated[str, typer.Option(help="code of the reason, see docs/audit.md")]
Text = Annotated[str, typer.Option(help="public words: why")]
Findings = Annotated[list[str] | None, typer.Option("--finding", help="what you found; may be repeated")]


@app.command("attest-scope")
def attest_scope(
    file: Annotated[Path, typer.Argument(help="scope.json: the members of the scope's subject")],
    key: Key,
    name: Annotated[str, typer.Option(help="your name as it stands on the trust list")],
    scheme: Origin,
    *,
    days: Annotated[int, typer.Option(min=1, max=1095, help="how long it counts")] = 365,
    demo: Demo = False,
    out: Out = None,
) -> None:
    """Attest a workshop: machines, processes, floors and ceilings, lots, quantity, period, rate and hash chain."""
    from label_service import canonical
    from label_service.errors import InvalidDocument
    from label_service.issuance.saying import sign_scope

    subject = canonical.decode_lenient(_read(file))
    if not isinstance(subject, dict):
        raise InvalidDocument(f"expected an object in {file.name}", hint="docs/audit.md shows one")
    attestation, token = sign_scope(
        subject,
        key,
        name=name,
        scheme=_scheme(scheme, demo),
        valid_from=datetime.now(UTC),
        valid_for=timedelta(days=days),
        identifier=uuid.uuid4(),
    )
    said = f"scope of {subject['site_name']}, {subject['quantity']} items, until {attestation.valid_until[:10]}"
    _give(token, out, said)


@app.command()
def refuse(
    key: Key,
    scheme: Origin,
    reason: Reason,
    text: Text,
    *,
    declaration: Annotated[str | None, typer.Option(help="digest of the declaration")] = None,
    request: Annotated[str | None, typer.Option(help="id of the request, where it asks for a scope")] = None,
    finding: Findings = None,
    demo: Demo = False,
    out: Out = None,
) -> None:
    """Refuse a declaration, or a request for a scope, with reasons."""
    subject = _one_of(declaration_digest=declaration, request=request)
    _say("refusal", subject, key, _scheme(scheme, demo), reason, text, finding, out)


@app.command()
def withdraw(
    key: Key,
    scheme: Origin,
    reason: Reason,
    text: Text,
    *,
    attestation: Annotated[str | None, typer.Option(help="digest of the attestation of a declaration")] = None,
    scope: Annotated[str | None, typer.Option(help="digest of the scope")] = None,
    demo: Demo = False,
    out: Out = None,
) -> None:
    """Withdraw an attestation or a scope; what rests on it is suspended at once."""
    subject = _one_of(attestation_digest=attestation, scope_digest=scope)
    _say("withdrawal", subject, key, _scheme(scheme, demo), reason, text, None, out)


@app.command("sample-result")
def sample_result(  # noqa: PLR0917
    label: Annotated[str, typer.Argument(help="id of the label that was drawn")],
    key: Key,
    scheme: Origin,
    scope: Annotated[str, typer.Option(help="digest of its scope")],
    outcome: Annotated[str, typer.Option(help="confirmed or finding")],
    reason: Reason,
    text: Text,
    *,
    finding: Findings = None,
    demo: Demo = False,
    out: Out = None,
) -> None:
    """Say what a sample showed; a finding suspends label and scope at once."""
    subject = {"label_id": label, "scope_digest": scope, "outcome": outcome}
    _say("sample_result", subject, key, _scheme(scheme, demo), reason, text, finding, out)


def _say(  # noqa: PLR0917 - everything a statement is made of
    kind: "StatementKind",
    subject: dict[str, str],
    key: Path,
    scheme: "Scheme",
    reason: str,
    text: str,
    findings: list[str] | None,
    out: Path | None,
) -> None:
    from label_service.issuance.saying import sign_words

    statement, token = sign_words(
        kind,
        subject,
        key,
        scheme=scheme,
        reason=reason,
        text=text,
        findings=findings or (),
        at=datetime.now(UTC),
    )
    about = ", ".join(f"{name} {value}" for name, value in statement.subject.as_json().items())
    _give(token, out, f"{kind.replace('_', ' ')} of {about}: {statement.text}")


def _scheme(origin: str, is_demo: bool) -> "Scheme":
    from label_service.issuance.saying import Scheme

    return Scheme(origin, is_demo)


def _one_of(**members: str | None) -> dict[str, str]:
    given = {name: value for name, value in members.items() if value is not None}
    if len(given) != 1:
        names = " or ".join(f"--{name.partition('_')[0]}" for name in members)
        raise Refused(f"expected {names}, one of them")
    return given


def _give(token: str, out: Path | None, said: str) -> None:
    if out is None:
        sys.stdout.write(token + "\n")
        return
    out.write_text(token + "\n", encoding="ascii")
    show.line(f"Signed, {said}")
    show.line(f"Hand in {out.name}; in the public log it stands for ever.")


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise NotFound(f"cannot read {file.name}: {error.strerror}") from error
