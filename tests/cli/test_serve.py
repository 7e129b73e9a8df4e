"""`label-service serve` as operators run it: a process of its own, stopped by a signal."""

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx

from tests import databases
from tests.stage import example


def free_port():
    """Give a port where nobody listens."""
    with socket.socket() as line:
        line.bind(("127.0.0.1", 0))
        return line.getsockname()[1]


@contextmanager
def serving(environment, port, workers=1):
    """Run the server until the end of the block, then stop it as a service manager does."""
    process = subprocess.Popen(
        [sys.executable, "-m", "label_service", "serve", "--port", str(port), "--workers", str(workers)],
        env=os.environ | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=5) as client:
            wait_until_healthy(client, process)
            client.process = process
            yield client
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=60)
        assert "Traceback" not in out + err
    finally:
        for pid in (*children(process), process.pid):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        process.communicate()


def wait_until_healthy(client, process):
    """Wait until the service says that it is there."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        assert process.poll() is None, process.stderr.read()
        try:
            if client.get("/healthz").status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.05)
    raise AssertionError("the server did not start")


def test_a_demo_is_served_and_keeps_what_it_took(call, tmp_path):
    """After a restart everything that was acknowledged is there."""
    port = free_port()
    environment = {
        **databases.environment(tmp_path),
        "LABEL_SERVICE_MODE": "demo",
        "LABEL_SERVICE_ORIGIN": f"http://localhost:{port}",
    }
    assert call("init", "--root", tmp_path / "root", **environment).code == 0
    with serving(environment, port) as client:
        summary = client.post("/api/v1/declarations", json=example("panel")).json()
        assert client.get("/readyz").text == "ready\n"
    with serving(environment, port) as client:
        assert client.get(f"/api/v1/declarations/{summary['id']}").json() == summary
        assert client.get("/.well-known/did.json").json()["id"] == f"did:web:localhost%3A{port}"


def test_a_scheme_is_closed_unless_it_says_demo(call, tmp_path):
    """The mode that needs no account is never the default."""
    port = free_port()
    environment = {**databases.environment(tmp_path), "LABEL_SERVICE_ORIGIN": "https://labels.example"}
    assert call("init", "--root", tmp_path / "root", **environment).code == 0
    with serving(environment, port) as client:
        assert client.post("/api/v1/declarations", json=example("panel")).status_code == 401


def children(process):
    """Give the workers of a server: its children that import the application."""
    found = []
    for file in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            parent = file.read_text().rpartition(")")[2].split()[1]
            if int(parent) == process.pid and b"spawn_main" in file.with_name("cmdline").read_bytes():
                found.append(int(file.parent.name))
    return found


def counted(port, method, status):
    """Give how many requests for declarations all workers have answered, once one of them serves the figures."""
    route = f'method="{method}",route="/api/v1/declarations/{{identifier}}",status="{status}"'
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        with suppress(httpx.TransportError):
            text = httpx.get(f"http://127.0.0.1:{port}/metrics", timeout=20).text
            return sum(
                float(line.split()[-1]) for line in text.splitlines() if "seconds_count" in line and route in line
            )
        time.sleep(0.2)
    raise AssertionError("nobody serves the figures")


def test_several_workers_are_one_service(call, tmp_path):
    """Whichever worker answers knows what another took; one that dies is started again and nothing is lost."""
    port, figures = free_port(), free_port()
    environment = {
        **databases.environment(tmp_path),
        "LABEL_SERVICE_MODE": "demo",
        "LABEL_SERVICE_ORIGIN": f"http://localhost:{port}",
        "LABEL_SERVICE_METRICS": f"127.0.0.1:{figures}",
    }
    assert call("init", "--root", tmp_path / "root", **environment).code == 0
    with serving(environment, port, workers=2) as client:
        taken = [client.post("/api/v1/declarations", json=example(name)).json() for name in ("panel", "hook")]
        first = children(client.process)
        assert len(first) == 2
        os.kill(first[0], signal.SIGKILL)
        deadline = time.monotonic() + 120
        while len(set(children(client.process)) - set(first)) < 1:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        for _ in range(8):  # each on a connection of its own, so that both workers answer some
            with httpx.Client(base_url=client.base_url, timeout=60) as another:
                found = [another.get(f"/api/v1/declarations/{item['id']}").json() for item in taken]
            assert found == taken
        assert counted(figures, "GET", "200") >= 8 * len(taken)  # one worker alone answered fewer
