"""Many signatures at once: libsodium, about twice as quick as OpenSSL, for whoever audits a whole log.

OpenSSL decides what holds, see `trust.keys`; libsodium only takes work from it. It is asked after the same checks of
key and signature, and not at all where it decides an edge otherwise, as later releases of it may: then, and without
the extra `audit`, OpenSSL does the work. docs/decisions/0028-second-library-for-audits.md.
"""

from collections.abc import Callable
from functools import cache
from typing import Final

from label_service.tlog.note import VerifierKey
from label_service.trust.keys import may_hold, public_key_from_bytes, verify_signature

Verify = Callable[[bytes, bytes, bytes], bool]  # raw key, signature, message

# Key, signature and message that only hold for libraries that multiply by the cofactor; from
# tests/vectors/ed25519-edges.json: R with a small part, and a key of mixed order.
_EDGES: Final = (
    (
        "8626edf7b9fd3e6d8f8c2324779ffd96259f8844b5c6178616662c1e31a924be",
        (
            "186ed2bdbd1a36f6437c5168b0221914018ea4f32a1c3fcd1c1794d64fbd596e"
            "ec57b359b38e9c97d162d25f3c784670a672dcb23328a30ac3cff5a6ab66b401"
        ),
        "61206c6162656c",
    ),
    (
        "4433763b4852337befabb39e96e0be57df2865b48fc24aad10f5e7c9e8ff06a0",
        (
            "b31b20f50426242514d81b383548bd90de72fd0b8cf2382a88f9f52ce5076b23"
            "8bfda788ab315a82b6074c354894ef981c155215fde90d5af41739fb0e23570f"
        ),
        "61206c6162656c",
    ),
)


class QuickKey(VerifierKey):
    """A key of a log whose signatures are checked with the quickest library that decides as OpenSSL does."""

    def holds(self, signature: bytes, message: bytes) -> bool:
        """Tell what `VerifierKey.holds` tells."""
        return quickest()(self.raw, signature, message)


@cache
def quickest() -> Verify:
    """Give the function to verify by: libsodium's where it is installed and to be had, else OpenSSL's."""
    try:
        verify = _libsodium()
    except ImportError:
        return verify_signature
    return verify if decides_alike(verify) else verify_signature


def decides_alike(verify: Verify) -> bool:
    """Tell whether a library refuses what only verifiers with the cofactor take."""
    return not any(verify(*map(bytes.fromhex, edge)) for edge in _EDGES)


def _libsodium() -> Verify:
    from nacl.bindings import crypto_sign_open  # noqa: PLC0415 - the extra `audit`
    from nacl.exceptions import BadSignatureError  # noqa: PLC0415 - of the extra `audit`

    def verify(raw_key: bytes, signature: bytes, message: bytes) -> bool:
        public_key_from_bytes(raw_key)  # refuses unsafe keys
        if not may_hold(signature):
            return False
        try:
            crypto_sign_open(signature + message, raw_key)
        except BadSignatureError:
            return False
        return True

    return verify
