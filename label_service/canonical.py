"""Canonical JSON of documents: one byte string per value, and its digest.

RFC 8785 restricted to what our documents need: objects with ASCII member names, arrays, strings without lone
surrogates, booleans, null and integers within ±(2^53 − 1); no floats. Under this restriction sorting member names by
bytes equals sorting by UTF-16 code units, so orjson's sorted output is byte-equal to RFC 8785 (which is the oracle in
the tests). Format page: docs/formats/canonical-json.md.
"""

import hashlib
from typing import Any

import orjson

from label_service.errors import InvalidDocument, NotCanonical

MAX_INTEGER = 2**53 - 1  # RFC 8785, section 3.2.2.3 and RFC 7493 (I-JSON), section 2.2
MAX_DEPTH = 32  # deepest document of ours is 11 levels deep
MAX_BYTES = 4 * 1024 * 1024


def encode(value: Any) -> bytes:
    """Give the canonical bytes of a value.

    Raises:
        InvalidDocument: a float, an integer outside ±(2^53 − 1), a non-ASCII member name, a lone surrogate,
            or more than 32 levels.
    """
    _check(value)
    return encode_checked(value)


def encode_checked(value: Any) -> bytes:
    """Give the canonical bytes of a value already known to be free of floats, as dumped by a document model."""
    try:
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    except (orjson.JSONEncodeError, RecursionError) as error:
        raise InvalidDocument(f"not encodable as canonical JSON: {error}") from error


def decode(data: bytes, *, max_bytes: int = MAX_BYTES) -> Any:
    """Parse bytes that must be canonical JSON.

    Raises:
        NotCanonical: the bytes parse but are not the one spelling of their value (white space, member order,
            duplicate members, escapes).
        InvalidDocument: not JSON, a float, a huge integer, too deep or too long.
    """
    value = _parse(data, max_bytes)
    if orjson.dumps(value, option=orjson.OPT_SORT_KEYS) != data:
        raise NotCanonical(
            "expected canonical JSON (RFC 8785): sorted members without duplicates, no white space, shortest escapes",
            hint="encode the document with label_service.canonical.encode",
        )
    return value


def decode_lenient(data: bytes, *, max_bytes: int = MAX_BYTES) -> Any:
    """Parse JSON as people and programs write it: any white space and order, but no duplicate members or floats.

    Raises:
        InvalidDocument: not JSON, a duplicate member, a float, a huge integer, a lone surrogate, too deep or too long.
    """
    import json  # noqa: PLC0415 - the verifier never needs the slow parser

    value = _parse(data, max_bytes)
    try:
        json.loads(data, object_pairs_hook=_refuse_duplicates)
    except (ValueError, RecursionError) as error:
        raise InvalidDocument(f"not JSON: {error}") from error
    return value


def digest(data: bytes) -> str:
    """Give the SHA-256 of canonical bytes as 64 lower-case hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()


def _parse(data: bytes, max_bytes: int) -> Any:
    if len(data) > max_bytes:
        raise InvalidDocument(f"expected at most {max_bytes} bytes, found {len(data)}")
    try:
        value = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise InvalidDocument(f"not JSON: {error}") from error
    _check(value, is_ascii=data.isascii() and b"\\" not in data)
    return value


def _check(value: Any, *, is_ascii: bool = False) -> None:
    """Walk a value level by level and refuse what no document may contain; one plain loop, because it is hot.

    `is_ascii` says that every text in it is known to be ASCII.
    """
    level: list[Any] = [value]
    for depth in range(MAX_DEPTH + 1):
        names: list[Any] = []
        deeper: list[Any] = []
        for item in level:
            kind = type(item)
            if kind is str or kind is bool or item is None:
                continue
            if kind is dict or kind is list or kind is tuple:
                if depth == MAX_DEPTH:
                    raise InvalidDocument(f"expected at most {MAX_DEPTH} levels of nesting")
                if kind is dict:
                    if not is_ascii:
                        names.extend(item)
                    deeper.extend(item.values())
                else:
                    deeper.extend(item)
            elif kind is not int:
                raise InvalidDocument(
                    f"expected no {kind.__name__} in a document",
                    hint='write numbers with a fraction as strings, "0.25"',
                )
            elif not -MAX_INTEGER <= item <= MAX_INTEGER:
                raise InvalidDocument("expected integers within ±(2^53 − 1); write larger numbers as amounts")
        if names:
            _check_names(names)
        if not deeper:
            return
        level = deeper


def _check_names(names: list[Any]) -> None:
    try:
        is_ascii = "".join(names).isascii()
    except TypeError:
        is_ascii = False
    if not is_ascii:
        raise InvalidDocument("expected member names in ASCII")


def _refuse_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"member {twice[:80]!r} stands twice")
    return members
