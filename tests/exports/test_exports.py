import json
import re

import pytest

from label_service import canonical
from label_service.errors import InvalidDocument, NotFound, VerificationError
from label_service.exports import FORMATS, export, open_bundle
from label_service.exports.source import two_letters
from tests.exports.samples import bundle, exported, source

IN_WORDS = {
    "untp-dpp": lambda document: document["credentialSubject"]["description"],
    "pact": lambda document: document["comment"],
    "openepd": lambda document: document["lca_discussion"],
}


@pytest.mark.parametrize("name", IN_WORDS)
def test_names_the_signed_label_and_its_digits(name):
    """Every export says that it is not signed, names the label by its digest, and gives its figures to the digit."""
    words, impact = IN_WORDS[name](exported(name)), source().content.kgco2e
    for said in (source().url, source().token_digest, "not signed", impact.median, impact.p05, impact.p95):
        assert said in words


@pytest.mark.parametrize("name", FORMATS)
def test_demo_is_said(name):
    """No export of a demo can be taken for that of a certificate."""
    assert source().content.demo
    assert "DEMO, not a certificate" in json.dumps(exported(name))


@pytest.mark.parametrize("name", FORMATS)
def test_nothing_is_signed_or_zero(name):
    """An export carries no proof, and no figure that is unknown is written as zero."""
    text = json.dumps(exported(name))
    assert '"proof"' not in text
    assert not re.search(r'": ("?0(\.0)?"?|null)[,}]', text)


def test_unknown_format_is_named():
    """Asking for another format names those there are."""
    with pytest.raises(NotFound, match="no format 'csv'") as found:
        export(bundle(), "csv")
    assert "untp-dpp" in (found.value.hint or "")


@pytest.mark.parametrize("member", ["inventory", "assessment"])
def test_documents_of_another_label_are_refused(member):
    """Figures of one label are never exported under the name of another."""
    document = json.loads(bundle())
    document[member]["demo"] = not document[member]["demo"]
    changed = canonical.encode(document)
    with pytest.raises(InvalidDocument, match="that the label names"):
        open_bundle(changed)


def test_changed_rows_are_refused():
    """An export rests on proven rows only."""
    document = json.loads(bundle())
    row = document["rows"][0]["row"]
    row[next(iter(set(row) - {"table", "key"}))] = "1"
    changed = canonical.encode(document)
    with pytest.raises(VerificationError):
        open_bundle(changed)


def test_part_of_the_life_cycle_is_computed_as_the_whole():
    """All stages together give the median and range of the label, digit for digit."""
    stages = ("materials", "inbound", "making", "packaging", "distribution", "end_of_life")
    assert source().kgco2e(*stages) == source().content.kgco2e
    for found in source().assessment.product.stages:
        assert source().kgco2e(found.stage) == found.kgco2e


@pytest.mark.parametrize(("iso3", "iso2"), [("DEU", "DE"), ("FRA", "FR"), ("GBR", "GB"), ("USA", "US")])
def test_countries_have_two_letters(iso3, iso2):
    """Countries are written as other systems expect them."""
    assert two_letters(iso3) == iso2


def test_unknown_country_is_named():
    """A country nobody knows is not guessed."""
    with pytest.raises(InvalidDocument, match="ABC"):
        two_letters("ABC")
