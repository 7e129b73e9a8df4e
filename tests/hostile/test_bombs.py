"""Files that are small to send and huge to open, for every route that takes files: named, in time, in little memory."""

import gzip
import io
import resource
import sys
import time
import zipfile
import zlib

import pytest

MOST_MB, MOST_S = 150, 30
UPLOADS = {"/api/v1/evidence": "files", "/api/v1/imports": "files", "/api/v1/catalogues": "catalogue"}
HUGE = 300  # millions of bytes behind each of them


def archive(**entries):
    """Give a ZIP archive; a number stands for as many million noughts."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in entries.items():
            with packed.open(name.replace("__", "/").replace("_", "."), "w") as entry:
                for piece in [b"0" * 1_000_000] * content if isinstance(content, int) else [content]:
                    entry.write(piece)
    return target.getvalue()


def png(width, height):
    """Give a picture that says it has so many pixels."""
    head = width.to_bytes(4, "big") + height.to_bytes(4, "big") + b"\x08\x02\x00\x00\x00"
    chunks = ((b"IHDR", head), (b"IDAT", zlib.compress(bytes(1_000_000), 9)), (b"IEND", b""))
    body = b"".join(
        len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big") for kind, data in chunks
    )
    return b"\x89PNG\r\n\x1a\n" + body


LAUGHS = b"".join(b'<!ENTITY %c "%s">' % (98 + level, b"&%c;" % (97 + level) * 10) for level in range(9))
BOMBS = {
    "bomb.3mf": lambda: archive(**{"3D__3dmodel_model": HUGE, "Metadata__plate_1_gcode": HUGE}),
    "bomb.xlsx": lambda: archive(xl__workbook_xml=b"<workbook/>", xl__worksheets__sheet1_xml=HUGE),
    "many.3mf": lambda: archive(**{f"a{number}": b"" for number in range(5000)}),
    "nested.zip": lambda: archive(inner_zip=archive(inner_zip=archive(x=HUGE // 3))),
    "table.csv.gz": lambda: gzip.compress(bytes(HUGE * 100_000)),
    "laughs.svg": lambda: b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY a "aaaaaaaaaa">' + LAUGHS + b"]><svg>&j;</svg>",
    "outside.svg": lambda: b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><svg><text>&b;</text></svg>',
    "pixels.png": lambda: png(60_000, 60_000),
    "line.csv": lambda: b"sku,name\r\n" + b'"' + b"a" * 5_000_000,
    "columns.csv": lambda: b"," * 2_000_000,
    "loop.gcode": lambda: b"; " + b"a" * 5_000_000 + b"\n" + b"G1 X1 E1\n" * 100_000,
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_refused_in_time(victim, name):
    """Each route that takes files answers within seconds and without the memory that the file asks for."""
    data = BOMBS[name]()
    client = victim.program("producer")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for path, field in UPLOADS.items():
        began = time.monotonic()
        answer = client.post(path, files={field: (name, data)})
        assert answer.status_code < 500, (path, answer.text[:300])
        assert "root:" not in answer.text
        assert time.monotonic() - began < MOST_S, path
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown / (1024 if sys.platform == "linux" else 1024**2) < MOST_MB
