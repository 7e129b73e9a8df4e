"""Public files in an object store (S3 and what speaks it, Google, Azure), for a CDN in front of it to serve.

Credentials, region and endpoint come from the environment as the libraries of these stores name them, never from the
address; nothing of them is in messages or logs.
"""

import re
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

from label_service.errors import NotFound, Refused
from label_service.store.public_files import PublicFiles
from label_service.store.unavailable import StoreUnavailable

SCHEMES = ("s3", "gs", "az")
_NAME = re.compile(r"(?!.*//)(?!.*(?:^|/)\.)[a-z0-9][a-z0-9./-]{0,200}")
_IMMUTABLE = "public, max-age=31536000, immutable"
_RETRIES: dict[str, Any] = {"max_retries": 2, "retry_timeout": timedelta(seconds=20)}


class ObjectFiles(PublicFiles):
    """A bucket, or what lies below a prefix in it; an object is replaced as a whole, and read again at once."""

    def __init__(self, url: str) -> None:
        """Name the place; nothing is asked yet.

        Raises:
            Refused: the extra is missing, or the environment does not hold what the store needs.
        """
        try:
            import obstore  # noqa: PLC0415 - an extra
            from obstore.exceptions import BaseError  # noqa: PLC0415 - of the extra `object-store`
            from obstore.store import from_url  # noqa: PLC0415 - of the extra `object-store`
        except ImportError as error:
            raise Refused("public files in an object store need the extra `object-store`") from error
        self._ask, self._error = obstore, BaseError
        try:
            self._store: Any = from_url(url, retry_config=_RETRIES)  # type: ignore[call-overload]
        except (BaseError, ValueError) as error:
            raise Refused(f"the object store cannot be opened: {type(error).__name__}", hint=_HINT) from None

    def read(self, name: str) -> bytes:
        """Read an object by its public path; raises as a folder does, and `StoreUnavailable` without an answer."""
        if not _NAME.fullmatch(name):
            raise NotFound(f"there is no public file {name[:80]!a}")
        try:
            return bytes(self._ask.get(self._store, name).bytes())
        except FileNotFoundError:
            raise NotFound(f"there is no public file {name[:80]!a}") from None
        except (self._error, OSError) as error:
            raise _unavailable("read", name, error) from None

    def write(self, name: str, data: bytes) -> None:
        """Write an object with the type and the time to keep that readers get it with; raises as a folder does."""
        if not _NAME.fullmatch(name):
            raise NotFound("there is no public file of that name")
        try:
            self._ask.put(self._store, name, data, attributes=headers(name))
        except (self._error, OSError) as error:
            raise _unavailable("written", name, error) from None


def headers(name: str) -> Any:
    """Give content type and cache control of a public file: tiles never change, checkpoints may gain cosignatures."""
    if name == "log/checkpoint":
        return {"Content-Type": "text/plain; charset=utf-8", "Cache-Control": "no-cache"}
    if name.startswith("log/checkpoints/"):
        return {"Content-Type": "text/plain; charset=utf-8", "Cache-Control": "public, max-age=60"}
    return {"Content-Type": "application/octet-stream", "Cache-Control": _IMMUTABLE}


def open_files(folder: Path, url: str | None) -> PublicFiles:
    """Open the public files: a folder, or what an address such as `s3://bucket/prefix` or `file:///srv/log` names.

    Raises:
        Refused: not such an address; it is not shown.
    """
    if url is None:
        return PublicFiles(folder)
    place = urlsplit(url)
    if place.scheme == "file" and not place.netloc and place.path.startswith("/"):
        return PublicFiles(Path(unquote(place.path)))
    if not _is_plain(place):
        raise Refused("expected an address such as s3://bucket/prefix, gs:, az: or file:", hint=_HINT)
    return ObjectFiles(url)


def _is_plain(place: SplitResult) -> bool:
    """Tell whether an address names a bucket and a prefix, and nothing that could be a secret."""
    is_bare = "@" not in place.netloc and not place.query and not place.fragment
    return place.scheme in SCHEMES and bool(place.netloc) and is_bare


_HINT = "credentials, region and endpoint belong in the environment: docs/operate/public-files.md"


def _unavailable(what: str, name: str, error: Exception) -> StoreUnavailable:
    return StoreUnavailable(
        f"the public file {name} cannot be {what}: the object store says {type(error).__name__}",
        hint="check its address, rights and network; nothing that was acknowledged is lost",
    )
