"""The table of requirements is whole, and what it names is there."""

import re
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "asvs.md").read_text("utf-8")
ROWS = re.findall(r"^\| (\d+)\.(\d+)\.(\d+) \| ([12]) \| [^|]+ \| ([^|]+) \| ([^|]*)\|$", PAGE, re.MULTILINE)
ASKED = {2: (4, 7), 4: (2, 8), 5: (4, 5), 9: (4, 3), 11: (3, 11), 16: (0, 16)}  # of levels 1 and 2, in ASVS 5.0.0


def test_every_requirement_has_its_row():
    """As many of each chapter and level as the standard has, each once."""
    found = Counter((int(chapter), int(level)) for chapter, _, _, level, *_ in ROWS)
    assert {chapter: (found[chapter, 1], found[chapter, 2]) for chapter in ASKED} == ASKED
    assert len({row[:3] for row in ROWS}) == len(ROWS)


def test_each_row_names_a_test_or_why_there_is_none():
    """What is neither shown by a test nor reasoned would be a wish."""
    for *number, _, how, tests in ROWS:
        named = re.findall(r"`([^`]+)`", tests)
        assert named or re.search(r"n/a|[Dd]uty|standard error|one JSON", how), number
        assert [name for name in named if not (ROOT / name).exists()] == [], number
