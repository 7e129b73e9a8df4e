"""Statements: short signed documents of an auditor or the scheme that say what was decided, and why.

    {"at":"…","demo":true,"findings":[],"kind":"refusal","origin":"https://labels.example","reason":"evidence_missing",
     "subject":{"declaration_digest":"…"},"text":"…","type":"statement","version":"1"}

Who signs what: an auditor speaks with a key of attestations, the scheme with its status key. Signatures and keys are
checked by the caller against a trust list. Format page: docs/formats/statement.md.
"""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Final, Literal, Self

from pydantic import Field, StrictBool, StringConstraints, model_validator

from label_service.document import (
    Digest,
    Document,
    Identifier,
    LabelId,
    LongText,
    Model,
    Text,
    Timestamp,
    Week,
)
from label_service.errors import NotCanonical
from label_service.label.vocabulary import Origin
from label_service.tlog.leaf import StatementKind, StatementLeaf
from label_service.trust import jws
from label_service.trust.keys import Signer

STATEMENT_TYP: Final = "statement+jwt"
AUDITOR_KINDS: Final[frozenset[StatementKind]] = frozenset({"refusal", "withdrawal", "sample_result", "reveal"})

CaseId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9-]{1,36}$", strict=True)]  # of an audit request or case


class Subject(Model):
    """What a statement is about; each kind has exactly the members it needs.

    Attributes:
        successor: label that replaces a superseded one.
        request: id of an audit request.
        case: id of a complaint or an appeal.
        outcome: of a sample `confirmed` or `finding`, of a case `upheld` or `dismissed`.
        value: chain value that is revealed, in hexadecimal.
        document: kind of the publication; with `document_version` and `document_digest`, SHA-256 of its bytes.
    """

    label_id: LabelId | None = None
    scope_digest: Digest | None = None
    attestation_digest: Digest | None = None
    declaration_digest: Digest | None = None
    successor: LabelId | None = None
    request: CaseId | None = None
    case: CaseId | None = None
    outcome: Literal["confirmed", "finding", "upheld", "dismissed"] | None = None
    week: Week | None = None
    value: Digest | None = None
    document: Literal["rule_book", "terms", "consultation"] | None = None
    document_version: Text | None = None
    document_digest: Digest | None = None


_OF_LABEL, _OF_SCOPE = frozenset({"label_id"}), frozenset({"scope_digest"})
_DECIDED = frozenset({"case", "outcome"})
_MEMBERS: Final[Mapping[StatementKind, tuple[frozenset[str], ...]]] = {
    "refusal": (frozenset({"declaration_digest"}), frozenset({"request"})),
    "withdrawal": (frozenset({"attestation_digest"}), _OF_SCOPE),
    "sample_result": (_OF_LABEL | {"scope_digest", "outcome"},),
    "reveal": (_OF_SCOPE | {"week", "value"},),
    "suspension": (_OF_LABEL, _OF_SCOPE),
    "revocation": (_OF_LABEL, _OF_SCOPE),
    "reinstatement": (_OF_LABEL, _OF_SCOPE),
    "supersession": (_OF_LABEL | {"successor"},),
    "complaint_decision": (_DECIDED, _DECIDED | _OF_LABEL),
    "appeal_decision": (
        _DECIDED,
        _DECIDED | _OF_LABEL,
        _DECIDED | _OF_SCOPE,
        _DECIDED | {"declaration_digest"},
    ),
    "publication": (frozenset({"document", "document_version", "document_digest"}),),
    "recall": (_OF_LABEL, _OF_SCOPE),
}
_OUTCOMES: Final[Mapping[StatementKind, frozenset[str]]] = {
    "sample_result": frozenset({"confirmed", "finding"}),
    "complaint_decision": frozenset({"upheld", "dismissed"}),
    "appeal_decision": frozenset({"upheld", "dismissed"}),
}


class Statement(Document):
    """What an auditor or the scheme says in public.

    Attributes:
        reason: code from the scheme's rule book.
        text: public words for people.
        findings: what was found, one sentence each.
    """

    TYPE: ClassVar[str] = "statement"

    type: Literal["statement"]
    version: Literal["1"]
    demo: StrictBool
    origin: Origin
    kind: StatementKind
    at: Timestamp
    subject: Subject
    reason: Identifier
    text: LongText
    findings: Annotated[tuple[Text, ...], Field(max_length=30)] = ()

    @model_validator(mode="after")
    def _subject_of_kind(self) -> Self:
        members = frozenset(self.subject.as_json())
        if members not in _MEMBERS[self.kind]:
            choices = " or ".join(", ".join(sorted(choice)) for choice in _MEMBERS[self.kind])
            raise ValueError(f"a {self.kind} about {choices}")
        outcomes = _OUTCOMES.get(self.kind)
        if outcomes and self.subject.outcome not in outcomes:
            raise ValueError(f"an outcome of {' or '.join(sorted(outcomes))}")
        return self

    @property
    def is_of_auditor(self) -> bool:
        """Whether an auditor signs it; else the scheme does."""
        return self.kind in AUDITOR_KINDS


def sign_statement(statement: Statement, *, kid: str, signer: Signer) -> str:
    """Sign a statement and give the compact token."""
    return jws.sign(statement.as_json(), typ=STATEMENT_TYP, kid=kid, signer=signer)


def read_statement(text: str) -> tuple[jws.Token, Statement]:
    """Read a token strictly; its signature is not verified yet.

    Raises:
        InvalidDocument: token or content break the format; `UnsupportedVersion` or `NotCanonical` where it is that.
    """
    token = jws.parse(text, typ=STATEMENT_TYP)
    statement = Statement.from_json(token.claims())
    if statement.to_bytes() != token.payload:
        raise NotCanonical("expected the members of a statement that have a default to be written out")
    return token, statement


def statement_leaf(token: jws.Token, statement: Statement) -> StatementLeaf:
    """Give the log entry of a signed statement."""
    return StatementLeaf(
        kind=statement.kind,
        digest=token.digest,
        signer=token.kid,
        at=statement.at,
        label_id=statement.subject.label_id,
        scope_digest=statement.subject.scope_digest,
    )
