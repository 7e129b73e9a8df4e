"""Witnesses as people run them: processes on the loopback address beside a service, and an operator who lies."""

import signal
import subprocess
import sys
import time
from contextlib import ExitStack, contextmanager

import httpx
import pytest

from label_service.issuance.clock import now
from label_service.tlog.checkpoint import Checkpoint, sign_checkpoint
from label_service.tlog.split_view import SplitView
from label_service.tlog.tiles import TileTree
from label_service.tlog.witness import AddCheckpoint
from tests import databases
from tests.cli.test_serve import free_port, serving
from tests.stage import found_stage

NAMES = ("w1.example", "w2.example", "w3.example")


@contextmanager
def process_of(folder, port):
    """Run a witness until the end of the block."""
    arguments = ["witness", "serve", "--folder", str(folder), "--port", str(port)]
    process = subprocess.Popen([sys.executable, "-m", "label_service", *arguments], stderr=subprocess.PIPE, text=True)
    address = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + 120
        while not answers(address):
            assert process.poll() is None, process.stderr.read()
            assert time.monotonic() < deadline
            time.sleep(0.05)
        yield address
        process.send_signal(signal.SIGTERM)
        assert "Traceback" not in process.communicate(timeout=60)[1]
    finally:
        process.kill()
        process.communicate()


def answers(address):
    """Tell whether a witness is there."""
    try:
        return httpx.get(address, timeout=5).status_code == 200
    except httpx.TransportError:
        return False


@pytest.fixture
def founded_witnesses(call, tmp_path):
    """Make three witnesses that know a log by its trust list."""

    def make(stage):
        trust_list = tmp_path / "trust-list.jwt"
        trust_list.write_text(stage.scheme.register.text())
        folders = [tmp_path / name for name in NAMES]
        for folder in folders:
            assert call("witness", "init", folder.name, "--folder", folder).code == 0
            known = ("--trust-list", trust_list, "--root", stage.root_file)
            done = call("witness", "add-log", stage.scheme.identity.log, *known, "--folder", folder)
            assert done.code == 0, done.err
            assert "1 new keys" in done.out
        return folders

    return make


def wait_for_cosignatures(client, count):
    """Wait until the served checkpoint carries so many lines beside the log's own."""
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline:
        checkpoint = Checkpoint.parse(client.get("/log/checkpoint").text)
        if len(checkpoint.note.signatures) == 1 + count:
            return checkpoint
        time.sleep(0.2)
    raise AssertionError("the witnesses did not cosign")


def test_three_witnesses_cosign_and_one_lie_is_caught(call, tmp_path, founded_witnesses):
    """A service and three witnesses, each a process; labels carry who has seen them, and a second tree convicts."""
    port = free_port()
    stage = found_stage(tmp_path / "stage", clock=now, origin=f"http://localhost:{port}")
    label = stage.issue("hook").id
    folders = founded_witnesses(stage)
    environment = databases.environment(stage.folder) | {
        "LABEL_SERVICE_KEYS": str(stage.folder / "keys"),
        "LABEL_SERVICE_NAME": "Test scheme",
        "LABEL_SERVICE_MODE": "demo",
        "LABEL_SERVICE_ORIGIN": stage.scheme.identity.origin,
    }
    environment = {name: str(value) for name, value in environment.items()}
    with ExitStack() as opened:
        addresses = [opened.enter_context(process_of(folder, free_port())) for folder in folders]
        for folder, address in zip(folders, addresses, strict=True):
            done = call("keys", "add-witness", folder / "witness.pub", address, **environment)
            assert done.code == 0, done.err
        assert call("keys", "witness-quorum", "2", **environment).code == 0
        assert "w2.example, witness at" in call("keys", "list", **environment).out
        client = opened.enter_context(serving(environment, port))
        honest = wait_for_cosignatures(client, 3)
        (tmp_path / "bundle.json").write_bytes(client.get(f"/L/{label}.json").content)
        verified = call("verify", "--root", stage.root_file, tmp_path / "bundle.json")
        assert verified.code == 0, verified.out
        assert "witnessed: seen by 3 of 3 witnesses (quorum 2)" in verified.out

        lie = lie_of(stage, honest)
        for address in addresses:
            said = httpx.post(f"{address}/add-checkpoint", content=str(AddCheckpoint(0, (), lie)))
            assert (said.status_code, said.text) == (409, f"{honest.size}\n")
        (tmp_path / "seen-elsewhere.txt").write_text(str(lie))
        source = (f"http://localhost:{port}", "--root", stage.root_file)
        against = ("--against", tmp_path / "seen-elsewhere.txt", "--evidence", tmp_path / "proof.json")
        caught = call("audit-log", *source, *against)
        assert caught.code == 1, caught.err
        assert "SPLIT VIEW" in caught.out
        same = call("audit-log", *source, "--against", stage.folder / "data" / "public")
        assert (same.code, "ONE TREE" in same.out) == (0, True)

        shown = call("witness", "show", "--folder", folders[0], "--evidence", tmp_path / "kept")
        assert shown.code == 1
        assert "another tree of the size that this witness saw last" in shown.out
        for proof in (tmp_path / "proof.json", tmp_path / "kept" / "split-view-1.json"):
            checked = call("audit-log", *source, "--against", proof)
            assert (checked.code, "SPLIT VIEW" in checked.out) == (1, True)
    stage.scheme.close()


def lie_of(stage, honest):
    """Sign another tree of the same size, as an operator who shows buyers what others never see."""
    return sign_checkpoint(honest.origin, honest.size, bytes(range(32)), stage.signers.log)


def test_a_fork_of_another_size_is_proven_by_what_it_grew_from(call, tmp_path, own_stage):
    """Where one source is smaller, the proof says what the larger was at that size; a stranger checks it alone."""
    folder = own_stage.folder / "data" / "public"
    trust_list = tmp_path / "trust-list.jwt"
    trust_list.write_text(own_stage.scheme.register.text())
    log = ("--trust-list", trust_list, "--root", own_stage.root_file, "--at", own_stage.at)
    smaller = sign_checkpoint(own_stage.scheme.identity.log, 3, bytes(32), own_stage.signers.log)
    (tmp_path / "other.txt").write_text(str(smaller))
    proof = tmp_path / "proof.json"
    done = call("audit-log", folder, *log, "--against", tmp_path / "other.txt", "--evidence", proof)
    assert done.code == 1, done.err
    found = SplitView.from_bytes(proof.read_bytes().strip())
    read = own_stage.files
    size = Checkpoint.parse(read.read("log/checkpoint").decode()).size
    assert found.root == TileTree(size, lambda name: read.read(f"log/{name}")).root(3).hex()
    assert call("audit-log", folder, *log, "--against", proof).code == 1
    larger = sign_checkpoint(own_stage.scheme.identity.log, size + 1, bytes(32), own_stage.signers.log)
    (tmp_path / "larger.txt").write_text(str(larger))
    assert call("audit-log", folder, *log, "--against", tmp_path / "larger.txt").code == 3
    assert not (tmp_path / "split-view.json").exists()
