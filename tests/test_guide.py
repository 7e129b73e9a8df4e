"""The user guide: every picture is made by the script, shown on a page with words for who cannot see it, and small."""

import re
from pathlib import Path

from docs.generate.guide import SHOTS, TARGET

GUIDE = TARGET.parent
MOST_BYTES = 1_000_000


def shown():
    """Give alternative text and file of every picture of the guide."""
    pages = [page.read_text("utf-8") for page in sorted(GUIDE.glob("*.md"))]
    return [found for page in pages for found in re.findall(r"!\[([^]]*)\]\(images/([\w-]+)\.webp\)", page)]


def test_every_picture_is_made_and_shown():
    """The script makes exactly the pictures that the pages show, and each has an alternative text."""
    names = [name for _, name in shown()]
    assert sorted(names) == sorted(shot.name for shot in SHOTS)
    assert sorted(names) == sorted(file.stem for file in Path(TARGET).glob("*.webp"))
    assert all(len(text) > 10 for text, _ in shown())


def test_pictures_are_small():
    """The whole guide stays below a megabyte."""
    assert sum(file.stat().st_size for file in TARGET.iterdir()) < MOST_BYTES


def test_every_user_has_a_page():
    """Buyer, maker, auditor and operator each find a page from the first one."""
    first = (GUIDE / "README.md").read_text("utf-8")
    assert {page.name for page in GUIDE.glob("*.md")} - {"README.md"} == set(re.findall(r"\((\w+\.md)\)", first))
