"""Files of long work: what it was given, in a folder under the digest of a list of it, and what came out."""

import hashlib
import re
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO

from label_service import canonical
from label_service.errors import NotFound, Refused

_CHUNK = 1 << 20
_NAME = re.compile(r"[0-9a-z-]{1,80}")
_LIST = "list.json"


class JobFiles:
    """A folder of inputs; each is complete or not there at all, and never changed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    def keep(self, about: Mapping[str, str], files: Mapping[str, tuple[str, BinaryIO]], max_bytes: int) -> str:
        """Copy files and give the digest of their list; the same files with the same words are one input.

        Args:
            about: words that belong to the input, such as whose it is.
            files: by the name they are kept under, each with the name people see and its content.
            max_bytes: of all files together.

        Raises:
            Refused: larger.
        """
        incoming = Path(tempfile.mkdtemp(dir=self.folder, prefix=".incoming-"))
        try:
            listed, room = {}, max_bytes
            for name, (shown, stream) in files.items():
                digest, size = _copy(stream, incoming / name, room)
                room -= size
                listed[name] = {"name": shown, "digest": digest}
            content = canonical.encode({"about": dict(about), "files": listed})
            (incoming / _LIST).write_bytes(content)
            place = self.folder / canonical.digest(content)
            if not place.exists():
                incoming.rename(place)
            return place.name
        finally:
            shutil.rmtree(incoming, ignore_errors=True)

    def about(self, digest: str) -> dict[str, str]:
        """Give the words that belong to an input.

        Raises:
            NotFound: it was removed.
        """
        return dict(self._list(digest)["about"])

    def names(self, digest: str) -> dict[str, str]:
        """Give the files of an input: the name each is kept under, and the one people see.

        Raises:
            NotFound: it was removed.
        """
        return {name: str(entry["name"]) for name, entry in self._list(digest)["files"].items()}

    def path(self, digest: str, name: str) -> Path:
        """Give a file of an input.

        Raises:
            NotFound: it was removed.
        """
        path = self._place(digest) / name
        if not _NAME.fullmatch(name) or not path.is_file():
            raise NotFound("the files of this work were removed after their time", hint="send them again")
        return path

    def remove(self, digest: str) -> None:
        """Forget an input and everything that came of it."""
        shutil.rmtree(self._place(digest), ignore_errors=True)

    def _list(self, digest: str) -> dict[str, Any]:
        file = self._place(digest) / _LIST
        if not file.is_file():
            raise NotFound("the files of this work were removed after their time", hint="send them again")
        found: dict[str, Any] = canonical.decode(file.read_bytes())
        return found

    def _place(self, digest: str) -> Path:
        if not _NAME.fullmatch(digest):
            raise NotFound("there is no such work")
        return self.folder / digest


def _copy(stream: BinaryIO, target: Path, room: int) -> tuple[str, int]:
    state, size = hashlib.sha256(), 0
    with target.open("wb") as file:
        while chunk := stream.read(_CHUNK):
            size += len(chunk)
            if size > room:
                raise Refused("the files are larger than one catalogue may be", hint="split the catalogue")
            state.update(chunk)
            file.write(chunk)
    return state.hexdigest(), size
