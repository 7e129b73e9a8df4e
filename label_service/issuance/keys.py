"""Private keys on disk: PKCS#8 files only their owner may read, behind the signer the core asks for.

A passphrase comes from the file that LABEL_SERVICE_KEY_PASSPHRASE_FILE names, such as a credential of systemd, or from
the environment variable LABEL_SERVICE_KEY_PASSPHRASE; never from the command line.
"""

import os
import stat
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from label_service import canonical
from label_service.errors import Conflict, InvalidKey
from label_service.trust.keys import jwk, public_key_from_bytes

PASSPHRASE_VARIABLE = "LABEL_SERVICE_KEY_PASSPHRASE"  # noqa: S105 - a name, not a phrase
PASSPHRASE_FILE_VARIABLE = "LABEL_SERVICE_KEY_PASSPHRASE_FILE"  # noqa: S105 - a name, not a phrase
CREDENTIALS_VARIABLE = "CREDENTIALS_DIRECTORY"  # where systemd puts what LoadCredential= names
_OPEN_TO_OTHERS = stat.S_IRWXG | stat.S_IRWXO


class FileSigner:
    """Signs with an Ed25519 key that was read from a file."""

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key
        self._public = key.public_key().public_bytes_raw()
        public_key_from_bytes(self._public)

    @property
    def public_key(self) -> bytes:
        """The 32 bytes of the public key."""
        return self._public

    def sign(self, message: bytes) -> bytes:
        """Give the signature over a message."""
        return self._key.sign(message)


def create_key(file: Path) -> FileSigner:
    """Make a new key and write it so that only its owner can read it.

    Raises:
        Conflict: there is a key already; keys are never overwritten.
    """
    key = Ed25519PrivateKey.generate()
    write_secret(file, _to_pem(key))
    return FileSigner(key)


def write_secret(file: Path, data: bytes) -> None:
    """Write a new file that only its owner can read.

    Raises:
        Conflict: there is one already.
    """
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        raise Conflict(f"there is a key in {file.name} already", hint="keys are rotated, never overwritten") from error
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(data)


def load_key(file: Path) -> FileSigner:
    """Read a key.

    Raises:
        InvalidKey: missing, readable by others, encrypted with another passphrase, or not an Ed25519 key. The message
            never contains key material.
    """
    data, phrase = read_secret(file), _passphrase()
    if phrase and b"ENCRYPTED" not in data:
        raise InvalidKey(
            f"the key file {file.name} is not encrypted, although a passphrase is set",
            hint="encrypt the file, or set no passphrase",
        )
    try:
        key = serialization.load_pem_private_key(data, phrase)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise InvalidKey(
            f"cannot open the key file {file.name}: wrong passphrase, or not PKCS#8",
            hint=f"set {PASSPHRASE_FILE_VARIABLE} or {PASSPHRASE_VARIABLE}",
        ) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise InvalidKey(f"expected an Ed25519 key in {file.name}")
    return FileSigner(key)


def read_secret(file: Path) -> bytes:
    """Read a file that only its owner may read.

    Raises:
        InvalidKey: missing, or readable by others.
    """
    try:
        mode = file.stat().st_mode
        data = file.read_bytes()
    except OSError as error:
        raise InvalidKey(f"cannot read the key file {file.name}: {error.strerror}") from error
    if mode & (stat.S_IRWXO if _is_credential(file) else _OPEN_TO_OTHERS):
        raise InvalidKey(f"the key file {file.name} is open to others", hint="chmod 600 the file")
    return data


def read_phrase(file: Path) -> str:
    """Read a passphrase or PIN from a file that only its owner may read; a newline at its end does not count.

    Raises:
        InvalidKey: missing, readable by others, empty or no text.
    """
    try:
        phrase = read_secret(file).decode().removesuffix("\n")
    except UnicodeDecodeError as error:
        raise InvalidKey(f"expected a passphrase or PIN as text in {file.name}") from error
    if not phrase:
        raise InvalidKey(f"expected a passphrase or PIN in {file.name}, found nothing")
    return phrase


def _is_credential(file: Path) -> bool:
    """Tell whether systemd laid the file there; it lets the service in by an access list, which shows as the group."""
    folder = os.environ.get(CREDENTIALS_VARIABLE)
    return bool(folder) and file.resolve().is_relative_to(Path(folder or "").resolve())


def write_public(file: Path, name: str, public_key: bytes) -> None:
    """Write the public side as a root file that people can pin and compare."""
    document = {"jwk": jwk(public_key), "name": name, "type": "root", "version": "1"}
    file.write_bytes(canonical.encode(document) + b"\n")


def _to_pem(key: Ed25519PrivateKey) -> bytes:
    phrase = _passphrase()
    encryption: serialization.KeySerializationEncryption = (
        serialization.BestAvailableEncryption(phrase) if phrase else serialization.NoEncryption()
    )
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption)


def _passphrase() -> bytes | None:
    phrase, file = os.environ.get(PASSPHRASE_VARIABLE), os.environ.get(PASSPHRASE_FILE_VARIABLE)
    if phrase and file:
        raise InvalidKey(f"{PASSPHRASE_VARIABLE} and {PASSPHRASE_FILE_VARIABLE} are both set", hint="unset one")
    phrase = read_phrase(Path(file)) if file else phrase
    return phrase.encode() if phrase else None
