"""QR codes as SVG and PNG: level M, a quiet zone of 4 modules, and the packing that keeps them small.

The text of a label's code is QR alphanumeric but for the `#`; three segments (alphanumeric, byte, alphanumeric) keep
it as small as if it were one. Source: ISO/IEC 18004:2015, sections 6.3.4 (quiet zone) and 7.4 (modes).
"""

from io import BytesIO
from itertools import groupby
from typing import Any

import segno

LEVEL = "M"
QUIET_ZONE = 4  # modules
MIN_PIXELS = 500  # of the PNG, quiet zone included
LINK_VERSION = 4  # of the link-only code


def qr_svg(text: str) -> str:
    """Draw a code as SVG that scales with what contains it, black on white."""
    stream = BytesIO()
    _code(text).save(stream, kind="svg", border=QUIET_ZONE, light="#fff", xmldecl=False, omitsize=True)
    return stream.getvalue().decode()


def qr_png(text: str) -> bytes:
    """Draw a code as PNG of at least 500 × 500 pixels."""
    code = _code(text)
    side = code.symbol_size(border=QUIET_ZONE)[0]
    stream = BytesIO()
    code.save(stream, kind="png", border=QUIET_ZONE, scale=-(-MIN_PIXELS // side))
    return stream.getvalue()


def qr_runs(text: str) -> tuple[int, list[tuple[int, int, int]]]:
    """Give the modules of one side, quiet zone not counted, and the dark runs of the rows: column, row, length."""
    rows = _code(text).matrix
    runs = []
    for y, row in enumerate(rows):
        x = 0
        for is_dark, modules in groupby(row):
            length = len(list(modules))
            if is_dark:
                runs.append((x, y, length))
            x += length
    return len(rows), runs


def qr_version(text: str) -> int:
    """Give the version (size) of the code, 1 to 40: version v has 4 · v + 17 modules a side."""
    return int(_code(text).version)


def _code(text: str) -> segno.QRCode:
    link, mark, fragment = text.partition("#")
    if mark:
        segments: Any = [link, mark, fragment]  # each packed in its own mode; segno's annotations leave this out
        return segno.make_qr(segments, error=LEVEL, boost_error=False)
    return segno.make_qr(link, error=LEVEL, version=LINK_VERSION)
