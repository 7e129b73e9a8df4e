"""API tokens: what a program shows instead of a person; 256 random bits with a prefix and a checksum, kept as SHA-256.

A token looks like `label_` and 59 letters of Base32: 52 of the secret and 7 of its CRC-32, so that scanners of leaked
secrets find it and a mistyped one is known without asking the database.
"""

import re
import secrets
import uuid
import zlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated

from pydantic import Field
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from label_service.accounts.parties import Clock
from label_service.accounts.people import actor_of
from label_service.accounts.rights import FOR_PROGRAMS, Actor, Right
from label_service.accounts.secret import digest_of
from label_service.document import Model, Text, validate
from label_service.errors import NotFound, Refused
from label_service.store.database import reading, transaction
from label_service.store.party_tables import AccountRow, PartyRow, TokenRow
from label_service.trust.encoding import base32

PREFIX = "label_"
MAX_DAYS = 365
MAX_TOKENS = 50  # of one person
_FORM = re.compile(r"label_([A-Z2-7]{52})([A-Z2-7]{7})")
_NOTED = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class ApiToken:
    """A token without its secret."""

    id: str
    account_id: str
    owner: str
    name: str
    rights: tuple[Right, ...]
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None
    used_at: datetime | None


class _Wanted(Model):
    name: Annotated[Text, Field(max_length=100)]
    days: Annotated[int, Field(ge=1, le=MAX_DAYS)]


class Tokens:
    """The API tokens of one installation."""

    def __init__(self, engine: Engine, clock: Clock) -> None:
        self._engine = engine
        self._clock = clock

    def issue(self, actor: Actor, name: str, rights: frozenset[Right], days: int) -> str:
        """Give a new token, which is shown this once.

        Raises:
            Refused: a right the actor does not have or no program may have, no right at all, or too many tokens.
            InvalidDocument: no name, or not 1 to 365 days.
        """
        wanted = validate(_Wanted, {"name": name.strip(), "days": days})
        if not rights or not rights <= actor.rights & FOR_PROGRAMS:
            raise Refused(
                "expected rights that you have and that a program may have",
                hint=f"choose of: {', '.join(sorted(actor.rights & FOR_PROGRAMS))}",
            )
        token, now = _new_token(), self._clock()
        with transaction(self._engine) as session:
            _check_few(session, actor, now)
            session.add(
                TokenRow(
                    digest=digest_of(token),
                    id=str(uuid.uuid4()),
                    account_id=actor.account_id,
                    name=wanted.name,
                    rights=" ".join(sorted(rights)),
                    created_at=now,
                    expires_at=now + timedelta(days=wanted.days),
                )
            )
        return token

    def actor(self, token: str) -> Actor | None:
        """Give for whom a token speaks, with no more rights than it has; None when it is unknown, over or revoked."""
        if not _is_whole(token):
            return None
        now = self._clock()
        query = (
            select(TokenRow, AccountRow, PartyRow)
            .join(AccountRow, col(AccountRow.id) == col(TokenRow.account_id))
            .join(PartyRow, col(PartyRow.id) == col(AccountRow.party_id))
            .where(TokenRow.digest == digest_of(token), TokenRow.expires_at > now, col(TokenRow.revoked_at).is_(None))
        )
        with reading(self._engine) as session:
            found = session.exec(query).first()
        if found is None:
            return None
        row, account, party = found
        if row.used_at is None or now - row.used_at > _NOTED:
            self._note_use(row.digest, now)
        return actor_of(account, party, frozenset(map(Right, row.rights.split())) & FOR_PROGRAMS)

    def of(self, actor: Actor) -> list[ApiToken]:
        """Give the actor's tokens, for a lead those of the whole party; the newest first."""
        query = select(TokenRow, AccountRow.name).join(AccountRow, col(AccountRow.id) == col(TokenRow.account_id))
        query = query.where(_reach(actor)).order_by(col(TokenRow.created_at).desc())
        with reading(self._engine) as session:
            return [_as_token(row, owner) for row, owner in session.exec(query).all()]

    def revoke(self, actor: Actor, identifier: str) -> None:
        """End a token at once: the actor's own, for a lead one of the party.

        Raises:
            NotFound: no such token.
        """
        query = select(TokenRow).join(AccountRow, col(AccountRow.id) == col(TokenRow.account_id))
        with transaction(self._engine) as session:
            row = session.exec(query.where(TokenRow.id == identifier, _reach(actor))).first()
            if row is None:
                raise NotFound("there is no such token")
            row.revoked_at = row.revoked_at or self._clock()
            session.add(row)

    def _note_use(self, digest: str, now: datetime) -> None:
        with transaction(self._engine) as session:
            row = session.get(TokenRow, digest)
            if row:
                row.used_at = now
                session.add(row)


def _new_token() -> str:
    secret = base32(secrets.token_bytes(32))
    return f"{PREFIX}{secret}{_checksum(secret)}"


def _checksum(secret: str) -> str:
    return base32(zlib.crc32(secret.encode("ascii")).to_bytes(4, "big"))


def _is_whole(token: str) -> bool:
    found = _FORM.fullmatch(token)
    return found is not None and _checksum(found[1]) == found[2]


def _reach(actor: Actor) -> bool:
    """Give the condition on accounts whose tokens an actor sees and ends."""
    if Right.MANAGE_PEOPLE in actor.rights:
        return AccountRow.party_id == actor.party_id
    return AccountRow.id == actor.account_id


def _check_few(session: Session, actor: Actor, now: datetime) -> None:
    query = select(TokenRow.id).where(
        TokenRow.account_id == actor.account_id, TokenRow.expires_at > now, col(TokenRow.revoked_at).is_(None)
    )
    if len(session.exec(query).all()) >= MAX_TOKENS:
        raise Refused(f"expected at most {MAX_TOKENS} tokens of one person", hint="revoke those no program uses")


def _as_token(row: TokenRow, owner: str) -> ApiToken:
    return ApiToken(
        id=row.id,
        account_id=row.account_id,
        owner=owner,
        name=row.name,
        rights=tuple(map(Right, row.rights.split())),
        created_at=row.created_at,
        expires_at=row.expires_at,
        revoked_at=row.revoked_at,
        used_at=row.used_at,
    )
