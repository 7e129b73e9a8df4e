"""`label-service accounts`: links for people, made at the machine by the operator; the rest is on the pages."""
# ruff: noqa: PLC0415 - a command imports what it needs when it is called

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from label_service.cli import show

if TYPE_CHECKING:
    from label_service.accounts.accounts import Accounts

app = typer.Typer(help="Invite people, list parties and people, help who lost her passkey.", no_args_is_help=True)

EmailArgument = Annotated[str, typer.Argument(help="address of the person")]


@app.command("invite")
def invite(
    email: EmailArgument,
    party: Annotated[str, typer.Option(help="last part of the party's address; the operator's own when left out")] = "",
    role: Annotated[str, typer.Option(help="lead, member or reader")] = "lead",
) -> None:
    """Make a link that lets one person join, once and within 7 days."""
    with _open() as accounts:
        console = accounts.parties.console()
        party_id = accounts.parties.by_code(party).id if party else None
        link = accounts.invitations.invite(console, email, role, party_id)  # type: ignore[arg-type] # checked there
    _hand_over(link)


@app.command("list")
def list_all() -> None:
    """List parties with their people."""
    with _open() as accounts:
        for party in accounts.parties.all():
            show.line(
                f"{party.code}  {party.kind}  {party.state}  {party.name} ({party.country}, {party.registration})"
            )
            for person in accounts.people.active(party.id):
                show.line(f"          {person.role}  {person.email}  {person.name}")


@app.command("recover")
def recover(email: EmailArgument) -> None:
    """Make a link with which a person registers a new passkey; using it ends every old way into her account."""
    with _open() as accounts:
        link = accounts.invitations.recover_any(email)
    _hand_over(link)


@contextmanager
def _open() -> "Iterator[Accounts]":
    from label_service.accounts.accounts import Accounts
    from label_service.issuance.clock import now
    from label_service.settings import read_settings
    from label_service.store.database import migrate, open_engine

    settings = read_settings()
    settings.data.mkdir(parents=True, exist_ok=True)
    engine = open_engine(settings.url)
    try:
        migrate(engine)
        yield Accounts(engine, now, settings.origin)
    finally:
        engine.dispose()


def _hand_over(link: str) -> None:
    sys.stdout.write(link + "\n")  # in one piece, however narrow the terminal is
    show.line("Hand this link over on a way you trust; it counts once and for 7 days.")
