"""Printed codes as they are met: out of focus, turned, seen from the side, with a stain on them.

Every size and variant is drawn as PDF, printed at 300 dots per inch and spoiled with fixed seeds; two decoders that
share no code read it. Level M mends 15 % of the code words, but not the three corner patterns: a stain of 5 % of the
area that lies on one of them is what a decoder may fail at.
"""

from functools import cache
from itertools import product

import cv2
import numpy as np
import pytest
import zxingcpp

from tests.artwork.faces import CODE, LINK
from tests.artwork.test_draw import VARIANTS, pdf, raster

DPI = 300
SIZES = {"single": CODE, "card": CODE, "sheet": CODE, "tiny": LINK}
KRAFT_SHADE = 0.58  # of white, what kraft paper gives back
STAIN = 0.05  # of the area of the code
SEEDS = 6


def zxing(picture):
    """Read with zxing-cpp."""
    return [found.text for found in zxingcpp.read_barcodes(picture)]


def opencv(picture):
    """Read with OpenCV as a camera does, which tries one frame after the other: as it is, and come a little nearer."""
    readers = (cv2.QRCodeDetectorAruco(), cv2.QRCodeDetector())
    frames = (cv2.resize(picture, None, fx=nearer, fy=nearer, interpolation=cv2.INTER_CUBIC) for nearer in (1, 1.5, 2))
    return [next(filter(None, (reader.detectAndDecode(frame)[0] for frame in frames for reader in readers)), "")]


@cache
def printed(variant, size):
    """Give the code of a print with the paper around it, and its corner and side in pixels."""
    order = {"format": size, "variant": variant} | ({"count": 1} if size == "sheet" else {})
    page = np.array(raster(pdf(**order), DPI).convert("L"))
    shade = KRAFT_SHADE if variant == "kraft" else 1
    place = zxingcpp.read_barcodes(page)[0].position
    left, top, side = place.top_left.x, place.top_left.y, place.top_right.x - place.top_left.x
    edge = side // 7
    around = np.pad(page, edge, mode="edge")[top : top + side + 2 * edge, left : left + side + 2 * edge]
    return (around * shade).astype(np.uint8), edge, side


def stained(picture, edge, side, random):
    """Cover a round spot of 5 % of the code, anywhere, with ink or with something bright."""
    radius = side * (STAIN / np.pi) ** 0.5
    x, y = random.uniform(edge + radius, edge + side - radius, 2)
    rows, columns = np.ogrid[: picture.shape[0], : picture.shape[1]]
    spot = (columns - x) ** 2 + (rows - y) ** 2 < radius**2
    return np.where(spot, random.choice([20, 235]), picture).astype(np.uint8)


def seen(picture, random, blur):
    """Turn a picture by any angle, look at it from the side, and out of focus by so many pixels."""
    high, wide = picture.shape
    corners = np.array([[0, 0], [wide, 0], [wide, high], [0, high]], np.float32)
    angle = random.uniform(0, 2 * np.pi)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    target = (corners - [wide / 2, high / 2]) @ turn.T
    target /= (1 + 0.2 * target[:, 1] / high)[:, None]
    target -= target.min(axis=0) - 10
    size = tuple(int(side) for side in np.ceil(target.max(axis=0) + 10))
    matrix = cv2.getPerspectiveTransform(corners, target.astype(np.float32))
    paper = int(np.median(picture[:3]))
    view = cv2.warpPerspective(picture, matrix, size, flags=cv2.INTER_AREA, borderValue=paper)
    return cv2.GaussianBlur(view, (0, 0), blur)


def reads(variant, size, *, has_stain):
    """Count in how many views each decoder reads exactly what was drawn."""
    picture, edge, side = printed(variant, size)
    blur = 0.25 * side / (33 if size == "tiny" else 69)  # a quarter of a module
    counts = {zxing: 0, opencv: 0}
    for seed in range(SEEDS):
        random = np.random.default_rng(seed)
        spoiled = stained(picture, edge, side, random) if has_stain else picture
        view = seen(spoiled, random, blur)
        for decoded in counts:
            counts[decoded] += decoded(view) == [SIZES[size]]
    return counts


@pytest.mark.parametrize(("variant", "size"), [*product(VARIANTS, SIZES)])
def test_a_turned_and_blurred_print_reads(variant, size):
    """Whatever the size, the paper and the angle, both decoders read the code of an unharmed label every time."""
    assert reads(variant, size, has_stain=False) == {zxing: SEEDS, opencv: SEEDS}


@pytest.mark.parametrize(("variant", "size"), [*product(VARIANTS, SIZES)])
def test_a_stained_print_reads(variant, size):
    """With a stain on it, turned and out of focus, the code still reads; five times in six where it is tiny."""
    counts = reads(variant, size, has_stain=True)
    assert min(counts.values()) >= (SEEDS - 1 if size == "tiny" else SEEDS), counts
