"""Tables: documents by digest, and the columns the service searches by."""

from datetime import UTC, datetime
from typing import Any, ClassVar

from sqlalchemy import BigInteger, Column, DateTime, Integer, LargeBinary, UniqueConstraint, text
from sqlalchemy.types import TypeDecorator
from sqlmodel import Field, SQLModel

DIGEST_LENGTH = 64


class _Moment(TypeDecorator[datetime]):
    """A time with its zone; SQLite gives it back without, and everything is written in UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_result_value(self, value: datetime | None, dialect: Any) -> datetime | None:
        """Give a stored time with its zone."""
        del dialect
        return value.replace(tzinfo=UTC) if value and value.tzinfo is None else value


def moment(*, nullable: bool = False, index: bool = False) -> Column[Any]:
    """Give a column for a time with its zone, written in UTC."""
    return Column(_Moment(), nullable=nullable, index=index)


def count(*, nullable: bool = False, unique: bool = False, primary_key: bool = False) -> Column[Any]:
    """Give a column for a number that outgrows 32 bits: a place in the log, uses of a passkey."""
    kind = BigInteger().with_variant(Integer, "sqlite")
    return Column(kind, nullable=nullable, unique=unique or None, primary_key=primary_key, autoincrement=False)


class StoredDocument(SQLModel, table=True):
    """Canonical bytes of a document, or the text of a signed token, under its SHA-256."""

    __tablename__: ClassVar[str] = "document"

    digest: str = Field(primary_key=True, max_length=DIGEST_LENGTH)
    type: str = Field(index=True, max_length=40)
    body: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    created_at: datetime = Field(sa_column=moment())


class DeclarationRow(SQLModel, table=True):
    """A declaration and how far it has come; `waits_for` says in words why it was not labelled by itself."""

    __tablename__: ClassVar[str] = "declaration"

    id: str = Field(primary_key=True, max_length=36)
    state: str = Field(index=True, max_length=20)
    producer_id: str = Field(index=True, max_length=256)
    name: str = Field(max_length=300)
    declaration_digest: str = Field(foreign_key="document.digest", unique=True, max_length=DIGEST_LENGTH)
    inventory_digest: str = Field(foreign_key="document.digest", max_length=DIGEST_LENGTH)
    assessment_digest: str = Field(foreign_key="document.digest", max_length=DIGEST_LENGTH)
    attestation_digest: str | None = Field(default=None, foreign_key="document.digest", max_length=DIGEST_LENGTH)
    label_id: str | None = Field(default=None, unique=True, max_length=13)
    waits_for: str = Field(default="", max_length=4000, sa_column_kwargs={"server_default": text("''")})
    created_at: datetime = Field(sa_column=moment())


class MeterUse(SQLModel, table=True):
    """A declaration that counts energy of a meter file, so that one reading is not spent twice unseen."""

    __tablename__: ClassVar[str] = "meter_use"
    __table_args__ = (UniqueConstraint("digest", "declaration_id"),)

    digest: str = Field(primary_key=True, max_length=DIGEST_LENGTH)
    position: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    declaration_id: str = Field(foreign_key="declaration.id", max_length=36)
    energy_kwh: str = Field(max_length=40)


class EvidenceUse(SQLModel, table=True):
    """A declaration that counts a job file, job record or weighing, so that one piece of proof is not spent twice."""

    __tablename__: ClassVar[str] = "evidence_use"

    digest: str = Field(primary_key=True, max_length=DIGEST_LENGTH)
    declaration_id: str = Field(primary_key=True, foreign_key="declaration.id", max_length=36)
    position: int


class LotUse(SQLModel, table=True):
    """Mass that a declaration takes of a producer's material lot."""

    __tablename__: ClassVar[str] = "lot_use"

    producer_id: str = Field(primary_key=True, max_length=256)
    lot: str = Field(primary_key=True, max_length=300)
    declaration_id: str = Field(primary_key=True, foreign_key="declaration.id", max_length=36)
    mass_kg: str = Field(max_length=40)


class LabelRow(SQLModel, table=True):
    """An issued label: where its parts are, its log index and its place in the status lists."""

    __tablename__: ClassVar[str] = "label"
    __table_args__ = (UniqueConstraint("status_list", "status_index"),)

    id: str = Field(primary_key=True, max_length=13)
    label_digest: str = Field(foreign_key="document.digest", unique=True, max_length=DIGEST_LENGTH)
    attestation_digest: str = Field(foreign_key="document.digest", max_length=DIGEST_LENGTH)
    inventory_digest: str = Field(foreign_key="document.digest", max_length=DIGEST_LENGTH)
    assessment_digest: str = Field(foreign_key="document.digest", max_length=DIGEST_LENGTH)
    log_index: int = Field(sa_column=count(unique=True))
    status_list: int
    status_index: int
    is_revoked: bool = Field(default=False, index=True)
    is_suspended: bool = Field(default=False, index=True)
    status_reason: str = Field(default="", max_length=64)
    status_at: datetime | None = Field(default=None, sa_column=moment(nullable=True, index=True))
    successor: str | None = Field(default=None, max_length=13)
    producer_id: str = Field(default="", index=True, max_length=256, sa_column_kwargs={"server_default": text("''")})
    design_digest: str | None = Field(default=None, index=True, max_length=DIGEST_LENGTH)
    scope_digest: str | None = Field(default=None, index=True, max_length=DIGEST_LENGTH)
    scope_position: int | None = None
    qr_text: str = Field(max_length=1000)
    issued_at: datetime = Field(sa_column=moment())


class PartRow(SQLModel, table=True):
    """What stands behind a part that makers handed in, by the digest of its label token or record: the newest copy."""

    __tablename__: ClassVar[str] = "part"

    digest: str = Field(primary_key=True, max_length=DIGEST_LENGTH)
    kind: str = Field(max_length=10)
    document_digest: str = Field(foreign_key="document.digest", max_length=DIGEST_LENGTH)
    taken_at: datetime = Field(sa_column=moment())


class LeafRow(SQLModel, table=True):
    """One entry of the transparency log, in order."""

    __tablename__: ClassVar[str] = "leaf"

    position: int = Field(sa_column=count(primary_key=True))
    entry: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    created_at: datetime = Field(sa_column=moment())


class TrustListRow(SQLModel, table=True):
    """A published trust list by its sequence number; the newest is the register of parties and keys."""

    __tablename__: ClassVar[str] = "trust_list"

    sequence: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    digest: str = Field(foreign_key="document.digest", max_length=DIGEST_LENGTH)
    created_at: datetime = Field(sa_column=moment())


class ReleaseRow(SQLModel, table=True):
    """A release of factors that this installation published; withdrawn, nothing new is made with it.

    `document_digest` names its header and rows where they are not part of the package.
    """

    __tablename__: ClassVar[str] = "factor_release"

    digest: str = Field(primary_key=True, max_length=DIGEST_LENGTH)
    document_digest: str | None = Field(default=None, foreign_key="document.digest", max_length=DIGEST_LENGTH)
    published_at: datetime = Field(sa_column=moment())
    withdrawn_at: datetime | None = Field(default=None, sa_column=moment(nullable=True))
    reason: str = Field(default="", max_length=1000)
