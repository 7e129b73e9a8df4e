import json
import re
from io import BytesIO
from pathlib import Path
from xml.etree import ElementTree as ET

import cv2
import numpy as np
import pytest
import zxingcpp
from PIL import Image, ImageFilter

from label_service.artwork.qr import MIN_PIXELS, QUIET_ZONE, qr_png, qr_svg, qr_version

VECTORS = json.loads((Path(__file__).parents[1] / "vectors/qr.json").read_text())
TEXTS = [vector["text"] for vector in VECTORS["valid"]] + [VECTORS["link_only"]["text"]]


def _png(text):
    return Image.open(BytesIO(qr_png(text))).convert("L")


def _svg(text):
    """Draw the SVG's one path, runs of dark modules, at 8 pixels a module."""
    root = ET.fromstring(qr_svg(text))
    side = int(root.attrib["viewBox"].split()[2])
    modules = np.full((side, side), 255, np.uint8)
    dark = root.findall("{*}path")[-1].attrib["d"]
    x = y = 0.0
    for command, numbers in re.findall(r"([Mmh])([^Mmh]*)", dark):
        values = [float(number) for number in re.findall(r"-?[\d.]+", numbers)]
        if command == "h":
            modules[int(y), int(x) : int(x + values[0])] = 0
            x += values[0]
        else:
            x, y = values if command == "M" else (x + values[0], y + values[1])
    return Image.fromarray(modules.repeat(8, 0).repeat(8, 1))


def _zxing(image):
    return [found.text for found in zxingcpp.read_barcodes(image)]


def _opencv(image):
    text, _, _ = cv2.QRCodeDetector().detectAndDecode(np.array(image))
    return [text]


def _spoiled(image):
    """Blur by about half a module, turn by 7 degrees, and print grey on grey as a cheap printer does."""
    scale = image.width / 60
    turned = image.rotate(7, expand=True, fillcolor=255, resample=Image.Resampling.BICUBIC)
    return turned.filter(ImageFilter.GaussianBlur(scale / 4)).point(lambda value: 40 + value * 180 // 255)


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("drawn", [_png, _svg])
@pytest.mark.parametrize("decoded", [_zxing, _opencv])
def test_two_decoders_read_what_was_drawn(text, drawn, decoded):
    """Two independent decoders read the exact text from PNG and SVG."""
    assert decoded(drawn(text)) == [text]


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("decoded", [_zxing, _opencv])
def test_two_decoders_read_a_spoiled_print(text, decoded):
    """Blurred, turned and printed grey on grey, the code still reads in both."""
    assert decoded(_spoiled(_png(text))) == [text]


@pytest.mark.parametrize("text", TEXTS)
def test_png_is_large_enough_and_quiet_around(text):
    """The PNG has at least 500 pixels a side and four light modules around the code."""
    image = np.array(_png(text))
    module = image.shape[0] // (4 * qr_version(text) + 17 + 2 * QUIET_ZONE)
    assert image.shape[0] == image.shape[1] >= MIN_PIXELS
    edge = QUIET_ZONE * module
    assert image[:edge].min() == image[:, :edge].min() == image[-edge:].min() == image[:, -edge:].min() == 255
    assert image[edge, edge] == 0


def test_svg_scales_and_brings_no_script():
    """The SVG takes the size of what contains it and holds nothing but shapes."""
    root = ET.fromstring(qr_svg(TEXTS[0]))
    assert "width" not in root.attrib
    assert {element.tag.rpartition("}")[2] for element in root.iter()} == {"svg", "path"}


@pytest.mark.parametrize("vector", VECTORS["valid"])
def test_sizes_are_those_of_the_format_page(vector):
    """Offline codes stay within version 13 and the link-only code is version 4."""
    assert qr_version(vector["text"]) == vector["version"] <= 13
    assert qr_version(VECTORS["link_only"]["text"]) == 4
