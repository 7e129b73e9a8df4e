"""Zip archives from strangers: named entries only, nothing is written to disk, and every size has a limit."""

import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

from label_service.errors import UnreadableFile

MOST_ENTRIES = 1_000  # a project of 36 plates has about 400
MOST_DIRECTORY_BYTES = 1024 * 1024
MOST_BYTES = 8 * 1024 * 1024  # of settings and summaries
MOST_GCODE_BYTES = 256 * 1024 * 1024  # inflated, but never held in memory
MOST_RATIO = 200  # G-code deflates to a fifth, XML to a twentieth
_END, _END_BYTES, _MOST_COMMENT = b"PK\x05\x06", 22, 65_535
_LOCATOR, _LOCATOR_BYTES, _END64_BYTES = b"PK\x06\x07", 20, 56
_ENCRYPTED = 0x1  # general purpose flag, APPNOTE 6.3.10, section 4.4.4
_METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
_HINT = "export the project from the slicer again and upload the whole file"


class Archive:
    """A zip archive whose directory has been checked."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        """Check the directory.

        Raises:
            UnreadableFile: too many entries, or two of the same name.
        """
        self._archive = archive
        self._entries = {info.filename.lstrip("/"): info for info in archive.infolist()}
        if len(archive.infolist()) > MOST_ENTRIES:
            raise UnreadableFile(f"expected at most {MOST_ENTRIES} entries in the archive", hint=_HINT)
        if len(self._entries) < len(archive.infolist()):
            raise UnreadableFile("the archive has two entries of the same name", hint=_HINT)

    def names(self) -> list[str]:
        """Give the names of all entries, without a leading slash."""
        return list(self._entries)

    def size(self, name: str) -> int:
        """Give the size of an entry as the directory states it."""
        return self._entries[name].file_size

    def read(self, name: str) -> bytes:
        """Inflate a small entry; its checksum is verified.

        Raises:
            UnreadableFile: encrypted, too large, or damaged.
        """
        with self.open(name, MOST_BYTES) as stream:
            return stream.read()

    def open(self, name: str, most_bytes: int) -> IO[bytes]:
        """Open an entry for reading piece by piece.

        Raises:
            UnreadableFile: encrypted, too large, or packed in a way that slicers do not use.
        """
        info = self._entries[name]
        if info.flag_bits & _ENCRYPTED:
            raise UnreadableFile(f"the entry {name!r} is encrypted", hint="upload the archive without a password")
        if info.compress_type not in _METHODS:
            raise UnreadableFile(f"the entry {name!r} is packed with an unknown method", hint=_HINT)
        if info.file_size > most_bytes or info.file_size > MOST_RATIO * max(info.compress_size, 64):
            raise UnreadableFile(
                f"the entry {name!r} would inflate from {info.compress_size} to {info.file_size} bytes", hint=_HINT
            )
        return self._archive.open(info)


@contextmanager
def opened(stream: IO[bytes], size: int) -> Iterator[Archive]:
    """Open an archive; whatever is wrong with it on the way becomes one error.

    Raises:
        UnreadableFile: not a whole zip archive, or one that breaks a limit.
    """
    try:
        _check_directory(stream, size)
        with zipfile.ZipFile(stream) as archive:
            yield Archive(archive)
    except (
        zipfile.BadZipFile,
        zlib.error,
        struct.error,
        EOFError,
        NotImplementedError,
        OSError,
        OverflowError,
        RuntimeError,
        ValueError,
    ) as error:
        raise UnreadableFile(f"the archive is damaged or cut off: {error}", hint=_HINT) from error


def _check_directory(stream: IO[bytes], size: int) -> None:
    """Refuse a huge directory before anything parses it (APPNOTE 6.3.10, sections 4.3.14 to 4.3.16)."""
    tail_bytes = min(size, _END_BYTES + _MOST_COMMENT + _LOCATOR_BYTES + _END64_BYTES)
    stream.seek(size - tail_bytes)
    tail = stream.read(tail_bytes)
    end = tail.rfind(_END)
    if end < 0 or len(tail) < end + _END_BYTES:
        raise zipfile.BadZipFile("no directory at its end")
    (directory_bytes,) = struct.unpack_from("<L", tail, end + 12)
    locator = end - _LOCATOR_BYTES
    if locator >= _END64_BYTES and tail[locator:].startswith(_LOCATOR):
        (directory_bytes,) = struct.unpack_from("<Q", tail, locator - _END64_BYTES + 40)
    if directory_bytes > MOST_DIRECTORY_BYTES:
        raise UnreadableFile(f"expected at most {MOST_ENTRIES} entries in the archive", hint=_HINT)
