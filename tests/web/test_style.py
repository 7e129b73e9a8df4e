"""The look keeps its promises in numbers: contrast as in WCAG 2.2, nothing loaded from elsewhere."""

import re

import pytest

from label_service.web.scripts import STYLES, source

CSS = "".join(source(name) for name in STYLES)
TEXT_ON = [(ink, ground) for ink in ("ink", "soft", "link") for ground in ("ground", "card")]
TEXT_ON += [("ink", "good-ground"), ("ink", "warn-ground"), ("ink", "bad-ground")]
DRAWN_ON = [("good", "good-ground"), ("warn", "warn-ground"), ("bad", "bad-ground"), ("own", "card"), ("other", "card")]


def themes() -> dict[str, dict[str, str]]:
    """Give the colours of each theme by name; the data sheet takes what it does not set from the theme below it."""
    roots = re.findall(r"(:root|\.sheet) \{([^}]*--ground[^}]*)\}", CSS)
    colours = [(kind, dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{3,6})", body))) for kind, body in roots]
    light, dark = [found for kind, found in colours if kind == ":root"][:2]
    sheet_light, sheet_dark = [found for kind, found in colours if kind == ".sheet"][:2]
    return {"light": light, "dark": dark, "sheet": light | sheet_light, "dark sheet": dark | sheet_dark}


def luminance(colour: str) -> float:
    """Give the relative luminance of WCAG 2.2."""
    digits = colour[1:] if len(colour) == 7 else "".join(digit * 2 for digit in colour[1:])
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Give the contrast ratio of WCAG 2.2."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", ["light", "dark", "sheet", "dark sheet"])
def test_contrast(theme):
    """Text has a contrast of at least 4.5 and what is drawn at least 3, in light and dark, on label and data sheet."""
    colours = themes()[theme]
    for ink, ground in TEXT_ON:
        assert contrast(colours[ink], colours[ground]) >= 4.5, (ink, ground)
    for ink, ground in DRAWN_ON:
        assert contrast(colours[ink], colours[ground]) >= 3, (ink, ground)


def test_letters_are_readable_on_their_colours():
    """Each grade letter has a contrast of at least 4.5 on its own colour."""
    grades = re.findall(r"\.([a-e]) \{ --hue: (#[0-9a-f]+); --on: (#[0-9a-f]+); \}", CSS)
    assert [letter for letter, _, _ in grades] == list("abcde")
    for _, hue, on in grades:
        assert contrast(hue, on) >= 4.5


def test_data_sheet_is_grey():
    """No colour of a data sheet could be taken for a grade: its own colours have equal parts of red, green and blue."""
    for body in re.findall(r"\.sheet \{([^}]*--own[^}]*)\}", CSS):
        for colour in re.findall(r"--(?:own|other|card|ground|track|warn): #([0-9a-f]{6})\b", body):
            parts = [int(colour[at : at + 2], 16) for at in (0, 2, 4)]
            assert max(parts) - min(parts) <= 10


def test_style_loads_nothing():
    """The style sheet names no other file, font or host."""
    assert not re.search(r"url\(|@import|@font-face|https?:", CSS)
