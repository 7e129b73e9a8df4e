"""The files that rows of a catalogue name as evidence: from a folder or a zip archive, or known to the profiles.

A row names a file by its plain name or by its SHA-256; no name from a sheet is ever used as a path.
"""

import hashlib
import io
import re
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath
from typing import Any, Protocol

from label_service.catalogue.rows import CatalogueRow
from label_service.declaration import Evidence, evidence_digests
from label_service.errors import Conflict, NotFound, UnreadableFile
from label_service.proposal import SourceFile, evidence_of
from label_service.readers import Reading, read, read_path
from label_service.readers.containers import archive

_SEPARATORS = re.compile(r"[;|\n]")
_DIGEST = re.compile(r"[0-9a-f]{64}")
MOST_FILES = 20  # of one amount, as declarations hold
MOST_FILE_BYTES = 64 * 1024 * 1024  # of one file inside an archive


class EvidenceFiles(Protocol):
    """Finds a file by its plain name or by its digest."""

    def find(self, word: str) -> SourceFile | None:
        """Give the file, or None where there is none."""
        ...


class NoFiles:
    """No files at all: rows can only name what the profiles list."""

    def find(self, word: str) -> SourceFile | None:  # noqa: ARG002 - the protocol
        """Give nothing."""
        return None


class Folder:
    """The files directly in a folder; each is read once, and only when a row names it."""

    def __init__(self, path: Path) -> None:
        """List the folder.

        Raises:
            NotFound: it cannot be listed.
        """
        try:
            self._paths = {entry.name: entry for entry in sorted(path.iterdir()) if entry.is_file()}
        except OSError as error:
            raise NotFound(f"the folder {path.name} cannot be listed: {error.strerror}") from error
        self._read: dict[str, SourceFile] = {}
        self._by_digest: Mapping[str, SourceFile] | None = None

    def find(self, word: str) -> SourceFile | None:
        """Give the file of this name or digest."""
        if word in self._paths:
            return self._file(word)
        if not _DIGEST.fullmatch(word):
            return None
        if self._by_digest is None:
            self._by_digest = {file.digest: file for file in map(self._file, self._paths)}
        return self._by_digest.get(word)

    def _file(self, name: str) -> SourceFile:
        if name not in self._read:
            path = self._paths[name]
            try:
                reading, digest = _read_file(path)
                self._read[name] = SourceFile(name, digest, path.stat().st_size, reading)
            except OSError as error:
                raise NotFound(f"the file {name!r} cannot be read: {error.strerror}", where="evidence") from error
        return self._read[name]


class Files:
    """Files that are in memory: uploads, or the entries of a zip archive."""

    def __init__(self, files: Iterable[SourceFile]) -> None:
        known = tuple(files)
        self._by_word = {file.digest: file for file in known} | {file.name: file for file in known}

    def find(self, word: str) -> SourceFile | None:
        """Give the file of this name or digest."""
        return self._by_word.get(word)

    @classmethod
    def of_zip(cls, data: bytes) -> "Files":
        """Read the entries of a zip archive, within the limits of all archives.

        Raises:
            UnreadableFile: damaged, encrypted, too large, or two entries of one name.
        """
        with archive.opened(io.BytesIO(data), len(data)) as entries:
            found = []
            for name in entries.names():
                with entries.open(name, MOST_FILE_BYTES) as stream:
                    content = stream.read()
                if content:
                    found.append(source_file(PurePosixPath(name).name, content))
        if len({file.name for file in found}) < len(found):
            raise UnreadableFile("the archive has two files of one name", hint="put them into one folder, then zip it")
        return cls(found)


def source_file(name: str, data: bytes) -> SourceFile:
    """Give a file in memory with its digest and what a reader finds in it; a photo or a paper has no reading."""
    try:
        reading: Reading | None = read(data, name=name)
    except UnreadableFile:
        reading = None
    return SourceFile(name, hashlib.sha256(data).hexdigest(), len(data), reading)


def words_of(cell: str) -> list[str]:
    """Split the cell of evidence into names and digests."""
    return list(dict.fromkeys(word for part in _SEPARATORS.split(cell) if (word := part.strip())))


class Shelf:
    """All evidence there is for a catalogue: files that were given, and what the profiles list."""

    def __init__(self, files: EvidenceFiles, listed: Iterable[Evidence]) -> None:
        self._files = files
        self._listed = {word: item for item in listed for word in (item.name, item.digest)}

    def proofs(self, row: CatalogueRow) -> "Proofs":
        """Find what a row names as evidence.

        Raises:
            NotFound: a file is neither given nor listed in the profiles.
            Conflict: more files than an amount can have.
        """
        words = words_of(row.get("evidence"))
        if len(words) > MOST_FILES:
            raise Conflict(f"expected at most {MOST_FILES} files, found {len(words)}", where="evidence")
        found, listed = [], []
        for word in words:
            if file := self._files.find(word):
                found.append(file)
            elif word in self._listed:
                listed.append(self._listed[word])
            else:
                raise NotFound(
                    f"expected a file that was given, found {word[:80]!r}",
                    hint="put it into the folder of evidence under this name, or list it in the profiles",
                    where="evidence",
                )
        return Proofs(found, listed)

    def evidence(self, proofs: "Proofs", members: dict[str, Any]) -> list[dict[str, Any]]:
        """List what a declaration's row names, and what it uses of the profiles."""
        named = {item.digest: item.as_json() for item in proofs.listed}
        used = (digest for digest in evidence_digests(members) if digest in self._listed)
        kept = {digest: self._listed[digest].as_json() for digest in used}
        return list((kept | named | {file.digest: evidence_of(file) for file in proofs.files}).values())


class Proofs:
    """What proves the amounts of one row.

    Attributes:
        files: files that readers may have read.
        listed: evidence the profiles list, known by its kind.
    """

    def __init__(self, files: Iterable[SourceFile], listed: Iterable[Evidence]) -> None:
        self.files = tuple(files)
        self.listed = tuple(listed)

    def texts(self, quantity: str) -> list[str]:
        """Give the words that the files state for a quantity, such as the printer."""
        readings = (file.reading for file in self.files if file.reading)
        return [text.value for reading in readings for text in reading.texts if text.quantity == quantity]

    def masses(self) -> list[str]:
        """Give the digests of papers and photos: a scale, a delivery note."""
        unread = [file.digest for file in self.files if file.reading is None]
        kinds = {"meter_reading", "job_file", "job_record"}
        return unread + [item.digest for item in self.listed if item.kind not in kinds]

    def of_kind(self, *kinds: str) -> list[str]:
        """Give the digests of job files, records or meter readings."""
        read_files = [file.digest for file in self.files if file.kind in kinds]
        return read_files + [item.digest for item in self.listed if item.kind in kinds]


def _read_file(path: Path) -> tuple[Reading | None, str]:
    try:
        return read_path(path)
    except UnreadableFile:
        with path.open("rb") as stream:
            return None, hashlib.file_digest(stream, "sha256").hexdigest()
