"""Restoring a backup: everything is verified before the database, as the last step, is put in its place.

Files are merged by their content, checkpoints are brought forward and never back, and the database appears as a whole
or not at all. So a restore that was broken off is simply done again.
"""

import io
import os
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pyrage  # type: ignore[import-untyped] # its stubs are a package of their own
from sqlalchemy import Engine

from label_service.errors import BackupTooOld, Conflict, InvalidDocument, InvalidKey, NotFound, Refused
from label_service.issuance.keys import read_phrase, write_secret
from label_service.issuance.opening import open_checkpoints
from label_service.operation.backup import read_checkpoints
from label_service.operation.consistency import altered_documents, check_tree, entry_count, root_at
from label_service.operation.copies import empty_again, is_empty, is_sqlite, load_dump, sqlite_file
from label_service.operation.manifest import (
    DUMP_FILE,
    FOLDERS,
    KEYS_FILE,
    SQLITE_FILE,
    Manifest,
    check_files,
    copy_durably,
    read_manifest,
)
from label_service.operation.place import Place
from label_service.store.checkpoints import StoredCheckpoint
from label_service.store.database import open_engine
from label_service.tlog.checkpoint import Checkpoint

_PUBLIC_CHECKPOINT = "log/checkpoint"


def restore(place: Place, backup: Path, newest: Path | None, *, is_newest: bool) -> Manifest:
    """Put a backup in place where there is no database.

    Args:
        place: where it goes; a checkpoint store that is there is kept and holds the backup to what it signed.
        backup: folder of the backup.
        newest: file with the newest checkpoint that anybody has of this log.
        is_newest: the operator says that nothing was signed after the backup.

    Raises:
        BackupTooOld: more was signed than the backup holds.
        Conflict: there is a database already.
        Refused: nothing says what was signed last, or the backup is of another installation or kind of database.
        InvalidDocument: a file of the backup is missing or damaged.
        LogFault: its database does not give the trees that were signed.
    """
    manifest = read_manifest(backup)
    _check_fits(place, manifest)
    check_files(backup, manifest)
    signed = _signed(place, newest)
    if not signed and not is_newest:
        raise Refused(
            "nothing here says what the log signed last, and a second history must never be signed",
            hint="name the newest checkpoint that anybody has with --checkpoint, or say --newest if there is none",
        )
    _check_age(manifest, signed)
    checkpoints = read_checkpoints(backup)
    with _staged(place, backup, manifest) as engine:
        _verify(engine, manifest, checkpoints, signed)
        _merge(place.data, backup, manifest)
        _bring_forward(place, checkpoints)
    return manifest


def restore_keys(place: Place, backup: Path, phrase_file: Path) -> list[str]:
    """Unpack the private keys of a backup into a folder that has none, and give their names.

    Raises:
        NotFound: they are not in this backup.
        InvalidKey: another passphrase.
        Conflict: there are keys already.
    """
    if not (backup / KEYS_FILE).is_file():
        raise NotFound("there are no private keys in this backup", hint="keys are kept apart; take the copy of them")
    if place.keys.exists() and any(place.keys.iterdir()):
        raise Conflict(f"there are keys in {place.keys.name} already", hint="keys are never overwritten")
    try:
        packed = pyrage.passphrase.decrypt((backup / KEYS_FILE).read_bytes(), read_phrase(phrase_file))
    except pyrage.DecryptError as error:
        raise InvalidKey("the keys of the backup do not open: wrong passphrase, or damaged") from error
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        members = [(Path(item.name).name, archive.extractfile(item)) for item in archive.getmembers()]
        for name, content in members:
            write_secret(place.keys / name, content.read() if content else b"")
    return sorted(name for name, _ in members)


def _check_fits(place: Place, manifest: Manifest) -> None:
    if manifest.origin != place.origin:
        raise Refused(
            f"the backup is of {manifest.origin}, the settings are for {place.origin}", hint="set LABEL_SERVICE_ORIGIN"
        )
    if (manifest.database == "sqlite") != is_sqlite(place.url):
        raise Refused(f"the backup is of a {manifest.database} database", hint="set LABEL_SERVICE_DATABASE_URL")


def _signed(place: Place, newest: Path | None) -> list[StoredCheckpoint]:
    """Give what is known to have been signed: by the store here, by public files here, by what somebody kept."""
    found = []
    store = place.checkpoints()
    if store is not None:
        last = store.last()
        store.close()
        found += [last] if last else []
    notes = [newest.read_text(encoding="utf-8")] if newest else []
    with suppress(NotFound):
        notes.append(place.public_files().read(_PUBLIC_CHECKPOINT).decode())
    for checkpoint in map(Checkpoint.parse, notes):
        found.append(StoredCheckpoint(checkpoint.size, checkpoint.root, str(checkpoint)))
    return found


def _check_age(manifest: Manifest, signed: list[StoredCheckpoint]) -> None:
    size = max((checkpoint.size for checkpoint in signed), default=0)
    if size > manifest.entries:
        raise BackupTooOld(
            f"the log has signed {size} entries, the backup of {manifest.made_at} holds {manifest.entries}",
            hint="restore a newer backup or copy of the database; without one see docs/operate/incidents.md",
        )


@contextmanager
def _staged(place: Place, backup: Path, manifest: Manifest) -> Iterator[Engine]:
    """Open the database of a backup where it can be verified; it is put in place when the block ends without error."""
    if manifest.database == "sqlite":
        yield from _staged_file(sqlite_file(place.url), backup / SQLITE_FILE)
    else:
        yield from _staged_dump(open_engine(place.url), backup / DUMP_FILE)


def _staged_file(file: Path, source: Path) -> Iterator[Engine]:
    if file.exists():
        raise Conflict(f"there is a database {file.name} already", hint="move it away, with its -wal and -shm")
    staged = file.with_name(f".{file.name}.restoring")
    copy_durably(source, staged)
    staged.chmod(0o600)
    engine = open_engine(f"sqlite:///{staged.absolute()}")
    try:
        yield engine  # is only read, so that nothing stays in its -wal
        engine.dispose()
        staged.rename(file)
        _sync(file.parent)
    finally:
        engine.dispose()
        for left in file.parent.glob(f"{staged.name}*"):
            left.unlink()


def _staged_dump(engine: Engine, dump: Path) -> Iterator[Engine]:
    try:
        if not is_empty(engine):
            raise Conflict("there are tables in the database already", hint="name an empty database")
        load_dump(engine.url, dump)
        try:
            yield engine
        except BaseException:
            engine.dispose()
            empty_again(engine)
            raise
    finally:
        engine.dispose()


def _verify(
    engine: Engine, manifest: Manifest, checkpoints: list[StoredCheckpoint], signed: list[StoredCheckpoint]
) -> None:
    """Hold the database of a backup against its manifest, its checkpoints, and what else was signed."""
    if entry_count(engine) != manifest.entries:
        raise InvalidDocument("the database of the backup has another number of log entries than its manifest says")
    altered = altered_documents(engine)
    if altered:
        raise InvalidDocument(f"the database of the backup holds {len(altered)} altered documents, first {altered[0]}")
    check_tree(engine, checkpoints)
    for checkpoint in signed:
        if root_at(engine, checkpoint.size) != checkpoint.root:
            raise BackupTooOld(
                f"at size {checkpoint.size} the log signed another tree than the backup holds",
                hint="the backup is of another history; take one of this log",
            )


def _merge(data: Path, backup: Path, manifest: Manifest) -> None:
    """Add the files that are not there; evidence is for the service alone, public files are for the web server too."""
    for name in FOLDERS:
        (data / name).mkdir(parents=True, exist_ok=True, mode=0o755 if name == "public" else 0o700)
    for file in manifest.files:
        if file.name.partition("/")[0] in FOLDERS and not (data / file.name).exists():
            copy_durably(backup / file.name, data / file.name)


def _bring_forward(place: Place, checkpoints: list[StoredCheckpoint]) -> None:
    place.data.mkdir(parents=True, exist_ok=True)
    store = open_checkpoints(place.data, place.checkpoint_url)
    try:
        store.bring_forward(checkpoints)
    finally:
        store.close()


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
