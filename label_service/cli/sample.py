"""`label-service sample`: anybody recomputes which labels are audited again; auditors make and reveal their chains."""
# ruff: noqa: PLC0415 - a command imports what it needs when it is called

import sys
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from label_service.cli import show
from label_service.cli.installation import moment
from label_service.document import Date, Model, Week, validate
from label_service.errors import LabelServiceError, NotFound, Refused

if TYPE_CHECKING:
    from label_service.tlog.audit import Finding
    from label_service.tlog.leaf import ScopeLeaf
    from label_service.tlog.scopes import Draw

app = typer.Typer(help="Check the draw of samples, or make and reveal the chain behind it.")


class _Asked(Model):
    week: Week
    scope_start: Date


@app.callback(invoke_without_command=True)
def sample(  # noqa: PLR0917 - typer gives them by name
    context: typer.Context,
    check: Annotated[
        str | None, typer.Option("--check", metavar="URL|DIR", help="origin of a service, or its public files")
    ] = None,
    scope: Annotated[str | None, typer.Option(help="digest of the only scope to show")] = None,
    root: Annotated[list[Path] | None, typer.Option(help="root file to trust")] = None,
    trust_list: Annotated[Path | None, typer.Option(help="trust list; fetched from the URL when left out")] = None,
    at: Annotated[str | None, typer.Option(help="time to judge by, such as 2026-11-23T10:00:00Z; default now")] = None,
) -> None:
    """Recompute every draw of samples from public files alone."""
    if context.invoked_subcommand:
        return
    if check is None:
        raise Refused("expected --check with the address or the public files of a log", hint="or chain, or reveal")
    raise typer.Exit(_check(check, root or [], trust_list, scope, moment(at)))


@app.command()
def chain(
    out: Annotated[Path, typer.Option(help="file for the secret seed; it is never overwritten")],
    weeks: Annotated[int, typer.Option(min=1, max=520, help="weeks in which the scope issues labels")] = 60,
) -> None:
    """Make the hash chain of a scope: a secret file only you can read, and the commitment for the attestation."""
    from label_service.issuance.chains import create_chain

    made = create_chain(out, weeks)
    show.line(f"commitment {made.commitment}")
    show.line(f"weeks {made.weeks}")
    show.line(f"Keep {out.name} secret until the last week is revealed, with a copy in another place.")


@app.command()
def reveal(  # noqa: PLR0917 - typer gives them by name
    file: Annotated[Path, typer.Argument(help="the secret file made by `sample chain`")],
    week: Annotated[str, typer.Option(help="ISO week that the log has closed, such as 2026-W47")],
    scope_start: Annotated[str, typer.Option(help="first day of the scope's period, YYYY-MM-DD")],
    key: Annotated[Path | None, typer.Option(help="your private key file, to sign the statement of it")] = None,
    scope: Annotated[str, typer.Option(help="digest of the scope, with --key")] = "",
    scheme: Annotated[str, typer.Option(help="origin of the scheme, with --key")] = "",
    *,
    demo: Annotated[bool, typer.Option("--demo", help="the scheme is a demonstration")] = False,
) -> None:
    """Print the value of a week, or with --key the signed statement of it.

    Hand it in only when a checkpoint over the week's entry is public: `sample --check` shows the week then.
    """
    from label_service.issuance.chains import load_chain, sign_reveal
    from label_service.tlog.week import number_of, week_of

    chain, asked = load_chain(file), validate(_Asked, {"week": week, "scope_start": scope_start})
    number = number_of(asked.week, week_of(asked.scope_start))
    value = chain.value(number)
    if key is None:
        show.line(f"{asked.week} is week {number} of {chain.weeks}")
        show.line(f"value {value}")
        return
    subject = {"scope_digest": scope, "week": asked.week, "value": value}
    sys.stdout.write(sign_reveal(subject, key, origin=scheme, demo=demo, now=datetime.now(UTC)) + "\n")


def _check(source: str, roots: list[Path], trust_list: Path | None, scope: str | None, at: str) -> int:
    """Recompute every draw, print it, and give the exit code of the audit.

    Raises:
        NotFound: there is no such log, or no labels were drawn from in this scope.
    """
    from label_service.cli.audit import look_through, verdict

    found = look_through(source, roots, trust_list, at)
    if "://" in source:
        found.findings.extend(compare_tokens(found.scopes, partial(_token, source)))
    draws = [draw for draw in found.draws if scope in {None, draw.scope_digest}]
    if scope is not None and not draws and not found.findings:
        raise NotFound(f"the log has no closed week with labels of the scope {scope[:80]}")
    for draw in draws:
        show.line(_words(draw))
        for label_id in draw.drawn or ():
            show.line(f"  {label_id}: {'audited again' if label_id in found.results else 'not audited again yet'}")
    return verdict(found, f"SOUND: {len(draws)} draws follow from the log and the values revealed")


def compare_tokens(scopes: Iterable["ScopeLeaf"], token_of: Callable[[str], str]) -> list["Finding"]:
    """Hold what the log repeats of each scope, its rate above all, against the token the auditor signed.

    Args:
        scopes: entries of the log.
        token_of: gives the token of a scope by its digest.
    """
    from label_service.label.attestation import read_attestation
    from label_service.label.scope import scope_leaf, scope_of
    from label_service.tlog.audit import Finding

    findings = []
    for leaf in scopes:
        try:
            token, attestation = read_attestation(token_of(leaf.digest))
            if scope_leaf(scope_of(attestation), token.digest, token.kid) != leaf:
                findings.append(Finding(f"scope {leaf.digest}", "the log says something else than the auditor signed"))
        except LabelServiceError as error:
            findings.append(Finding(f"scope {leaf.digest}", f"its token cannot be read: {error.detail}"))
    return findings


def _token(source: str, digest: str) -> str:
    from label_service.fetch import fetch

    return fetch(f"{source.rstrip('/')}/register/scopes/{digest}/token").decode("ascii", "replace").strip()


def _words(draw: "Draw") -> str:
    found = f"scope {draw.scope_digest[:12]}… {draw.week}: {len(draw.labels)} labels"
    if draw.drawn is not None:
        return f"{found}, {len(draw.drawn)} drawn"
    return f"{found}, the value {'was' if draw.is_overdue else 'is'} due by {draw.due_at}"
