"""Design families: goods of one open design are compared by maker, place, letter and figure."""

import re
from html import unescape

import pytest

from tests.serving import served
from tests.stage import example

DESIGN = {"name": "Open hook <1>", "digest": "ab" * 32, "licence": "CERN-OHL-S-2.0"}
PAGE = f"/designs/{'ab' * 32}"
FRENCH = {"id": "https://atelier.example", "name": "Atelier & Fils (DEMO)", "country": "FRA"}


def members(example_name, producer=None):
    """Give an example as goods of the design, made elsewhere where a producer is given."""
    found = example(example_name)
    changed = {"product": found["product"] | {"design": DESIGN}}
    if producer:
        changed |= {"producer": producer, "sites": [site | {"country": producer["country"]} for site in found["sites"]]}
    return changed


@pytest.fixture(scope="module")
def family(tmp_path_factory):
    """Give a served demo with three labels: two of one design from two makers, one without a design."""
    with served(tmp_path_factory.mktemp("designs") / "demo") as site:
        site.stage.issue("plate")
        here = site.stage.issue("hook", **members("hook"))
        there = site.stage.issue("hook", **members("hook", FRENCH))
        yield site, here, there


def rows(text):
    """Give the cells of the table, line by line."""
    lines = re.findall(r"<tr><th scope=\"row\">.*?</tr>", text, re.DOTALL)
    return [unescape(re.sub(r"<[^>]+>", "|", line)) for line in lines]


def test_labels_of_one_design_stand_side_by_side(family):
    """Maker, country, letter and range of each valid label, the lowest figure first; no other label is there."""
    site, here, there = family
    answer = site.client.get(PAGE)
    assert answer.status_code == 200
    first, second = rows(answer.text)
    assert "Atelier & Fils (DEMO)" in first, "French electricity is the cleaner one"
    assert "France" in first
    assert "FabLab Example (DEMO)" in second
    assert "Germany" in second
    for label, line in ((there, first), (here, second)):
        assert f"|{label.assessment.grade}|" in line
        assert f"/L/{label.id}" in answer.text
    assert site.stage.labels["plate"] not in answer.text
    assert "Open hook &lt;1&gt;" in answer.text


def test_a_label_leads_to_its_design(family):
    """Whoever reads a label finds what others made from the same design, and only where there is a design."""
    site, here, _ = family
    assert f'href="{PAGE}"' in site.client.get(f"/L/{here.id}").text
    assert "/designs/" not in site.client.get(f"/L/{site.stage.labels['plate']}").text


@pytest.mark.parametrize("digest", ["cd" * 32, "ab" * 31, "AB" * 32, "x", "%00"])
def test_an_unknown_design_is_not_found(family, digest):
    """A page exists for designs that a label names, and for nothing else."""
    assert family[0].client.get(f"/designs/{digest}").status_code == 404


def test_a_withdrawn_label_is_no_longer_compared(tmp_path):
    """A suspended label leaves the comparison at once; the page of the design stays."""
    with served(tmp_path / "demo") as site:
        label = site.stage.issue("hook", **members("hook"))
        assert label.id in site.client.get(PAGE).text
        site.stage.scheme.states.change(label.id, "suspend", reason="precaution", text="It is looked into.")
        answer = site.client.get(PAGE)
        assert answer.status_code == 200
        assert label.id not in answer.text
        assert "no valid label" in answer.text
