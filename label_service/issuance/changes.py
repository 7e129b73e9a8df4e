"""Changes of the register as pure steps: from the newest trust list to the next one, and what the log says about it."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from label_service.document import validate
from label_service.errors import Conflict
from label_service.issuance import listing
from label_service.issuance.keyring import DELEGATED
from label_service.issuance.setup import listed_key, timestamp
from label_service.label.attestation import AttestingAuditor
from label_service.tlog.leaf import KeyLeaf, Leaf, ReleaseLeaf
from label_service.trust.keys import did_key, thumbprint
from label_service.trust.trust_list import (
    Accreditation,
    Delegation,
    KeyUse,
    ListedKey,
    ListedRelease,
    TrustList,
    read_delegation,
)


class Moment(NamedTuple):
    """When a change is made: the time, and the log index of the first entry that comes of it."""

    at: datetime
    position: int

    @property
    def stamp(self) -> str:
        """The time as documents write it."""
        return timestamp(self.at)


class Change(NamedTuple):
    """A changed trust list and the log entries that say so."""

    content: TrustList
    leaves: Sequence[Leaf] = ()


def first_leaves(content: TrustList, now: datetime) -> list[Leaf]:
    """Give the log entries of a new installation: its releases and its keys."""
    keys = [key for issuer in content.issuers for key in issuer.keys]
    keys += [key for log in content.logs for key in log.keys]
    moment, delegation = Moment(now, 0), read_delegation(content.delegation)[1]
    releases = map(release_leaf, content.releases)
    return [*releases, list_key_leaf(delegation, moment), *(key_leaf(key, moment) for key in keys)]


def auditor_key(content: TrustList, name: str, public_key: bytes, at: datetime) -> ListedKey:
    """Give the entry of a new key of an auditor.

    Raises:
        InvalidKey, InvalidDocument: an unsafe key, or a name that breaks the format.
        Conflict: the key is on the list already, whoever's it is.
    """
    kid = validate(AttestingAuditor, {"id": did_key(public_key), "name": name}).kid
    return new_key(content, kid, public_key, "attestation", at)


def new_key(content: TrustList, kid: str, public_key: bytes, use: KeyUse, at: datetime) -> ListedKey:
    """Give the entry of a new key of anybody.

    Raises:
        InvalidKey: an unsafe key.
        Conflict: the key is on the list already, whoever's it is.
    """
    key = listed_key(kid, public_key, use, at)
    if any(key.jwk == other.jwk for other in listing.all_keys(content)):
        raise Conflict("this key is on the trust list already", hint="every key has one owner and one use")
    return key


def accredited(content: TrustList, auditor_id: str, accreditation: Accreditation, moment: Moment) -> Change:
    """Change an accreditation; the log restates the keys that count under it from now on."""
    auditor = listing.accredited(listing.auditor(content, auditor_id), accreditation)
    leaves = [key_leaf(key, moment) for key in auditor.keys if key.state == "active"]
    return Change(listing.with_auditor(content, auditor), leaves)


def withdrawn(content: TrustList, key: ListedKey, moment: Moment, state: dict[str, object]) -> Change:
    """Retire a key or declare it compromised; `state` has the members that change."""
    changed = validate(ListedKey, key.as_json() | {name: value for name, value in state.items() if value is not None})
    return Change(listing.with_changed_key(content, changed), [key_leaf(changed, moment)])


def release_leaf(item: ListedRelease) -> ReleaseLeaf:
    """Say in the log that a release was published."""
    return ReleaseLeaf(digest=item.digest, name=item.name, release=item.release)


def list_key_leaf(delegation: Delegation, moment: Moment) -> KeyLeaf:
    """Say which key signs trust lists; it has no other name than its thumbprint."""
    print_ = thumbprint(delegation.jwk.raw)
    return KeyLeaf(kid=print_, thumbprint=print_, use=DELEGATED, state="active", at=moment.stamp)


def key_leaf(key: ListedKey, moment: Moment) -> KeyLeaf:
    """Say in the log how a key stands."""
    return KeyLeaf(
        kid=key.kid,
        thumbprint=thumbprint(key.jwk.raw),
        use=key.use,
        state=key.state,
        at=moment.stamp,
        since_index=key.since_index,
    )
