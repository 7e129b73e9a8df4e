"""The page of the history: charts that are read without seeing them, filters that stay, a file that is safe to open."""

import csv
import io

import pytest

from tests.certification.test_history import DAYS, made
from tests.web.outline import Outline

PATH = "/workshop/history"


@pytest.fixture
def client(browser, play):
    """Give the browser of the producer's lead."""
    return browser(play.producer)


def test_an_empty_history_says_what_to_do(client):
    """Before the first batch the page says how it fills, and leads there."""
    text = client.get(PATH).text
    assert "Nothing to see yet" in text
    assert 'href="/declare"' in text
    assert "<svg class" not in text


def test_every_point_says_its_value_and_stands_in_the_table(client, play):
    """Three charts with a description each; what they show is also text."""
    for number, day in enumerate(DAYS):
        made(play, day, number)
    text = client.get(PATH).text
    Outline(text)
    assert text.count('role="img" aria-labelledby') == 3
    for words in ("Energy: 3 points", "Scrap: 3 points", "Score and grade: 3 points", "12 October 2026"):
        assert words in text
    assert text.count("<tbody>") == 1
    assert text.count('<tr><th scope="row">') == 3


def test_filters_narrow_charts_table_and_file_alike(client, play):
    """The address holds what was chosen; nonsense in it does not narrow and breaks nothing."""
    for number, day in enumerate(DAYS):
        made(play, day, number)
    query = f"?first={DAYS[1]}&last={DAYS[1]}"
    text = client.get(PATH + query).text
    assert "Energy: 1 points" not in text
    assert "Energy: 1 point," in text
    assert f'value="{DAYS[1]}"' in text
    rows = list(csv.DictReader(io.StringIO(client.get(f"{PATH}.csv{query}").text)))
    assert [row["made_on"] for row in rows] == [DAYS[1]]
    assert "No batch fits" in client.get(f"{PATH}?machine=none").text
    for wrong in ("?first=yesterday", "?last=2026-99-99", "?first=%00&product="):
        assert client.get(PATH + wrong).text.count('<tr><th scope="row">') == 3


def test_no_name_becomes_a_formula_or_markup(client, play):
    """A product that is called like a formula or a script stays text, in the file and in the drawing."""
    product = play.document("hook", play.producer)["product"]
    names = ("=1+1", "<script>alert(1)</script>")
    for number, name in enumerate(names):
        made(play, DAYS[0], number, product=product | {"name": name})
    rows = list(csv.DictReader(io.StringIO(client.get(f"{PATH}.csv").text)))
    assert {row["product"] for row in rows} == {"'=1+1", names[1]}
    text = client.get(PATH).text
    assert "<script>alert" not in text
    assert "&lt;script&gt;" in text
