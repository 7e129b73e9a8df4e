import re
from io import BytesIO
from itertools import product
from xml.etree import ElementTree as ET

import numpy as np
import pypdfium2
import pytest
import typst
from PIL import Image, ImageFilter

from label_service.artwork import draw as drawing
from label_service.artwork.orders import MIN_MODULE_UM, Order
from label_service.errors import Refused
from label_service.web.faces import texts_of
from tests.artwork.faces import CODE, DECODERS, LINK, draw, face, zxing

VARIANTS = ("colour", "mono", "kraft")
KRAFT = (178, 140, 95, 255)


def png(**order) -> Image.Image:
    """Draw a label as it looks on its paper."""
    drawn = Image.open(BytesIO(draw(order.pop("face", face()), Order(kind="png", **order)))).convert("RGBA")
    paper = Image.new("RGBA", drawn.size, KRAFT if order.get("variant") == "kraft" else (255, 255, 255, 255))
    paper.alpha_composite(drawn)
    return paper.convert("RGB")


def pdf(shown=None, **order) -> pypdfium2.PdfDocument:
    """Draw a label as PDF and open it with another program than made it."""
    return pypdfium2.PdfDocument(draw(shown or face(), Order(kind="pdf", **order)))


def text_of(document) -> str:
    """Give the text of a PDF on one line."""
    return " ".join(document[0].get_textpage().get_text_range().split())


def raster(document, dpi: float) -> Image.Image:
    """Print a page at a resolution."""
    return document[0].render(scale=dpi / 72).to_pil()


@pytest.mark.parametrize("decoded", DECODERS)
@pytest.mark.parametrize(("variant", "size"), [*product(VARIANTS, ("single", "card", "tiny"))])
def test_codes_read_from_png(variant, size, decoded):
    """Two independent decoders read the code of every variant, on kraft paper too, in at least 500 pixels."""
    image = png(variant=variant, format=size)
    assert image.width >= 500
    assert decoded(image) == [LINK if size == "tiny" else CODE]


@pytest.mark.parametrize("decoded", DECODERS)
@pytest.mark.parametrize("variant", VARIANTS)
def test_codes_read_from_a_cheap_print(variant, decoded):
    """The PDF at 200 dpi, blurred, turned and printed grey on grey, still reads in both."""
    image = raster(pdf(variant=variant), 200).convert("L")
    turned = image.rotate(4, expand=True, fillcolor=255, resample=Image.Resampling.BICUBIC)
    printed = turned.filter(ImageFilter.GaussianBlur(0.8)).point(lambda value: 40 + value * 180 // 255)
    assert decoded(printed) == [CODE]


@pytest.mark.parametrize("variant", VARIANTS)
def test_every_code_of_a_sheet_reads(variant):
    """All 24 codes of a sheet read from a print at 300 dpi, and there are as many as were asked for."""
    assert zxing(raster(pdf(variant=variant, format="sheet"), 300)) == [CODE] * 24
    assert zxing(raster(pdf(variant=variant, format="sheet", count=5), 300)) == [CODE] * 5


def test_sizes_in_millimetres_are_exact():
    """Pages have the size that is promised: A7, a width of one's own, A6, A4."""

    def size_mm(**order):
        return tuple(round(side / 72 * 25.4, 1) for side in pdf(**order)[0].get_size())

    assert size_mm() == (74, 105)
    assert size_mm(width_mm=100) == (100, 141.9)
    assert size_mm(format="card") == (105, 148)
    assert size_mm(format="tiny") == (54, 25)
    assert size_mm(format="sheet") == (210, 297)


def test_modules_are_never_below_the_least():
    """Measured in the print: the modules of the smallest sizes have 0.4 mm and a quiet zone of four."""
    for order in ({}, {"format": "sheet", "count": 1}, {"format": "tiny"}, {"width_mm": 69}):
        image = np.array(raster(pdf(**order), 1200).convert("L"))
        (code,) = drawing_codes(image)
        left, top, side, modules = code
        module_mm = side / modules / 1200 * 25.4
        assert module_mm * 1000 >= MIN_MODULE_UM - 1, order
        quiet, edge = int(3.9 * side / modules), 4  # pixels
        around = image[max(0, top - quiet) : top + side + quiet, max(0, left - quiet) : left + side + quiet].copy()
        x, y = min(left, quiet), min(top, quiet)
        around[y - edge : y + side + edge, x - edge : x + side + edge] = 255
        assert around.min() > 200, order


def drawing_codes(image):
    """Find codes: left, top and side in pixels, and modules."""
    import zxingcpp

    for found in zxingcpp.read_barcodes(image):
        place = found.position
        side = place.top_right.x - place.top_left.x
        yield place.top_left.x, place.top_left.y, side, 69 if "#" in found.text else 33


@pytest.mark.parametrize("size", ["single", "card", "sheet", "tiny"])
def test_text_of_the_pdf_says_what_the_label_says(size):
    """Product, figure with range, reference, verifier, method, batch and address can be read out of every size."""
    text = text_of(pdf(format=size, **({"count": 1} if size == "sheet" else {})))
    expected = ("Wall hook", "200 g CO\u2082e", "134\u2013308 g", "same design", "Example Verification Ltd")
    for said in (*expected, "method 1", "atch of 4 items", "localhost:8000/L/ABCDEFGHIJ234"):
        assert said in text, said
    assert all(letter in text for letter in "ABCDE")
    assert "DEMO" not in text


@pytest.mark.parametrize(("variant", "size"), [*product(VARIANTS, ("single", "card", "sheet", "tiny"))])
def test_a_demo_says_so_on_every_drawing(variant, size):
    """No drawing of a demo label can be taken for a certificate."""
    assert "DEMO, not a certificate" in text_of(pdf(face(demo=True), variant=variant, format=size))


def test_no_letter_by_colour_alone():
    """Each grade gives another drawing in black alone, with the own letter once more in the arrow."""
    drawn = {grade: png(variant="mono", face=face(grade=grade)).tobytes() for grade in "ABCDE"}
    assert len(set(drawn.values())) == 5
    for grade in "ABCDE":
        text = text_of(pdf(face(grade=grade), variant="mono"))
        assert re.search(rf"A at most 64 ?\S?% .*E worse {grade} ", text), text
    image = np.array(png(variant="mono").convert("HSV"))
    assert image[..., 1].max() == 0


def test_names_in_greek_and_cyrillic_are_drawn_without_fonts_of_the_machine(monkeypatch):
    """Latin, Greek and Cyrillic come with the service; a name no font has is refused, not printed as boxes."""
    fonts = typst.Fonts(include_system_fonts=False, font_paths=[str(drawing._HERE / "fonts")])
    bare = typst.Compiler(font_paths=fonts)
    monkeypatch.setattr(drawing, "_compiler", lambda: bare)
    name = "Εξάρτημα τοίχου, Деревянный ящик, Żółć"
    assert name in text_of(pdf(face(name=name)))
    for kind in ("svg", "png", "pdf"):
        with pytest.raises(Refused, match="fonts"):
            draw(face(name="木製の箱"), Order(kind=kind))


@pytest.mark.parametrize(
    "name", ["#panic()", "*b* _i_ $x$ @a <b> \\ // /* ", "A" * 300, "é" * 300, "a b " * 75, "صندوق"]
)
def test_names_are_text_and_nothing_else(name):
    """Markup in a name is printed as it stands, and 300 signs do not push anything off the label."""
    for size in ("single", "sheet", "tiny"):
        document = pdf(face(name=name.strip(), maker=name, scheme=name, verified=name, compared=name), format=size)
        assert "ABCDEFGHIJ234" in text_of(document)
        assert len(document) == 1
    assert zxing(png(face=face(name=name))) == [CODE]


def test_pdf_is_tagged_and_named():
    """The PDF declares PDF/UA-1, its language and title, is tagged, and describes its pictures."""
    data = draw(face(), Order(kind="pdf", format="sheet"))
    for expected in (b"/StructTreeRoot", b"/Marked true", b"/Lang(en)", b"/DisplayDocTitle true", b"/Alt"):
        assert expected in data, expected
    assert b"<pdfuaid:part>1</pdfuaid:part>" in data
    assert pypdfium2.PdfDocument(data).get_metadata_value("Title") == "Climate label ABCDEFGHIJ234: Wall hook"


def test_svg_holds_shapes_only_and_says_what_it_is():
    """The SVG has a name for screen readers, no script, no outside reference, and no font it depends on."""
    root = ET.fromstring(draw(face(name="<script>&"), Order(kind="svg")))
    tags = {element.tag.rpartition("}")[2] for element in root.iter()}
    assert not tags & {"script", "image", "text", "style", "foreignObject", "a"}
    title = root.find("{*}title")
    assert title is not None
    assert "Grade B on a scale from A, best, to E" in title.text
    links = {value for element in root.iter() for name, value in element.attrib.items() if name.endswith("href")}
    assert all(value.startswith("#") for value in links)


def test_kraft_leaves_the_paper_blank():
    """On kraft paper nothing but ink is printed: the ground of the picture is transparent."""
    image = Image.open(BytesIO(draw(face(), Order(kind="png", variant="kraft")))).convert("RGBA")
    assert np.array(image)[3, image.width // 2, 3] == 0
    assert Image.open(BytesIO(draw(face(), Order(kind="png")))).convert("RGBA").getpixel((300, 3))[3] == 255


def test_drawings_are_the_same_each_time():
    """The same label gives the same bytes, so that caches and digests of artwork hold."""
    for kind in ("svg", "png", "pdf"):
        assert draw(face(), Order(kind=kind)) == draw(face(), Order(kind=kind))


def sheets(*counts, variant="colour"):
    """Draw labels with codes of their own, each so often, and open the file."""
    shown = [face(label_id=f"ABCDEFGHIJ23{place}", name=f"Hook {place}") for place in range(2, 2 + len(counts))]
    labels = [(item, texts_of(item), count) for item, count in zip(shown, counts, strict=True)]
    return drawing.draw_sheets(labels, variant)


def test_different_labels_share_a_sheet():
    """Each stands as often as it was ordered, in order, and goes on on the next sheet; every code reads."""
    document = pypdfium2.PdfDocument(sheets(3, 20, 5))
    assert len(document) == 2
    texts = [page.get_textpage().get_text_range() for page in document]
    counts = [[text.count(f"Hook {place}") for place in (2, 3, 4)] for text in texts]
    assert counts == [[3, 20, 1], [0, 0, 4]]
    assert len(zxing(raster(document, 300))) == 24


def test_sheets_of_different_labels_are_tagged_and_bounded():
    """PDF/UA as any other drawing; none, or more than ten sheets, is refused."""
    assert b"<pdfuaid:part>1</pdfuaid:part>" in sheets(1, 1)
    for counts in ((0,), (200, 41)):
        with pytest.raises(Refused, match="expected 1 to 240 labels"):
            sheets(*counts)
