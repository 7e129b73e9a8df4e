"""Keys for tests, made from small seeds so that every run signs the same bytes."""

from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey


@dataclass(frozen=True)
class SeedSigner:
    """A signer whose private key is known to everybody."""

    seed: bytes

    @property
    def public_key(self) -> bytes:
        """Give the 32 bytes."""
        return self._private.public_key().public_bytes_raw()

    def sign(self, message: bytes) -> bytes:
        """Give the 64 bytes."""
        return self._private.sign(message)

    @property
    def _private(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(self.seed)


def signer(number: int) -> SeedSigner:
    """Give the signer with a numbered seed."""
    return SeedSigner(number.to_bytes(32, "big"))
