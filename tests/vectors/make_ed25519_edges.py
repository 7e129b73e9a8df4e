"""Writes tests/vectors/ed25519-edges.json: keys and signatures at the edges of Ed25519, with the one verdict of all.

The arithmetic below follows RFC 8032, section 5.1, and shares nothing with the libraries that the service verifies by.
"""

import json
from collections.abc import Iterator
from hashlib import sha512
from pathlib import Path
from typing import NamedTuple

FILE = Path(__file__).with_name("ed25519-edges.json")
P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
SIGN = 2**255
NEUTRAL = (0, 1)
Point = tuple[int, int]


class Case(NamedTuple):
    """A key, a message and a signature, with why they are here."""

    name: str
    why: str
    key: bytes
    message: bytes
    signature: bytes


def recover_x(y: int, sign: int) -> int | None:
    """Give x of a point; None where y is of no point (RFC 8032, section 5.1.3)."""
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    if (x * x - square) % P:
        return None
    return P - x if x % 2 != sign and x else x


def add(left: Point, right: Point) -> Point:
    """Add two points (RFC 8032, section 5.1.4, affine)."""
    (x1, y1), (x2, y2) = left, right
    t = D * x1 * x2 * y1 * y2
    return (x1 * y2 + x2 * y1) * pow(1 + t, -1, P) % P, (y1 * y2 + x1 * x2) * pow(1 - t, -1, P) % P


def times(scalar: int, point: Point) -> Point:
    """Multiply a point."""
    total = NEUTRAL
    while scalar:
        if scalar & 1:
            total = add(total, point)
        point = add(point, point)
        scalar >>= 1
    return total


def encoded(point: Point, lift: int = 0) -> bytes:
    """Give the 32 bytes of a point, or with a lift of p a second spelling of it."""
    return ((point[1] + lift) | (point[0] & 1) << 255).to_bytes(32, "little")


def decoded(raw: bytes) -> Point | None:
    """Give the point of 32 bytes; None where there is none, or they are a second spelling."""
    number = int.from_bytes(raw, "little")
    y, sign = number % SIGN, number // SIGN
    x = recover_x(y, sign) if y < P else None
    return None if x is None or (x == 0 and sign) else (x, y)


BASE: Point = (recover_x(4 * pow(5, -1, P) % P, 0) or 0, 4 * pow(5, -1, P) % P)


def torsion() -> Iterator[Point]:
    """Give the eight points of small order, by multiplying any point with the order of the large group."""
    y = 2
    while True:
        x = recover_x(y, 0)
        point = times(L, (x, y)) if x is not None else NEUTRAL
        if times(4, point) != NEUTRAL:
            break
        y += 1
    for number in range(8):
        yield times(number, point)


TORSION = list(torsion())


def number_of(*parts: bytes) -> int:
    """Give the hash of a signature as a number below L."""
    return int.from_bytes(sha512(b"".join(parts)).digest(), "little") % L


SECRET = number_of(b"label service, edges of Ed25519")
KEY = encoded(times(SECRET, BASE))
MESSAGE = b"a label"


def signed(message: bytes, key: bytes = KEY, point: Point = NEUTRAL, nonce: int = number_of(b"nonce")) -> bytes:
    """Sign a message, with a point added to R; the nonce is no secret here."""
    r = encoded(add(times(nonce, BASE), point))
    return r + ((nonce + number_of(r, key, message) * SECRET) % L).to_bytes(32, "little")


def verdict(case: Case) -> str:
    """Judge strictly and without the cofactor: `holds`, `fails`, or `unsafe` for a key that nobody may use.

    A nonce of small order fails: some libraries refuse it, and no honest signer makes it.
    """
    key = decoded(case.key) if len(case.key) == 32 else None
    if len(case.key) != 32 or int.from_bytes(case.key, "little") % SIGN >= P:
        return "unsafe"
    if int.from_bytes(case.key, "little") % SIGN in {y for _, y in TORSION}:
        return "unsafe"
    r, s = case.signature[:32], int.from_bytes(case.signature[32:], "little")
    if key is None or len(case.signature) != 64 or s >= L or decoded(r) is None or decoded(r) in TORSION:
        return "fails"
    h = number_of(r, case.key, case.message)
    return "holds" if times(s, BASE) == add(decoded(r) or NEUTRAL, times(h, key)) else "fails"


def honest() -> Iterator[Case]:
    """Give what has to hold, and its nearest neighbours."""
    for name, message in (("empty", b""), ("one byte", b"\0"), ("a block", bytes(128)), ("long", b"label" * 2000)):
        yield Case(f"message: {name}", "an honest signature", KEY, message, signed(message))
    good = signed(MESSAGE)
    yield Case("another message", "not what was signed", KEY, b"another label", good)
    yield Case("another key", "signed by somebody else", encoded(times(SECRET + 1, BASE)), MESSAGE, good)
    for size in (0, 32, 63, 65, 128):
        yield Case(f"{size} bytes", "a signature has 64 bytes", KEY, MESSAGE, (good * 2)[:size])
    yield Case("halves exchanged", "R comes first", KEY, MESSAGE, good[32:] + good[:32])
    yield Case("S reversed", "numbers begin with the lowest byte", KEY, MESSAGE, good[:32] + good[:31:-1])
    yield Case("R reversed", "numbers begin with the lowest byte", KEY, MESSAGE, good[31::-1] + good[32:])
    yield Case("prehashed", "Ed25519ph is another algorithm", KEY, MESSAGE, signed(sha512(MESSAGE).digest()))
    prefix = b"SigEd25519 no Ed25519 collisions\0\0"
    yield Case("with a context", "Ed25519ctx is another algorithm", KEY, MESSAGE, signed(prefix + MESSAGE))
    for bit in (0, 7, 255, 256, 511):
        flipped = int.from_bytes(good, "little") ^ 1 << bit
        yield Case(f"bit {bit} flipped", "any other bytes", KEY, MESSAGE, flipped.to_bytes(64, "little"))


def scalars() -> Iterator[Case]:
    """Give second spellings of S, and numbers at the ends of its range."""
    good = signed(MESSAGE)
    s = int.from_bytes(good[32:], "little")
    for times_l in (1, 2, 7, 15):
        raw = (s + times_l * L) % 2**256
        yield Case(f"S + {times_l} L", "S has to be below L", KEY, MESSAGE, good[:32] + raw.to_bytes(32, "little"))
    for name, number in (("0", 0), ("1", 1), ("L − 1", L - 1), ("L", L), ("L + 1", L + 1), ("2^256 − 1", 2**256 - 1)):
        yield Case(f"S = {name}", "at the end of the range", KEY, MESSAGE, good[:32] + number.to_bytes(32, "little"))
    negative = (L - s).to_bytes(32, "little")
    yield Case("−S", "the other sign", KEY, MESSAGE, good[:32] + negative)


def nonces() -> Iterator[Case]:
    """Give R of small order, of mixed order, second spellings of it, and none that is a point."""
    for number, point in enumerate(TORSION):
        why = "R of small order: some libraries take it, others do not"
        yield Case(f"R of small order {number}", why, KEY, MESSAGE, signed(MESSAGE, point=point, nonce=0))
    for number, point in enumerate(TORSION[1:], 1):
        why = "only verifiers that multiply by the cofactor take it"
        yield Case(f"R with small part {number}", why, KEY, MESSAGE, signed(MESSAGE, point=point))
    for lift in (P, P + 1):
        r = lift.to_bytes(32, "little")
        s = (number_of(r, KEY, MESSAGE) * SECRET % L).to_bytes(32, "little")
        yield Case(f"R = {lift - P} in a second spelling", "y has to be below p", KEY, MESSAGE, r + s)
    for number in (2, P - 2):
        r = number.to_bytes(32, "little")
        yield Case(f"R of y = {number % 7}, no point", "R has to be a point", KEY, MESSAGE, r + signed(MESSAGE)[32:])
    r = (1 | SIGN).to_bytes(32, "little")
    s = (number_of(r, KEY, MESSAGE) * SECRET % L).to_bytes(32, "little")
    yield Case("R = −0", "x = 0 has no sign", KEY, MESSAGE, r + s)


def keys() -> Iterator[Case]:
    """Give unsafe and odd keys, each with a signature that some verifier takes."""
    for y in sorted({y + lift for _, y in TORSION for lift in (0, P) if y + lift < SIGN}):
        for sign in (0, SIGN):
            key = (y | sign).to_bytes(32, "little")
            forged = encoded(NEUTRAL) + bytes(32)
            yield Case(f"key {key.hex()[:4]}…{key.hex()[-4:]}", "one signature for many messages", key, MESSAGE, forged)
    for y in (P + 3, SIGN - 1):
        yield Case(f"key y = p + {y - P}", "y has to be below p", y.to_bytes(32, "little"), MESSAGE, signed(MESSAGE))
    for size in (0, 31, 33):
        yield Case(f"key of {size} bytes", "a key has 32 bytes", (KEY * 2)[:size], MESSAGE, signed(MESSAGE))
    yield Case("key no point", "fails, whatever is signed", (2).to_bytes(32, "little"), MESSAGE, signed(MESSAGE))
    mixed = encoded(add(times(SECRET, BASE), TORSION[1]))
    for number in range(40):
        message = b"mixed %d" % number
        signature = signed(message, mixed)
        if number_of(signature[:32], mixed, message) % 8 == 0:
            yield Case("key of mixed order, hash a multiple of 8", "its small part vanishes", mixed, message, signature)
            break
    why = "only verifiers that multiply by the cofactor take it"
    yield Case("key of mixed order", why, mixed, MESSAGE, signed(MESSAGE, mixed))


def build() -> dict[str, object]:
    """Give the content of the file."""
    cases = [*honest(), *scalars(), *nonces(), *keys()]
    about = (
        "Edges of Ed25519 (RFC 8032), docs/formats/trust-list.md. Bytes are hexadecimal. 'verdict' is what every "
        "verifier says: 'holds', 'fails', or 'unsafe' where it refuses the key itself."
    )
    return {"about": about, "cases": [_entry(case) for case in cases]}


def _entry(case: Case) -> dict[str, str]:
    raw = {"key": case.key.hex(), "message": case.message.hex(), "signature": case.signature.hex()}
    return {"name": case.name, "why": case.why, **raw, "verdict": verdict(case)}


if __name__ == "__main__":
    FILE.write_text(json.dumps(build(), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
