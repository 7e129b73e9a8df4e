"""`label-service serve` as operators run it: a process of its own, stopped by a signal."""

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager

import httpx

from tests import databases
from tests.stage import example


def free_port():
    """Give a port where nobody listens."""
    with socket.socket() as line:
        line.bind(("127.0.0.1", 0))
        return line.getsockname()[1]


@contextmanager
def serving(environment, port):
    """Run the server until the end of the block, then stop it as a service manager does."""
    process = subprocess.Popen(
        [sys.executable, "-m", "label_service", "serve", "--port", str(port)],
        env=os.environ | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=5) as client:
            wait_until_healthy(client, process)
            yield client
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=20)
        assert "Traceback" not in out + err
    finally:
        process.kill()
        process.communicate()


def wait_until_healthy(client, process):
    """Wait until the service says that it is there."""
    deadline = time.monotonic() + 30
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
