import json

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from hypothesis import given
from hypothesis import strategies as st

from label_service.errors import InvalidKey, NotCanonical
from label_service.trust import encoding, keys
from tests.signers import SeedSigner
from tests.vectors import make_ed25519_edges

P = 2**255 - 19
D = -121665 * pow(121666, -1, P) % P  # the curve is −x² + y² = 1 + d x² y² (RFC 8032, section 5.1)
SIGN = 1 << 255
EDGES = json.loads(make_ed25519_edges.FILE.read_text("utf-8"))["cases"]
seeds = st.binary(min_size=32, max_size=32)


def square_roots(value):
    """Give the square roots modulo p = 5 (mod 8), if any."""
    root = pow(value, (P + 3) // 8, P)
    if root * root % P != value % P:
        root = root * pow(2, (P - 1) // 4, P) % P
    return {root, P - root} if root * root % P == value % P else set()


def small_order_y():
    """Give y of all points whose eightfold is the neutral element (0, 1), from the curve equation.

    Order 1 and 2 have x = 0, so y² = 1. The double of a point has y = (y² + x²) / (2 − y² + x²); order 4 doubles to
    y = −1 at y = 0; order 8 doubles to y = 0, so x² = −y², and the curve says d y⁴ + 2 y² − 1 = 0.
    """
    found = {0} | square_roots(1)
    for root in square_roots(1 + D):
        found |= square_roots((root - 1) * pow(D, -1, P) % P)
    return found


def add(left, right):
    """Add two points of the curve (RFC 8032, section 5.1.4, affine)."""
    (x1, y1), (x2, y2) = left, right
    t = D * x1 * x2 * y1 * y2
    return (x1 * y2 + x2 * y1) * pow(1 + t, -1, P) % P, (y1 * y2 + x1 * x2) * pow(1 - t, -1, P) % P


def unsafe_encodings():
    """Give all 32-byte strings that some decoder takes for one of the eight points: y, or y + p where that fits."""
    numbers = {y + lift for y in small_order_y() for lift in (0, P) if y + lift < SIGN}
    return [(y | sign).to_bytes(32, "little") for y in sorted(numbers) for sign in (0, SIGN)]


UNSAFE = unsafe_encodings()


def test_the_small_order_points_are_derived_from_the_curve():
    """The list in the code is the list the curve equation gives, and each of its points vanishes times eight."""
    assert small_order_y() == keys._SMALL_ORDER_Y
    for y in small_order_y():
        x = min(square_roots((y * y - 1) * pow(D * y * y + 1, -1, P) % P))
        point = (x, y)
        for _ in range(3):
            point = add(point, point)
        assert point == (0, 1)


def test_there_are_fourteen_unsafe_encodings():
    """Eight points have eight canonical and six other encodings; every one of them is refused."""
    assert len(set(UNSAFE)) == 14
    for raw in UNSAFE:
        with pytest.raises(InvalidKey, match="proves nothing"):
            keys.public_key_from_bytes(raw)
        with pytest.raises(InvalidKey):
            keys.verify_signature(raw, bytes(64), b"any message")


def test_the_library_alone_would_accept_a_forgery():
    """Why the list exists: under the key 1 the signature (R = 1, S = 0) holds for every message."""
    neutral = (1).to_bytes(32, "little")
    Ed25519PublicKey.from_public_bytes(neutral).verify(neutral + bytes(32), b"any message")
    with pytest.raises(InvalidKey):
        keys.verify_signature(neutral, neutral + bytes(32), b"any message")


@given(st.integers(0, 18), st.booleans())
def test_non_canonical_encodings_are_refused(above, sign):
    """A y of p and above is a second spelling of a smaller one."""
    with pytest.raises(InvalidKey):
        keys.public_key_from_bytes((P + above | sign * SIGN).to_bytes(32, "little"))


@given(seeds, st.binary(max_size=50))
def test_honest_keys_are_accepted(seed, message):
    """Every key that somebody generated verifies what it signed, and nothing else."""
    signer = SeedSigner(seed)
    assert keys.verify_signature(signer.public_key, signer.sign(message), message)
    assert not keys.verify_signature(signer.public_key, signer.sign(message), message + b"!")


@given(seeds, st.integers(0, 64 * 8 - 1))
def test_a_flipped_bit_of_a_signature_never_verifies(seed, bit):
    """A signature is not malleable: no other 64 bytes pass."""
    signer = SeedSigner(seed)
    signature = int.from_bytes(signer.sign(b"label"), "little") ^ (1 << bit)
    assert not keys.verify_signature(signer.public_key, signature.to_bytes(64, "little"), b"label")


def test_a_signature_with_the_group_order_added_is_refused():
    """S + L solves the same equation; RFC 8032, section 5.1.7 demands the smaller one."""
    signer = SeedSigner(bytes(32))
    signature = signer.sign(b"label")
    order = 2**252 + 27742317777372353535851937790883648493
    larger = (int.from_bytes(signature[32:], "little") + order).to_bytes(32, "little")
    assert not keys.verify_signature(signer.public_key, signature[:32] + larger, b"label")


@pytest.mark.parametrize("size", [0, 31, 33, 64])
def test_a_key_has_32_bytes(size):
    """Other lengths are named, not cut or padded."""
    with pytest.raises(InvalidKey, match=f"32 bytes, found {size}"):
        keys.public_key_from_bytes(b"\x09" * size)


@pytest.mark.parametrize("size", [0, 63, 65])
def test_a_signature_has_64_bytes(size):
    """A cut or longer signature does not hold."""
    assert not keys.verify_signature(SeedSigner(bytes(32)).public_key, bytes(size), b"")


@given(seeds)
def test_jwk_round_trip(seed):
    """A key written as JWK comes back as the same 32 bytes."""
    raw = SeedSigner(seed).public_key
    assert keys.raw_from_jwk(keys.jwk(raw)) == raw


@pytest.mark.parametrize(
    "change",
    [{"kty": "EC"}, {"crv": "X25519"}, {"d": "AA"}, {"kid": "a"}, {"x": "AA"}, {"x": encoding.base64url(UNSAFE[0])}],
)
def test_another_jwk_is_refused(change):
    """A private key, another curve, extra members and unsafe points are no keys of ours."""
    with pytest.raises(InvalidKey):
        keys.raw_from_jwk(keys.jwk(SeedSigner(bytes(32)).public_key) | change)


def test_a_padded_jwk_is_refused():
    """The text of a key has one spelling too."""
    key = keys.jwk(SeedSigner(bytes(32)).public_key)
    with pytest.raises(NotCanonical):
        keys.raw_from_jwk(key | {"x": key["x"] + "="})


def test_thumbprint_of_rfc_8037():
    """RFC 8037, appendix A.3: the thumbprint that other software shows for the same key."""
    raw = encoding.from_base64url("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo")
    assert keys.thumbprint(raw) == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"


def test_did_key_of_the_specification():
    """The Ed25519 example of the did:key specification names this public key."""
    raw = encoding.from_base64url("O2onvM62pC1io6jQKm8Nc2UyFXcd4kOmOsBIoYtZ2ik")
    assert keys.did_key(raw) == "did:key:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp"


def test_the_vector_of_rfc_8032():
    """RFC 8032, section 7.1, test 2: key and signature over one byte."""
    signer = SeedSigner(bytes.fromhex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb"))
    assert signer.public_key.hex() == "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"
    signature = bytes.fromhex(
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
        "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
    )
    assert keys.verify_signature(signer.public_key, signature, b"\x72")
    with pytest.raises(InvalidSignature):
        Ed25519PublicKey.from_public_bytes(signer.public_key).verify(signature, b"\x73")


@pytest.mark.parametrize("case", EDGES, ids=lambda case: case["name"])
def test_edges_have_one_verdict(case):
    """At the edges of Ed25519, where libraries differ, the verdict is that of the published vectors."""
    key, message, signature = (bytes.fromhex(case[part]) for part in ("key", "message", "signature"))
    try:
        verdict = "holds" if keys.verify_signature(key, signature, message) else "fails"
    except InvalidKey:
        verdict = "unsafe"
    assert verdict == case["verdict"], case["why"]
