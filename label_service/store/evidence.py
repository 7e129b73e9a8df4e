"""Evidence files: private, by their SHA-256, outside everything the web serves; never changed, names not trusted."""

import hashlib
import os
import re
import tempfile
from pathlib import Path
from typing import BinaryIO

from label_service.errors import NotFound, Refused

_CHUNK = 1 << 20
_DIGEST = re.compile(r"[0-9a-f]{64}")


def digest_of(stream: BinaryIO) -> str:
    """Give the SHA-256 of a stream from where it stands."""
    state = hashlib.sha256()
    while chunk := stream.read(_CHUNK):
        state.update(chunk)
    return state.hexdigest()


class EvidenceStore:
    """A folder of files by digest; a file is complete or not there at all."""

    def __init__(self, folder: Path, max_bytes: int) -> None:
        self._folder = folder
        self._max_bytes = max_bytes
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    def keep(self, stream: BinaryIO) -> tuple[str, int]:
        """Copy a stream and give its SHA-256 and size.

        Raises:
            Refused: empty, or larger than the store takes.
        """
        state, size = hashlib.sha256(), 0
        with tempfile.NamedTemporaryFile(dir=self._folder, prefix=".incoming-", delete=False) as target:
            incoming = Path(target.name)
            try:
                while chunk := stream.read(_CHUNK):
                    size += len(chunk)
                    self._check_size(size)
                    state.update(chunk)
                    target.write(chunk)
                self._check_size(size or self._max_bytes + 1)
                target.flush()
                os.fsync(target.fileno())
            except BaseException:
                incoming.unlink()
                raise
        place = self._place(state.hexdigest())
        place.parent.mkdir(exist_ok=True, mode=0o700)
        incoming.replace(place)
        return state.hexdigest(), size

    def path(self, digest: str) -> Path:
        """Give the file with a digest.

        Raises:
            NotFound: there is none.
        """
        if not _DIGEST.fullmatch(digest) or not self._place(digest).is_file():
            raise NotFound("there is no such evidence file", hint="drop the file again")
        return self._place(digest)

    def remove(self, digest: str) -> None:
        """Remove a file for good; one that is gone already is no error."""
        if _DIGEST.fullmatch(digest):
            self._place(digest).unlink(missing_ok=True)

    def _place(self, digest: str) -> Path:
        return self._folder / digest[:2] / digest

    def _check_size(self, size: int) -> None:
        if size > self._max_bytes:
            raise Refused(f"expected a file of 1 to {self._max_bytes} bytes", hint="drop a smaller file")
