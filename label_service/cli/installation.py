"""What commands begin with: the installation that the settings describe, and files that people name."""
# ruff: noqa: PLC0415 - a command imports what it needs when it is called

from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from label_service import canonical
from label_service.errors import InvalidDocument, NotFound

if TYPE_CHECKING:
    from label_service.issuance.scheme import Scheme


@contextmanager
def open_installation() -> Iterator["Scheme"]:
    """Open the scheme for a `with` block; a service may run beside it, both write in turns.

    Raises:
        Refused: a setting cannot be used.
        InvalidKey: keys are missing or unsafe.
        LogFault: the log would fork or shrink.
    """
    from label_service.issuance.keystores import open_store
    from label_service.issuance.opening import open_scheme
    from label_service.issuance.setup import Identity
    from label_service.operation.garbage import collect_rarely
    from label_service.settings import read_settings

    settings = read_settings()
    identity = Identity(settings.origin, settings.name, settings.mode == "demo")
    scheme, _ = open_scheme(
        identity,
        settings.keys_folder,
        settings.data,
        settings.url,
        store=open_store(settings.key_store),
        checkpoint_url=settings.checkpoint_url,
        public_url=settings.public_url,
    )
    collect_rarely()
    with closing(scheme):
        yield scheme


def read_file(file: Path) -> bytes:
    """Read a document.

    Raises:
        NotFound: it is not there, or must not be read.
        InvalidDocument: it is larger than any document.
    """
    try:
        if file.stat().st_size > canonical.MAX_BYTES:
            raise InvalidDocument(f"expected at most {canonical.MAX_BYTES} bytes in {file.name}")
        return file.read_bytes()
    except OSError as error:
        raise NotFound(f"cannot read {file.name}: {error.strerror}") from error


def moment(text: str | None) -> str:
    """Give the time somebody named, or the present one, as documents write it.

    Raises:
        InvalidDocument: not a time.
    """
    try:
        at = datetime.now(UTC) if text is None else datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise InvalidDocument(f"expected a time such as 2026-11-23T10:00:00Z, found {ascii(text)[:40]}") from error
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")
