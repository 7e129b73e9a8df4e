import os
import stat
import subprocess
import sys

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from label_service.errors import Conflict, InvalidKey
from label_service.issuance.keys import PASSPHRASE_VARIABLE, create_key, load_key, write_public
from label_service.trust.keys import verify_signature
from label_service.trust.trust_list import read_root


@pytest.fixture
def file(tmp_path):
    """Give a place for a key."""
    return tmp_path / "keys" / "auditor.pem"


def secret(file):
    """Give the characters of a key file that must not be shown."""
    return [line for line in file.read_text().splitlines() if line and not line.startswith("-----")]


def test_a_key_signs_after_it_was_written_and_read(file):
    """What the file holds is the key that was made."""
    made = create_key(file)
    read = load_key(file)
    assert read.public_key == made.public_key
    assert verify_signature(made.public_key, read.sign(b"message"), b"message")


def test_only_its_owner_can_read_a_key(file):
    """File and folder are closed to others from the first moment."""
    create_key(file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o610, 0o601, 0o777])
def test_a_key_open_to_others_is_not_used(file, mode):
    """A key that others could have read is refused, with what to do."""
    create_key(file)
    file.chmod(mode)
    with pytest.raises(InvalidKey) as refused:
        load_key(file)
    assert refused.value.hint == "chmod 600 the file"


def test_a_key_is_never_overwritten(file):
    """Making a key where there is one loses nothing."""
    made = create_key(file)
    with pytest.raises(Conflict, match="already"):
        create_key(file)
    assert load_key(file).public_key == made.public_key


def test_a_passphrase_closes_the_file(file, monkeypatch):
    """With a passphrase the file opens only under it, and no message shows key or phrase."""
    monkeypatch.setenv(PASSPHRASE_VARIABLE, "correct horse")
    made = create_key(file)
    assert b"ENCRYPTED" in file.read_bytes()
    assert load_key(file).public_key == made.public_key
    for phrase in ("wrong horse", ""):
        monkeypatch.setenv(PASSPHRASE_VARIABLE, phrase)
        with pytest.raises(InvalidKey) as refused:
            load_key(file)
        shown = f"{refused.value.as_problem()}"
        assert PASSPHRASE_VARIABLE in shown
        assert not any(part in shown for part in [*secret(file), "horse"])


def test_a_passphrase_for_an_open_file_is_an_error(file, monkeypatch):
    """Who expects a protected key is told that it is not."""
    create_key(file)
    monkeypatch.setenv(PASSPHRASE_VARIABLE, "correct horse")
    with pytest.raises(InvalidKey):
        load_key(file)


def pem(key):
    """Give a private key as PKCS#8."""
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\0\xff",
        b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
        pem(Ed25519PrivateKey.from_private_bytes(bytes(32)))[:-40],
        pem(ec.generate_private_key(ec.SECP256R1())),
        b"-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n",
    ],
)
def test_what_is_no_ed25519_key_is_refused(file, content):
    """Other keys, damaged files and other formats are named as such, without their content."""
    file.parent.mkdir()
    file.touch(mode=0o600)
    file.write_bytes(content)
    with pytest.raises(InvalidKey) as refused:
        load_key(file)
    assert not any(line in str(refused.value.as_problem()) for line in content.decode("latin-1").splitlines() if line)


def test_a_missing_key_is_named(tmp_path):
    """A path that leads nowhere, or to a folder, says which file was meant."""
    with pytest.raises(InvalidKey, match=r"cannot read the key file nowhere\.pem"):
        load_key(tmp_path / "nowhere.pem")
    with pytest.raises(InvalidKey):
        load_key(tmp_path)


def test_the_public_file_is_a_root_file(tmp_path):
    """What is handed over and pinned can be read by the verifier, and holds nothing private."""
    key = create_key(tmp_path / "root.pem")
    write_public(tmp_path / "root.pub", "Root of a test", key.public_key)
    assert read_root((tmp_path / "root.pub").read_bytes()) == (key.public_key, "Root of a test")
    assert not any(line in (tmp_path / "root.pub").read_text() for line in secret(tmp_path / "root.pem"))


def run(*arguments, **environment):
    """Run the command line."""
    return subprocess.run(
        [sys.executable, "-m", "label_service", *arguments],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **environment},
    )


def test_keys_new_makes_both_files_and_loses_none(tmp_path):
    """The command shows how to compare the key, and never writes over a private or public file."""
    file = tmp_path / "auditor.pem"
    made = run("keys", "new", str(file), "--name", "Jane Doe")
    assert made.returncode == 0
    assert "did:key:z6Mk" in made.stdout
    assert "thumbprint" in made.stdout
    assert read_root((tmp_path / "auditor.pub").read_bytes())[1] == "Jane Doe"
    shown = run("keys", "show", str(file))
    assert shown.stdout == made.stdout == run("keys", "show", str(tmp_path / "auditor.pub")).stdout
    private = file.read_bytes()
    again = run("keys", "new", str(file))
    assert again.returncode == 2
    assert "conflict" in again.stderr
    other = run("keys", "new", str(tmp_path / "auditor.pub"))
    assert other.returncode == 2
    assert file.read_bytes() == private
    assert not any(line in made.stdout + again.stderr + other.stderr for line in secret(file))


def test_a_key_shows_nothing_of_itself(file):
    """Whatever prints, logs or formats a key or the ring that holds it shows no part of it."""
    made = create_key(file)
    key = Ed25519PrivateKey.from_private_bytes(made._key.private_bytes_raw())
    hidden = [key.private_bytes_raw().hex(), repr(key.private_bytes_raw()), *secret(file)]
    shown = f"{made!r} {made} {vars(made)} {made.__reduce_ex__}"
    assert not any(part in shown for part in hidden)
