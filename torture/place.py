"""Installations to torment: where they keep what, and how another process opens or serves them."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import httpx

from benchmarks.installation import Installation, open_installation
from label_service.issuance.clock import ClockWatch, now
from label_service.issuance.keyring import ROOT_FILE
from label_service.issuance.keys import load_key
from label_service.issuance.opening import CLOCKS_FOLDER, open_scheme
from label_service.issuance.setup import Identity

START_TIMEOUT_S = 120.0
_IDENTITY = Identity("http://localhost:8000", "Label service", is_demo=True)


@dataclass(frozen=True)
class Place:
    """Folder and databases of one installation; processes are told of it."""

    folder: Path
    database_url: str
    checkpoint_url: str | None = None

    @property
    def log(self) -> Path:
        """The public files of the log."""
        return self.folder / "data" / "public" / "log"

    @property
    def root_file(self) -> Path:
        """The root that people pin."""
        return self.folder / ROOT_FILE

    @property
    def environment(self) -> dict[str, str]:
        """What the environment says to commands."""
        return {
            "LABEL_SERVICE_DATA": str(self.folder / "data"),
            "LABEL_SERVICE_KEYS": str(self.folder / "keys"),
            "LABEL_SERVICE_ORIGIN": _IDENTITY.origin,
            "LABEL_SERVICE_NAME": _IDENTITY.name,
            "LABEL_SERVICE_MODE": "demo",
            "LABEL_SERVICE_DATABASE_URL": self.database_url,
            "LABEL_SERVICE_RATE_FACTOR": "0",
            **({"LABEL_SERVICE_CHECKPOINT_URL": self.checkpoint_url} if self.checkpoint_url else {}),
        }

    def open(self, clock: Callable[[], datetime] = now) -> Installation:
        """Open it as one more process would."""
        scheme, files = open_scheme(
            _IDENTITY,
            self.folder / "keys",
            self.folder / "data",
            self.database_url,
            clock,
            watch=ClockWatch(self.folder / "data" / CLOCKS_FOLDER),
            checkpoint_url=self.checkpoint_url,
        )
        return Installation(self.folder, scheme, files, load_key(self.folder / "auditor" / "auditor.pem"))

    def command(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """Run a command of the service on it to its end."""
        return subprocess.run(  # noqa: S603 - our own module
            [sys.executable, "-m", "label_service", *arguments],
            env=os.environ | self.environment,
            capture_output=True,
            text=True,
            check=False,
        )

    @contextmanager
    def served(self) -> Iterator["Server"]:
        """Serve it, ready to answer."""
        port = _free_port()
        command = [sys.executable, "-m", "label_service", "serve", "--port", str(port)]
        quiet = subprocess.DEVNULL
        began = time.monotonic()
        with subprocess.Popen(command, env=os.environ | self.environment, stdout=quiet, stderr=quiet) as process:  # noqa: S603
            try:
                _wait(port, process)
                yield Server(port, process, time.monotonic() - began)
            finally:
                process.kill()


@dataclass(frozen=True)
class Server:
    """A service in a process of its own; `ready_s` is how long it took to be ready."""

    port: int
    process: "subprocess.Popen[bytes]"
    ready_s: float

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def pss_mib(self) -> float:
        """Memory with shared pages divided by their users, in MiB."""
        text = Path(f"/proc/{self.process.pid}/smaps_rollup").read_text(encoding="ascii")
        return int(text.partition("\nPss:")[2].split()[0]) / 1024


def found(folder: Path, database_url: str = "", checkpoint_url: str | None = None) -> Place:
    """Found an installation, on a SQLite file of its own by itself, and leave it closed."""
    url = database_url or f"sqlite:///{folder / 'data' / 'label.db'}"
    open_installation(folder, _IDENTITY.origin, url, checkpoint_url).scheme.close()
    return Place(folder, url, checkpoint_url)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait(port: int, process: "subprocess.Popen[bytes]") -> None:
    """Wait until a server says that it is ready."""
    end = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < end and process.poll() is None:
        try:
            if httpx.get(f"http://127.0.0.1:{port}/readyz").status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.02)
    raise RuntimeError("the service did not get ready")
