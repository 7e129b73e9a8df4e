"""Archives that are handed out: ZIP files whose names come from us, whose times are those of no machine."""

import json
import zipfile
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Final, Self

_EPOCH: Final = (1980, 1, 1, 0, 0, 0)


class Archive:
    """Writes an archive into a file that is open for writing."""

    def __init__(self, target: IO[bytes]) -> None:
        self._zip = zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED)
        self._names: set[str] = set()

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Write the table of contents."""
        self._zip.close()

    def add(self, name: str, content: bytes) -> None:
        """Add a file once; a second one of the same name is the same document and left out."""
        if name not in self._names:
            self._names.add(name)
            self._zip.writestr(_info(name), content)

    def add_file(self, name: str, path: Path) -> None:
        """Add a file from the disk without loading it."""
        self._names.add(name)
        with path.open("rb") as source, self._zip.open(_info(name), "w", force_zip64=True) as target:
            while chunk := source.read(1 << 20):
                target.write(chunk)

    def add_json(self, name: str, value: Any) -> None:
        """Add a value as indented JSON; times are written as in documents."""
        text = json.dumps(value, ensure_ascii=False, indent=2, default=_plain)
        self.add(name, text.encode() + b"\n")

    def add_lines(self, name: str, rows: Iterable[Mapping[str, Any]]) -> None:
        """Add rows as JSON, one a line."""
        lines = [json.dumps(dict(row), ensure_ascii=False, default=_plain) for row in rows]
        self.add(name, "".join(f"{line}\n" for line in lines).encode())


def _info(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, _EPOCH)
    info.compress_type = zipfile.ZIP_DEFLATED
    info.external_attr = 0o600 << 16
    return info


def _plain(value: Any) -> str:
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    raise TypeError(f"not a plain value: {type(value).__name__}")
