import json
from dataclasses import replace
from html.parser import HTMLParser
from urllib.parse import quote
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from label_service.web.shops import HEIGHT, LEAST_WIDTH, WIDTH
from label_service.web.structured import structured_text
from tests.examples import hooks
from tests.serving import served
from tests.web.outline import Outline
from tests.web.samples import label_view


@pytest.fixture(scope="module")
def label_id(site):
    """Give a label."""
    return site.stage.labels["plate"]


@pytest.fixture(scope="module")
def withdrawn(tmp_path_factory):
    """Give a site with one suspended and one revoked label."""
    with served(tmp_path_factory.mktemp("shops") / "site") as site:
        for name, change, reason in (("plate", "suspend", "precaution"), ("box", "revoke", "fraud")):
            site.stage.issue(name)
            site.stage.scheme.states.change(site.stage.labels[name], change, reason=reason, text="Said in public.")
        yield site


def embedded(client, url, **query):
    """Ask for oEmbed."""
    return client.get("/oembed", params={"url": url, **query})


def test_badge_shows_grade_figure_and_address(client, site, label_id):
    """The badge shows the letter on the whole scale, figure, state and address in at most 3 kB, and runs nothing."""
    reply = client.get(f"/L/{label_id}/badge.svg?lang=en")
    root = ET.fromstring(reply.text)
    words = " ".join(root.itertext()).replace("\u202f", " ")
    for said in ("1.08 kg CO\u2082e per item", "Valid", "DEMO, not a certificate", f"{site.origin[7:]}/L/{label_id}"):
        assert said in words
    assert [text.text for text in root.findall("{*}text")][:5] == list("ABCDE")
    assert len(reply.content) < 3000
    assert not {element.tag.rpartition("}")[2] for element in root.iter()} & {"script", "style", "image", "a", "use"}


@pytest.mark.parametrize(("name", "word"), [("plate", "Suspended"), ("box", "Revoked")])
def test_badge_of_a_withdrawn_label_says_so(withdrawn, name, word):
    """A badge copied into a shop long ago shows the state of today: word, no figure, no colour of a grade."""
    for path in ("badge.svg", "badge"):
        text = withdrawn.client.get(f"/L/{withdrawn.stage.labels[name]}/{path}?lang=en").text
        assert word in text
        assert "does not count now" in text
        assert "CO\u2082e" not in text
        assert not any(hue in text for hue in ("#00703c", "#7fb635", "#f5c400", "#ef8b2c", "#c5281c"))


def test_only_the_badge_may_be_framed(client, label_id):
    """Other sites may frame the badge and nothing else, so nobody can lay a page under a stranger's buttons."""
    for path in ("badge", "badge.svg"):
        headers = client.get(f"/L/{label_id}/{path}").headers
        assert "frame-ancestors *" in headers["content-security-policy"]
        assert headers["content-security-policy"].startswith("default-src 'none'")
        assert headers["cache-control"] == "public, max-age=60"
    for path in ("", "/method", "/print", "/embed", "/complaint", ".svg"):
        assert "frame-ancestors 'none'" in client.get(f"/L/{label_id}{path}").headers["content-security-policy"], path


def test_shops_get_no_cookies_and_no_referrers(client, label_id):
    """Whatever a shop embeds sets no cookie, asks for no referrer, and may be used from any site."""
    for path in (
        f"/L/{label_id}/badge.svg",
        f"/L/{label_id}/badge",
        "/embed/words.json",
        "/static/embed/label-badge.js",
    ):
        headers = client.get(path).headers
        assert "set-cookie" not in headers
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["access-control-allow-origin"] == "*"
    assert client.get("/root.pub").headers["access-control-allow-origin"] == "*"


def test_oembed_gives_a_frame_with_the_badge(client, site, label_id):
    """A system that knows oEmbed gets a frame of the badge from the address of a label, which the label page names."""
    address = f"{site.origin}/L/{label_id}"
    answer = embedded(client, address).json()
    assert (answer["version"], answer["type"], answer["width"], answer["height"]) == ("1.0", "rich", WIDTH, HEIGHT)
    outline = Outline(answer["html"])
    assert outline.tags == ["iframe"]
    assert outline.values("src") == [f"{address}/badge"]
    assert answer["title"].startswith("DEMO")
    page = client.get(f"/L/{label_id}").text
    (link,) = [value for value in Outline(page).values("href") if "/oembed?" in value]
    assert client.get(link.removeprefix(site.origin)).json() == answer


@pytest.mark.parametrize(
    "address",
    [
        "",
        "https://evil.example/L/{id}",
        "{origin}.evil.example/L/{id}",
        "{origin}@evil.example/L/{id}",
        "{origin}/L/{id}/../../AAAA",
        "{origin}/L/{id}/badge",
        "{origin}//L/{id}",
        "{origin}/D/{id}",
        "{origin}/L/AAAAAAAAAAAAA",
        "javascript:{origin}/L/{id}",
        "{origin}/L/{id}\n",
    ],
)
def test_oembed_knows_labels_of_this_service_only(client, site, label_id, address):
    """Addresses of others are neither fetched nor followed nor echoed: they are not found."""
    reply = embedded(client, address.format(origin=site.origin, id=label_id))
    assert reply.status_code == 404
    assert "evil" not in reply.text
    assert "location" not in reply.headers


@given(st.integers(0, 9999), st.integers(0, 9999))
def test_oembed_keeps_to_the_room_it_gets(site, label_id, width, height):
    """A frame is never larger than asked for; where a badge would be too small there is a link."""
    answer = embedded(site.client, f"{site.origin}/L/{label_id}", maxwidth=width, maxheight=height).json()
    if answer["type"] == "rich":
        assert LEAST_WIDTH <= answer["width"] <= min(width, WIDTH)
        assert answer["height"] <= height
    else:
        assert width < LEAST_WIDTH or height * WIDTH < LEAST_WIDTH * HEIGHT


def test_oembed_says_what_it_cannot(client, site, label_id):
    """XML is not spoken, and sizes are whole numbers; both are told as problems."""
    address = f"{site.origin}/L/{label_id}"
    assert embedded(client, address, format="xml").status_code == 501
    assert embedded(client, address, maxwidth="wide").status_code == 422


def test_oembed_of_a_withdrawn_label_leads_to_its_state(withdrawn):
    """What is embedded after a withdrawal says so in its title, and the frame shows the state."""
    address = f"{withdrawn.origin}/L/{withdrawn.stage.labels['box']}"
    assert "Revoked" in embedded(withdrawn.client, address).json()["title"]


class _Data(HTMLParser):
    """Collects the text of data blocks as a browser does."""

    found = ""
    _inside = False

    def handle_starttag(self, tag, attrs):
        self._inside = tag == "script" and ("type", "application/ld+json") in attrs

    def handle_data(self, data):
        self.found += data if self._inside else ""
        self._inside = False


def certification(client, label_id):
    """Read the structured data out of a label page."""
    parser = _Data()
    parser.feed(client.get(f"/L/{label_id}").text)
    return json.loads(parser.found)["hasCertification"]


def test_structured_data_say_whether_a_label_counts(client, site, label_id, withdrawn):
    """Search engines read grade, figure, issuer and state; a withdrawn label is an inactive certification."""
    found = certification(client, label_id)
    assert found["certificationIdentification"] == label_id
    assert found["certificationRating"]["ratingValue"] == "A"
    assert found["certificationStatus"] == "https://schema.org/CertificationActive"
    assert found["name"].startswith("DEMO, not a certificate")
    assert float(found["hasMeasurement"]["minValue"]) < float(found["hasMeasurement"]["value"])
    for name in ("plate", "box"):
        found = certification(withdrawn.client, withdrawn.stage.labels[name])
        assert found["certificationStatus"] == "https://schema.org/CertificationInactive"


@given(st.text(max_size=80))
def test_structured_data_cannot_leave_their_element(name):
    """A name with markup stays a name inside the script element."""
    view = label_view(hooks())
    inventory = view.inventory.model_copy(update={"name": f"</script><script>{name}"})
    text = structured_text(replace(view, inventory=inventory))
    assert "<" not in text
    assert json.loads(text)["name"] == inventory.name


def test_snippets_can_be_copied_as_they_stand(client, site, label_id):
    """What the page shows as text is well-formed markup with absolute addresses of this service."""
    outline = Outline(client.get(f"/L/{label_id}/embed").text)
    text = outline.text
    for said in (
        f'<img src="{site.origin}/L/{label_id}/badge.svg"',
        f'<script type="module" src="{site.origin}/static/embed/label-badge.js"',
        f'<label-badge src="{site.origin}/L/{label_id}" root="',
        f'<iframe src="{site.origin}/L/{label_id}/badge"',
        f"{site.origin}/oembed?url={quote(site.origin + '/L/' + label_id, safe='/')}",
        '<script type="application/ld+json">',
    ):
        assert said in text, said
