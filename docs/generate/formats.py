"""Writes the list of formats in docs/index.md: every page of docs/formats with its title and first sentence."""

from collections.abc import Iterator

import page
import section
from page import DOCS


def main() -> None:
    section.main("index.md", "formats", lines())


def lines() -> Iterator[str]:
    rows = []
    for file in sorted((DOCS / "formats").glob("*.md")):
        title, _, rest = file.read_text(encoding="utf-8").partition("\n")
        first = next(line for line in rest.splitlines() if line.strip())
        rows.append((f"[{title.removeprefix('# ').strip()}](formats/{file.name})", first))
    yield from page.table(("format", "in short"), rows)


if __name__ == "__main__":
    main()
