"""Backups of a running installation, and what a restore refuses."""

import io
import threading
from shutil import copytree

import pytest

from label_service.errors import BackupTooOld, Conflict, InvalidDocument, InvalidKey, NotFound, Refused
from label_service.operation import restore as module
from label_service.operation.backup import back_up, prune
from label_service.operation.manifest import digest_of, read_manifest
from label_service.operation.restore import restore, restore_keys
from label_service.store.unavailable import StoreUnavailable
from label_service.verify import inspect_bundle
from tests.databases import copy_installation, url_of
from tests.operation.conftest import place_of
from tests.stage import NOON, open_stage


def saved(stage, folder, **options):
    """Back the installation of a stage up."""
    return back_up(place_of(stage.folder), folder, stage.clock(), **options)


def another(tmp_path, stage, name="elsewhere"):
    """Give an empty place with the keys of an installation, and its auditor."""
    folder = tmp_path / name
    for part in ("keys", "auditor"):
        copytree(stage.folder / part, folder / part)
    return folder


def put_back(folder, backup, newest=None, *, is_newest=False):
    """Restore a backup into a place."""
    return restore(place_of(folder), backup, newest, is_newest=is_newest)


def test_a_backup_comes_back_as_it_was(own_stage, tmp_path):
    """Every label verifies from the restored installation, which goes on issuing."""
    backup = saved(own_stage, tmp_path / "backups")
    folder = another(tmp_path, own_stage)
    manifest = put_back(folder, backup, is_newest=True)
    assert manifest.entries == manifest.checkpoint_size > 0
    again = open_stage(folder, own_stage.clock)
    for label_id in own_stage.labels.values():
        bundle = again.scheme.labels.bundle(label_id)
        assert bundle == own_stage.scheme.labels.bundle(label_id)
        assert inspect_bundle(bundle, own_stage.roots, own_stage.at).exit_code == 0
    again.issue("hook", salt="8" * 32)
    again.scheme.close()


def test_private_keys_stay_out_unless_asked_for(own_stage, tmp_path, phrase):
    """No byte of a private key is in a backup; asked for, they come encrypted and open under their passphrase alone."""
    plain = saved(own_stage, tmp_path / "backups")
    private = [file.read_bytes() for file in (own_stage.folder / "keys").glob("*.pem")]
    kept = [file.read_bytes() for file in plain.rglob("*") if file.is_file()]
    assert private
    assert not any(key.splitlines()[1] in content for key in private for content in kept)
    own_stage.clock.forward(hours=1)
    closed = saved(own_stage, tmp_path / "backups", phrase_file=phrase)
    sealed = (closed / "keys.tar.age").read_bytes()
    assert sealed.startswith(b"age-encryption.org/v1")
    assert not any(key.splitlines()[1] in sealed for key in private)
    with pytest.raises(NotFound, match="no private keys"):
        restore_keys(place_of(tmp_path / "new"), plain, phrase)
    names = restore_keys(place_of(tmp_path / "new"), closed, phrase)
    assert {"label-1.pem", "log-1.pem", "delegation.jwt"} <= set(names)
    for file in (own_stage.folder / "keys").iterdir():
        assert (tmp_path / "new" / "keys" / file.name).read_bytes() == file.read_bytes()
    with pytest.raises(Conflict, match="already"):
        restore_keys(place_of(tmp_path / "new"), closed, phrase)
    phrase.write_text("wrong horse")
    with pytest.raises(InvalidKey, match="wrong passphrase"):
        restore_keys(place_of(tmp_path / "third"), closed, phrase)


def test_a_backup_while_labels_are_issued_is_whole(own_stage, tmp_path):
    """Whatever is written meanwhile, the database of a backup covers its checkpoints."""
    end = threading.Event()

    def issue():
        number = 0
        while not end.is_set():
            number += 1
            own_stage.issue("hook", salt=f"{number:032x}")

    writer = threading.Thread(target=issue)
    writer.start()
    try:
        backups = []
        for _ in range(3):
            own_stage.clock.forward(minutes=1)
            backups.append(saved(own_stage, tmp_path / "backups"))
    finally:
        end.set()
        writer.join()
    for number, backup in enumerate(backups):
        manifest = put_back(another(tmp_path, own_stage, f"copy-{number}"), backup, is_newest=True)
        assert manifest.checkpoint_size <= manifest.entries


def test_an_old_backup_is_refused_under_a_newer_checkpoint(own_stage, tmp_path):
    """A log that signed more than the backup holds is never continued from it, and nothing is touched."""
    backup = saved(own_stage, tmp_path / "backups")
    own_stage.issue("hook", salt="8" * 32)
    newest = tmp_path / "newest"
    newest.write_bytes(own_stage.files.read("log/checkpoint"))
    folder = another(tmp_path, own_stage)
    with pytest.raises(BackupTooOld, match="has signed") as refused:
        put_back(folder, backup, newest)
    assert "newer backup" in refused.value.hint
    assert not (folder / "data").exists()
    (folder / "data").mkdir()
    for file in (own_stage.folder / "data").glob("checkpoints.db*"):
        (folder / "data" / file.name).write_bytes(file.read_bytes())
    with pytest.raises(BackupTooOld):
        put_back(folder, backup, is_newest=True)
    assert not (folder / "data" / "label.db").exists()


def test_what_was_signed_last_must_be_said(own_stage, tmp_path):
    """Without a checkpoint store the operator names the newest checkpoint, or says that the backup is the newest."""
    backup = saved(own_stage, tmp_path / "backups")
    folder = another(tmp_path, own_stage)
    with pytest.raises(Refused, match="never be signed"):
        put_back(folder, backup)
    newest = tmp_path / "newest"
    newest.write_bytes(own_stage.files.read("log/checkpoint"))
    put_back(folder, backup, newest)
    open_stage(folder, own_stage.clock).scheme.close()


def test_a_backup_of_another_history_is_refused(own_stage, founded, tmp_path):
    """A checkpoint of another tree of the same log does not agree with the backup."""
    own_stage.issue("hook", salt="8" * 32)
    backup = saved(own_stage, tmp_path / "backups")
    other = open_stage(copy_installation(founded[0], tmp_path / "fork"), own_stage.clock)
    other.issue("hook", salt="9" * 32)
    newest = tmp_path / "newest"
    newest.write_bytes(other.files.read("log/checkpoint"))
    other.scheme.close()
    with pytest.raises(BackupTooOld, match="another tree"):
        put_back(another(tmp_path, own_stage), backup, newest)


def test_a_restore_that_was_broken_off_is_done_again(own_stage, tmp_path, monkeypatch):
    """At whatever file it stops, there is no half database, and the next try finishes."""
    backup = saved(own_stage, tmp_path / "backups")
    folder = another(tmp_path, own_stage)
    true_copy, calls = module.copy_durably, []

    def breaks(source, target):
        calls.append(target)
        if len(calls) == 5:
            raise KeyboardInterrupt
        true_copy(source, target)

    monkeypatch.setattr(module, "copy_durably", breaks)
    with pytest.raises(KeyboardInterrupt):
        put_back(folder, backup, is_newest=True)
    assert not list((folder / "data").glob("*label.db*"))
    monkeypatch.undo()
    put_back(folder, backup, is_newest=True)
    again = open_stage(folder, own_stage.clock)
    assert again.scheme.labels.bundle(own_stage.labels["hook"])
    again.scheme.close()


@pytest.mark.parametrize("name", ["checkpoints.jsonl", "public/log/checkpoint", "label.*"])
def test_a_damaged_backup_is_refused(own_stage, tmp_path, name):
    """One byte that differs, or a file that is gone, is named before anything is put in place."""
    backup = saved(own_stage, tmp_path / "backups")
    folder = another(tmp_path, own_stage)
    file = next(backup.glob(name))
    content = bytearray(file.read_bytes())
    content[-1] ^= 1
    file.write_bytes(bytes(content))
    with pytest.raises(InvalidDocument, match="is not what was backed up"):
        put_back(folder, backup, is_newest=True)
    file.unlink()
    with pytest.raises(InvalidDocument, match="lacks"):
        put_back(folder, backup, is_newest=True)
    assert not (folder / "data").exists()


def test_a_restore_overwrites_nothing(own_stage, tmp_path):
    """Where there is a database, or the backup is of another scheme, nothing happens."""
    backup = saved(own_stage, tmp_path / "backups")
    with pytest.raises(Conflict, match="already"):
        put_back(own_stage.folder, backup)
    other = place_of(tmp_path / "other")._replace(origin="https://other.example")
    with pytest.raises(Refused, match=r"other\.example"):
        restore(other, backup, None, is_newest=True)
    with pytest.raises(NotFound, match="manifest"):
        put_back(tmp_path / "other", tmp_path)


def test_the_manifest_names_every_file_with_its_digest(own_stage, tmp_path):
    """Evidence and public files come along, and each can be checked alone."""
    digest, _ = own_stage.scheme.evidence.keep(io.BytesIO(b"; generated by a slicer\n"))
    backup = saved(own_stage, tmp_path / "backups")
    manifest = read_manifest(backup)
    names = {file.name for file in manifest.files}
    assert f"evidence/{digest[:2]}/{digest}" in names
    assert {"checkpoints.jsonl", "public/log/checkpoint"} <= names
    for file in manifest.files:
        assert digest_of(backup / file.name) == (file.size, file.sha256)
    folder = another(tmp_path, own_stage)
    put_back(folder, backup, is_newest=True)
    assert (folder / "data" / "evidence").stat().st_mode & 0o777 == 0o700


def test_a_backup_that_fails_leaves_nothing(tmp_path, own_stage):
    """Where there is no installation, or a key cannot be read, there is no backup and no half of one."""
    nothing = place_of(tmp_path / "nothing", f"sqlite:///{tmp_path}/nothing.db")
    with pytest.raises((NotFound, StoreUnavailable)):
        back_up(nothing, tmp_path / "backups", NOON)
    with pytest.raises(InvalidKey):
        saved(own_stage, tmp_path / "backups", phrase_file=tmp_path / "no-phrase")
    assert not list((tmp_path / "backups").glob("*"))
    assert not list((tmp_path / "backups").glob(".*"))


def test_old_backups_are_removed(own_stage, tmp_path):
    """The newest stay; what a killed backup left goes after a day; other folders are left alone."""
    target = tmp_path / "backups"
    for _ in range(3):
        own_stage.clock.forward(hours=1)
        saved(own_stage, target)
    (target / ".20200101T000000Z.partial").mkdir()
    (target / "mine").mkdir()
    gone = prune(target, 2, own_stage.clock())
    assert gone == ["20261120T130000Z"]
    assert sorted(folder.name for folder in target.iterdir()) == ["20261120T140000Z", "20261120T150000Z", "mine"]


def test_the_commands_back_up_and_restore(call, own_stage, tmp_path):
    """`backup` and `restore` say what they did; a refusal has a code of its own and says what to do."""
    own_stage.scheme.close()
    settings = {
        "LABEL_SERVICE_DATA": own_stage.folder / "data",
        "LABEL_SERVICE_KEYS": own_stage.folder / "keys",
        "LABEL_SERVICE_DATABASE_URL": url_of(own_stage.folder),
        "LABEL_SERVICE_MODE": "demo",
    }
    done = call("backup", tmp_path / "backups", "--keep", "2", **settings)
    assert "without private keys" in done.out, done.err
    (backup,) = (tmp_path / "backups").iterdir()
    folder = another(tmp_path, own_stage)
    place = {
        "LABEL_SERVICE_DATA": folder / "data",
        "LABEL_SERVICE_KEYS": folder / "keys",
        "LABEL_SERVICE_DATABASE_URL": url_of(folder),
        "LABEL_SERVICE_MODE": "demo",
    }
    refused = call("restore", backup, **place)
    assert (refused.code, "--checkpoint" in refused.err) == (2, True)
    again = open_stage(own_stage.folder, own_stage.clock)
    again.issue("hook", salt="8" * 32)
    newest = tmp_path / "newest"
    newest.write_bytes(again.files.read("log/checkpoint"))
    again.scheme.close()
    old = call("restore", backup, "--checkpoint", newest, **place)
    assert (old.code, "backup-too-old" in old.err) == (1, True)
    put = call("restore", backup, "--newest", **place)
    assert "roots and digests hold" in put.out
    assert call("doctor", **place).code in {0, 3}
