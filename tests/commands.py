"""Running the command line in a process of its own, as users and other programs do."""

import os
import subprocess
import sys
from typing import Any, NamedTuple


class Ended(NamedTuple):
    """How a command ended."""

    code: int
    out: str
    err: str


def command(*arguments: Any, **environment: Any) -> "subprocess.CompletedProcess[str]":
    """Run `label-service`; members of the environment are set, or taken away where they are None."""
    return python("-m", "label_service", *arguments, **environment)


def python(*arguments: Any, **environment: Any) -> "subprocess.CompletedProcess[str]":
    """Run Python with arguments."""
    given = {**os.environ, **{name: value for name, value in environment.items() if value is not None}}
    kept = {name: str(value) for name, value in given.items() if environment.get(name, "") is not None}
    return subprocess.run(
        [sys.executable, *map(str, arguments)], capture_output=True, text=True, check=False, env=kept, timeout=120
    )
