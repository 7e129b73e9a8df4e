"""The start of `label-service verify`, beside an empty typer program; both as console scripts, bytecode cached."""

import os
import subprocess
import sys
from functools import partial
from pathlib import Path

from benchmarks.installation import Installation
from benchmarks.measure import Result, in_turns
from label_service.issuance.keyring import ROOT_FILE

ROUNDS = 25
WARM = 2

_MODULE = """import typer

app = typer.Typer()


@app.command()
def main() -> None:
    pass
"""
_SCRIPT = """#!{python}
import sys
from {module} import {name}
if __name__ == "__main__":
    sys.exit({name}())
"""


def start(installation: Installation) -> list[Result]:
    """Verify a bundle in a fresh process each time."""
    folder = installation.folder / "scripts"
    folder.mkdir()
    bundle = folder / "bundle.json"
    bundle.write_bytes(installation.scheme.labels.bundle(installation.issue("hook", 5).id))
    (folder / "empty_program.py").write_text(_MODULE, encoding="ascii")
    verify = [_script(folder, "verify", "label_service.cli", "main"), "verify"]
    verify += ["--root", str(installation.folder / ROOT_FILE), str(bundle)]
    commands = {
        "verify": verify,
        "typer": [_script(folder, "empty", "empty_program", "app")],
        "pydantic": [sys.executable, "-c", "import pydantic; pydantic.BaseModel"],
    }
    cases = {name: partial(_run, command, folder) for name, command in commands.items()}
    in_turns(cases, rounds=WARM)
    timings = in_turns(cases, rounds=ROUNDS)
    return [
        Result(
            "`label-service verify` of a bundle",
            "an empty typer program",
            f"{timings.seconds('verify') * 1000:.0f} ms of {timings.seconds('typer') * 1000:.0f} ms",
            timings.share("verify", "typer"),
            "≤ 1.0",
        ),
        Result(
            "`label-service verify` of a bundle",
            "importing pydantic's BaseModel",
            f"{timings.seconds('verify') * 1000:.0f} ms of {timings.seconds('pydantic') * 1000:.0f} ms",
            timings.share("verify", "pydantic"),
        ),
    ]


def _script(folder: Path, file: str, module: str, name: str) -> str:
    """Write a console script as pip does."""
    script = folder / file
    script.write_text(_SCRIPT.format(python=sys.executable, module=module, name=name), encoding="utf-8")
    script.chmod(0o755)
    return str(script)


def _run(command: list[str], folder: Path) -> None:
    """Run a command to its end, with bytecode kept in a folder of its own."""
    environment = os.environ | {"PYTHONPYCACHEPREFIX": str(folder / "bytecode"), "PYTHONDONTWRITEBYTECODE": ""}
    done = subprocess.run(command, env=environment, capture_output=True, check=False)  # noqa: S603 - our own script
    if done.returncode:
        raise RuntimeError(done.stderr.decode() or done.stdout.decode())
