"""The files that rows of a catalogue name as evidence: from a folder or a zip archive, or known to the profiles.

A row names a file by its plain name or by its SHA-256, or has all files of the folder that is named as its sku; no name
from a sheet is ever used as a path.
"""

import hashlib
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import IO, Any, Protocol, Self

from label_service.catalogue.cells import error_in
from label_service.catalogue.rows import CatalogueRow
from label_service.declaration import Evidence, evidence_digests
from label_service.errors import Conflict, LabelServiceError, NotFound, UnreadableFile
from label_service.proposal import SourceFile, evidence_of, open_source
from label_service.proposal.propose import file_questions
from label_service.readers import read
from label_service.readers.containers import archive

_SEPARATORS = re.compile(r"[;|\n]")
_DIGEST = re.compile(r"[0-9a-f]{64}")
MOST_FILES = 20  # of one amount, as declarations hold
MOST_FILE_BYTES = 64 * 1024 * 1024  # of one file inside an archive
MOST_ARCHIVE_BYTES = 1024 * 1024 * 1024  # of all files inside it, inflated


class EvidenceFiles(Protocol):
    """Finds the files of rows."""

    def find(self, word: str) -> SourceFile | None:
        """Give the file of this plain name or digest, or None where there is none."""
        ...

    def of_product(self, sku: str) -> tuple[SourceFile, ...]:
        """Give the files in the folder that is named as a sku."""
        ...


class NoFiles:
    """No files at all: rows can only name what the profiles list."""

    def find(self, word: str) -> SourceFile | None:  # noqa: ARG002 - the protocol
        """Give nothing."""
        return None

    def of_product(self, sku: str) -> tuple[SourceFile, ...]:  # noqa: ARG002 - the protocol
        """Give nothing."""
        return ()


class Folder:
    """A folder of files, and in it a folder per sku; each file is read once, and only when a row needs it."""

    def __init__(self, path: Path) -> None:
        """List the folder.

        Raises:
            NotFound: it cannot be listed.
        """
        try:
            entries = sorted(path.iterdir())
            self._paths = {entry.name: entry for entry in entries if entry.is_file()}
            self._products = {entry.name: entry for entry in entries if entry.is_dir()}
        except OSError as error:
            raise NotFound(f"the folder {path.name} cannot be listed: {error.strerror}") from error
        self._opened: dict[Path, SourceFile] = {}
        self._by_digest: Mapping[str, SourceFile] | None = None

    def find(self, word: str) -> SourceFile | None:
        """Give the file of this name or digest; of folders per sku no names are looked at."""
        if word in self._paths:
            return self._open(self._paths[word])
        if not _DIGEST.fullmatch(word):
            return None
        if self._by_digest is None:
            self._by_digest = {file.digest: file for file in map(self._open, self._paths.values())}
        return self._by_digest.get(word)

    def of_product(self, sku: str) -> tuple[SourceFile, ...]:
        """Give the files in the folder that is named as a sku.

        Raises:
            NotFound: one of them cannot be read.
        """
        if sku not in self._products:
            return ()
        try:
            paths = [path for path in sorted(self._products[sku].iterdir()) if path.is_file()]
        except OSError as error:
            raise NotFound(f"the folder {sku!r} cannot be listed: {error.strerror}") from error
        return tuple(map(self._open, paths))

    def _open(self, path: Path) -> SourceFile:
        if path not in self._opened:
            try:
                self._opened[path] = open_source(path)
            except UnreadableFile:
                self._opened[path] = open_source(path, is_paper=True)
        return self._opened[path]


class Files:
    """Files that are in memory: uploads, or the entries of a zip archive, those of a sku under its name."""

    def __init__(self, files: Iterable[SourceFile], of_products: Mapping[str, Sequence[SourceFile]]) -> None:
        self._of_products = {sku: tuple(own) for sku, own in of_products.items()}
        known = tuple(files)
        every = (*known, *(file for own in self._of_products.values() for file in own))
        self._by_word = {file.digest: file for file in every} | {file.name: file for file in known}

    def find(self, word: str) -> SourceFile | None:
        """Give the file of this name or digest; of folders per sku no names are looked at."""
        return self._by_word.get(word)

    def of_product(self, sku: str) -> tuple[SourceFile, ...]:
        """Give the files in the folder that is named as a sku."""
        return self._of_products.get(sku, ())

    @classmethod
    def of_zip(cls, data: bytes) -> Self:
        """Read the entries of a zip archive, within the limits of all archives.

        Raises:
            UnreadableFile: damaged, encrypted or too large.
        """
        top, of_products = list[SourceFile](), dict[str, list[SourceFile]]()
        for folder, name, content in unpacked(io.BytesIO(data), len(data)):
            target = of_products.setdefault(folder, []) if folder else top
            target.append(source_file(name, content))
        return cls(top, of_products)


def unpacked(stream: IO[bytes], size: int) -> Iterator[tuple[str, str, bytes]]:
    """Give folder, name and content of each file in a zip archive, one after the other; empty ones are left out.

    Raises:
        UnreadableFile: damaged, encrypted or too large.
    """
    with archive.opened(stream, size) as entries:
        if sum(map(entries.size, entries.names())) > MOST_ARCHIVE_BYTES:
            raise UnreadableFile(
                f"expected an archive that inflates to at most {MOST_ARCHIVE_BYTES} bytes", hint="send two archives"
            )
        for entry in entries.names():
            with entries.open(entry, MOST_FILE_BYTES) as file:
                content = file.read()
            path = PurePosixPath(entry)
            if content:
                yield path.parent.name, path.name, content


def source_file(name: str, data: bytes) -> SourceFile:
    """Give a file in memory with its digest and what a reader finds in it; a photo or a paper has no reading."""
    digest = hashlib.sha256(data).hexdigest()
    try:
        return SourceFile(name, digest, len(data), read(data, name=name))
    except UnreadableFile as error:
        problem = error.detail if error.unsaid else ""
        return SourceFile(name, digest, len(data), None, problem=problem, asked=error.unsaid)


def words_of(cell: str) -> list[str]:
    """Split the cell of evidence into names and digests."""
    return list(dict.fromkeys(word for part in _SEPARATORS.split(cell) if (word := part.strip())))


def _refuse_open(file: SourceFile) -> None:
    """Refuse a file that needs an answer, for no row has a place for it."""
    for question in file_questions(file):
        if question.is_open:
            raise UnreadableFile(
                f"{file.name} leaves open: {question.words}",
                hint="declare this product on the page for one batch, which asks it, or export the file with it",
            )


class Shelf:
    """All evidence there is for a catalogue: files that were given, and what the profiles list."""

    def __init__(self, files: EvidenceFiles, listed: Iterable[Evidence]) -> None:
        self._files = files
        self._listed = {item.digest: item for item in listed}
        self._named: dict[str, list[Evidence]] = {}
        for item in self._listed.values():
            self._named.setdefault(item.name, []).append(item)

    def proofs(self, row: CatalogueRow) -> "Proofs":
        """Find what a row names as evidence.

        Raises:
            NotFound: a file is neither given nor listed in the profiles.
            UnreadableFile: a file leaves open what only a person can say.
            Conflict: more files than an amount can have.
        """
        try:
            return self._proofs(row)
        except LabelServiceError as error:
            raise error_in("evidence", error) from error

    def _proofs(self, row: CatalogueRow) -> "Proofs":
        words = words_of(row.get("evidence"))
        found, listed = list(self._files.of_product(row.sku)), []
        for word in words:
            if file := self._files.find(word):
                found.append(file)
            else:
                listed.append(self._of_profiles(word))
        for file in found:
            _refuse_open(file)
        files = {file.digest: file for file in found}
        if len(files) + len(listed) > MOST_FILES:
            raise Conflict(
                f"expected at most {MOST_FILES} files, found {len(files) + len(listed)}",
                hint="put several papers into one",
            )
        return Proofs(files.values(), listed)

    def _of_profiles(self, word: str) -> Evidence:
        named = [self._listed[word]] if word in self._listed else self._named.get(word, [])
        if not named:
            raise NotFound(
                f"expected a file that was given, found {word[:80]!r}",
                hint="put it into the folder of evidence under this name, or list it in the profiles",
            )
        if len(named) > 1:
            raise Conflict(f"the profiles list {len(named)} files named {word[:80]!r}", hint="name it by its SHA-256")
        return named[0]

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
        unread = [file.digest for file in self.files if file.is_picture_or_paper]
        kinds = {"meter_reading", "job_file", "job_record"}
        return unread + [item.digest for item in self.listed if item.kind not in kinds]

    def of_kind(self, *kinds: str) -> list[str]:
        """Give the digests of job files, records or meter readings."""
        read_files = [file.digest for file in self.files if file.kind in kinds]
        return read_files + [item.digest for item in self.listed if item.kind in kinds]
