"""Tables of products made together: keys of parties, batches that were begun, and what parties signed for them."""

from datetime import datetime
from typing import ClassVar

from sqlmodel import Field, SQLModel

from label_service.store.tables import DIGEST_LENGTH, moment


class PartyKeyRow(SQLModel, table=True):
    """A public key with which a producer signs its own steps; `ended_at` once it was given up."""

    __tablename__: ClassVar[str] = "party_key"

    thumbprint: str = Field(primary_key=True, max_length=43)
    public_key: str = Field(max_length=43)  # base64url of its 32 bytes
    party_id: str = Field(foreign_key="party.id", index=True, max_length=256)
    name: str = Field(max_length=100)
    created_at: datetime = Field(sa_column=moment())
    ended_at: datetime | None = Field(default=None, sa_column=moment(nullable=True))


class BatchRow(SQLModel, table=True):
    """A batch that several parties make; its random name is the invitation."""

    __tablename__: ClassVar[str] = "batch"

    name: str = Field(primary_key=True, max_length=32)
    producer_id: str = Field(foreign_key="party.id", index=True, max_length=256)
    product: str = Field(max_length=300)
    quantity: int
    created_at: datetime = Field(sa_column=moment())


class ContributionRow(SQLModel, table=True):
    """What a party signed for a batch: the digest of its token, and its steps as a document.

    `declaration_id` names the declaration that was labelled with it; it counts for no other.
    """

    __tablename__: ClassVar[str] = "contribution"

    digest: str = Field(primary_key=True, max_length=DIGEST_LENGTH)
    batch: str = Field(foreign_key="batch.name", index=True, max_length=32)
    party_id: str = Field(foreign_key="party.id", index=True, max_length=256)
    key: str = Field(foreign_key="party_key.thumbprint", max_length=43)
    document_digest: str = Field(foreign_key="document.digest", max_length=DIGEST_LENGTH)
    given_at: datetime = Field(sa_column=moment())
    withdrawn_at: datetime | None = Field(default=None, sa_column=moment(nullable=True))
    declaration_id: str | None = Field(default=None, foreign_key="declaration.id", max_length=36)
