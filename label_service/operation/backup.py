"""Backup of an installation that goes on running, into a folder of its own with a manifest.

Order matters: first what is derived (public files), then checkpoints, then the database, then evidence. So the database
holds every entry that the checkpoints cover, and evidence of every declaration in it.
"""

import io
import shutil
import tarfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson
import pyrage  # type: ignore[import-untyped] # its stubs are a package of their own

from label_service.document import validate
from label_service.errors import Conflict, NotFound
from label_service.issuance.keys import read_phrase, write_secret
from label_service.issuance.setup import timestamp
from label_service.operation.copies import copy_database
from label_service.operation.manifest import (
    CHECKPOINTS_FILE,
    FOLDERS,
    KEYS_FILE,
    MANIFEST_FILE,
    Manifest,
    backed_up,
    copy_durably,
    files_in,
)
from label_service.operation.place import Place
from label_service.store.checkpoints import StoredCheckpoint

PARTIAL = ".partial"


def back_up(place: Place, target: Path, at: datetime, phrase_file: Path | None = None) -> Path:
    """Write a backup into a new folder below `target` and give that folder.

    Args:
        place: the installation; it may be in use.
        target: folder of all backups.
        at: the present time, which names the backup.
        phrase_file: holds the passphrase under which the private keys come along; they stay out when left out.

    Raises:
        NotFound: there is no installation.
        Conflict: there is a backup of this second already.
        StoreUnavailable: the database cannot be read.
        InvalidKey: the passphrase cannot be read.
    """
    folder = target / _name(at)
    if folder.exists():
        raise Conflict(f"there is a backup {folder.name} already", hint="wait a second")
    phrase = None if phrase_file is None else read_phrase(phrase_file)
    target.mkdir(parents=True, exist_ok=True, mode=0o700)
    partial = target / f".{folder.name}{PARTIAL}"
    partial.mkdir(mode=0o700)
    try:
        _write(place, partial, at, phrase)
        partial.rename(folder)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise
    return folder


def _write(place: Place, folder: Path, at: datetime, phrase: str | None) -> None:
    _copy_folder(place.data, folder, "public")
    size = _copy_checkpoints(place, folder / CHECKPOINTS_FILE)
    with place.engine() as engine:
        copied = copy_database(engine, folder)
        kind = engine.dialect.name
    for name in FOLDERS[1:]:
        _copy_folder(place.data, folder, name)
    if phrase is not None:
        write_secret(folder / KEYS_FILE, pyrage.passphrase.encrypt(_packed(place.keys), phrase))
    members = {
        "origin": place.origin,
        "made_at": timestamp(at),
        "database": kind,
        "revision": copied.revision,
        "entries": copied.entries,
        "checkpoint_size": size,
        "files": backed_up(folder),
    }
    text = orjson.dumps(validate(Manifest, members).as_json(), option=orjson.OPT_SORT_KEYS | orjson.OPT_INDENT_2)
    write_secret(folder / MANIFEST_FILE, text + b"\n")


def _copy_folder(data: Path, folder: Path, name: str) -> None:
    for file in files_in(data / name):
        try:
            copy_durably(file, folder / file.relative_to(data))
        except FileNotFoundError:  # removed meanwhile: evidence whose time is over
            continue


def _copy_checkpoints(place: Place, target: Path) -> int:
    """Write all checkpoints, one a line, and give the size of the newest."""
    checkpoints = place.checkpoints()
    if checkpoints is None:
        raise NotFound("there is no installation here", hint="set LABEL_SERVICE_DATA to its folder")
    try:
        stored = checkpoints.after(0)
    finally:
        checkpoints.close()
    target.write_bytes(b"".join(orjson.dumps([item.size, item.root.hex(), item.note]) + b"\n" for item in stored))
    return stored[-1].size if stored else 0


def read_checkpoints(folder: Path) -> list[StoredCheckpoint]:
    """Give the checkpoints of a backup, smallest first."""
    lines = (folder / CHECKPOINTS_FILE).read_bytes().splitlines()
    return [StoredCheckpoint(size, bytes.fromhex(root), note) for size, root, note in map(orjson.loads, lines)]


def _packed(keys: Path) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for file in sorted(keys.iterdir()):
            if file.is_file() and not file.name.startswith("."):
                archive.add(file, arcname=file.name)
    return packed.getvalue()


def prune(target: Path, keep: int, at: datetime) -> list[str]:
    """Remove all but the newest backups below a folder, and what a killed one left a day ago; name those removed."""
    backups = sorted(folder for folder in target.iterdir() if (folder / MANIFEST_FILE).is_file())
    long_ago = f".{_name(at - timedelta(days=1))}"
    broken_off = [folder for folder in target.glob(f".*{PARTIAL}") if folder.name < long_ago]
    gone = [folder for folder in backups[: max(0, len(backups) - keep)] if not folder.name.startswith(".")]
    for folder in (*gone, *broken_off):
        shutil.rmtree(folder)
    return [folder.name for folder in gone]


def _name(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
