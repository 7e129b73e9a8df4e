"""Runs what the pages of the documentation show.

- Lines that begin with `$ ` in a ```console block are run, page by page from top to bottom, in a folder that holds
  `var/demo` as `make demo ARGS=--once` leaves it. The lines below a command are its output: `…` stands for any text
  inside a line, a line of `…` alone for any lines. A command that shows no output must succeed.
- `curl` is answered by the demo site in the same process. `ID=…` takes the member `id` of its last answer.
- `export` holds for the rest of the page. What sets up a machine or runs for ever is checked: see `_CHECKED`.
- A ```json block below a line that says "saved as `NAME`:" is written to that file.
- ```python blocks are run.
"""

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

REPOSITORY = Path(__file__).parents[1]
DOCS = REPOSITORY / "docs"
PAGES = (REPOSITORY / "README.md", REPOSITORY / "CHANGELOG.md", *sorted(DOCS.rglob("*.md")))

_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_SAVED_AS = re.compile(r"saved as `([\w.]+)`:\s*\Z")
_CHECKED = ("make ", "git clone ", "python3 -m venv ", "verifier/bin/", "label-service serve", "label-service demo")


class Block(NamedTuple):
    """A fenced block: its language, text, and the file it is saved as."""

    language: str
    text: str
    file: str


def blocks(page: Path) -> Iterator[Block]:
    """Give the fenced blocks of a page that name a language."""
    text = page.read_text(encoding="utf-8")
    for found in _BLOCK.finditer(text):
        saved = _SAVED_AS.search(text[: found.start()])
        yield Block(found[1], found[2], saved[1] if saved else "")


def commands(block: Block) -> Iterator[tuple[str, str]]:
    """Give each command of a console block with the output shown below it."""
    for part in re.split(r"^\$ ", block.text, flags=re.MULTILINE)[1:]:
        command, _, shown = part.partition("\n")
        yield command, shown


def pattern(shown: str) -> re.Pattern[str]:
    """Give the expression that real output must match as a whole; spaces at the end of a line do not count."""
    lines = []
    for line in shown.rstrip("\n").split("\n"):
        if line.strip() == "…":
            lines.append(r"(?:[^\n]*\n)*?")
        else:
            lines.append("[^\n]*".join(re.escape(part) for part in line.rstrip().split("…")) + "\n")
    return re.compile("".join(lines) + r"\s*")


@dataclass
class Session:
    """A page being tried: its folder, environment, last exit code and last answer of the site."""

    folder: Path
    site: Callable[[], Any]
    environment: dict[str, str] = field(default_factory=dict)
    exit_code: int = 0
    answer: Any = None

    def run(self, command: str, shown: str) -> None:
        """Run one command and hold its output against what the page shows."""
        if command.startswith(_CHECKED):
            check(command)
            return
        if command.startswith(("export ", "ID=")):
            self._set(command)
            return
        output = self._curl(command) if command.startswith("curl ") else self._bash(command)
        if shown.strip():
            plain = "\n".join(line.rstrip() for line in output.split("\n"))
            assert pattern(shown).fullmatch(plain.strip("\n") + "\n"), f"$ {command}\n{output}"
        else:
            assert self.exit_code == 0, f"$ {command}\n{output}"

    def python(self, source: str) -> None:
        """Run a block of Python."""
        done = self._process([sys.executable, "-c", source])
        assert done.returncode == 0, done.stdout

    def _bash(self, command: str) -> str:
        done = self._process(["bash", "-c", f"(exit {self.exit_code}); {command}"])
        self.exit_code = done.returncode
        return done.stdout

    def _process(self, arguments: list[str]) -> "subprocess.CompletedProcess[str]":
        path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        kept = {name: value for name, value in os.environ.items() if not name.startswith("LABEL_SERVICE_")}
        environment = {**kept, "PATH": path, "PYTHONPATH": str(REPOSITORY), **self.environment}
        return subprocess.run(
            arguments,
            cwd=self.folder,
            env=environment,
            check=False,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def _set(self, command: str) -> None:
        name, _, value = command.removeprefix("export ").partition("=")
        self.environment[name] = self.answer["id"] if name == "ID" else shlex.split(value)[0]

    def _curl(self, command: str) -> str:
        """Ask the site: `-s`, `-X`, `--data-binary` and `-o` are understood."""
        words = shlex.split(command.replace("$ID", self.environment.get("ID", "")))[1:]
        method, content, target = "", None, None
        while words[0].startswith("-"):
            option = words.pop(0)
            if option == "-X":
                method = words.pop(0)
            elif option == "--data-binary":
                content = (self.folder / words.pop(0).removeprefix("@")).read_bytes()
            else:
                assert option == "-s", option
        url, *rest = words
        if rest:
            target = self.folder / rest[1]
            assert rest[0] == "-o"
        reply = self.site().request(method or ("POST" if content else "GET"), url, content=content)
        self.exit_code = 0
        if target:
            assert reply.status_code == 200, reply.text
            target.write_bytes(reply.content)
            return ""
        self.answer = reply.json()
        return str(reply.text)


def check(command: str) -> None:
    """Check what is not run: targets of make, extras of pip, options of long-running commands."""
    words = shlex.split(command)
    if words[0] == "make":
        targets = [word for word in words[1:] if "=" not in word]
        assert re.search(rf"^{targets[0]}:", (REPOSITORY / "Makefile").read_text(), re.MULTILINE), command
    elif words[:2] == ["verifier/bin/pip", "install"]:
        extra = words[2].removeprefix(".").strip("[]")
        assert not extra or f"\n{extra} = [" in (REPOSITORY / "pyproject.toml").read_text(), command
    elif words[0] == "label-service":
        assert {word for word in words if word.startswith("--")} <= options_of(words[1]), command


def options_of(name: str) -> set[str]:
    """Give the options of a command such as `attest` or `keys new`."""
    return {option for command, options in command_tree().items() if command == name for option in options}


def command_tree() -> dict[str, set[str]]:
    """Give every command of the command line with its options."""
    import typer

    from label_service.cli import verify
    from label_service.cli.commands import app

    tree = {"verify": {option for action in verify._parser()._actions for option in action.option_strings}}
    waiting: list[tuple[str, Any]] = [("", typer.main.get_command(app))]
    while waiting:
        name, command = waiting.pop()
        if hasattr(command, "commands"):
            waiting += [(f"{name} {child}".strip(), item) for child, item in command.commands.items()]
        else:
            tree[name] = {option for parameter in command.params for option in parameter.opts if option[:2] == "--"}
    return {name: options - {"-h", "--help"} for name, options in tree.items()}
