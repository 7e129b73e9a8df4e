"""Choosing a variant of an attested design on the page for a batch: with and without scripts, in both languages."""

import html

import pytest

from label_service.declaration.profiles import Profiles
from label_service.document import Party
from label_service.examples import shipped_profiles
from label_service.web.app import Site
from label_service.web.guard import COOKIE
from tests.certification.test_frames import FRAME, variant
from tests.web.site import open_browser, serving
from tests.web.test_declaring import CHOSEN, TYPED, UNPROVEN
from tests.web.test_desk import carried, drop
from tests.web.visiting import opened

BREACH = "height of one item is 20 to 200 mm in the frame, found 250"


@pytest.fixture
def scope(play):
    """Give a scope for plates of any height, whose producer has profiles."""
    producer = play.producer
    party = Party(id=producer.party_id, name=producer.party_name, country=producer.country)
    members = shipped_profiles().as_json() | {"demo": False, "producer": party.as_json()}
    play.stage.scheme.profiles.begin_with(Profiles.from_json(members))
    mass = {"quantity": "net_mass", "unit": "kg", "low": "0", "high": "0.01"}
    frame = FRAME | {"bounds": [*FRAME["bounds"], mass]}
    return play.stage.scheme.scopes.add(play.scope_token(variant(play, "120", "2"), frame=frame))


def sent(client, kept, language="en", **fields):
    """Send the form without scripts and give the answer with its text."""
    data = {**TYPED, **CHOSEN, "kept": kept, **fields}
    answer = client.post("/declare", data=data, headers={"Accept-Language": language})
    return answer, html.unescape(answer.text)


def test_a_variant_is_chosen_by_plain_forms(play, scope):
    """Choose the design, see its bounds, be told which one is broken, and submit what lies inside."""
    with opened(play) as visit:
        client = visit(play.producer)
        files = [("files", (name, data)) for name, data in UNPROVEN.items()]
        kept = carried(client.post("/declare", data={"action": "read"}, files=files).text)
        chosen = {"variant": scope.digest, "action": "check"}
        _, text = sent(client, kept, **chosen | {"action": "read"})
        assert "height 20–200" in text
        assert "mass 0–0.01" in text
        assert "found none" not in text.split("<form", 1)[1].split('id="result"')[0]
        for typed, words in (("250", BREACH), ("", BREACH.replace("250", "none")), ("tall", "found 'tall'")):
            answer, text = sent(client, kept, **chosen, **{"variant:height": typed})
            assert (answer.status_code, text.lower().count(words) > 1) == (422, True)
            assert "Submit the declaration" not in text
        _, text = sent(client, kept, "de", **chosen, **{"variant:height": "250"})
        assert text.count("eight liegt je Stück im bestätigten Entwurf zwischen 20 und 200 mm, hier 250") > 1
        answer, text = sent(client, kept, **chosen, **{"variant:height": "120,5"})
        assert "et_mass of one item is 0 to 0.01 kg in the frame" in text
        answer, _ = sent(client, kept, **chosen | {"action": "submit"}, **{"variant:height": "120,5"})
        found = play.desk.holdings.declaration(play.producer, answer.headers["location"].removeprefix("/D/"))
        product = found.declaration.product
        assert product.design.digest == FRAME["design"]
        assert [parameter.as_json() for parameter in product.variant] == [
            {"name": "height", "unit": "mm", "value": "120.5"}
        ]
        answer, text = sent(client, kept, variant="0" * 64, action="submit")
        assert "not there any more" in text


def test_a_variant_is_chosen_with_scripts(play, accounts, scope):
    """The fields of a design come as it is chosen, and the result names the bound while it is typed."""
    secret = accounts.sessions.open(play.producer.account_id)
    with serving(Site(play.stage.scheme, play.stage.files, accounts)) as address, open_browser() as chromium:
        context = chromium.new_context(base_url=address.replace("127.0.0.1", "localhost"))
        context.add_cookies([{"name": COOKIE, "value": secret, "url": "https://localhost", "secure": True}])
        page = context.new_page()
        page.goto("/declare")
        drop(page, UNPROVEN)
        page.wait_for_selector("#net")
        for field, value in CHOSEN.items():
            page.select_option(f"#{field}", value)
        for field, value in TYPED.items():
            page.fill(f"#{field}", value)
        page.select_option("#variant", scope.digest)
        height = page.locator("[id='variant:height']")
        height.wait_for()
        assert page.input_value("#name") == TYPED["name"]
        height.fill("250")
        page.wait_for_selector(f"#result >> text={BREACH}")
        height.fill("150")
        page.wait_for_selector("#declare-now")
        context.close()
