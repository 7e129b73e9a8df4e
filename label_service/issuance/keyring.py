"""The online private keys of an installation, and which of them signs now: the newest active one on the trust list.

Names are `<use>-<number>`, which stands after `#` in the kid of a key; files are called so, with `.pem`.
"""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Final, NamedTuple

from label_service.errors import InvalidDocument, InvalidKey
from label_service.issuance.keystores import KeyFiles, KeyStore
from label_service.trust.keys import Signer
from label_service.trust.trust_list import Delegation, KeyUse, ListedKey, TrustList, read_delegation, read_root

ROOT_FILE: Final = "root.pub"
DELEGATION_FILE: Final = "delegation.jwt"
DELEGATED: Final = "trust-list"  # file name of the keys that sign trust lists
ONLINE_USES: Final[tuple[KeyUse, ...]] = ("label", "status", "log")
_NUMBER = re.compile(r"[1-9][0-9]{0,5}")


class SigningKey(NamedTuple):
    """A private key and the name that tokens call it by."""

    kid: str
    signer: Signer


class ReadDelegation(NamedTuple):
    """The root's word for the key that signs trust lists, as text and read; its signature is not verified here."""

    text: str
    content: Delegation


class Keyring:
    """Opens keys when they are first needed, so that a running service finds what a command has made.

    With a store, new keys are made there; files that are in the folder still sign, so that keys move by rotation.

    Raises:
        InvalidKey: a key or the delegation is missing or unsafe.
        StoreUnavailable: the store does not answer.
    """

    def __init__(self, folder: Path, store: KeyStore | None = None) -> None:
        self._folder = folder
        files = KeyFiles(folder)
        self._stores: tuple[KeyStore, ...] = (store, files) if store else (files,)
        self._opened: dict[str, Signer] = {}
        self.delegated()
        for use in ONLINE_USES:
            self.signer(f"{use}-{self.last_number(use) or 1}")

    @property
    def folder(self) -> Path:
        """Where the delegation, and keys that are files, lie."""
        return self._folder

    def signer(self, name: str) -> Signer:
        """Give the key of a name, such as `label-1`.

        Raises:
            InvalidKey: missing, unsafe or unreadable.
            StoreUnavailable: the store does not answer.
        """
        if name not in self._opened:
            holding = [store for store in self._stores if name in store.names()]
            self._opened[name] = (holding or self._stores)[0].open(name)
        return self._opened[name]

    def last_number(self, use: str) -> int:
        """Give the highest number of a key of this use; 0 when there is none."""
        return max(self._numbers(use), default=0)

    def _names(self) -> set[str]:
        return {name for store in self._stores for name in store.names()}

    def _numbers(self, use: str) -> list[int]:
        names = (name.removeprefix(f"{use}-") for name in self._names() if name.startswith(f"{use}-"))
        return sorted((int(name) for name in names if _NUMBER.fullmatch(name)), reverse=True)

    def make(self, name: str) -> Signer:
        """Give a new key; one that a broken-off attempt left behind is taken up.

        Raises:
            InvalidKey: the file that is there is unsafe or unreadable.
            StoreUnavailable: the store does not answer.
        """
        if name not in self._names():
            self._opened[name] = self._stores[0].create(name)
        return self.signer(name)

    def roots(self) -> dict[bytes, str]:
        """Give the root of this installation, as verifiers pin it.

        Raises:
            InvalidKey: its public file is missing or damaged.
        """
        try:
            return dict([read_root((self._folder / ROOT_FILE).read_bytes())])
        except OSError as error:
            raise InvalidKey(f"there is no {ROOT_FILE} in the key folder", hint="copy it there") from error

    def install(self, delegation: str) -> None:
        """Replace the delegation in the key folder."""
        temporary = self._folder / f".{DELEGATION_FILE}"
        temporary.write_text(delegation, encoding="ascii")
        temporary.replace(self._folder / DELEGATION_FILE)

    def delegation(self) -> ReadDelegation:
        """Read the delegation as it lies in the folder now.

        Raises:
            InvalidKey: missing, or no delegation.
        """
        try:
            text = (self._folder / DELEGATION_FILE).read_text(encoding="ascii").strip()
            return ReadDelegation(text, read_delegation(text)[1])
        except (OSError, UnicodeError, InvalidDocument) as error:
            raise InvalidKey(
                f"there is no readable {DELEGATION_FILE} in the key folder", hint="run `label-service init`"
            ) from error

    def delegated(self) -> Signer:
        """Give the key that the delegation is for.

        Raises:
            InvalidKey: it is not in the folder.
        """
        return self.delegated_for(self.delegation().content)

    def delegated_for(self, delegation: Delegation) -> Signer:
        """Give the list key that a delegation is for.

        Raises:
            InvalidKey: it is not in the folder.
        """
        for number in self._numbers(DELEGATED):
            signer = self.signer(f"{DELEGATED}-{number}")
            if signer.public_key == delegation.jwk.raw:
                return signer
        raise InvalidKey(
            f"the delegation is for another key than {DELEGATED}-1, or a later one, that is kept here",
            hint="let the root delegate the newest of them: `label-service keys delegate`",
        )

    def signing(self, content: TrustList, issuer: str, use: KeyUse) -> SigningKey:
        """Give the key of the scheme that signs now, by the newest trust list.

        Raises:
            InvalidKey: no key of this use is active, or its file is missing.
        """
        listed = signing_key(keys_of(content, issuer), use)
        signer = self.signer(listed.kid.partition("#")[2])
        if signer.public_key != listed.jwk.raw:
            raise InvalidKey(f"what is kept as {listed.kid} is another key than the trust list names")
        return SigningKey(listed.kid, signer)


def keys_of(content: TrustList, issuer_id: str) -> tuple[ListedKey, ...]:
    """Give all keys of a scheme: for labels, states and its log."""
    issuer = content.issuer(issuer_id)
    return (*issuer.keys, *content.log(issuer.log).keys)


def signing_key(keys: Iterable[ListedKey], use: KeyUse) -> ListedKey:
    """Give the newest active key of a use.

    Raises:
        InvalidKey: none is active.
    """
    active = [key for key in keys if key.use == use and key.state == "active"]
    if not active:
        raise InvalidKey(f"no {use} key is active", hint=f"make one with `label-service keys rotate {use}`")
    return max(active, key=number_of)


def number_of(key: ListedKey) -> int:
    """Give the number at the end of a kid of ours; 0 for other kids."""
    number = key.kid.rpartition("-")[2]
    return int(number) if _NUMBER.fullmatch(number) else 0
