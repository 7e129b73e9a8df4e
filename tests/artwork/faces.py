"""Labels to draw in tests, and the two decoders that read what was drawn."""

import json
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import zxingcpp

from label_service.artwork import draw as drawing
from label_service.artwork.face import Bar, Brief, Face
from label_service.artwork.orders import Order
from label_service.web.faces import texts_of

VECTORS = json.loads((Path(__file__).parents[1] / "vectors/qr.json").read_text())
CODE, LINK = VECTORS["valid"][0]["text"], VECTORS["link_only"]["text"]


def face(**members) -> Face:
    """Give what an ordinary label shows, with other members."""
    ordinary = Face(
        label_id="ABCDEFGHIJ234",
        scheme="Label scheme of the makers",
        name="Wall hook",
        maker="FabLab Nord, Germany, 2026",
        grade="B",
        meaning="less climate impact than the mass-produced reference",
        figure="200 g CO\u2082e",
        spread="134\u2013308 g",
        reference="mass-produced: 258 g",
        bar=Bar(0.42, 0.63, 0.97, 0.81),
        compared="the same design, mass-produced. At most 78 % of it, with 95 % certainty.",
        verified="Example Verification Ltd. ISO/IEC 17065, 12345.",
        issued="Label scheme of the makers, method 1. Batch of 4 items.",
        brief=Brief("the same design, mass-produced", "Example Verification Ltd", "Batch of 4 items, method 1"),
        address="localhost:8000/L/ABCDEFGHIJ234",
        code=CODE,
        link=LINK,
        demo=False,
    )
    return replace(ordinary, **members)


def draw(shown: Face, order: Order) -> bytes:
    """Draw a label with the fixed words of the pages."""
    return drawing.draw(shown, texts_of(shown), order)


def zxing(image) -> list[str]:
    """Read all codes of a picture."""
    return [found.text for found in zxingcpp.read_barcodes(image)]


def opencv(image) -> list[str]:
    """Read the one code of a picture, independently."""
    return [cv2.QRCodeDetectorAruco().detectAndDecode(np.array(image.convert("L")))[0]]


DECODERS = (zxing, opencv)
