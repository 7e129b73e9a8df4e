"""Setting up an installation: keys, delegation and first trust list. The root key then goes offline."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from label_service.document import Model, Text, validate
from label_service.errors import Conflict
from label_service.factors.release import Release, load_release
from label_service.issuance.keyring import DELEGATED, DELEGATION_FILE, ONLINE_USES, ROOT_FILE, Keyring
from label_service.issuance.keys import create_key, write_public
from label_service.issuance.keystores import KeyFiles, KeyStore
from label_service.label.did import did_web
from label_service.label.vocabulary import Origin
from label_service.trust.keys import jwk
from label_service.trust.trust_list import (
    MAX_DELEGATION_DAYS,
    Issuer,
    Jwk,
    KeyUse,
    ListedKey,
    ListedRelease,
    Log,
    TrustList,
    sign_delegation,
)

Clock = Callable[[], datetime]
ROOT_KEY = "root.pem"
KEY_YEARS = 3  # longest validity of a label
LIST_DAYS = 30


class _Named(Model):
    origin: Origin
    name: Text


@dataclass(frozen=True)
class Identity:
    """Who an installation is: its origin and the names that follow from it.

    Raises:
        InvalidDocument: an origin with a path or in another spelling than browsers write, or an unusable name.
    """

    origin: str
    name: str
    is_demo: bool

    def __post_init__(self) -> None:
        validate(_Named, {"origin": self.origin, "name": self.display_name})

    @property
    def did(self) -> str:
        """The issuer's did:web."""
        return did_web(self.origin)

    @property
    def log(self) -> str:
        """Origin line of the log: the address without scheme."""
        return f"{urlsplit(self.origin).netloc}/log"

    def kid(self, use: KeyUse, number: int = 1) -> str:
        """Name of a key in did.json and tokens."""
        return f"{self.did}#{use}-{number}"

    @property
    def display_name(self) -> str:
        """The scheme's name, marked where it is only a demonstration."""
        return f"{self.name} (DEMO, not a certificate)" if self.is_demo else self.name


def timestamp(moment: datetime) -> str:
    """Write a UTC time to the second, as all documents do."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def initialise(keys: Path, root: Path, identity: Identity, now: datetime, store: KeyStore | None = None) -> None:
    """Make root, delegated, label, status and log keys, the delegation, and the public root file.

    Args:
        keys: folder of the online keys.
        root: folder of the root key; take it offline afterwards.
        identity: whose keys they are.
        now: time of the ceremony.
        store: where the online keys are made; files in the folder when left out.

    Raises:
        Conflict: there are keys already.
        StoreUnavailable: the store does not answer; nothing was made.
    """
    store = store or KeyFiles(keys)
    store.names()
    if (keys / DELEGATION_FILE).exists():
        raise Conflict(f"{keys.name} holds the keys of an installation already", hint="start `label-service serve`")
    root_signer = create_key(root / ROOT_KEY)
    write_public(root / ROOT_FILE, f"Root of {identity.display_name}", root_signer.public_key)
    keys.mkdir(parents=True, exist_ok=True, mode=0o700)
    delegated = store.create(f"{DELEGATED}-1")
    write_public(keys / "trust-list-1.pub", f"List key 1 of {identity.display_name}", delegated.public_key)
    for use in ONLINE_USES:
        store.create(f"{use}-1")
    end = now + timedelta(days=MAX_DELEGATION_DAYS - 1)
    token = sign_delegation(root_signer, delegated.public_key, timestamp(now), timestamp(end))
    (keys / ROOT_FILE).write_bytes((root / ROOT_FILE).read_bytes())
    (keys / DELEGATION_FILE).write_text(token, encoding="ascii")


def first_trust_list(identity: Identity, keyring: Keyring, now: datetime) -> TrustList:
    """Give the list of a new installation: itself, its log, the releases of this build, no auditor yet."""
    release = load_release()
    label, status, log_key = (
        listed_key(identity.kid(use), keyring.signer(f"{use}-1").public_key, use, now) for use in ONLINE_USES
    )
    issuer = Issuer(
        id=identity.did, name=identity.display_name, origin=identity.origin, log=identity.log, keys=(label, status)
    )
    log = Log(origin=identity.log, keys=(log_key,))
    return TrustList(
        type="trust-list",
        version="1",
        demo=identity.is_demo,
        name=f"Trust list of {identity.display_name}",
        sequence=1,
        issued_at=timestamp(now),
        expires_at=timestamp(now + timedelta(days=LIST_DAYS)),
        delegation=keyring.delegation().text,
        issuers=(issuer,),
        auditors=(),
        logs=(log,),
        witnesses=(),
        witness_quorum=0,
        releases=(listed_release(release),),
    )


def listed_release(release: Release) -> ListedRelease:
    """Give the entry of a release."""
    return ListedRelease(digest=release.digest, name=release.name, release=release.version, size=release.size)


def listed_key(kid: str, public_key: bytes, use: KeyUse, now: datetime) -> ListedKey:
    """Give the entry of a new key, counted from a day before `now` so that clocks may differ."""
    return ListedKey(
        kid=kid,
        jwk=validate(Jwk, jwk(public_key)),
        use=use,
        state="active",
        not_before=timestamp(now - timedelta(days=1)),
        not_after=timestamp(now + timedelta(days=365 * KEY_YEARS + 30)),
    )
