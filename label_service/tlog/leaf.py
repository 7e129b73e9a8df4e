"""Log entries: what the log says in public about labels, scopes, samples, states, keys, releases and its own end.

    {"digest":"…","label_id":"ABCDEFGHIJKLM","quantity":1,…,"type":"label","version":"1"}

Entries are canonical JSON below 64 KiB; they carry digests, never documents, and no member is null.
Format page: docs/formats/log.md.
"""

from typing import Annotated, Any, Final, Literal, Self

from pydantic import Field, StrictBool, StringConstraints, model_validator

from label_service import canonical
from label_service.canonical import MAX_INTEGER
from label_service.document import Digest, Identifier, LabelId, Model, Rate, Text, Timestamp, Uri, Week, validate
from label_service.errors import InvalidDocument, NotCanonical, UnsupportedVersion
from label_service.tlog.tiles import MAX_ENTRY_BYTES
from label_service.tlog.week import end_of
from label_service.trust.trust_list import KeyState, KeyUse

VERSION: Final = "1"
MAX_WEEKS: Final = 520  # of a hash chain: ten years

Count = Annotated[int, Field(ge=1, le=MAX_INTEGER, strict=True)]
KeyId = Annotated[str, StringConstraints(pattern=r"^[!-~]{1,300}$", strict=True)]  # `kid` of a key
Thumbprint = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{43}$", strict=True)]  # RFC 7638
WeekCount = Annotated[int, Field(ge=1, le=MAX_WEEKS, strict=True)]
StatementKind = Literal[
    "refusal",
    "withdrawal",
    "sample_result",
    "reveal",
    "suspension",
    "revocation",
    "reinstatement",
    "supersession",
    "complaint_decision",
    "appeal_decision",
    "publication",
    "recall",
]


class LabelLeaf(Model):
    """A label was issued; it counts as issued once this leaf is under a signed checkpoint.

    Attributes:
        digest: SHA-256 of the label's token.
        attestation_digest: of the attestation's token, that of the scope for a label inside one.
        quantity: number of items that carry the label.
        scope_digest: of the scope the label was issued in.
        scope_position: items of the scope used up after this label: n in "n of N".
        week: ISO week in which a label inside a scope begins to count; it may be drawn when this week is closed.
    """

    type: Literal["label"] = "label"
    version: Literal["1"] = VERSION
    digest: Digest
    label_id: LabelId
    attestation_digest: Digest
    inventory_digest: Digest
    assessment_digest: Digest
    quantity: Count
    scope_digest: Digest | None = None
    scope_position: Count | None = None
    week: Week | None = None

    @model_validator(mode="after")
    def _scope_is_whole(self) -> Self:
        if len({value is None for value in (self.scope_digest, self.scope_position, self.week)}) != 1:
            raise ValueError("scope_digest, scope_position and week together, or none of them")
        if self.scope_position is not None and self.scope_position < self.quantity:
            raise ValueError("scope_position to count the label's own quantity")
        return self


class AttestationLeaf(Model):
    """An auditor attested a single declaration.

    Attributes:
        digest: SHA-256 of the attestation's token.
        auditor: `kid` of the auditor's key.
        quantity: number of items attested, where the attestation limits it.
    """

    type: Literal["attestation"] = "attestation"
    version: Literal["1"] = VERSION
    digest: Digest
    auditor: KeyId
    quantity: Count | None = None


class ScopeLeaf(Model):
    """An auditor attested a workshop for a number of items.

    Attributes:
        digest: SHA-256 of the scope's token.
        auditor: `kid` of the auditor's key.
        commitment: last value of the auditor's hash chain, from which samples are drawn.
        quantity: items that may be labelled: N in "n of N".
        sampling_rate: share of the labels drawn for another audit.
        first_week: ISO week that is number 1 of the hash chain.
        weeks: number of weeks the hash chain has values for.
    """

    type: Literal["scope"] = "scope"
    version: Literal["1"] = VERSION
    digest: Digest
    auditor: KeyId
    commitment: Digest
    quantity: Count
    sampling_rate: Rate
    first_week: Week
    weeks: WeekCount


class WeekLeaf(Model):
    """An ISO week is over: what was logged since the week leaf before it is open to the draw of this week."""

    type: Literal["week"] = "week"
    version: Literal["1"] = VERSION
    week: Week
    at: Timestamp

    @model_validator(mode="after")
    def _is_over(self) -> Self:
        if self.at < end_of(self.week):
            raise ValueError(f"a week that is over, which {self.week} is from {end_of(self.week)} on")
        return self


class RevealLeaf(Model):
    """An auditor revealed the value of her hash chain for a closed week of a scope.

    Attributes:
        value: the chain value in hexadecimal; hashed as often as the week's number it gives the scope's commitment.
    """

    type: Literal["reveal"] = "reveal"
    version: Literal["1"] = VERSION
    scope_digest: Digest
    week: Week
    value: Digest


class StatementLeaf(Model):
    """An auditor or the scheme said something in a signed document: refused, withdrew, decided, published.

    Attributes:
        digest: SHA-256 of the statement's token.
        signer: `kid` of the key that signed it.
        label_id: the label it is about, where it is about one.
        scope_digest: the scope it is about, where it is about one.
    """

    type: Literal["statement"] = "statement"
    version: Literal["1"] = VERSION
    kind: StatementKind
    digest: Digest
    signer: KeyId
    at: Timestamp
    label_id: LabelId | None = None
    scope_digest: Digest | None = None


class StatusLeaf(Model):
    """The state of a label, or of a scope as a whole, changed.

    Attributes:
        label_id: the label; either this or `scope_digest`.
        purpose: which status list; a revocation is never taken back.
        value: true when the bit was set, false when a suspension was lifted.
        reason: code from the scheme's rule book, `superseded` for instance.
        actor: `kid` or role of who decided; never a person's name.
        successor: label that replaces a superseded one.
        statement_digest: of the signed statement that explains it.
    """

    type: Literal["status"] = "status"
    version: Literal["1"] = VERSION
    label_id: LabelId | None = None
    scope_digest: Digest | None = None
    purpose: Literal["revocation", "suspension"]
    value: StrictBool
    reason: Identifier
    at: Timestamp
    actor: KeyId
    successor: LabelId | None = None
    statement_digest: Digest | None = None

    @model_validator(mode="after")
    def _is_possible(self) -> Self:
        if (self.label_id is None) == (self.scope_digest is None):
            raise ValueError("either label_id or scope_digest")
        if self.purpose == "revocation" and not self.value:
            raise ValueError("a revocation that is not taken back")
        if self.successor is not None and self.label_id is None:
            raise ValueError("a successor only of a label")
        return self


class KeyLeaf(Model):
    """A key of the scheme was put to use or withdrawn.

    Attributes:
        thumbprint: RFC 7638 thumbprint, so that one `kid` never silently means another key.
        use: as on the trust list; `trust-list` is a key that the root delegated to sign these.
        since_index: log index from which on a withdrawn key no longer counts, where it is cut off by index.
    """

    type: Literal["key"] = "key"
    version: Literal["1"] = VERSION
    kid: KeyId
    thumbprint: Thumbprint
    use: KeyUse | Literal["trust-list"]
    state: KeyState
    at: Timestamp
    since_index: Annotated[int, Field(ge=0, le=MAX_INTEGER, strict=True)] | None = None


class ReleaseLeaf(Model):
    """A release of factors and method was published.

    Attributes:
        digest: root of the release's tree of rows.
        release: its number, such as `2026.11.0`.
    """

    type: Literal["release"] = "release"
    version: Literal["1"] = VERSION
    digest: Digest
    name: Identifier
    release: Text


class ClosingLeaf(Model):
    """The issuer closed and this is the last entry of its log.

    Attributes:
        issuer: its DID.
        successor: DID of the issuer that looks after its labels.
    """

    type: Literal["closing"] = "closing"
    version: Literal["1"] = VERSION
    issuer: Uri
    successor: Uri
    at: Timestamp


Leaf = (
    LabelLeaf
    | AttestationLeaf
    | ScopeLeaf
    | WeekLeaf
    | RevealLeaf
    | StatementLeaf
    | StatusLeaf
    | KeyLeaf
    | ReleaseLeaf
    | ClosingLeaf
)

_KINDS: dict[str, type[Leaf]] = {
    "label": LabelLeaf,
    "attestation": AttestationLeaf,
    "scope": ScopeLeaf,
    "week": WeekLeaf,
    "reveal": RevealLeaf,
    "statement": StatementLeaf,
    "status": StatusLeaf,
    "key": KeyLeaf,
    "release": ReleaseLeaf,
    "closing": ClosingLeaf,
}


def leaf_bytes(leaf: Leaf) -> bytes:
    """Give the entry that the log keeps for a leaf."""
    return canonical.encode_checked(leaf.as_json())


def parse_leaf(entry: bytes) -> Leaf:
    """Read a log entry.

    Raises:
        InvalidDocument: 64 KiB or more, or a member that breaks its rule. Kinds of it are `NotCanonical` for a
            second spelling and `UnsupportedVersion` for a type or version of a later build.
    """
    value = canonical.decode(entry, max_bytes=MAX_ENTRY_BYTES)
    leaf = validate(_kind(value), value)
    if leaf_bytes(leaf) != entry:
        raise NotCanonical("expected a log entry without null members", hint="leave out what is not there")
    return leaf


def _kind(value: Any) -> type[Leaf]:
    if not isinstance(value, dict):
        raise InvalidDocument("expected a log entry, which is a JSON object")
    kind = _KINDS.get(str(value.get("type")))
    if kind is None or value.get("version") != VERSION:
        found = ascii((value.get("type"), value.get("version")))
        raise UnsupportedVersion(
            f"expected one of the types {', '.join(_KINDS)} in version {VERSION}, found {found[:80]}",
            hint="a newer build may know it",
        )
    return kind
