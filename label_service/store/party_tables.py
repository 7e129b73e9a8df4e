"""Tables of parties and people: who is who, how they sign in, and what they may call the API with.

Secrets of invitations, sessions, ceremonies and API tokens are kept as SHA-256 only.
"""

from datetime import datetime
from typing import ClassVar

from sqlalchemy import Column, LargeBinary, text
from sqlmodel import Field, SQLModel

from label_service.store.tables import DIGEST_LENGTH, count, moment


class PartyRow(SQLModel, table=True):
    """An organisation: a producer, a verifier (body of auditors) or the operator; its id is a public URI."""

    __tablename__: ClassVar[str] = "party"

    id: str = Field(primary_key=True, max_length=256)
    kind: str = Field(index=True, max_length=10)
    name: str = Field(max_length=300)
    country: str = Field(max_length=3)
    registration: str = Field(max_length=100)  # of a public register, as it was written
    registration_key: str = Field(unique=True, max_length=100)  # its letters and digits: tells organisations apart
    state: str = Field(default="active", max_length=10)
    terms_version: str = Field(default="", max_length=40)
    created_at: datetime = Field(sa_column=moment())


class AccountRow(SQLModel, table=True):
    """A person of one party; `email` is empty once the person was erased, `language` is that of the last sign-in."""

    __tablename__: ClassVar[str] = "account"

    id: str = Field(primary_key=True, max_length=36)
    party_id: str = Field(foreign_key="party.id", index=True, max_length=256)
    name: str = Field(max_length=300)
    email: str | None = Field(default=None, unique=True, max_length=254)
    role: str = Field(max_length=10)
    is_active: bool = True
    feed_digest: str | None = Field(default=None, unique=True, max_length=DIGEST_LENGTH)
    language: str = Field(default="en", max_length=10, sa_column_kwargs={"server_default": text("'en'")})
    created_at: datetime = Field(sa_column=moment())


class PasskeyRow(SQLModel, table=True):
    """The public side of a WebAuthn credential."""

    __tablename__: ClassVar[str] = "passkey"

    id: str = Field(primary_key=True, max_length=1400)
    account_id: str = Field(foreign_key="account.id", index=True, max_length=36)
    public_key: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    sign_count: int = Field(sa_column=count())
    name: str = Field(max_length=100)
    created_at: datetime = Field(sa_column=moment())
    used_at: datetime | None = Field(default=None, sa_column=moment(nullable=True))


class ForeignIdentity(SQLModel, table=True):
    """An account at an OpenID provider that signs a person in."""

    __tablename__: ClassVar[str] = "foreign_identity"

    issuer: str = Field(primary_key=True, max_length=256)
    subject: str = Field(primary_key=True, max_length=256)
    account_id: str = Field(foreign_key="account.id", index=True, max_length=36)
    created_at: datetime = Field(sa_column=moment())


class InvitationRow(SQLModel, table=True):
    """A link that lets one person join a party once, or an account get a new passkey."""

    __tablename__: ClassVar[str] = "invitation"

    digest: str = Field(primary_key=True, max_length=DIGEST_LENGTH)
    party_id: str = Field(foreign_key="party.id", index=True, max_length=256)
    role: str = Field(max_length=10)
    email: str = Field(max_length=254)
    account_id: str | None = Field(default=None, foreign_key="account.id", max_length=36)
    created_at: datetime = Field(sa_column=moment())
    expires_at: datetime = Field(sa_column=moment())
    used_at: datetime | None = Field(default=None, sa_column=moment(nullable=True))


class CeremonyRow(SQLModel, table=True):
    """A sign-in or registration under way: its challenge, for a few minutes, once."""

    __tablename__: ClassVar[str] = "ceremony"

    digest: str = Field(primary_key=True, max_length=DIGEST_LENGTH)
    kind: str = Field(max_length=20)
    challenge: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    subject: str = Field(default="", max_length=256)
    expires_at: datetime = Field(sa_column=moment(index=True))


class SessionRow(SQLModel, table=True):
    """A signed-in browser."""

    __tablename__: ClassVar[str] = "session"

    digest: str = Field(primary_key=True, max_length=DIGEST_LENGTH)
    account_id: str = Field(foreign_key="account.id", index=True, max_length=36)
    created_at: datetime = Field(sa_column=moment())
    seen_at: datetime = Field(sa_column=moment())
    expires_at: datetime = Field(sa_column=moment(index=True))


class TokenRow(SQLModel, table=True):
    """An API token of an account: what it may do and until when."""

    __tablename__: ClassVar[str] = "api_token"

    digest: str = Field(primary_key=True, max_length=DIGEST_LENGTH)
    id: str = Field(unique=True, max_length=36)
    account_id: str = Field(foreign_key="account.id", index=True, max_length=36)
    name: str = Field(max_length=100)
    rights: str = Field(max_length=200)
    created_at: datetime = Field(sa_column=moment())
    expires_at: datetime = Field(sa_column=moment())
    revoked_at: datetime | None = Field(default=None, sa_column=moment(nullable=True))
    used_at: datetime | None = Field(default=None, sa_column=moment(nullable=True))
