"""Who plays in a scheme: the operator, producers, verifiers, each with people who joined by an invitation."""

import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import httpx
from sqlalchemy import Engine

from label_service.accounts.accounts import Accounts
from label_service.accounts.invitations import new_account_id, use
from label_service.accounts.openid import Provider
from label_service.accounts.parties import Party
from label_service.accounts.rights import Actor, Kind, Role
from label_service.accounts.secret import digest_of
from label_service.errors import Conflict
from label_service.issuance.scheme import Scheme
from label_service.store.database import reading, transaction
from label_service.store.party_tables import AccountRow, PartyRow
from label_service.web.guard import COOKIE


@dataclass
class Cast:
    """The parties of an installation; the operator's lead is there from the start."""

    engine: Engine
    accounts: Accounts
    operator: Actor
    clock: Callable[[], datetime]

    def party(self, kind: Kind = "producer", name: str = "Test workshop", registration: str = "") -> Party:
        """Admit an organisation."""
        return self.accounts.parties.admit(self.operator, kind, name, "DEU", registration or f"HRB {name}")

    def lead(self, kind: Kind = "producer", name: str = "Test workshop") -> Actor:
        """Admit an organisation and let its first lead join."""
        party = self.party(kind, name)
        address = f"lead@{''.join(filter(str.isalnum, name)).lower()}.example"
        return self.join(self.accounts.invitations.invite(self.operator, address, "lead", party.id), f"Lead of {name}")

    def colleague(self, lead: Actor, role: Role = "member", email: str = "colleague@mail.example") -> Actor:
        """Let a lead invite somebody, who joins."""
        return self.join(self.accounts.invitations.invite(lead, email, role), "A colleague")

    def join(self, link: str, name: str = "Somebody") -> Actor:
        """Use an invitation without a browser, and give who joined."""
        with transaction(self.engine) as session:
            account = use(session, digest_of(secret_of(link)), new_account_id(), name, self.clock())
        return self.actor(account.id)

    def actor(self, account_id: str) -> Actor:
        """Give somebody as a session of hers would."""
        found = self.accounts.sessions.actor(self.accounts.sessions.open(account_id))
        assert found is not None
        return found

    def browser(self, actor: Actor, origin: str) -> httpx.Client:
        """Give a client that sends what the browser of a signed-in person sends from a page of the service."""
        secret = self.accounts.sessions.open(actor.account_id)
        headers = {"Cookie": f"{COOKIE}={secret}", "Sec-Fetch-Site": "same-origin", "Accept": "text/html"}
        return httpx.Client(base_url=origin, headers=headers, timeout=20)

    def row(self, actor: Actor) -> AccountRow:
        """Give the row of somebody."""
        with reading(self.engine) as session:
            return session.get_one(AccountRow, actor.account_id)

    def party_row(self, identifier: str) -> PartyRow:
        """Give the row of a party."""
        with reading(self.engine) as session:
            return session.get_one(PartyRow, identifier)


def gather(scheme: Scheme) -> Cast:
    """Give a scheme its accounts, with the operator and her lead; they may be there already."""
    return cast_in(scheme.bench.engine, scheme.bench.clock, scheme.identity.origin)


def cast_in(engine: Engine, clock: Callable[[], datetime], origin: str, provider: Provider | None = None) -> Cast:
    """Give a database its accounts, with the operator and her lead; they may be there already."""
    accounts = Accounts(engine, clock, origin, provider)
    with contextlib.suppress(Conflict):
        accounts.parties.found("Test scheme owner", "DEU", "VR 1 Leipzig")
    console = accounts.parties.console()
    cast = Cast(engine, accounts, console, clock)
    known = accounts.people.active(console.party_id)
    link = "" if known else accounts.invitations.invite(console, "owner@scheme.example", "lead")
    cast.operator = cast.actor(known[0].id) if known else cast.join(link, "Scheme owner")
    return cast


def secret_of(link: str) -> str:
    """Give the secret part of a link."""
    return link.rpartition("/")[2]
