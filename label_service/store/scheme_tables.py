"""Tables of the certification scheme: profiles, evidence, audits, scopes, samples, cases, notices, publications."""

from datetime import datetime
from typing import ClassVar

from sqlalchemy import Column, LargeBinary, text
from sqlmodel import Field, SQLModel

from label_service.store.tables import DIGEST_LENGTH, count, moment


class ProfileRow(SQLModel, table=True):
    """The newest profile document of a producer; earlier ones stay documents and can be brought back."""

    __tablename__: ClassVar[str] = "profile"

    producer_id: str = Field(primary_key=True, max_length=256)
    digest: str = Field(foreign_key="document.digest", max_length=DIGEST_LENGTH)
    previous_digest: str | None = Field(default=None, foreign_key="document.digest", max_length=DIGEST_LENGTH)
    updated_at: datetime = Field(sa_column=moment())


class JobRow(SQLModel, table=True):
    """Long work that a page can ask about after a reload: a catalogue import, an export."""

    __tablename__: ClassVar[str] = "job"

    id: str = Field(primary_key=True, max_length=36)
    party_id: str = Field(index=True, max_length=256)
    kind: str = Field(max_length=20)
    state: str = Field(max_length=10)
    done: int = 0
    total: int = 0
    input_digest: str = Field(default="", max_length=DIGEST_LENGTH)
    result_digest: str = Field(default="", max_length=DIGEST_LENGTH)
    problem: str = Field(default="", max_length=2000)
    attempts: int = Field(default=0, sa_column_kwargs={"server_default": text("0")})
    summary: str = Field(default="{}", max_length=100_000, sa_column_kwargs={"server_default": text("'{}'")})
    created_at: datetime = Field(sa_column=moment())


class JobPart(SQLModel, table=True):
    """Some of what came out of long work: packed lines of JSON, written together with how far it is."""

    __tablename__: ClassVar[str] = "job_part"

    job_id: str = Field(primary_key=True, foreign_key="job.id", max_length=36)
    number: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    body: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class EvidenceRow(SQLModel, table=True):
    """An evidence file of a party; the bytes are in the evidence store until they are removed after their time."""

    __tablename__: ClassVar[str] = "evidence"

    digest: str = Field(primary_key=True, max_length=DIGEST_LENGTH)
    party_id: str = Field(primary_key=True, max_length=256)
    name: str = Field(max_length=300)
    media_type: str = Field(max_length=100)
    size_bytes: int
    uploaded_at: datetime = Field(sa_column=moment())
    removed_at: datetime | None = Field(default=None, sa_column=moment(nullable=True))


class EvidenceAccess(SQLModel, table=True):
    """Who opened which evidence file of which owner when."""

    __tablename__: ClassVar[str] = "evidence_access"

    id: int | None = Field(default=None, primary_key=True)
    digest: str = Field(index=True, max_length=DIGEST_LENGTH)
    owner_id: str = Field(index=True, max_length=256)
    account_id: str = Field(max_length=36)
    party_id: str = Field(index=True, max_length=256)
    at: datetime = Field(sa_column=moment())


class AuditRequestRow(SQLModel, table=True):
    """A producer asks a verifier to look at a declaration, or at the workshop for a scope."""

    __tablename__: ClassVar[str] = "audit_request"

    id: str = Field(primary_key=True, max_length=36)
    kind: str = Field(max_length=12)
    producer_id: str = Field(index=True, max_length=256)
    verifier_id: str = Field(foreign_key="party.id", index=True, max_length=256)
    declaration_id: str | None = Field(default=None, foreign_key="declaration.id", index=True, max_length=36)
    proposal_digest: str | None = Field(default=None, foreign_key="document.digest", max_length=DIGEST_LENGTH)
    state: str = Field(default="open", index=True, max_length=10)
    result_digest: str | None = Field(default=None, foreign_key="document.digest", max_length=DIGEST_LENGTH)
    auditor: str = Field(default="", index=True, max_length=300)  # kid that signed the result
    findings_released: int = 0
    created_at: datetime = Field(sa_column=moment())
    closed_at: datetime | None = Field(default=None, sa_column=moment(nullable=True))


class AuditorKeyRow(SQLModel, table=True):
    """A public key that a person of a verifier handed in; it counts once the operator confirmed it and listed it."""

    __tablename__: ClassVar[str] = "auditor_key"

    thumbprint: str = Field(primary_key=True, max_length=43)
    public_key: str = Field(max_length=43)  # base64url of its 32 bytes
    name: str = Field(max_length=100)
    party_id: str = Field(foreign_key="party.id", index=True, max_length=256)
    account_id: str = Field(foreign_key="account.id", max_length=36)
    state: str = Field(default="waiting", index=True, max_length=10)
    created_at: datetime = Field(sa_column=moment())


class ScopeRow(SQLModel, table=True):
    """An attested workshop: how many items it may label and how many are used up; the token is a document."""

    __tablename__: ClassVar[str] = "scope"

    digest: str = Field(primary_key=True, foreign_key="document.digest", max_length=DIGEST_LENGTH)
    producer_id: str = Field(index=True, max_length=256)
    auditor: str = Field(index=True, max_length=300)
    commitment: str = Field(unique=True, max_length=DIGEST_LENGTH)
    quantity: int
    used: int = 0
    log_index: int = Field(sa_column=count(unique=True))
    valid_from: str = Field(max_length=20)
    valid_until: str = Field(max_length=20)
    is_revoked: bool = False
    is_suspended: bool = False
    status_reason: str = Field(default="", max_length=64)
    status_at: datetime | None = Field(default=None, sa_column=moment(nullable=True))
    created_at: datetime = Field(sa_column=moment())


class WeekRow(SQLModel, table=True):
    """An ISO week that was closed in the log."""

    __tablename__: ClassVar[str] = "week"

    week: str = Field(primary_key=True, max_length=8)
    log_index: int = Field(sa_column=count(unique=True))
    closed_at: datetime = Field(sa_column=moment())


class RevealRow(SQLModel, table=True):
    """A chain value that an auditor owes for a week that closed labels of her scope; empty until she reveals it."""

    __tablename__: ClassVar[str] = "reveal"

    scope_digest: str = Field(primary_key=True, foreign_key="scope.digest", max_length=DIGEST_LENGTH)
    week: str = Field(primary_key=True, foreign_key="week.week", max_length=8)
    value: str = Field(default="", index=True, max_length=DIGEST_LENGTH)
    log_index: int | None = Field(default=None, sa_column=count(nullable=True, unique=True))
    due_at: datetime = Field(sa_column=moment())
    revealed_at: datetime | None = Field(default=None, sa_column=moment(nullable=True))


class SampleRow(SQLModel, table=True):
    """A label that was drawn for another audit."""

    __tablename__: ClassVar[str] = "sample"

    label_id: str = Field(primary_key=True, foreign_key="label.id", max_length=13)
    scope_digest: str = Field(foreign_key="scope.digest", index=True, max_length=DIGEST_LENGTH)
    week: str = Field(max_length=8)
    state: str = Field(default="open", index=True, max_length=10)
    due_at: datetime = Field(sa_column=moment())
    result_digest: str | None = Field(default=None, foreign_key="document.digest", max_length=DIGEST_LENGTH)


class StatementRow(SQLModel, table=True):
    """A signed statement of an auditor or the scheme, and what it is about."""

    __tablename__: ClassVar[str] = "statement"

    digest: str = Field(primary_key=True, foreign_key="document.digest", max_length=DIGEST_LENGTH)
    kind: str = Field(index=True, max_length=30)
    signer: str = Field(index=True, max_length=300)
    about: str = Field(default="", index=True, max_length=100)  # label id, or digest of scope, declaration, text
    log_index: int = Field(sa_column=count(unique=True))
    created_at: datetime = Field(sa_column=moment())


class CaseRow(SQLModel, table=True):
    """A complaint about a label, or an appeal against a refusal, suspension or revocation.

    `secret_digest` is the SHA-256 of the private link that a complainant without account holds.
    """

    __tablename__: ClassVar[str] = "scheme_case"

    id: str = Field(primary_key=True, max_length=36)
    kind: str = Field(index=True, max_length=10)
    about: str = Field(index=True, max_length=100)
    party_id: str = Field(index=True, max_length=256)  # producer whom it concerns
    secret_digest: str | None = Field(default=None, unique=True, max_length=DIGEST_LENGTH)
    contact: str = Field(default="", max_length=254)
    state: str = Field(default="open", index=True, max_length=10)
    created_at: datetime = Field(sa_column=moment())
    due_at: datetime = Field(sa_column=moment())
    closed_at: datetime | None = Field(default=None, sa_column=moment(nullable=True))
    decision_digest: str | None = Field(default=None, foreign_key="document.digest", max_length=DIGEST_LENGTH)


class CaseMessage(SQLModel, table=True):
    """Something said in a case, by a side of it."""

    __tablename__: ClassVar[str] = "case_message"

    id: int | None = Field(default=None, primary_key=True)
    case_id: str = Field(foreign_key="scheme_case.id", index=True, max_length=36)
    side: str = Field(max_length=12)
    text: str = Field(max_length=4000)
    created_at: datetime = Field(sa_column=moment())


class ActRow(SQLModel, table=True):
    """What a person of the operator decided, about what, why in public words; decides who may decide an appeal."""

    __tablename__: ClassVar[str] = "act"

    id: int | None = Field(default=None, primary_key=True)
    account_id: str = Field(max_length=36)
    kind: str = Field(index=True, max_length=30)
    about: str = Field(index=True, max_length=256)  # label id, digest of a scope, declaration, case or party id
    reason: str = Field(default="", max_length=64)
    words: str = Field(default="", max_length=4000)
    at: datetime = Field(sa_column=moment())


class NoticeRow(SQLModel, table=True):
    """Something a party should know or do; shown on its page, in its feed, and mailed."""

    __tablename__: ClassVar[str] = "notice"

    id: int | None = Field(default=None, primary_key=True)
    party_id: str = Field(index=True, max_length=256)
    kind: str = Field(max_length=30)
    text: str = Field(max_length=1000)
    link: str = Field(max_length=300)
    created_at: datetime = Field(sa_column=moment())
    done_at: datetime | None = Field(default=None, sa_column=moment(nullable=True))
    mailed_at: datetime | None = Field(default=None, sa_column=moment(nullable=True))


class PublicationRow(SQLModel, table=True):
    """A version of the rule book, the terms and fees, or the record of a consultation; the text is a document."""

    __tablename__: ClassVar[str] = "publication"

    kind: str = Field(primary_key=True, max_length=20)
    version: str = Field(primary_key=True, max_length=40)
    title: str = Field(max_length=300)
    digest: str = Field(foreign_key="document.digest", max_length=DIGEST_LENGTH)
    published_at: datetime = Field(sa_column=moment())


class MarketRule(SQLModel, table=True):
    """No own grade for a family of products in a market; for instance garments in France."""

    __tablename__: ClassVar[str] = "market_rule"

    country: str = Field(primary_key=True, max_length=3)
    family: str = Field(primary_key=True, max_length=64)
    reason: str = Field(max_length=1000)
    since: datetime = Field(sa_column=moment())
