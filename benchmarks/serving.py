"""The server: its cached page beside a bare route, its memory beside a bare worker. Each server is its own process."""

import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benchmarks.installation import Installation
from benchmarks.measure import Result, Timings

CONNECTIONS = 16
REQUESTS = 3000
ROUNDS = 9
MEMORY_REQUESTS = 1000
RATE_FACTOR = 1000  # every request is counted, none is refused
_START_S = 30.0


@dataclass(frozen=True)
class Server:
    """A server in a process of its own."""

    port: int
    process: int

    def ask(self, count: int, *paths: str, connections: int = CONNECTIONS) -> float:
        """Send requests from another process, and give the milliseconds that 99 % of the answers stayed below."""
        command = [sys.executable, "-m", "benchmarks.client", str(self.port), str(connections), str(count), *paths]
        done = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603 - our own module
        answered, p99_ms = done.stdout.split()
        if int(answered) != count:
            raise RuntimeError(f"expected {count} good answers, found {answered}")
        return float(p99_ms)

    @property
    def process_cpu_s(self) -> float:
        """CPU time of all threads so far, in seconds."""
        fields = Path(f"/proc/{self.process}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    @property
    def cpu_s(self) -> float:
        """CPU time of the main thread so far, in seconds: both servers answer on their event loop."""
        fields = Path(f"/proc/{self.process}/schedstat").read_text(encoding="ascii").split()
        return int(fields[0]) / 1e9

    @property
    def pss_mib(self) -> float:
        """Memory with shared pages divided by their users, in MiB."""
        text = Path(f"/proc/{self.process}/smaps_rollup").read_text(encoding="ascii")
        return int(text.partition("\nPss:")[2].split()[0]) / 1024


def page(installation: Installation) -> list[Result]:
    """Ask for one label page again and again, and for the same bytes from a bare route."""
    label = installation.issue("hook", 3)
    path = f"/L/{label.id}"
    with service(installation) as ours:
        file = save_answer(ours.port, path, installation.folder)
        with bare("page", file) as theirs:
            timings, tails = per_request({"service": (ours, path), "bare": (theirs, path)})
    return [
        Result(
            f"cached label page, {CONNECTIONS} connections",
            "bare Starlette route with the same bytes",
            f"{timings.per_second('service')} of {timings.per_second('bare')} and core",
            timings.share("bare", "service"),
            "≥ 0.8",
        ),
        Result(
            f"99 % of cached label pages, {CONNECTIONS} connections",
            "bare Starlette route with the same bytes",
            f"{tails['service']:.2f} ms of {tails['bare']:.2f} ms",
            tails["service"] / tails["bare"],
            "≤ 2.0",
        ),
        Result("size of a label page", "", f"{file.stat().st_size / 1000:.1f} kB"),
    ]


def memory(installation: Installation) -> list[Result]:
    """Weigh the server after its start and after 1,000 requests, beside a bare worker that did the same."""
    label = installation.issue("hook", 4)
    paths = [f"/L/{label.id}", f"/L/{label.id}/method", f"/L/{label.id}.jwt", f"/L/{label.id}.json", "/log/checkpoint"]
    results = []
    with service(installation) as ours, bare("worker", installation.folder / "items.db") as theirs:
        for when, asked in (("after start", 1), (f"after {MEMORY_REQUESTS} requests", MEMORY_REQUESTS)):
            ours.ask(asked, *paths)
            theirs.ask(asked, "/items/1")
            results.append(
                Result(
                    f"memory of the server {when}",
                    "bare FastAPI + SQLModel worker",
                    f"{ours.pss_mib:.0f} MiB of {theirs.pss_mib:.0f} MiB",
                    ours.pss_mib / theirs.pss_mib,
                    "≤ 1.3",
                )
            )
    return results


@contextmanager
def service(installation: Installation) -> Iterator[Server]:
    """Run `label-service serve` on an installation."""
    port = _free_port()
    identity = installation.scheme.identity
    environment = {
        "LABEL_SERVICE_DATA": str(installation.folder / "data"),
        "LABEL_SERVICE_KEYS": str(installation.folder / "keys"),
        "LABEL_SERVICE_ORIGIN": identity.origin,
        "LABEL_SERVICE_NAME": identity.name,
        "LABEL_SERVICE_RATE_FACTOR": str(RATE_FACTOR),
        "LABEL_SERVICE_MODE": "demo" if identity.is_demo else "scheme",
    }
    with _running(["label_service", "serve", "--port", str(port)], port, environment) as server:
        yield server


@contextmanager
def bare(kind: str, file: Path) -> Iterator[Server]:
    """Run a bare server, see `benchmarks.bare`."""
    port = _free_port()
    with _running(["benchmarks.bare", kind, str(port), str(file)], port, {}) as server:
        yield server


@contextmanager
def _running(module: list[str], port: int, environment: dict[str, str]) -> Iterator[Server]:
    command = [sys.executable, "-m", *module]
    quiet = subprocess.DEVNULL  # the service logs a line for each request
    with subprocess.Popen(command, env=os.environ | environment, stdout=quiet, stderr=quiet) as process:  # noqa: S603
        try:
            _wait(port)
            yield Server(port, process.pid)
        finally:
            process.terminate()


def _wait(port: int) -> None:
    """Wait until something answers on a port."""
    end = time.monotonic() + _START_S
    while time.monotonic() < end:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise RuntimeError(f"no server answers after {_START_S:.0f} s")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def per_request(servers: dict[str, tuple[Server, str]]) -> tuple[Timings, dict[str, float]]:
    """Give CPU seconds of a server per request, servers in turns, and the median of the slow ends in milliseconds."""
    seconds: dict[str, list[float]] = {name: [] for name in servers}
    tails: dict[str, list[float]] = {name: [] for name in servers}
    for _ in range(ROUNDS):
        for name, (server, path) in servers.items():
            server.ask(CONNECTIONS, path)
            start = server.cpu_s
            tails[name].append(server.ask(REQUESTS, path))
            seconds[name].append((server.cpu_s - start) / REQUESTS)
    return Timings(seconds), {name: median(found) for name, found in tails.items()}


def save_answer(port: int, path: str, folder: Path) -> Path:
    """Keep body and headers of an answer for the bare route."""
    connection = http.client.HTTPConnection("127.0.0.1", port)
    connection.request("GET", path)
    answer = connection.getresponse()
    file = folder / "page.html"
    file.write_bytes(answer.read())
    own = {"date", "server", "content-length"}
    lines = [f"{name}: {value}" for name, value in answer.getheaders() if name.lower() not in own]
    file.with_suffix(".headers").write_text("\n".join(lines), encoding="ascii")
    connection.close()
    return file
