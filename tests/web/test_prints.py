from io import BytesIO

import pypdfium2
import pytest
from PIL import Image
from starlette.datastructures import QueryParams

from label_service.artwork.orders import Order
from label_service.errors import InvalidDocument
from label_service.web.languages import languages
from label_service.web.prints import order_of
from tests.artwork.faces import opencv, zxing
from tests.serving import served
from tests.web.outline import Outline


@pytest.fixture(scope="module")
def label(site):
    """Give an issued label and its path."""
    return site.stage.scheme.labels.get(site.stage.labels["plate"])


def text_of(data: bytes) -> str:
    """Give the text of the first page of a PDF on one line, with plain spaces."""
    text = pypdfium2.PdfDocument(data)[0].get_textpage().get_text_range()
    return " ".join(text.replace("\u202f", " ").split())


@pytest.mark.parametrize(
    ("query", "is_offline"),
    [("", True), ("format=card&variant=kraft", True), ("format=tiny", False), ("code=link", False)],
)
def test_drawings_carry_the_code_of_their_label(client, site, label, query, is_offline):
    """What is downloaded reads back, by two decoders, as the very code of this label or the link to its page."""
    image = Image.open(BytesIO(client.get(f"/L/{label.id}.png?{query}").content)).convert("RGBA")
    paper = Image.new("RGBA", image.size, "white")
    paper.alpha_composite(image)
    expected = label.qr_text if is_offline else f"{site.origin}/L/{label.id}".upper()
    assert zxing(paper.convert("RGB")) == opencv(paper) == [expected]


def test_drawings_say_what_the_page_says(client, label, site):
    """Name, figure with range, reference, verifier, batch, id and the demo marking are printed as they are shown."""
    text = text_of(client.get(f"/L/{label.id}.pdf").content)
    page = Outline(client.get(f"/L/{label.id}?lang=en").text).text.replace("\u202f", " ")
    inventory = label.inventory
    for said in (
        inventory.name,
        "1.08 kg CO\u2082e",
        "0.797\u20131.48",
        "3.62 kg CO\u2082e",
        "the same design, mass-produced",
    ):
        assert said in text, said
        assert said in page, said
    for said in ("Test verification body", "ISO/IEC 17065", "method 1", f"batch of {inventory.quantity} items", "DEMO"):
        assert said in text, said
    assert f"{site.origin.partition('://')[2]}/L/{label.id}" in text


def test_drawings_speak_the_language_that_is_named(client, label):
    """A drawing is in the language of its address, never in that of the browser that asks: one file, one address."""
    german = text_of(client.get(f"/L/{label.id}.pdf?lang=de").content)
    assert "1,08 kg CO\u2082e" in german
    assert (
        client.get(f"/L/{label.id}.pdf", headers={"Accept-Language": "de"}).content
        == client.get(f"/L/{label.id}.pdf").content
    )


@pytest.mark.parametrize("code", [language.code for language in languages()])
def test_every_language_has_room(client, label, code):
    """In every language of the label page the label is complete: no fact of it is cut, and the code keeps its place."""
    data = client.get(f"/L/{label.id}.pdf?lang={code}").content
    text = text_of(data)
    assert "\u2026" not in text
    assert "Test verification body" in text
    assert zxing(pypdfium2.PdfDocument(data)[0].render(scale=300 / 72).to_pil()) == [label.qr_text]


@pytest.mark.parametrize(
    ("kind", "media"), [("svg", "image/svg+xml"), ("png", "image/png"), ("pdf", "application/pdf")]
)
def test_drawings_can_be_cached_and_shown(client, label, kind, media):
    """Each kind has its media type, may be kept for a minute, used by other sites, and runs nothing."""
    reply = client.get(f"/L/{label.id}.{kind}")
    assert reply.status_code == 200
    assert reply.headers["content-type"] == media
    assert reply.headers["cache-control"] == "public, max-age=60"
    assert reply.headers["access-control-allow-origin"] == "*"
    assert reply.headers["content-security-policy"].startswith("default-src 'none'")
    assert "set-cookie" not in reply.headers
    assert f'label-{label.id}-single-colour.{kind}"' in reply.headers["content-disposition"]


@pytest.mark.parametrize(
    "query",
    [
        "variant=green",
        "format=poster",
        "count=3",
        "format=sheet&count=0",
        "format=sheet&count=25",
        "format=sheet&count=03",
        "format=sheet&count=1e1",
        "width=9999999999",
        "width=%F0%9D%9F%98",
        "format=card&width=80",
        "format=tiny&code=offline",
        "variant=mono&variant=kraft",
        "colour=red",
        "kind=png",
    ],
)
def test_what_makes_no_sense_is_refused(query):
    """Unknown, repeated and contradicting wishes are told, so that a cache cannot be filled with one drawing."""
    with pytest.raises(InvalidDocument):
        order_of("pdf", QueryParams(query))


def test_wishes_are_read():
    """A wish in the address is what is drawn."""
    assert order_of("pdf", QueryParams("variant=mono&format=sheet&count=7&lang=de")) == Order(
        kind="pdf", variant="mono", format="sheet", count=7
    )
    assert order_of("svg", QueryParams("width=90&code=link")) == Order(kind="svg", width_mm=90, code="link")


def test_too_small_is_told_with_what_would_do(client, label):
    """A size at which the code could not be read is refused, with the width that would do and the smaller code."""
    reply = client.get(f"/L/{label.id}.pdf?width=40")
    assert reply.status_code == 403
    problem = reply.json()
    assert "0.4 mm" in problem["detail"]
    least = int(problem["hint"].partition(" mm")[0].rpartition(" ")[2])
    assert client.get(f"/L/{label.id}.pdf?width={least}").status_code == 200


def test_nothing_is_printed_of_what_is_no_label(client, site):
    """There is no artwork for ids of nothing, nor for a declaration without a label."""
    assert client.get("/L/AAAAAAAAAAAAA.pdf").status_code == 404
    found = site.stage.submit("hook")
    assert client.get(f"/D/{found.id}.pdf").status_code == 404


def test_nothing_is_printed_of_a_label_that_does_not_count(tmp_path):
    """From the moment a label is suspended, revoked or superseded no drawing is given out, and the reason is told."""
    with served(tmp_path / "site") as site:
        changes = {"suspend": "precaution", "revoke": "fraud"}
        for name, (change, reason) in zip(("plate", "box"), changes.items(), strict=True):
            label = site.stage.issue(name)
            assert site.client.get(f"/L/{label.id}.svg").status_code == 200
            site.stage.scheme.states.change(label.id, change, reason=reason, text="Said in public.")
            for kind in ("svg", "png", "pdf"):
                reply = site.client.get(f"/L/{label.id}.{kind}")
                assert reply.status_code == 409
                assert reply.json()["type"] == "/problems/conflict"
                assert "not given out for print" in reply.json()["detail"]
            page = site.client.get(f"/L/{label.id}/print").text
            assert "not given out for print" in page
            assert f"/L/{label.id}.svg" not in page


def test_print_page_offers_every_size(client, label):
    """Everything the page offers can be downloaded: each link answers, and the forms ask for what exists."""
    reply = client.get(f"/L/{label.id}/print?lang=de")
    assert "63,5 × 33,9 mm" in reply.text  # with the decimal sign of the language
    outline = Outline(reply.text)
    links = {value for tag, name, value in outline.attributes if name in {"href", "src"} and f"/L/{label.id}." in value}
    assert len(links) == 2 * 9 + 9
    assert {link.partition("?")[0].rpartition(".")[2] for link in links} == {"svg", "png", "pdf"}
    for link in links:
        order_of(link.partition("?")[0].rpartition(".")[2], QueryParams(link.partition("?")[2]))
    assert all("lang=de" in link for link in links)
    assert "frame-ancestors 'none'" in reply.headers["content-security-policy"]
