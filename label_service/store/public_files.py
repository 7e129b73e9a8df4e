"""Files that anyone may read: tiles, checkpoints, releases. A plain folder any web server or cache can serve."""

import os
from pathlib import Path

from label_service.errors import NotFound


class PublicFiles:
    """A folder of public files; writing is atomic, so that a reader sees the old or the new file, never half of one."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def read(self, name: str) -> bytes:
        """Read a file by its public path, such as `log/tile/0/000`.

        Raises:
            NotFound: there is no such file.
        """
        try:
            return self._path(name).read_bytes()
        except (FileNotFoundError, IsADirectoryError, NotADirectoryError) as error:
            raise NotFound(f"there is no public file {name}") from error

    def write(self, name: str, data: bytes) -> None:
        """Write a file; content that is lost in a crash is rebuilt from the log's leaves."""
        path = self._path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_name(f".{path.name}.{os.getpid()}")
        temporary.write_bytes(data)
        temporary.replace(path)

    def _path(self, name: str) -> Path:
        parts = name.split("/")
        if any(part in {"", ".", ".."} or part.startswith(".") or "\\" in part or "\0" in part for part in parts):
            raise NotFound("there is no public file of that name")
        return self.folder.joinpath(*parts)
