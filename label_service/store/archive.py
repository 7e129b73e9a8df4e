"""The list of an archive's files with their digests, as `sha256sum` writes and checks it."""

from hashlib import file_digest, sha256
from pathlib import Path

from label_service.errors import VerificationError

SUMS = "SHA256SUMS"


def write_sums(folder: Path) -> str:
    """Write the digests of all files of an archive into its file of sums, and give the digest of that."""
    names = sorted(_names(folder) - {SUMS})
    text = "".join(f"{_digest(folder / name)}  {name}\n" for name in names).encode()
    (folder / SUMS).write_bytes(text)
    return sha256(text).hexdigest()


def check_archive(folder: Path, digest: str) -> None:
    """Check that an archive is the one with this digest of its file of sums, and complete.

    Raises:
        VerificationError: it is another one, or a file is missing, altered or added.
    """
    sums = folder / SUMS
    if not sums.is_file() or _digest(sums) != digest:
        raise VerificationError(f"expected an archive whose {SUMS} has the digest {digest}, found another or none")
    listed = {name: value for value, _, name in (line.partition("  ") for line in sums.read_text().splitlines())}
    if listed.keys() != _names(folder) - {SUMS}:
        raise VerificationError(f"the archive has other files than {SUMS} names")
    for name, value in listed.items():
        if _digest(folder / name) != value:
            raise VerificationError(f"{name} differs from what {SUMS} says")


def _names(folder: Path) -> set[str]:
    return {file.relative_to(folder).as_posix() for file in folder.rglob("*") if file.is_file()}


def _digest(file: Path) -> str:
    with file.open("rb") as stream:
        return file_digest(stream, "sha256").hexdigest()
