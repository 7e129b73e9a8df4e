import re
import runpy
import sys
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from hypothesis import given
from hypothesis import strategies as st

import label_service
from label_service.web import numbers, pages, words
from label_service.web.languages import (
    CATALOGUES,
    CODES,
    ENGLISH,
    NAMES,
    WORKSPACE_LANGUAGES,
    Language,
    languages,
    liked,
    say,
    spoken,
)
from tests.examples import hooks
from tests.web.samples import label_view

TRANSLATED = [language.code for language in languages() if language != ENGLISH]
PUBLIC_PAGES = (
    *("/", "/scan", "/register", "/register/withdrawals", "/scheme", "/stats", "/imprint"),
    *("/method", "/L/{plate}/method", "/L/{plate}/print"),
)
VERIFY = Path(label_service.__file__).parent / "web" / "static" / "verify"
PLACES = re.compile(r"%\(\w+\)s|%%|\{\}")
PROMISES = re.compile(
    r"\b(green|eco|sustainable|climate[- ]neutral|carbon[- ]neutral|grün\w*|öko\w*|nachhaltig\w*|klimaneutral\w*|"
    r"vert|verte|écologique\w*|durables?|sostenibil\w*|sostenible\w*|ecológic\w*|ecologic\w*|sustentáve\w*|"
    r"duurza\w*|klimaatneutra\w*|hållbar\w*|bæredygtig\w*|klimatneutral\w*|zrównoważon\w*|ekologiczn\w*|"
    r"udržiteľn\w*|udržiteln\w*|ekologick\w*|trajnost\w*|održiv\w*|ekološk\w*|durabil\w*|fenntartható\w*|"
    r"környezetbarát\w*|kestävä\w*|jätkusuutlik\w*|tvarus|tvari|tvarum\w*|ilgtspējīg\w*|zaļ[aāšoiu]\w*|устойчив\w*|екологич\w*|"
    r"βιώσιμ\w*|οικολογικ\w*|πράσιν\w*|inbhuanaithe|sostenibbli|ekoloġik\w*)\b",
    re.IGNORECASE,
)


FILES = [(code, "messages") for code in TRANSLATED] + [
    (language.code, "workspace") for language in WORKSPACE_LANGUAGES if language != ENGLISH
]


def catalogue(code, domain="messages"):
    """Read a catalogue as a translator edits it."""
    with (CATALOGUES / code / "LC_MESSAGES" / f"{domain}.po").open("rb") as file:
        return read_po(file, locale=code)


def forms(message):
    """Give every form of a text beside the forms of its source."""
    sources = message.id if isinstance(message.id, tuple) else (message.id,)
    texts = message.string if isinstance(message.string, tuple) else (message.string,)
    return sources, texts


def test_the_name_of_a_language_is_that_of_the_cldr():
    """The switch names each language as its readers do."""
    assert {code: Language(code).locale.get_language_name() for code in CODES} == NAMES


@pytest.fixture(scope="module")
def collected():
    """Collect the texts of the sources as docs/generate/messages.py does."""
    root = Path(label_service.__file__).parent.parent
    return runpy.run_path(str(root / "docs" / "generate" / "messages.py"))


def test_catalogues_hold_the_texts_of_today(collected, monkeypatch):
    """No text of a translated page is missing in a catalogue, and no catalogue holds one nobody says."""
    monkeypatch.setattr(sys, "argv", ["messages.py", "--check"])
    collected["main"]()


@pytest.mark.parametrize(("code", "domain"), FILES)
def test_every_text_is_translated(code, domain):
    """A reader never meets a page in two languages: every text has all its forms, and none is a guess."""
    for message in catalogue(code, domain):
        if message.id:
            _, texts = forms(message)
            assert all(texts), message.id
            assert not message.fuzzy, message.id


@pytest.mark.parametrize(("code", "domain"), FILES)
def test_places_are_those_of_the_source(code, domain):
    """Figures and names stand in every language: each form has the places of a form of its source."""
    for message in catalogue(code, domain):
        if message.id:
            sources, texts = forms(message)
            known = [sorted(PLACES.findall(text)) for text in sources]
            assert all(sorted(PLACES.findall(text)) in known for text in texts), message.id
            assert all("%" not in PLACES.sub("", text) for text in texts), message.id


@pytest.mark.parametrize(("code", "domain"), FILES)
def test_texts_bring_no_markup(code, domain):
    """A translation is text: nobody who writes one can write into the page."""
    for message in catalogue(code, domain):
        assert not any(re.search("[<>&\\x00-\\x08]", text) for text in forms(message)[1] if message.id), message.id


@pytest.mark.parametrize("code", ["en", *TRANSLATED])
def test_no_text_promises(code):
    """No language says what the label does not show: no word of promise stands in any text."""
    for message in catalogue(code if code != "en" else TRANSLATED[0]):
        texts = forms(message)[0 if code == "en" else 1]
        assert not any(PROMISES.search(text) for text in texts if message.id), message.id


@pytest.mark.parametrize("code", TRANSLATED)
def test_label_page_speaks(code):
    """A label page is in the language asked for: it says so, its verdict is translated, its figures are the same."""
    language = Language(code, is_chosen=True)
    english = pages.label_page(label_view(hooks()))
    page = spoken(language, lambda: pages.label_page(label_view(hooks())))
    assert f'<html lang="{code}" dir="ltr">' in page
    assert spoken(language, lambda: say("Valid")) in page
    assert "What the figure covers" not in page
    assert f'/complaint?lang={code}"' in page
    assert len(re.findall("<section", page)) == len(re.findall("<section", english))


def test_without_a_language_pages_are_english():
    """Pages that nobody translated stay in one language, whatever was made before them."""
    spoken(Language("de"), lambda: pages.label_page(label_view(hooks())))
    assert '<html lang="en" dir="ltr">' in pages.label_page(label_view(hooks()))


@pytest.mark.parametrize(
    ("code", "figure", "day"),
    [
        ("en", "1.25", "3 November 2026"),
        ("de", "1,25", "3. November 2026"),
        ("fr", "1,25", "3 novembre 2026"),
        ("hu", "1,25", "2026. november 3."),
        ("lv", "1,25", "2026. gada 3. novembris"),
        ("mt", "1.25", "3 ta’ Novembru 2026"),
    ],
)
def test_numbers_and_days_are_written_as_in_the_country(code, figure, day):
    """Decimal sign and order of the date follow the language."""
    assert spoken(Language(code), lambda: numbers.number("1.25")) == figure
    assert spoken(Language(code), lambda: numbers.day("2026-11-03")) == day


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ("", "en"),
        ("de", "de"),
        ("de-AT,de;q=0.9,en;q=0.8", "de"),
        ("ja,de;q=0.5", "de"),
        ("en;q=0.5,de;q=0.9", "de"),
        ("de;q=0,en", "en"),
        ("*", "en"),
        ("../../etc/passwd", "en"),
    ],
)
def test_browser_says_what_it_likes(header, code):
    """The browser's best liked language counts, and English where it names none of ours."""
    assert liked(header).code == code


@given(st.text(max_size=400))
def test_any_header_has_an_answer(header):
    """Whatever a client sends as `Accept-Language`, it gets a page in one of our languages."""
    assert liked(header).code in CODES


@pytest.mark.parametrize(
    ("query", "header", "code"),
    [("", "de", "de"), ("?lang=en", "de", "en"), ("?lang=de", "", "de"), ("?lang=xx", "de", "de"), ("", "", "en")],
)
def test_link_goes_before_browser(site, query, header, code):
    """A language chosen in the link counts more than the browser's, caches are told, and no cookie remembers it."""
    answer = site.client.get(f"/L/{site.stage.labels['plate']}{query}", headers={"Accept-Language": header})
    assert answer.headers["Content-Language"] == code
    assert "Accept-Language" in answer.headers["Vary"]
    assert "Set-Cookie" not in answer.headers
    assert f'<html lang="{code}"' in answer.text


def test_kept_pages_keep_their_language(site):
    """Who asks in one language never gets the page that was kept for another."""
    path = f"/L/{site.stage.labels['box']}"
    asked = ["de", "en", "de", "en"]
    assert [
        site.client.get(path, headers={"Accept-Language": code}).headers["Content-Language"] for code in asked
    ] == asked


def test_problems_and_complaints_speak(site):
    """Who mistypes an address or complains is answered in her language; what a program said stays marked as English."""
    headers = {"Accept": "text/html", "Accept-Language": "de"}
    missing = site.client.get("/L/AAAAAAAAAAAAA", headers=headers)
    assert missing.status_code == 404
    assert "Zur Startseite" in missing.text
    assert "<h1>Nicht gefunden</h1>" in missing.text
    assert '<p class="lead" lang="en">' in missing.text
    form = site.client.get(f"/L/{site.stage.labels['plate']}/complaint", headers=headers)
    assert "Beschwerde senden" in form.text


@pytest.mark.parametrize("path", PUBLIC_PAGES)
@pytest.mark.parametrize("code", ["de", "el", "ga"])
def test_every_public_page_speaks(site, path, code):
    """A buyer who goes on from a label stays in her language: the page names it, and its links carry the choice."""
    answer = site.client.get(f"{path.format(plate=site.stage.labels['plate'])}?lang={code}")
    assert answer.headers["Content-Language"] == code
    assert f'<html lang="{code}"' in answer.text
    assert f'href="/register?lang={code}"' in answer.text
    assert f'href="?lang={"et" if code == "de" else "de"}"' in answer.text
    assert "Set-Cookie" not in answer.headers


def test_steps_of_the_verifier_are_named():
    """Every step that the browser shows has a name in the language of the page: none stays a word of a program."""
    scripts = "".join((VERIFY / name).read_text("utf-8") for name in ("bundle.js", "code.js"))
    steps = set(re.findall(r'^ {4,6}"?([a-z][a-z, ]+)"?: (?:async )?\(\) =>', scripts, re.MULTILINE))
    assert len(steps) >= 14
    assert steps <= set(words.step_names())
    german = spoken(Language("de"), words.step_names)
    assert german["label signature"] == "Signatur des Labels"


@pytest.mark.parametrize(("header", "query", "code"), [("de-AT", "", "de"), ("", "?lang=de", "de"), ("fr", "", "en")])
def test_workspace_speaks_german_or_english(site, header, query, code):
    """Pages of who signs in follow the browser or the choice; a language without them gives English, not a mixture."""
    site.client.cookies.clear()
    answer = site.client.get(f"/declare{query}", headers={"Accept-Language": header, "Accept": "text/html"})
    assert answer.headers["Content-Language"] == code
    assert "Accept-Language" in answer.headers["Vary"]
    assert f'<html lang="{code}"' in answer.text
    assert ("Charge deklarieren" in answer.text) == (code == "de")


def test_a_choice_in_the_workspace_lasts(site):
    """Who switches the language keeps it on the next page; a browser that chose nothing is given no cookie."""
    site.client.cookies.clear()
    first = site.client.get("/declare?lang=de")
    assert "language=de; Path=/; HttpOnly; SameSite=Lax" in first.headers["Set-Cookie"]
    kept = site.client.get("/declare", headers={"Cookie": "language=de"})
    assert kept.headers["Content-Language"] == "de"
    assert "Set-Cookie" not in kept.headers
    assert site.client.get("/declare", headers={"Cookie": "language=xx"}).headers["Content-Language"] == "en"
    site.client.cookies.clear()


def test_programs_are_answered_in_english(site):
    """What a program reads does not change with a language: an interface has one spelling."""
    path = f"/L/{site.stage.labels['plate']}.json"
    german = site.client.get(path, headers={"Accept-Language": "de"})
    assert german.content == site.client.get(path).content
    problem = site.client.get("/L/AAAAAAAAAAAAA", headers={"Accept": "application/json", "Accept-Language": "de"})
    assert problem.json()["title"] == "Not found"
