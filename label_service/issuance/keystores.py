"""Where private keys are kept: one interface for files, tokens, and whatever a deployment adds."""

from collections.abc import Collection
from pathlib import Path
from typing import Protocol

from label_service.errors import Refused
from label_service.issuance.keys import create_key, load_key
from label_service.issuance.keyuri import read_token_uri
from label_service.trust.keys import Signer


class KeyStore(Protocol):
    """Makes and opens keys by name, such as `label-1`; it never gives the private half away.

    A key service of a cloud is added by writing these three methods; docs/operate/keys.md says what they owe.
    """

    def names(self) -> Collection[str]:
        """Name the keys that are there."""

    def open(self, name: str) -> Signer:
        """Give a key.

        Raises:
            InvalidKey: it is not there, or must not be used.
            StoreUnavailable: the store does not answer now.
        """

    def create(self, name: str) -> Signer:
        """Make a key.

        Raises:
            Conflict: there is one of this name already.
            StoreUnavailable: the store does not answer now.
        """


class KeyFiles:
    """A folder with PKCS#8 files."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def names(self) -> frozenset[str]:
        """Name the keys that are there."""
        return frozenset(file.stem for file in self._folder.glob("*.pem"))

    def open(self, name: str) -> Signer:
        """Give the key in a file.

        Raises:
            InvalidKey: missing, unsafe or unreadable.
        """
        return load_key(self._folder / f"{name}.pem")

    def create(self, name: str) -> Signer:
        """Make a file with a new key.

        Raises:
            Conflict: there is one already.
        """
        return create_key(self._folder / f"{name}.pem")


def open_store(uri: str | None) -> KeyStore | None:
    """Give the store of an address; None where keys are files.

    Raises:
        Refused: the address cannot be used, or the extra `pkcs11` is not installed.
    """
    if uri is None:
        return None
    place = read_token_uri(uri)
    try:
        from label_service.issuance.hsm import Token  # noqa: PLC0415 - only where there is a token
    except ImportError as error:
        raise Refused("keys in a token need the extra `pkcs11`", hint="pip install label-service[pkcs11]") from error
    return Token(place)
