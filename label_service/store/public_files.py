"""Files that anyone may read: tiles, checkpoints, releases. A plain folder any web server or cache can serve."""

import os
from pathlib import Path

from label_service.errors import NotFound
from label_service.store.unavailable import StoreUnavailable


class PublicFiles:
    """A folder of public files; writing is atomic, so that a reader sees the old or the new file, never half of one."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def read(self, name: str) -> bytes:
        """Read a file by its public path, such as `log/tile/0/000`.

        Raises:
            NotFound: there is no such file.
        """
        try:
            return self._path(name).read_bytes()
        except (OSError, ValueError) as error:  # the name may be one that no file can have
            raise NotFound(f"there is no public file {name[:80]!a}") from error

    def write(self, name: str, data: bytes) -> None:
        """Write a file; content that is lost in a crash is rebuilt from the log's leaves.

        Raises:
            StoreUnavailable: the disk is full, or the folder cannot be written.
        """
        path = self._path(name)
        temporary = path.with_name(f".{path.name}.{os.getpid()}")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            temporary.write_bytes(data)
            temporary.replace(path)
        except OSError as error:
            raise StoreUnavailable(
                f"cannot write the public file {name}: {error.strerror}",
                hint="check space and access rights of the disk",
            ) from error

    def _path(self, name: str) -> Path:
        parts = name.split("/")
        if any(part.startswith(".") or not part or "\\" in part or "\0" in part for part in parts):
            raise NotFound("there is no public file of that name")
        return self.folder.joinpath(*parts)
