"""Make tests/vectors/canonical.json: documents, amounts and figures with their one spelling, and what is refused.

Run from the repository root: python -m tests.vectors.make_canonical
"""

import json
import struct
from pathlib import Path
from typing import Any

from label_service import canonical
from label_service.quantity import amount, display, figure, in_base_unit

FILE = Path(__file__).with_name("canonical.json")

DOCUMENTS = [
    '{ "b": 1, "a": [true, false, null], "A": {} }',
    '{"name": "H\\u00f6rby", "emoji": "\\ud83e\\uddf5", "slash": "\\/", "tab": "\\t", "bell": "\\u0007"}',
    '{"line": "a\\nb", "quote": "\\"", "back": "\\\\", "delete": "\\u007f", "separator": "\\u2028"}',
    '{"10": 1, "9": 2, "_": 3, "a_b": 4, "ab": 5, "": 6}',
    "[9007199254740991, -9007199254740991, 0]",
    '{"value": "0.063", "unit": "kg", "basis": "weighed", "evidence": []}',
]
INVALID = [
    ("white space", b'{"a": 1}'),
    ("a line feed at the end", b'{"a":1}\n'),
    ("members out of order", b'{"b":1,"a":2}'),
    ("a duplicate member", b'{"a":1,"a":1}'),
    ("a float", b"[1.5]"),
    ("a float that is whole", b"[1.0]"),
    ("an exponent", b"[1e2]"),
    ("beyond binary64", b"[1e400]"),
    ("not a number", b"[NaN]"),
    ("minus zero", b"[-0]"),
    ("an integer of 2^53", b"[9007199254740992]"),
    ("a huge integer", b"[" + b"9" * 400 + b"]"),
    ("a leading zero", b"[01]"),
    ("an escape that is not needed", b'"\\u0061"'),
    ("an escaped letter beyond ASCII", b'"\\u00e9"'),
    ("a lone surrogate", b'"\\ud800"'),
    ("a surrogate in UTF-8", b'"\xed\xa0\x80"'),
    ("not UTF-8", b'"\xff"'),
    ("a byte order mark", b"\xef\xbb\xbf{}"),
    ("a control character in a string", b'"\x01"'),
    ("a member name beyond ASCII", '{"é":1}'.encode()),
    ("33 levels", b"[" * 33 + b"]" * 33),
    ("nothing", b""),
    ("bytes behind the document", b"{}{}"),
]
AMOUNTS = ["0", "1", "0.25", "10", "999999999999.999999999999", "0.000000000001"]
NO_AMOUNTS = [
    "", "-1", "+1", "1.", ".5", "0.250", "00", "01", "1e3", "1E3", "1,5", " 1", "1 ", "NaN", "1000000000000",
    "0.0000000000001", "٣",
]  # fmt: skip
UNITS = [
    ("1", "MJ", "kWh"),
    ("3.6", "MJ", "kWh"),
    ("250", "Wh", "kWh"),
    ("63", "g", "kg"),
    ("90", "min", "h"),
    ("1", "s", "h"),
]
FIGURES = [
    0.0, -0.0, 1.0, 1 / 3, 2 / 3, 0.1 + 0.2, -1234.5678901234, 1e-18, 9e-19, 1e18, 123456789012.0, 1000000000.5,
    1000000001.5, 0.063492063492063, 5e-324,
]  # fmt: skip


def build() -> dict[str, Any]:
    """Give the vectors."""
    return {
        "comment": "docs/formats/canonical-json.md; bytes in hexadecimal, binary64 big-endian",
        "documents": [_document(text) for text in DOCUMENTS],
        "invalid": [{"why": why, "bytes": data.hex()} for why, data in INVALID],
        "amounts": {"valid": AMOUNTS, "invalid": NO_AMOUNTS},
        "units": [_unit(*case) for case in UNITS],
        "figures": [_figure(value) for value in FIGURES],
    }


def _document(text: str) -> dict[str, str]:
    data = canonical.encode(json.loads(text))
    return {"json": text, "bytes": data.hex(), "digest": canonical.digest(data)}


def _unit(value: str, unit: str, base: str) -> dict[str, str]:
    return {"value": value, "unit": unit, "base_unit": base, "amount": amount(in_base_unit(value, unit, base))}


def _figure(value: float) -> dict[str, str]:
    text = figure(value)
    return {"binary64": struct.pack(">d", value).hex(), "figure": text, "shown": display(text)}


if __name__ == "__main__":
    FILE.write_text(json.dumps(build(), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
