"""Writes a generated page, or with `--check` says whether the one in the repository is still the generated one."""

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

DOCS = Path(__file__).parent.parent


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Give the lines of a Markdown table, with an empty line behind it."""
    body = ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows]
    return ["| " + " | ".join(header) + " |", "|" + "---|" * len(header), *body, ""]


def main(name: str, lines: Iterable[str]) -> None:
    """Write docs/<name>, or exit with 1 when `--check` finds it different."""
    text = "\n".join(lines).rstrip() + "\n"
    file = DOCS / name
    if "--check" not in sys.argv:
        file.write_text(text, encoding="utf-8")
    elif not file.exists() or file.read_text(encoding="utf-8") != text:
        sys.exit(f"docs/{name} is not what the newest release gives: run its script in docs/generate/")
