"""Nobody is a gatekeeper: two operators, three witnesses, four makers, a lie that is caught, and a scheme that ends."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from label_service.issuance.clock import now
from label_service.label.hand_over import read_hand_over
from label_service.tlog.checkpoint import Checkpoint, sign_checkpoint
from label_service.tlog.witness import AddCheckpoint
from tests import databases
from tests.cli.test_serve import free_port, serving
from tests.commands import command
from tests.examples import batch, entry, hooks, legs, plates, step
from tests.serving import plain_server
from tests.stage import Stage, found_stage
from tests.web.site import open_browser

WITNESSES = ("w1.example", "w2.example", "w3.example")


@dataclass
class Operator:
    """A scheme with its own issuer, log and auditor, and the commands of whoever runs it."""

    name: str
    stage: Stage
    port: int
    call: Callable[..., Any]

    @property
    def environment(self) -> dict[str, str]:
        """Give what the environment of its commands says."""
        return databases.environment(self.stage.folder) | {
            "LABEL_SERVICE_KEYS": str(self.stage.folder / "keys"),
            "LABEL_SERVICE_NAME": self.stage.scheme.identity.name,
            "LABEL_SERVICE_MODE": "demo",
            "LABEL_SERVICE_ORIGIN": self.stage.scheme.identity.origin,
        }

    @property
    def did(self) -> str:
        """Give the name of its issuer."""
        return self.stage.scheme.identity.did

    def run(self, *arguments: Any) -> str:
        """Run a command of this operator that succeeds, and give what it says."""
        done = self.call(*arguments, **self.environment)
        assert done.code == 0, done.err
        return str(done.out)

    def trust_list(self, folder: Path) -> Path:
        """Write the newest trust list to a file, as anybody can fetch it."""
        file = folder / f"{self.name}.jwt"
        file.write_text(self.stage.scheme.register.text())
        return file

    def label(self, document: dict[str, Any]) -> str:
        """Bring a declaration to its label, and give its id."""
        found = self.stage.submit("hook", **document)
        self.stage.scheme.attestations.add(found.id, self.stage.attest(found))
        return self.stage.scheme.labels.issue(found.id).id

    def newest(self) -> Checkpoint:
        """Give the public checkpoint."""
        return Checkpoint.parse(self.stage.files.read("log/checkpoint").decode())


@dataclass
class World:
    """Everybody, and a folder for what is handed around as files."""

    folder: Path
    call: Callable[..., Any]
    north: Operator
    south: Operator
    witnesses: dict[Path, str]

    def verify(self, subject: Any, *operators: Operator, options: tuple[Any, ...] = ()) -> str:
        """Verify in a process of its own with roots and newest lists of operators; every step holds."""
        files = [item for one in operators for item in ("--root", one.stage.root_file)]
        files += [item for one in operators for item in ("--trust-list", one.trust_list(self.folder))]
        done = command("verify", *files, *options, subject)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


@pytest.fixture
def world(tmp_path, call):
    """Found two operators and three witnesses that know both logs, each witness a process."""
    with ExitStack() as opened:
        operators = []
        for name in ("north", "south"):
            port = free_port()
            stage = found_stage(tmp_path / name, clock=now, origin=f"http://localhost:{port}")
            opened.callback(stage.scheme.close)
            operators.append(Operator(name, stage, port, call))
        folders = [witness_of(tmp_path / name, operators, call) for name in WITNESSES]
        witnesses = {folder: opened.enter_context(process_of(folder, free_port())) for folder in folders}
        yield World(tmp_path, call, *operators, witnesses)


def witness_of(folder, operators, call):
    """Make a witness that knows the logs of all operators by their trust lists."""
    assert call("witness", "init", folder.name, "--folder", folder).code == 0
    for one in operators:
        known = ("--trust-list", one.trust_list(folder.parent), "--root", one.stage.root_file)
        done = call("witness", "add-log", one.stage.scheme.identity.log, *known, "--folder", folder)
        assert (done.code, "1 new keys" in done.out) == (0, True), done.err
    return folder


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


def goods(document, name, maker, salt, **members):
    """Give a declaration of a maker."""
    producer = {"id": f"https://{maker.lower()}.example", "name": maker, "country": "DEU"}
    product = document["product"] | {"name": name}
    return document | {"producer": producer, "product": product, "salt": salt * 32, **members}


def shades():
    """Give four lampshades sewn from cotton, everything measured."""
    cloth = {"id": "body", "material": "cotton-fabric", "net": entry("0.4", "kg"), "gross": entry("0.44", "kg")}
    making = step(energy=entry("0.2", "kWh"), duration=entry("2", "h"))
    product = {"family": "sewing_textile"}
    return batch(product, "sewing_domestic", materials=[cloth], steps=[making], **legs())


def of(part):
    """Give a line of `parts`: one for each of four goods."""
    return {"id": part.name.lower(), "kind": "label", "digest": part.digest, "amount": entry("4", "piece", "as_made")}


def test_two_schemes_three_witnesses_and_four_makers(world):
    """A lamp of parts of both schemes verifies to either root; a lie is caught; labels outlive who issued them."""
    join(world)
    stand = make_the_lamp(world)
    with serving(world.north.environment, world.north.port) as client:
        lamp = read_it_from_the_service(world, client)
        honest_and_lying(world)
    verify_with_files_alone(world, lamp, stand)
    archive = close(world)
    verify_from_the_archive(world, archive, lamp, stand)


def join(world):
    """Both list the three witnesses, ask for two of them, and list each other."""
    for one in (world.north, world.south):
        for folder, address in world.witnesses.items():
            one.run("keys", "add-witness", folder / "witness.pub", address)
        one.run("keys", "witness-quorum", "2")
        assert "w2.example, witness at" in one.run("keys", "list")
    for one, other in ((world.north, world.south), (world.south, world.north)):
        said = one.run("federation", "add", other.trust_list(world.folder), "--root", other.stage.root_file)
        assert f"({other.did}) is on the trust list" in said


def make_the_lamp(world):
    """A printed arm and a sewn shade of the other scheme become a lamp, and the lamp becomes part of a stand there."""
    north, south = world.north.stage.scheme, world.south.stage.scheme
    world.north.stage.labels["arm"] = world.north.label(goods(hooks(), "Arm", "Printhub", "1"))
    world.south.stage.labels["shade"] = world.south.label(goods(shades(), "Shade", "Atelier", "2"))
    south.witnessing.ask()
    shade = north.parts.take(south.labels.bundle(world.south.stage.labels["shade"]))
    parts = [of(north.parts.of_label(world.north.stage.labels["arm"])), of(shade)]
    world.north.stage.labels["lamp"] = world.north.label(goods(hooks(), "Lamp", "Lampworks", "3", parts=parts))
    north.witnessing.ask()
    lamp = south.parts.take(north.labels.bundle(world.north.stage.labels["lamp"]))
    return world.south.label(goods(plates() | legs(), "Stand", "Metalworks", "4", parts=[of(lamp)]))


def read_it_from_the_service(world, client):
    """The service of the first operator collects cosignatures by itself; its bundle carries them."""
    wait_until(lambda: len(Checkpoint.parse(client.get("/log/checkpoint").text).note.signatures) == 1 + len(WITNESSES))
    file = world.folder / "lamp.json"
    file.write_bytes(client.get(f"/L/{world.north.stage.labels['lamp']}.json").content)
    done = world.call("verify", "--root", world.north.stage.root_file, file)
    assert "witnessed: seen by 3 of 3 witnesses (quorum 2)" in done.out
    return file


def wait_until(is_so):
    """Wait for what happens beside everything else."""
    deadline = time.monotonic() + 90
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.2)


def honest_and_lying(world):
    """The second operator signs another tree: no witness cosigns it, all keep it, and it convicts whoever signed."""
    liar, folder = world.south, world.folder
    liar.stage.scheme.witnessing.ask()
    honest = liar.newest()
    lie = sign_checkpoint(honest.origin, honest.size, bytes(range(32)), liar.stage.signers.log)
    for address in world.witnesses.values():
        said = httpx.post(f"{address}/add-checkpoint", content=str(AddCheckpoint(0, (), lie)))
        assert (said.status_code, said.text) == (409, f"{honest.size}\n")
    (folder / "seen-elsewhere.txt").write_text(str(lie))
    lists = ("--trust-list", liar.trust_list(folder), "--root", liar.stage.root_file)
    source = (liar.stage.folder / "data" / "public", *lists)
    found = folder / "proof.json"
    caught = world.call("audit-log", *source, "--against", folder / "seen-elsewhere.txt", "--evidence", found)
    assert (caught.code, "SPLIT VIEW" in caught.out) == (1, True), caught.err
    shown = world.call("witness", "show", "--folder", next(iter(world.witnesses)), "--evidence", folder / "kept")
    assert (shown.code, "another tree of the size that this witness saw last" in shown.out) == (1, True)
    for proof in (found, folder / "kept" / "split-view-1.json"):
        assert world.call("audit-log", *source, "--against", proof).code == 1
    open_one = world.north.stage
    address = (open_one.scheme.identity.origin, "--root", open_one.root_file)
    same = world.call("audit-log", *address, "--against", open_one.folder / "data" / "public")
    assert (same.code, "ONE TREE" in same.out) == (0, True), same.err


def verify_with_files_alone(world, lamp, stand):
    """Whichever root somebody pinned, files are enough: the stand, its lamp, and the arm and shade of that."""
    file = world.folder / "stand.json"
    file.write_bytes(world.south.stage.scheme.labels.bundle(stand))
    for operators in ((world.north,), (world.south,), (world.north, world.south)):
        assert "parts: 1 parts hold: Lamp of Lampworks" in world.verify(file, *operators)
    said = world.verify(lamp, world.south)
    assert "parts: 2 parts hold: Arm of Printhub, Shade of Atelier" in said


def close(world):
    """The second operator ends with a label of this minute in its log, and hands over to the first."""
    south, archive, token = world.south, world.folder / "archive", world.folder / "hand-over.jwt"
    last = south.label(goods(shades(), "Shade", "Atelier", "5"))
    said = south.run("federation", "close", "--to", world.north.did, "--archive", archive, "--out", token)
    assert "3 of 3 witnesses have seen its last tree" in said
    assert read_hand_over(token.read_text().strip())[1].final.size == south.newest().size
    world.north.run("federation", "take-over", token, "--archive", archive)
    world.north.stage.scheme.witnessing.ask()
    world.verify(archive / "L" / f"{last}.json", world.north)
    return archive


def verify_from_the_archive(world, archive, lamp, stand):
    """With the service gone a plain web server is enough: the command, the page, the log, and goods built on them."""
    assert "Shade of Atelier" in world.verify(lamp, world.north)
    audited = world.call("audit-log", "--root", archive / "root.pub", archive)
    assert audited.code == 0, audited.err
    with plain_server(archive) as origin, open_browser() as browser:
        assert "parts: 1 parts hold: Lamp" in world.verify(f"{origin}/L/{stand}", world.north)
        page = browser.new_page()
        assert page.goto(f"{origin}/L/{stand}").ok
        page.wait_for_selector("#checked ol li:nth-child(13)", timeout=60_000)
        assert page.locator("#checked ol li.fails").count() == 0
        page.close()
