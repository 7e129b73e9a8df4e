"""What a backup holds: each file with its digest, and the log it belongs to. Format: docs/operate/backup.md."""

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final, Literal

import orjson

from label_service.document import Digest, Document, Model, Timestamp, validate
from label_service.errors import InvalidDocument, NotFound
from label_service.label.vocabulary import Origin

MANIFEST_FILE: Final = "manifest.json"
CHECKPOINTS_FILE: Final = "checkpoints.jsonl"
SQLITE_FILE: Final = "label.db"
DUMP_FILE: Final = "label.pgdump"
KEYS_FILE: Final = "keys.tar.age"
FOLDERS: Final = ("public", "evidence", "jobs")
_CHUNK = 1 << 20


class BackedUp(Model):
    """A file of a backup."""

    name: str
    size: int
    sha256: Digest


class Manifest(Document):
    """What was backed up, and when.

    Attributes:
        origin: of the installation.
        made_at: when the backup was begun.
        database: what kind of database its file is for.
        revision: of the tables.
        entries: number of log entries in the database.
        checkpoint_size: size of the newest checkpoint; 0 where there was none.
        files: all files, by name.
    """

    TYPE = "backup"

    type: Literal["backup"] = "backup"
    version: Literal["1"] = "1"
    origin: Origin
    made_at: Timestamp
    database: Literal["sqlite", "postgresql"]
    revision: str
    entries: int
    checkpoint_size: int
    files: tuple[BackedUp, ...]

    @property
    def has_keys(self) -> bool:
        """Whether the private keys are in it, encrypted."""
        return any(file.name == KEYS_FILE for file in self.files)


def digest_of(file: Path) -> tuple[int, str]:
    """Give size and SHA-256 of a file, reading it piece by piece."""
    state, size = hashlib.sha256(), 0
    with file.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            state.update(chunk)
            size += len(chunk)
    return size, state.hexdigest()


def copy_durably(source: Path, target: Path) -> None:
    """Copy a file piece by piece; it is there as a whole and on the disk, or not at all."""
    target.parent.mkdir(parents=True, exist_ok=True)
    incoming = target.with_name(f".{target.name}.incoming")
    with source.open("rb") as stream, incoming.open("wb") as copy:
        while chunk := stream.read(_CHUNK):
            copy.write(chunk)
        copy.flush()
        os.fsync(copy.fileno())
    incoming.replace(target)


def files_in(folder: Path) -> Iterator[Path]:
    """Give the files below a folder in order of their names; half-written ones, whose names begin with a dot, not."""
    for file in sorted(folder.rglob("*")):
        if file.is_file() and not file.name.startswith("."):
            yield file


def backed_up(folder: Path) -> tuple[BackedUp, ...]:
    """Describe every file of a backup that is being made."""
    return tuple(_described(folder, file) for file in files_in(folder) if file.name != MANIFEST_FILE)


def _described(folder: Path, file: Path) -> BackedUp:
    size, sha256 = digest_of(file)
    return BackedUp(name=file.relative_to(folder).as_posix(), size=size, sha256=sha256)


def read_manifest(folder: Path) -> Manifest:
    """Read the manifest of a backup.

    Raises:
        NotFound: there is none; the folder is no backup, or one that was broken off.
        InvalidDocument: it is damaged, or names files outside the folder.
    """
    try:
        text = (folder / MANIFEST_FILE).read_bytes()
    except OSError as error:
        raise NotFound(f"there is no {MANIFEST_FILE} in {folder.name}", hint="name the folder of one backup") from error
    manifest = validate(Manifest, _parsed(text))
    if any(name.startswith("/") or ".." in name.split("/") for name in (file.name for file in manifest.files)):
        raise InvalidDocument("the manifest names files outside the backup", hint="this is no backup of ours")
    return manifest


def _parsed(text: bytes) -> object:
    """Parse a manifest, which for a large installation is longer than any document of ours."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise InvalidDocument(f"{MANIFEST_FILE} is damaged", hint="take another backup") from error


def check_files(folder: Path, manifest: Manifest) -> None:
    """Hold every file of a backup against the manifest.

    Raises:
        InvalidDocument: a file is missing, or differs.
    """
    for file in manifest.files:
        place = folder / file.name
        if not place.is_file():
            raise InvalidDocument(f"the backup lacks {file.name}", hint="take another backup")
        if digest_of(place) != (file.size, file.sha256):
            raise InvalidDocument(f"{file.name} in the backup is not what was backed up", hint="take another backup")
