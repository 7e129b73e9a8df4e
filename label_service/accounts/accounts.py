"""Everything about who is who on one installation, by what it is about."""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import Engine

from label_service.accounts.invitations import Invitations
from label_service.accounts.openid import OpenId, Provider
from label_service.accounts.parties import Parties
from label_service.accounts.passkeys import Passkeys
from label_service.accounts.people import People
from label_service.accounts.sessions import Sessions
from label_service.accounts.tokens import Tokens


class Accounts:
    """Parties and their people, how they get in, how they sign in, and what programs may do for them.

    Attributes:
        origin: public origin, part of the ids of parties and what passkeys are bound to.
        openid: signing in with an OpenID provider; None where none is set.
    """

    def __init__(
        self, engine: Engine, clock: Callable[[], datetime], origin: str, provider: Provider | None = None
    ) -> None:
        self.origin = origin
        self.parties = Parties(engine, clock, origin)
        self.people = People(engine, clock)
        self.invitations = Invitations(engine, clock, origin)
        self.passkeys = Passkeys(engine, clock, origin)
        self.openid = OpenId(engine, clock, origin, provider) if provider else None
        self.sessions = Sessions(engine, clock)
        self.tokens = Tokens(engine, clock)
