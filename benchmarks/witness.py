"""What a witness costs: `python -m benchmarks.witness`.

CPU for 1,000 checkpoints of a log of ten million entries, disk of its memory, and the memory of its process.
"""

import socket
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from label_service.merkle import leaf_hash, node_hash
from label_service.tlog.checkpoint import sign_checkpoint
from label_service.tlog.note import VerifierKey
from label_service.tlog.tree import consistency_path, root_from_nodes
from label_service.tlog.witness import AddCheckpoint
from label_service.witness.house import House
from label_service.witness.memory import Memory
from label_service.witness.witness import Witness
from tests.signers import signer

CHECKPOINTS, ENTRIES, GROWTH = 1000, 10_000_000, 17
ORIGIN, LOG, WITNESS = "log.example/bench", signer(231), signer(232)
STARTING_S = 60


def main() -> None:
    """Measure and print."""
    requests = _requests()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        memory = Memory(folder / "witness.db")
        logs = {ORIGIN: [VerifierKey(ORIGIN, LOG.public_key)]}
        witness = Witness("witness.example", WITNESS, logs, memory, lambda: datetime.now(UTC))
        _cosign(witness, requests[:1])
        before = _bytes(folder)
        used_s, took_s = _cosign(witness, requests[1:])
        memory.close()
        lines = (
            f"CPU for {len(requests) - 1} checkpoints: {used_s:.2f} s; with the disk: {took_s:.2f} s",
            f"files after the first: {before} bytes; after all, closed: {_bytes(folder)} bytes",
            f"the last request has {len(requests[-1])} bytes",
            f"resident memory of `witness serve`: {_resident_mib(folder / 'served'):.0f} MiB",
        )
    sys.stdout.write("\n".join(lines) + "\n")


def _requests() -> list[bytes]:
    """Grow a log of equal entries, whose nodes of one height are all the same."""
    nodes = [leaf_hash(b"entry")]
    while len(nodes) < 40:
        nodes.append(node_hash(nodes[-1], nodes[-1]))

    def node(height: int, _: int) -> bytes:
        return nodes[height]

    made, old = [], 0
    for size in range(ENTRIES, ENTRIES + CHECKPOINTS * GROWTH + 1, GROWTH):
        path = consistency_path(old, size, node) if old else []
        checkpoint = sign_checkpoint(ORIGIN, size, root_from_nodes(size, node), LOG)
        made.append(str(AddCheckpoint(old, tuple(path), checkpoint)).encode())
        old = size
    return made


def _cosign(witness: Witness, requests: list[bytes]) -> tuple[float, float]:
    """Have requests answered; give CPU and wall-clock time in seconds."""
    took, used = time.perf_counter(), time.process_time()
    for body in requests:
        if witness.add_checkpoint(body).status != 200:
            raise SystemExit("a checkpoint was refused")
    return time.process_time() - used, time.perf_counter() - took


def _bytes(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.iterdir())


def _resident_mib(folder: Path) -> float:
    """Start a witness as people do and look how much memory it takes."""
    House(folder).found("witness.example")
    with socket.socket() as line:
        line.bind(("127.0.0.1", 0))
        port = line.getsockname()[1]
    arguments = ["witness", "serve", "--folder", str(folder), "--port", str(port)]
    with subprocess.Popen([sys.executable, "-m", "label_service", *arguments]) as process:  # noqa: S603 - our own program
        try:
            _wait_for(port)
            status = Path(f"/proc/{process.pid}/status").read_text(encoding="ascii")
            return int(status.partition("VmRSS:")[2].split()[0]) / 1024
        finally:
            process.terminate()


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + STARTING_S
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise SystemExit("the witness did not start")


if __name__ == "__main__":
    main()
