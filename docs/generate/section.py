"""Writes a generated section into a page written by hand, or with `--check` says whether it is still the same."""

import sys
from collections.abc import Iterable

from page import DOCS


def main(name: str, section: str, lines: Iterable[str]) -> None:
    """Write the text between the marks of a section in docs/<name>, or exit with 1 when `--check` finds it different.

    The marks are comments: `<!-- begin SECTION … -->` and `<!-- end SECTION -->`.
    """
    file = DOCS / name
    text = file.read_text(encoding="utf-8")
    head, begin, rest = text.partition(f"<!-- begin {section}")
    inside, end, tail = rest.partition(f"<!-- end {section} -->")
    if not begin or not end:
        sys.exit(f"docs/{name} has no section {section!r}")
    mark = inside.partition("\n")[0]
    body = "\n".join(lines).strip()
    new = f"{head}{begin}{mark}\n\n{body}\n\n{end}{tail}"
    if "--check" not in sys.argv:
        file.write_text(new, encoding="utf-8")
    elif new != text:
        sys.exit(f"docs/{name}: the section {section!r} is not what the code gives: run its script in docs/generate/")
