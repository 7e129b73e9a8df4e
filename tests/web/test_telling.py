"""Sentences of the core in the language of the page."""

import ast
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import escape

import label_service
from label_service.web.languages import Language, catalogue, spoken
from label_service.web.sentences import PATTERNS
from label_service.web.telling import told, told_sentence

GERMAN = Language("de")
PACKAGE = Path(label_service.__file__).parent


@pytest.fixture(scope="module")
def core():
    """Give every text that stands in the core."""
    files = [file for file in PACKAGE.rglob("*.py") if PACKAGE / "web" not in file.parents]
    nodes = [node for file in files for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))]
    return "\n".join(node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str))


@pytest.mark.parametrize("pattern", PATTERNS)
def test_every_sentence_is_one_of_the_core(core, pattern):
    """Nobody translates what is never said: each long word of a pattern stands in a text of the core."""
    words = re.findall(r"[A-Za-z]{4,}", re.sub(r"%\(\w+\)s", " ", pattern))
    assert [word for word in words if word not in core and word not in {"energy", "material", "share"}] == []


def test_every_sentence_is_said_in_german():
    """A pattern without a translation would be English on a German page, so each has one."""
    german = catalogue("de")
    assert [pattern for pattern in PATTERNS if german.gettext(pattern) == pattern] == []


@pytest.mark.parametrize(
    ("english", "german"),
    [
        ("What did you make?", "Was haben Sie gemacht?"),
        (
            "the scope is for the category lamp, found none",
            "der Rahmen gilt für Kategorie lamp, hier: keine",
        ),
        (
            "the kWh per kg of step s1 is at least 0.6 in the scope, found 0.4",
            "im Rahmen gilt für kWh je kg von Schritt s1 mindestens 0.6, hier sind es 0.4",
        ),
        (
            "The accreditation of Ada, Body, ends on 2026-12-01.",
            "Die Akkreditierung von Ada, Body, endet am 1. Dezember 2026.",
        ),
        ("Your scope 1a2b3c counts again.", "Gilt wieder: Rahmen 1a2b3c."),
        (
            "12 entries, 12 of them under the last checkpoint, whose newest entry is 3 days old",
            "12 Einträge, 12 davon unter dem letzten Prüfpunkt; sein neuester Eintrag kam vor 3 Tagen",
        ),
        ("sliced print by PrusaSlicer 2.6", "geslicter Druck von PrusaSlicer 2.6"),
    ],
)
def test_sentences_are_said_with_what_they_hold(english, german):
    """Days, names and sentences inside a sentence are said as in the language, and in English nothing changes."""
    assert spoken(GERMAN, lambda: told(english)) == german
    assert told(english) == english


def test_what_is_not_translated_is_marked():
    """A screen reader changes its voice where a German page stays English; French has none of the workspace at all."""
    assert spoken(GERMAN, lambda: told("words nobody knows")) == '<span lang="en">words nobody knows</span>'
    french = spoken(Language("fr"), lambda: told_sentence("all proofs together"))
    assert french == '<span lang="en">All proofs together.</span>'
    assert spoken(GERMAN, lambda: told("0.61 kWh/kg")) == "0.61 kWh/kg"


@given(st.text(max_size=300))
def test_no_text_writes_into_the_page(text):
    """Names inside sentences are other people's: whatever they hold is shown, never run."""
    hostile = f"<b>{text}</b> attested </a>{text}; you can issue its label."
    said = spoken(GERMAN, lambda: told(hostile))
    assert "<b>" not in said
    assert "</a>" not in said
    assert told(hostile) == escape(hostile)


def test_a_hostile_text_costs_little():
    """A text made to match almost everything is given up, or told, at once."""
    assert spoken(GERMAN, lambda: told(", found ends on to : , from " * 35))
    assert spoken(GERMAN, lambda: told("a disagrees with " * 60000))
