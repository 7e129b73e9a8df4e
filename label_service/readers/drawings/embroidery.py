"""Embroidery files (DST, PES, PEC, JEF): stitches and thread of each colour, read by pyembroidery (extra `sewing`).

The length is that of the thread on the fabric, from stitch to stitch, in 0.1 mm; the thread through the fabric, the
bobbin's thread and the ends that are cut off come on top of it, so more thread is used than the file says.
"""

import io
from decimal import Decimal
from typing import Any

from label_service.errors import UnreadableFile
from label_service.readers.drawings.drawing import Drawing, design, reading
from label_service.readers.drawings.outline import Budget, Matrix, Outline, Pen
from label_service.readers.facts import Reading, Source, clean

NAME = "drawing-embroidery"
MOST_BYTES = 1024 * 1024  # 350,000 stitches; the back of a jacket has 100,000
_HEAD = 512  # bytes of the header of DST
_HINT = "save the design again as DST, PES, PEC or JEF"
_WARNING = "the stitches need more thread than they are long, and the bobbin's thread comes on top of it"
_SETTINGS = {"clipping": False, "trim_at": 10**9, "trim_distance": None}  # stitches as they stand in the file
_MOST_STITCHES = 1_000_000
_STITCH, _TRIM, _COLOR_CHANGE, _COMMAND = 0, 2, 5, 0xFF  # as pyembroidery numbers them
_UNIT_MM = 0.1


def format_of(head: bytes) -> str:
    """Give the format of an embroidery file from its first bytes; empty for other files."""
    if head.startswith(b"LA:") and b"\rST:" in head[:_HEAD]:
        return "dst"
    if head.startswith((b"#PES", b"#PEC")):
        return "pes"
    date = head[8:22]
    if len(head) > 116 and date.isdigit() and date[:2] in {b"19", b"20"} and int.from_bytes(head[:4], "little") >= 116:
        return "jef"
    return ""


def read(data: bytes) -> Reading:
    """Count stitches and measure thread of each colour.

    Raises:
        UnreadableFile: the extra is not installed, or the file is cut off or damaged.
    """
    if len(data) > MOST_BYTES:
        raise UnreadableFile(
            f"expected at most {MOST_BYTES} bytes of stitches, found {len(data)}", hint="split the design"
        )
    format_ = format_of(data)
    _refuse_cut_off(data, format_)
    pattern = _parsed(data, format_)
    sheet = Drawing(quantity="thread_length", warnings=[_WARNING], budget=Budget(_MOST_STITCHES))
    count = _draw(pattern, sheet)
    if count:
        source = next(iter(sheet.layers.values())).source
        sheet.facts.append(design("stitch_count", Decimal(count), "1", source))
    return reading(sheet, kind="embroidery", producer=None, importer=f"{NAME}-{format_}")


def _parsed(data: bytes, format_: str) -> Any:
    try:
        from pyembroidery import (  # type: ignore[import-untyped]  # noqa: PLC0415 - an extra
            DstReader,
            EmbPattern,
            JefReader,
            PesReader,
        )
    except ImportError as error:
        raise UnreadableFile(
            "embroidery files need the extra `sewing`, which is not installed", hint="pip install label-service[sewing]"
        ) from error
    reader = {"dst": DstReader, "pes": PesReader, "jef": JefReader}[format_]
    pattern = EmbPattern()
    try:
        reader.read(io.BytesIO(data), pattern, _SETTINGS)
    except Exception as error:  # the parser does not check what it reads
        raise UnreadableFile("the embroidery file is damaged", hint=_HINT) from error
    return pattern


def _draw(pattern: Any, sheet: Drawing) -> int:
    """Draw the thread from stitch to stitch until it is cut or changed, over jumps as well; give the stitches."""
    thread, count = 0, 0
    pen: Pen | None = None  # is down while the thread is in the fabric
    for x, y, command in pattern.stitches:
        kind = command & _COMMAND
        if kind == _STITCH:
            count += 1
            if pen is None:
                pen = Pen(_layer(pattern, sheet, thread), Matrix.scale(_UNIT_MM))
                pen.move(complex(x, y))
            else:
                pen.line(complex(x, y))
        elif kind in {_COLOR_CHANGE, _TRIM}:
            thread, pen = thread + (kind == _COLOR_CHANGE), None
    return count


def _layer(pattern: Any, sheet: Drawing, thread: int) -> Outline:
    threads = pattern.threadlist
    known = threads[thread] if thread < len(threads) else None
    name = clean(str(known.description or known.hex_color())) if known else ""
    return sheet.layer(str(thread), Source(key=f"thread {thread + 1}"), name or f"thread {thread + 1}").outline


def _refuse_cut_off(data: bytes, format_: str) -> None:
    """Refuse a file without the mark of its end, which the parser would take for whole."""
    if format_ == "dst":
        is_whole = any(byte & 0xF3 == 0xF3 for byte in data[_HEAD + 2 :: 3])
    elif format_ == "jef":
        is_whole = b"\x80\x10" in data[-16:]
    else:
        is_whole = _has_pec_end(data)
    if not is_whole:
        raise UnreadableFile("the embroidery file is cut off: its end is missing", hint=_HINT)


def _has_pec_end(data: bytes) -> bool:
    """Tell whether the block of stitches is all there; its length stands 514 bytes into the PEC section."""
    start = 8 if data.startswith(b"#PEC") else int.from_bytes(data[8:12], "little")
    size = int.from_bytes(data[start + 514 : start + 517], "little")
    return size > 0 and start + 512 + size <= len(data)
