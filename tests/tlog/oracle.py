"""The tree as RFC 6962 defines it, recursive and slow, and a key to sign with."""

from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from label_service.errors import NotFound


def leaf(entry: bytes) -> bytes:
    """Hash of an entry."""
    return sha256(b"\x00" + entry).digest()


def split(size: int) -> int:
    """The largest power of two below a size (section 2.1)."""
    power = 1
    while power * 2 < size:
        power *= 2
    return power


def root(leaves: list[bytes]) -> bytes:
    """MTH of section 2.1, over leaf hashes."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    k = split(len(leaves))
    return sha256(b"\x01" + root(leaves[:k]) + root(leaves[k:])).digest()


def path(index: int, leaves: list[bytes]) -> list[bytes]:
    """PATH of section 2.1.1."""
    if len(leaves) == 1:
        return []
    k = split(len(leaves))
    if index < k:
        return [*path(index, leaves[:k]), root(leaves[k:])]
    return [*path(index - k, leaves[k:]), root(leaves[:k])]


def proof(old_size: int, leaves: list[bytes], is_complete: bool = True) -> list[bytes]:
    """SUBPROOF of section 2.1.2."""
    if old_size == len(leaves):
        return [] if is_complete else [root(leaves)]
    k = split(len(leaves))
    if old_size <= k:
        return [*proof(old_size, leaves[:k], is_complete), root(leaves[k:])]
    return [*proof(old_size - k, leaves[k:], False), root(leaves[:k])]


def files(entries: list[bytes]) -> dict[str, bytes]:
    """All tiles and bundles of a tree, straight from the definition in C2SP tlog-tiles; below a million entries."""
    rows = {"entries": [len(entry).to_bytes(2, "big") + entry for entry in entries]}
    row, level = [leaf(entry) for entry in entries], 0
    while row:
        rows[str(level)] = row
        row = [root(row[i : i + 256]) for i in range(0, len(row) - 255, 256)]
        level += 1
    stored = {}
    for name, items in rows.items():
        for start in range(0, len(items), 256):
            part = items[start : start + 256]
            number = f"{start // 256:06}"
            where = number[3:] if number < "001000" else f"x{number[:3]}/{number[3:]}"
            suffix = "" if len(part) == 256 else f".p/{len(part)}"
            stored[f"tile/{name}/{where}{suffix}"] = b"".join(part)
    return stored


class Key:
    """An Ed25519 key made from a word."""

    def __init__(self, word: str) -> None:
        self._key = Ed25519PrivateKey.from_private_bytes(sha256(word.encode()).digest())
        self.public_key = self._key.public_key().public_bytes_raw()

    def sign(self, message: bytes) -> bytes:
        """The Ed25519 signature."""
        return self._key.sign(message)


class Files(dict[str, bytes]):
    """A store of files by path; read as the tile reader wants it."""

    def read(self, path: str) -> bytes:
        """Content of a file, or NotFound."""
        if path not in self:
            raise NotFound(f"no file {path}")
        return self[path]
