"""The trust list: whose keys count for what and until when. Format page: docs/formats/trust-list.md.

An offline root signs a delegation of at most one year; the delegated key signs lists of at most 30 days. A retired key
keeps verifying what was logged before; a compromised key is cut off by log position.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Annotated, ClassVar, Literal, NamedTuple, Self

from pydantic import Field, StrictBool, StrictInt, model_validator

from label_service.document import (
    Date,
    Digest,
    Document,
    Identifier,
    LabelId,
    Model,
    Text,
    Timestamp,
    Uri,
    validate,
)
from label_service.errors import InvalidDocument, InvalidKey, VerificationError
from label_service.trust import encoding, jws
from label_service.trust.keys import Signer, jwk, public_key_from_bytes, thumbprint

LIST_TYP = "trust-list+jwt"
DELEGATION_TYP = "delegation+jwt"
MAX_DELEGATION_DAYS = 366
MAX_LIST_DAYS = 30
MAX_ENTRIES = 5000

KeyUse = Literal["label", "status", "log", "attestation", "witness", "record"]
KeyState = Literal["active", "retired", "compromised"]


class Jwk(Model):
    """A public Ed25519 key (RFC 8037)."""

    crv: Literal["Ed25519"]
    kty: Literal["OKP"]
    x: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{43}$")]

    @model_validator(mode="after")
    def _is_safe(self) -> Self:
        public_key_from_bytes(self.raw)
        return self

    @property
    def raw(self) -> bytes:
        """The 32 bytes; unsafe keys do not get this far."""
        return encoding.from_base64url(self.x)


class ListedKey(Model):
    """One key of a party: its use, window and state.

    `since` and `since_index` say from when and from which log index a retired or compromised key no longer counts.
    """

    kid: Annotated[str, Field(min_length=1, max_length=300)]
    jwk: Jwk
    use: KeyUse
    state: KeyState
    not_before: Timestamp
    not_after: Timestamp
    since: Timestamp | None = None
    since_index: Annotated[StrictInt, Field(ge=0)] | None = None

    @model_validator(mode="after")
    def _retired_since(self) -> Self:
        if self.state == "retired" and self.since is None:
            raise ValueError("a retired key says since when")
        return self


class Accreditation(Model):
    """Why an auditor's competence and independence may be believed."""

    standard: Text
    body: Text
    number: Text
    valid_from: Date
    valid_until: Date

    def is_same_as(self, other: Self) -> bool:
        """Tell whether both are one accreditation, which may have been prolonged or ended meanwhile."""
        return self.model_copy(update={"valid_until": other.valid_until}) == other

    def covers(self, day: str) -> bool:
        """Tell whether it counts on a day."""
        return self.valid_from <= day <= self.valid_until


class Auditor(Model):
    """An independent verifier: a person of a body outside scheme owner and producer, with all her keys.

    `organisation_id` is the public address of the body; goods of the body itself are not hers to attest.
    """

    id: Uri
    name: Text
    organisation: Text
    organisation_id: Uri
    accreditation: Accreditation
    former_accreditations: Annotated[tuple[Accreditation, ...], Field(max_length=20)] = ()
    keys: Annotated[tuple[ListedKey, ...], Field(min_length=1, max_length=50)]

    @property
    def accreditations(self) -> tuple[Accreditation, ...]:
        """All of them, the present one last; attestations rest on the one of their day."""
        return (*self.former_accreditations, self.accreditation)


class FinalTree(Model):
    """The last tree of a log that was closed: its number of entries and its root hash in hexadecimal."""

    size: Annotated[StrictInt, Field(ge=1)]
    root: Digest


class Log(Model):
    """A transparency log by its origin; a closed one has its last tree, after which nothing is believed."""

    origin: Annotated[str, Field(min_length=1, max_length=200)]
    keys: Annotated[tuple[ListedKey, ...], Field(min_length=1, max_length=50)]
    final: FinalTree | None = None


class Witness(Model):
    """A party that cosigns checkpoints under its name; `url` is where it takes them, `<url>/add-checkpoint`."""

    name: Annotated[str, Field(min_length=1, max_length=200)]
    url: Uri | None = None
    keys: Annotated[tuple[ListedKey, ...], Field(min_length=1, max_length=50)]


class Supplier(Model):
    """Who signs what its parts weigh, with the digests of the records it took back."""

    id: Uri
    name: Text
    keys: Annotated[tuple[ListedKey, ...], Field(min_length=1, max_length=50)]
    withdrawn: Annotated[tuple[Digest, ...], Field(max_length=MAX_ENTRIES)] = ()


class ListedRelease(Model):
    """A release of factors that labels may rest on: root and size of the tree over its rows."""

    digest: Digest
    name: Identifier
    release: Text
    size: Annotated[StrictInt, Field(ge=1)]


class Ending(Model):
    """From when on nothing of an issuer counts: it closed, or the owner of the list believes it no longer.

    Attributes:
        at: what bears a later time does not count.
        size: index of the first entry of its log that does not count.
        successor: DID of the issuer that looks after its labels; None where nobody does.
        revoked: labels that the owner of the list withdrew afterwards, because the issuer's own lists say nothing more.
    """

    at: Timestamp
    size: Annotated[StrictInt, Field(ge=0)]
    successor: Uri | None = None
    revoked: Annotated[tuple[LabelId, ...], Field(max_length=MAX_ENTRIES)] = ()


class Admitted(Model):
    """Whose attestations, and which releases, the labels of one issuer may rest on."""

    auditors: Annotated[tuple[Auditor, ...], Field(max_length=MAX_ENTRIES)]
    releases: Annotated[tuple[ListedRelease, ...], Field(max_length=MAX_ENTRIES)]


class Issuer(Model):
    """A scheme that signs labels and status lists.

    Attributes:
        admits: what it admits itself; None where the auditors and releases of the list are its own.
        ended: from when on nothing of it counts; None while it goes on.
    """

    id: Uri
    name: Text
    origin: Uri
    log: Annotated[str, Field(min_length=1, max_length=200)]
    keys: Annotated[tuple[ListedKey, ...], Field(min_length=1, max_length=50)]
    admits: Admitted | None = None
    ended: Ending | None = None

    def check_counts(self, signed_at: str, log_index: int | None) -> None:
        """Check that something signed at a time and logged at an index is from before the issuer's end.

        Raises:
            VerificationError: it is not.
        """
        if self.ended is None:
            return
        if signed_at > self.ended.at:
            raise VerificationError(f"the issuer {self.id} ended at {self.ended.at}, but signed this at {signed_at}")
        if log_index is not None and log_index >= self.ended.size:
            raise VerificationError(
                f"of the issuer {self.id} {self.ended.size} log entries count; this was logged at {log_index}"
            )


class TrustList(Document):
    """The payload of a trust list token."""

    TYPE: ClassVar[str] = "trust-list"

    type: Literal["trust-list"]
    version: Literal["1"]
    demo: StrictBool
    name: Text
    sequence: Annotated[StrictInt, Field(ge=1)]
    issued_at: Timestamp
    expires_at: Timestamp
    delegation: Annotated[str, Field(max_length=4000)]
    issuers: Annotated[tuple[Issuer, ...], Field(max_length=MAX_ENTRIES)]
    auditors: Annotated[tuple[Auditor, ...], Field(max_length=MAX_ENTRIES)]
    logs: Annotated[tuple[Log, ...], Field(max_length=MAX_ENTRIES)]
    witnesses: Annotated[tuple[Witness, ...], Field(max_length=MAX_ENTRIES)]
    witness_quorum: Annotated[StrictInt, Field(ge=0, le=50)]
    releases: Annotated[tuple[ListedRelease, ...], Field(max_length=MAX_ENTRIES)]
    suppliers: Annotated[tuple[Supplier, ...], Field(min_length=1, max_length=MAX_ENTRIES)] | None = None

    def issuer(self, issuer_id: str) -> Issuer:
        """Give the issuer with this DID.

        Raises:
            VerificationError: it is not on the list.
        """
        for issuer in self.issuers:
            if issuer.id == issuer_id:
                return issuer
        raise VerificationError(f"the issuer {issuer_id} is not on the trust list")

    def admitted(self, issuer: Issuer) -> Admitted:
        """Give what the labels of an issuer may rest on."""
        return issuer.admits or Admitted.model_construct(auditors=self.auditors, releases=self.releases)

    def auditor_of(self, kid: str, issuer: Issuer | None = None) -> tuple[Auditor, ListedKey]:
        """Give the auditor and key behind a kid: of those an issuer admits, or of the list's own.

        Raises:
            VerificationError: no such auditor has this key.
        """
        for auditor in self.admitted(issuer).auditors if issuer else self.auditors:
            for key in auditor.keys:
                if key.kid == kid and key.use == "attestation":
                    return auditor, key
        raise VerificationError(f"no auditor on the trust list has the key {kid}")

    def supplier_of(self, kid: str) -> tuple[Supplier, ListedKey]:
        """Give the supplier and key behind a kid.

        Raises:
            VerificationError: no supplier on the list has this key.
        """
        for supplier in self.suppliers or ():
            for key in supplier.keys:
                if key.kid == kid and key.use == "record":
                    return supplier, key
        raise VerificationError(f"no supplier on the trust list has the key {kid}")

    def log(self, origin: str) -> Log:
        """Give the log with this origin.

        Raises:
            VerificationError: it is not on the list.
        """
        for log in self.logs:
            if log.origin == origin:
                return log
        raise VerificationError(f"the log {origin} is not on the trust list")


class Delegation(Document):
    """The root's word that a key may sign trust lists."""

    TYPE: ClassVar[str] = "delegation"

    type: Literal["delegation"]
    version: Literal["1"]
    jwk: Jwk
    not_before: Timestamp
    not_after: Timestamp


class Root(Document):
    """A root file, pinned by the user and never taken from a bundle.

    {"jwk":{…},"name":"…","type":"root","version":"1"}
    """

    TYPE: ClassVar[str] = "root"

    type: Literal["root"]
    version: Literal["1"]
    name: Text
    jwk: Jwk


class Opened(NamedTuple):
    """A trust list whose signatures hold.

    Attributes:
        root: name of the pinned root behind it; None when no pinned root signed the delegation.
        root_thumbprint: of the root that the delegation names, pinned or not.
        is_fresh: whether list and delegation are inside their windows at the time asked for.
    """

    trust_list: TrustList
    token: jws.Token
    root: str | None
    root_thumbprint: str
    is_fresh: bool


def sign_delegation(root: Signer, delegated: bytes, not_before: str, not_after: str) -> str:
    """Let the root delegate a key for signing trust lists."""
    payload = Delegation(
        type="delegation",
        version="1",
        jwk=validate(Jwk, jwk(delegated)),
        not_before=not_before,
        not_after=not_after,
    )
    return jws.sign(payload.as_json(), typ=DELEGATION_TYP, kid=thumbprint(root.public_key), signer=root)


def sign_trust_list(trust_list: TrustList, delegated: Signer) -> str:
    """Sign a trust list with the delegated key."""
    kid = thumbprint(delegated.public_key)
    return jws.sign(trust_list.as_json(), typ=LIST_TYP, kid=kid, signer=delegated)


def open_trust_list(text: str, roots: Mapping[bytes, str], at: str) -> Opened:
    """Verify the signatures of a trust list and of the delegation inside it.

    Args:
        text: the compact token.
        roots: raw public key of each pinned root and its name.
        at: the time asked for, as a timestamp.

    Raises:
        InvalidDocument: the token, list or delegation breaks its format.
        VerificationError: a signature does not hold, or a window is longer than allowed.
    """
    token, trust_list = _read_list(text)
    delegation_token, delegation = read_delegation(trust_list.delegation)
    if not jws.is_list_signed_by(token, delegation.jwk.raw):
        raise VerificationError("the signature of the trust list does not hold under the delegated key")
    root = _root_behind(delegation_token, roots)
    _check_windows(trust_list, delegation)
    is_fresh = (
        delegation.not_before <= at <= delegation.not_after and trust_list.issued_at <= at <= trust_list.expires_at
    )
    return Opened(trust_list, token, root, delegation_token.kid, is_fresh)


# Every bundle of a scheme carries the same list for days, so its text is read and its signatures are checked once.
@lru_cache(maxsize=16)
def _read_list(text: str) -> tuple[jws.Token, TrustList]:
    token = jws.parse(text, typ=LIST_TYP)
    return token, TrustList.from_json(token.claims())


@lru_cache(maxsize=16)
def read_delegation(text: str) -> tuple[jws.Token, Delegation]:
    """Read a delegation strictly; its signature is not verified yet.

    Raises:
        InvalidDocument: token or content break the format.
    """
    token = jws.parse(text, typ=DELEGATION_TYP)
    return token, Delegation.from_json(token.claims())


def find_key(keys: Iterable[ListedKey], kid: str, use: KeyUse) -> ListedKey:
    """Give the key with this id and use.

    Raises:
        VerificationError: there is none.
    """
    for key in keys:
        if key.kid == kid and key.use == use:
            return key
    raise VerificationError(f"the trust list has no {use} key {kid} for this party")


def check_key_counts(key: ListedKey, signed_at: str, log_index: int | None) -> None:
    """Check that a key may be believed for something signed at a time and logged at an index.

    Raises:
        VerificationError: outside the key's window, signed after its retirement, or logged after its compromise.
    """
    if not key.not_before <= signed_at <= key.not_after:
        raise VerificationError(
            f"key {key.kid} counts from {key.not_before} to {key.not_after}, but was used at {signed_at}"
        )
    if key.state == "retired" and signed_at > (key.since or ""):
        raise VerificationError(f"key {key.kid} was retired at {key.since}, but was used at {signed_at}")
    if (
        key.state == "retired"
        and None not in {key.since_index, log_index}
        and (log_index or 0) >= (key.since_index or 0)
    ):
        raise VerificationError(
            f"key {key.kid} was retired at log index {key.since_index}; this was logged at {log_index}"
        )
    if key.state == "compromised" and (key.since_index is None or log_index is None or log_index >= key.since_index):
        raise VerificationError(
            f"key {key.kid} is compromised from log index {key.since_index}; this was logged at {log_index}"
        )


def _root_behind(delegation: jws.Token, roots: Mapping[bytes, str]) -> str | None:
    """Give the name of the pinned root that signed; a token that names a pinned root must hold under it."""
    for raw, name in roots.items():
        if thumbprint(raw) == delegation.kid:
            if not jws.is_list_signed_by(delegation, raw):
                raise VerificationError("the delegation does not hold under the pinned root it names")
            return name
    return None


def _check_windows(trust_list: TrustList, delegation: Delegation) -> None:
    for name, start, end, limit in (
        ("delegation", delegation.not_before, delegation.not_after, MAX_DELEGATION_DAYS),
        ("trust list", trust_list.issued_at, trust_list.expires_at, MAX_LIST_DAYS),
    ):
        if not 0 <= _days(start, end) <= limit:
            raise VerificationError(f"expected a {name} valid for at most {limit} days, found {start} to {end}")


def _days(start: str, end: str) -> float:
    return (datetime.fromisoformat(end) - datetime.fromisoformat(start)).total_seconds() / 86400


def read_root(data: bytes) -> tuple[bytes, str]:
    """Read a root file and give its raw key and name.

    Raises:
        InvalidDocument, InvalidKey: not a root file, or an unsafe key.
    """
    try:
        root = Root.from_bytes(data.strip())
    except InvalidDocument as error:
        raise InvalidKey(
            f"not a root file: {error.detail}", hint="pin the root.pub the scheme owner publishes"
        ) from error
    return root.jwk.raw, root.name
