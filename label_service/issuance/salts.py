"""The secret of an installation that makes the salts of declarations from catalogues; see `catalogue.row_salt`."""

import os
import secrets
from pathlib import Path

from label_service.errors import InvalidKey, NotFound

SALT_KEY_FILE = "catalogue-salt.key"
_SALT_KEY_BYTES = 32


def salt_key(keys: Path) -> bytes:
    """Give the secret in the folder of the keys, and make it the first time.

    Raises:
        NotFound: there is no installation.
        InvalidKey: the file is damaged.
    """
    file = keys / SALT_KEY_FILE
    if not keys.is_dir():
        raise NotFound(
            "there is no installation here", hint="run `label-service init`, or name its folder in LABEL_SERVICE_DATA"
        )
    if not file.exists():
        _make(file)
    try:
        key = bytes.fromhex(file.read_text(encoding="ascii").strip())
    except ValueError as error:
        raise InvalidKey(f"{file.name} is damaged", hint="restore it from the backup of the keys") from error
    if len(key) != _SALT_KEY_BYTES:
        raise InvalidKey(f"{file.name} is damaged", hint="restore it from the backup of the keys")
    return key


def _make(file: Path) -> None:
    """Make the secret; a process that makes it at the same moment wins or loses as a whole."""
    own = file.with_name(f".{file.name}.{os.getpid()}")
    with os.fdopen(os.open(own, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="ascii") as target:
        target.write(secrets.token_hex(_SALT_KEY_BYTES) + "\n")
    try:
        os.link(own, file)
    except FileExistsError:
        pass  # another process was first; its secret counts
    finally:
        own.unlink()
